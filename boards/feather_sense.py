# SPDX-License-Identifier: MIT
"""Adafruit Feather Bluefruit Sense: sensor, charger and gauge on the board; a DRV2605L breakout.

Chip: nRF52840.
On the board: sensor, charger.
Wiring: DRV2605L on SDA and SCL, a button from D9 to ground.
Power: LiPo, charged over USB.
Battery: battery plug.
Maker: https://www.adafruit.com/product/4516
Tried: every pin name against CircuitPython's own list, and the firmware on the virtual wearable; by calculation 26 kB
  of its heap stay free while walking; not on hardware yet.
"""
BOARD_IDS = ("feather_bluefruit_sense",)
I2C = ("SCL", "SDA", 400000)
IMU = ("LSM6DS33", 0x6A, "LSM6DS3TRC")  # boards made since January 2024 carry the second
IMU_INT = "ACCELEROMETER_GYRO_INTERRUPT"
HAPTICS = ("DRV2605L", 0x5A)
BUTTON = "D9"  # SWITCH is the boot loader's key
LED = "LED"
BATTERY = ("VOLTAGE_MONITOR", 2.0)
