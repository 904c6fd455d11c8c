# SPDX-License-Identifier: MIT
"""Button: short and long presses of a pin that closes to ground.

in    the pin's level, asked often
out   `tick()`: 0, PRESS_SHORT at release, PRESS_LONG as soon as it was held long enough
keeps when it went down; `is_stuck` after a hold that no finger lasts
"""
import digitalio

from retrostep import events
from retrostep.device import clock

_BOUNCE_MS = 20  # contacts settle within 10 ms
_LONG_MS = 1500  # clearly on purpose, still short enough to hold
_STUCK_MS = 30000


class Button:
    def __init__(self, pin=None):
        self._pin = None
        self._which = pin
        self._down_ms = 0
        self._is_down = False
        self._used = False
        self.is_stuck = False
        if pin is not None:
            self._take()
            if not self._pin.value:  # held since boot: not a press
                self._is_down = self._used = True
                self._down_ms = clock.ms()

    def tick(self):
        """What just happened: 0, events.PRESS_SHORT or events.PRESS_LONG."""
        if self._pin is None:
            return 0
        down = not self._pin.value
        if down and not self._is_down:
            self._is_down = True
            self._used = False
            self._down_ms = clock.ms()
            return 0
        if not self._is_down:
            return 0
        held = clock.since(self._down_ms)
        if down:
            if held >= _STUCK_MS:
                self.is_stuck = True
            if held >= _LONG_MS and not self._used:
                self._used = True
                return events.PRESS_LONG
            return 0
        self._is_down = False
        self.is_stuck = False
        if self._used or held < _BOUNCE_MS:
            return 0
        return events.PRESS_SHORT

    def has_changed(self):
        """The pin says something else than the last `tick` saw: look at once."""
        return self._pin is not None and self._pin.value == self._is_down

    def renew(self):
        """The pin was reset by a light sleep: take it anew (`switch_to_input` alone does not help; seen on
        10.0.3), or it reads as pressed."""
        if self._pin is not None:
            self._pin.deinit()
            self._take()

    def _take(self):
        self._pin = digitalio.DigitalInOut(self._which)
        self._pin.switch_to_input(pull=digitalio.Pull.UP)

    def is_down(self):
        """Held right now: look again soon."""
        return self._is_down and not self._used
