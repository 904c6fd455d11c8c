# SPDX-License-Identifier: MIT
"""Rhythm: how well the last seconds of |acc| repeat, and at which step period.

in    x[t], m/s^2, 13 Hz (what 12.5 Hz watches can deliver), |acc| less about g
out   push(): band-passed b[t]. look(): .correlation 0-1 and .period in values per step. .energy, .strength
keeps 32 band-passed values, 25 running lag products, 32 energies; allocates nothing
from  autocorrelation step detection (docs/alerts.md names the peers); windows here are recursive
but   1. the *stride* lag decides as well as the step lag: an arm swings once a stride, and at the step lag many real
         walks are near 0 (four walks of one man: median 0.0-0.3, at the stride lag 0.86-0.89)
      2. exponential memory of 2.5 s: 20 multiplications a value instead of a window of 66 by 20 lags
not   slower than 0.6 strides/s or faster than 1.6: no walk, no jog
"""

from math import exp

from retrostep.compat import const

RATE_HZ = 13.0
BACK = 32  # energies kept, one every 4 values: 9.8 s
_LAG0 = const(4)  # first lag kept besides 0: 0.31 s
_LAGS = const(25)  # lags 4 to 28: a stride of 2.15 s at the slowest
_BLIND = const(22)  # longest lag that is a stride's without a gyroscope: two brisk strides look like a slow one
_SWING = const(0.3)  # correlation of the arm's rate from which it tells a step from a stride
_RUN = const(8)  # shortest stride lag, 0.62 s: 3.2 steps/s, jogging
_HIST = const(32)  # the newest four, and as far back as the longest lag of the oldest of them
_TAU = const(2.5)  # s, memory: two to three strides; with 2.0 a drive of 26 min counted 10 steps, 3.0 loses short bouts
_TAU_ENERGY = const(0.7)  # s
_TINY = const(0.02)  # (m/s^2)^2, so that stillness does not repeat
_VIGOUR = const(9.0)  # (m/s^2)^2: walking at up to 1.6 steps/s stays under 6 (stairs, p95), jogging begins at 16 (weda)
_LOYAL = const(0.15)  # of the energy: what the known period is worth against another


