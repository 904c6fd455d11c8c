# SPDX-License-Identifier: MIT
"""Wobble: recent strides irregular against this wearer's own, each walking direction against itself.

in    chunks (rate off the walking axis, |a|-g) and each decided own-leg STEP event
out   a WOBBLE event when the running score passes 1.0, then none until it has calmed down
keeps two directions x five baselines of 32 strides (1.7 kB) and 16 s of two strengths (1 kB); allocates per event
from  robust z-scores (median, MAD); backward walking is 2-3 times more variable
      (docs/accuracy.md, "Stride time and how much it varies")
but   1. stride time, length and range count only when they also differ from the stride before: walking slower on
         purpose is a change, not a wobble
      2. sway and impact count only upwards
      3. the mean of a stride's five z, then of 28 strides the mean of all but the highest quarter: kerbs, turns and
         stairs pass in a few strides, unsteadiness stays (seven strides and the median of five found half as much at
         as many alerts outdoors)
not   the first strides of a bout or of a direction, strides with the motor on, and anything before READY strides
"""

from array import array
from math import sqrt

from retrostep.balance.baseline import Baseline
from retrostep.compat import const
from retrostep.events import BACKWARD, FORWARD, Q_GAP, Q_RESTARTED, Q_STUCK, WOBBLE, Event
from retrostep.units import CHUNK, RATE_HZ

MDC = 0.30  # of the score: 1.96 x sqrt(2) x SD 0.107 of 12-stride means of one walker (15 walkers, docs/alerts.md)
READY = 12  # strides of a direction before its baseline may speak
_HIGH = const(0.525)  # level that alerts: what an endless walk would need, and what so few strides ask for in addition
_SCARCE = const(6.3)  # / strides; both from hours outdoors (docs/alerts.md, bench/alerts.py)
_LOW = const(0.55)  # of the score; it must fall under before the next alert
_RECENT = const(28)  # strides the level is made of; five are enough to begin
_FEWEST = const(5)
_PART = const(4)  # one in so many is left out, the highest: a turn or a stumble raises nothing
LEVELS = {"few": 1.2, "usual": 1.0, "many": 0.92}  # what the score is divided by (docs/alerts.md)
_YOUNG = const(4.0)  # spreads are believed x (1 + this / strides): twelve strides tell a spread only roughly
_CAP = const(4.0)  # one measure of one stride counts at most so many spreads
_PAUSE = const(2.5)  # s between two contacts that end a bout
_RING = const(128)  # chunks: 16 s, longer than any late decision
# smallest spread believed: stride s, length m, sagittal rad, sway rad/s, impact m/s^2 (what the engine itself jitters)
_FLOORS = (0.02, 0.04, 0.03, 0.12, 0.8)
_BAD = Q_GAP | Q_RESTARTED | Q_STUCK


class _Own:
    """One direction's baselines and running score."""

    def __init__(self):
        self.baselines = [Baseline(floor) for floor in _FLOORS]
        self.last = [0.0] * len(_FLOORS)
        self.recent = array("f", [0.0] * _RECENT)  # mean z of each of the last strides
        self.seen = 0  # strides judged
        self.is_raised = False


def _insert(found, used, x):
    """Put `x` in its place among the `used` rising values of `found`. Returns their new number."""
    i = used
    while i > 0 and found[i - 1] > x:
        found[i] = found[i - 1]
        i -= 1
    found[i] = x
    return used + 1


