# SPDX-License-Identifier: MIT
"""Controls: the verbs that change or watch the board itself, not its sessions.

in    the Server, the request's id, its values, the bytes after them
out   the reply's payload
from  docs/formats.md, "Verbs"
not   sessions: verbs.py
"""

import struct

from retrostep import errors, settings
from retrostep.journal import records
from retrostep.link import messages as m


def no(reason):
    """A reply that says why not."""
    return bytes((reason,))


def _time(server, number, values, tail):
    journal = server.journal
    if not m.EARLIEST_US <= values[0] < m.LATEST_US or not -m.ZONE_MIN <= values[1] <= m.ZONE_MIN:
        return no(errors.BAD_REQUEST)
    journal.set_clock(journal.now, values[0], values[1])
    server.hooks.time(values[0], values[1])
    return b"\0" + struct.pack(m.TIME_REPLY, journal.now)


def _settings(server, number, values, tail):
    reply = b"\0"
    in_force = server.hooks.settings()
    for row in settings.TABLE:
        if row[0] <= values[0] or row[1] not in in_force:
            continue
        value = in_force[row[1]]
        kind = records.VIA_LINK if row[1] in server.journal.overrides else 0
        if row[2] == "int":
            data = struct.pack("<i", value)
        else:
            kind |= 1
            data = value.encode()
        if len(reply) + 3 + len(data) > 240:
            break
        reply += bytes((row[0], kind, len(data))) + data
    return reply


def _set(server, number, values, tail):
    try:
        row = settings.row(values[0])
        value = tail.decode() if values[1] & 1 else struct.unpack_from("<i", tail, 0)[0]
        value = settings.check(row[1], value)
    except (KeyError, ValueError, TypeError, struct.error if hasattr(struct, "error") else ValueError):
        return no(errors.BAD_SETTING)
    before = server.hooks.settings().get(row[1])
    is_new = row[0] == settings.CODE and before != value
    if is_new:
        server.hooks.newcomer()
    if before != value or row[1] not in server.journal.overrides:
        server.journal.setting(row[1], value)
        server.hooks.setting(row[1], value)
    return bytes((0, row[0], is_new))


def _start(server, number, values, tail):
    server.hooks.start()
    return b"\0"


def _stream(server, number, values, tail):
    server.stream_id = number if values[0] else -1
    return bytes((0, 1 if values[0] else 0))


def _identify(server, number, values, tail):
    server.hooks.identify(values[0])
    return b"\0"


def _capture(server, number, values, tail):
    if server.hooks.capture(values[0]) is False:
        return no(errors.BUSY)
    return struct.pack("<BH", 0, values[0])


def _unlock(server, number, values, tail):
    reason = server.lock.unlock(values[0])
    return struct.pack("<BH", reason, server.lock.left_s()) if reason else b"\0"


def _pin(server, number, values, tail):
    length = values[0]
    if length == 0:
        lock = None
    elif length == 8 and len(tail) >= 30:
        lock = (tail[:8], struct.unpack_from("<H", tail, 8)[0] * 16, tail[10:30])
    else:
        return no(errors.BAD_REQUEST)
    if server.hooks.set_lock(lock) is False:
        return no(errors.BUSY)
    server.lock.is_open = lock is not None
    return b"\0"


def _plan(server, number, values, tail):
    state = server.hooks.plan(tail)
    return no(errors.BAD_PLAN) if state is None else b"\0" + state


def _status(server, number, values, tail):
    ring, journal = server.journal.ring, server.journal
    return b"\0" + struct.pack(
        m.STATUS_REPLY, ring.free, ring.n, journal.dropped, journal.records, ring.flushes, ring.errors,
        server.hooks.rebuilt, server.splitter.refused, 1 if server.hooks.vanished else 0,
    )  # fmt: skip


DO = {
    m.TIME: _time,
    m.SETTINGS: _settings,
    m.SET: _set,
    m.START: _start,
    m.STREAM: _stream,
    m.IDENTIFY: _identify,
    m.CAPTURE: _capture,
    m.UNLOCK: _unlock,
    m.PIN: _pin,
    m.PLAN: _plan,
    m.STATUS: _status,
}
