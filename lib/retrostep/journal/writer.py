# SPDX-License-Identifier: MIT
"""Writer: the journal of a walk. Appending never touches flash; `step` flushes at most once a call.

in    events, notes, settings, the clock; a sample index with each
out   blocks in a Ring; sessions that can be read back, released, listed (sessions.py)
keeps POOL blocks of RAM, 12 bytes a session that was not fetched yet
from  docs/formats.md, "A session", "Full", "Clock"
but   nothing is written before the first step or alert: a board on a desk leaves no trace (decisions 2)
not   hardware: the disk has four functions (ring.py); the clock is a sample index
"""

from retrostep import compat, errors, events
from retrostep.journal import records
from retrostep.journal.pages import Pages

INTERVAL = 2080  # samples (20 s) between flushes while steps come in: at most so much is lost in a power cut
_INSIDE = (events.ALERT, events.BUTTON, events.RAW, events.PLAN)  # mean something inside a session only
_NOBODY = (events.END_IDLE, events.END_POWER, events.END_FULL, events.END_BATTERY)  # meant this end: no step, no trace
_STEPS = (events.STEP, events.STUMBLE, events.FALL, events.WOBBLE)


class Journal(Pages):
    """One log. `recover()` once at boot, then `start`, `append`/`note`/`log`, `step` every pass, `end`.

    draw        (constructor) 8 bytes that do not repeat: a walk's own number, drawn when it leaves its first trace
    running     number of the session under way, 0 = none; `material` is True once it has left a trace
    battery_mv, stop (block.STOPS), measured_rate_mhz: set them from outside when known; `lost`: samples of the session
                that never came or said nothing
    records, saved: records placed since boot, and how many of them are acknowledged by a flush
    """

    def recover(self, last_session=0, last_boot=0, extents=()):
        """Read the log, close a session that lost power, find the mirror to repair. Takes a pass over both
        mirrors. Known from elsewhere (nvm): `last_session`, `last_boot`; `extents`, (low half of a session's number,
        blocks) of what was not released. Returns recover.Facts."""
        from retrostep.journal import recover  # needed once: 3 kB of heap

        facts = recover.recover(self, last_session, last_boot, extents)
        del recover
        compat.forget("retrostep.journal.recover")
        return facts

    # a session -------------------------------------------------------------------------------------------
    def start(self, index, values, rate_mhz=104000, acc_range_g=0, gyro_range_dps=0, sensor=1, firmware=""):
        """Begin a session at sample `index`; `values`: the settings in force, name -> value. Returns its
        number. May flush when no block is free, which a session that just ended can cause."""
        if self.running:
            self.end(events.END_BUTTON, index)
        before = self.last_session
        taken = [number & 0xFFFF for number in self.table.numbers()] + [0]  # 0 means "free" in the ring's table
        while self.last_session == before or self.last_session & 0xFFFF in taken:
            self.last_session += 1
        self.running = self.last_session
        self._settings = values
        self._facts = (rate_mhz, acc_range_g, gyro_range_dps, sensor, firmware)
        self.material = False
        self.steps = 0
        self.dropped = self.lost = 0
        self._nth = 0
        self._full = False
        self.now = index
        self._cur = self._take()
        if self._cur is None:
            self.running = 0
            self.last_session = before
            return 0
        self._write_start(index)
        return self.running

    def _write_start(self, index):
        self._begin(self._cur, self.running, 0, index)
        f = self._facts
        self._add(self._cur, records.pack(self._record, events.START, 0, f[:4], f[4].encode()))
        for name in self._names:
            if name in self._settings:
                self._add(self._cur, self._pack_setting(name, self._settings[name], 0))
        if self.memory or self.wearer:
            self._add(self._cur, records.pack(self._record, events.MOUNT, 0, (), self.memory))
        if self.training:
            self._add(self._cur, self._pack_training())

    def append(self, event):
        """Keep an Event of the engine. False when no session runs or no room is left (it is counted)."""
        if not self.running or event.kind not in _STEPS:
            return False
        if event.kind == events.STEP:
            self.steps += 1
        if self._put(event.kind, event.index, None, b"", event):
            if self.material or self._materialise():
                return True
        if event.kind == events.STEP:
            self.steps -= 1
        return False

    def note(self, kind, index, values=(), tail=b""):
        """Keep a record of another kind; `values` in the order of records.LAYOUT. Goes to housekeeping while no
        session has left a trace, except what only means something inside one. False when there is no room."""
        if kind == events.PLAN:  # survives boots, as the mount does
            self.training = bytes((values[0],)) + tail if values[0] else b""
        told = kind == events.LOG and (values[0] >= errors.WALK or values[0] == errors.SETTING_IGNORED)
        of_walk = kind in _INSIDE or told
        if self.running and (self.material or of_walk):
            return self._put(kind, index, values, tail)
        return self._put_house(kind, index, values, tail)

    def log(self, reason, index=None, value=0, text=""):
        """Keep a reason number of errors with a value and a short text (cut to 200 bytes)."""
        index = self.now if index is None else index
        self._urgent = True
        return self.note(events.LOG, index, (reason, value & 0xFFFFFFFF), text.encode()[-200:])

    def setting(self, name, value, index=None):
        """A setting was set over the link (already checked). Survives boots."""
        index = self.now if index is None else index
        self.overrides[name] = value
        if name == "code":
            self.wearer = value
        self._urgent = True
        if self.running:
            self._settings[name] = value
            if not self.material:  # housekeeping must have it too, should the session leave no trace
                self._add(self._cur, self._pack_setting(name, value, 0))
        size = self._pack_setting(name, value, 0)
        _, values, tail = records.unpack(events.SETTING, bytes(self._record[2:size]))
        return self.note(events.SETTING, index, values, tail)

    def mount(self, memory, index=None):
        """The mount learnt how the sensor sits; at most 32 bytes. Call it when that is clear and at the end of a
        session, not every pass: each change is a record."""
        memory = bytes(memory[:32])
        if memory == self.memory:
            return True
        self.memory = memory
        if self.running and not self.material:
            return self._put(events.MOUNT, self.now if index is None else index, (), memory)
        return self.note(events.MOUNT, self.now if index is None else index, (), memory)

    def set_clock(self, index, utc_us, offset_min, source=1):
        """Sample `index` is UTC `utc_us`. Earlier records keep their sample indexes."""
        self.clock = (index, utc_us, offset_min)
        self._urgent = True
        return self.note(events.CLOCK, index, (utc_us, offset_min, source))

    def end(self, cause, index=None):
        """End the session (events.END_*). Returns its number, 0 when none ran or it left no trace. May flush
        when RAM is short: END is never dropped."""
        number = self.running
        if not number:
            return 0
        index = self.now if index is None else index
        if not self.material:
            if cause in _NOBODY or not self._materialise():
                self.ring.spare.append(self._cur)
                self._cur = None
                self.running = 0
                self.last_session = number - 1
                return 0
        values = (cause, self.steps, self.dropped, self.measured_rate_mhz, self.lost)
        self._put(events.END, index, values, b"", None, 0)
        if self._cur is not None:
            self._cur.closed = True
        self._cur = None
        self.running = 0
        self.material = False
        self._urgent = True
        return number

    def step(self, index, quiet=False):
        """One pass of the loop: at most one flush, and only when worth it. `quiet` holds it back while it can
        wait. Returns True when flash was touched."""
        self.now = index
        if self._full and self.running:
            self._full = False
            full = (errors.FLASH_FULL, self.dropped)
            if self.material:
                self._put(events.LOG, index, full, b"", None, 0)  # into the blocks that are kept for it
            else:
                self._put_house(events.LOG, index, full, b"")
            self.end(events.END_FULL, index)
        ring = self.ring
        if not (ring.lacking[0] or ring.lacking[1]):
            return False
        fresh = self.saved != self.records
        full = ring.waiting()
        due = self._urgent or full or ring.repairing or not self.material or (fresh and index - self._last >= INTERVAL)
        if not due or (quiet and ring.spare):
            return False
        before = ring.flushes + ring.errors
        if ring.flush():
            self.saved = self.records
            self._urgent = False
            self._last = index
        return ring.flushes + ring.errors != before  # not when only a mirror that was given up lacks something

    def settled(self):
        """True when every record so far is acknowledged by a flush."""
        return self.saved == self.records

    def release(self, session, sha1):
        """A computer holds the bytes of `session`, whose SHA-1 the caller has compared: it may be overwritten."""
        if not self.table.remove(session):
            return False
        self.ring.disown(session)
        self._urgent = True
        return self.note(events.RELEASE, self.now, (session,), sha1)

    def erase(self):
        """Let go of every session and write zeros over them, a sector a pass. Returns how many there were."""
        from retrostep.journal import erasing

        count = erasing.erase(self)
        del erasing
        compat.forget("retrostep.journal.erasing")
        return count
