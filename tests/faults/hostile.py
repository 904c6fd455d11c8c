# SPDX-License-Identifier: MIT
"""Hostile: boards that begin again, boards that are older, and boards that lie about whose walk it is, synced into one
store and judged. Everything is drawn from a seed; `run` repeats one.

A board walks, is synced over a line that may be cut, is erased whole (flash and nvm: session 1, boot 1, sample 0
again), is exchanged for one whose firmware gives walks no number. In between somebody plugs in a board that offers
forged sessions under the identities of stored walks: fewer steps, other steps, none, more, parts, two walks mixed.

Whatever happened: every honest walk is in the store byte for byte, or still on its board, or went with a flash that was
erased before a sync; what the store once showed of a walk it shows for ever; no board let go of bytes that the store's
file does not hold.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from retrostep import events
from retrostep.journal import block, records
from retrostep_host import journal
from retrostep_host.errors import RetrostepError
from retrostep_host.store import Store, copies
from retrostep_host.sync.client import Client
from retrostep_host.sync.session import fetch_all, keeper

from tests.faults import forged
from tests.faults.board import Board
from tests.faults.disk import Disk
from tests.faults.wire import Line, Wire, lines

SECTORS = 8


@dataclass
class Seen:
    """What was done and what must hold."""

    stored: dict[bytes, tuple] = field(default_factory=dict)  # honest bytes that were released -> steps shown
    syncs: int = 0
    erased: int = 0
    forged: int = 0
    beside: int = 0  # walks that stand beside another of the same board, session and boot


def whole(board: Board) -> dict[int, bytes]:
    return {session: forged.read_raw(board, session) for session in board.journal.table.numbers()}


def run(seed: int, folder: Path) -> Seen:
    """Raises AssertionError when a walk is lost or changed."""
    rng, seen = random.Random(seed), Seen()
    folder.mkdir(parents=True, exist_ok=True)
    board = Board(sectors=SECTORS, draw=rng.randbytes)
    for turn in range(rng.randrange(4, 12)):
        what = rng.random()
        if what < 0.25:
            seen.erased += 1
            draw = (lambda size: bytes(size)) if rng.random() < 0.4 else rng.randbytes  # of an older firmware, or ours
            board = Board(sectors=SECTORS, draw=draw)
        elif what < 0.45:
            _plug_in_a_liar(rng, seen, folder)
        for _ in range(rng.randrange(3)):
            board.walk(rng.randrange(0, 70), rng.choice((events.END_BUTTON, events.END_USB)))
        if rng.random() < 0.3:
            _recover_some(board, rng, folder)
        if rng.random() < 0.8 or turn == 0:
            _sync(board, rng, seen, folder)
        if rng.random() < 0.2:
            _recover_some(board, rng, folder, seen)
        if rng.random() < 0.3:
            board = board.reboot()
    _sync(board, None, seen, folder)
    assert not board.journal.table.numbers(), "a clean sync leaves nothing behind"
    with Store(folder / "store.sqlite3", write=False) as store:
        walks = store.walks()
        keys = [(walk.device_uid, walk.session, walk.boot) for walk in walks]
        seen.beside = len(keys) - len(set(keys))
        for raw in (store.raw(walk) for walk in walks):
            wholes = [other for other in seen.stored if copies.compare(other, raw) == copies.LESS]
            assert not wholes, "a walk is there twice: whole, and in part"
    return seen


def _recover_some(board: Board, rng: random.Random, folder: Path, seen: Seen | None = None) -> None:
    """Part of a walk comes from somewhere else: a damaged image, a console. Before its sync, or (`seen`) after it."""
    raws = sorted(seen.stored) if seen else list(whole(board).values())
    if not raws:
        return
    raw = rng.choice(raws)
    pieces = [raw[at : at + block.SIZE] for at in range(0, len(raw), block.SIZE)]
    part = b"".join(piece for piece in pieces if rng.random() < 0.6)
    if part:
        with Store(folder / "store.sqlite3") as store:
            keeper(store)(journal.decode(part), part)


def _sync(board: Board, rng: random.Random | None, seen: Seen, folder: Path, honest: bool = True) -> None:
    """Sync once, maybe over a bad line with a cut in it; whatever was let go of must be in the file."""
    before = whole(board)
    up, down = lines(rng.randrange(1 << 30)) if rng and rng.random() < 0.4 else (Line([]), Line([]))
    cut = rng.randrange(1, 9000) if rng and rng.random() < 0.3 else None
    wire = Wire(board.server, board.tick, up, down, cut)
    client = Client(wire, tries=6, patience_s=0.4)
    with Store(folder / "store.sqlite3") as store:
        seen.syncs += 1
        try:
            fetch_all(client, client.hello(), keeper(store), folder / "partial")
        except RetrostepError as error:
            assert str(error).endswith("."), "an error is a sentence"
        finally:
            wire.close()
        after = whole(board)
        walks = {store.raw(walk): walk for walk in store.walks()}
        for session, raw in before.items():
            if session not in after:
                assert store.holds(journal.decode(raw).sha1), f"session {session} was released and is not in the file"
                if honest:
                    assert raw in walks, f"session {session} is kept as part of another"
                    seen.stored.setdefault(raw, _steps(store, walks[raw]))
            else:
                assert after[session] == raw, f"session {session} changed on the board"
        for raw, steps in seen.stored.items():
            assert raw in walks, "a walk that was stored is gone"
            assert _steps(store, walks[raw]) == steps, "a walk that was stored shows other steps"
        store.check()


def _steps(store: Store, walk) -> tuple:
    return tuple((step.t_s, step.direction) for step in store.full(walk).steps)


# forged sessions ------------------------------------------------------------------------------------------------
def _plug_in_a_liar(rng: random.Random, seen: Seen, folder: Path) -> None:
    if not seen.stored:
        return
    mirror = bytearray(SECTORS * 4096)
    taken: set[int] = set()
    for raw in rng.sample(sorted(seen.stored), min(len(seen.stored), rng.randrange(1, 3))):
        for piece in _lie(raw, rng, seen):
            head = block.Header(piece)
            position = head.seq % (len(mirror) // block.SIZE)
            if position not in taken and head.session:
                taken.add(position)
                mirror[position * block.SIZE : (position + 1) * block.SIZE] = piece
    if not taken:
        return
    seen.forged += 1
    liar = Board(Disk(0, [mirror, bytearray(mirror)]), draw=rng.randbytes)
    _sync(liar, rng if rng.random() < 0.5 else None, seen, folder, honest=False)


def _lie(raw: bytes, rng: random.Random, seen: Seen) -> list[bytes]:
    """Blocks that claim to be the walk in `raw`."""
    pieces = [raw[at : at + block.SIZE] for at in range(0, len(raw), block.SIZE)]
    kind = rng.choice(("fewer", "other", "none", "more", "part", "mixed", "time", "end"))
    if kind == "part":
        return pieces[: rng.randrange(1, len(pieces) + 1)]
    if kind == "mixed":
        other = rng.choice(sorted(seen.stored))
        theirs = [other[at : at + block.SIZE] for at in range(0, len(other), block.SIZE)]
        return [rng.choice((a, b)) for a, b in zip(pieces, theirs, strict=False)]
    if kind == "more":
        last = block.Header(pieces[-1])
        more = bytearray(pieces[-1])
        more[28:32] = (last.nth + 1).to_bytes(4, "little")
        more[24:28] = (last.seq + 1).to_bytes(4, "little")
        return [*pieces, forged.sealed(more)]
    return [_changed(piece, kind, rng) for piece in pieces]


def _changed(piece: bytes, kind: str, rng: random.Random) -> bytes:
    head = block.Header(piece)
    out = bytearray(piece[: head.header].ljust(block.SIZE, b"\0"))
    end = head.header
    for record, at, size in records.walk(piece, head.header, head.end):
        one = bytearray(piece[at - records.HEAD : at + size])
        if record == events.STEP and (kind == "none" or (kind == "fewer" and rng.random() < 0.5)):
            continue
        if record == events.STEP and kind == "other" and len(one) > 6:
            one[6] ^= rng.randrange(1, 4)
        if record == events.END and kind == "end":
            one[5:6] = bytes((rng.choice((events.END_POWER, events.END_FULL)),))
        out[end : end + len(one)] = one
        end += len(one)
    out[6:8] = (end - head.header).to_bytes(2, "little")
    if kind == "time":
        out[32:40] = (head.index + rng.randrange(1, 9999)).to_bytes(8, "little")
    return forged.sealed(out)
