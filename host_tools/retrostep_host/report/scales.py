# SPDX-License-Identifier: MIT
"""Scales: where a number lands on a chart, and which numbers deserve a tick.

in    numbers in SI units, the range of an axis
out   positions in percent of the chart (0-100), ticks as (position, label)
keeps nothing
not   pixels: charts are laid out in percent, so that one page fits a phone and a wall
"""

from __future__ import annotations

import math

from retrostep_host.language import number  # noqa: F401 - ticks are numbers as people write them

NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)  # tick distances people read


def place(value: float, low: float, high: float) -> float:
    """Percent of the axis from `low` to `high`, held inside 0-100; an empty axis puts everything in the middle."""
    if not high > low:
        return 50.0
    return round(min(100.0, max(0.0, 100.0 * (value - low) / (high - low))), 3)


def step(span: float, count: int) -> float:
    """A round distance that cuts `span` into at most `count` parts."""
    if span <= 0 or count < 1:
        return 1.0
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough))
    for nice in NICE:
        if nice * power >= rough * (1 - 1e-9):
            return nice * power
    return 10.0 * power


def around(low: float, high: float, count: int = 4, least: float = 0.0) -> tuple[float, float, list[float]]:
    """A range with round ends that holds `low` and `high`, and its ticks. At least `least` wide, so that a steady
    walker's noise does not look like news."""
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    if not high > low:
        half = abs(low) * 0.1 or 1.0
        low, high = low - half, high + half
    size = step(high - low, count)
    first = math.floor(low / size + 1e-9)
    last = math.ceil(high / size - 1e-9)
    return first * size, last * size, [at * size for at in range(first, last + 1)]


def clock(seconds: float) -> str:
    """0:05, 12:30, 1:02:03."""
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def duration(seconds: float) -> str:
    """"48 s", "1 min 36 s", "12 min", "2 h 5 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 600:
        minutes, left = divmod(int(seconds + 0.5), 60)
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    minutes = int(seconds / 60 + 0.5)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def time_ticks(seconds: float, count: int = 5) -> list[tuple[float, str]]:
    """Ticks of a time axis from 0 to `seconds`, at most `count` + 1 of them; the first is always 0:00."""
    if not seconds > 0:
        return [(0.0, clock(0))]
    size = next((s for s in SECONDS if seconds / s <= count), 0) or 86400 * math.ceil(seconds / 86400 / count)
    return [(place(n * size, 0, seconds), clock(n * size)) for n in range(int(seconds / size) + 1)]


def quantile(ordered: list[float], share: float) -> float:
    """The value below which `share` (0-1) of the sorted values lie, interpolated. Raises ValueError when empty."""
    if not ordered:
        raise ValueError("no values")
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
