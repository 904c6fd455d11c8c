# SPDX-License-Identifier: MIT
"""Ring: blocks with a place on flash, in two mirrors that are never in flux together.

in    filled Blocks (block.py); a disk: read(mirror, offset, buffer), write(mirror, offset, data),
      flush(mirror), size() -> bytes of one mirror, the same for both; OSError when the drive refuses
out   the same blocks on flash, in turn: one call of `flush` writes one mirror only
keeps 2 bits and 2 bytes a position, POOL blocks of 512 bytes
but   a mirror is touched only when the other holds everything acknowledged (docs/formats.md, "Two mirrors")
not   what the records say (writer.py), what was found at boot (recover.py), what a computer asks for (reading.py,
      erasing.py)
"""

from array import array

from retrostep.journal import block

POOL = 4  # blocks in RAM: one being filled, one of housekeeping, two waiting through a slow flush
BATCH = 8  # blocks written before one flush: one 4096-byte sector
RESERVE = 3  # positions kept so that END and RELEASE find room in a full ring
FAILS = 3  # refusals in a row after which a mirror is given up until the next boot


class Ring:
    """`saved()` after a complete flush: everything placed so far is on flash."""

    def __init__(self, disk):
        self.disk = disk
        self.n = disk.size() // block.SIZE
        self.lack = ()  # a bit a position for each mirror: it is behind
        self.lacking = []  # bits set in each
        self.owner = ()  # low half of the session that must be kept, 0 = free
        self.free = 0
        self.forget()
        self.next_seq = 1  # counts on beyond `wrap`, where flash begins again with 1
        self.wrap = block.LARGEST // self.n * self.n
        self.newest = bytearray(block.HEADER)  # header of the newest block of the newest session; all 0: housekeeping
        self.ahead = [0, 0]  # next_seq when the empty block after it was written, in each mirror
        self.turn = 0  # the mirror to write next
        self.repairing = False  # the mirror whose turn it is was found damaged and is not whole yet
        self.fails = [0, 0]
        self.errors = 0
        self.flushes = 0
        self.lost = 0  # blocks that neither mirror could give back
        self.ram = []  # placed blocks that may not be on flash yet
        self.spare = [block.Block() for _ in range(POOL)]
        self.scratch = bytearray(block.SIZE)
        self.wiping = None  # bits of positions that are to become zeros

    def forget(self):
        """Nothing is known of any position: recovery looks again."""
        self.lack = (bytearray((self.n + 7) // 8), bytearray((self.n + 7) // 8))
        self.lacking = [0, 0]
        self.owner = array("H", bytes(2 * self.n))
        self.free = self.n

    # positions -------------------------------------------------------------------------------------------
    def mark(self, mirror, p):
        """Position `p` of `mirror` is behind."""
        bit = 1 << (p & 7)
        if not self.lack[mirror][p >> 3] & bit:
            self.lack[mirror][p >> 3] |= bit
            self.lacking[mirror] += 1

    def _clear(self, mirror, p):
        bit = 1 << (p & 7)
        if self.lack[mirror][p >> 3] & bit:
            self.lack[mirror][p >> 3] &= ~bit
            self.lacking[mirror] -= 1

    def _next(self, mirror, p):
        """First position >= p that `mirror` lacks, or -1."""
        bits = self.lack[mirror]
        while p < self.n:
            if not bits[p >> 3]:
                p = (p | 7) + 1
            elif bits[p >> 3] & (1 << (p & 7)):
                return p
            else:
                p += 1
        return -1

    def _oldest(self, mirror):
        """The position that `mirror` lacks and whose block comes first in sequence, or -1. A cut between two writes
        must not leave a later block without an earlier one."""
        p = self._next(mirror, self.next_seq % self.n)
        return p if p >= 0 else self._next(mirror, 0)

    def own(self, p, session):
        if self.owner[p] == 0 and session:
            self.free -= 1
        self.owner[p] = session & 0xFFFF

    def disown(self, session):
        """The blocks of `session` may be overwritten from now on."""
        key = session & 0xFFFF
        for p in range(self.n):
            if self.owner[p] == key:
                self.owner[p] = 0
                self.free += 1

    def place(self, b, session, reserve):
        """Give Block `b` the next free position. False when no more than `reserve` are left."""
        if self.free <= reserve:
            return False
        seq = self.next_seq
        for _ in range(self.n):
            p = seq % self.n
            if self.owner[p] == 0 and self.in_ram(p) is None:
                b.place(seq, self.wrap)
                self.newest[:] = memoryview(b.data)[: block.HEADER] if session else bytes(block.HEADER)
                self.next_seq = seq + 1
                self.own(p, session)
                if self.wiping is not None:
                    self.wiping[p >> 3] &= ~(1 << (p & 7))
                self.ram.append(b)
                self.touch(b)
                return True
            seq += 1
        return False

    def touch(self, b):
        """Block `b` changed: both mirrors are behind."""
        p = b.seq % self.n
        self.mark(0, p)
        self.mark(1, p)

    def in_ram(self, p):
        for b in self.ram:
            if b.seq % self.n == p:
                return b
        return None

    # flash -----------------------------------------------------------------------------------------------
    def fetch(self, p, out, avoid=-1):
        """Fill `out` with the newest block of position `p`. False when no mirror has a whole one."""
        b = self.in_ram(p)
        if b is not None:
            b.seal()
            out[:] = b.data
            return True
        if self.wiping is not None and self.wiping[p >> 3] & (1 << (p & 7)):
            out[:] = bytes(block.SIZE)
            return True
        for mirror in (self.turn ^ 1, self.turn):
            if mirror == avoid or self.lack[mirror][p >> 3] & (1 << (p & 7)):
                continue
            try:
                self.disk.read(mirror, p * block.SIZE, out)
            except OSError:
                self.errors += 1
                continue
            if block.check(out):
                return True
        return False

    def waiting(self):
        """True when a full block waits for flash."""
        for b in self.ram:
            if b.closed:
                return True
        return False

    def flush(self):
        """One write and flush of one mirror. True when everything placed so far is now acknowledged."""
        m = self.turn
        if self.fails[m] >= FAILS or self.lacking[m] == 0:
            m ^= 1
            if self.fails[m] >= FAILS or self.lacking[m] == 0:
                self.repairing = False
                return False
            self.turn = m
        done = []
        try:
            p = self._oldest(m)
            while p >= 0 and len(done) < BATCH:
                if self.fetch(p, self.scratch, m):
                    self.disk.write(m, p * block.SIZE, self.scratch)
                else:
                    self.lost += 1
                done.append(p)
                self._clear(m, p)
                p = self._oldest(m)
            if not self.lacking[m]:
                self._write_ahead(m)
            self.disk.flush(m)
        except OSError:
            self.errors += 1
            self.fails[m] += 1
            for p in done:
                self.mark(m, p)
            return False
        self.flushes += 1
        self.fails[m] = 0
        if self.lacking[m]:
            return False
        self.turn = m ^ 1
        self.repairing = False
        if not self.lacking[m ^ 1]:
            self.wiping = None
        self._retire()
        return True

    def _write_ahead(self, m):
        """The next block's place, empty, as soon as the newest block stands before it: if that one is ever lost in both
        mirrors, `nth` has a hole. Not where a torn sector could hold this one without that one."""
        newest, seq = self.newest, self.next_seq
        if not newest[5] or self.ahead[m] == seq:
            return
        before = (seq - 1) % self.n
        for seq in range(seq, seq + self.n):
            p = seq % self.n
            if self.owner[p] == 0 and self.in_ram(p) is None:
                if p > before or p // BATCH != before // BATCH:
                    block.empty_after(newest, (seq - 1) % self.wrap + 1, self.scratch)
                    self.disk.write(m, p * block.SIZE, self.scratch)
                    self.ahead[m] = self.next_seq
                return

    def _retire(self):
        """Closed blocks are on a whole mirror now: their RAM is free again."""
        for i in range(len(self.ram) - 1, -1, -1):
            if self.ram[i].closed:
                self.spare.append(self.ram.pop(i))
