# SPDX-License-Identifier: MIT
"""Wrist recordings through the engine: what the benches of the wrist share.

in    recordings of the corpus
out   STEP events, counts by direction as the tables print them
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from accuracy_play import CORPUS
from retrostep import events
from retrostep.engine import Engine
from retrostep_host import recordings

LETTERS = "UFBU"


def played(words: np.ndarray, side: str, late: int = 0, has_gyro: bool = True) -> list[events.Event]:
    """STEP events of the engine, the walk `late` samples later against its windows."""
    heard: list[events.Event] = []
    if late:
        words = np.vstack([np.repeat(words[:1], late, 0), words])
    engine = Engine("wrist", heard.append, side=side, has_gyro=has_gyro)
    engine.feed(memoryview(np.ascontiguousarray(words).reshape(-1)), len(words))
    engine.finish()
    for event in heard:
        event.index -= late
    return [event for event in heard if event.kind == events.STEP]


def words_of(path: Path) -> np.ndarray:
    return recordings.stream(recordings.load(path)).words


def tally(steps: list[events.Event]) -> Counter[str]:
    return Counter(LETTERS[step.direction] for step in steps)


def cell(count: Counter[str]) -> str:
    total = sum(count.values())
    if not total:
        return "no steps"
    return f"{total}: {count['F']} · {count['U']} · {count['B']}"


def erciyes() -> list[Path]:
    return sorted((CORPUS / "erciyes").glob("*wrist*.npz"))


def turned(turn: np.ndarray, words: np.ndarray) -> np.ndarray:
    both = np.hstack([words[:, :3] @ turn.T, words[:, 3:] @ turn.T])
    return np.rint(both).clip(-32768, 32767).astype(np.int16)
