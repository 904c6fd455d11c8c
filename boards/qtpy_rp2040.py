# SPDX-License-Identifier: MIT
"""Adafruit QT Py RP2040 with an LSM6DSOX and a DRV2605L breakout on its STEMMA QT plug.

Chip: RP2040.
On the board: Qwiic plug.
Wiring: both breakouts on the plug, INT1 of the LSM6DSOX to A0, a button from A3 to ground.
Power: LiPo on a LiIon BFF (5397) under the board, with switch and charger; it measures the battery on A2.
Battery: battery plug of the BFF.
Maker: https://www.adafruit.com/product/4900
Tried: the firmware on an emulated RP2040, with other pins; not on hardware yet.
"""
BOARD_IDS = ("adafruit_qtpy_rp2040",)
I2C = ("SCL1", "SDA1", 400000)  # the plug; SCL and SDA are other pins
IMU = ("LSM6DSOX", 0x6A)
IMU_INT = "A0"
HAPTICS = ("DRV2605L", 0x5A)
BUTTON = "A3"  # BUTTON is BOOTSEL
LED = ("NEOPIXEL", "NEOPIXEL")
BATTERY = ("A2", 2.0)  # the LiIon BFF's divider; without it, 0
HOLD = (("NEOPIXEL_POWER", True),)