class Wobble:
    """chunk() and stride() it; it calls emit(event)."""

    def __init__(self, emit, placement, alerts="usual"):
        self._emit = emit
        self._level = LEVELS[alerts]
        self._own = None
        self.score = 0.0  # of the last stride; 1.0 alerts
        if placement == "wrist":  # no stride is measured there
            return
        self._own = {FORWARD: _Own(), BACKWARD: _Own()}
        self._off = array("f", [0.0] * _RING)  # mean squares; -1.0: the motor ran
        self._acc = array("f", [0.0] * _RING)
        self._chunks = 0
        self._begin = 0  # sample index of chunk 0 of the ring's count
        self._direction = 0
        self._contact = -1000000
        self._row = 0  # strides in a row in one direction without a pause
        self._values = [0.0] * len(_FLOORS)
        self._sorted = array("f", [0.0] * _RECENT)

    def chunk(self, chunk):
        """One chunk of the engine."""
        if self._own is None:
            return
        at = self._chunks % _RING
        self._begin = chunk.start - self._chunks * CHUNK
        self._chunks += 1
        off = 0.0
        if chunk.v is not None and chunk.sum_w2 > chunk.sum_s2:
            off = chunk.sum_w2 - chunk.sum_s2
        self._off[at] = -1.0 if chunk.is_buzzing else off / CHUNK
        self._acc[at] = max(0.0, chunk.sum_a2 / CHUNK)

    def stride(self, event):
        """An own-leg step that was decided. Steps come in order of time."""
        if self._own is None:
            return
        gap = event.index - self._contact
        self._contact = event.index
        if event.direction != self._direction or gap > _PAUSE * RATE_HZ or gap <= 0:
            self._row = 0
            self._direction = event.direction
        self._row += 1
        if self._row < 3 or event.stride_s <= 0.0 or event.quality & _BAD:
            return
        own = self._own.get(event.direction)
        if own is None or not self._measure(event):
            return
        self._weigh(own, event)

    def _measure(self, event):
        """The stride's five measures into self._values; False when the motor ran in it or it is too old."""
        first = int((event.index - event.stride_s * RATE_HZ - self._begin) // CHUNK)
        last = int((event.index - self._begin) // CHUNK)
        if first < 0 or last >= self._chunks or first <= self._chunks - _RING:
            return False
        off = 0.0
        top = 0.0
        for c in range(first, last + 1):
            x = self._off[c % _RING]
            if x < 0.0:
                return False
            off += x
            x = self._acc[c % _RING]
            if x > top:
                top = x
        values = self._values
        values[0] = event.stride_s
        values[1] = event.length_m
        values[2] = event.sagittal_rad
        values[3] = sqrt(off / (last + 1 - first))
        values[4] = sqrt(top)
        return True

    def _weigh(self, own, event):
        values = self._values
        baselines = own.baselines
        if baselines[0].count >= READY:
            belief = 1.0 / (1.0 + _YOUNG / baselines[0].count)
            total = 0.0
            used = 0
            for k in range(len(values)):
                if values[k] == 0.0:  # not known
                    continue
                z = baselines[k].away(values[k])
                if k < 3:
                    z = min(abs(z), abs(values[k] - own.last[k]) / (1.41 * baselines[k].spread))
                elif z < 0.0:
                    z = 0.0
                total += min(z * belief, _CAP)
                used += 1
            if used:
                self._judge(own, event, total / used)
        for k in range(len(values)):
            if values[k] != 0.0:
                own.last[k] = values[k]
                baselines[k].add(values[k])

    def _judge(self, own, event, stride):
        """One stride's z more: alert, stay, or calm down."""
        own.recent[own.seen % _RECENT] = stride
        own.seen += 1
        n = min(own.seen, _RECENT)
        if n < _FEWEST:
            return
        found = self._sorted
        used = 0
        for i in range(n):
            used = _insert(found, used, own.recent[i])
        kept = n - n // _PART
        level = 0.0
        for i in range(kept):
            level += found[i]
        self.score = level / kept / (self._level * (_HIGH + _SCARCE / n))
        if own.is_raised:
            own.is_raised = self.score > _LOW
        elif self.score >= 1.0:
            own.is_raised = True
            self._tell(event)

    def _tell(self, event):
        told = Event(WOBBLE, event.index, event.frac, event.decided)
        told.direction = event.direction
        told.score = self.score
        told.quality = event.quality
        self._emit(told)

    def gap(self, lost):
        """`lost` samples never came: the ring starts anew."""
        self._chunks = 0
        self._row = 0
