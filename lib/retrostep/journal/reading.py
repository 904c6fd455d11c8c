# SPDX-License-Identifier: MIT
"""Reading: the bytes of a session from any offset, whole blocks in the order of `nth`.

in    a sessions.Table, a session's number (0: housekeeping)
out   bytes; what the link's list says of it
keeps a block and a cursor, in the Table, until it rests
not   sessions that were released; who is told what: link
"""

import struct

from retrostep import events
from retrostep.journal import block, records


def _seq(table, session, nth):
    """Sequence number of the nth block. Sessions jump over positions that others hold."""
    if session == block.HOUSE:
        return table.house_seqs[nth]
    ring = table.ring
    first = table.rows[table.row(session) + 1]
    at, seq = 0, first
    if table.at[0] == session and table.at[1] <= nth and table.at[2] >= first:
        at, seq = table.at[1], table.at[2]
    while at < nth:
        seq += 1
        if ring.owner[seq % ring.n] == session & 0xFFFF:
            at += 1
        if seq - first > ring.n:
            break
    table.at = (session, at, seq)
    return seq


def read(table, session, offset, out):
    """Fill the bytearray `out` from byte `offset` of the session; returns how many bytes there were, 0 past
    the end. A block that neither mirror can give back reads as zeros."""
    size = table.size(session)
    done = 0
    if table.buffer is None:
        table.buffer = bytearray(block.SIZE)
    while done < len(out) and offset + done < size:
        nth = (offset + done) // block.SIZE
        p = _seq(table, session, nth) % table.ring.n
        if p != table.cached:
            table.cached = p if table.ring.in_ram(p) is None else -1  # in RAM it may still grow
            if not table.ring.fetch(p, table.buffer):
                table.buffer[:] = bytes(block.SIZE)
        start = (offset + done) % block.SIZE
        take = min(block.SIZE - start, len(out) - done)
        out[done : done + take] = memoryview(table.buffer)[start : start + take]
        done += take
    return done


def copy(table, session, offset, out):
    """Whole blocks from byte `offset` (a multiple of 512) of the session into `out`, as they lie together on flash
    and unchecked: who takes them checks each. Returns how many bytes, 0 past the end."""
    nth = offset // block.SIZE
    most = min(len(out), table.size(session) - offset) // block.SIZE
    if most <= 0:
        return 0
    seq = _seq(table, session, nth)
    got = 0 if session == block.HOUSE else _together(table.ring, seq % table.ring.n, session, most, out)
    if not got:
        return read(table, session, offset, memoryview(out)[: block.SIZE])
    table.at = (session, nth + got - 1, seq + got - 1)
    return got * block.SIZE


def _together(ring, p, session, most, out):
    """Read up to `most` blocks of `session` from position `p` on into `out`, as one mirror has them, unchecked.
    Returns how many; 0 when that mirror is behind there: `fetch` knows more."""
    m = ring.turn ^ 1
    key = session & 0xFFFF
    owner, lack = ring.owner, ring.lack[m]
    q = end = min(p + most, ring.n)
    if bytes(owner[p:end]) != struct.pack("H", key) * (end - p):  # nearly always equal: no loop
        q = p
        while q < end and owner[q] == key:
            q += 1
    if ring.lacking[m]:
        end = q
        q = p
        while q < end and not lack[q >> 3] & (1 << (q & 7)):
            q += 1
    if q == p or ring.wiping is not None:
        return 0
    try:
        ring.disk.read(m, p * block.SIZE, memoryview(out)[: (q - p) * block.SIZE])
    except OSError:
        ring.errors += 1
        return 0
    return q - p


def entry(table, session):
    """(boot, size, tag, start index, end cause) of a session; (0, size, 0, 0, 0) when it cannot be read."""
    size = table.size(session)
    head = bytearray(block.SIZE)
    boot = tag = index = cause = 0
    read(table, session, 0, head)
    if block.check(head):
        h = block.Header(head)
        boot, index = h.boot, h.index
        tag = struct.unpack_from("<I", head, block.CRC_AT)[0]
    read(table, session, size - block.SIZE, head)
    if block.check(head):
        h = block.Header(head)
        if h.flags & block.HAS_END:
            for kind, at, length in records.walk(head, h.header, h.end):
                if kind == events.END:
                    cause = records.unpack(kind, bytes(head[at : at + length]))[1][0]
    return boot, size, tag, index, cause