class Rhythm:
    """push() it every value, look() now and then."""

    def __init__(self):
        self._y1 = self._y2 = self._x1 = self._x2 = 0.0
        self._history = [0.0] * _HIST  # the newest first
        self._lags = [0.0] * (_LAGS + 1)  # [0] energy, [1:] lags from _LAG0
        self._keep = exp(-1.0 / (RATE_HZ * _TAU))
        self._new_energy = 1.0 - exp(-1.0 / (RATE_HZ * _TAU_ENERGY))
        self._energies = [0.0] * BACK
        self.ticks = 0  # values seen
        self.energy = 0.0  # of the last 0.7 s, (m/s^2)^2
        self.rough = 0.0  # above 6 Hz, same memory as the lags
        self.correlation = 0.0
        self.period = 0.0
        self.b1 = self.b2 = 0.0  # the last two band-passed values

    @property
    def strength(self):
        """Energy of the band over the memory, (m/s^2)^2."""
        return self._lags[0]

    def push(self, x, rough):
        """One value, and the energy above 6 Hz inside it. Returns the band-passed value."""
        # Butterworth band-pass 0.5-3.2 Hz, 4th order, 13 Hz: scipy.signal.butter(2, (0.5, 3.2), "band", fs=13)
        x1 = self._x1
        y1 = self._y1
        y2 = self._y2
        history = self._history
        y = 0.21913623 * (x + 2.0 * x1 + self._x2) + 0.15340313 * y1 - 0.25877043 * y2
        b = y - 2.0 * y1 + y2 + 1.66887761 * history[0] - 0.72987385 * history[1]
        self._x2 = x1
        self._x1 = x
        self._y2 = y1
        self._y1 = y
        history.pop()
        history.insert(0, b)
        lags = self._lags
        keep = self._keep
        new = 1.0 - keep
        square = b * b
        lags[0] = keep * lags[0] + new * square
        self.energy += self._new_energy * (square - self.energy)
        self.rough += new * (rough - self.rough)
        self.ticks = ticks = self.ticks + 1
        if ticks & 3 == 0:
            self._energies[(ticks >> 2) % BACK] = self.energy
            self._add(lags, history, keep, new)
        return b

    def _add(self, lags, history, keep, new):
        """The last four values into the lag products, all at once: nobody looks in between, and it takes half the
        bytecodes."""
        new0 = new * keep * keep * keep * history[3]  # the oldest
        new1 = new * keep * keep * history[2]
        new2 = new * keep * history[1]
        new3 = new * history[0]
        kept = keep * keep * keep * keep
        b1 = history[6]
        b2 = history[5]
        b3 = history[4]
        for k in range(1, _LAGS + 1):
            b0 = history[k + 6]
            lags[k] = kept * lags[k] + new0 * b0 + new1 * b1 + new2 * b2 + new3 * b3
            b3 = b2
            b2 = b1
            b1 = b0

    def shift(self, b):
        """`b` was dealt with: it is the last value from now on."""
        self.b2 = self.b1
        self.b1 = b

    def look(self, known, swing=None, is_slow=False):
        """Find the best stride lag; `known` = values per step of the bout, or 0.0. Sets correlation and period.

        is_slow: a lag that can be a step's is one.
        swing(lag): how well the arm's rate repeats at that lag, 1 to -1, which forth and back does at a stride only.
        """
        lags = self._lags
        total = lags[0] + _TINY
        best = -9.0
        stride = _RUN
        least = 2.0 * known - 1.5 if known else 1e3
        most = 2.0 * known + 1.5
        a = 0.0
        for lag in range(_RUN, _LAG0 + _LAGS - 1):
            if lag & 1:
                a = 0.5 * (a + lags[(lag >> 1) + (2 - _LAG0)])
            else:
                a = lags[(lag >> 1) + (1 - _LAG0)]
            score = lags[lag + (1 - _LAG0)] + 0.5 * a
            if least < lag and lag < most:
                score += _LOYAL * total
            if score > best:
                if lag > _BLIND and (swing is None or swing(lag >> 1) > -_SWING):
                    break
                best = score
                stride = lag
        if swing is not None and not -2.0 < stride - 2.0 * known < 2.0:
            if 2 * stride < _LAG0 + _LAGS - 1 and swing(stride) < -_SWING:
                stride *= 2  # that was a step; the opposite does not hold: slow walkers swing their arms once a step
        if is_slow and 2 * stride < _LAG0 + _LAGS - 1:
            stride *= 2
        half = stride >> 1
        if half >= _RUN and lags[0] > _VIGOUR and lags[half - _LAG0 + 1] > 0.5 * lags[stride - _LAG0 + 1]:
            stride = half  # nobody swings so hard so slowly: two strides of a jog look like one of a stroll
            half = stride >> 1
        step = lags[half - _LAG0 + 1]
        if stride & 1:
            step = max(step, lags[half - _LAG0 + 2])
        left = lags[stride - _LAG0]
        middle = lags[stride - _LAG0 + 1]
        right = lags[stride - _LAG0 + 2]
        self.correlation = max(middle, step) / total
        bend = left - 2.0 * middle + right  # a parabola through three lags: the period below one value
        shift = 0.0
        if bend < 0.0:
            shift = min(0.5, max(-0.5, 0.5 * (left - right) / bend))
        self.period = 0.5 * (stride + shift)

    def moved(self, share):
        """How many energies back (four values each) the arm has moved with at least `share` of the strength now."""
        floor = share * self._lags[0]
        newest = self.ticks >> 2
        back = 0
        while back < BACK - 1 and back < newest and self._energies[(newest - back) % BACK] > floor:
            back += 1
        return back
