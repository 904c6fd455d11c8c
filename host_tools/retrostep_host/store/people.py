# SPDX-License-Identifier: MIT
"""People: each person of a store in one row: what a helper asks every Monday.

in    walks as people walked them (choose.joined), profiles, when somebody last looked; a day
out   Person rows, in the order of their codes; the same as JSON
keeps nothing
but   nothing is added over people
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from retrostep_host.store import choose, weeks
from retrostep_host.store.rows import ALERTS, Profile, Walk


@dataclass
class Person:
    """Who, what they walked, how that compares, and what happened since somebody looked."""

    person: str
    code: str
    profile: Profile | None
    walks: list[Walk]
    this: weeks.Week
    before: weeks.Week
    fresh: list[Walk]  # with an alert, copied since the last look
    looked_utc_us: int | None

    @cached_property
    def last(self) -> Walk | None:
        """Their last visit: what is dated first, what was only copied else."""
        return max(self.walks, key=lambda walk: (walk.start is not None, walk.day), default=None)

    @cached_property
    def boards(self) -> dict[str, str]:
        """Board -> where it was worn last."""
        return {v.device_uid: choose.worn(v) for walk in self.walks for v in walk.views or (walk,)}

    @property
    def batteries(self) -> dict[str, int]:
        """Board -> mV at the end of its last walk, where it can say."""
        found: dict[str, int] = {}
        for view in (v for walk in reversed(self.walks) for v in reversed(walk.views or (walk,))):
            if view.device_uid not in found and view.summary.battery_mv:
                found[view.device_uid] = view.summary.battery_mv
        return {uid: found[uid] for uid in self.boards if uid in found}

    @property
    def alerts(self) -> Counter:
        """Since somebody last looked."""
        return sum((Counter(walk.alerts) for walk in self.fresh), Counter())


def rows(walks: Iterable[Walk], profiles: dict[str, Profile], looks: dict[str, int], today: date) -> list[Person]:
    """One row a person, those of whom only a profile is there among them."""
    found = choose.people(walks)
    every = sorted({*found, *profiles}, key=choose.in_order)
    made = []
    for person in every:
        mine, profile = found.get(person, []), profiles.get(person)
        looked = looks.get(person)
        fresh = [walk for walk in mine if walk.alerts and _came(walk) > (looked or 0)]
        code = choose.called(mine) if mine else (profile.code if profile and profile.code else person)
        this, before = weeks.two(mine, today, profile)
        made.append(Person(person, code, profile, mine, this, before, fresh, looked))
    return made


def _came(walk: Walk) -> int:
    return max(view.imported_utc_us for view in walk.views or (walk,))


def as_json(one: Person) -> dict:
    """A person in a line of JSON: what `list --json` says of them, and more."""
    known = {k: v for k, v in vars(one.profile).items() if k not in ("person", "plan") and v} if one.profile else {}
    return {
        **(choose.person(one.walks) if one.walks else {"code": one.code, "walks": 0}),
        "boards": one.boards,
        "battery_mv": one.batteries,
        "profile": known,
        "this_week": week_json(one.this),
        "last_week": week_json(one.before),
        "alerts_since_look": {kind: one.alerts[kind] for kind in ALERTS if one.alerts[kind]},
        "alerts_in": [walk.name for walk in one.fresh],
    }


def week_json(week: weeks.Week) -> dict:
    """A week in a line of JSON."""
    return {
        "monday": week.monday.isoformat(),
        "sessions": len(week.walks),
        "counted": week.counted,
        "planned": week.planned,
        "backward_s": round(week.backward_s, 1),
        "planned_s": week.planned_s,
        "plan_week": week.number or None,
        "plan_changed": week.changed,
        "not_counted": [{"walk": walk.name, "why": said.why} for walk, said in week.verdicts if not said.counted],
    }
