# SPDX-License-Identifier: MIT
"""Sign: is +v the axis a leg swings forward about, or -v? Decided by walking alone, in either direction.

in    per chunk: sum of rate x change of leg force, sum of rate^2, sum of change^2 (gait.sagittal)
out   e, a correlation: > 0 when +v is the forward-swing axis; `polarity` +1, -1, or 0 while unknown
keeps three sums
from  d(a.u)/dt is about S x (a . (u x v)): the tilt weighted by S^2, and a knee bends one way only, so E has the
      same sign walking either way (docs/accuracy.md, "Mount")
but   forgets in 3 s: a strap that turned is believed after two or three strides
"""

from math import sqrt

_KEEP = 0.96  # a chunk: time constant 3 s
_MOVING = 0.25  # (rad/s)^2, mean square rate of a chunk that is counted
_PRIOR = 60.0  # of each sum: half a stride
SURE = 0.06  # |E| below is unknown: real walks give 0.15 to 0.6


class Sign:
    def __init__(self):
        self._num = self._ss = self._ll = 0.0
        self.e = 0.0
        self.polarity = 0

    def start(self):
        """Begin with + as forward swing, worth about half a stride: the first strides may overrule it."""
        self._num = 0.3 * _PRIOR
        self._ss = self._ll = _PRIOR
        self.e = 0.3
        self.polarity = 1

    def chunk(self, num, ss, ll, ticks):
        if ss < _MOVING * ticks:
            return
        self._num = _KEEP * self._num + num
        self._ss = _KEEP * self._ss + ss
        self._ll = _KEEP * self._ll + ll
        if self._ss > 0.0 and self._ll > 0.0:
            self.e = self._num / sqrt(self._ss * self._ll)
        if self.e > SURE:
            self.polarity = 1
        elif self.e < -SURE:
            self.polarity = -1
