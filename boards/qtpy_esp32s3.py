# SPDX-License-Identifier: MIT
"""Adafruit QT Py ESP32-S3 (4 MB flash, 2 MB PSRAM) with an LSM6DSOX and a DRV2605L breakout on its plug.

Chip: ESP32-S3 with PSRAM.
On the board: Qwiic plug.
Wiring: both breakouts on the plug, a button from A3 to ground.
Power: LiPo on a LiIon BFF (5397) under the board, with switch and charger; it measures the battery on A2.
Battery: battery plug of the BFF.
Maker: https://www.adafruit.com/product/5700
Tried: every pin name against CircuitPython's own list, and the firmware on the virtual wearable; not on hardware yet.
"""
BOARD_IDS = ("adafruit_qtpy_esp32s3_4mbflash_2mbpsram",)
I2C = ("SCL1", "SDA1", 400000)  # the plug; SCL and SDA are other pins
IMU = ("LSM6DSOX", 0x6A)
IMU_INT = None  # light sleep saves nothing here, and wakes 50 ms late
HAPTICS = ("DRV2605L", 0x5A)
BUTTON = "A3"  # BUTTON is GPIO0, the ROM's boot key
LED = ("NEOPIXEL", "NEOPIXEL")
BATTERY = ("A2", 2.0)  # the LiIon BFF's divider; without it, 0
HOLD = (("NEOPIXEL_POWER", True),)

USB = ("console data", "console drive")  # walking; button held. Five IN endpoints: not all three at once
