# SPDX-License-Identifier: MIT
"""What can wobble find? Made-up unsteadiness on the strides of people outdoors, and what unsteady walking exists.

question  share of stretches of 60 strides, so many times as uneven as the wearer's own, that alert; scores of acted
          limps and stumbles, of old people against young ones, of circles against straight walks
data      terrain: strides of six people as the engine measured them; erciyes: people who acted a limp or a stumble;
          marpino: 19 young, 8 old, one with a stiff knee, 5 m each; one walker in circles
split     none: nothing is fitted here
run       python bench/alerts_unsteady.py
but       noise of each measure, independent of the others, is no body that loses its balance; three to ten strides
          repeated are no walk, and of the old no usual walk of their own is at hand
"""

from __future__ import annotations

from typing import Any

import numpy as np
from alerts_trace import CORPUS, trace, units
from retrostep.balance import wobble
from retrostep_host import recordings

TIMES = (1.0, 1.5, 2.0, 3.0, 4.0)
LONG = 60  # strides of each stretch
SEED = 7


class _Strides(wobble.Wobble):
    """A wobble that notes the measures of each stride that it weighs."""

    seen: list[list[float]]

    def _weigh(self, own: Any, event: Any) -> None:
        self.seen.append(list(self._values))
        super()._weigh(own, event)


def strides(paths: list[Any]) -> np.ndarray:
    """Measures (n, 5) of one walker's recordings in a row."""
    part = _Strides(lambda event: None, "ankle")
    part.seen = []
    at = 0
    for path in paths:
        t = trace(path)
        t.replay((part,), (part,), at)
        at += len(t.table) * units.CHUNK
    return np.array(part.seen).reshape(-1, 5)


def judge(values: np.ndarray, alerts: str) -> list[int]:
    """Numbers of the strides that alerted."""
    told: list[int] = []
    part = wobble.Wobble(lambda event: told.append(event.index), "ankle", alerts)
    event = wobble.Event(wobble.WOBBLE, 0, 0.0, 0)
    own = part._own[wobble.FORWARD]
    for n, row in enumerate(values):
        event.index = n
        part._values[:] = row.tolist()
        part._weigh(own, event)
    return told


def uneven(values: np.ndarray, begin: int, times: float, rng: np.random.Generator) -> np.ndarray:
    """The stretch that ends LONG strides after `begin` with noise, so that its spread is `times` that of 64 before."""
    out = values[: begin + LONG].copy()
    for k, floor in enumerate(wobble._FLOORS):
        before = values[max(0, begin - 64) : begin, k]
        before = before[before != 0.0]
        if len(before) < 10:
            continue
        spread = max(floor, 1.4826 * float(np.median(np.abs(before - np.median(before)))))
        known = out[begin:, k] != 0.0
        out[begin:, k] += np.where(known, np.sqrt(times**2 - 1) * spread * rng.normal(size=LONG), 0.0)
        if k >= 3:
            out[begin:, k] = np.maximum(out[begin:, k], 0.1)
    return out


def graded(every: int = 1) -> list[str]:
    walks = [strides([path]) for path in sorted(CORPUS.glob("terrain/*.npz"))[::every]]
    lines = ["| 60 strides, so many times as uneven as the own (made up, outdoors) | `few` | `usual` | `many` |"]
    lines.append("|---|---|---|---|")
    for times in TIMES:
        rng = np.random.default_rng(SEED)
        cases = []
        for walk in walks:
            for _ in range(4):
                begin = int(rng.integers(100, len(walk) - LONG - 10))
                cases.append((uneven(walk, begin, times, rng), begin))
        row = []
        for level in ("few", "usual", "many"):
            found = sum(any(n >= begin for n in judge(values, level)) for values, begin in cases)
            row.append(f"{found} of {len(cases)} ({100 * found / len(cases):.0f} %)")
        lines.append(f"| {times:.1f} | " + " | ".join(row) + " |")
    return lines


