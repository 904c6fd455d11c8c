# SPDX-License-Identifier: MIT
"""Tally: what a walk came to so far, from records as they come and from the board's own log.

in    records of the live stream; a Session read from the log, for what nobody watched
out   a dict a happening, for a line of text or of JSON; counts, direction, cadence
keeps each step and alert once, by its sample index: the stream and the log tell the same ones
from  docs/formats.md, "Record"
"""

from __future__ import annotations

from typing import Any

from retrostep import events
from retrostep.coach import patterns
from retrostep.journal import records
from retrostep.units import RATE_HZ

from retrostep_host import journal
from retrostep_host.reasons import REASONS

ALERTS = (events.STUMBLE, events.FALL, events.WOBBLE)
STANDS_S = 2.5  # without a step for so long the wearer stands, as for the coach


class Tally:
    """One walk. `start`: sample index at which it began."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.newest = start
        self._steps: dict[tuple[int, bool], str] = {}
        self._alerts: set[tuple[str, int]] = set()
        self._last: tuple[int, str] = (start, "")  # newest step: sample index, direction
        self._stride_s = 0.0

    # in ---------------------------------------------------------------------------------------------------
    def record(self, kind: int, index: int, values: tuple[Any, ...], tail: bytes) -> dict[str, Any] | None:
        """One record of the stream; what happened, or None: nothing to tell, or told before."""
        if kind not in records.NAMES:
            return None
        field = dict(zip(records.NAMES[kind][0].split(), values, strict=True))
        self.newest = max(self.newest, index)
        row: dict[str, Any] = {"kind": events.KINDS[kind][0], "t": self.t(index + field.get("frac", 0) / 256)}
        if kind == events.STEP:
            direction, inferred = events.DIRECTIONS[field["flags"] & 3], bool(field["flags"] & 4)
            if not self._step(index, direction, inferred, field["stride_ms"] / 1000):
                return None
            row.update(direction=direction, inferred=inferred, confidence=round(field["confidence"] / 255, 2))
            if field["stride_ms"]:
                row["stride_time_s"] = field["stride_ms"] / 1000
            if field["length_mm"]:
                row["stride_length_m"] = field["length_mm"] / 1000
        elif kind in ALERTS:
            if not self._alert(row["kind"], index):
                return None
            row["score"] = field["score"] / 100
        elif kind == events.ALERT:
            row.update(kind="buzz", pattern=_pattern(field["pattern"]), cause=_cause(field["cause"]))
            row["felt"] = not field["failed"]
        elif kind == events.BUTTON:
            row["press"] = events.PRESSES[field["press"]] if field["press"] < len(events.PRESSES) else "unknown"
        elif kind == events.LOG:
            number = field["reason"]
            row.update(kind="noticed", reason=REASONS.get(number, (f"reason_{number}",))[0])
        else:
            return None
        return row

    def logged(self, session: journal.Session) -> None:
        """What the board has written down of this walk."""
        self.start = session.start_index
        for step in session.steps:
            self._step(step.index, step.direction, step.inferred, step.stride_time_s or 0.0)
        for alert in session.alerts:
            self._alert(alert.kind, self.start + round(alert.t * session.rate_hz))

    def _step(self, index: int, direction: str, inferred: bool, stride_s: float) -> bool:
        key = (index, inferred)
        if key in self._steps:
            return False
        self._steps[key] = direction
        if index >= self._last[0]:
            self._last = (index, direction)
            self._stride_s = stride_s or self._stride_s
        return True

    def _alert(self, kind: str, index: int) -> bool:
        """A log tells the time in seconds, so a sample beside is the same one."""
        if any((kind, near) in self._alerts for near in (index - 1, index, index + 1)):
            return False
        self._alerts.add((kind, index))
        return True

    # out --------------------------------------------------------------------------------------------------
    def t(self, index: float) -> float:
        """Seconds since the walk began."""
        return round((index - self.start) / RATE_HZ, 3)

    @property
    def walks(self) -> bool:
        return bool(self._steps) and self.newest - self._last[0] < STANDS_S * RATE_HZ

    @property
    def direction(self) -> str:
        """Of the newest step; "" before the first."""
        return self._last[1]

    @property
    def cadence_spm(self) -> int | None:
        """Steps a minute, both legs; None while nobody walks."""
        return round(120 / self._stride_s) if self.walks and self._stride_s else None

    def counts(self) -> dict[str, Any]:
        found = list(self._steps.values())
        alerts = [kind for kind, _ in self._alerts]
        return {
            "steps": len(found),
            "steps_by_direction": {d: found.count(d) for d in ("forward", "backward", "sideways", "unknown")},
            "alerts": {kind: alerts.count(kind) for kind in sorted(set(alerts))},
        }


def _pattern(number: int) -> str:
    return patterns.PATTERNS[number][0] if number < len(patterns.PATTERNS) else f"pattern_{number}"


def _cause(number: int) -> str:
    return events.KINDS[number][0] if number in events.KINDS else f"kind_{number}"
