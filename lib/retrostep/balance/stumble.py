# SPDX-License-Identifier: MIT
"""Stumble: an abrupt recovery out of walking, told within the chunk in which it stands out.

in    engine chunks of 13 samples, 104 Hz
out   a STUMBLE event at its onset (first sample whose score passes 1.0), decided at the end of that chunk
keeps the score's own memory (legscore, armscore); allocates per event only
from  docs/alerts.md: near falls acted by volunteers
but   the motor's own shaking never alerts: nothing is told while it runs
not   which way it slipped; near falls out of standing
"""

from retrostep.compat import const
from retrostep.events import STUMBLE, Event

_QUIET = const(208)  # samples after an alert in which the same recovery is not told again: 2 s


class Stumble:
    """chunk() it; it calls emit(event)."""

    def __init__(self, emit, placement):
        self._emit = emit
        if placement == "wrist":
            from retrostep.balance.armscore import ArmScore

            self._score = ArmScore()
        else:
            from retrostep.balance.legscore import LegScore

            self._score = LegScore(placement)
        self._until = -1
        self._above = False
        self.score = 0.0  # of the last chunk; 1.0 alerts. The loop holds its flushes back while it is high

    def chunk(self, chunk):
        """One chunk of the engine."""
        score = self._score.push(chunk)
        self.score = score
        above = self._above
        self._above = score >= 1.0
        if score < 1.0 or above or chunk.is_buzzing or chunk.start < self._until:
            return
        self._until = chunk.start + _QUIET
        event = Event(STUMBLE, chunk.start + self._score.onset(chunk), 0.0, chunk.start + chunk.n)
        event.score = score
        event.quality = chunk.quality
        self._emit(event)

    def gap(self, lost):
        """`lost` samples never came."""
        self._score.forget()
        self._above = False
