# SPDX-License-Identifier: MIT
"""Fall: an impact, then stillness in a changed posture.

in    engine chunks of 13 samples, 104 Hz: |a|, |w|, mean acceleration
out   a FALL event at the impact, decided when the stillness was long enough (about 2 s after it)
keeps 12 chunk means before the impact and running sums; allocates per event only
from  docs/design.md, "Sources": batch RMS of ||a|-g|, then one still second at another tilt
not   telling a fall from lying down on purpose: they look the same here, so the wearer is asked
"""

from math import sqrt

from retrostep.events import FALL, Event
from retrostep.units import G

_IMPACT = 8.0  # m/s^2, chunk RMS of |a|-g
_WAIT = 624  # samples after an impact in which the stillness must come: 6 s
_STILL_W = 0.6  # rad/s, mean |w| over a second
_STILL_A = 0.6  # m/s^2, SD of |a| over a second
_TILT = 0.82  # cosine of 35 deg between before and after
_BEFORE = 12  # chunks averaged before an impact: 1.5 s
_AFTER = 8  # still chunks: 1 s


class Fall:
    """chunk() it; it calls emit(event)."""

    def __init__(self, emit, placement):
        self._emit = emit
        self.placement = placement
        self._means = [[0.0, 0.0, 0.0] for _ in range(_BEFORE)]
        self._at = 0
        self._impact = -1
        self._strength = 0.0
        self._before = [0.0, 0.0, 0.0]
        self._after = [0.0, 0.0, 0.0]
        self._still = 0

    def chunk(self, chunk):
        """One chunk of the engine."""
        power = rate = mean = square = 0.0
        for i in range(chunk.n):
            d = chunk.a[i] - G
            power += d * d
            mean += d
            rate += chunk.w[i]
        power = power / chunk.n
        mean /= chunk.n
        square = power - mean * mean
        rate /= chunk.n
        if power > _IMPACT * _IMPACT and not chunk.is_buzzing:
            if self._impact < 0:
                before = self._before
                before[0] = before[1] = before[2] = 0.0
                for m in self._means:
                    before[0] += m[0]
                    before[1] += m[1]
                    before[2] += m[2]
            self._impact = chunk.start
            self._strength = sqrt(power) / _IMPACT
            self._still = 0
        if self._impact >= 0:
            self._listen(chunk, rate, square)
        m = self._means[self._at]
        m[0] = chunk.mean_acc[0]
        m[1] = chunk.mean_acc[1]
        m[2] = chunk.mean_acc[2]
        self._at = (self._at + 1) % _BEFORE

    def _listen(self, chunk, rate, square):
        if chunk.start - self._impact > _WAIT:
            self._impact = -1
            return
        after = self._after
        if rate > _STILL_W or square > _STILL_A * _STILL_A:
            self._still = 0
            after[0] = after[1] = after[2] = 0.0
            return
        self._still += 1
        for k in range(3):
            after[k] += chunk.mean_acc[k]
        if self._still < _AFTER:
            return
        b = self._before
        dot = b[0] * after[0] + b[1] * after[1] + b[2] * after[2]
        size = sqrt((b[0] ** 2 + b[1] ** 2 + b[2] ** 2) * (after[0] ** 2 + after[1] ** 2 + after[2] ** 2))
        impact = self._impact
        self._impact = -1
        if size <= 0.0 or dot > _TILT * size:
            return
        event = Event(FALL, impact, 0.0, chunk.start + chunk.n)
        event.score = self._strength
        event.quality = chunk.quality
        self._emit(event)

    def gap(self, lost):
        """`lost` samples never came: an impact inside them is not known."""
        self._still = 0
