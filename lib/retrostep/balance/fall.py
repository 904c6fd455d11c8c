# SPDX-License-Identifier: MIT
"""Fall: an impact, then one still second in a changed posture.

in    engine chunks of 13 samples, 104 Hz: sum_a2, sum_w2, max_a, |a|, mean_acc
out   a FALL event at the strongest chunk of the impact, decided when the stillness was long enough (1-7 s later)
keeps 104 chunks of six numbers (2.6 kB); allocates per event only
from  impact + posture + stillness as everybody does; posture is the leg's own of five seconds, and at the wrist a
      linear score of nine measures decides, fitted with each person held out (docs/alerts.md)
but   1. posture before = 5 s to 1 s before the impact: the last second is already part of the fall
         (ankle: 89 -> 98 % of acted falls)
      2. a weak impact needs a large change of posture, so that stopping and sitting down after a walk is none
      3. the leg must have turned as fast as in a fall: lying down on purpose is the same, slower (70 -> 37 % alarm)
not   lying down quickly; falls as slow as lying down: the wearer is asked, and either is logged
"""

from array import array
from math import log, sqrt

from retrostep.compat import const
from retrostep.events import FALL, Event
from retrostep.units import CHUNK, G

_RING = const(104)  # chunks: 13 s
_STILL = const(8)  # still chunks: 1 s
_LOOK = const(48)  # chunks before them in which the impact is looked for: 6 s
_RATE = const(0.65)  # rad/s, chunk RMS of the rate: still
_SPREAD = const(0.36)  # (m/s^2)^2, variance of |a| in a chunk: still
# leg: chunk RMS of |a|-g in m/s^2, cosine between the postures
_IMPACT = const(7.0)  # below the weakest acted fall but three of 210 (ankle); each heel strike reaches it
_HARD = const(20.0)  # level heel strikes 17 in the median, 27 at p95: after one of these a small turn is not enough
_TURNED = const(0.86)  # 31 deg after a hard impact
_TURNED_SOFT = const(0.7)  # 45 deg after a soft one
_TURNED_STANDING = const(0.78)  # 39 deg after a soft one out of standing: no step that could have been the impact
_STOOD = const(2.2)  # (rad/s)^2, mean square of the rate from 4 s to 1 s before the impact: standing
# leg: pace of the fall, fitted on acted falls against lying down on purpose, each person held out (bench/heldout.py):
# weights of ln(RMS rate around the impact + 0.2), ln(1 + chunks of the change of posture), ln(largest rate); bias
_PACE = (5.82, -2.47, 1.24, -3.25)
LEVELS = {"few": -0.8, "usual": -3.6, "many": -99.0}  # the pace must be above (docs/alerts.md)
_ARM_LEVELS = {"few": -0.9, "usual": 0.0, "many": 1.0}  # added to the wrist's score
_ONCE = const(80)  # chunks after a fall in which it is not told again: 10 s
_FLOOR = const(10.0)  # wrist: weakest impact looked at, the fit knows no weaker
# wrist: weights of _arm(), fitted; per unit of each measure
_ARM = (0.0379, -1.3303, -5.4176, 3.5684, -0.7277, -1.3955, -1.0159, 1.8823, -0.1922)
_ARM_BIAS = -3.0128 - 1.0 + 1.0  # fitted, less the threshold (93 % of falls, 5 false per dense hour), plus 1.0


