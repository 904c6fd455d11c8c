# SPDX-License-Identifier: MIT
"""Server: the board's end of the link. Fed bytes, returns bytes; one small piece of work a call.

in    bytes from the port, in pieces of any size; live events
out   frames to send: `poll` shows what is next, `sent` says how much of it the port took
keeps one frame in each direction, four requests, one read, one hash, 512 bytes of live records, 4 KB after the first
      bulk
from  docs/formats.md, "Link"
not   a port: device/usb.py; what the verbs do: verbs.py
"""

import struct

from retrostep import errors
from retrostep.journal import block, records
from retrostep.link import frames, lock, messages, verbs

QUEUE = 4  # requests waiting; a computer sends one at a time
LIVE = 512  # bytes of live records kept while the port is busy


class Server:
    """`feed(bytes)`; `poll()` -> memoryview of bytes to send, empty when there are none; `sent(n)`.

    `busy` is True while there is something to do: the loop may sleep when it is False.
    """

    def __init__(self, journal, hooks):
        self.journal = journal
        self.hooks = hooks
        self.splitter = frames.Splitter()
        self.stream_id = -1  # id of the stream request, -1 = off
        self.lost = 0  # live frames that found no room since the last one sent
        self.read = None  # [id, session, offset, end]
        self.bulk = None  # (session, offset, end): whole blocks without frames; the next request ends it
        self.hashing = None  # verbs.Hashing
        self.lock = lock.Lock(hooks)
        self._queue = []
        self._out = memoryview(b"")
        self._frame = bytearray(frames.LONGEST + 2)
        self._piece = None
        self._live = bytearray(LIVE)
        self._live_used = 0
        self._live_base = 0
        self._record = bytearray(records.LONGEST)

    @property
    def busy(self):
        return bool(self._queue or len(self._out) or self.read or self.bulk or self.hashing or self._live_used)

    def feed(self, data):
        """Bytes that arrived. More than QUEUE requests at once: the later ones are dropped, the computer repeats."""
        for frame in self.splitter.feed(data):
            if len(self._queue) < QUEUE:
                self._queue.append(frame)

    def disconnect(self):
        """The port is closed: forget half-done work. Sessions and settings stay."""
        self.splitter = frames.Splitter()
        self.lock.close()
        self._queue = []
        self._out = memoryview(b"")
        self._forget()

    def _forget(self):
        self.read = self.bulk = self.hashing = None
        self.stream_id = -1
        self._live_used = 0

    def poll(self):
        """What to send next. At most one piece of work, and none while something is left over."""
        if not len(self._out):
            if self.bulk is not None and not self._queue:
                self._out = self._pour()
            else:
                size = self._work()
                if size:
                    self._out = memoryview(self._frame)[:size]
        return self._out

    def sent(self, count):
        """The port took `count` bytes of what `poll` showed."""
        self._out = self._out[count:]

    def piece(self):
        """Room for whole blocks: 4 KB, or one block where the heap is too small for that."""
        if self._piece is None:
            try:
                self._piece = bytearray(verbs.PIECE)
            except MemoryError:
                self._piece = bytearray(block.SIZE)
        return self._piece

    def event(self, event):
        """A live Event of the engine."""
        if self.stream_id >= 0 and event.kind in records.LAYOUT:  # not what is said to the coach alone
            self._push(event.index, records.pack_event(self._record, event, self._base(event.index)))

    def note(self, kind, index, values=(), tail=b""):
        """Any other live record; False when there is no room, so that raw samples can wait."""
        if self.stream_id < 0:
            return False
        return self._push(index, records.pack(self._record, kind, index - self._base(index), values, tail))

    # ------------------------------------------------------------------------------------------------------
    def _base(self, index):
        if not self._live_used:
            self._live_base = index
        return self._live_base

    def _push(self, index, size):
        if self._live_used + size > LIVE:
            self.lost = min(self.lost + 1, 0xFFFF)
            return False
        self._live[self._live_used : self._live_used + size] = memoryview(self._record)[:size]
        self._live_used += size
        return True

    def _live_frame(self):
        head = struct.calcsize(messages.STREAM_HEAD) + 1
        take = 0
        for _, at, size in records.walk(self._live, 0, self._live_used):
            if at + size + head > frames.MOST:
                break
            take = at + size
        payload = b"\0" + struct.pack(messages.STREAM_HEAD, self._live_base, self.lost) + bytes(self._live[:take])
        rest = self._live_used - take if take else 0
        self._live[:rest] = bytes(self._live[take : take + rest])
        self._live_used = rest
        self.lost = 0
        return frames.write(self._frame, messages.STREAM | messages.REPLY, self.stream_id, payload)

    def _work(self):
        """One piece of work; the length of the frame it made, or None."""
        if self._queue:
            verb, number, payload = self._queue.pop(0)
            self.bulk = None
            if verb & messages.REPLY:
                return None
            if not self.lock.hear(number):
                self._forget()
            answer = verbs.answer(self, verb, number, payload)
            if answer is None:
                return None
            return frames.write(self._frame, verb | messages.REPLY, number, answer)
        if self._live_used and self.stream_id >= 0:
            return self._live_frame()
        if self.hashing is not None:
            answer = self.hashing.go_on(self)
            if answer is None:
                return None
            hashing, self.hashing = self.hashing, None
            return frames.write(self._frame, hashing.verb | messages.REPLY, hashing.number, answer)
        if self.read is not None:
            return self._read_frame()
        return None

    def _pour(self):
        session, offset, end = self.bulk
        piece = memoryview(self.piece())[: end - offset]
        got = self.journal.table.copy(session, offset, piece)
        offset += got
        self.bulk = (session, offset, end) if got and offset < end else None
        return piece[:got]

    def _read_frame(self):
        number, session, offset, end = self.read
        data = bytearray(min(messages.READ_DATA, end - offset))
        got = self.journal.table.read(session, offset, data)
        size = self.journal.table.size(session)
        self.read = [number, session, offset + got, end] if got and offset + got < end else None
        reason = 0 if size >= 0 else errors.NO_SESSION
        head = struct.pack("<B", reason) + struct.pack(messages.READ_REPLY, offset, max(size, 0))
        return frames.write(self._frame, messages.READ | messages.REPLY, number, head + bytes(data[:got]))
