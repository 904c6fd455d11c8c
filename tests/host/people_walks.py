# SPDX-License-Identifier: MIT
"""Weeks of walks for tests of sheets and groups: made up, seeded, with summaries and without a step.

in    how many weeks, what is to be true of them
out   store.rows.Walk objects, oldest first, as a store lists them
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import walks
from retrostep_host import plans
from retrostep_host.outcomes import Way
from retrostep_host.store.rows import Summary, Training, Walk

MONDAY = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
SIX_WEEKS = plans.read("six_weeks")


def way(rng: random.Random, cv: float, speed: float, toe: int = 0, heel: int = 30) -> Way:
    """A direction of a session, with the scatter of a person."""
    stride = rng.gauss(1.2, 0.02)
    return Way(60, stride, abs(rng.gauss(cv, 0.002)), 50, speed * stride, rng.gauss(speed, 0.02), 0.75, toe, heel)


def person(
    code: str = "P-01", weeks: int = 8, per_week: int = 3, seed: int = 1, first: datetime = MONDAY, misses: int = 0,
    stumbles: tuple[int, ...] = (), steadier: bool = False, placement: str = "ankle", tests: bool = False,
    legs: bool = False,
) -> list[Walk]:  # fmt: skip
    """`misses`: how many of the last sessions did not count; `stumbles`: at which walks, from 0."""
    rng = random.Random(f"{code} {seed}")
    found, counted = [], 0
    total = weeks * per_week
    for n in range(total):
        week, place = divmod(n, per_week)
        start = first + timedelta(weeks=week, days=place * (7 // per_week))
        counts = n < total - misses
        state = replace(SIX_WEEKS, done=counted).pack()
        number = min(counted // 3, 5) + 1
        training = Training("aaaaaaaa", state.hex(), number, counted + 1, 3, 300, 1.0 if counts else 0.2, counts,
                            "" if counts else "too little")  # fmt: skip
        cv = 0.06 - (0.03 * n / total if steadier else 0)
        ways = {"forward": way(rng, 0.03, 1.1), "backward": way(rng, cv, 0.6, 28, 2)}
        told = (("stumble", 61.0),) if n in stumbles else ()
        summary = Summary(
            {"forward": 300.0, "backward": 290.0 if counts else 60.0}, 2.0, 600.0, 3900, training, ways, told,
            ((max(3.6, 4.9 - 0.05 * n), 2.9), (max(3.4, 4.7 - 0.05 * n), 2.9)) if tests else (),
        )  # fmt: skip
        one = walks.walk(
            n, plan=(), session=n + 1, id=n + 1, start=start, duration_s=620.0, placement=placement,
            counts={"forward": 500, "backward": 480}, alerts={"stumble": 1} if told else {}, settings={"code": code},
            number=f"{seed * 100_000 + n + 1:016x}", summary=summary,
            imported_utc_us=int((start + timedelta(hours=1)).timestamp() * 1e6),
        )  # fmt: skip
        if legs:
            right = {name: replace(found_, stride_s=found_.stride_s * 0.97) for name, found_ in ways.items()}
            other = replace(one, id=10_000 + n, side="right", device_uid="e66138935f2c8a28",
                            summary=replace(summary, ways=right))  # fmt: skip
            one = replace(one, side="both", views=(replace(one, side="left"), other))
        found.append(one)
        counted += counts
    return found
