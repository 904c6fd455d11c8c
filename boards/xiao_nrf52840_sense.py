# SPDX-License-Identifier: MIT
"""Seeed Studio XIAO nRF52840 Sense: sensor, charger and gauge on 21 x 17.5 mm; a DRV2605L breakout.

Chip: nRF52840.
On the board: sensor, charger.
Wiring: DRV2605L with SDA on D4 and SCL on D5, a button from D2 to ground.
Power: LiPo, charged over USB with 50 mA: 150 mAh in 3 to 4 h.
Battery: BAT+, BAT-.
Pins: with the USB plug up, D0 to D6 go down the left edge, 5V, GND, 3V3, D10 to D7 down the right one; BAT+ and BAT-
  are two pads on the underside.
Maker: https://wiki.seeedstudio.com/XIAO_BLE/
Tried: every pin name against CircuitPython's own list, and the firmware on the virtual wearable; by calculation 26 kB
  of its heap stay free while walking; not on hardware yet.
"""
BOARD_IDS = ("Seeed_XIAO_nRF52840_Sense",)
I2C = ("IMU_SCL", "IMU_SDA", 400000)  # a bus of its own, on the board
IMU = ("LSM6DS3TRC", 0x6A)
IMU_INT = "IMU_INT1"
HAPTICS = ("DRV2605L", 0x5A, ("D5", "D4", 400000))  # on the second bus
BUTTON = "D2"
LED = ("LED_GREEN", "LOW")
BATTERY = ("VBATT", 2.96)  # 1510 / 510 kOhm
# The first feeds the sensor and its pull-ups. The second connects the divider, and stays low: high while charging puts
# more than 3.6 V on VBATT (Seeed's wiki).
HOLD = (("IMU_PWR", True), ("READ_BATT_ENABLE", False))
