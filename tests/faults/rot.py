# SPDX-License-Identifier: MIT
"""Rot: a store whose disk forgets bits, judged. Everything is drawn from a seed; `run` repeats one.

A store of walks that boards have let go of; bits of its file change. Then: whoever shows or syncs either shows the
right numbers or says in a sentence that the store is damaged; a sync lets a board forget nothing unless its bytes stand
in the file; `doctor --store` gives every walk back of which one copy can be read, and says what is lost.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from retrostep_host import journal
from retrostep_host.errors import RetrostepError
from retrostep_host.store import Store, choose, repair
from retrostep_host.store.rows import Walk
from retrostep_host.sync.client import Client
from retrostep_host.sync.session import fetch_all, keeper

from tests.faults.board import Board
from tests.faults.wire import Line, Wire

PAGE = 4096


@dataclass
class Kept:
    """A store that is whole, the bytes of its walks, and what it shows of them."""

    path: Path
    raws: list[bytes]
    shown: dict[bytes, tuple]


def _sync(board: Board, store: Store, folder: Path):
    client = Client(Wire(board.server, board.tick, Line([]), Line([])), patience_s=0.5)
    return fetch_all(client, client.hello(), keeper(store), folder / "partial")


def _shown(store: Store, walk: Walk) -> tuple:
    """All numbers that list, report and export show of a walk."""
    full = store.full(walk)
    return (choose.summary(walk), walk.gaps, walk.ended, walk.noticed, full.steps, full.events)


def made(folder: Path, seed: int = 0) -> Kept:
    """Some boards, one of them erased in between, synced into one store."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "store.sqlite3"
    with Store(path) as store:
        for count in (2, 1, 1):
            board = Board(draw=rng.randbytes)  # session 1, boot 1, each time
            for _ in range(count):
                board.walk(rng.randrange(20, 300))
            assert all(one.released for one in _sync(board, store, folder).fetched)
        walks = store.walks()
        raws = [store.raw(walk) for walk in walks]
        return Kept(path, raws, {raw: _shown(store, walk) for raw, walk in zip(raws, walks, strict=True)})


def harm(data: bytearray, rng: random.Random) -> str:
    """Change the bytes of a file as a disk does."""
    kind = rng.choice(("bit", "bits", "byte", "zeros", "page", "swap", "head"))
    if kind in ("bit", "bits"):
        for _ in range(1 if kind == "bit" else rng.randrange(2, 30)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == "byte":
        data[rng.randrange(len(data))] = rng.randrange(256)
    elif kind == "zeros":
        at = rng.randrange(len(data) // 512) * 512
        data[at : at + 512] = bytes(512)
    elif kind == "page":
        at = rng.randrange(len(data) // PAGE) * PAGE
        data[at : at + PAGE] = rng.choice((bytes(PAGE), rng.randbytes(PAGE)))
    elif kind == "swap":
        one, other = (rng.randrange(len(data) // PAGE) * PAGE for _ in range(2))
        data[one : one + PAGE], data[other : other + PAGE] = data[other : other + PAGE], data[one : one + PAGE]
    else:
        data[rng.randrange(100)] ^= 1 << rng.randrange(8)
    return kind


def run(seed: int, kept: Kept, folder: Path) -> str:
    """Harm a copy of the store, look, sync, mend, look again. Returns what was harmed; raises AssertionError."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    path = folder / "store.sqlite3"
    data = bytearray(kept.path.read_bytes())
    kind = harm(data, rng)
    path.write_bytes(data)
    _look(path, kept, f"seed {seed}, {kind}")
    board = Board(draw=rng.randbytes)
    board.walk(40)
    (number,) = board.journal.table.numbers()
    mine = bytearray(board.journal.table.size(number))
    board.journal.table.read(number, 0, mine)
    try:
        with Store(path) as store:
            _sync(board, store, folder)
    except RetrostepError as error:
        assert str(error).endswith((".", "`."))
    on_board = board.journal.table.numbers() == [number]
    verdict = _mend(path, kept, f"seed {seed}, {kind}")
    with Store(path, write=False) as store:
        there = [store.raw(walk) for walk in store.walks()]
        assert on_board or bytes(mine) in there, f"seed {seed}, {kind}: released, and in no store"
        for walk in store.walks():
            raw = store.raw(walk)
            if raw in kept.shown:
                (was, *expected), (summary, *rest) = kept.shown[raw], _shown(store, walk)
                lost = {"start": None} if verdict.lost and summary["start"] is None else {}
                assert rest == expected and summary == {**was, **lost}, f"seed {seed}, {kind}: other numbers"
    again = repair.check(path)
    assert again.aside is None and again.walks == verdict.walks, f"seed {seed}, {kind}: mended twice"
    shutil.rmtree(folder)
    return kind


def _look(path: Path, kept: Kept, what: str) -> None:
    """What is shown without a word is right, and all of it."""
    try:
        with Store(path, write=False) as store:
            walks = store.walks()
            shown = sorted(map(repr, (_shown(store, walk) for walk in walks)))
    except RetrostepError:
        return
    assert shown == sorted(map(repr, kept.shown.values())), f"{what}: other numbers were shown"


def _mend(path: Path, kept: Kept, what: str) -> repair.Verdict:
    before = path.read_bytes()
    verdict = repair.check(path)
    if verdict.aside is not None:
        assert verdict.aside.read_bytes() == before, f"{what}: the damaged file was changed"
    with Store(path, write=False) as store:
        walks = store.walks()
        there = {store.raw(walk): walk for walk in walks}
    missing = [raw for raw in kept.raws if raw not in there]
    assert not missing or verdict.lost, f"{what}: {len(missing)} walks are gone and nobody says so"
    for raw in missing:  # every block that can be read in the harmed file is still somewhere
        good = {piece for other in there for _, piece in journal.blocks(other)}
        lost = [piece for _, piece in journal.blocks(raw) if piece not in good]
        readable = [piece for piece in lost if piece in before]
        assert not readable, f"{what}: {len(readable)} readable blocks were lost"
    return verdict
