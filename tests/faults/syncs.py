# SPDX-License-Identifier: MIT
"""Syncs: whole syncs over a harmful line, judged.

A board with three sessions is synced, with the cable pulled at random bytes and the power cut between runs, until a
sync goes through. Whatever happened: every session is stored once, byte for byte; none was released that was not
stored; the last, whole line brings everything home.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from retrostep_host.errors import RetrostepError
from retrostep_host.journal import Session
from retrostep_host.sync.client import Client
from retrostep_host.sync.session import fetch_all

from tests.faults.board import Board
from tests.faults.wire import Line, Wire, lines

SYNCS = 6  # on the harmful line, before the clean one


@dataclass
class Outcome:
    stored: dict[int, bytes] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    repeats: int = 0
    syncs: int = 0
    carried: int = 0  # bytes from the board in the first sync
    passes: int = 0


def run(seed: int | None, folder: Path, cuts: list[int] | None = None, expect_complete: bool = True) -> Outcome:
    """Sync a board over the line of `seed` (None = clean), then over a clean one, and judge."""
    rng = random.Random(seed)
    board = Board(draw=random.Random(seed).randbytes)
    for _ in range(3):
        board.walk(rng.randrange(1, 90))
    truth = {session: _bytes(board, session) for session in board.journal.table.numbers()}
    outcome = Outcome()

    def keep(session: Session, data: bytes) -> bool:
        new = session.session not in outcome.stored
        if not new:
            assert outcome.stored[session.session] == data, f"session {session.session} changed between two copies"
        assert data == truth[session.session], f"session {session.session} was stored wrongly"
        outcome.stored[session.session] = data
        return new

    plan: list[tuple[tuple[Line, Line], int | None]] = []
    if seed is not None:
        for number in range(SYNCS):
            plan.append((lines(seed * 100 + number), rng.randrange(1, 12000) if rng.random() < 0.6 else None))
    plan += [((Line([]), Line([])), cut) for cut in cuts or []]
    plan.append(((Line([]), Line([])), None))
    for (up, down), cut in plan:
        wire = Wire(board.server, board.tick, up, down, cut)
        client = Client(wire, tries=8, patience_s=0.4)
        outcome.syncs += 1
        try:
            result = fetch_all(client, client.hello(), keep, folder / "partial")
            outcome.errors += [str(error) for error in result.errors]
        except RetrostepError as error:
            outcome.errors.append(str(error))
            assert str(error).endswith("."), "an error is a sentence"
        finally:
            wire.close()
        outcome.repeats += client.repeats
        outcome.carried = outcome.carried or wire.carried
        outcome.passes += wire.passes
        _judge(board, truth, outcome)
        if seed is not None and rng.random() < 0.3:
            board = board.reboot()
            _judge(board, truth, outcome)
    if expect_complete:
        assert outcome.stored == truth, f"stored {sorted(outcome.stored)} of {sorted(truth)}: {outcome.errors}"
        assert not board.journal.table.numbers(), "a whole line leaves nothing behind"
    return outcome


def _bytes(board: Board, session: int) -> bytes:
    data = bytearray(board.journal.table.size(session))
    board.journal.table.read(session, 0, data)
    return bytes(data)


def _judge(board: Board, truth: dict[int, bytes], outcome: Outcome) -> None:
    there = board.journal.table.numbers()
    for session in truth:
        assert session in there or session in outcome.stored, f"session {session} was released but never stored"
        if session in there:
            assert _bytes(board, session) == truth[session], f"session {session} changed on the board"
