# SPDX-License-Identifier: MIT
"""Forged: flash that holds blocks with a right CRC and numbers that no board writes, and blocks that are gone from both
mirrors. A board that finds them walks on, keeps what it can read, and names what it cannot.

Everything is drawn from a seed; `run` repeats one.
"""

from __future__ import annotations

import binascii
import random
import struct
from dataclasses import dataclass, field

from retrostep import events
from retrostep.journal import block, recover
from retrostep_host import journal as host

from tests.faults import cuts
from tests.faults.board import Board
from tests.faults.disk import Cut, Disk

FIELDS = {"session": 16, "boot": 20, "seq": 24, "nth": 28, "index": 32}
EDGES = (block.LARGEST, recover.JUMP, block.LARGEST - recover.JUMP, 0x7FFFFFFF, 0xFFFFFFFF, 0x10000, 0)


def sealed(data: bytearray) -> bytes:
    """`data` with a right CRC."""
    data[block.CRC_AT :] = struct.pack("<I", binascii.crc32(data[: block.CRC_AT]))
    return bytes(data)


def number(data: bytes, what: str, value: int) -> bytes:
    """A block with another number in its header."""
    out = bytearray(data)
    struct.pack_into("<Q" if what == "index" else "<I", out, FIELDS[what], value)
    return sealed(out)


def at_an_edge(rng: random.Random, what: str, position: int, count: int) -> int:
    """A value at or near a limit; a `seq` stands in its place in a ring of `count` blocks."""
    value = rng.choice((*EDGES, count - 1, count, count + 1)) + rng.choice((0, 0, -1, 1, -count, count))
    if what == "index":
        return (max(0, value) << rng.choice((0, 16, 32))) & 0xFFFFFFFFFFFFFFFF
    value = min(max(0, value), 0xFFFFFFFF - count)
    return max(value - (value - position) % count, position) if what == "seq" else value


