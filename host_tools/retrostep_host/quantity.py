# SPDX-License-Identifier: MIT
"""Quantity: in which unit a column of a recording stands, as people write it down.

in    "acc=mg", "lsm6dsox:4g:2000dps", the "(m/s^2)" behind a column's name
out   {"acc": "mg"}, and `factor`: what one of it is in m/s^2, rad/s or s
from  counts of the LSM6DS family: retrostep.units, as the board itself uses them
not   whether it is true: plausible.py
"""

from __future__ import annotations

import re

from retrostep import units

from retrostep_host.errors import BadRecording

FACTORS = {
    "acc": {"m/s2": 1.0, "g": units.G, "mg": units.G * 0.001},
    "gyr": {"rad/s": 1.0, "dps": units.DEG, "mdps": units.DEG * 0.001},
    "t": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9},
}
COUNTED = {"acc": ("g", units.G), "gyr": ("dps", units.DEG)}  # what counts are counted to: "8192/g"
KNOWN = ", ".join(
    f"{column}={unit}"
    for column, table in FACTORS.items()
    for unit in (*table, *(f"N/{COUNTED[c][0]}" for c in (column,) if c in COUNTED))
)
_CHIP = re.compile(r"(?:lsm6ds|ism330)\w*", re.IGNORECASE)  # one scale for the whole family (retrostep.units)
_SPELLINGS = {
    "acc": {"m/s2": "m/s2", "m/s/s": "m/s2", "m/(s2)": "m/s2", "ms-2": "m/s2", "g": "g", "mg": "mg"},
    "gyr": {"rad/s": "rad/s", "rads-1": "rad/s", "deg/s": "dps", "°/s": "dps", "dps": "dps", "mdps": "mdps"},
    "t": {"s": "s", "sec": "s", "seconds": "s", "ms": "ms", "us": "us", "µs": "us", "μs": "us", "ns": "ns"},
}


def parse_units(pairs: list[str] | tuple[str, ...], raw: str | None = None) -> dict[str, str]:
    """{"acc": "g"} from ["acc=g"], and both from `raw` "lsm6dsox:4g:2000dps".

    Raises BadRecording for a column, unit, chip or range that is not known, and for a unit that is said twice.
    """
    chosen = _raw(raw) if raw else {}
    for pair in pairs:
        column, _, unit = pair.partition("=")
        if factor(column, unit) is None:
            raise BadRecording(f"`--unit {pair}` is not known; use one of {KNOWN}.")
        if chosen.get(column, unit) != unit:
            raise BadRecording(f"The unit of {column} is given twice, as {chosen[column]} and as {unit}; give it once.")
        chosen[column] = unit
    return chosen


def _raw(text: str) -> dict[str, str]:
    chip, *ranges = text.replace("±", "").replace(" ", "").split(":")
    chosen = {}
    for part in ranges:
        column = "gyr" if part.endswith("dps") else "acc"
        if factor(column, f"{chip}:{part}") is None or column in chosen:
            chosen = {}
            break
        chosen[column] = f"{chip}:{part}"
    if "acc" not in chosen:
        raise BadRecording(
            f"`--raw {text}` is not known; give the chip and the ranges it was set to, such as "
            f"lsm6dsox:4g:2000dps, with {', '.join(f'{r}g' for r in units.ACC_MG_PER_LSB)} and "
            f"{', '.join(f'{r}dps' for r in units.GYRO_MDPS_PER_LSB)}."
        )
    return chosen


def factor(column: str, unit: str) -> float | None:
    """What one `unit` of a column is in SI; None where nobody knows it."""
    if column not in FACTORS:
        return None
    if unit in FACTORS[column]:
        return FACTORS[column][unit]
    if column not in COUNTED:
        return None
    name, si = COUNTED[column]
    chip, _, full = unit.partition(":")
    if full.endswith(name) and _CHIP.fullmatch(chip):
        scale = units.acc_scale if column == "acc" else units.gyro_scale
        try:
            return scale(int(full.removesuffix(name)))
        except (ValueError, KeyError):
            return None
    count = unit.removesuffix(f"/{name}")
    try:
        return si / float(count) if count != unit and 0.0 < float(count) < 1e9 else None
    except ValueError:
        return None


def spelt(column: str, text: str) -> str | None:
    """The unit that a table's maker wrote as `text`: "m/(s^2)" is m/s2."""
    plain = text.strip().strip("()[]\"'" if not text.strip().startswith("m/(") else "\"'")
    plain = plain.replace("^", "").replace("²", "2").replace("⁻¹", "-1").replace("⁻²", "-2").replace(" ", "")
    if column == "acc" and plain.lower() == "g":
        return "g"
    return _SPELLINGS[column].get(plain) or _SPELLINGS[column].get(plain.lower())
