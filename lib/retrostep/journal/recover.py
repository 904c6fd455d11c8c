# SPDX-License-Identifier: MIT
"""Recover: what both mirrors say at boot, and which of them to repair.

in    a Journal that has written nothing yet; two mirrors, any bytes
out   Facts; a Scan of what is there, which recover_close.py makes the Journal's state of
from  docs/formats.md, "Two mirrors, one ring", "Numbers"
but   of two mirrors that both lack something, the one that holds the newest block was being written when the
      power went (its twin was whole up to then, and lacks only what is newer than all it has): repair that
      one first and leave its twin alone until then
not   the writing: the repair is done by Ring.flush, a sector a pass
"""

from array import array

from retrostep import events, settings
from retrostep.journal import block, records
from retrostep.journal.block import LARGEST

JUMP = 1 << 24  # a number so far above the one before it is no board's: eight years of blocks, day and night
NOT_COUNTED = 0xFFFFFFFF  # `steps` of an END that was added at the next boot


class Facts:
    """What was found.

    blank       True: no block at all (a new drive, or one that was reformatted)
    vanished    True: blank although the caller knew of sessions, and not a strange log, which is noted (LOG) once
    closed      number of the session that lost power and was closed, or 0
    damaged     blocks behind in mirror 0 and in mirror 1
    foreign     blocks of another board; newer: blocks of a newer format. Neither is kept
    settings    set over the link: name -> value; memory: what the mount learnt, or b""; training: plan, or b""
    wearer      the code of the newest record that names one, of whom memory and training are; None: there is none
    """

    def __init__(self):
        self.blank = True
        self.vanished = False
        self.closed = 0
        self.damaged = [0, 0]
        self.foreign = 0
        self.newer = 0
        self.settings = {}
        self.memory = b""
        self.training = b""
        self.wearer = None


class Scan:
    """What one pass over the ring gathers. Sequence numbers belong together from `base` to `base` + `span`; a block of
    a session outside is kept where it stands, and nothing else of it is believed. Sessions in `refused` are left out.

    found   session -> [session, seq of its first block, blocks, seq of its last, nth of its last, ended, first nth]
    ahead   the empty block after the newest: version, session, nth, index
    """

    def __init__(self, base, span, refused):
        self.base = base
        self.span = span
        self.refused = refused
        self.newest = ((0, 0, 0), 0)  # version, mirror
        self.top = 0  # the highest sequence number
        self.seqs = array("I")  # of the blocks that are there
        self.found = {}
        self.ahead = ((0, 0, 0), 0, 0, 0)
        self.releases = []
        self.settings = {}  # id -> (seq, text?, value)
        self.memory = (-1, b"")
        self.training = (-1, b"")
        self.wearer = (-1, b"")
        self.boots = {}
        self.house = []  # seqs of housekeeping


def read(journal, mirror, p, out):
    """True when `mirror` gave the bytes of position `p`."""
    try:
        journal.ring.disk.read(mirror, p * block.SIZE, out)
        return True
    except OSError:
        journal.ring.errors += 1
        return False


def _look(journal, facts, scan, p, data):
    """Header of the block in `data`, read from position `p`, or None. Its `seq` counts on from `scan.base`; 0: out of
    place among the others."""
    if not block.check(data):
        if data[4] > block.JOURNAL_VERSION and block.is_whole(data):
            facts.newer += 1
        return None
    head = block.Header(data)
    if head.device != journal.device:
        facts.foreign += 1
        return None
    ring = journal.ring
    if max(head.boot, head.session) > LARGEST or head.nth > ring.n or head.index >> 48:
        return None  # no board writes such numbers; going on from there would overflow
    if not 1 <= head.seq <= ring.wrap or head.seq % ring.n != p or (head.session and not head.session & 0xFFFF):
        return None
    up = (head.seq - scan.base) % ring.wrap
    if up <= scan.span:
        head.seq = scan.base + up
    elif head.session and head.used:
        head.seq = 0
    else:
        return None
    return head


