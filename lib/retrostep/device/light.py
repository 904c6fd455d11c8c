# SPDX-License-Identifier: MIT
"""Light: a short flash on the board's LED, where it has one, so that anyone can count along.

in    the pin, `flash(ms)`
out   the LED; `tick()` puts it out again
keeps when it has to go out
"""
import digitalio

from retrostep.device import clock


class Light:
    def __init__(self, pin=None):
        self._pin = None
        self._until = 0
        self._since = 0
        if pin is not None:
            self._pin = digitalio.DigitalInOut(pin)
            self._pin.switch_to_output(value=False)

    @property
    def is_on(self):
        return self._until > 0

    def flash(self, ms=60):
        """On for `ms` from now."""
        if self._pin is not None:
            self._pin.value = True
            self._until = ms
            self._since = clock.ms()

    def tick(self):
        if self._until and clock.since(self._since) >= self._until:
            self._until = 0
            self._pin.value = False
