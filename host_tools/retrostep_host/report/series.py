# SPDX-License-Identifier: MIT
"""Series: one value of each session, for lines over weeks.

in    walks with summaries, a direction
out   (days since the first, value) of the sessions that have one
keeps nothing
from  outcomes.py; what stride-time variation holds of our own error: docs/accuracy.md (bench/outcomes.py, accuracy.py)
but   the range of the shank is one at an ankle only; the backward share leaves out steps of unknown direction
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from math import degrees, sqrt

from retrostep_host.language import N_, number, signed
from retrostep_host.report import trends
from retrostep_host.store.rows import Walk

# what the error of two contacts adds to the CV of the stride time, 0-1: docs/accuracy.md, "Stride time"
FLOOR = {
    ("ankle", "forward"): 0.016,
    ("ankle", "backward"): 0.016,
    ("foot", "forward"): 0.013,
    ("foot", "backward"): 0.014,
}


def less_floor(cv: float, placement: str, direction: str) -> float | None:
    """The variation of the person, 0-1; None where the floor was never measured."""
    floor = FLOOR.get((placement, direction))
    return None if floor is None else sqrt(max(0.0, cv * cv - floor * floor))


# one value a session -------------------------------------------------------------------------------------------
def _share(walk: Walk, direction: str) -> float | None:
    known = sum(walk.counts.get(way, 0) for way in ("forward", "backward", "sideways"))
    return 100 * walk.counts.get("backward", 0) / known if known and direction == "backward" else None


def _way(walk: Walk, direction: str):
    return walk.summary.ways.get(direction)


def _cadence(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    return way.cadence_spm if way else None


def _speed(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    return way.speed_mps if way else None


def _length(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    return way.length_m if way else None


def variation(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    less = less_floor(way.cv, walk.placement, direction) if way and way.cv is not None else None
    return None if less is None else 100 * less


def _shank(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    return degrees(way.sagittal_rad) if way and way.sagittal_rad and walk.placement == "ankle" else None


def _toe(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    known = way.toe + way.heel if way else 0
    return 100 * way.toe / known if way and known >= 8 and direction == "backward" else None


STEPS = N_("steps/min")
MOVES = {1: N_("goes up"), 0: N_("no more than chance"), -1: N_("goes down")}
# key, title, unit, decimals, least height of its axis, value; what it says when it moves: falls, rises
MEASURES = (
    ("cv", N_("Stride-time variation"), "%", 1, 2.0, variation),
    ("speed", N_("Speed"), "m/s", 2, 0.3, _speed),
    ("length", N_("Stride length"), "m", 2, 0.2, _length),
    ("cadence", N_("Cadence"), STEPS, 0, 15.0, _cadence),
    ("share", N_("Backward share of steps"), "%", 0, 20.0, _share),
    ("shank", N_("Range of the shank"), "°", 0, 15.0, _shank),
    ("toe", N_("Toe first, backward"), "%", 0, 20.0, _toe),
)


def points(value, walks: Iterable[Walk], direction: str, first: date) -> list[tuple[float, float]]:
    found = []
    for walk in walks:
        one = value(walk, direction)
        if one is not None and walk.start is not None:
            found.append(((date.fromisoformat(walk.day) - first).days, one))
    return found


def to_its_range(line: trends.Line, least: int) -> tuple[str, str]:
    """A slope and its range, with as many decimals as the range has a digit at."""
    places = least
    while places < least + 2 and 0 < line.range < 0.5 * 10**-places:
        places += 1
    return signed(line.week, places), number(line.range, places)
