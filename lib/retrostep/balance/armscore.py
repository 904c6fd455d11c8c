# SPDX-License-Identifier: MIT
"""Arm score: an arm thrown out of a walk, at the wrist.

in    engine chunks: sum_a2, sum_w2 (13 samples, 104 Hz)
out   push(): the score, 1.0 = alert; 0.0 unless the seconds before looked like an arm of a walker
keeps 32 chunks of two strengths; allocates nothing
from  acted stumbles against claps, table hits and doors of 15 people (docs/alerts.md)
but   1. what comes before tells more than the blow: before a table hit the arm rests, before a clap it claps,
         before a door it moves little; a walker's arm never rests and is never hit
not   jogging, hopping: too much before them; near falls with a hand in the pocket
"""

from array import array
from math import sqrt

from retrostep.compat import const
from retrostep.units import CHUNK, G

_WINDOW = const(4)  # chunks: 0.5 s
_RING = const(32)
_FROM = const(6)  # context: from 6 to 28 chunks ago, 0.75 to 3.5 s
_TO = const(28)
_ACC = const(13.5)  # m/s^2 and rad/s: an RMS of both halves of the score at 1.0
_RATE = const(15.0)
_REST = const(0.5)  # m/s^2: lower quartile of |a|-g around; below, the arm rests (table hits 0.08, walks 0.6-1.8)
_USUAL = (0.8, 3.6)  # m/s^2: median of the context; doors are under it, jogging is above
_BLOW = const(9.0)  # m/s^2: strongest chunk of the context; claps are above it
_SWING = const(0.8)  # rad/s: median rate of the context


class ArmScore:
    """push() it every chunk."""

    def __init__(self):
        self._a = array("f", [0.0] * _RING)  # sums of (|a|-g)^2
        self._w = array("f", [0.0] * _RING)  # sums of |w|^2
        self._sorted = array("f", [0.0] * _RING)
        self._now = -1
        self._since = 0

    def push(self, chunk):
        """The score of the half second that ends with this chunk."""
        self._now += 1
        self._since += 1
        at = self._now % _RING
        self._a[at] = chunk.sum_a2 if chunk.sum_a2 > 0.0 else 0.0
        self._w[at] = chunk.sum_w2
        a = w = 0.0
        for i in range(_WINDOW):
            a += self._a[at - i]
            w += self._w[at - i]
        score = sqrt(a / (_WINDOW * CHUNK)) / _ACC + sqrt(w / (_WINDOW * CHUNK)) / _RATE
        if score < 1.0 or not self._walked(at):
            return 0.0
        return score

    def _walked(self, at):
        """Did the arm swing before, without rest and without a blow?"""
        n = min(_TO + 1, self._since) - _FROM
        if n < 8:
            return False
        middle = self._sort(self._a, at, n)
        if sqrt(self._sorted[n - 1] / CHUNK) > _BLOW or sqrt(self._sorted[n // 4] / CHUNK) < _REST:
            return False
        if not _USUAL[0] < sqrt(middle / CHUNK) < _USUAL[1]:
            return False
        return sqrt(self._sort(self._w, at, n) / CHUNK) > _SWING

    def _sort(self, ring, at, n):
        """Context of `ring` into self._sorted, rising; returns its median. Only when a score is high."""
        out = self._sorted
        for i in range(n):
            x = ring[at - _FROM - i]
            j = i
            while j > 0 and out[j - 1] > x:
                out[j] = out[j - 1]
                j -= 1
            out[j] = x
        return out[n // 2]

    def onset(self, chunk):
        """Offset 0-12 of the first sample of this chunk at which the score passes 1.0."""
        at = self._now % _RING
        n = _WINDOW * CHUNK
        chunk.fill()
        a = w = 0.0
        for i in range(1, _WINDOW):
            a += self._a[at - i]
            w += self._w[at - i]
        for i in range(chunk.n):
            d = chunk.a[i] - G
            a += d * d
            w += chunk.w2[i]
            rest = 1.0 - (i + 1) / CHUNK
            aa = a + self._a[at - _WINDOW] * rest
            ww = w + self._w[at - _WINDOW] * rest
            if sqrt(aa / n) / _ACC + sqrt(ww / n) / _RATE >= 1.0:
                return i
        return chunk.n - 1

    def forget(self):
        """Samples were lost: no window may reach across."""
        self._since = 0
        for i in range(_RING):
            self._a[i] = 0.0
            self._w[i] = 0.0
