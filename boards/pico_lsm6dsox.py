# SPDX-License-Identifier: MIT
"""Raspberry Pi Pico, or any bare RP2040, with an LSM6DSOX and a DRV2605L breakout on one I2C bus.

Chip: RP2040.
On the board: nothing of what is needed.
Wiring: SDA GP4, SCL GP5, INT1 of the LSM6DSOX to GP10, a button from GP9 to ground.
Power: three AAA cells, or a LiPo on a charger board.
Battery: VSYS, GND, diode.
Pins: GP4 is pin 6, GP5 pin 7, GP9 pin 12, GP10 pin 14, 3.3 V pin 36, VSYS pin 39; GND are 3, 8, 13 and 38.
Maker: https://www.raspberrypi.com/documentation/microcontrollers/
Tried: official CircuitPython 10.0.3 on an emulated RP2040; not on hardware yet.
"""
BOARD_IDS = ("raspberry_pi_pico", "rfguru_rp2040")
I2C = ("GP5", "GP4", 400000)  # names in `board`: SCL, SDA; Hz
IMU = ("LSM6DSOX", 0x6A)
IMU_INT = "GP10"  # FIFO watermark; None: the board polls
HAPTICS = ("DRV2605L", 0x5A)
BUTTON = "GP9"  # closes to ground
LED = None  # the bare boards of this file share no LED pin
BATTERY = ("A3", 3.0, 300)  # pin, divider, mV in the Schottky diode: a Pico measures VSYS / 3 on GP29
