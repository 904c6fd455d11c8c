# SPDX-License-Identifier: MIT
"""Standing: where somebody stands against the plan: what was due by the end of last week, and what counted.

in    the weeks of one person (store/weeks.py), today
out   Standing; None where no plan is known
keeps nothing
from  the plan's own number of sessions: after them it is completed, though its last week goes on (docs/plan.md)
but   1. the week that is not over is never behind
      2. a plan that began after a Wednesday is due from the next Monday on
      3. after another plan, or the same begun anew, counting begins there
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from retrostep_host import plans
from retrostep_host.store.weeks import Week, monday

LATE = 2  # Wednesday


@dataclass(frozen=True)
class Standing:
    """Sessions `due` by the end of last week, `counted` until today, in this week, `total` of the plan."""

    due: int
    counted: int
    this_week: int
    per_week: int
    total: int

    @property
    def behind(self) -> int:
        """Sessions that are missing; 0 = on plan."""
        return max(0, self.due - self.counted)

    @property
    def is_completed(self) -> bool:
        return self.counted >= self.total


def of(weeks: list[Week], today: date) -> Standing | None:
    """`weeks` up to today, the last one first seen last."""
    planned = [week for week in weeks if week.planned is not None]
    if not planned:
        return None
    newest = planned[-1]
    asked = plans.unpack(bytes.fromhex(newest.plan))
    begins = 0
    for at in range(1, len(weeks)):
        before, week = weeks[at - 1], weeks[at]
        if week.planned is None or before.planned is None or week.changed or not _same(week.plan, before.plan):
            begins = at
    mine = [week for week in weeks[begins:] if week.planned is not None]
    first = next((date.fromisoformat(walk.day) for week in mine for walk, _said in week.verdicts), None)
    late = first is not None and first.weekday() > LATE
    past = [week for week in mine if week.monday < monday(today)]
    due = sum(week.planned or 0 for week in (past[1:] if late and past and monday(first) == past[0].monday else past))
    total = asked.sessions_per_week * len(asked.weeks)
    this_week = sum(week.counted for week in mine if week.monday == monday(today))
    counted = sum(week.counted for week in mine)
    return Standing(min(due, total), counted, this_week, asked.sessions_per_week, total)


def _same(one: str, other: str) -> bool:
    """The same plan, however far it was walked."""
    return plans.same(plans.unpack(bytes.fromhex(one)), plans.unpack(bytes.fromhex(other)))
