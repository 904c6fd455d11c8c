# SPDX-License-Identifier: MIT
"""Weeks: what somebody walked backward in a week, against what their plan asked for.

in    walks of one person as people walked them (choose.joined), oldest first; their Profile; a day
out   Week: minutes and sessions done, prescribed, counted or not and why
keeps nothing
from  the plan on the board and its verdict: rows.Training; a plan that the helper prescribed (Profile.plan) goes first
      weeks begin on Monday, by the clock on the wall where it was walked (Walk.day)
but   1. the plan goes on by sessions that counted, not by the calendar: who misses a week stays in it, as on the board
      2. two plans in one week: the later one is what is asked for, and `changed` says so
not   a walk whose clock was not set: it is filed under the day it was copied, as everywhere
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from retrostep_host.store.rows import Profile, Training, Walk


@dataclass
class Week:
    """One week of one person. `planned_s`, `planned`: None = no plan is known."""

    monday: date
    walks: list[Walk] = field(default_factory=list)
    plan: str = ""  # the plan's bytes in hex, for plans.unpack; "" = none
    number: int = 0  # of the week in the plan as it began, from 1
    planned: int | None = None  # sessions
    planned_s: int | None = None  # of walking backward
    changed: bool = False  # another plan was on the board in mid week

    @property
    def backward_s(self) -> float:
        """Seconds spent walking backward."""
        return sum(walk.summary.walked_s.get("backward", 0.0) for walk in self.walks)

    @property
    def verdicts(self) -> list[tuple[Walk, Training]]:
        """What the board said of each session of its plan."""
        return [(walk, walk.summary.training) for walk in self.walks if walk.summary.training]

    @property
    def counted(self) -> int:
        """Sessions that counted, each once though two boards may have seen it."""
        return sum(verdict.counted for _, verdict in self.verdicts)

    @property
    def is_behind(self) -> bool:
        """Fewer sessions counted than the plan asks for."""
        return self.planned is not None and self.counted < self.planned


def monday(day: date) -> date:
    """Of its week."""
    return day - timedelta(days=day.weekday())


def weeks(walks: Iterable[Walk], profile: Profile | None = None, until: date | None = None) -> list[Week]:
    """Every week from the first walk to the last, or to that of `until`; weeks without a walk included."""
    found: dict[date, Week] = {}
    for walk in walks:
        first = monday(date.fromisoformat(walk.day))
        found.setdefault(first, Week(first)).walks.append(walk)
    if not found:
        return []
    last = max(found) if until is None else max(monday(until), min(found))
    every = []
    plan, done = profile.plan if profile else "", 0
    at = min(found)
    while at <= last:
        week = found.get(at) or Week(at)
        plan, done = _asked(week, plan, done, bool(profile and profile.plan))
        every.append(week)
        at += timedelta(days=7)
    return every


def two(walks: Iterable[Walk], day: date, profile: Profile | None = None) -> tuple[Week, Week]:
    """(the week of one day, the week before it)."""
    this, before = Week(monday(day)), Week(monday(day) - timedelta(days=7))
    since, now, then = (one.isoformat() for one in (before.monday, this.monday, this.monday + timedelta(days=7)))
    earlier = []
    for walk in walks:
        if walk.day < since:
            earlier.append(walk)
        elif walk.day < then:
            (before if walk.day < now else this).walks.append(walk)
    is_prescribed = bool(profile and profile.plan)
    plan, done = _after(earlier, profile)
    for week in (before, this):
        plan, done = _asked(week, plan, done, is_prescribed)
    return this, before


def _after(walks: list[Walk], profile: Profile | None) -> tuple[str, int]:
    """(plan, sessions of it that counted) as `weeks` has them after these walks. The last week with a verdict says it
    all where the plan is the board's."""
    if profile and profile.plan:
        return profile.plan, sum(bool(walk.summary.training and walk.summary.training.counted) for walk in walks)
    newest = next((w for w in sorted(walks, key=lambda w: w.day, reverse=True) if w.summary.training), None)
    if newest is None:
        return "", 0
    last = Week(monday(date.fromisoformat(newest.day)))
    last.walks = [walk for walk in walks if last.monday.isoformat() <= walk.day <= newest.day]
    return _asked(last, "", 0, False)


def _asked(week: Week, plan: str, done: int, is_prescribed: bool) -> tuple[str, int]:
    """Fill in what the plan asks of this week; (plan, sessions that counted so far) for the next."""
    verdicts = [verdict for _, verdict in week.verdicts]
    if verdicts and not is_prescribed:
        first, last = verdicts[0], verdicts[-1]
        week.changed = len({verdict.plan for verdict in verdicts}) > 1
        plan, done = last.state, (first if not week.changed else last).number - 1
    if plan:
        _fill(week, plan, done)
    if not verdicts:
        return plan, done
    return plan, (done + week.counted if is_prescribed else verdicts[-1].number - 1 + verdicts[-1].counted)


def _fill(week: Week, plan: str, done: int) -> None:
    per_week, backward_s = _read(plan)
    if not per_week:
        return
    week.plan = plan
    week.planned = per_week
    ahead = [min((done + k) // per_week, len(backward_s) - 1) for k in range(per_week)]
    week.number = ahead[0] + 1
    week.planned_s = sum(backward_s[at] for at in ahead)


@lru_cache(maxsize=1024)
def _read(plan: str) -> tuple[int, tuple[int, ...]]:
    """(sessions a week, backward seconds of one session in each week); (0, ()) for bytes that are no plan."""
    from retrostep_host import plans
    from retrostep_host.errors import BadSetting

    try:
        asked = plans.unpack(bytes.fromhex(plan))
    except (BadSetting, ValueError):
        return 0, ()
    return asked.sessions_per_week, tuple(week.seconds("backward") for week in asked.weeks)
