# SPDX-License-Identifier: MIT
"""What does the engine say about a recording, and what did its scores see on the way? For alerts.py and heldout.py.

question  none of its own: it plays recordings of people through the device's balance and keeps what the benches ask
data      alerts_trace.py: acted stumbles and falls, walking, stairs, daily life
but       reads the scores' own memory, so that a refit judges exactly what the board would have seen
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alerts_trace import CORPUS, ROOT, Trace, after_walking, events, trace, units
from retrostep.balance import fall, legscore, stumble, wobble


@dataclass
class Played:
    """One recording through balance. Times in s; score_top = highest gated stumble score inside the recording;
    leg = gated chunks (number, a/usual, a/own, p/own, up/usual); arm = [measures of each impact judged at the wrist];
    pace = [measures of each impact that would be a fall at the leg]."""

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
    strides: int = 0
    leg: list[tuple[float, ...]] = field(default_factory=list)
    arm: list[list[float]] = field(default_factory=list)
    pace: list[list[float]] = field(default_factory=list)

    def count(self, kind: int) -> int:
        return sum(event.kind == kind for event in self.events)

    def has(self, kind: int) -> bool:
        return any(event.kind == kind for event in self.events)


class _Listener:
    """Stands last in the row of balance parts and notes what the stumble score saw."""

    def __init__(self, played: Played, part: stumble.Stumble, first: int, end: int) -> None:
        self.played, self.part, self.first, self.end = played, part, first, end

    def chunk(self, chunk: Any) -> None:
        if not self.first <= chunk.start <= self.end - chunk.n or self.part.score <= 0.0:
            return
        self.played.score_top = max(self.played.score_top, self.part.score)
        score = self.part._score
        if isinstance(score, legscore.LegScore):
            at = score._now % legscore._RING
            usual = score._usual
            own = [
                max(legscore._SOFTEST[k] * usual[k], total / score._looks)
                for k, total in enumerate((score._total_a, score._total_p))
            ]
            a, p = score._a[at], score._p[at]
            self.played.leg.append((score._now, a / usual[0], a / own[0], p / own[1], max(score._ups) / usual[2]))


def play(t: Trace, alerts: str = "usual", first: int = 0) -> Played:
    """Run one recording, events before chunk `first` and after its own end dropped, as `replay` does."""
    meta = t.meta
    person, code = str(meta.get("subject", "")), str(meta.get("code") or meta.get("walk") or "")
    played = Played(t.name, t.source, t.placement, person, code, str(meta.get("kind") or ""), t.hours, meta)
    heard: list[Any] = []
    trip = stumble.Stumble(heard.append, t.placement, alerts)
    drop = fall.Fall(heard.append, t.placement, alerts)
    sway = wobble.Wobble(heard.append, t.placement, alerts)
    judge, kept = drop._weigh, played.arm if t.placement == "wrist" else played.pace

    def weigh(part: fall.Fall, impact: int, end: int, turned: float) -> float:
        score = judge(part, impact, end, turned)
        if impact * units.CHUNK <= t.recorded:
            kept.append(list(part.measures))
        return score

    drop._weigh = weigh
    begin = first * units.CHUNK
    t.replay((trip, drop, sway, _Listener(played, trip, begin, t.recorded)), (sway,))
    played.events = [event for event in heard if begin <= event.index <= t.recorded]
    played.strides = int((t.steps[:, -1] == 0).sum())
    return played


def judged_strides(paths: list[Path], alerts: str = "usual") -> tuple[int, int]:
    """One walker's recordings joined end to end, as one session: strides that wobble judged, and its alerts."""
    heard: list[Any] = []
    sway, judged, at = None, 0, 0
    for path in paths:
        t = trace(path)
        if sway is None:
            sway = wobble.Wobble(heard.append, t.placement, alerts)
            weigh = sway._weigh

            def counted(own: Any, event: Any, weigh: Any = weigh) -> None:
                nonlocal judged
                judged += own.baselines[0].count >= wobble.READY
                weigh(own, event)

            sway._weigh = counted
        t.replay((sway,), (sway,), at)
        at += len(t.table) * units.CHUNK
    return judged, sum(event.kind == events.WOBBLE for event in heard)


def corpus(pattern: str, every: int = 1, alerts: str = "usual") -> list[Played]:
    """All recordings of a pattern, or every n-th of them."""
    return [play(trace(path), alerts) for path in sorted(CORPUS.glob(pattern))[::every]]


__all__ = ["CORPUS", "ROOT", "Played", "after_walking", "corpus", "events", "judged_strides", "play", "trace", "units"]
