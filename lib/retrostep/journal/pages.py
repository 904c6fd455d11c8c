# SPDX-License-Identifier: MIT
"""Pages: puts records into the session's block or the housekeeping block, and begins the next one.

in    records (records.py) from the Journal, its only child
out   blocks with a place in the Ring
keeps the two open blocks and what goes into their headers
but   only the newest block of the ring ever grows: recover.py relies on it
not   when to flush, what a session is: writer.py
"""

from retrostep import events
from retrostep.journal import block, records, sessions
from retrostep.journal.ring import RESERVE, Ring

_URGENT = (events.STUMBLE, events.FALL, events.BUTTON)


class Pages:
    """The state of a Journal (writer.py says what may be read from outside) and its way to a block."""

    def __init__(self, disk, device_id, draw=None):
        from retrostep import settings  # at a start it is there; a walk needs the names alone

        self._names = [row[1] for row in settings.TABLE]  # a setting's id counts from 1
        self.ring = Ring(disk)
        self._draw = draw
        self._number = block.UNKNOWN
        self.device = device_id
        self.table = sessions.Table(self.ring)
        self.boot = 1
        self.last_session = 0
        self.running = 0
        self.material = False
        self.now = 0
        self.battery_mv = 0
        self.stop = 0
        self.measured_rate_mhz = 0
        self.records = 0
        self.saved = 0
        self.dropped = 0
        self.lost = 0
        self.steps = 0
        self.clock = None  # (sample index, UTC in us, minutes east)
        self.overrides = {}  # settings set over the link: name -> value
        self.memory = b""  # what the mount learnt
        self.training = b""  # the training plan, its version first
        self.wearer = None  # the code of whom memory and training are, None: no log says
        self._settings = {}
        self._facts = (104000, 0, 0, 1, "")
        self._cur = None
        self._house = None
        self._nth = 0
        self._house_nth = 0
        self._last = 0
        self._urgent = False
        self._full = False
        self._record = self.ring.scratch  # a record goes into its block at once; flushes use it in between

    def utc_us(self, index):
        """UTC of a sample in microseconds, 0 when the clock was never set in this boot."""
        if self.clock is None:
            return 0
        return self.clock[1] + (index - self.clock[0]) * 1000000000 // (self.measured_rate_mhz or self._facts[0])

    def _take(self):
        """A spare block; flushes for one if it must."""
        for _ in range(2 * self.ring.n // 8 + 4):
            if self.ring.spare:
                return self.ring.spare.pop()
            if self.ring.flush():
                self.saved = self.records
        return None

    def _begin(self, b, session, nth, index):
        clock = self.clock
        number = self._number if session else block.UNKNOWN
        b.begin(self.device, session, self.boot, nth, index, self.utc_us(index), clock[2] if clock else 0,
                self.battery_mv, self.stop, self._facts[0] // 10, number)  # fmt: skip

    def _add(self, b, size):
        if not b.add(self._record, size):
            return False
        if b.seq:
            self.records += 1
            self.ring.touch(b)
        return True

    def _materialise(self):
        """The session leaves its first trace: its block gets a number of its own, and a place."""
        if self._draw is not None:
            self._number = self._draw()
            self._cur.name(self._number)
        if not self.ring.place(self._cur, self.running, RESERVE):
            self._full = True
            return False
        self.close_house()
        self.material = True
        self._nth = 1
        self.records += 1
        self.table.placed(self.running, self._cur.seq)
        return True

    def close_house(self):
        """Only the newest block may grow: recover.py relies on it."""
        if self._house is not None:
            self._house.closed = True
            self._house = None

    def _put(self, kind, index, values, tail, event=None, reserve=RESERVE):
        """Into the session's block, or the next one."""
        for _ in range(2):
            b = self._cur
            if b is None:
                break
            when = index - b.index
            if records.WHEN_MIN <= when <= records.WHEN_MAX:
                if event is None:
                    size = records.pack(self._record, kind, when, values, tail)
                else:
                    size = records.pack_event(self._record, event, b.index)
                if self._add(b, size):
                    if kind in _URGENT:
                        self._urgent = True
                    return True
            if not self._next_block(index, reserve):
                break
        if kind != events.RAW:  # who offers raw samples waits and tries again
            self.dropped += 1
        return False

    def _next_block(self, index, reserve):
        if not self.material and not self._materialise():
            return False
        b = self._take() if reserve == 0 else self.ring.spare.pop() if self.ring.spare else None
        if b is None:
            return False
        self._begin(b, self.running, self._nth, index)
        if not self.ring.place(b, self.running, reserve):
            self.ring.spare.append(b)
            self._full = True
            return False
        self._cur.closed = True
        self._cur = b
        self._nth += 1
        self.table.placed(self.running, b.seq)
        return True

    def _put_house(self, kind, index, values, tail):
        for _ in range(2):
            b = self._house
            if b is not None:
                when = index - b.index
                if records.WHEN_MIN <= when <= records.WHEN_MAX:
                    if self._add(b, records.pack(self._record, kind, when, values, tail)):
                        return True
                self.close_house()
            b = self._take()
            if b is None:
                break
            self._begin(b, block.HOUSE, self._house_nth, index)
            for name in self.overrides:
                b.add(self._record, self._pack_setting(name, self.overrides[name], 0))
            if self.wearer and "code" not in self.overrides:
                b.add(self._record, self._pack_setting("code", self.wearer, 0))
            if self.memory or self.wearer:  # also that nothing is learnt yet: older blocks know another wearer
                b.add(self._record, records.pack(self._record, events.MOUNT, 0, (), self.memory))
            left = block.ROOM - b.used - len(tail) - 32  # the record itself goes first; older blocks have the plan too
            if self.training and len(self.training) + 5 < left:
                b.add(self._record, self._pack_training())
            if not self.ring.place(b, block.HOUSE, 0):
                self.ring.spare.append(b)
                break
            self._house_nth += 1
            self.table.house(b.seq)
            self._house = b
        self.dropped += 1
        return False

    def _pack_training(self):
        return records.pack(self._record, events.PLAN, 0, (self.training[0],), self.training[1:])

    def _pack_setting(self, name, value, when):
        kind = records.VIA_LINK if name in self.overrides else 0
        if isinstance(value, int):
            tail = bytes((value & 0xFF, value >> 8 & 0xFF, value >> 16 & 0xFF, value >> 24 & 0xFF))
        else:
            kind |= 1
            tail = value.encode()
        return records.pack(self._record, events.SETTING, when, (self._names.index(name) + 1, kind), tail)
