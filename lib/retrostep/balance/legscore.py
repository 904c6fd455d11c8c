# SPDX-License-Identifier: MIT
"""Leg score: how far the last half second leaves this walker's own strides, at the ankle or on the shoe.

in    engine chunks: sum_a2, sum_w2, sum_s2 (13 samples, 104 Hz)
out   push(): the score, 1.0 = alert; 0.0 unless strides came just before. early(): the same before the chunk is whole.
      onset(): the sample inside the chunk
keeps 20 chunks of three strengths, the times of 8 swings, two personal references; allocates nothing
from  linear score fitted by multiple instances on acted near falls against hours outdoors, each person held out
      (docs/alerts.md, bench/heldout.py)
but   1. ratios to the wearer's own last strides, because a soft walker also stumbles softly: 80 -> 97 % of the near
         falls of held-out people at no false alert in level walking
      2. half a second and not a quarter: heel strikes are short, recoveries are not
      3. the rate off the axis counts only against the wearer's own: people turn and look around outdoors
      4. the force up the leg, mean of 125 ms: what a slow sensor sees as well as a quick one, so that hours recorded
         at 40 Hz say something about 104 Hz
not   near falls out of standing or sitting: no stride before them
"""

from array import array
from math import sqrt

from retrostep.compat import const
from retrostep.units import CHUNK, G

# What the strongest half second of a level stride usually is, per placement: |a|-g in m/s^2, rate in rad/s off
# the walking axis. Ankle: five people walking (mean of maxima); shoe: median of 83 recordings of 14 people.
# The third scales the force up the leg, m/s^2 (strides of 1.1 s reach 6.6 in the median at the ankle, 10.3 on a shoe);
# on the shoe, where no near fall was ever recorded, it is what keeps level walking silent.
_USUAL = {"ankle": (11.4, 1.7, 10.0), "foot": (19.0, 5.2, 25.0)}
# Weights of (acceleration / usual, acceleration / own, off-axis / own, force up / usual): fitted, docs/alerts.md.
_WEIGHTS = (0.163, 0.194, 0.131, 0.176)
# What the score is divided by, per setting (docs/alerts.md, "What each setting costs")
LEVELS = {"few": 1.08, "usual": 1.0, "many": 0.9}
_WINDOW = const(4)  # chunks a strength is taken over: 0.5 s
_RING = const(20)
_LAG = const(8)  # the own strides end so many chunks ago (1 s): a stumble must not excuse itself
_SPAN = const(9)  # chunks looked through for the strongest of a stride: 1.1 s
_EVERY = const(4)  # chunks between two looks
_KEEP = const(0.9)  # forgetting per look: about the last five seconds of walking
_TRUST = const(2.0)  # looks the usual values are worth before any stride
_CLIP = const(1.5)  # a look counts at most so many times the reference
_SOFTEST = (0.55, 0.5)  # of usual: own references are believed no lower, or a firm last step would be a stumble
_JOLT = const(0.8)  # of the usual acceleration: turning on the spot has all the off-axis rate and less than this
_MOVING = const(1.5)  # rad/s: a look without so much rate is not a stride
# swings (begin, end of a swing in chunk RMS of the rate, rad/s; how many; within chunks): walking before
_STRONG = (2.5, 1.5, 2, 40)  # two usual swings within 5 s
_WEAK = (1.6, 1.0, 4, 80)  # four slow ones within 10 s: backward swings stay under 2.5 rad/s
_APART = const(4)  # chunks between two swings


class _Swings:
    """Counts swings: the rate passes `begin` and then falls under `end`."""

    def __init__(self, rule):
        self._begin = rule[0]
        self._end = rule[1]
        self._need = rule[2]
        self._within = rule[3]
        self._times = [-1000] * 8
        self._last = -1000
        self._at = 0
        self._inside = False

    def push(self, now, rate, is_asked):
        """True when enough swings began between _LAG and `within` chunks ago; or nobody asks."""
        if self._inside:
            if rate < self._end:
                self._inside = False
        elif rate > self._begin:
            self._inside = True
            if now - self._last >= _APART:
                self._last = now
                self._times[self._at] = now
                self._at = (self._at + 1) & 7
        if not is_asked:
            return True
        within, need, times = self._within, self._need, self._times
        at = self._at
        for at in range(at - 1, at - 9, -1):  # the newest first; negative indexes wrap
            ago = now - times[at]
            if ago > within:
                return False
            if ago >= _LAG:
                need -= 1
                if not need:
                    return True
        return False


