# SPDX-License-Identifier: MIT
"""Arduino Nano RP2040 Connect: LSM6DSOX on the board; a coin motor on D9 through a transistor.

Chip: RP2040.
On the board: sensor.
Wiring: motor driver (transistor, diode, resistor) on D9, a button from D2 to ground.
Power: four AAA cells, or a LiPo on a charger board that gives 5 V.
Battery: VIN, GND, diode.
Maker: https://docs.arduino.cc/hardware/nano-rp2040-connect
Tried: the firmware on an emulated RP2040, with other pins; not on hardware yet.
"""
BOARD_IDS = ("arduino_nano_rp2040_connect",)
I2C = ("SCL", "SDA", 400000)
IMU = ("LSM6DSOX", 0x6A)
IMU_INT = "INT1"  # on the board: GPIO24
HAPTICS = ("PWM", "D9")
BUTTON = "D2"  # closes to ground
LED = "LED"
BATTERY = None  # VIN is not measured on this board
