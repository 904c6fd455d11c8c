# SPDX-License-Identifier: MIT
"""Recover, close: what was found becomes the Journal's state; the END that the power took, and what is missing.

in    a Journal and Facts, a recover.Scan of its mirrors, what nvm keeps of the sessions that were not released
out   the Journal's table, numbers and settings; the mirror to write first; the newest session closed; a hole in `nth`
      before its END for blocks that are gone from both mirrors
from  docs/formats.md, "Two mirrors, one ring"
but   a block that was never acknowledged is not missed: a torn sector tells
"""

from retrostep import errors, events, settings
from retrostep.journal import block, records, recover
from retrostep.journal.ring import BATCH


def _top(numbers):
    """The number to go on from."""
    top = max(numbers)
    if top <= recover.JUMP:
        return top
    from retrostep.journal import recover_numbers

    return recover_numbers.reach(numbers)


def settle(journal, facts, scan, last_session, last_boot, extents):
    ring, table, found = journal.ring, journal.table, scan.found
    facts.blank = not (found or scan.boots)
    strange = facts.foreign + facts.newer if facts.blank else 0
    facts.vanished = facts.blank and _top((last_session,)) > 0 and not strange
    ring.next_seq = scan.newest[0][0] + 1
    journal.boot = _top([last_boot] + list(scan.boots)) + 1
    journal.last_session = _top([last_session] + scan.releases + list(found))
    if ring.lacking[0] and ring.lacking[1]:
        ring.turn = scan.newest[1]
    else:
        ring.turn = 0 if ring.lacking[0] else 1
    ring.repairing = bool(ring.lacking[0] or ring.lacking[1])
    lost = {} if facts.blank else _lost(journal, scan, extents)
    for session in scan.releases:
        if found.pop(session, None) is not None:
            ring.disown(session)
    rows = sorted(found.values())
    for row in rows:
        for value in row[:3]:
            table.rows.append(value)
    for seq in sorted(scan.house)[-32:]:
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
    facts.wearer = scan.wearer[1].decode() if scan.wearer[0] >= 0 else None  # a board checked it, a CRC kept it
    facts.memory = scan.memory[1]
    journal.overrides = dict(facts.settings)
    journal.memory = facts.memory
    journal.wearer = facts.wearer
    facts.training = journal.training = scan.training[1]
    newest = None
    for row in rows:
        if newest is None or row[3] > newest[3]:
            newest = row
    if newest is not None and not newest[5]:
        _close(journal, newest[0], newest, lost.get(newest[0], 0))
        facts.closed = newest[0]
    taken = [session & 0xFFFF for session in found]
    for session in sorted(lost):
        if session & 0xFFFF not in taken:
            _close(journal, session, None, lost[session])
    journal._number = block.UNKNOWN
    if strange:
        journal.log(errors.LOG_STRANGE, 0, strange)


def _lost(journal, scan, extents):
    """Sessions that nobody released and that had more blocks than are there -> how many."""
    found = {}
    _, session, nth, before = scan.ahead
    known = [] if _is_torn(journal, before % journal.ring.n) else [(session, nth)]
    last = journal.last_session
    for low, blocks in extents:
        known.append((last - ((last - low) & 0xFFFF), blocks))
    for session, blocks in known:
        row = scan.found.get(session)
        if session > 0 and session not in scan.releases and (row is None or row[4] + 1 < blocks):
            found[session] = max(found.get(session, 0), min(blocks, journal.ring.n))
    return found


def _is_torn(journal, p):
    """True where a cut left position `p` and the rest of its sector erased, in one mirror: the second cut of two, and
    what stood there was never acknowledged."""
    data = bytearray(block.SIZE)
    for mirror in (0, 1):
        q, rest = p, 1
        while recover.read(journal, mirror, q, data) and data[-rest:] == b"\xff" * rest:
            q, rest = q + 1, block.SIZE
            if q % BATCH == 0:
                return True
    return False


def _close(journal, session, row, blocks):
    """Add the END that the power took; `blocks` that are known to have been there leave a hole before it."""
    ring = journal.ring
    b = journal._take()
    if b is None:
        return
    journal.running = session
    journal.material = True
    journal.steps = recover.NOT_COUNTED
    index = nth = 0
    if row is not None and ring.fetch(row[3] % ring.n, b.data):
        head = block.Header(b.data)
        nth = min(head.nth + 1, ring.n)
        index = head.index
        journal._number = head.number
        for kind, at, size in records.walk(b.data, head.header, head.end):
            when = records.unpack(kind, bytes(b.data[at : at + size]))[0] if kind in records.LAYOUT else 0
            index = max(index, head.index + when)
        b.adopt(head)
    else:
        journal._number = block.UNKNOWN
        journal._begin(b, session, 0, 0)
    journal._nth = max(nth, blocks)
    if b.seq and b.seq == ring.next_seq - 1 and journal._nth == nth:
        ring.ram.append(b)
    else:  # something newer stands behind it, or should: only the newest block may grow
        b.used = block.ROOM
    journal._cur = b
    journal.end(events.END_POWER, index)
    if b not in ring.ram:
        ring.spare.append(b)
