# SPDX-License-Identifier: MIT
"""Sessions: which of them still wait on flash, and their bytes.

in    where blocks were placed (writer.py) or found (recover.py)
out   numbers, sizes, and the bytes of a session from any offset (reading.py)
keeps 12 bytes a session that no computer has fetched, 4 a housekeeping block (the last HOUSE_KEPT)
from  docs/formats.md, "Block"
"""

from array import array

from retrostep import compat
from retrostep.journal import block

HOUSE_KEPT = 32  # housekeeping blocks that session 0 reads back


class Table:
    def __init__(self, ring):
        self.ring = ring
        self.rows = array("I")  # session, seq of its first block, blocks
        self.house_seqs = array("I")
        self.at = (0, 0, 0)  # cursor: session, nth, seq
        self.cached = -1  # position whose block stands in `buffer`
        self.buffer = None

    def placed(self, session, seq):
        """A block of `session` got its place."""
        self.cached = -1
        rows = self.rows
        if len(rows) and rows[-3] == session:
            rows[-1] += 1
        else:
            for value in (session, seq, 1):
                rows.append(value)

    def house(self, seq):
        self.cached = -1
        seqs = self.house_seqs
        if len(seqs) >= HOUSE_KEPT:
            seqs = array("I", list(seqs)[1:])
            self.house_seqs = seqs
        seqs.append(seq)

    def numbers(self, after=0):
        """Sessions not released, rising, larger than `after`."""
        return sorted([self.rows[i] for i in range(0, len(self.rows), 3) if self.rows[i] > after])

    def row(self, session):
        for i in range(0, len(self.rows), 3):
            if self.rows[i] == session:
                return i
        return -1

    def size(self, session):
        """Bytes of a session; -1 when it is not here."""
        if session == block.HOUSE:
            return len(self.house_seqs) * block.SIZE
        i = self.row(session)
        return -1 if i < 0 else self.rows[i + 2] * block.SIZE

    def remove(self, session):
        i = self.row(session)
        if i < 0:
            return False
        rows = list(self.rows)
        self.rows = array("I", rows[:i] + rows[i + 3 :])
        return True

    # what is read of them: by the link only, so that a board that walks need not have it loaded -------------------
    def read(self, session, offset, out):
        """Fill the bytearray `out` from byte `offset` of the session; returns how many bytes there were, 0 past
        the end. A block that neither mirror can give back reads as zeros."""
        from retrostep.journal import reading

        return reading.read(self, session, offset, out)

    def copy(self, session, offset, out):
        """Whole blocks from byte `offset` (a multiple of 512) of the session into `out`, as they lie together on flash
        and unchecked: who takes them checks each. Returns how many bytes, 0 past the end."""
        from retrostep.journal import reading

        return reading.copy(self, session, offset, out)

    def entry(self, session):
        """(boot, size, tag, start index, end cause) of a session; (0, size, 0, 0, 0) when it cannot be read."""
        from retrostep.journal import reading

        return reading.entry(self, session)

    def rest(self):
        """Nobody reads any more: give the memory back."""
        self.cached = -1
        self.buffer = None
        compat.forget("retrostep.journal.reading")
