# SPDX-License-Identifier: MIT
"""Recordings of people through the engine, truth beside it, and two simple peers. For accuracy.py.

question  none of its own: it plays recordings and keeps events, the witnesses of each stride and the truth
data      the corpus beside the checkout (RETROSTEP_CORPUS), each recording turned by a random rotation from SEED
but       ipol_gait is judged on the first pass only: its way back lost samples in 22 of 140 recordings
"""

from __future__ import annotations

import csv
import json
import os
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep import events, units  # noqa: E402
from retrostep.engine import Engine  # noqa: E402
from retrostep_host import recordings  # noqa: E402

CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or ROOT.parent / "shared" / "corpus")
SEED = 1
WALKING = ("forward", "backward", "stairs_up", "stairs_down")
TRUE_WAY = {"forward": "forward", "stairs_up": "forward", "stairs_down": "forward", "backward": "backward"}


@dataclass
class Played:
    """One recording. Times in s. own, other: step events; witnesses: dicts of the engine's probe, own strides."""

    name: str
    source: str
    placement: str
    person: str
    label: str
    meta: dict[str, Any]
    end: float
    words: np.ndarray
    own: list[Any] = field(default_factory=list)
    other: list[Any] = field(default_factory=list)
    turns: list[Any] = field(default_factory=list)
    witnesses: list[dict[str, Any]] = field(default_factory=list)

    def times(self, steps: Iterable[Any]) -> list[float]:
        return [time(step) for step in steps if time(step) < self.end]

    def label_at(self, t: float) -> str:
        """The label at t, or of the walking segment within half a second (contacts fall just behind segments)."""
        for shift in (0.0, -0.5, 0.5):
            for start, stop, label in self.meta["segments"]:
                if start <= t + shift < stop and (shift == 0.0 or label in WALKING):
                    return label
        return ""


def time(event: Any) -> float:
    return (event.index + event.frac) / units.RATE_HZ


def rows(sources: Iterable[str], every: int = 1) -> Iterator[tuple[int, dict[str, str]]]:
    """Index rows of legs (ankle, foot), each with its position, which seeds its rotation."""
    with open(CORPUS / "index.csv", encoding="utf-8") as file:
        kept = [row for row in csv.DictReader(file) if row["placement"] in ("ankle", "foot")]
    of_source: dict[str, int] = {}
    for position, row in enumerate(kept):
        if row["source"] not in sources:
            continue
        of_source[row["source"]] = of_source.get(row["source"], 0) + 1
        if (of_source[row["source"]] - 1) % every == 0:
            yield position, row


def feed(words: np.ndarray, placement: str, probe: Any = None) -> list[Any]:
    """All events of the engine over int16 words (n,6)."""
    found: list[Any] = []
    engine = Engine(placement, found.append)
    if probe is not None:
        engine.probe(probe)
    flat = array("h")
    flat.frombytes(words.astype("<i2").tobytes())
    for start in range(0, len(words), 1300):
        engine.feed(flat, min(1300, len(words) - start), start)
    engine.finish()
    return found


def play(position: int, row: dict[str, str]) -> Played:
    path = CORPUS / row["source"] / f"{row['id']}.npz"
    recording = recordings.load(str(path))
    stream = recordings.stream(recording, rotate=(SEED, position))
    meta = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    labels = [label for _, _, label in meta["segments"] if label in WALKING]
    label = meta.get("walk") or meta.get("code") or (labels[0] if labels else meta["segments"][0][2])
    end = stream.duration_s
    if row["source"] == "ipol_gait":
        end = meta["segments"][1][1]
    witnesses: list[dict[str, Any]] = []
    found = feed(stream.words, row["placement"], witnesses.append)
    steps = [event for event in found if event.kind == events.STEP]
    return Played(
        row["id"],
        row["source"],
        row["placement"],
        row["subject"],
        label,
        meta,
        end,
        stream.words,
        [step for step in steps if not step.inferred],
        [step for step in steps if step.inferred],
        [event for event in found if event.kind == events.TURN],
        witnesses,
    )


def match(truth: Iterable[float], mine: Iterable[float], within: float = 0.15) -> list[float]:
    """Errors (mine - truth) of the pairs within `within`, each truth used once."""
    left, errors = list(truth), []
    for t in mine:
        near = min(left, key=lambda x: abs(x - t), default=None)
        if near is not None and abs(near - t) <= within:
            left.remove(near)
            errors.append(t - near)
    return errors


def magnitude(words: np.ndarray, placement: str) -> np.ndarray:
    return np.linalg.norm(words[:, 3:].astype(float), axis=1) * units.acc_scale(units.RANGES[placement][0])


def threshold_steps(acc: np.ndarray) -> list[float]:
    """A pedometer as in countless sketches: |acc| above its own mean by 1.5 m/s^2, at least 0.3 s apart."""
    slow, last, found, above = acc[0], -1.0, [], False
    for i, a in enumerate(acc):
        slow += (a - slow) / units.RATE_HZ
        now = a - slow > 1.5
        if now and not above and i / units.RATE_HZ - last >= 0.3:
            last = i / units.RATE_HZ
            found.append(last)
        above = now
    return found


def pydometer_steps(acc: np.ndarray) -> list[float] | None:
    """The published package pydometer on |acc| (it only looks at that); None where it is not installed."""
    if (
        peers := os.environ.get("RETROSTEP_PEERS")
    ) and peers not in sys.path:  # site-packages of a throwaway environment
        sys.path.append(peers)
    try:
        from pydometer import Pedometer
    except ImportError:
        return None
    import pandas

    data = pandas.DataFrame({"gx": acc / units.G, "gy": 0.0 * acc, "gz": 0.0 * acc})
    return [float(i) / units.RATE_HZ for i in Pedometer(data=data, sr=units.RATE_HZ).get_steps()[1]]


def autocorrelation_steps(acc: np.ndarray) -> list[float]:
    """Windows of 5 s: where |acc| repeats (r > 0.5 at 0.4 to 1.2 s), as many steps as periods fit."""
    from scipy.signal import butter, sosfiltfilt

    x = sosfiltfilt(butter(2, (0.5, 3.2), "band", fs=units.RATE_HZ, output="sos"), acc)
    found, size, hop = [], int(5.0 * units.RATE_HZ), int(1.25 * units.RATE_HZ)
    for start in range(0, len(x) - size, hop):
        w = x[start : start + size] - x[start : start + size].mean()
        if w.std() < 0.5:
            continue
        r = np.correlate(w, w, "full")[size - 1 :] / (w @ w)
        lags = np.arange(int(0.4 * units.RATE_HZ), int(1.2 * units.RATE_HZ))
        best = lags[np.argmax(r[lags])]
        if r[best] > 0.5:
            middle = (start + size / 2) / units.RATE_HZ
            found += list(
                np.arange(middle - hop / 2 / units.RATE_HZ, middle + hop / 2 / units.RATE_HZ, best / units.RATE_HZ)
            )
    return found
