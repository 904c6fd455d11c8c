# SPDX-License-Identifier: MIT
"""Adafruit CLUE: sensor on the board; a DRV2605L breakout on its STEMMA QT plug.

Chip: nRF52840.
On the board: sensor, button, Qwiic plug.
Wiring: DRV2605L on the plug; the button is B, on the board.
Power: three AAA cells (3 to 6 V) in a holder with a JST plug; no charger.
Battery: battery plug.
Maker: https://www.adafruit.com/product/4500
Tried: every pin name against CircuitPython's own list, and the firmware on the virtual wearable; by calculation 26 kB
  of its heap stay free while walking; not on hardware yet.
"""
BOARD_IDS = ("clue_nrf52840_express",)
I2C = ("SCL", "SDA", 400000)
IMU = ("LSM6DS33", 0x6A, "LSM6DS3TRC")  # from revision E (January 2025) on the second
IMU_INT = "ACCELEROMETER_GYRO_INTERRUPT"
HAPTICS = ("DRV2605L", 0x5A)
BUTTON = "BUTTON_B"  # BUTTON_A is the boot loader's key
LED = "LED"
BATTERY = None  # not measured on this board
HOLD = (("TFT_BACKLIGHT", False),)
