# SPDX-License-Identifier: MIT
"""Weeks: what was walked backward in each week, beside what the plan asked for.

in    walks of one person with their summaries, oldest first; today
out   a Week for each Monday from the first walk to today; where the person stands against the plan
keeps nothing
from  the plan that was on the board and its verdicts (store/summing.py); a session counts when the board says so
but   1. a plan is due from the Monday of its first session, from the next one when that was later than a Wednesday
      2. a week in which the plan was changed is measured by the one that was on the board last
      3. what the board did not count may be walked again: only the sum says who is behind
not   a reminder: the week that is not over is never behind
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from retrostep_host import plans
from retrostep_host.errors import BadSetting
from retrostep_host.store.rows import Walk

DAY = timedelta(days=1)
LATE = 2  # a plan that begins after a Wednesday is due from the next Monday on


@dataclass
class Week:
    """`planned_s` and `asked`: backward seconds and sessions of the plan, 0 without one; `sessions` of the plan:
    (day, counted, why not)."""

    monday: date
    backward_s: float = 0.0
    walks: int = 0
    asked: int = 0
    planned_s: float = 0.0
    sessions: list[tuple[date, bool, str]] = field(default_factory=list)
    changed: bool = False  # another plan than before
    falls: int = 0
    stumbles: int = 0

    @property
    def counted(self) -> int:
        """Sessions of the plan that the board counted."""
        return sum(counted for _, counted, _ in self.sessions)


@dataclass(frozen=True)
class Standing:
    """Against the plan on the board: sessions `due` by the end of last week, and `counted` until today."""

    due: int
    counted: int
    this_week: int
    per_week: int
    total: int
    is_over: bool

    @property
    def behind(self) -> int:
        """Sessions that are missing; 0 = on plan."""
        return max(0, self.due - self.counted)


def monday(day: date) -> date:
    """Of the week of a day."""
    return day - timedelta(days=day.weekday())


def of(walks: Iterable[Walk], today: date) -> list[Week]:
    """From the first walk's week to today's (or the last walk's, when its clock was ahead), without a hole."""
    walks = [walk for walk in walks if not getattr(walk, "excluded", "")]
    if not walks:
        return []
    days = [date.fromisoformat(walk.day) for walk in walks]
    first, last = monday(min(days)), monday(max([*days, today] if (today - max(days)).days < 370 else days))
    found = {first + timedelta(weeks=n): Week(first + timedelta(weeks=n)) for n in range((last - first).days // 7 + 1)}
    plan, started, state = "", first, ""
    begun: dict[date, tuple[str, date]] = {}
    for walk, day in sorted(zip(walks, days, strict=True), key=lambda pair: pair[1]):
        week = found[monday(day)]
        week.walks += 1
        week.backward_s += walk.summary.walked_s.get("backward", 0.0)
        week.falls += walk.alerts.get("fall", 0)
        week.stumbles += walk.alerts.get("stumble", 0)
        training = walk.summary.training
        if training is None:
            continue
        if training.plan != plan or training.number == 1 < len(week.sessions):
            week.changed = bool(plan)
            plan, started, state = training.plan, day, training.state
        week.sessions.append((day, training.counted, training.why))
        begun[week.monday] = (state, started)
    now: tuple[str, date] | None = None
    for week in found.values():
        now = begun.get(week.monday, now)
        if now:
            _ask(week, *now)
    return list(found.values())


def _ask(week: Week, state: str, started: date) -> None:
    """What the plan asks of a week."""
    try:
        plan = plans.unpack(bytes.fromhex(state))
    except (BadSetting, ValueError):
        return
    number = (week.monday - _due_from(started)).days // 7
    if number < len(plan.weeks):
        week.asked = plan.sessions_per_week
        week.planned_s = plan.weeks[max(0, number)].seconds("backward") * plan.sessions_per_week


def _due_from(started: date) -> date:
    late = started.weekday() > LATE
    return monday(started) + timedelta(weeks=1 if late else 0)


def standing(walks: Iterable[Walk], today: date) -> Standing | None:
    """None when no plan was on the board."""
    trained = [walk for walk in walks if walk.summary.training and not getattr(walk, "excluded", "")]
    if not trained:
        return None
    newest = trained[-1].summary.training
    mine = [walk for walk in trained if walk.summary.training.plan == newest.plan]
    for at in range(len(mine) - 1, 0, -1):  # the same plan begun anew
        if mine[at].summary.training.number < mine[at - 1].summary.training.number:
            mine = mine[at:]
            break
    try:
        weeks = len(plans.unpack(bytes.fromhex(newest.state)).weeks)
    except (BadSetting, ValueError):
        return None
    days = [date.fromisoformat(walk.day) for walk in mine]
    counted = sum(walk.summary.training.counted for walk in mine)
    begins = _due_from(days[0])
    past = max(0, (monday(today) - begins).days // 7)
    total = weeks * newest.per_week
    this_week = sum(
        walk.summary.training.counted for walk, day in zip(mine, days, strict=True) if monday(day) == monday(today)
    )
    return Standing(min(past, weeks) * newest.per_week, counted, this_week, newest.per_week, total, past >= weeks)
