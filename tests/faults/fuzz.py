# SPDX-License-Identifier: MIT
"""Fuzz: what must hold for any bytes into the parsers. Used by hypothesis in the tests and by the benches at length."""

from __future__ import annotations

import random
import struct
import zlib

from retrostep.journal import block
from retrostep.journal.writer import Journal
from retrostep.link import frames, messages
from retrostep_host import journal as host
from retrostep_host.errors import DamagedJournal

from tests.faults import cuts
from tests.faults.board import Board
from tests.faults.disk import Disk

_WHOLE: list[bytes] = []


def whole() -> bytes:
    """The bytes of a proper session, to be harmed."""
    if not _WHOLE:
        board = Board()
        session = board.walk(90)
        data = bytearray(board.journal.table.size(session))
        board.journal.table.read(session, 0, data)
        _WHOLE.append(bytes(data))
    return _WHOLE[0]


def seal(data: bytearray) -> bytes:
    """Give every 512 bytes our magic, version, lengths that can be, and a right CRC: past the door, into the rooms."""
    for at in range(0, len(data) - block.SIZE + 1, block.SIZE):
        data[at : at + 5] = block.MAGIC + b"\1"
        if data[at + 5] < block.HEADER or data[at + 5] + data[at + 6] + 256 * data[at + 7] > block.CRC_AT:
            data[at + 5 : at + 8] = bytes((block.HEADER,)) + struct.pack("<H", block.ROOM)
            data[at + 8 : at + 32] = b"fuzzdevi" + bytes((1, 0, 0, 0, 1, 0, 0, 0, 1 + at // block.SIZE, 0, 0, 0))
            data[at + 28 : at + 32] = struct.pack("<I", at // block.SIZE)
        data[at + block.CRC_AT : at + block.SIZE] = struct.pack("<I", zlib.crc32(data[at : at + block.CRC_AT]))
    return bytes(data)


def harmed(noise: bytes, kind: int, seed: int) -> bytes:
    """Noise as it is; a session with flips; a session with flips and right CRCs; noise with right CRCs."""
    rng = random.Random(seed)
    if kind in (0, 3):
        data = bytearray(noise)
    else:
        data = bytearray(whole())
        for value in noise[:40]:
            data[rng.randrange(len(data))] = value
        data = data[: rng.randrange(len(data))] if rng.random() < 0.3 else data
    return seal(data) if kind in (2, 3) else bytes(data)


def decode(noise: bytes, kind: int, seed: int) -> int:
    """A Session or DamagedJournal, nothing else, and never more records than bytes. Returns how many bytes went in."""
    data = harmed(noise, kind, seed)
    try:
        session = host.decode(data)
    except DamagedJournal:
        return len(data)
    count = len(session.steps) + len(session.alerts) + len(session.events) + len(session.logs)
    assert count <= len(data) // 2
    assert sum(session.steps_by_direction().values()) == len(session.steps)
    return len(data)


def flash(seed: int) -> None:
    """A journal boots on any flash and walks on."""
    rng = random.Random(seed)
    mirrors = [bytearray(harmed(rng.randbytes(8192), rng.randrange(4), rng.random())) for _ in range(2)]
    disk = Disk(0, [mirror[:8192].ljust(8192, b"\xff") for mirror in mirrors])
    device = bytes(disk.mirrors[0][8:16]) if rng.random() < 0.5 else cuts.DEVICE
    journal = Journal(disk, device)
    journal.recover()
    journal.start(journal.now, {"placement": "ankle"}, firmware="0.1.0")
    for i in range(40):
        journal.append(cuts.step(60 * i, i))
        journal.step(60 * i)
    journal.end(1)
    for number in journal.table.numbers():
        journal.table.read(number, 0, bytearray(1024))
        journal.table.entry(number)


def requests(board: Board, asked: list[tuple[int, bytes]]) -> None:
    """The server answers whatever it is asked with whole frames, and always still says hello."""
    splitter = frames.Splitter()
    for number, (verb, payload) in enumerate(asked):
        if verb in (messages.PIN, messages.ERASE):
            continue
        board.server.feed(frames.encode(verb, number, payload))
        heard = frames.Splitter() if verb == messages.BULK else splitter  # after its frame come bytes without
        for _ in range(3):
            board.tick()
            out = bytes(board.server.poll())
            heard.feed(out)
            board.server.sent(len(out))
    board.server.disconnect()
    board.server.feed(frames.encode(messages.HELLO, 1, b"\1"))
    assert splitter.feed(bytes(board.server.poll()))[0][:2] == (messages.HELLO | messages.REPLY, 1)
    assert splitter.refused == 0
