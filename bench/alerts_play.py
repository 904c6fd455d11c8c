# SPDX-License-Identifier: MIT
"""What does the engine say about a recording, and what did its scores see on the way? For alerts.py and heldout.py.

question  none of its own: it plays recordings of people through the device's engine and keeps what the benches ask
data      the corpus beside the checkout (RETROSTEP_CORPUS); acted stumbles and falls, walking, stairs, daily life
but       reads the scores' own memory, so that a refit judges exactly what the board would have seen
"""

from __future__ import annotations

import os
import sys
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep import events, units  # noqa: E402
from retrostep.balance import legscore, wobble  # noqa: E402
from retrostep.engine import Engine  # noqa: E402
from retrostep_host import recordings  # noqa: E402

CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or ROOT.parent / "shared" / "corpus")


@dataclass
class Played:
    """One recording through the engine. Times in s; score_top = highest gated stumble score inside the recording;
    leg = gated chunks (a/usual, p/usual, a/own, p/own); arm = [measures of each impact judged at the wrist]."""

    name: str
    source: str
    placement: str
    person: str
    code: str
    kind: str
    hours: float
    meta: dict[str, Any]
    events: list[Any] = field(default_factory=list)
    score_top: float = 0.0
    leg: list[tuple[float, ...]] = field(default_factory=list)
    arm: list[list[float]] = field(default_factory=list)

    def count(self, kind: int) -> int:
        return sum(event.kind == kind for event in self.events)

    def has(self, kind: int) -> bool:
        return any(event.kind == kind for event in self.events)


class _Listener:
    """Stands last in the engine's row of balance parts and notes what the stumble score saw."""

    def __init__(self, played: Played, stumble: Any, end: int) -> None:
        self.played, self.stumble, self.end = played, stumble, end

    def chunk(self, chunk: Any) -> None:
        if chunk.start + chunk.n > self.end or self.stumble.score <= 0.0:
            return
        self.played.score_top = max(self.played.score_top, self.stumble.score)
        score = self.stumble._score
        if isinstance(score, legscore.LegScore):
            at = score._now % legscore._RING
            usual = score._usual
            own = [
                max(legscore._SOFTEST[k] * usual[k], total / score._looks)
                for k, total in enumerate((score._total_a, score._total_p))
            ]
            a, p = score._a[at], score._p[at]
            self.played.leg.append((a / usual[0], p / usual[1], a / own[0], p / own[1]))

    def gap(self, lost: int) -> None:
        pass


def play(path: Path) -> Played:
    """Run one recording. Events after its own end are dropped, as `replay` does."""
    recording = recordings.load(path)
    stream = recordings.stream(recording)
    meta = recording.meta
    played = Played(
        path.stem,
        path.parent.name,
        stream.placement,
        str(meta.get("subject", "")),
        str(meta.get("code") or meta.get("walk") or ""),
        str(meta.get("kind") or ""),
        stream.recorded / units.RATE_HZ / 3600,
        meta,
    )
    heard: list[Any] = []
    engine = Engine(stream.placement, heard.append, has_gyro=stream.has_gyro)
    stumble, fall, sway = engine._balance
    engine._balance = (stumble, fall, sway, _Listener(played, stumble, stream.recorded))
    judge = fall._arm

    def arm(impact: int, turned: float) -> float:
        score = judge(impact, turned)
        if impact * units.CHUNK <= stream.recorded:
            played.arm.append(list(fall.measures))
        return score

    fall._arm = arm
    engine.feed(array("h", stream.words.reshape(-1).tolist()), len(stream.words))
    engine.finish()
    played.events = [event for event in heard if event.index <= stream.recorded]
    return played


def judged_strides(paths: list[Path]) -> tuple[int, int]:
    """One walker's recordings joined end to end, as one session: strides that wobble judged, and its alerts."""
    engine, heard, judged = None, [], 0
    for path in paths:
        stream = recordings.stream(recordings.load(path))
        if engine is None:
            engine = Engine(stream.placement, heard.append, has_gyro=stream.has_gyro)
            weigh = engine._wobble._weigh

            def counted(own: Any, event: Any, weigh: Any = weigh) -> None:
                nonlocal judged
                judged += own.baselines[0].count >= wobble.READY
                weigh(own, event)

            engine._wobble._weigh = counted
        engine.feed(array("h", stream.words.reshape(-1).tolist()), len(stream.words))
    if engine is not None:
        engine.finish()
    return judged, sum(event.kind == events.WOBBLE for event in heard)


def corpus(pattern: str, every: int = 1) -> list[Played]:
    """All recordings of a pattern, or every n-th of them."""
    return [play(path) for path in sorted(CORPUS.glob(pattern))[::every]]


__all__ = ["CORPUS", "ROOT", "Played", "corpus", "events", "judged_strides", "play", "units"]