class LegScore:
    """push() it every chunk."""

    def __init__(self, placement, alerts="usual"):
        self._usual = _USUAL[placement]
        self._level = LEVELS[alerts]
        self._sums_a = array("f", [0.0] * _RING)
        self._sums_p = array("f", [0.0] * _RING)
        self._sums_w = array("f", [0.0] * _RING)
        self._a = array("f", [0.0] * _RING)
        self._p = array("f", [0.0] * _RING)
        self._w = array("f", [0.0] * _RING)
        self._now = -1
        self._since = 0  # chunks since the start or the last gap
        self._strong = _Swings(_STRONG)
        self._weak = _Swings(_WEAK)
        self._looks = _TRUST
        self._total_a = _TRUST * self._usual[0]
        self._total_p = _TRUST * self._usual[1]
        self._factor_a = 0.0
        self._factor_p = 0.0
        self._ups = array("f", [0.0] * _WINDOW)  # |force up the leg - g| of the last chunks, m/s^2
        self._up = 0.0  # their largest, as its part of the score
        self._up_before = 0.0  # the same before the last chunk was whole
        self.is_listening = False  # swings came just before
        self._window_a = 0.0  # sum over the chunks of the last window
        self._least = (_JOLT * self._usual[0]) ** 2 * (_WINDOW * CHUNK)  # of that
        self._factors()

    def _factors(self):
        """The weights and references in one factor per strength."""
        usual_a, usual_p, _ = self._usual
        own_a = max(_SOFTEST[0] * usual_a, self._total_a / self._looks)
        own_p = max(_SOFTEST[1] * usual_p, self._total_p / self._looks)
        self._factor_a = (_WEIGHTS[0] / usual_a + _WEIGHTS[1] / own_a) / self._level
        self._factor_p = _WEIGHTS[2] / own_p / self._level

    def push(self, chunk):
        """The score of the half second that ends with this chunk."""
        now = self._now + 1
        self._now = now
        self._since += 1
        at = now % _RING
        sum_w = chunk.sum_w2
        off = 0.0
        if chunk.v is not None and sum_w > chunk.sum_s2:
            off = sum_w - chunk.sum_s2
        mean = chunk.mean_acc
        u = chunk.u
        self._up_before = self._up
        up = mean[0] * u[0] + mean[1] * u[1] + mean[2] * u[2] - G
        ups = self._ups
        ups[now % _WINDOW] = up if up > 0.0 else -up
        self._up = max(ups) * _WEIGHTS[3] / (self._usual[2] * self._level)
        sums = self._sums_a
        sums[at] = chunk.sum_a2
        # negative indexes wrap: the rings are rings
        a = self._window_a = sums[at] + sums[at - 1] + sums[at - 2] + sums[at - 3]
        is_strong = a >= self._least
        root = sqrt
        self._a[at] = a = root(a / (_WINDOW * CHUNK)) if a > 0.0 else 0.0
        sums = self._sums_p
        sums[at] = off
        self._p[at] = p = root((off + sums[at - 1] + sums[at - 2] + sums[at - 3]) / (_WINDOW * CHUNK))
        sums = self._sums_w
        sums[at] = sum_w
        self._w[at] = root((sum_w + sums[at - 1] + sums[at - 2] + sums[at - 3]) / (_WINDOW * CHUNK))
        rate = root(sum_w / CHUNK)
        is_walking = self._strong.push(now, rate, True)
        is_walking = self._weak.push(now, rate, not is_walking)
        if now % _EVERY == 0 and self._since > _LAG + _SPAN and not chunk.is_buzzing:
            self._look(at)
        self.is_listening = is_walking
        if not (is_walking and is_strong):
            return 0.0
        return a * self._factor_a + p * self._factor_p + self._up

    def _look(self, at):
        """Learn from the stride that ended a second ago."""
        top_a = top_p = top_w = 0.0
        for i in range(_LAG, _LAG + _SPAN):
            k = at - i
            if self._w[k] > top_w:
                top_w = self._w[k]
            if self._a[k] > top_a:
                top_a = self._a[k]
            if self._p[k] > top_p:
                top_p = self._p[k]
        if top_w < _MOVING:
            return
        self._total_a = _KEEP * self._total_a + min(top_a, _CLIP * self._total_a / self._looks)
        self._total_p = _KEEP * self._total_p + min(top_p, _CLIP * self._total_p / self._looks)
        self._looks = _KEEP * self._looks + 1.0
        self._factors()

    def early(self, n, sum_a2, off=0.0):
        """The score of the half second that ends with sample `n` of the chunk after the last one pushed; 0.0 when
        its acceleration alone says that it is none."""
        a = self._window_a - self._sums_a[self._now % _RING - _WINDOW + 1] * n / CHUNK + sum_a2
        if a < self._least or not self.is_listening:
            return 0.0
        a = sqrt(a / (_WINDOW * CHUNK))
        return a * self._factor_a + self._so_far(self._sums_p, self._now, n, off) * self._factor_p + self._up

    def _so_far(self, sums, last, n, new):
        """RMS over a window that ends with sample `n` of the chunk after chunk `last`; `new`: sum of those samples."""
        at = last % _RING
        total = new + sums[at - _WINDOW + 1] * (1.0 - n / CHUNK)
        for i in range(_WINDOW - 1):
            total += sums[at - i]
        return sqrt(total / (_WINDOW * CHUNK)) if total > 0.0 else 0.0

    def onset(self, chunk, n=0, off=0.0):
        """Offset of the first sample of this chunk at which the score passes 1.0 (the last one if it never does):
        of its `n` samples so far whose off-axis sum is `off`, or of a whole chunk that was pushed."""
        last = self._now
        up = self._up
        if not n:
            up = self._up_before
            n = CHUNK
            off = self._sums_p[last % _RING]
            last -= 1
        a = 0.0
        chunk.fill()
        for i in range(n):
            d = chunk.a[i] - G
            a += d * d
            score = up + self._so_far(self._sums_a, last, i + 1, a) * self._factor_a
            score += self._so_far(self._sums_p, last, i + 1, off * (i + 1) / n) * self._factor_p
            if score >= 1.0:
                return i
        return n - 1

    def forget(self):
        """Samples were lost: no window may reach across."""
        for ring in (self._sums_a, self._sums_p, self._sums_w, self._a, self._p, self._w):
            for i in range(_RING):
                ring[i] = 0.0
        for i in range(_WINDOW):
            self._ups[i] = 0.0
        self._since = 0
        self._window_a = 0.0
        self.is_listening = False
