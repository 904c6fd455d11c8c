# SPDX-License-Identifier: MIT
"""Doubts: what the engine could not make out, said once a session, with a reason that somebody can act on.

in    strides as they are made, with or without a polarity; swings that go nowhere; chunks that rattle
out   a DOUBT event; its `reason` is a number of retrostep.errors
keeps three counts
"""

from retrostep import errors, events
from retrostep.compat import const

_STRIDES = const(8)  # of walking without a polarity: usual legs need one to five
_SWINGS = const(10)  # to and fro: 10 s of pedalling
_RATTLES = const(80)  # chunks: 10 s


class Doubts:
    def __init__(self, emit):
        self._emit = emit
        self._strides = self._swings = self._rattles = 0

    def stride(self, is_sure, index):
        """One stride of walking."""
        if not is_sure:
            self._strides += 1
            if self._strides == _STRIDES:
                self._tell(errors.WAY_UNCLEAR, index)

    def swing(self, index):
        """The leg swung to and fro and went nowhere; it was not counted."""
        self._swings += 1
        if self._swings == _SWINGS:
            self._tell(errors.TO_AND_FRO, index)

    def rattle(self, index):
        """A chunk of noise where a leg should swing."""
        self._rattles += 1
        if self._rattles == _RATTLES:
            self._tell(errors.STRAP_LOOSE, index)

    def _tell(self, reason, index):
        event = events.Event(events.DOUBT, index, 0.0, index)
        event.reason = reason
        self._emit(event)
