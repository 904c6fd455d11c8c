# SPDX-License-Identifier: MIT
"""Metronome: a beat to step to, in samples.

in    cadence in steps/min, the sample index, whether there is walking
out   is_due: True once per beat
keeps three numbers
but   while it beats the stumble detector is held back for about 0.35 s a beat (motor and ring-out): docs/alerts.md
"""

from retrostep.units import RATE_HZ

_LEAD_IN = 6 * 104  # samples it beats before the first step, so that the rhythm can be found


class Metronome:
    def __init__(self):
        self._period = 0.0
        self._next = 0.0
        self._lead_until = 0

    def set(self, cadence, now):
        """Beat at `cadence` steps/min from now on; 0 is silence."""
        self._period = RATE_HZ * 60.0 / cadence if cadence else 0.0
        self._next = now
        self._lead_until = now + _LEAD_IN

    def is_due(self, now, is_walking):
        if self._period <= 0.0 or now < self._next:
            return False
        late = now - self._next
        self._next += self._period if late < self._period else late + self._period  # never two to catch up
        return is_walking or now < self._lead_until
