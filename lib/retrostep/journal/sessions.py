# SPDX-License-Identifier: MIT
"""Sessions: which of them still wait on flash, and their bytes.

in    where blocks were placed (writer.py) or found (recover.py)
out   numbers, sizes, and the bytes of a session from any offset: whole blocks in the order of `nth`
keeps 12 bytes a session that no computer has fetched, 4 a housekeeping block (the last HOUSE_KEPT)
from  docs/formats.md, "Block"
"""

import struct
from array import array

from retrostep import events
from retrostep.journal import block, records

HOUSE_KEPT = 32  # housekeeping blocks that session 0 reads back


class Table:
    def __init__(self, ring):
        self.ring = ring
        self.rows = array("I")  # session, seq of its first block, blocks
        self.house_seqs = array("I")
        self._at = (0, 0, 0)  # cursor: session, nth, seq
        self._cached = -1  # position whose block stands in _buffer
        self._buffer = bytearray(block.SIZE)

    def placed(self, session, seq):
        """A block of `session` got its place."""
        self._cached = -1
        rows = self.rows
        if len(rows) and rows[-3] == session:
            rows[-1] += 1
        else:
            for value in (session, seq, 1):
                rows.append(value)

    def house(self, seq):
        self._cached = -1
        seqs = self.house_seqs
        if len(seqs) >= HOUSE_KEPT:
            seqs = array("I", list(seqs)[1:])
            self.house_seqs = seqs
        seqs.append(seq)

    def numbers(self, after=0):
        """Sessions not released, rising, larger than `after`."""
        return sorted([self.rows[i] for i in range(0, len(self.rows), 3) if self.rows[i] > after])

    def _row(self, session):
        for i in range(0, len(self.rows), 3):
            if self.rows[i] == session:
                return i
        return -1

    def size(self, session):
        """Bytes of a session; -1 when it is not here."""
        if session == block.HOUSE:
            return len(self.house_seqs) * block.SIZE
        i = self._row(session)
        return -1 if i < 0 else self.rows[i + 2] * block.SIZE

    def remove(self, session):
        i = self._row(session)
        if i < 0:
            return False
        rows = list(self.rows)
        self.rows = array("I", rows[:i] + rows[i + 3 :])
        return True

    def _seq(self, session, nth):
        """Sequence number of the nth block. Sessions jump over positions that others hold."""
        if session == block.HOUSE:
            return self.house_seqs[nth]
        ring = self.ring
        first = self.rows[self._row(session) + 1]
        at, seq = 0, first
        if self._at[0] == session and self._at[1] <= nth and self._at[2] >= first:
            at, seq = self._at[1], self._at[2]
        while at < nth:
            seq += 1
            if ring.owner[seq % ring.n] == session & 0xFFFF:
                at += 1
            if seq - first > ring.n:
                break
        self._at = (session, at, seq)
        return seq

    def read(self, session, offset, out):
        """Fill the bytearray `out` from byte `offset` of the session; returns how many bytes there were, 0 past
        the end. A block that neither mirror can give back reads as zeros."""
        size = self.size(session)
        done = 0
        while done < len(out) and offset + done < size:
            nth = (offset + done) // block.SIZE
            p = self._seq(session, nth) % self.ring.n
            if p != self._cached:
                self._cached = p if self.ring.in_ram(p) is None else -1  # in RAM it may still grow
                if not self.ring.fetch(p, self._buffer):
                    self._buffer[:] = bytes(block.SIZE)
            start = (offset + done) % block.SIZE
            take = min(block.SIZE - start, len(out) - done)
            out[done : done + take] = memoryview(self._buffer)[start : start + take]
            done += take
        return done

    def copy(self, session, offset, out):
        """Whole blocks from byte `offset` (a multiple of 512) of the session into `out`, as they lie together on flash
        and unchecked: who takes them checks each. Returns how many bytes, 0 past the end."""
        nth = offset // block.SIZE
        most = min(len(out), self.size(session) - offset) // block.SIZE
        if most <= 0:
            return 0
        seq = self._seq(session, nth)
        got = 0 if session == block.HOUSE else self.ring.copy(seq % self.ring.n, session, most, out)
        if not got:
            return self.read(session, offset, memoryview(out)[: block.SIZE])
        self._at = (session, nth + got - 1, seq + got - 1)
        return got * block.SIZE

    def entry(self, session):
        """(boot, size, tag, start index, end cause) of a session; (0, size, 0, 0, 0) when it cannot be read."""
        size = self.size(session)
        head = bytearray(block.SIZE)
        boot = tag = index = cause = 0
        self.read(session, 0, head)
        if block.check(head):
            h = block.Header(head)
            boot, index = h.boot, h.index
            tag = struct.unpack_from("<I", head, block.CRC_AT)[0]
        self.read(session, size - block.SIZE, head)
        if block.check(head):
            h = block.Header(head)
            if h.flags & block.HAS_END:
                for kind, at, length in records.walk(head, h.header, h.end):
                    if kind == events.END:
                        cause = records.unpack(kind, bytes(head[at : at + length]))[1][0]
        return boot, size, tag, index, cause
