# SPDX-License-Identifier: MIT
"""Adafruit Feather RP2040 with an LSM6DSOX and a DRV2605L breakout on its STEMMA QT plug.

Chip: RP2040.
On the board: charger, Qwiic plug.
Wiring: both breakouts on the plug, INT1 of the LSM6DSOX to D10, a button from D9 to ground.
Power: LiPo, charged over USB.
Battery: battery plug.
Maker: https://www.adafruit.com/product/4884
Tried: the firmware on an emulated RP2040, with other pins; not on hardware yet.
"""
BOARD_IDS = ("adafruit_feather_rp2040",)
I2C = ("SCL", "SDA", 400000)
IMU = ("LSM6DSOX", 0x6A)
IMU_INT = "D10"
HAPTICS = ("DRV2605L", 0x5A)
BUTTON = "D9"  # BUTTON is BOOTSEL: held while plugging in, CircuitPython does not start
LED = "LED"
BATTERY = None  # not measured on this board
