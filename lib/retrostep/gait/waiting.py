# SPDX-License-Identifier: MIT
"""Waiting: steps that were counted and wait for their direction, the oldest first.

in    STEP events
out   the same, made anew with a direction and the sample at which it was known
keeps 24 steps, 7 bytes each: allocates when they leave
not   told apart by person or bout: who closes a bout takes all
"""

from array import array

from retrostep import events
from retrostep.compat import const

ROOM = const(24)


class Waiting:
    def __init__(self):
        self._times = array("l", [0] * ROOM)  # 1/16 of samples
        self._strides = array("H", [0] * ROOM)  # 1/8192 s
        self._qualities = array("B", [0] * ROOM)
        self._head = 0
        self.count = 0

    @property
    def first(self):
        """Sample index of the oldest; some must wait."""
        return self._times[self._head] >> 4

    def put(self, event):
        """One more; there must be room."""
        k = (self._head + self.count) % ROOM
        self._times[k] = (event.index << 4) + int(16.0 * event.frac)
        self._strides[k] = int(8192.0 * event.stride_s)
        self._qualities[k] = event.quality
        self.count += 1

    def take(self, now, way, sure):
        """The oldest leaves, as an event."""
        k = self._head
        time = self._times[k]
        step = events.Event(events.STEP, time >> 4, (time & 15) / 16.0, now)
        step.stride_s = self._strides[k] / 8192.0
        step.quality = self._qualities[k]
        if way:
            step.direction = way
            step.confidence = sure
        self._head = (k + 1) % ROOM
        self.count -= 1
        return step

    def thin(self, stride_s):
        """Two were counted a step: of those whose strides are shorter, every other one goes; the newest stays."""
        short = int(8192.0 * stride_s)
        strides = self._strides
        first = self._head
        k = to = first + self.count - 1
        is_kept = False
        while k >= first:
            of = k % ROOM
            stride = strides[of]
            is_short = stride < short
            is_kept = not (is_short and is_kept)
            if is_kept:
                at = to % ROOM
                self._times[at] = self._times[of]
                self._qualities[at] = self._qualities[of]
                strides[at] = 2 * stride if is_short else stride
                to -= 1
            k -= 1
        self._head = (to + 1) % ROOM
        self.count -= to - k
