# SPDX-License-Identifier: MIT
"""Arduino Nano RP2040 Connect: LSM6DSOX on the board; a coin motor on D9 through a transistor.

Wiring: motor driver (transistor, diode) on D9, a button from D2 to ground.
Maker: https://docs.arduino.cc/hardware/nano-rp2040-connect. Tried: not on hardware.
"""
BOARD_IDS = ("arduino_nano_rp2040_connect",)
I2C = ("SCL", "SDA", 400000)  # names in `board`: SCL, SDA; Hz
IMU = ("LSM6DSOX", 0x6A)
IMU_INT = "INT1"  # on the board: GPIO24
HAPTICS = ("PWM", "D9")
BUTTON = "D2"  # closes to ground
LED = "LED"
BATTERY = None  # VIN is not measured on this board
CHIP_TO_CASE = ((1, 0, 0), (0, 1, 0), (0, 0, 1))  # rows: case x, y, z in chip axes
