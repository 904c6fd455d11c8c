# SPDX-License-Identifier: MIT
"""Adafruit Feather RP2350 HSTX with an LSM6DSOX and a DRV2605L breakout on its STEMMA QT plug.

Chip: RP2350.
On the board: charger, Qwiic plug.
Wiring: both breakouts on the plug, a button from D9 to ground.
Power: LiPo, charged over USB.
Battery: battery plug.
Maker: https://www.adafruit.com/product/6000
Tried: every pin name against CircuitPython's own list, and the firmware on the virtual wearable; not on hardware yet.
"""
BOARD_IDS = ("adafruit_feather_rp2350",)
I2C = ("SCL", "SDA", 400000)
IMU = ("LSM6DSOX", 0x6A)
IMU_INT = None  # no `alarm` on the RP2350
HAPTICS = ("DRV2605L", 0x5A)
BUTTON = "D9"
LED = "LED"
BATTERY = None  # not measured on this board
