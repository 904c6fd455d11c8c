# SPDX-License-Identifier: MIT
"""Adafruit Feather ESP32-S3 (4 MB flash, 2 MB PSRAM) with an LSM6DSOX and a DRV2605L breakout on its plug.

Chip: ESP32-S3 with PSRAM.
On the board: charger, Qwiic plug.
Wiring: both breakouts on the plug, a button from D9 to ground.
Power: LiPo, charged over USB.
Battery: battery plug.
Maker: https://www.adafruit.com/product/5477
Tried: every pin name against CircuitPython's own list, and the firmware on the virtual wearable; not on hardware yet.
"""
BOARD_IDS = ("adafruit_feather_esp32s3_4mbflash_2mbpsram",)
I2C = ("SCL", "SDA", 400000)
IMU = ("LSM6DSOX", 0x6A)
IMU_INT = None  # light sleep saves nothing here, and wakes 50 ms late
HAPTICS = ("DRV2605L", 0x5A)
BUTTON = "D9"  # BUTTON is GPIO0, the ROM's boot key
LED = "LED"
BATTERY = None  # by a gauge on the bus, which the firmware does not read

USB = ("console data", "console drive")  # walking; button held. Five IN endpoints: not all three at once
