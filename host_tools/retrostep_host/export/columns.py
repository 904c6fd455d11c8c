# SPDX-License-Identifier: MIT
"""Columns: what stands in each table, said once: for CSV, XLSX, Parquet, columns.txt, datapackage.json and a cohort.

in    nothing
out   TABLES: name -> Column (name, type, words), in order
but   names that others read are kept: session, stride and event of format 3 begin each table unchanged, what is new
      stands behind them. The names of bouts are those that Mobilise-D's aggregation reads (mobgap 1.2,
      mobgap.aggregation.MobilisedAggregator: INPUT_COLUMNS, and its default groupby; bench/mobgap_reads.py), but for
      n_steps, which it calls n_raw_initial_contacts: renamed, it adds up steps as well
not   n_turns, which mobgap would add up too: nothing here counts turns
"""

from __future__ import annotations

from typing import NamedTuple

FORMAT = 4  # a change of columns is a new number and a line in the changelog
OTHER = "other_"  # before the name of a table: steps and events that another board's rows hold already
WAYS = ("forward", "backward", "sideways", "unknown")


class Column(NamedTuple):
    """`kind` is string, integer or number."""

    name: str
    kind: str
    words: str


def _all(*rows: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


KEY = _all(
    ("device_uid", "string", "the board"),
    ("session", "integer", "the board's number; begins again when its flash is erased"),
    ("boot", "string", "the board's starts, counted; begins again as well"),
    ("walk", "string", "16 hex digits that no other walk has"),
    ("of_walk", "string", "the row of session.csv this belongs to: another `walk` where several boards saw one"),
)
WHEN = _all(
    ("t_s", "number", "s since the session's first sample"),
    ("t_utc_us", "integer", "microseconds since 1970 UTC; empty: the clock was not set"),
    ("utc_offset_min", "integer", "minutes east of UTC where it was walked"),
)
_OUTCOMES = [
    Column(f"{name}_{way}{unit}", "number", words.format(way=way))
    for name, unit, words in (
        ("cadence", "_spm", "steps per minute of both legs, {way}: 120 / mean stride time; empty: under 8 strides"),
        ("speed", "_mps", "m/s, median of the {way} strides"),
        ("stride_length", "_m", "m, median of the {way} strides"),
        ("stride_time_cv", "", "coefficient of variation of the stride time, {way}, 0-1; empty: under 20 strides"),
    )
    for way in WAYS[:2]
]
TABLES: dict[str, tuple[Column, ...]] = {
    "session": (
        *KEY,
        *_all(
            ("start_utc_us", "integer", "microseconds since 1970 UTC; empty: the clock was not set"),
            ("utc_offset_min", "integer", "minutes east of UTC where it was walked"),
            ("duration_s", "number", "s"),
            ("placement", "string", "ankle, foot or wrist"),
            ("side", "string", "left, right, both (two boards) or unknown"),
            ("code", "string", "participant code"),
            ("aid", "string", "walking aid"),
            ("ground", "string", "level, treadmill or incline"),
            ("ended", "string", "why the session ended"),
            ("complete", "integer", "1: ended, and every block present"),
            ("gaps", "integer", "places where data is missing"),
            ("noticed", "string", "what the board noticed about itself, NAME=COUNT, separated by spaces; lost_samples: "
             "not measured"),
            ("steps_forward", "integer", "steps"),
            ("steps_backward", "integer", "steps"),
            ("steps_sideways", "integer", "steps"),
            ("steps_unknown", "integer", "steps whose direction is not known"),
            ("firmware", "string", "version on the board"),
            ("format", "integer", "version of these tables"),
            ("start_local", "string", "ISO 8601, by the clock that hung on the wall; empty: the clock was not set"),
            ("day", "string", "the day it is filed under; without a clock the day it was copied"),
            *((f"minutes_{way}", "number", f"minutes spent stepping, direction {way}") for way in WAYS),
            ("stumbles", "integer", "how often"),
            ("falls", "integer", "how often"),
            ("wobbles", "integer", "unsteady stretches, how often"),
        ),
        *_OUTCOMES,
        *_all(
            ("plan", "string", "8 hex digits of the plan that was on the board; empty: none, or nobody knows"),
            ("plan_week", "integer", "its week, from 1"),
            ("plan_session", "integer", "its session, counted from 1 over all weeks"),
            ("plan_done", "number", "0-1 of the backward part that was planned"),
            ("plan_counted", "integer", "the board's verdict: 1 it counts, 0 it does not"),
            ("plan_why", "string", "why it does not: unanswered, not begun, broken off, too little"),
        ),
    ),
    "day": _all(
        ("code", "string", "participant code; a day of each person is one row"),
        ("day", "string", "by the clock that hung on the wall"),
        ("walks", "integer", "walks of that day"),
        ("undated", "integer", "of them, filed under the day they were copied: the clock was not set"),
        ("minutes_recorded", "number", "minutes with the board on"),
        *((f"minutes_{way}", "number", f"minutes spent stepping, direction {way}") for way in WAYS),
        ("steps", "integer", "all steps"),
        *((f"steps_{way}", "integer", "steps") for way in WAYS),
        ("stumbles", "integer", "how often"),
        ("falls", "integer", "how often"),
        ("wobbles", "integer", "unsteady stretches, how often"),
        ("plan_sessions", "integer", "sessions of a plan"),
        ("plan_counted", "integer", "of them, those that count"),
    ),
    "bout": (
        *KEY,
        *_all(
            ("wb_id", "string", "the bout: no other has it"),
            ("participant_id", "string", "participant code; `no code` without one"),
            ("measurement_date", "string", "the day it is filed under"),
            ("visit_type", "string", "always `walk`: an aggregation by visit needs a name"),
            ("start_s", "number", "s since the session's first sample"),
            ("start_local", "string", "ISO 8601; empty: the clock was not set"),
            ("direction", "string", "forward, backward, sideways or unknown: a bout has one"),
            ("duration_s", "number", "s"),
            ("n_steps", "integer", "steps of both legs"),
            ("n_strides", "integer", "strides of the leg with the board"),
            ("walking_speed_mps", "number", "m/s, mean of its strides; empty: unknown"),
            ("stride_length_m", "number", "m, mean; empty: unknown"),
            ("cadence_spm", "number", "steps per minute: 120 / mean stride time"),
            ("stride_duration_s", "number", "s, mean"),
        ),
    ),
    "stride": (
        *KEY,
        Column("seq", "integer", "number within the session"),
        *WHEN,
        *_all(
            ("direction", "string", "forward, backward, sideways or unknown"),
            ("confidence", "number", "of the direction, 0-1"),
            ("inferred", "integer", "1: the step of the leg without a sensor"),
            ("stride_time_s", "number", "s; empty: unknown"),
            ("stride_length_m", "number", "m; empty: unknown"),
            ("stride_length_sd_m", "number", "m, one standard deviation"),
            ("contact", "string", "toe, heel or unknown"),
            ("quality", "string", "what was wrong with the samples, separated by spaces; empty: nothing"),
            ("stance", "number", "share of the stride in stance, 0-1; empty: unknown"),
            ("contact_confidence", "number", "of toe or heel, 0-1; empty: unknown"),
            ("sagittal_range_rad", "number", "rad, range of the sagittal angle in the stride; empty: unknown"),
        ),
    ),
    "event": (
        *KEY,
        Column("seq", "integer", "number within the session"),
        *WHEN,
        *_all(
            ("kind", "string", "stumble, fall, wobble, alert (a buzz), unfelt (a buzz, but no motor ran), button, …"),
            ("value", "string", "the buzz, the reason, the direction"),
            ("cause", "string", "what led to a buzz"),
            ("score", "number", "how far past the threshold; 1 is at it"),
            ("t_local", "string", "ISO 8601, by the clock that hung on the wall; empty: the clock was not set"),
        ),
    ),
}
KEYS = {
    "session": ("walk",),
    "day": ("code", "day"),
    "bout": ("wb_id",),
    "stride": ("walk", "seq"),
    "event": ("walk", "seq"),
}
SEEN = ("session", "stride", "event")  # also as each of several boards saw them: other_session, …


def of(name: str) -> tuple[Column, ...]:
    """The columns of a table, `other_` ones included."""
    return TABLES[name.removeprefix(OTHER)]


def explain() -> str:
    """The page that goes with the tables."""
    lines = [f"Retrostep tables, format {FORMAT}. UTF-8, commas, one line of names. Empty = not known.", ""]
    for table, found in TABLES.items():
        lines.append(f"{table}.csv, keyed by {', '.join(KEYS[table])}")
        lines += [f"  {column.name:26}{column.words}" for column in found]
        lines.append("")
    lines.append("other_session.csv, other_stride.csv, other_event.csv: the same columns, where several boards saw one")
    lines.append("walk. It is in the tables above already, as another board saw it: lay it beside, do not add it.")
    return "\n".join(lines)
