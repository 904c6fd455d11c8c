# SPDX-License-Identifier: MIT
"""What the tests of the virtual wearable share: walk a stream, read back what lies on the drive."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retrostep import events
from retrostep.journal import block
from retrostep_host import journal, recordings, replay
from retrostep_host.virtual.board import VirtualBoard


def walk(folder: Path, stream: Any, **options: Any) -> list[journal.Session]:
    """Walk `stream` on a board in `folder` until it is off; the sessions on its drive."""
    felt = folder / "felt.json"
    with VirtualBoard(folder / "drive", folder / "ports", stream, leave=True, felt=str(felt), **options) as board:
        list(board.states())
        if board.process.wait() != 0:
            raise board.failure()
    return stored(folder / "drive")


def felt(folder: Path) -> list[list]:
    return json.loads((folder / "felt.json").read_text())


def stored(drive: Path) -> list[journal.Session]:
    """The sessions in both mirrors: per block the newest whole one (docs/formats.md)."""
    best: dict[tuple[int, int], tuple[tuple[int, int], bytes]] = {}
    for log in sorted(drive.glob("journal/*/log.bin")):
        for head, piece in journal.blocks(log.read_bytes()):
            if head.session != block.HOUSE:
                key, value = (head.session, head.nth), ((head.boot, head.used), piece)
                if key not in best or best[key][0] < value[0]:
                    best[key] = value
    sessions = sorted({session for session, _ in best})
    return [
        journal.decode(b"".join(best[key][1] for key in sorted(best) if key[0] == session)) for session in sessions
    ]


def replayed(stream: recordings.Stream) -> list[tuple[float, str, bool]]:
    """(t, direction, inferred) of each step that the engine finds in the same stream."""
    return sorted(
        (round((event.index + event.frac) / 104.0, 2), events.DIRECTIONS[event.direction], event.inferred)
        for event in replay.run_engine(stream)
        if event.kind == events.STEP
    )


def walked(session: journal.Session) -> list[tuple[float, str, bool]]:
    return sorted((round(step.t, 2), step.direction, step.inferred) for step in session.steps)


def same(one: list[tuple[float, str, bool]], other: list[tuple[float, str, bool]]) -> bool:
    """The same steps: order, direction, who made them; times within the 1/256 sample that the journal keeps."""
    return len(one) == len(other) and all(
        a[1:] == b[1:] and abs(a[0] - b[0]) < 0.02 for a, b in zip(one, other, strict=True)
    )


def until(claim: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait until `claim` holds; whether it did."""
    import time

    end = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
