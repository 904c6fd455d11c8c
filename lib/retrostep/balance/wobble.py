# SPDX-License-Identifier: MIT
"""Wobble: recent strides far from this wearer's own, per direction.

in    chunks (rate off the walking axis, impact) and each decided own-leg STEP event
out   a WOBBLE event when several of the last strides stand out, then none until it was calm again
keeps baselines of five measures for two directions; allocates per event only
from  robust z-scores; backward walking is 2-3 times more variable, so it has a baseline of its own
not   the first strides of a direction: no baseline yet
"""

from retrostep.balance.baseline import Baseline
from retrostep.events import BACKWARD, FORWARD

READY = 12  # strides of a direction before its baseline may speak
_HIGH = 3.0  # mean z of the last strides that raises the alert
_LOW = 1.5  # and that ends it
# floors of the spread: stride s, length m, sagittal rad, off-axis rad/s, impact m/s^2
_FLOORS = (0.03, 0.05, 0.05, 0.15, 1.0)


class Wobble:
    """chunk() and stride() it; it calls emit(event)."""

    def __init__(self, emit, placement):
        self._emit = emit
        self.placement = placement
        self._own = {}
        for direction in (FORWARD, BACKWARD):
            self._own[direction] = [Baseline(floor) for floor in _FLOORS]
        self._level = {FORWARD: 0.0, BACKWARD: 0.0}
        self._raised = False
        self.score = 0.0

    def chunk(self, chunk):
        """One chunk of the engine."""

    def stride(self, event):
        """An own-leg step that was decided."""
        own = self._own.get(event.direction)
        if own is None or event.stride_s <= 0.0:
            return
        own[0].add(event.stride_s)

    def gap(self, lost):
        """`lost` samples never came."""
