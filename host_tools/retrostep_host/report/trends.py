# SPDX-License-Identifier: MIT
"""Trends: whether something changed over weeks, by more than sessions scatter.

in    (days since the first, value) of sessions
out   a straight line with the 95 % range of its slope a week; the mean of each week with its 95 % range
keeps nothing
from  least squares; Student's t by its expansion in 1/df (Abramowitz & Stegun 26.7.5)
but   sessions are taken to scatter alike and on their own; a bad cold lasts several
      one such line in twenty leaves the range of chance by chance: a word about a person (`sure`) takes 999 of 1000
not   a forecast, a verdict
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

LEAST, LEAST_DAYS = 5, 13  # sessions, and days between the first and the last: two weeks
_Z, _Z_SURE = 1.959964, 3.290527


@dataclass(frozen=True)
class Line:
    """`value` at day 0 and its change a `week`, ± `range` (95 %); `scatter`: SD of sessions about it; `sure`: the range
    in 999 of 1000 cases, for words about a person: of twelve on a page, one in two pages leaves that of 95 %."""

    value: float
    week: float
    range: float
    scatter: float
    days: float
    count: int
    sure: float

    @property
    def word(self) -> int:
        """`way` where it is more than chance does to one of a thousand people; 0 else."""
        return 0 if abs(self.week) <= self.sure else self.way

    @property
    def way(self) -> int:
        """1 it rises, -1 it falls, 0 no more than chance."""
        return 0 if abs(self.week) <= self.range else 1 if self.week > 0 else -1

    def at(self, day: float) -> float:
        """Its value on a day."""
        return self.value + self.week * day / 7


def t95(df: int) -> float:
    """Student's t for a range of 95 %, `df` degrees of freedom; to 1 % from 3 on."""
    return _t(_Z, df)


def t999(df: int) -> float:
    """For a range of 99.9 %; to 12 % from 3 on, to 2 % from 6 on."""
    return _t(_Z_SURE, df)


def _t(z: float, df: int) -> float:
    return (
        z
        + (z**3 + z) / (4 * df)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * df**3)
    )


def line(points: list[tuple[float, float]]) -> Line | None:
    """None with too few sessions, or too close together."""
    count = len(points)
    if count < LEAST or max(d for d, _ in points) - min(d for d, _ in points) < LEAST_DAYS:
        return None
    middle = sum(day for day, _ in points) / count
    mean = sum(value for _, value in points) / count
    spread = sum((day - middle) ** 2 for day, _ in points)
    slope = sum((day - middle) * (value - mean) for day, value in points) / spread
    left = sum((value - mean - slope * (day - middle)) ** 2 for day, value in points)
    scatter = sqrt(left / (count - 2))
    error = 7 * scatter / sqrt(spread)
    span = max(d for d, _ in points) - min(d for d, _ in points)
    return Line(mean - slope * middle, 7 * slope, t95(count - 2) * error, scatter, span, count, t999(count - 2) * error)


def weekly(points: list[tuple[float, float]]) -> list[tuple[int, float, float | None]]:
    """(week from 0, mean, half of its 95 % range) of weeks with a session. The scatter is that of all weeks together;
    None while no week has two sessions."""
    weeks: dict[int, list[float]] = {}
    for day, value in points:
        weeks.setdefault(int(day // 7), []).append(value)
    spare = sum(len(values) - 1 for values in weeks.values())
    squares = sum((v - sum(values) / len(values)) ** 2 for values in weeks.values() for v in values)
    scatter = sqrt(squares / spare) if spare >= 2 else None
    return [
        (
            week,
            sum(values) / len(values),
            None if scatter is None else t95(spare) * scatter / sqrt(len(values)),
        )
        for week, values in sorted(weeks.items())
    ]
