# SPDX-License-Identifier: MIT
"""Verbs: what the board does when it is asked for its sessions. Every one may be asked twice and does no harm.

in    the Server, verb, id, payload
out   the reply's payload, or None: it comes later (read, hash, release)
from  docs/formats.md, "Verbs"
but   release compares the hash with the board's own, over every byte of the session, and answers only after
      the RELEASE record was flushed
not   code: no verb runs any; settings, clock, stream: controls.py
"""

import hashlib
import struct

from retrostep import JOURNAL_VERSION, LINK_VERSION, errors, events
from retrostep.journal import block
from retrostep.link import controls
from retrostep.link import messages as m
from retrostep.link.controls import no

_OPEN = (m.HELLO, m.UNLOCK)
PIECE = 4096  # bytes of a bulk sent at once


class Hashing:
    """SHA-1 of a session, a few blocks a call; then, for release, the comparison and the flush."""

    def __init__(self, verb, number, session, wanted=None):
        self.verb = verb
        self.number = number
        self.session = session
        self.wanted = wanted
        self._sha = hashlib.new("sha1") if hasattr(hashlib, "new") else hashlib.sha1()
        self._at = 0
        self._digest = None
        self._released = False

    def go_on(self, server):
        journal = server.journal
        if self._released:
            return struct.pack("<BI", 0, self.session) if journal.settled() else None
        if self._digest is None:
            piece = memoryview(server.piece())
            got = journal.table.copy(self.session, self._at, piece)
            for at in range(0, got, block.SIZE):
                one = piece[at : at + block.SIZE]
                if not block.check(one):  # the other mirror may know better
                    journal.table.read(self.session, self._at + at, one)
            self._sha.update(piece[:got])
            self._at += got
            if not got:
                self._digest = self._sha.digest()
            return None
        if self.verb == m.HASH:
            return b"\0" + struct.pack(m.HASH_REPLY, self.session, self._at, self._digest)
        if self._digest != self.wanted:
            return no(errors.HASH_DIFFERS)
        if not journal.release(self.session, self._digest):
            return no(errors.NO_SESSION)
        self._released = True
        return None


def answer(server, verb, number, payload):
    layout = m.REQUESTS.get(verb)
    if layout is None:
        return no(errors.UNKNOWN_VERB)
    size = struct.calcsize(layout[0])
    if len(payload) < size:
        return no(errors.BAD_REQUEST)
    if server.hooks.lock is not None and not server.lock.is_open and verb not in _OPEN:
        return no(errors.LOCKED)
    values = struct.unpack_from(layout[0], payload, 0) if size else ()
    return _DO[verb](server, number, values, payload[size:] if layout[1] else b"")


def _hello(server, number, values, tail):
    journal, hooks = server.journal, server.hooks
    clock = journal.clock
    flags = m.F_CLOCK if clock else 0
    flags |= m.F_VANISHED if hooks.vanished else 0
    flags |= m.F_REBUILT if hooks.rebuilt else 0
    flags |= m.F_RUNNING if journal.running else 0
    flags |= m.F_LOCKED if hooks.lock is not None and not server.lock.is_open else 0
    salt, rounds = hooks.lock[:2] if hooks.lock else (bytes(8), 0)
    reply = b"\0" + struct.pack(
        m.HELLO_REPLY, LINK_VERSION, JOURNAL_VERSION, journal.device, journal.boot, journal.now, journal.running,
        hooks.rate_mhz, flags, journal.utc_us(journal.now), clock[2] if clock else 0, journal.battery_mv,
        server.lock.nonce, salt, rounds // 16,
    )  # fmt: skip
    for text in (hooks.firmware, hooks.board):
        text = text.encode()[:60]
        reply += bytes((len(text),)) + text
    return reply


def _list(server, number, values, tail):
    table = server.journal.table
    rest = table.numbers(values[0])
    page = rest[: m.LIST_PAGE]
    reply = b"\0" + struct.pack("<H", len(rest) - len(page))
    for session in page:
        boot, size, tag, index, cause = table.entry(session)
        if session == server.journal.running:
            cause = 0
        reply += struct.pack(m.LIST_ENTRY, session, boot, size, tag, index, cause)
    return reply


def _most(server, count):
    """Bytes that one request may bring. A locked board is asked for each piece, so that whoever takes over the port
    gets no more of a walk than a piece."""
    return count if server.hooks.lock is None else min(count, PIECE)


def _read(server, number, values, tail):
    session, offset, count = values
    size = server.journal.table.size(session)
    if size < 0:
        return no(errors.NO_SESSION)
    if offset > size:
        return no(errors.BAD_OFFSET)
    server.read = [number, session, offset, min(offset + _most(server, count), size)]
    return None


def _bulk(server, number, values, tail):
    session, offset, count = values
    size = server.journal.table.size(session)
    if size < 0:
        return no(errors.NO_SESSION)
    if offset > size or offset % block.SIZE:
        return no(errors.BAD_OFFSET)
    count = min(_most(server, count), size - offset) // block.SIZE * block.SIZE
    server.bulk = (session, offset, offset + count) if count else None
    return b"\0" + struct.pack(m.BULK_REPLY, offset, count)


def _hash(server, number, values, tail):
    session = values[0]
    if server.journal.table.size(session) < 0:
        return no(errors.NO_SESSION)
    if session == server.journal.running:
        return no(errors.RUNNING)
    same = server.hashing
    if same is not None and same.verb == m.HASH and same.session == session:
        same.number = number
    else:
        server.hashing = Hashing(m.HASH, number, session)
    return None


def _release(server, number, values, tail):
    session, wanted = values
    journal = server.journal
    same = server.hashing
    if same is not None and same.verb == m.RELEASE and same.session == session and same.wanted == wanted:
        same.number = number
        return None
    if session == journal.running:
        return no(errors.RUNNING)
    if session == block.HOUSE or session > journal.last_session:
        return no(errors.NO_SESSION)
    if journal.table.size(session) < 0:
        return struct.pack("<BI", 0, session)  # released before
    server.hashing = Hashing(m.RELEASE, number, session, wanted)
    return None


def _end(server, number, values, tail):
    session = server.journal.running
    if session:
        server.hooks.end()
        if server.journal.running == session:
            server.journal.end(events.END_LINK)
    return struct.pack("<BI", 0, session)


def _erase(server, number, values, tail):
    journal = server.journal
    if values[0] != journal.device:
        return no(errors.BAD_REQUEST)
    if journal.running:
        return no(errors.RUNNING)
    return struct.pack("<BI", 0, journal.erase())


_DO = {
    m.HELLO: _hello,
    m.LIST: _list,
    m.READ: _read,
    m.HASH: _hash,
    m.RELEASE: _release,
    m.END: _end,
    m.ERASE: _erase,
    m.BULK: _bulk,
}
_DO.update(controls.DO)
