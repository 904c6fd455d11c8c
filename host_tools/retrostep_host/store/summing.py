# SPDX-License-Identifier: MIT
"""Summing: what a session amounts to, counted once when it is stored, so that lists and weeks ask no step again.

in    a Walk with steps and events, and the board's bytes
out   rows.Summary: seconds by direction, first and last step, battery, the plan on the board and its verdict, strides
      by direction (outcomes.py), falls and stumbles, walk tests; bouts
keeps `sessions.summary`, JSON under the row's seal; `refresh` makes it anew where other code made it (MADE_BY)
from  the plan's own rules: retrostep.coach.plan; docs/formats.md, "Plan": the verdict is read from the PLAN records,
      the reason from the intervals
but   a number that a page shows and that needs more than one session does not belong here
not   numpy; what a helper corrected (changes.py): a summary is of what the board said
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from retrostep import JOURNAL_VERSION, __version__, events
from retrostep.coach import plan as board
from retrostep.journal import block, records

from retrostep_host import journal, outcomes, ranges
from retrostep_host.errors import DamagedJournal
from retrostep_host.store.rows import Event, Step, Summary, Training, Walk

MADE_BY = f"2 {JOURNAL_VERSION} {__version__}"  # of this file, of the journal, of the engine: others count anew
PAUSE_S = 3.0  # a longer silence between steps ends a stretch; a slow backward stride takes up to 2.5 s
WHY = {  # a session of a plan that did not count
    "unanswered": "the board's safety question was not answered",
    "not begun": "it ended before its first interval was over",
    "broken off": "it ended before its last interval",
    "too little": "less than 60 % of its backward part was walked backward",
}


@dataclass(frozen=True)
class Bout:
    """Uninterrupted steps in one direction, [start_s, end_s)."""

    direction: str
    start_s: float
    end_s: float
    steps: int


def bouts(steps: Iterable[Step]) -> list[Bout]:
    """Stretches of one direction; `steps` in the order of time."""
    found: list[Bout] = []
    group: list[Step] = []
    for step in steps:
        if group and (step.direction != group[0].direction or step.t_s - group[-1].t_s > PAUSE_S):
            found.append(_bout(group, step.t_s))
            group = []
        group.append(step)
    if group:
        found.append(_bout(group, group[-1].t_s + PAUSE_S))
    return found


def _bout(group: list[Step], next_t_s: float) -> Bout:
    beat = (group[-1].t_s - group[0].t_s) / (len(group) - 1) if len(group) > 1 else 0.6
    end = min(group[-1].t_s + beat, max(next_t_s, group[-1].t_s + 0.1))  # the last step lasts one beat
    return Bout(group[0].direction, group[0].t_s, end, len(group))


def walked_s(steps: Iterable[Step]) -> dict[str, float]:
    """Direction -> seconds spent stepping that way: the sum of its bouts."""
    found: dict[str, float] = {}
    for bout in bouts(steps):
        found[bout.direction] = found.get(bout.direction, 0.0) + bout.end_s - bout.start_s
    return {direction: round(seconds, 2) for direction, seconds in found.items()}


def of(walk: Walk, raw: bytes) -> Summary:
    """The summary of a whole walk. `raw` gives what its rows do not hold: battery and plan."""
    states, first_mv, last_mv = _glance(raw)
    noted = [fields(event) for event in walk.events if event.kind == "walktest"]
    return Summary(
        walked_s(walk.steps),
        walk.steps[0].t_s if walk.steps else None,
        walk.steps[-1].t_s if walk.steps else None,
        last_mv,
        training(states, walk.events),
        outcomes.ways(walk.steps, _ranges(raw) if walk.steps else {}),
        tuple((event.kind, round(event.t_s, 2)) for event in walk.events if event.kind in ("fall", "stumble")),
        tuple((one.get("time_ms_div10", 0) / 100, one.get("distance_cm", 0) / 100) for one in noted),
        first_mv,
    )


def _ranges(raw: bytes) -> dict[float, float]:
    """Time of a step in s, to 1 ms -> range of its stride's sagittal angle in rad, which no row holds."""
    try:
        steps = journal.decode(raw).steps
    except DamagedJournal:
        return {}
    return {round(step.t, 3): step.sagittal_rad for step in steps if step.sagittal_rad}