def _note(scan, head, data, p):
    """Take in what a block says. False when its place is free."""
    if head.session in scan.refused:
        return False
    if head.seq:
        scan.boots[head.boot] = True
    if head.session and not head.used:
        scan.ahead = max(scan.ahead, ((head.seq, head.boot, 0), head.session, head.nth, head.index))
        return False
    if head.session:
        seq = head.seq or p
        row = scan.found.setdefault(head.session, [head.session, seq, 0, seq, head.nth, False, head.nth])
        row[2] += 1
        if head.nth < row[6]:
            row[1], row[6] = seq, head.nth
        if head.nth >= row[4]:
            row[3], row[4] = seq, head.nth
        row[5] = row[5] or bool(head.flags & block.HAS_END)
    if not head.seq:
        return True
    if head.flags & (block.HAS_RELEASE | block.HAS_SETTING | block.HAS_MOUNT | block.HAS_PLAN):
        for kind, at, size in records.walk(data, head.header, head.end):
            if kind not in (events.RELEASE, events.SETTING, events.MOUNT, events.PLAN):
                continue
            _, values, tail = records.unpack(kind, bytes(data[at : at + size]))
            if kind == events.RELEASE:
                scan.releases.append(values[0])
            elif kind == events.MOUNT:
                if head.seq >= scan.memory[0]:
                    scan.memory = (head.seq, tail)
            elif kind == events.PLAN:
                if head.seq >= scan.training[0]:
                    scan.training = (head.seq, bytes((values[0],)) + tail if values[0] else b"")
            else:
                if values[0] == settings.CODE and head.seq >= scan.wearer[0]:
                    scan.wearer = (head.seq, tail)
                if values[1] & records.VIA_LINK and head.seq >= scan.settings.get(values[0], (-1,))[0]:
                    scan.settings[values[0]] = (head.seq, values[1] & 1, tail)
    return True


def _scan(journal, facts, base, span, refused=()):
    """One pass over both mirrors."""
    ring, scan = journal.ring, Scan(base, span, refused)
    first, second = bytearray(block.SIZE), bytearray(block.SIZE)
    ring.forget()
    facts.damaged[:] = [0, 0]
    facts.foreign = facts.newer = 0
    for p in range(ring.n):
        a = _look(journal, facts, scan, p, first) if read(journal, 0, p, first) else None
        there = read(journal, 1, p, second)
        if there and a is not None and first == second:  # nearly always: one CRC instead of two
            b = a
        else:
            b = _look(journal, facts, scan, p, second) if there else None
        if a is None and b is None:
            continue
        va = (a.seq, a.boot, a.used) if a is not None else (0, 0, 0)
        vb = (b.seq, b.boot, b.used) if b is not None else (0, 0, 0)
        if va != vb:
            behind = 0 if va < vb else 1
            ring.mark(behind, p)
            facts.damaged[behind] += 1
        head, data = (a, first) if va >= vb else (b, second)
        if head.seq and (head.used or not head.session):
            scan.seqs.append(head.seq)
            scan.top = max(scan.top, head.seq)
            scan.newest = max(scan.newest, (max(va, vb), 0 if va >= vb else 1))
        if _note(scan, head, data, p):
            ring.own(p, head.session)
            if head.session == block.HOUSE:
                scan.house.append(head.seq)
    return scan


def recover(journal, last_session, last_boot, extents=()):
    """See Journal.recover."""
    ring, facts = journal.ring, Facts()
    scan = _scan(journal, facts, 1, ring.wrap)
    halves = {session & 0xFFFF: 0 for session in scan.found}
    if scan.top > JUMP or len(halves) < len(scan.found):
        from retrostep.journal import recover_numbers

        base, span = recover_numbers.together(scan.seqs, ring.wrap)
        scan = _scan(journal, facts, base, span, recover_numbers.alike(scan))
    from retrostep.journal import recover_close  # only now: both at once need more heap

    recover_close.settle(journal, facts, scan, last_session, last_boot, extents)
    return facts
