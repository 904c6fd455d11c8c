# SPDX-License-Identifier: MIT
"""Replay: the device's own engine over recordings, as fast as the computer goes.

in    a recording (recordings.load) or its stream
out   one dict per recording, the JSON object of docs/contracts.md; times in s from the first sample
keeps nothing; no board objects are made
from  docs/contracts.md, "`retrostep replay FILE... --json`"
not   a second algorithm: every event comes from retrostep.engine
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any

from retrostep import events, units

from retrostep_host.reasons import REASONS

from . import recordings
from .errors import INTERNAL, RetrostepError, from_os

REPLAYED = {kind: row[0] for kind, row in events.KINDS.items() if row[2]}
ALERTS = ("stumble", "fall", "wobble")
BLOCK = 1300  # samples handed over at a time; the engine re-cuts them, so the number changes nothing


def run_engine(stream: recordings.Stream, alerts: str = "usual") -> list[events.Event]:
    """All events of the engine over a stream, in the order of their decision; `alerts` as the setting."""
    from retrostep.engine import Engine

    found: list[events.Event] = []
    engine = Engine(stream.placement, found.append, has_gyro=stream.has_gyro, side=stream.side, alerts=alerts)
    words = array("h")
    words.frombytes(stream.words.tobytes())

    def feed(start: int, end: int) -> None:
        for at in range(start, end, BLOCK):
            engine.feed(words, min(BLOCK, end - at), at)

    at = 0
    for first, lost in stream.gaps:
        feed(at, first)
        at = first + lost
        if first:
            engine.gap(lost)
        else:
            feed(0, lost)
    feed(at, len(stream.words))
    engine.finish()
    return found


def describe(event: events.Event) -> dict[str, Any]:
    """One event as the JSON object of the contract; keys without a value are left out."""
    step = event.kind == events.STEP
    row: dict[str, Any] = {"t": round((event.index + event.frac) / units.RATE_HZ, 4), "kind": REPLAYED[event.kind]}
    if step:
        row["inferred"] = bool(event.inferred)
        row["direction"] = events.DIRECTIONS[event.direction]
        row["confidence"] = round(event.confidence, 3)
    row["decided_t"] = round(event.decided / units.RATE_HZ, 4)
    if event.provisional >= 0:
        row["provisional_t"] = round(event.provisional / units.RATE_HZ, 4)
    if step:
        if event.stride_s > 0:
            row["stride_time_s"] = round(event.stride_s, 4)
        if event.length_m:
            row["stride_length_m"] = round(event.length_m, 3)
            if event.length_sd_m > 0:
                row["stride_length_sd_m"] = round(event.length_sd_m, 3)
            if event.stride_s > 0:
                row["speed_mps"] = round(abs(event.length_m) / event.stride_s, 3)
        if event.stance > 0:
            row["stance"] = round(event.stance, 3)
        if event.sagittal_rad > 0:
            row["sagittal_rad"] = round(event.sagittal_rad, 3)
        row["contact"] = events.CONTACTS[event.contact]
        if event.contact_confidence > 0:
            row["contact_confidence"] = round(event.contact_confidence, 3)
    else:
        row["score"] = round(event.score, 3)
        if event.direction:
            row["direction"] = events.DIRECTIONS[event.direction]
    if event.quality:
        row["quality"] = [name for bit, name in enumerate(events.QUALITY) if event.quality >> bit & 1]
    return row


def summarise(name: str, stream: recordings.Stream, found: list[events.Event]) -> dict[str, Any]:
    """The object of one recording: counts and events, sorted by time, none outside the recording."""
    rows = [describe(event) for event in found if event.kind in REPLAYED and 0 <= event.index < stream.recorded]
    for row in rows:  # a contact between the last sample and the next tick lies within a sample of the end
        row["t"] = min(row["t"], round(stream.duration_s, 4))
    rows.sort(key=lambda row: row["t"])
    directions = [row["direction"] for row in rows if row["kind"] == "step"]
    result = {
        "recording": name,
        "duration_s": round(stream.duration_s, 4),
        "placement": stream.placement,
        "side": stream.side,
        "steps": len(directions),
        "steps_by_direction": {d: directions.count(d) for d in ("forward", "backward", "sideways", "unknown")},
        "gaps": [
            {"t": round(max(0, first - 1) / units.RATE_HZ, 3), "duration_s": round((lost + 1) / units.RATE_HZ, 3)}
            for first, lost in stream.gaps
        ],
        "events": rows,
    }
    doubts = [REASONS[event.reason][0] for event in found if event.kind == events.DOUBT]
    if doubts:
        result["doubts"] = doubts
    return result


def replay(
    path: str,
    placement: str | None = None,
    side: str | None = None,
    rotate: tuple[int, int] | None = None,
    alerts: str = "usual",
    **how: Any,
) -> dict[str, Any]:
    """Read a recording and run the engine over it; `how` as for recordings.load. Raises BadRecording."""
    recording = recordings.load(path, **how)
    stream = recordings.stream(recording, placement, rotate, side)
    result = summarise(path, stream, run_engine(stream, alerts))
    if not placement and not recording.placement:
        result["placement_assumed"] = True
    if recording.notes:
        result["notes"] = recording.notes
    return result


def _one(job: tuple[str, str | None, str | None, tuple[int, int] | None, dict[str, Any]]) -> dict[str, Any]:
    path, placement, side, rotate, how = job
    try:
        return replay(path, placement, side, rotate, **how)
    except RetrostepError as problem:
        return {"recording": path, "error": str(problem), "exit_code": problem.exit_code}
    except (OSError, MemoryError) as problem:
        reason = getattr(problem, "strerror", None) or type(problem).__name__
        code = from_os(problem, "reading").exit_code if isinstance(problem, OSError) else INTERNAL
        sentence = f"{path} cannot be read ({reason}); nothing was changed."
        return {"recording": path, "error": sentence, "exit_code": code}
    except Exception as problem:  # one broken file must not stop the others
        sentence = f"Retrostep made a mistake of its own on {path} ({type(problem).__name__}: {problem}); report it."
        return {"recording": path, "error": sentence, "exit_code": INTERNAL}


def replay_all(
    paths: list[str],
    placement: str | None = None,
    side: str | None = None,
    rotate_seed: int | None = None,
    unit: dict[str, str] | None = None,
    jobs: int = 1,
    **how: Any,
) -> Iterator[dict[str, Any]]:
    """One object per path, in the order given; {"recording", "error", "exit_code"} for those that cannot be read."""
    work = [
        (path, placement, side, None if rotate_seed is None else (rotate_seed, position), {"unit": unit, **how})
        for position, path in enumerate(paths)
    ]
    if jobs <= 1 or len(work) < 2:
        yield from map(_one, work)
        return
    import multiprocessing

    # spawn: the same on every system, and safe beside threads of a test runner
    with multiprocessing.get_context("spawn").Pool(min(jobs, len(work))) as pool:
        yield from pool.imap(_one, work, chunksize=max(1, min(8, len(work) // (4 * jobs))))