def blocks(mirror: bytes | bytearray) -> list[tuple[int, block.Header]]:
    """(position, header) of the blocks with records in a mirror."""
    found = []
    for at in range(0, len(mirror), block.SIZE):
        piece = mirror[at : at + block.SIZE]
        if block.check(piece) and block.Header(piece).used:
            found.append((at // block.SIZE, block.Header(piece)))
    return found


def harm(disk: Disk, rng: random.Random) -> tuple[set[int], bool]:
    """One block with a strange number, in one mirror or in both; sometimes a whole log moved to the end of the numbers.
    Returns the sessions that may have lost a block by it, and whether anything was harmed."""
    count = disk.size() // block.SIZE
    there = blocks(disk.mirrors[0])
    if not there:
        return set(), False
    if rng.random() < 0.15:  # all of it, so that the newest is the last number there is, or one of the last
        wrap = block.LARGEST // count * count
        away = (wrap - max(head.seq for _, head in there)) // count * count
        for mirror in disk.mirrors:
            for at in range(0, len(mirror), block.SIZE):
                piece = bytes(mirror[at : at + block.SIZE])
                if block.check(piece):
                    seq = (block.Header(piece).seq + away - 1) % wrap + 1
                    mirror[at : at + block.SIZE] = number(piece, "seq", seq)
        return set(), True
    position, head = rng.choice(there)
    what = rng.choice(list(FIELDS))
    value = at_an_edge(rng, what, position, count)
    for mirror in disk.mirrors if rng.random() < 0.6 else [rng.choice(disk.mirrors)]:
        at = position * block.SIZE
        piece = bytes(mirror[at : at + block.SIZE])
        if block.check(piece):
            mirror[at : at + block.SIZE] = number(piece, what, value)
    return {head.session, value & 0xFFFFFFFF if what == "session" else head.session} - {0}, True


def read_raw(board: Board, session: int) -> bytes:
    data = bytearray(board.journal.table.size(session))
    board.journal.table.read(session, 0, data)
    return bytes(data)


def read(board: Board, session: int) -> host.Session:
    return host.decode(read_raw(board, session))


def settle(board: Board) -> None:
    for _ in range(200):
        board.tick()
        if board.journal.settled() and not any(board.journal.ring.lacking):
            return


@dataclass
class Truth:
    """What must be there: session -> its steps and how many of them were acknowledged."""

    steps: dict[int, list[int]] = field(default_factory=dict)
    acked: dict[int, int] = field(default_factory=dict)
    forged: set[int] = field(default_factory=set)  # sessions that hold a forged block, or lost one to a forger


def run(seed: int) -> int:
    """Walk, forge, boot, walk on for several turns of the ring, with power cuts and releases. Returns how many
    forgeries there were; raises AssertionError when a walk is lost, or changed."""
    rng = random.Random(seed)
    board = Board(sectors=rng.choice((3, 4, 5)), draw=rng.randbytes)
    truth, count = Truth(), 0
    for turn in range(rng.randrange(3, 14)):
        _walk(board, truth, rng)
        disk = board.disk.reboot()
        if turn % 3 == 0:
            sessions, done = harm(disk, rng)
            truth.forged |= sessions
            count += done
        board = Board(disk, draw=board.draw)
        _judge(board, truth)
        settle(board)
        board = Board(board.disk.reboot(), draw=board.draw)
        _judge(board, truth)
        settle(board)
    return count


def lose(seed: int) -> str:
    """Walk, maybe until the power goes; destroy one block of a walk in both mirrors; boot. What was acknowledged and is
    gone must be named: a hole, or a walk that is not whole. Returns which block it was; raises AssertionError."""
    rng = random.Random(seed)
    board = Board(sectors=rng.choice((3, 4, 8)), draw=rng.randbytes)
    truth = Truth()
    for _ in range(rng.randrange(1, 4)):
        _walk(board, truth, rng)
        if board.disk.left is not None and rng.random() < 0.5:
            break
        board.disk.left = None
        settle(board)
    marks = board.marks()
    if board.journal.running:  # not written while walking
        marks = (*marks[:2], marks[2][:-1])
    disk = board.disk.reboot()
    there = {}
    for mirror in disk.mirrors:
        there.update({position: head for position, head in blocks(mirror) if head.session in truth.acked})
    if not there:
        return "none"
    last = {}
    for position, head in there.items():
        last[head.session] = max(last.get(head.session, (0, 0)), (head.nth, position))
    position = rng.choice([place for _, place in last.values()] if rng.random() < 0.7 else sorted(there))
    at = position * block.SIZE
    how = rng.randrange(4)
    for mirror in disk.mirrors:
        piece = bytearray(mirror[at : at + block.SIZE])
        if how == 0:
            piece[rng.randrange(block.SIZE)] ^= 1 << rng.randrange(8)
        mirror[at : at + block.SIZE] = (piece, bytes(512), b"\xff" * 512, rng.randbytes(512))[how]
    board = Board(disk, draw=board.draw, marks=marks)
    for _ in range(2):
        numbers = board.journal.table.numbers()
        for session, count in truth.acked.items():
            assert not count or session in numbers, f"session {session} is gone and nobody says so"
            if count:
                found = read(board, session)
                have = [step.index for step in found.steps]
                whole = found.complete and not found.gaps
                assert set(have) <= set(truth.steps[session]), f"session {session}: steps nobody walked"
                assert not whole or len(have) >= count, f"session {session}: {len(have)} of {count}, and called whole"
                untouched = session != there[position].session and (session in numbers[:-1] or not board.facts.closed)
                assert whole or not untouched or found.end == "open", f"session {session}: {found.gaps}"
        settle(board)
        board = Board(board.disk.reboot(), draw=board.draw, marks=board.marks())
    return "last" if position == last[there[position].session][1] else "other"


def _walk(board: Board, truth: Truth, rng: random.Random) -> None:
    """Some sessions, some of them released, maybe until the power goes."""
    noted = cuts.Walked()
    board.disk.left = rng.randrange(200_000) if rng.random() < 0.4 else None
    try:
        for _ in range(rng.randrange(1, 3)):
            cuts.walk(board.journal, noted, rng.randrange(1, 60), rng.choice((events.END_BUTTON, events.END_USB)))
        for session in board.journal.table.numbers():
            if session in truth.steps and (rng.random() < 0.6 or board.journal.ring.free < 14):
                for kept in (truth.steps, truth.acked):
                    kept.pop(session, None)
                board.journal.release(session, bytes(20))
        settle(board)
    except Cut:
        pass
    for session, count in noted.acked.items():  # else the power went before its first flush
        truth.steps[session], truth.acked[session] = noted.appended[session], count


def _judge(board: Board, truth: Truth) -> None:
    there = board.journal.table.numbers()
    for session, steps in truth.steps.items():
        if session in truth.forged or not truth.acked[session]:
            continue
        assert session in there, f"session {session} is gone"
        found = read(board, session)
        have = [step.index for step in found.steps]
        full = found.end == "full"
        assert not [gap for gap in found.gaps if gap.blocks or not full], f"session {session}: {found.gaps}"
        assert found.complete or session == board.journal.running, f"session {session}: {found.end}"
        assert have == steps[: len(have)], f"session {session} has other steps"
        assert len(have) >= truth.acked[session], f"session {session}: {len(have)} of {truth.acked[session]} steps"
