# SPDX-License-Identifier: MIT
"""Raspberry Pi Pico 2 with an LSM6DSOX and a DRV2605L breakout on one I2C bus.

Chip: RP2350.
On the board: nothing of what is needed.
Wiring: SDA GP4, SCL GP5, a button from GP9 to ground (a Pico's wiring, without INT1).
Power: three AAA cells, or a LiPo on a charger board.
Battery: VSYS, GND, diode.
Pins: GP4 is pin 6, GP5 pin 7, GP9 pin 12, 3.3 V pin 36, VSYS pin 39; GND are 3, 8, 13 and 38.
Maker: https://www.raspberrypi.com/documentation/microcontrollers/
Tried: every pin name against CircuitPython's own list, and the firmware on the virtual wearable; not on hardware yet.
"""
BOARD_IDS = ("raspberry_pi_pico2",)
I2C = ("GP5", "GP4", 400000)
IMU = ("LSM6DSOX", 0x6A)
IMU_INT = None  # CircuitPython has no `alarm` on the RP2350, so nothing could wait for it
HAPTICS = ("DRV2605L", 0x5A)
BUTTON = "GP9"
LED = "LED"
BATTERY = ("A3", 3.0, 300)  # VSYS / 3; mV in the Schottky diode
