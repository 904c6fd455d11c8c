# SPDX-License-Identifier: MIT
"""What can wobble find? Made-up unsteadiness on the strides of people outdoors, and a limp against the own usual walk.

question  share of stretches of 60 strides, so many times as uneven as the wearer's own, that alert; level of a limp
data      terrain: strides of six people as the engine measured them; erciyes: two people who acted a limp
split     none: nothing is fitted here
but       noise of each measure, independent of the others, is no body that loses its balance; no recording of real
          unsteadiness with a usual walk of the same person is at hand but ten seconds of acted limp
"""

from __future__ import annotations

from typing import Any

import numpy as np
from alerts_trace import CORPUS, trace, units
from retrostep.balance import wobble

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


def limping() -> list[str]:
    """Two people: the own usual walk, over and over, then the limp, over and over: what the score says."""
    told = []
    for path in sorted(CORPUS.glob("erciyes/*_limp_*ankle*.npz")):
        person = path.stem.split("_")[1]
        usual = strides(sorted(CORPUS.glob(f"erciyes/erciyes_{person}_forward_*ankle*.npz")))
        limp = strides([path])
        if len(usual) < 3 or len(limp) < 3:
            continue
        values = np.concatenate([np.tile(usual, (30 // len(usual) + 1, 1)), np.tile(limp, (28 // len(limp) + 1, 1))])
        part = wobble.Wobble(lambda event: None, "ankle")
        event, own, scores = wobble.Event(wobble.WOBBLE, 0, 0.0, 0), part._own[wobble.FORWARD], []
        for row in values:
            part._values[:] = row.tolist()
            part._weigh(own, event)
            scores.append(part.score)
        told.append(f"person {person}: score {max(scores):.2f} from {len(limp)} limps after {len(usual)} strides")
    return [
        "A limp (acted) after the own usual walk, both repeated: " + "; ".join(told) + " (1.0 alerts)."
        if told
        else "No limp."
    ]
