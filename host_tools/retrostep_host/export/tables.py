# SPDX-License-Identifier: MIT
"""Tables: stored walks as three plain tables, for a spreadsheet or for R.

in    Walk objects, whole
out   session.csv, stride.csv, event.csv and a page that explains the columns; where several boards saw one walk, also
      other_session.csv, other_stride.csv, other_event.csv: what is counted already, as each board saw it
keeps the board's own times: nothing is resampled, nothing rounded but what the board rounded
but   rows are keyed by walk and seq, never by numbers of this computer's database
not   names: a participant code where one was set

`t_utc_us` is microseconds since 1970, UTC, and empty when the board's clock was not set; `t_s` counts from the
session's first sample and is always there. `utc_offset_min` is the zone where it was walked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from retrostep.events import QUALITY

from retrostep_host import errors
from retrostep_host.export import cells
from retrostep_host.store import together
from retrostep_host.store.rows import Walk

FORMAT = 3  # a change of columns is a new number and a line in the changelog

KEY = (
    ("device_uid", "the board"),
    ("session", "the board's number; begins again when its flash is erased"),
    ("boot", "the board's starts, counted; begins again as well"),
    ("walk", "16 hex digits that no other walk has"),
    ("of_walk", "the row of session.csv this belongs to: another `walk` where several boards saw one"),
)
OTHER = "other_"  # before the name of a table: steps and events that another board's rows hold already
WHEN = (
    ("t_s", "s since the session's first sample"),
    ("t_utc_us", "microseconds since 1970 UTC; empty: the clock was not set"),
    ("utc_offset_min", "minutes east of UTC where it was walked"),
)
COLUMNS = {
    "session": (
        *KEY,
        ("start_utc_us", "microseconds since 1970 UTC; empty: the clock was not set"),
        ("utc_offset_min", "minutes east of UTC where it was walked"),
        ("duration_s", "s"),
        ("placement", "ankle, foot or wrist"),
        ("side", "left, right, both (two boards) or unknown"),
        ("code", "participant code"),
        ("aid", "walking aid"),
        ("ground", "level, treadmill or incline"),
        ("ended", "why the session ended"),
        ("complete", "1: ended, and every block present"),
        ("gaps", "places where data is missing"),
        ("noticed", "what the board noticed about itself, NAME=COUNT, separated by spaces; lost_samples: not measured"),
        ("steps_forward", "steps"),
        ("steps_backward", "steps"),
        ("steps_sideways", "steps"),
        ("steps_unknown", "steps whose direction is not known"),
        ("firmware", "version on the board"),
        ("format", "version of these tables"),
    ),
    "stride": (
        *KEY,
        ("seq", "number within the session"),
        *WHEN,
        ("direction", "forward, backward, sideways or unknown"),
        ("confidence", "of the direction, 0-1"),
        ("inferred", "1: the step of the leg without a sensor"),
        ("stride_time_s", "s; empty: unknown"),
        ("stride_length_m", "m; empty: unknown"),
        ("stride_length_sd_m", "m, one standard deviation"),
        ("contact", "toe, heel or unknown"),
        ("quality", "what was wrong with the samples, separated by spaces; empty: nothing"),
    ),
    "event": (
        *KEY,
        ("seq", "number within the session"),
        *WHEN,
        ("kind", "stumble, fall, wobble, alert (a buzz), unfelt (a buzz, but no motor ran), button, log, …"),
        ("value", "the buzz, the reason, the direction"),
        ("cause", "what led to a buzz"),
        ("score", "how far past the threshold; 1 is at it"),
    ),
}


def counted(table: str, walk: Walk) -> Iterator[tuple]:
    """The rows of one table for one walk: each step of it once, whichever board saw it."""
    if table == "session" or not walk.views:
        yield from rows(table, walk, walk.name)
        return
    for part in together.parts(walk):
        yield from rows(table, replace(part.view, steps=part.steps, events=part.events), walk.name)


def others(table: str, walk: Walk) -> Iterator[tuple]:
    """What several boards saw of a walk beside what is counted; of sessions, what each of them says."""
    for part in together.parts(walk) if walk.views else ():
        steps, events = {step.seq for step in part.steps}, {event.seq for event in part.events}
        left = replace(
            part.view,
            steps=tuple(step for step in part.view.steps if step.seq not in steps),
            events=tuple(event for event in part.view.events if event.seq not in events),
        )
        yield from rows(table, left, walk.name)


def rows(table: str, walk: Walk, of_walk: str = "") -> Iterator[tuple]:
    """The rows of one table for one session, in the order of COLUMNS."""
    key = (walk.device_uid, walk.session, walk.boot, walk.name, of_walk or walk.name)
    start, zone = (walk.start_utc_us, walk.utc_offset_min) if walk.start else (None, None)

    def when(t_s: float) -> tuple:
        return (t_s, None if start is None else start + round(t_s * 1e6), zone)

    if table == "session":
        counts = (walk.counts.get(name, 0) for name in ("forward", "backward", "sideways", "unknown"))
        said = (walk.settings.get(name, "") for name in ("code", "aid", "ground"))
        noticed = " ".join(f"{name}={count}" for name, count in sorted(walk.noticed.items()))
        worn = (walk.duration_s, walk.placement, walk.side, *said, walk.ended, int(walk.complete), walk.gaps, noticed)
        yield (*key, start, zone, *worn, *counts, walk.firmware, FORMAT)
    elif table == "stride":
        for s in walk.steps:
            flags = " ".join(name for bit, name in enumerate(QUALITY) if s.quality >> bit & 1)
            known = (s.direction, s.confidence, int(s.inferred), s.stride_s, s.length_m, s.length_sd_m)
            yield (*key, s.seq, *when(s.t_s), *known, s.contact, flags)
    else:
        for e in walk.events:
            yield (*key, e.seq, *when(e.t_s), e.kind, e.value, e.cause, e.score)


def explain() -> str:
    """The page that goes with the tables."""
    lines = [f"Retrostep tables, format {FORMAT}. UTF-8, commas, one line of names. Empty = not known.", ""]
    for table, columns in COLUMNS.items():
        lines.append(f"{table}.csv, keyed by {', '.join(name for name, _ in columns if name in _KEYS)}")
        lines += [f"  {name:20}{words}" for name, words in columns]
        lines.append("")
    lines.append("other_session.csv, other_stride.csv, other_event.csv: the same columns, where several boards saw one")
    lines.append("walk. It is in the tables above already, as another board saw it: lay it beside, do not add it.")
    return "\n".join(lines)


_KEYS = {"walk", "seq"}


def write(walks: list[Walk], out: Path) -> list[Path]:
    """Write the tables and the page into the folder `out`; each file appears whole. Returns their paths."""
    written = []
    wanted = [(table, table, counted) for table in COLUMNS]
    if any(walk.views for walk in walks):
        wanted += [(OTHER + table, table, others) for table in COLUMNS]
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, table, source in wanted:
            path = out / f"{name}.csv"
            half = path.with_suffix(".part")
            with half.open("w", newline="", encoding="utf-8") as file:
                writer = cells.Writer(file)
                writer.rows([[column for column, _ in COLUMNS[table]]])
                for walk in walks:
                    writer.rows(source(table, walk))
            half.replace(path)
            written.append(path)
        if not any(walk.views for walk in walks):
            for table in COLUMNS:  # of an earlier export
                (out / f"{OTHER}{table}.csv").unlink(missing_ok=True)
        page = out / "columns.txt"
        page.write_text(explain(), encoding="utf-8")
        written.append(page)
    except OSError as error:
        raise errors.from_os(error, "writing the tables") from error
    return written