class Fall:
    """chunk() it; it calls emit(event)."""

    def __init__(self, emit, placement, alerts="usual"):
        self._emit = emit
        self._is_arm = placement == "wrist"
        self._level = (_ARM_LEVELS if self._is_arm else LEVELS)[alerts]
        self._is_foot = placement == "foot"
        self._turned_hard = _TURNED_SOFT if placement == "foot" else _TURNED  # each step jolts a shoe that hard
        self._power = array("f", [0.0] * _RING)  # mean (|a|-g)^2
        self._rate = array("f", [0.0] * _RING)  # RMS of the rate
        self._top = array("f", [0.0] * _RING)  # wrist: largest |a|; leg: largest rate
        self._low = array("f", [0.0] * _RING) if self._is_arm else None  # smallest |a|
        self._x = array("f", [0.0] * _RING)
        self._y = array("f", [0.0] * _RING)
        self._z = array("f", [0.0] * _RING)
        self._now = -1
        self._first = 0  # oldest chunk that counts: none before a gap
        self._told = -1  # chunk of the last impact looked at
        self._fell = -1000  # chunk of the last fall
        self._run = 0
        self._before = [0.0, 0.0, 0.0]
        self._after = [0.0, 0.0, 0.0]
        self.measures = [0.0] * len(_ARM)  # of the last impact judged; at the leg the first three, of its pace

    def chunk(self, chunk):
        """One chunk of the engine."""
        now = self._now + 1
        self._now = now
        at = now % _RING
        mean = chunk.mean_acc
        self._x[at] = mean[0]
        self._y[at] = mean[1]
        self._z[at] = mean[2]
        if chunk.is_buzzing:  # the motor is no impact, and it does not end a stillness either
            self._power[at] = 0.0
            self._rate[at] = self._rate[at - 1]
            if self._is_arm:
                self._top[at] = self._low[at] = G
            else:
                self._top[at] = self._top[at - 1]
            return
        power = chunk.sum_a2 / CHUNK
        if power < 0.0:
            power = 0.0
        rate = sqrt(chunk.sum_w2 / CHUNK)
        self._power[at] = power
        self._rate[at] = rate
        if self._is_arm:
            self._top[at] = chunk.max_a
            self._low[at] = min(chunk.a)
        else:
            self._top[at] = chunk.max_w
        if rate >= _RATE or power > 4.0 or self._spread(chunk) >= _SPREAD:
            self._run = 0
            return
        self._run += 1
        if self._run == _STILL:
            self._judge(now, chunk)

    def _spread(self, chunk):
        """Variance of |a| inside the chunk, (m/s^2)^2."""
        total = squares = 0.0
        for i in range(chunk.n):
            d = chunk.a[i] - G
            total += d
            squares += d * d
        total /= chunk.n
        return squares / chunk.n - total * total

    def _judge(self, now, chunk):
        """A second was still: was there an impact before it, and another posture before that?"""
        end = now - _STILL + 1
        begin = max(self._first, end - _LOOK)
        if end - begin < 3:
            return
        impact = begin
        top = -1.0
        for c in range(begin, end):
            power = self._power[c % _RING]
            if power > top:
                top = power
                impact = c
        if impact <= self._told:
            return
        peak = sqrt(top)
        if peak < (_FLOOR if self._is_arm else _IMPACT):
            return
        self._told = impact
        self._posture(end, now + 1, self._after)
        turned = self._turned(impact - 40, impact - 8)
        if self._is_arm:
            score = self._arm(impact, end, turned) + self._level
            if score < 1.0:
                return
        else:
            limit = self._turned_hard
            if peak <= _HARD:
                limit = _TURNED_SOFT
                if not self._is_foot and self._mean_square(impact - 32, impact - 8) < _STOOD:
                    limit = _TURNED_STANDING
            if turned > limit or self._pace(impact, end, turned) < self._level:
                return
            score = peak / _IMPACT
        if impact - self._fell < _ONCE:
            return
        self._fell = impact
        event = Event(FALL, chunk.start - (now - impact) * CHUNK, 0.0, chunk.start + chunk.n)
        event.score = score
        event.quality = chunk.quality
        self._emit(event)

    def _posture(self, begin, end, out):
        """Sum of the accelerations of chunks [begin, end), at least one, into `out`."""
        begin = max(self._first, self._now - _RING + 1, begin)
        out[0] = out[1] = out[2] = 0.0
        for c in range(begin, max(begin + 1, end)):
            k = c % _RING
            out[0] += self._x[k]
            out[1] += self._y[k]
            out[2] += self._z[k]

    def _turned(self, begin, end):
        """Cosine between the posture of chunks [begin, end) and the still one after."""
        self._posture(begin, end, self._before)
        b = self._before
        a = self._after
        size = (b[0] * b[0] + b[1] * b[1] + b[2] * b[2]) * (a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
        if size <= 0.0:
            return 1.0
        return (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / sqrt(size)

    def _mean_square(self, begin, end):
        """Mean square of the rate over chunks [begin, end) that are remembered."""
        begin = max(self._first, self._now - _RING + 1, begin)
        total = 0.0
        for c in range(begin, end):
            rate = self._rate[c % _RING]
            total += rate * rate
        return total / (end - begin) if end > begin else 0.0

    def _pace(self, impact, end, turned):
        """How fast the leg went from the old posture into the one of self._after; lying down is slow."""
        top = 0.0
        oldest = max(self._first, self._now - _RING + 1)
        for c in range(max(oldest, impact - 12), min(end, impact + 9)):
            top = max(top, self._top[c % _RING])
        # from the last chunk that is still near the old posture to the first one near the new
        low = turned + 0.2 * (1.0 - turned)
        high = turned + 0.8 * (1.0 - turned)
        left = impact - 40
        for c in range(max(oldest, impact - 40), end + 1):
            if self._near(c) < low:
                left = c
        c = left
        while c < end and (c < oldest or self._near(c) < high):
            c += 1
        m = self.measures
        m[0] = log(sqrt(self._mean_square(impact - 8, impact + 5)) + 0.2)
        m[1] = log(1.0 + c - left)
        m[2] = log(top + 0.01)
        return _PACE[0] * m[0] + _PACE[1] * m[1] + _PACE[2] * m[2] + _PACE[3]

    def _near(self, c):
        """Cosine between chunks c-1 to c+1 and the posture after."""
        x = y = z = 0.0
        for i in (c - 1, c, c + 1):
            k = i % _RING
            x += self._x[k]
            y += self._y[k]
            z += self._z[k]
        a = self._after
        size = (x * x + y * y + z * z) * (a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
        return (x * a[0] + y * a[1] + z * a[2]) / sqrt(size) if size > 0.0 else 1.0

    def _mean(self, ring, begin, end):
        """Mean of `ring` over chunks [begin, end), at least one."""
        begin = max(self._first, self._now - _RING + 1, begin)
        total = 0.0
        n = 0
        for c in range(begin, max(begin + 1, min(end, self._now + 1))):
            total += ring[c % _RING]
            n += 1
        return total / n

    def _arm(self, impact, end, turned):
        """The wrist's score, 1.0 = a fall; `end`: the first still chunk."""
        m = self.measures
        m[0] = 0.0
        for c in range(max(self._first, impact - 1), impact + 2):
            m[0] = max(m[0], self._top[c % _RING])
        m[1] = self._mean(self._rate, impact + 8, impact + 16)  # one second later: lying, not walking on
        m[2] = turned
        m[3] = 0.5 * log(self._mean(self._power, impact - 4, impact + 5) + 0.0001)
        m[4] = 0.0
        for c in range(max(self._first, impact - 32), impact - 6):
            if self._power[c % _RING] > 100.0 and m[4] < 6.0:  # earlier blows: jogging and clapping have many
                m[4] += 1.0
        m[5] = log(0.1 + sqrt(self._mean(self._power, impact - 8, impact - 1)))  # a hand that hits swings before
        m[6] = log(0.1 + self._mean(self._rate, end - 8, end))  # who lies comes to rest slowly, who sits at once
        m[7] = self._turned(impact - 4, impact + 1)
        m[8] = 100.0
        for c in range(impact + 1, min(impact + 6, self._now + 1)):  # a hand comes back, a body stays
            m[8] = min(m[8], self._low[c % _RING])
        score = _ARM_BIAS
        for k in range(len(m)):
            score += _ARM[k] * m[k]
        return score

    def gap(self, lost):
        """`lost` samples never came: nothing before them counts."""
        self._first = self._now + 1
        self._run = 0
