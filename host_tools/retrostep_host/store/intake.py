# SPDX-License-Identifier: MIT
"""Intake: a decoded journal becomes rows of the store.

in    journal.Session (or a Walk, which passes through)
out   Walk with steps, events and counts; events are numbered in the order of time
not   judging: what the board said is kept as it said it
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from retrostep import units
from retrostep.events import DIRECTIONS, QUALITY

from retrostep_host import zone
from retrostep_host.store.rows import ALERTS, LOST, UNFELT, Event, Step, Trace, Walk

if TYPE_CHECKING:
    from retrostep_host.journal import Session

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_walk(session: Session | Walk, imported_utc_us: int) -> Walk:
    """The rows of a session. `imported_utc_us` is now, in microseconds since 1970 UTC."""
    if isinstance(session, Walk):
        return _counted(session)
    steps = tuple(
        Step(
            seq,
            step.t,
            step.direction if step.direction in DIRECTIONS else "unknown",
            step.confidence,
            step.inferred,
            step.stride_time_s or None,
            step.stride_length_m or None,
            step.stride_length_sd_m or None,
            step.contact,
            _flags(step.quality),
            step.stance or None,
            step.contact_confidence or None,
            step.sagittal_rad or None,
        )
        for seq, step in enumerate(session.steps)
    )
    start, offset = session.start_utc, zone.local(imported_utc_us)  # without a clock: the day it was copied, here
    if start is not None:
        offset = int((start.utcoffset() or timedelta()).total_seconds() // 60)
    return _counted(
        Walk(
            id=0,
            device_uid=session.device,
            session=session.session,
            boot=str(session.boot),
            start_utc_us=None if start is None else (start - _EPOCH) // timedelta(microseconds=1),
            utc_offset_min=offset,
            duration_s=session.duration_s,
            placement=session.placement,
            side=session.side,
            ended=session.end,
            complete=session.complete,
            gaps=len(session.gaps),
            settings=dict(session.settings),
            imported_utc_us=imported_utc_us,
            firmware=session.firmware,
            number=session.number,
            sha1=session.sha1,
            noticed=noticed(session),
            steps=steps,
            events=_events(session),
        )
    )


def noticed(session: Session) -> dict[str, int]:
    """What the board noticed about itself during the walk: name in retrostep_host.reasons -> how often; and LOST, how
    many samples are missing, UNFELT, how many buzzes nobody felt."""
    found = Counter(log.reason for log in session.logs)
    found[LOST] = session.lost_samples
    found[UNFELT] = sum(buzz.failed for buzz in session.buzzes)
    return {name: count for name, count in found.items() if count}


def traces(session: Session) -> tuple[Trace, ...]:
    """The raw samples of a session as magnitudes; () when its ranges are unknown: of a newer sensor."""
    ranges = units.RANGES.get(session.placement, units.RANGES["ankle"])
    try:
        acc_scale = units.acc_scale(session.ranges[0] or ranges[0])
        gyro_scale = units.gyro_scale(session.ranges[1] or ranges[1])
    except KeyError:
        return ()
    found = []
    for raw in session.raws:
        words = [word for (word,) in struct.iter_unpack("<h", raw.data[: len(raw.data) // 12 * 12])]
        samples = [words[at : at + 6] for at in range(0, len(words), 6)]
        acc = tuple(math.hypot(*sample[3:]) * acc_scale for sample in samples)
        gyr = tuple(math.hypot(*sample[:3]) * gyro_scale for sample in samples)
        if samples:
            found.append(Trace(raw.t, session.rate_hz, acc, gyr))
    return tuple(found)


def _events(session: Session) -> tuple[Event, ...]:
    found = [Event(0, 0.0, "unreadable", session.trouble)] if session.trouble else []
    found += [Event(0, 0.0, "doubt", words) for words in session.doubts]
    found += [Event(0, a.t, a.kind, a.direction, None, a.score) for a in session.alerts]
    found += [Event(0, b.t, "unfelt" if b.failed else "alert", _feeling(b.pattern), b.cause) for b in session.buzzes]
    found += [Event(0, log.t, "log", log.reason, _named(log)) for log in session.logs]
    for note in session.events:
        value = ", ".join(f"{name}={value}" for name, value in note.fields.items())
        found.append(Event(0, note.t, note.kind, value or None))
    found.sort(key=lambda event: event.t_s)
    return tuple(replace(event, seq=seq) for seq, event in enumerate(found))


def _named(log) -> str | None:
    """The lines of settings.toml that set nothing: their names are what helps."""
    return log.text if log.reason == "setting_ignored" else None


def _feeling(pattern: int) -> str:
    """The name of a buzz pattern, or its number when a newer firmware made it."""
    from retrostep.coach.patterns import PATTERNS

    try:
        return str(PATTERNS[pattern][0])
    except (LookupError, TypeError):
        return f"pattern {pattern}"


def _flags(names: tuple[str, ...]) -> int:
    return sum(1 << QUALITY.index(name) for name in set(names) if name in QUALITY)


def _counted(walk: Walk) -> Walk:
    if walk.counts and not walk.steps:
        return walk
    counts = dict(Counter(step.direction for step in walk.steps))
    alerts = dict(Counter(event.kind for event in walk.events if event.kind in ALERTS))
    return replace(walk, counts=counts, alerts=alerts)
