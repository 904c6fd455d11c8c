# SPDX-License-Identifier: MIT
"""Columns: which column of somebody's table is which of ours.

in    the names in a table's first line; what `--columns` said
out   for t, acc_x … gyr_z the place of the column, from 0; units that the names or the maker say
from  what the makers' programs write: phyphox "Time (s)", "Acceleration x (m/s^2)"; Movella DOT (PacketCounter,
      SampleTimeFine in us, Acc_X, Gyr_X in deg/s); Shimmer Consensys (NAME_Timestamp_Unix_CAL in ms,
      NAME_Accel_LN_X_CAL, NAME_Gyro_X_CAL in deg/s); MbientLab MetaBase ("epoc (ms)", "x-axis (g)")
but   a maker's names are used only when they are asked for: Acc_X in g and Acc_X in m/s^2 look the same
"""

from __future__ import annotations

import re

from . import quantity
from .errors import BadRecording, MissingColumns
from .text import short

COLUMNS = ("t", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
ACC, GYR = COLUMNS[1:4], COLUMNS[4:]


def _axes(acc: tuple[str, ...], gyr: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Patterns by column; # stands for the axis."""
    table = {name: tuple(p.replace("#", name[-1]) for p in acc) for name in ACC}
    return table | {name: tuple(p.replace("#", name[-1]) for p in gyr) for name in GYR}


# name -> (patterns of the whole name by column, best first; units where the name does not say them)
PRESETS: dict[str, tuple[dict[str, tuple[str, ...]], dict[str, str]]] = {
    "phyphox": (
        {"t": (r"time( \(s\))?",)}
        | _axes((r"acceleration # \(m/s.*", r"linear acceleration # \(m/s.*"), (r"gyroscope # \(rad/s\)",)),
        {},
    ),
    "movella-dot": (
        {"t": ("sampletimefine",)} | _axes(("acc_#",), ("gyr_#",)),
        {"t": "us", "acc": "m/s2", "gyr": "dps"},
    ),
    "shimmer": (
        {"t": (r"(.*_)?timestamp(sync)?_unix_cal", r"(.*_)?timestamp(sync)?(_.*)?_cal")}
        | _axes((r"(.*_)?accel_ln_#_cal", r"(.*_)?accel_wr_#_cal"), (r"(.*_)?gyro_#_cal",)),
        {"t": "ms", "acc": "m/s2", "gyr": "dps"},
    ),
    "metawear": (
        {"t": (r"epoch? \(ms\)",)} | _axes((r"#-axis \(g\)",), (r"#-axis \(deg/s\)",)),
        {"t": "ms", "acc": "g", "gyr": "dps"},
    ),
}
_PAIR = re.compile(rf",(?=(?:{'|'.join(COLUMNS)})=)")


def parse(said: str) -> dict[str, str] | str:
    """What `--columns` says: the name of a preset, or {"t": "Time", "acc_x": "ax"}. Raises BadRecording."""
    if said in PRESETS:
        return said
    chosen = {}
    for pair in _PAIR.split(said):
        column, equals, name = pair.partition("=")
        if column not in COLUMNS or not equals or not name.strip():
            raise BadRecording(
                f"`--columns {short(said)}` is not known; use one of {', '.join(PRESETS)}, or say which is which, such "
                'as `--columns "t=Time,acc_x=Ax,acc_y=Ay,acc_z=Az"` (a name, or a number counted from 1).'
            )
        chosen[column] = name.strip()
    return chosen


def places(names: list[str], said: dict[str, str] | str | None) -> dict[str, int]:
    """Where each column stands, as far as it was found; both t and all of acc, or it is not this table's head."""
    plain = [name.strip().lower() for name in names]
    found = {}
    for column in COLUMNS:
        if isinstance(said, str):
            hits = [k for p in PRESETS[said][0][column] for k, name in enumerate(plain) if re.fullmatch(p, name)]
        else:
            wanted = (said or {}).get(column, column if not said or column == "t" else "")
            hits = [k for k, name in enumerate(plain) if wanted and name == wanted.lower()]
            if not hits and said and wanted.isdigit() and 0 < int(wanted) <= len(names):
                hits = [int(wanted) - 1]
        if hits:
            found[column] = hits[0]
    return found


def is_numbered(said: dict[str, str] | str | None) -> bool:
    """The columns were given by number: the table may have no head."""
    return isinstance(said, dict) and all(name.isdigit() for name in said.values())


def unit_of(names: list[str], found: dict[str, int], said: dict[str, str] | str | None) -> dict[str, str]:
    """Units that the names of mapped columns say, as "Acceleration x (m/s^2)" does, or that the preset's maker uses."""
    if said is None:
        return {}
    given = dict(PRESETS[said][1]) if isinstance(said, str) else {}
    for column, part in (("t", "t"), ("acc_x", "acc"), ("gyr_x", "gyr")):
        if column in found and (
            inside := re.search(r"[(\[]([^()\[\]]*(?:\([^()]*\))?)[)\]]\s*$", names[found[column]])
        ):
            unit = quantity.spelt(part, inside[1])
            given |= {part: unit} if unit else {}
    return given


def check(path: object, names: list[str], found: dict[str, int], said: dict[str, str] | str | None) -> tuple[str, ...]:
    """The columns to read. Raises MissingColumns, which names what is there and what to type."""
    missing = [name for name in COLUMNS[:4] if name not in found]
    if missing:
        raise MissingColumns(
            f"{path} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; "
            + _seen(names)
            + _hint(names, said)
        )
    gyro = [name for name in GYR if name in found]
    asked = [name for name in GYR if isinstance(said, dict) and name in said]
    if 0 < len(gyro) < 3 or len(asked) > len(gyro):
        raise MissingColumns(
            f"{path} has only part of gyr_x, gyr_y, gyr_z; give all three or none. {_seen(names)}".rstrip("; ")
        )
    return COLUMNS[: 7 if gyro else 4]


def _seen(names: list[str]) -> str:
    named = [short(name) for name in names if name.strip()]
    if len(named) < 2 or (len(named) < 4 and any(name.count(" ") > 3 for name in named)):
        return ""  # no table, but a text
    return f"it has {', '.join(named[:12])}{', …' if len(named) > 12 else ''}; "


def _hint(names: list[str], said: dict[str, str] | str | None) -> str:
    for preset in PRESETS:
        if preset != said and set(COLUMNS[:4]) <= set(places(names, preset)):
            return f"these look like {preset}'s: add `--columns {preset}`."
    guess = _guess(names)
    if set(COLUMNS[:4]) <= set(guess) and guess != said:
        pairs = ",".join(f"{column}={names[k]}" for column, k in guess.items())
        return f'if this is which, add `--columns "{pairs}"`.'
    if len([name for name in names if name.strip()]) >= 4:
        return 'say which is which, such as `--columns "t=Time,acc_x=Ax,acc_y=Ay,acc_z=Az"`.'
    return f"the first line must read {','.join(COLUMNS)}."


def _guess(names: list[str]) -> dict[str, int]:
    """What a reader would take for our columns; only said, never used."""
    found: dict[str, int] = {}
    for k, name in enumerate(names):
        plain = re.sub(r"[(\[].*", "", name.strip().lower()).strip()
        axis = re.search(r"(?:^|[^a-z])([xyz])(?:$|[^a-z])|(?<=[a-z])([xyz])$|^([xyz])(?=[a-z])", plain)
        column = ""
        if re.search(r"time|stamp|elapsed|epoc|^t$", plain):
            column = "t"
        elif axis:
            letter = next(filter(None, axis.groups()))
            rest = plain.replace(letter, "", 1) if len(plain) < 4 else plain
            if re.search(r"gyr|rot|omega|angular|^g\W*$|^w\W*$", rest):
                column = f"gyr_{letter}"
            elif re.search(r"acc|^a\W*$|^\W*$", rest) and not re.search(r"lin|user|free|mag|grav", rest):
                column = f"acc_{letter}"
        if column and column not in found:
            found[column] = k
    return {name: found[name] for name in COLUMNS if name in found}
