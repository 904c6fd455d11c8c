# SPDX-License-Identifier: MIT
"""Light: flashes on the board's LED, where it has one: short to count along, long ones for a doubt.

in    the pin and the level that lights it, `flash(ms, times)`
out   the LED; `tick()` puts it out, and on again
keeps when it has to change, and how often
but   a series is not interrupted by a shorter one
"""
from retrostep.device import clock

_BRIEF_MS = 30  # long enough to count along, and a board with its light on does not sleep


class Light:
    def __init__(self, pin=None, is_low=False):
        self._pin = None
        self._is_low = is_low
        self._until = 0
        self._since = 0
        self._left = 0  # changes to come
        if pin is not None:
            self._pin = pin
            self._shine(False)

    @property
    def is_on(self):
        return self._left > 0

    def due_ms(self):
        """Milliseconds until `tick` has something to do."""
        return max(0, self._until - clock.since(self._since))

    def flash(self, ms=_BRIEF_MS, times=1):
        """On for `ms` from now, `times` times with pauses as long."""
        if self._pin is not None and self._left < 2 * times:
            self._shine(True)
            self._until = ms
            self._since = clock.ms()
            self._left = 2 * times - 1

    def tick(self):
        if self._left and clock.since(self._since) >= self._until:
            self._left -= 1
            self._since = clock.ms()
            self._shine(self._left & 1 == 1)

    def _shine(self, is_on):
        self._pin.value = is_on != self._is_low
