# SPDX-License-Identifier: MIT
"""Set out: from standing still, which way did the body begin to move, seen from the forearm?

in    sums of s (forearm.Forearm) since the rest: the speed of the shoulder, less what the arm turned; 4.8 s of it
out   way: cosine between the speed it settled at and the hand's side (+1 forward, -1 backward), or 0.0
keeps 31 coarse speeds, 300 bytes
from  v = V smoothstep((t - o) / rho) + c t by least squares, c a level error of the frame; a hand hangs in front of its
      elbow (docs/accuracy.md, "Wrist")
but   the fit over 44 pairs of o and rho is spread over 11 calls
"""

from array import array
from math import sqrt

from retrostep.compat import const
from retrostep.gait.forearm import TICK_HZ

TICKS = const(62)  # 4.8 s
_COARSE = const(2)  # ticks
_POINTS = const(31)
_ONSETS = const(11)  # 0.2 to 2.2 s after the frame was taken
_STEP = 0.2  # s
_RISES = (1.6, 1.2, 0.8, 0.4)  # s, falling: what is over with one is over with the next
_SLOW, _FAST = 0.4, 2.0  # m/s, of people
_FIT = 0.45  # of V, RMS of what is left
_DRIFT = 0.5  # of V, at most this much a second by the level error c: more makes a way of its own
_LEAST_HAND = 0.12  # level part of the hand, 7 degrees from hanging down


class SetOut:
    def __init__(self):
        self._vx = array("f", [0.0] * _POINTS)
        self._vy = array("f", [0.0] * _POINTS)
        self.onset = 0.0  # ticks after begin
        self.begin()
        self.cancel()

    def cancel(self):
        """Forget what was begun."""
        self._onset = _ONSETS
        self._n = TICKS

    def begin(self):
        """The next tick is the first."""
        self.way = 0.0
        self._n = self._onset = 0
        self._hx = self._hy = 0.0
        self._best = 1e9
        for k in range(_POINTS):
            self._vx[k] = self._vy[k] = 0.0

    def tick(self, arm):
        """One more tick of a forearm.Forearm."""
        n = self._n
        if n < TICKS:
            self._n = n + 1
            n //= _COARSE
            self._vx[n] += arm.speed_x / _COARSE
            self._vy[n] += arm.speed_y / _COARSE
            self._hx += arm.x / TICKS
            self._hy += arm.y / TICKS

    def work(self):
        """Fit one onset. True when that was the last, and way says something new."""
        if self._n < TICKS or self._onset == _ONSETS:
            return False
        if not self._onset:
            self._add()
        self._onset += 1
        self._fit(_STEP * self._onset)
        if self._onset < _ONSETS:
            return False
        ax, ay, self.onset, drift = self._about
        speed = sqrt(ax * ax + ay * ay)
        hx, hy = self._hx, self._hy
        hand = sqrt(hx * hx + hy * hy)
        fits = sqrt(self._best / _POINTS) < _FIT * speed and drift < _DRIFT * speed
        if fits and _SLOW < speed < _FAST and hand > _LEAST_HAND:
            self.way = (ax * hx + ay * hy) / (speed * hand)
        return True

    def _add(self):
        """Sums that no onset changes."""
        tt = tx = ty = vv = 0.0
        for k in range(_POINTS):
            t = (k + 0.5) * (_COARSE / TICK_HZ)
            x, y = self._vx[k], self._vy[k]
            tt += t * t
            tx += t * x
            ty += t * y
            vv += x * x + y * y
        self._sums = tt, tx, ty, vv

    def _fit(self, o):
        vx, vy = self._vx, self._vy
        tt, tx, ty, vv = self._sums
        first = int(o * TICK_HZ / _COARSE)
        end = _POINTS
        n = st = sx = sy = 0.0  # of the points from `end` on, where the rise is over
        for rise in _RISES:
            over = int((o + rise) * TICK_HZ / _COARSE + 0.5)
            if over < end:
                for k in range(over, end):
                    n += 1.0
                    st += (k + 0.5) * (_COARSE / TICK_HZ)
                    sx += vx[k]
                    sy += vy[k]
                end = over
            qq, qt = n, st
            qx, qy = sx, sy
            for k in range(first, end):
                t = (k + 0.5) * (_COARSE / TICK_HZ)
                p = (t - o) / rise
                if p > 0.0:
                    q = p * p * (3.0 - 2.0 * p)
                    qq += q * q
                    qt += q * t
                    qx += q * vx[k]
                    qy += q * vy[k]
            det = qq * tt - qt * qt
            ax, ay = (qx * tt - tx * qt) / det, (qy * tt - ty * qt) / det
            left = vv - ax * qx - ay * qy - ((tx * qq - qx * qt) * tx + (ty * qq - qy * qt) * ty) / det
            if left < self._best:
                self._best = max(0.0, left)
                cx = (tx * qq - qx * qt) / det
                cy = (ty * qq - qy * qt) / det
                self._about = ax, ay, (o + 0.5 * rise) * TICK_HZ, sqrt(cx * cx + cy * cy)