def _glance(raw: bytes) -> tuple[list[bytes], int | None, int | None]:
    """(the plan's bytes each time they were written, battery in mV of the first and the last block that knows)."""
    states, first, last, owner = [], None, None, None
    for head, piece in journal.blocks(raw):
        owner = owner or journal.identity(head)
        if journal.identity(head) != owner:
            continue
        if ranges.BATTERY_MV[0] <= head.battery_mv <= ranges.BATTERY_MV[1]:
            first, last = first or head.battery_mv, head.battery_mv
        if head.flags & block.HAS_PLAN:
            for kind, at, size in records.walk(piece, head.header, head.end):
                if kind == events.PLAN:
                    _, (version,), tail = records.unpack(kind, piece[at : at + size])
                    states.append(bytes((version,)) + tail)
    return states, first, last


def training(states: list[bytes], told: Iterable[Event]) -> Training | None:
    """What became of the plan that was on the board; None without one, or with one that this version cannot read.
    `states`: its bytes as the session began, and each time they changed."""
    if not states:
        return None
    first, last = _filled(states[0]), _filled(states[-1])
    if not board.is_valid(first):
        return None
    done, per_week, weeks = first[2] | first[3] << 8, first[4], first[5]
    week = min(done // per_week, weeks - 1)
    at = board.HEAD
    for _ in range(week):
        at += 3 + 2 * first[at + 2]
    repeats, pairs = first[at], [first[at + 3 + 2 * k : at + 5 + 2 * k] for k in range(first[at + 2])]
    backward = [
        (amount * board.UNIT, bool(kind & board.STEPS)) for kind, amount in pairs if kind & 3 == events.BACKWARD
    ]
    walked = [one for event in told if event.kind == "interval" for one in [fields(event)]]
    shares = []
    for one in (one for one in walked if one.get("direction") == events.BACKWARD):
        planned = one.get("planned_s", 0)
        goal = planned or next((amount for amount, in_steps in backward if in_steps), 0)
        shares.append(min(1.0, one.get("done_s" if planned else "steps", 0) / goal) if goal else 1.0)
    intervals = len(backward) * repeats
    counted = identity(last) == identity(first) and (last[2] | last[3] << 8) > done
    asked = any(kind & 3 >= events.BACKWARD for kind, _ in pairs)
    why = ""
    if not counted:
        is_answered = not asked or any(_filled(state)[1] & 1 for state in states)
        whole = len(walked) >= len(pairs) * repeats
        why = (
            "unanswered" if not is_answered else "not begun" if not walked else "too little" if whole else "broken off"
        )
    return Training(
        identity(first),
        first.hex(),
        week + 1,
        done + 1,
        per_week,
        round(sum(amount * (0.6 if in_steps else 1) for amount, in_steps in backward) * repeats),
        round(sum(shares) / intervals, 3) if intervals else 1.0,
        counted,
        why,
    )


def _filled(state: bytes) -> bytes:
    """Zeros at the end of a record are not stored; a plan never ends in them, but one that was removed is short."""
    return state.ljust(board.HEAD, b"\0")


def identity(state: bytes) -> str:
    """8 hex digits of a plan, whoever walks it and however far."""
    from retrostep_host.store import seals

    return seals.sha1(board.fresh(state))[:8]


def fields(event: Event) -> dict[str, int]:
    """The numbers of a note ("number=1, steps=6"); what is no number is left out."""
    found = {}
    for part in (event.value or "").split(", "):
        name, _, value = part.partition("=")
        if value.lstrip("-").isdigit():
            found[name] = int(value)
    return found


# in the store -----------------------------------------------------------------------------------------------
def said(summary: Summary | Kept) -> str:
    """As it stands in the store."""
    if isinstance(summary, Kept):
        summary = Summary(**{name: getattr(summary, name) for name in _READ})
    return json.dumps({"made_by": MADE_BY, **asdict(summary)}, sort_keys=True)


def read(text: str) -> Summary:
    """A stored summary; an empty one when there is none, or other code made it."""
    kept = Kept(text)
    return Summary(**{name: getattr(kept, name) for name in _READ})


class Kept:
    """A Summary as it stands in the store, which is read when it is asked something, and only as far: a list of
    thousands asks few of them for little."""

    _later: dict[str, Callable[[], Any]] = {}

    def __init__(self, text: str) -> None:
        self._text = text if f'"made_by": "{MADE_BY}"' in text else "{}"

    @property
    def is_whole(self) -> bool:
        """There is one, and this code made it."""
        return self._text != "{}"

    def but(self, **changed: object) -> Kept:
        """The same with some fields changed; a function is asked when the field is."""
        found = Kept(self._text)
        found._later = {name: value for name, value in changed.items() if callable(value)}
        found.__dict__.update((name, value) for name, value in changed.items() if not callable(value))
        return found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Kept | Summary):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _READ)

    __hash__ = None  # type: ignore[assignment] — nor has a Summary: it holds dicts

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._later:
            self.__dict__[name] = self._later[name]()
            return self.__dict__[name]
        if name in ("first_s", "last_s") and "_said" not in self.__dict__ and (span := _SPAN.search(self._text)):
            self.__dict__[name] = json.loads(span[1 + (name == "last_s")])  # asked of all walks that overlap
            return self.__dict__[name]
        if name == "_said":
            value: Any = json.loads(self._text)
        else:
            empty = getattr(_EMPTY, name)
            value = _READ[name](self._said[name]) if name in self._said else empty
        self.__dict__[name] = value
        return value


