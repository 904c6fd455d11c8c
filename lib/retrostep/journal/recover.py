# SPDX-License-Identifier: MIT
"""Recover: what both mirrors say at boot, and which of them to repair.

in    a Journal that has written nothing yet; two mirrors, any bytes
out   Facts; the Journal's table, numbers and settings; the mirror to write first; a lost session closed
from  docs/formats.md, "Two mirrors, one ring"
but   of two mirrors that both lack something, the one that holds the newest block was being written when the
      power went (its twin was whole up to then, and lacks only what is newer than all it has): repair that
      one first and leave its twin alone until then
not   the writing: the repair is done by Ring.flush, a sector a pass
"""

from retrostep import errors, events, settings
from retrostep.journal import block, records

LARGEST = 0x3FFFFFFF  # no board ever writes so many blocks, boots or sessions
NOT_COUNTED = 0xFFFFFFFF  # `steps` of an END that was added at the next boot


class Facts:
    """What was found.

    blank       True: no block at all (a new drive, or one that was reformatted)
    vanished    True: blank although the caller knew of sessions, and not a strange log, which is noted (LOG) once
    closed      number of the session that lost power and was closed, or 0
    damaged     blocks behind in mirror 0 and in mirror 1
    foreign     blocks of another board; newer: blocks of a newer format. Neither is kept
    settings    set over the link: name -> value; memory: what the mount learnt, or b""; training: plan, or b""
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


class _Scan:
    """What one pass over the ring gathers."""

    def __init__(self):
        self.newest = ((0, 0, 0), 0)  # version, mirror
        self.found = {}  # session -> [first nth's seq, blocks, last seq, ended]
        self.releases = []
        self.settings = {}  # id -> (seq, text?, value)
        self.memory = (-1, b"")
        self.training = (-1, b"")
        self.boot = 0


def _read(journal, mirror, p, out):
    """True when `mirror` gave the bytes of position `p`."""
    try:
        journal.ring.disk.read(mirror, p * block.SIZE, out)
        return True
    except OSError:
        journal.ring.errors += 1
        return False


def _look(journal, facts, p, data):
    """Header of the block in `data`, read from position `p`, or None."""
    if not block.check(data):
        if data[4] != block.JOURNAL_VERSION and block.is_whole(data):
            facts.newer += 1
        return None
    head = block.Header(data)
    if head.device != journal.device:
        facts.foreign += 1
        return None
    if max(head.seq, head.boot, head.session, head.nth) > LARGEST:
        return None  # going on from there would overflow: the board would fall over at every boot
    return head if head.seq % journal.ring.n == p else None


def _note(scan, head, data):
    """Take in what a block says."""
    if head.boot > scan.boot:
        scan.boot = head.boot
    if head.session:
        row = scan.found.setdefault(head.session, [head.seq, 0, 0, False])
        row[0] = min(row[0], head.seq)
        row[1] += 1
        row[2] = max(row[2], head.seq)
        row[3] = row[3] or bool(head.flags & block.HAS_END)
    if head.flags & (block.HAS_RELEASE | block.HAS_SETTING | block.HAS_MOUNT | block.HAS_PLAN):
        for kind, at, size in records.walk(data, head.header, head.end):
            if kind not in (events.RELEASE, events.SETTING, events.MOUNT, events.PLAN):
                continue
            _, values, tail = records.unpack(kind, bytes(data[at : at + size]))
            if kind == events.RELEASE:
                if values[0] <= LARGEST:
                    scan.releases.append(values[0])
            elif kind == events.MOUNT:
                if head.seq >= scan.memory[0]:
                    scan.memory = (head.seq, tail)
            elif kind == events.PLAN:
                if head.seq >= scan.training[0]:
                    scan.training = (head.seq, bytes((values[0],)) + tail if values[0] else b"")
            elif values[1] & records.VIA_LINK and head.seq >= scan.settings.get(values[0], (-1,))[0]:
                scan.settings[values[0]] = (head.seq, values[1] & 1, tail)


def recover(journal, last_session, last_boot):
    """See Journal.recover."""
    ring, facts, scan = journal.ring, Facts(), _Scan()
    first, second = bytearray(block.SIZE), bytearray(block.SIZE)
    house = []
    for p in range(ring.n):
        a = _look(journal, facts, p, first) if _read(journal, 0, p, first) else None
        there = _read(journal, 1, p, second)
        if there and a is not None and first == second:  # nearly always: one CRC instead of two
            b = a
        else:
            b = _look(journal, facts, p, second) if there else None
        if a is None and b is None:
            continue
        va = (a.seq, a.boot, a.used) if a is not None else (0, 0, 0)
        vb = (b.seq, b.boot, b.used) if b is not None else (0, 0, 0)
        if va != vb:
            behind = 0 if va < vb else 1
            ring.mark(behind, p)
            facts.damaged[behind] += 1
        if va > scan.newest[0]:
            scan.newest = (va, 0)
        if vb > scan.newest[0]:
            scan.newest = (vb, 1)
        head, data = (a, first) if va >= vb else (b, second)
        _note(scan, head, data)
        ring.own(p, head.session)
        if head.session == block.HOUSE:
            house.append(head.seq)
    _settle(journal, facts, scan, house, last_session, last_boot)
    return facts


def _settle(journal, facts, scan, house, last_session, last_boot):
    ring, table = journal.ring, journal.table
    facts.blank = scan.newest[0][0] == 0
    strange = facts.foreign + facts.newer if facts.blank else 0
    facts.vanished = facts.blank and last_session > 0 and not strange
    ring.next_seq = scan.newest[0][0] + 1
    journal.boot = max(scan.boot, last_boot) + 1
    journal.last_session = max([last_session] + list(scan.found) + scan.releases)
    if ring.lacking[0] and ring.lacking[1]:
        ring.turn = scan.newest[1]
    else:
        ring.turn = 0 if ring.lacking[0] else 1
    ring.repairing = bool(ring.lacking[0] or ring.lacking[1])
    for session in scan.releases:
        if scan.found.pop(session, None) is not None:
            ring.disown(session)
    for session in sorted(scan.found):
        row = scan.found[session]
        for value in (session, row[0], row[1]):
            table.rows.append(value)
    for seq in sorted(house)[-32:]:
        table.house(seq)
    for number in scan.settings:
        _, is_text, value = scan.settings[number]
        try:
            name = settings.row(number)[1]
            if is_text:
                value = value.decode()
            else:
                value = value[0] | value[1] << 8 | value[2] << 16 | value[3] << 24
            facts.settings[name] = settings.check(name, value)
        except (KeyError, ValueError, IndexError):
            pass  # of a newer or older table: the default holds
    facts.memory = scan.memory[1]
    journal.overrides = dict(facts.settings)
    journal.memory = facts.memory
    facts.training = journal.training = scan.training[1]
    if scan.found:
        session = max(scan.found)
        if not scan.found[session][3]:
            _close(journal, session, scan.found[session])
            facts.closed = session
    if strange:
        journal.log(errors.NUMBER["log_strange"], 0, strange)


def _close(journal, session, row):
    """Add the END that the power took."""
    ring = journal.ring
    b = ring.spare.pop()
    journal.running = session
    journal.material = True
    journal._nth = row[1]
    journal.steps = NOT_COUNTED
    index = 0
    if ring.fetch(row[2] % ring.n, b.data):
        head = block.Header(b.data)
        journal._nth = head.nth + 1
        index = head.index
        for kind, at, size in records.walk(b.data, head.header, head.end):
            when = records.unpack(kind, bytes(b.data[at : at + size]))[0] if kind in records.LAYOUT else 0
            index = max(index, head.index + when)
        b.adopt(head)
    else:
        journal._begin(b, session, row[1], 0)
    if b.seq == ring.next_seq - 1:
        ring.ram.append(b)
    else:  # something newer stands behind it: only the newest block may grow
        b.used = block.ROOM
    journal._cur = b
    journal.end(events.END_POWER, index)
    if b not in ring.ram:
        ring.spare.append(b)
