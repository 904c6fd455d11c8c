# SPDX-License-Identifier: MIT
"""Energy: kilocalories of walking, from the wearer's mass, the measured speed and the direction.

in    speed in m/s, direction, incline or not, which Compendium; mass in kg, seconds
out   METs with the code of the table's row, kcal, and whether the table really holds that walk
keeps nothing
from  2011: Ainsworth et al., Med Sci Sports Exerc 2011;43(8):1575; 2024: Herrmann et al., J Sport Health Sci
      2024;13(1):6 (adults of 19 to 59). kcal = MET x kg x h, resting included, as both define it
but   1. the row nearest in speed is taken, as the tables are meant: none is between two rows, nothing is interpolated
      2. walking backward has one row, 3.5 mph: at another speed the row of that speed forward is scaled by what
         backward costs more at 3.5 mph; that is an estimate and is called one
not   a person's own cost: old people, patients and walking aids need more than the tables say (an estimate, too)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MPH = 0.44704  # m/s
EDITIONS = ("2011", "2024")
SOURCES = {
    "2011": "Ainsworth BE et al. 2011 Compendium of Physical Activities. Med Sci Sports Exerc 2011;43(8):1575–1581",
    "2024": "Herrmann SD et al. 2024 Adult Compendium of Physical Activities. J Sport Health Sci 2024;13(1):6–12",
}
# walking on the level, firm ground: (code, slowest mph, fastest mph, MET)
FORWARD = {
    "2011": (
        (17151, 0.0, 1.9, 2.0),
        (17152, 2.0, 2.0, 2.8),
        (17170, 2.5, 2.5, 3.0),
        (17190, 2.8, 3.2, 3.5),
        (17200, 3.5, 3.5, 4.3),
        (17220, 4.0, 4.0, 5.0),
        (17230, 4.5, 4.5, 7.0),
        (17231, 5.0, 5.0, 8.3),
    ),
    "2024": (
        (17151, 0.0, 1.9, 2.3),
        (17152, 2.0, 2.4, 2.8),
        (17170, 2.5, 2.5, 3.0),
        (17190, 2.8, 3.4, 3.8),
        (17200, 3.5, 3.9, 4.8),
        (17220, 4.0, 4.4, 5.5),
        (17230, 4.5, 4.9, 7.0),
        (17231, 5.0, 5.5, 8.5),
    ),
}
# the other rows: (code, slowest mph, fastest mph, MET); forward uphill is 1 to 5 %, backward uphill 5 %
BACKWARD = {"2011": (17320, 3.5, 3.5, 6.0), "2024": (17320, 3.5, 3.5, 6.0)}
BACKWARD_UP = {"2011": (17325, 3.5, 3.5, 8.0), "2024": (17325, 3.5, 3.5, 7.8)}
FORWARD_UP = {"2011": (17210, 2.9, 3.5, 5.3), "2024": (17034, 2.8, 3.9, 5.3)}  # 2024: "moderate-to-brisk pace"
REACH = 0.25  # mph beside a row that it still stands for: half of what lies between two


@dataclass(frozen=True)
class Met:
    """`value` in MET; `code` of the row it comes from; `is_estimate`: no row holds such a walk."""

    value: float
    code: int
    is_estimate: bool


@dataclass(frozen=True)
class Energy:
    """Kilocalories by each Compendium; `codes` of the rows that were used; `is_estimate`: part of it is one."""

    kcal: dict[str, float]
    codes: tuple[int, ...]
    is_estimate: bool


def met(speed_mps: float, direction: str = "forward", uphill: bool = False, edition: str = "2011") -> Met:
    """The MET of walking. `uphill`: at 5 %. Sideways and unknown steps count as forward, as an estimate.

    Raises ValueError for a speed that is not one.
    """
    if not 0.0 <= speed_mps < 10.0:
        raise ValueError(f"{speed_mps} m/s is no walking speed")
    mph = speed_mps / MPH
    row = min(FORWARD[edition], key=lambda one: _off(one, mph))
    level = Met(row[3], row[0], _off(row, mph) > REACH or direction not in ("forward", "backward"))
    if direction != "backward" and not uphill:
        return level
    if direction == "backward":
        code, low, high, value = (BACKWARD_UP if uphill else BACKWARD)[edition]
    else:
        code, low, high, value = FORWARD_UP[edition]
    if _off((code, low, high, value), mph) <= REACH:
        return Met(value, code, level.is_estimate)
    there = min(FORWARD[edition], key=lambda one: _off(one, (low + high) / 2))
    return Met(level.value * value / there[3], code, True)


def _off(row: tuple[int, float, float, float], mph: float) -> float:
    """How far a speed lies outside a row, in mph."""
    _, low, high, _ = row
    return max(low - mph, mph - high, 0.0)


def kcal(value: float, mass_kg: float, seconds: float) -> float:
    """Kilocalories, resting included: 1 MET is 1 kcal per kg and hour."""
    return value * mass_kg * seconds / 3600.0


def spent(
    mass_kg: float | None, parts: Iterable[tuple[str, float, float | None]], uphill: bool = False, unlike: bool = False
) -> Energy | None:
    """What walking cost. `parts`: (direction, seconds, speed in m/s); `unlike`: with a walking aid, or on an incline
    that nobody measured, so that all of it is an estimate.

    None without a mass, and when the speed of any part is unknown: nothing is made up.
    """
    parts = [part for part in parts if part[1] > 0]
    if not mass_kg or not parts or any(speed is None for _, _, speed in parts):
        return None
    total = dict.fromkeys(EDITIONS, 0.0)
    codes: set[int] = set()
    is_estimate = unlike
    for direction, seconds, speed in parts:
        for edition in EDITIONS:
            found = met(speed or 0.0, direction, uphill, edition)
            total[edition] += kcal(found.value, mass_kg, seconds)
            codes.add(found.code)
            is_estimate = is_estimate or found.is_estimate
    return Energy(total, tuple(sorted(codes)), is_estimate)