def kept(walk: Walk) -> Kept | None:
    """The summary that came with a walk of another store, when this code made it: nothing is counted again."""
    return walk.summary if isinstance(walk.summary, Kept) and walk.summary.is_whole else None


def _as_it_is(said: Any) -> Any:
    return said


def _pairs(said: list) -> tuple:
    return tuple(map(tuple, said))


_SPAN = re.compile(r'"first_s": ([-+.e\d]+|null), "last_s": ([-+.e\d]+|null), "made_by"')  # `said` sorts its keys
_EMPTY = Summary()
_READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("walked_s", "first_s", "last_s", "battery_mv", "battery_first_mv"), _as_it_is),
    "training": lambda said: said and Training(**said),
    "ways": lambda said: {way: outcomes.Way(**one) for way, one in said.items()},
    "told": _pairs,
    "tests": _pairs,
}


_STALE = "SELECT id FROM sessions WHERE NOT instr(summary, ?)"


def is_stale(connection: sqlite3.Connection) -> bool:
    """Some summary was made by other code. All are made by one, but for a store that two versions write into."""
    return connection.execute(f"{_STALE} LIMIT 1", (f'"made_by": "{MADE_BY}"',)).fetchone() is not None


def refresh(connection: sqlite3.Connection) -> int:
    """Count anew what other code counted, and seal it; how many sessions that were. Inside a transaction."""
    from retrostep_host.store import seals
    from retrostep_host.store.sessions import walk_of, whole

    stale = connection.execute(_STALE, (f'"made_by": "{MADE_BY}"',)).fetchall()
    for (row,) in stale:
        found = connection.execute(f"SELECT id, {seals.COLUMNS}, content FROM sessions WHERE id = ?", (row,)).fetchone()
        (raw,) = connection.execute("SELECT raw FROM journals WHERE session_id = ?", (row,)).fetchone()
        text = said(of(whole(connection, walk_of(found)), raw))
        connection.execute("UPDATE sessions SET summary = ? WHERE id = ?", (text, row))
        seals.row(connection, row)
    return len(stale)
