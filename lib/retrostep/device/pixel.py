# SPDX-License-Identifier: MIT
"""Pixel: a NeoPixel that looks like a pin, for boards that have no plain LED.

in    its pin
out   `value`: a dim green, or dark
keeps the pin
"""
import digitalio
import neopixel_write

_COLOURS = (b"\x00\x00\x00", b"\x18\x00\x00")  # green red blue; a tenth is seen in the sun and costs 2 mA


class Pixel:
    def __init__(self, pin):
        self._pin = digitalio.DigitalInOut(pin)
        self._pin.switch_to_output()
        self.value = False

    @property
    def value(self):
        return self._is_on

    @value.setter
    def value(self, is_on):
        self._is_on = is_on
        neopixel_write.neopixel_write(self._pin, _COLOURS[1 if is_on else 0])
