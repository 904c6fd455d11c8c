# SPDX-License-Identifier: MIT
"""Walks for the tests of store, report and verbs: made up, seeded, whole.

in    a seed and a plan of (direction, strides)
out   store.rows.Walk
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

from retrostep_host.store.rows import Event, Step, Walk

PLAN = (("forward", 40), ("backward", 22), ("forward", 30), ("backward", 36), ("sideways", 8), ("forward", 14))
BEAT_S = {"forward": 1.08, "backward": 1.34, "sideways": 1.2, "unknown": 1.2}
LENGTH_M = {"forward": 1.28, "backward": 0.74, "sideways": 0.5}


def walk(seed: int = 1, plan=PLAN, session: int = 1, start: datetime | None = None, **changes) -> Walk:
    """A walk with `plan` strides; each stride is an own step and the other leg's, like an ankle gives them."""
    rng = random.Random(seed)
    steps, events = [], []
    t = 3.0
    for number, (direction, strides) in enumerate(plan):
        first = t
        for k in range(strides):
            beat = BEAT_S[direction] * rng.gauss(1, 0.04)
            known = "unknown" if k == 0 and number else direction
            length = LENGTH_M.get(direction, 0.0) * rng.gauss(1, 0.07)
            contact = "toe" if direction == "backward" else "heel"
            values = (beat, length, 0.06 * length, contact) if known != "unknown" else (beat, None, None, "unknown")
            steps.append(Step(len(steps), round(t, 3), known, rng.uniform(0.8, 1.0), False, *values))
            steps.append(Step(len(steps), round(t + beat / 2, 3), known, rng.uniform(0.7, 0.9), True))
            t += beat
        if direction == "backward":
            events.append(Event(0, first + 1.2, "alert", "turn", "step"))
            if strides > 30:
                events.append(Event(0, first + 20.0, "stumble", direction, None, 1.7))
                events.append(Event(0, first + 20.2, "alert", "stop", "stumble"))
                events.append(Event(0, first + 31.0, "wobble", direction, None, 1.2))
        t += rng.uniform(0.5, 6.0)
    events = [Event(seq, *list(vars(e).values())[1:]) for seq, e in enumerate(sorted(events, key=lambda e: e.t_s))]
    counts: dict[str, int] = {}
    for step in steps:
        counts[step.direction] = counts.get(step.direction, 0) + 1
    alerts: dict[str, int] = {}
    for event in events:
        if event.kind != "alert":
            alerts[event.kind] = alerts.get(event.kind, 0) + 1
    values = {
        "id": session,
        "device_uid": "e66138935f2c8a27",
        "session": session,
        "boot": "1",
        "start_utc_us": int(start.timestamp() * 1e6) if start else None,
        "utc_offset_min": 60 if start else None,
        "duration_s": round(t + 4.0, 2),
        "placement": "ankle",
        "side": "left",
        "ended": "usb",
        "complete": True,
        "gaps": 0,
        "settings": {},
        "imported_utc_us": int(datetime(2026, 11, 24, 9, 30, tzinfo=UTC).timestamp() * 1e6),
        "counts": counts,
        "alerts": alerts,
        "steps": tuple(steps),
        "events": tuple(events),
    }
    return Walk(**{**values, **changes})