def score(usual: np.ndarray, then: np.ndarray) -> float:
    """Highest score of strides `then`, over and over, after strides `usual`, over and over; the usual ones only say
    what is usual."""
    part = wobble.Wobble(lambda event: None, "ankle")
    event, own, highest = wobble.Event(wobble.WOBBLE, 0, 0.0, 0), part._own[wobble.FORWARD], 0.0
    for row in np.tile(usual, (30 // len(usual) + 1, 1)):
        part._values[:] = row.tolist()
        part._weigh(own, event)
    own.seen, own.is_raised = 0, False
    for row in np.tile(then, (28 // len(then) + 1, 1)):
        part.score = 0.0
        part._values[:] = row.tolist()
        part._weigh(own, event)
        highest = max(highest, part.score)
    return highest


def acted() -> list[list[str]]:
    """People who acted a limp or a stumble, after the own usual walk."""
    out = []
    for path in sorted([*CORPUS.glob("erciyes/*_limp_*ankle*.npz"), *CORPUS.glob("erciyes/*_stumble_*ankle*.npz")]):
        _, person, what = path.stem.split("_")[:3]
        usual = strides(sorted(CORPUS.glob(f"erciyes/erciyes_{person}_forward_*ankle*.npz")))
        own = strides([path])
        found = [score(usual, own)] if min(len(usual), len(own)) >= 3 else []
        out.append(_row(f"acted {what}, person {person}, after the own walk (erciyes)", {person}, len(own), found))
    return out


def turned(path: Any) -> float:
    """How far the walk went round, in degrees."""
    walk = recordings.load(path)
    assert walk.gyr is not None
    up = walk.acc.mean(0) / np.linalg.norm(walk.acc.mean(0))
    return abs(float(np.degrees((walk.gyr @ up).sum() / walk.fs)))


def crowd(seed: int = SEED) -> list[list[str]]:
    """Old people, and young ones held out, each leg's few strides after those of the (other) young; one walker's
    circles after the own straight walks."""
    rng = np.random.default_rng(seed)
    groups: dict[str, list[tuple[str, np.ndarray]]] = {}
    for path in sorted(CORPUS.glob("marpino/*ankle*.npz")):
        meta = trace(path).meta
        groups.setdefault(meta["group"], []).append((meta["subject"], strides([path])))
    young = groups.get("young", [])
    out = []
    for group, name in (
        ("young", "young, each after the others (marpino)"),
        ("elderly", "old, each after the young (marpino)"),
        ("disability", "stiff knee, after the young (marpino)"),
    ):
        legs = [(who, own) for who, own in groups.get(group, []) if len(own) >= 2]
        found = []
        for who, own in legs:
            others = np.concatenate([s for w, s in young if w != who and len(s)])
            found.append(score(rng.permutation(others), own))
        out.append(_row(name, {w for w, _ in groups.get(group, [])}, sum(len(s) for _, s in legs), found))
    paths = sorted(CORPUS.glob("marpino/marpino_marzia_*ankle*.npz"))
    for side in ("left", "right"):
        own = [p for p in paths if side in p.stem]
        straight = [strides([p]) for p in own if turned(p) <= 90]
        rounds = [strides([p]) for p in own if turned(p) > 90]
        if straight and rounds:
            found = [score(np.concatenate(straight), s) for s in rounds if len(s) >= 3]
            out.append(
                _row(f"circles after the own straight walks, {side} (marpino)", {1}, sum(map(len, rounds)), found)
            )
    return out


def _row(name: str, people: set[Any], count: int, found: list[float]) -> list[str]:
    if not found:
        return [name, str(len(people)), str(count), "–", "–"]
    return [
        name, str(len(people)), str(count), f"{np.median(found):.2f} ({max(found):.2f})",
        f"{sum(f >= 1 for f in found)} of {len(found)}",
    ]  # fmt: skip


def unsteady() -> list[str]:
    """Whatever unsteady walking exists."""
    head = ["few strides, over and over, after usual ones", "people", "strides", "score, median (highest)", "≥ 1.0"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in [*acted(), *crowd()]]


if __name__ == "__main__":
    print("\n".join([*graded(), "", *unsteady()]))
