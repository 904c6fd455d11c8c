# SPDX-License-Identifier: MIT
"""Evidence: the raw samples around an alert, 3 s before and 3 s after, for people to read later.

in    batches as they are drained; alerts with their sample index
out   RAW records of 17 samples (two fill a block), a few a pass, while the log has room
keeps 4 s of samples (5 kB) while a session runs, 2 s or nothing where the heap is too small: the walk comes first
from  docs/formats.md, "Record", kind 24
but   an alarm that rings puts the writing off, as long as the memory lasts: of a fall, which is decided late, a second
      would be overwritten
      at most ALERTS a session and never into the second half of the log: steps are worth more
not   samples that were lost: a gap empties the memory
"""
import gc
from array import array

from retrostep import events

SIZES = (416, 208)  # samples kept: 3 s (1.5 s) before, and the rest for the decision and the buzz
PIECE = 17  # samples a record: 211 bytes of the 448 that a block has
ALERTS = 8  # a session
_SOON = 52  # samples: 0.5 s
_SPARE = 10240  # bytes of heap that must stay free beside a running engine: records, a late import, a traceback


class Evidence:
    """`add` every batch, `mark` an alert, `write` in each pass."""

    def __init__(self):
        self._view = None
        self._size = self._around = 0
        self._reset(0)

    def start(self, index):
        """A session begins at sample `index`; its engine stands, so what is free now is really free."""
        gc.collect()
        free = gc.mem_free()
        for size in SIZES:
            if self._view is None and free > 12 * size + _SPARE:
                try:
                    self._view = memoryview(array("h", bytes(12 * size)))
                    self._size = size
                    self._around = size * 3 // 4
                except MemoryError:
                    pass
        self._reset(index)

    def stop(self):
        """The session is over: give the memory back."""
        self._view = None

    def _reset(self, index):
        self._first = self._end = index  # samples in memory: [first, end)
        self._next = self._until = 0  # samples still to be written
        self._cause = 0
        self._left = ALERTS

    def gap(self, index):
        """Samples up to `index` never arrived."""
        self._first = self._end = index
        self._next = max(self._next, index)

    def add(self, batch, samples, at, index):
        """`samples` from sample `at` of `batch`; the first is number `index`."""
        view = self._view
        if view is None:
            return
        source = memoryview(batch)
        while samples:
            place = index % self._size
            count = min(samples, self._size - place)
            view[6 * place : 6 * (place + count)] = source[6 * at : 6 * (at + count)]
            at += count
            index += count
            samples -= count
        self._end = index
        self._first = max(self._first, index - self._size)

    def mark(self, cause, index):
        """An alert: what lies around sample `index` will be written. False when there is no budget left."""
        if self._view is None or not self._left:
            return False
        self._left -= 1
        if not self.is_pending():
            self._next = max(self._first, index - self._around, self._next)
            self._cause = cause
        self._until = index + self._around
        return True

    def is_pending(self):
        """There is something to write, now or soon."""
        return self._next < self._until

    def is_urgent(self):
        """In half a second what is still to be written will be overwritten: no waiting for an alarm's end."""
        return self._next < self._until and self._end - self._next > self._size - _SOON

    def write(self, journal, all_of_it=False):
        """One record, if one is whole (with `all_of_it`: the rest too). True when one was written."""
        if not self.is_pending():
            return False
        self._next = max(self._next, self._first)  # late: what was overwritten is lost
        count = min(PIECE, min(self._until, self._end) - self._next)
        if count <= 0 or (count < PIECE and self._next + count < self._until and not all_of_it):
            return False
        if journal.ring.free * 2 < journal.ring.n:
            self._next = self._until
            return False
        place = self._next % self._size
        count = min(count, self._size - place)
        piece = bytes(self._view[6 * place : 6 * (place + count)])
        if not journal.note(events.RAW, self._next, (self._cause, 0), piece):
            return False  # no block free yet: again in the next pass
        self._next += count
        return True
