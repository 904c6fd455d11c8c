# SPDX-License-Identifier: MIT
"""Fall: an impact, then one still second in a changed posture.

in    engine chunks of 13 samples, 104 Hz: sum_a2, sum_w2, max_a, |a|, mean_acc
out   a FALL event at the strongest chunk of the impact, decided when the stillness was long enough (1-7 s later)
keeps 104 chunks of six numbers (2.6 kB); allocates per event only
from  impact + posture + stillness as everybody does; posture is the leg's own of five seconds (docs/alerts.md)
but   1. posture before = 5 s to 1 s before the impact: the last second is already part of the fall
         (ankle: 89 -> 98 % of acted falls)
      2. a weak impact needs a large change of posture, so that stopping and sitting down after a walk is none
      3. what tells a fall from lying down (legpace) or from a hand that hits (armfall) is loaded for its place only
not   lying down quickly; falls as slow as lying down: the wearer is asked, and either is logged
"""

from array import array
from math import sqrt

from retrostep.compat import const
from retrostep.events import FALL, Event
from retrostep.units import CHUNK, G

RING = 104  # chunks: 13 s
_STILL = const(8)  # still chunks: 1 s
_LOOK = const(48)  # chunks before them in which the impact is looked for: 6 s
_RATE = const(0.65)  # rad/s, chunk RMS of the rate: still
_SPREAD = const(0.36)  # (m/s^2)^2, variance of |a| in a chunk: still
# leg: chunk RMS of |a|-g in m/s^2, cosine between the postures
_HARD = const(20.0)  # level heel strikes 17 in the median, 27 at p95: after one of these a small turn is not enough
_TURNED = const(0.86)  # 31 deg after a hard impact
_TURNED_SOFT = const(0.7)  # 45 deg after a soft one
_TURNED_STANDING = const(0.78)  # 39 deg after a soft one out of standing: no step that could have been the impact
_STOOD = const(2.2)  # (rad/s)^2, mean square of the rate from 4 s to 1 s before the impact: standing
_ONCE = const(80)  # chunks after a fall in which it is not told again: 10 s


class Fall:
    """chunk() it; it calls emit(event)."""

    def __init__(self, emit, placement, alerts="usual"):
        self._emit = emit
        self._is_arm = placement == "wrist"
        if self._is_arm:
            from retrostep.balance import armfall

            self._weigh, self._floor, self._level = armfall.weigh, armfall.FLOOR, armfall.LEVELS[alerts]
            measures = armfall.MEASURES
        else:
            from retrostep.balance import legpace

            self._weigh, self._floor, self._level = legpace.weigh, legpace.FLOOR, legpace.LEVELS[alerts]
            measures = legpace.MEASURES
        self._is_foot = placement == "foot"
        self._turned_hard = _TURNED_SOFT if placement == "foot" else _TURNED  # each step jolts a shoe that hard
        self.power = array("f", [0.0] * RING)  # mean (|a|-g)^2
        self.rate = array("f", [0.0] * RING)  # RMS of the rate
        self.top = None if self._is_arm else array("f", [0.0] * RING)  # largest rate
        self.low = array("f", [0.0] * RING) if self._is_arm else None  # smallest |a|
        self.x = array("f", [0.0] * RING)
        self.y = array("f", [0.0] * RING)
        self.z = array("f", [0.0] * RING)
        self.now = -1
        self.first = 0  # oldest chunk that counts: none before a gap
        self._told = -1  # chunk of the last impact looked at
        self._fell = -1000  # chunk of the last fall
        self._run = 0
        self._before = [0.0, 0.0, 0.0]
        self.after = [0.0, 0.0, 0.0]
        self.measures = [0.0] * measures  # of the last impact judged

    def chunk(self, chunk):
        """One chunk of the engine."""
        now = self.now + 1
        self.now = now
        at = now % RING
        mean = chunk.mean_acc
        self.x[at] = mean[0]
        self.y[at] = mean[1]
        self.z[at] = mean[2]
        if chunk.is_buzzing:  # the motor is no impact, and it does not end a stillness either
            self.power[at] = 0.0
            self.rate[at] = self.rate[at - 1]
            if self._is_arm:
                self.low[at] = G
            else:
                self.top[at] = self.top[at - 1]
            return
        power = chunk.sum_a2 / CHUNK
        if power < 0.0:
            power = 0.0
        rate = sqrt(chunk.sum_w2 / CHUNK)
        self.power[at] = power
        self.rate[at] = rate
        if self._is_arm:
            self.low[at] = chunk.min_a
        else:
            self.top[at] = chunk.max_w
        off = chunk.mean_a - G
        if rate >= _RATE or power > 4.0 or power - off * off >= _SPREAD:  # the latter: variance of |a| in the chunk
            self._run = 0
            return
        self._run += 1
        if self._run == _STILL:
            self._judge(now, chunk)

    def _judge(self, now, chunk):
        """A second was still: was there an impact before it, and another posture before that?"""
        end = now - _STILL + 1
        begin = max(self.first, end - _LOOK)
        if end - begin < 3:
            return
        impact = begin
        top = -1.0
        for c in range(begin, end):
            power = self.power[c % RING]
            if power > top:
                top = power
                impact = c
        if impact <= self._told:
            return
        peak = sqrt(top)
        if peak < self._floor:
            return
        self._told = impact
        self._posture(end, now + 1, self.after)
        turned = self.turned(impact - 40, impact - 8)
        if self._is_arm:
            score = self._weigh(self, impact, end, turned) + self._level
            if score < 1.0:
                return
        else:
            limit = self._turned_hard
            if peak <= _HARD:
                limit = _TURNED_SOFT
                if not self._is_foot and self.mean_square(impact - 32, impact - 8) < _STOOD:
                    limit = _TURNED_STANDING
            if turned > limit or self._weigh(self, impact, end, turned) < self._level:
                return
            score = peak / self._floor
        if impact - self._fell < _ONCE:
            return
        self._fell = impact
        event = Event(FALL, chunk.start - (now - impact) * CHUNK, 0.0, chunk.start + chunk.n)
        event.score = score
        event.quality = chunk.quality
        self._emit(event)

    def _posture(self, begin, end, out):
        """Sum of the accelerations of chunks [begin, end), at least one, into `out`."""
        begin = max(self.first, self.now - RING + 1, begin)
        out[0] = out[1] = out[2] = 0.0
        for c in range(begin, max(begin + 1, end)):
            k = c % RING
            out[0] += self.x[k]
            out[1] += self.y[k]
            out[2] += self.z[k]

    def turned(self, begin, end):
        """Cosine between the posture of chunks [begin, end) and the still one after."""
        self._posture(begin, end, self._before)
        b = self._before
        a = self.after
        size = (b[0] * b[0] + b[1] * b[1] + b[2] * b[2]) * (a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
        if size <= 0.0:
            return 1.0
        return (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / sqrt(size)

    def mean_square(self, begin, end):
        """Mean square of the rate over chunks [begin, end) that are remembered."""
        begin = max(self.first, self.now - RING + 1, begin)
        total = 0.0
        for c in range(begin, end):
            rate = self.rate[c % RING]
            total += rate * rate
        return total / (end - begin) if end > begin else 0.0

    def gap(self, lost):
        """`lost` samples never came: nothing before them counts."""
        self.first = self.now + 1
        self._run = 0
