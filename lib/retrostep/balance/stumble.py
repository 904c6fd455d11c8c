# SPDX-License-Identifier: MIT
"""Stumble: an abrupt recovery inside a stride, told from the last quarter second, gated by walking just before.

in    engine chunks of 13 samples, 104 Hz: acc m/s^2, gyr rad/s, v, is_walking, is_buzzing
out   a STUMBLE event at its onset, decided at the end of the chunk in which the score passed
keeps the power sums of the last chunk; allocates per event only
from  docs/design.md, "Sources": acceleration, rate and rate off the walking axis together beat each alone
not   direction of the slip, or near falls out of standing: nothing before them says walk
"""

from math import sqrt

from retrostep.events import STUMBLE, Event
from retrostep.units import G

_THRESHOLD = 1.45  # score; in-sample no false alert in 0.46 h of walking and stairs (GAIT study)
_QUIET = 208  # samples after an alert in which the same event is not told twice: 2 s


class Stumble:
    """chunk() it; it calls emit(event)."""

    def __init__(self, emit, placement):
        self._emit = emit
        self.placement = placement
        self._acc = self._rate = self._off = 0.0
        self._until = -1
        self.score = 0.0  # of the last chunk, 1.0 at the threshold

    def chunk(self, chunk):
        """One chunk of the engine."""
        acc = rate = off = 0.0
        gyr = chunk.gyr
        v = chunk.v
        j = 0
        for i in range(chunk.n):
            d = chunk.a[i] - G
            acc += d * d
            w = chunk.w[i]
            rate += w * w
            if v is not None:
                along = gyr[j] * v[0] + gyr[j + 1] * v[1] + gyr[j + 2] * v[2]
                off += w * w - along * along
            j += 3
        n = 2.0 * chunk.n
        score = sqrt((acc + self._acc) / n) / 22.0
        score += 0.3 * sqrt((rate + self._rate) / n) / 6.5
        score += 0.3 * sqrt(max(0.0, off + self._off) / n) / 4.0
        self._acc = acc
        self._rate = rate
        self._off = off
        self.score = score / _THRESHOLD
        if self.score < 1.0 or not chunk.is_walking or chunk.is_buzzing:
            return
        if chunk.start < self._until:
            return
        self._until = chunk.start + _QUIET
        event = Event(STUMBLE, chunk.start, 0.0, chunk.start + chunk.n)
        event.score = self.score
        event.quality = chunk.quality
        self._emit(event)

    def gap(self, lost):
        """`lost` samples never came."""
        self._acc = self._rate = self._off = 0.0
