# SPDX-License-Identifier: MIT
"""Plans: training plans as files a physiotherapist can edit, and as the bytes the board walks through.

in    a TOML or JSON file, or the name of a built-in plan; or bytes from the board
out   a Plan; bytes of retrostep.coach.plan; sentences for people
keeps nothing
from  docs/plan.md; the layout of the bytes stands in lib/retrostep/coach/plan.py only
not   medical advice: the numbers of the built-in programme name their source
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrostep import events
from retrostep.coach import plan as board

from .. import files
from ..errors import BadSetting
from ..text import short

HERE = Path(__file__).parent
KINDS = {"rest": board.REST, "forward": events.FORWARD, "backward": events.BACKWARD, "test": board.TEST}
KEYS = ("title", "sessions_per_week", "source", "week")
MOST_BYTES = 65536  # of a file; a plan on the board has 120
LONGEST = 200  # letters of a title
WEEK_KEYS = ("repeat", "cadence", "intervals")
SAFETY = (
    "Before you walk backward: flat, dry ground; nothing behind you for ten metres; somebody beside you, or a rail or "
    "wall within reach; firm shoes.",
    "Ask your doctor first if you fell in the last year, feel dizzy, have a fresh operation, or see or feel your feet "
    "poorly. Stop when anything hurts.",
)


@dataclass(frozen=True)
class Interval:
    """kind: rest, forward, backward or test; amount in s or steps."""

    kind: str
    amount: int = 0
    unit: str = "s"

    def __str__(self) -> str:
        return self.kind if self.kind == "test" else f"{self.kind} {self.amount} {self.unit}"


@dataclass(frozen=True)
class Week:
    repeat: int
    intervals: tuple[Interval, ...]
    cadence: int = 0

    def seconds(self, kind: str | None = None) -> int:
        """Planned time of one session; a step counts as 0.6 s, a walk test as two minutes."""
        total = 0.0
        for interval in self.intervals:
            if kind in (None, interval.kind):
                total += 120 if interval.kind == "test" else interval.amount * (0.6 if interval.unit == "steps" else 1)
        return round(total * self.repeat)


@dataclass(frozen=True)
class Plan:
    """A plan; `done` sessions and `confirmed` (the safety question) come from a board."""

    weeks: tuple[Week, ...]
    sessions_per_week: int
    title: str = ""
    source: str = ""
    done: int = 0
    confirmed: bool = False

    def pack(self) -> bytes:
        """The bytes for the board."""
        head = (board.VERSION, int(self.confirmed), self.done & 0xFF, self.done >> 8)
        out = bytearray((*head, self.sessions_per_week, len(self.weeks)))
        for week in self.weeks:
            out += bytes((week.repeat, week.cadence, len(week.intervals)))
            for interval in week.intervals:
                steps = board.STEPS if interval.unit == "steps" else 0
                out += bytes((KINDS[interval.kind] + steps, max(1, interval.amount // board.UNIT)))
        return bytes(out)


def names() -> list[str]:
    """The built-in plans."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def read(source: str | Path) -> Plan:
    """A plan from a file, or a built-in one by name. Raises BadSetting with one sentence."""
    path = HERE / f"{source}.toml" if str(source) in names() else Path(source)
    try:
        text = files.text(path, MOST_BYTES)
        data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except FileNotFoundError:
        raise BadSetting(f"There is no plan {source}; name a file, or one of {', '.join(names())}.") from None
    except files.TooMuch as problem:
        raise BadSetting(f"{path.name} {problem}. Nothing was loaded.") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadSetting(f"{path.name} is not a readable text file ({type(problem).__name__}).") from None
    except (tomllib.TOMLDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise BadSetting(f"{path.name} cannot be read: {short(problem, 120)}. Nothing was loaded.") from None
    except ValueError:  # Python's own limit: 4,300 digits
        raise BadSetting(f"{path.name} holds a number of thousands of digits. Nothing was loaded.") from None
    return check(data, path.name)


def check(data: Any, name: str = "The plan") -> Plan:
    """A Plan from a parsed file. Raises BadSetting that names the week and the interval."""

    def wrong(where: str, what: str) -> BadSetting:
        return BadSetting(f"{name}{', ' if where else ''}{where}: {what} Nothing was loaded.")

    if not isinstance(data, dict):
        raise wrong("", "this is not a plan; `retrostep docs plan` shows one.")
    _known(data, KEYS, "", wrong)
    per_week = _whole(data.get("sessions_per_week", 3), 1, 14, "sessions_per_week", "", wrong)
    weeks = data.get("week")
    if not isinstance(weeks, list) or not weeks:
        raise wrong("", "it has no [[week]]; write one, or start from `retrostep plan show six_weeks --toml`.")
    if len(weeks) > board.MAX_WEEKS:
        raise wrong("", f"it has {len(weeks)} weeks, a board keeps {board.MAX_WEEKS}.")
    made = []
    for number, week in enumerate(weeks, 1):
        where = f"week {number}"
        if not isinstance(week, dict):
            raise wrong(where, "this is not a [[week]].")
        _known(week, WEEK_KEYS, where, wrong)
        repeat = _whole(week.get("repeat", 1), 1, board.MAX_REPEATS, "repeat", where, wrong)
        cadence = _whole(week.get("cadence", 0), 0, 160, "cadence (steps/min, 0 for none)", where, wrong)
        if 0 < cadence < 30:
            raise wrong(where, f"cadence is 0 for none, or 30 to 160 steps/min, not {cadence}.")
        lines = week.get("intervals")
        if not isinstance(lines, list) or not 1 <= len(lines) <= board.MAX_INTERVALS:
            raise wrong(where, f'`intervals` is a list of 1 to {board.MAX_INTERVALS}, such as ["backward 60 s"].')
        made.append(Week(repeat, tuple(_interval(line, where, wrong) for line in lines), cadence))
        if made[-1].seconds() > 2 * 3600:
            raise wrong(where, "one session is longer than two hours.")
    title, source = data.get("title", ""), data.get("source", "")
    if not isinstance(title, str) or not isinstance(source, str) or max(len(title), len(source)) > LONGEST:
        raise wrong("", f"title and source are texts of at most {LONGEST} letters.")
    plan = Plan(tuple(made), per_week, title, source)
    if len(plan.pack()) > board.MAX_BYTES:
        raise wrong("", f"it needs {len(plan.pack())} bytes, a board keeps {board.MAX_BYTES}; use fewer intervals.")
    return plan


def _known(data: dict, keys: tuple[str, ...], where: str, wrong) -> None:
    for key in data:
        if key not in keys:
            near = difflib.get_close_matches(short(key), keys, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"use {', '.join(keys)}."
            raise wrong(where, f"`{short(key)}` is not known; {hint}")


def _whole(value: Any, low: int, high: int, what: str, where: str, wrong) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise wrong(where, f"{what} is a whole number from {low} to {high}, not {_shown(value)}.")
    return value


def _shown(value: Any) -> str:
    """A value as it stands in a file, short."""
    try:
        return short(repr(value))
    except ValueError:  # a hexadecimal one of TOML is read, and too long to print
        return "a number of thousands of digits"


def _interval(line: Any, where: str, wrong) -> Interval:
    words = line.split() if isinstance(line, str) else []
    if not words or words[0] not in KINDS:
        near = difflib.get_close_matches(short(words[0]) if words else "", KINDS, n=1)
        hint = f" (did you mean `{near[0]}`?)" if near else ""
        raise wrong(where, f'{_shown(line)} is not an interval{hint}; write for instance "backward 60 s".')
    kind = words[0]
    if kind == "test":
        if len(words) > 1:
            raise wrong(where, f"`{short(line)}`: the walk test takes no amount.")
        return Interval("test", board.UNIT)
    match = re.fullmatch(r"(\d{1,6}) ?(s|min|steps)", " ".join(words[1:]))
    if not match or (kind == "rest" and match[2] == "steps"):
        what = "seconds" if kind == "rest" else "seconds or steps"
        raise wrong(where, f'`{short(line)}`: write {what}, such as "{kind} 60 s".')
    amount, unit = int(match[1]) * (60 if match[2] == "min" else 1), "steps" if match[2] == "steps" else "s"
    if amount % board.UNIT or not board.UNIT <= amount <= 255 * board.UNIT:
        raise wrong(where, f"`{short(line)}`: amounts go in fives, from {board.UNIT} to {255 * board.UNIT} {unit}.")
    return Interval(kind, amount, unit)


def unpack(data: bytes) -> Plan:
    """The plan a board holds. Raises BadSetting when the bytes are none."""
    if not board.is_valid(data):
        raise BadSetting(
            "The board holds a plan that this computer cannot read; load it again with `retrostep plan load`."
        )
    kinds = {number: name for name, number in KINDS.items()}
    weeks, at = [], board.HEAD
    for _ in range(data[5]):
        repeat, cadence, count = data[at : at + 3]
        at += 3
        intervals = []
        for k in range(count):
            kind, amount = data[at + 2 * k], data[at + 2 * k + 1]
            intervals.append(Interval(kinds[kind & 3], amount * board.UNIT, "steps" if kind & board.STEPS else "s"))
        at += 2 * count
        weeks.append(Week(repeat, tuple(intervals), cadence))
    return Plan(tuple(weeks), data[4], done=data[2] | data[3] << 8, confirmed=bool(data[1] & 1))


def same(a: Plan, b: Plan) -> bool:
    """True when two plans ask for the same, whatever their title and progress."""
    return (a.weeks, a.sessions_per_week) == (b.weeks, b.sessions_per_week)


def name_of(plan: Plan) -> str:
    """The title of the built-in plan that asks for the same, or "your own plan"."""
    if plan.title:
        return plan.title
    for name in names():
        known = read(name)
        if same(plan, known):
            return known.title
    return "your own plan"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"


def describe(plan: Plan) -> list[str]:
    """Lines for people."""
    often = _count(plan.sessions_per_week, "session")
    lines = [f"{name_of(plan)}: {often} a week, {_count(len(plan.weeks), 'week')}."]
    now = min(plan.done // plan.sessions_per_week, len(plan.weeks) - 1)
    for number, week in enumerate(plan.weeks):
        pieces = ", ".join(str(interval) for interval in week.intervals)
        beat = f", beat {week.cadence}/min" if week.cadence else ""
        back = week.seconds("backward")
        amount = f"; {back / 60:.0f} min backward" if back >= 60 else f"; {back} s backward" if back else ""
        mark = "→" if plan.done and number == now else " "
        lines.append(f"{mark} week {number + 1}: {week.repeat} × ({pieces}){beat}{amount}")
    if plan.done:
        done = _count(plan.done, "session")
        lines.append(f"{done} done; one counts when 60 % of its backward part was really walked backward.")
    return lines
