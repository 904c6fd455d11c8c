# SPDX-License-Identifier: MIT
"""Seeed Studio XIAO RP2350 with an LSM6DSOX and a DRV2605L breakout on one I2C bus.

Chip: RP2350.
On the board: charger.
Wiring: SDA D4, SCL D5, a button from D2 to ground.
Power: LiPo, charged over USB.
Battery: BAT+, BAT-.
Pins: with the USB plug up, D0 to D6 go down the left edge, 5V, GND, 3V3, D10 to D7 down the right one; BAT+ and BAT-
  are two pads on the underside.
Maker: https://wiki.seeedstudio.com/getting-started-xiao-rp2350/
Tried: every pin name against CircuitPython's own list, and the firmware on the virtual wearable; not on hardware yet.
"""
BOARD_IDS = ("seeeduino_xiao_rp2350",)
I2C = ("D5", "D4", 400000)  # SCL, SDA
IMU = ("LSM6DSOX", 0x6A)
IMU_INT = None  # no `alarm` on the RP2350
HAPTICS = ("DRV2605L", 0x5A)
BUTTON = "D2"
LED = ("LED", "LOW")  # lit when low
BATTERY = ("VOLTAGE_MONITOR", 2.0)
HOLD = (("BAT_ADC_EN", True),)  # the battery's divider is connected while this is high (Seeed's wiki)
