# SPDX-License-Identifier: MIT
"""Outcomes: what the strides of one session amount to, for each direction, as one short row that is kept.

in    the steps of a session in the order of time, and what its log says of each shank's range
out   direction -> Way: stride time and how it varies, length, speed, range of the shank, toe or heel first
keeps nothing
from  the variation is taken about the mean of each stretch, so that a slow and a quick stretch are not variation;
      cadence of one leg is 120 / stride time (any gait text)
but   own strides only: none that was inferred; the first and the last of a stretch are getting going and stopping
not   a trend, a normal value: report/trends.py, nobody
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

STRIDE_MIN_S, STRIDE_MAX_S = 0.4, 3.0  # outside: not a stride of a person walking
PAUSE_S = 3.0  # a longer silence between own strides ends a stretch
ENOUGH = 8  # strides of one direction before anything is said of it
ENOUGH_TO_VARY = 20  # before a variation is: its own error is 16 % of it there (1 / sqrt(2 n))


class Stride(Protocol):
    """What is asked of a step: store.rows.Step has it."""

    t_s: float
    direction: str
    inferred: bool
    stride_s: float | None
    length_m: float | None
    contact: str


@dataclass(frozen=True)
class Way:
    """All strides of one direction in one session; None = not enough of them to say."""

    strides: int
    stride_s: float | None = None  # mean
    cv: float | None = None  # of the stride time, 0-1, as measured
    varied: int = 0  # strides that the variation is of
    length_m: float | None = None  # median
    speed_mps: float | None = None  # median of length / stride time
    sagittal_rad: float | None = None  # median range of the sagittal angle: of the shank at an ankle
    toe: int = 0
    heel: int = 0

    @property
    def cadence_spm(self) -> float | None:
        """Steps a minute, of both legs."""
        return 120.0 / self.stride_s if self.stride_s else None


def ways(steps: Iterable[Stride], ranges: dict[float, float] | None = None) -> dict[str, Way]:
    """Direction -> Way. `ranges`: a stride's time (s, to 1 ms) -> range of the shank's sagittal angle in rad."""
    ranges = ranges or {}
    groups: dict[str, list[Stride]] = {}
    stretches: dict[str, list[list[float]]] = {}
    before: Stride | None = None
    for step in steps:
        if step.inferred:
            continue
        groups.setdefault(step.direction, []).append(step)
        runs = stretches.setdefault(step.direction, [])
        if before is None or before.direction != step.direction or step.t_s - before.t_s > PAUSE_S:
            runs.append([])
        if step.stride_s and STRIDE_MIN_S <= step.stride_s <= STRIDE_MAX_S:
            runs[-1].append(step.stride_s)
        before = step
    found = {}
    for direction, group in groups.items():
        runs = [run[1:-1] for run in stretches[direction]]
        times = [one for run in stretches[direction] for one in run]
        cv, varied = _variation(runs)
        lengths = [s.length_m for s in group if s.length_m]
        speeds = [s.length_m / s.stride_s for s in group if s.length_m and s.stride_s and s.stride_s >= STRIDE_MIN_S]
        shank = [ranges[at] for s in group if (at := round(s.t_s, 3)) in ranges]
        found[direction] = Way(
            len(group),
            _rounded(sum(times) / len(times), 4) if len(times) >= ENOUGH else None,
            _rounded(cv, 4),
            varied,
            _median(lengths),
            _median(speeds),
            _median(shank),
            sum(s.contact == "toe" for s in group),
            sum(s.contact == "heel" for s in group),
        )
    return found


def _variation(runs: list[list[float]]) -> tuple[float | None, int]:
    """(coefficient of variation about each run's own mean, strides it is of)."""
    runs = [run for run in runs if len(run) >= 4]
    count = sum(map(len, runs))
    if count < ENOUGH_TO_VARY:
        return None, count
    squares = sum((one - sum(run) / len(run)) ** 2 for run in runs for one in run)
    mean = sum(map(sum, runs)) / count
    return sqrt(squares / (count - len(runs))) / mean, count


def _median(values: list[float]) -> float | None:
    if len(values) < ENOUGH:
        return None
    values = sorted(values)
    middle = len(values) // 2
    return round(values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2, 4)


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)
