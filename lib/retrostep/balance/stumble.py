# SPDX-License-Identifier: MIT
"""Stumble: an abrupt recovery out of walking, told within the chunk in which it stands out.

in    engine chunks of 13 samples, 104 Hz
out   a STUMBLE event at its onset (first sample whose score passes 1.0), decided at the end of that chunk, or in its
      middle (ankle and shoe)
keeps the score's own memory (legscore, armscore); allocates per event only
from  docs/alerts.md: near falls acted by volunteers
but   nothing is told while the motor runs; what began meanwhile and still stands out is told when it has stopped
not   which way it slipped; near falls out of standing; at the wrist only when many alerts are asked for
"""

from retrostep.compat import const
from retrostep.events import STUMBLE, Event

_QUIET = const(208)  # samples after an alert in which the same recovery is not told again: 2 s


class Stumble:
    """chunk() it; it calls emit(event)."""

    def __init__(self, emit, placement, alerts="usual"):
        self._emit = emit
        self._score = None
        self._is_leg = False
        if placement == "wrist":
            if alerts == "many":  # it finds half of them, and alarms at one clap or door in twenty (docs/alerts.md)
                from retrostep.balance.armscore import ArmScore

                self._score = ArmScore()
        else:
            from retrostep.balance.legscore import LegScore

            self._score = LegScore(placement, alerts)
            self._is_leg = True
        self._until = -1
        self._above = False
        self.is_listening = False  # worth a look before the next chunk is whole: `leans`, then `early`
        self.score = 0.0  # of the last chunk; 1.0 alerts. The loop holds its flushes back while it is high

    def chunk(self, chunk):
        """One chunk of the engine."""
        found = self._score
        if found is None:
            return
        self.score = score = found.push(chunk)
        above = self._above
        self._above = score >= 1.0 and (above or not chunk.is_buzzing)
        self.is_listening = self._is_leg and found.is_listening and not self._above
        if score < 1.0 or above or chunk.is_buzzing or chunk.start < self._until:
            return
        self._tell(chunk, score, chunk.n, self._score.onset(chunk))

    def leans(self, chunk, n, sum_a2):
        """Whether the first `n` samples of a chunk may be a stumble, by their acceleration alone."""
        return chunk.start >= self._until and self._score.early(n, sum_a2) > 0.0

    def early(self, chunk, n, sum_a2, off):
        """The first `n` samples of a chunk that leans; `off`: sum of their squared rate off the axis. True: told."""
        score = self._score.early(n, sum_a2, off)
        if score < 1.0:
            return False
        self._tell(chunk, score, n, self._score.onset(chunk, n, off))
        return True

    def _tell(self, chunk, score, n, onset):
        self._until = chunk.start + _QUIET
        event = Event(STUMBLE, chunk.start + onset, 0.0, chunk.start + n)
        event.score = score
        event.quality = chunk.quality
        self._emit(event)

    def gap(self, lost):
        """`lost` samples never came."""
        if self._score is not None:
            self._score.forget()
        self._above = self.is_listening = False
