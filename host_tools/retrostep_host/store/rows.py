# SPDX-License-Identifier: MIT
"""Rows: what a stored session, step and event are, for the report, the list and the export.

in    nothing
out   plain frozen objects; SI units; None where nobody knows
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Generic, TypeVar

from retrostep_host import ranges, zone
from retrostep_host.outcomes import Way

NO_DAY = "2020-01-01"  # for a walk copied by a computer whose own clock was lost
ALERTS = ("stumble", "fall", "wobble")  # what the body did; a buzz is what the wearer felt of it
AHEAD_US = 86_400_000_000  # no walk begins a day after it was copied
BEHIND_US = 366 * 86_400_000_000  # nor a year before: boards hold some weeks of walks
LOW_MV = 3600  # of a lithium cell at rest: about a tenth is left
LOST, UNFELT = "lost_samples", "unfelt"  # in Walk.noticed, beside names of retrostep_host.reasons.NUMBER


T = TypeVar("T")


class once(Generic[T]):
    """functools.cached_property without its lock (gone in Python 3.12), which takes longer than what is kept."""

    def __init__(self, of: Callable[[Any], T]) -> None:
        self._of, self.__doc__ = of, of.__doc__

    def __get__(self, one: Any, _owner: type) -> T:
        value = one.__dict__[self._of.__name__] = self._of(one)
        return value


@lru_cache(maxsize=4096)
def folded(code: str) -> str:
    """A participant code as people mean it: `p-07` is `P-07`, whichever dash was typed."""
    dashes = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
    return unicodedata.normalize("NFKC", code).translate(dashes).strip().casefold()


@dataclass(frozen=True)
class Step:
    """One initial contact; `t_s` counts from the session's first sample."""

    seq: int
    t_s: float
    direction: str
    confidence: float
    inferred: bool = False
    stride_s: float | None = None
    length_m: float | None = None
    length_sd_m: float | None = None
    contact: str = "unknown"
    quality: int = 0
    stance: float | None = field(default=None, compare=False)  # share of the stride 0-1; store/contacts.py, as below
    contact_confidence: float | None = field(default=None, compare=False)  # of toe or heel, 0-1
    sagittal_rad: float | None = field(default=None, compare=False)  # range of the sagittal angle in the stride


@dataclass(frozen=True)
class Event:
    """Anything but a step: a stumble, a buzz, a button, something the board noticed."""

    seq: int
    t_s: float
    kind: str
    value: str | None = None
    cause: str | None = None
    score: float | None = None


@dataclass(frozen=True)
class Training:
    """The plan on the board during a session, and what came of it (retrostep.coach.plan; docs/formats.md, "Plan")."""

    plan: str  # 8 hex digits that only this plan has, whoever walks it and however far
    state: str  # hex, the plan's bytes as the session began
    week: int  # from 1
    number: int  # of the session in the whole plan, from 1
    per_week: int
    planned_s: int  # backward, in this session; of steps 0.6 s each
    done: float  # 0-1 of the backward part, as the board counted it
    counted: bool  # the board's verdict
    why: str = ""  # a key of summing.WHY when it did not count


@dataclass(frozen=True)
class Summary:
    """What a session amounts to, kept in the store so that nobody counts its steps again (store/summing.py)."""

    walked_s: dict[str, float] = field(default_factory=dict)  # direction -> s spent stepping that way
    first_s: float | None = None  # time of its first step and of its last; None without a step
    last_s: float | None = None
    battery_mv: int | None = None  # at its end; None = the board cannot say
    training: Training | None = None  # None = no plan was on the board
    ways: dict[str, Way] = field(default_factory=dict)  # direction -> what its strides amount to
    told: tuple[tuple[str, float], ...] = ()  # (fall or stumble, s), in the order of time
    tests: tuple[tuple[float, float], ...] = ()  # 3 m backward walk tests: (s, m that the board measured, 0 = unknown)
    battery_first_mv: int | None = None  # at its beginning; None also where an earlier version summed it up

    def but(self, **changed: object) -> Summary:
        """The same with some fields changed; of a function, what it says."""
        return replace(self, **{name: value() if callable(value) else value for name, value in changed.items()})


@dataclass(frozen=True)
class Profile:
    """What a helper said of a person; None, "" = not said. Where it comes from: store/changes.py."""

    person: str
    code: str = ""
    side: str = ""
    aid: str = ""
    mass_kg: float | None = None
    height_m: float | None = None
    notes: str = ""
    plan: str = ""  # hex, bytes of retrostep.coach.plan: what was prescribed, whatever a board holds


@dataclass(frozen=True)
class Change:
    """One entry of the log of corrections. It is never altered; `undoes` takes an earlier one back."""

    uid: str  # 16 hex digits, the same in every copy of the store
    at_utc_us: int
    about: str  # walk, person
    which: str  # SHA-1 of the walk's bytes; the person's folded code
    field: str
    value: object  # None = as the board said it, not said
    why: str = ""
    undoes: str = ""  # uid


@dataclass(frozen=True)
class Trace:
    """Raw samples that the board kept around an alert: magnitudes in m/s² and rad/s, the first at `t_s`."""

    t_s: float
    rate_hz: float
    acc: tuple[float, ...]
    gyr: tuple[float, ...]


@dataclass(frozen=True)
class Walk:
    """A stored session. `steps`, `events` and `traces` are filled only when asked for; `counts` always."""

    id: int
    device_uid: str
    session: int
    boot: str
    start_utc_us: int | None
    utc_offset_min: int | None
    duration_s: float
    placement: str
    side: str
    ended: str
    complete: bool
    gaps: int
    settings: dict
    imported_utc_us: int
    firmware: str = ""
    number: str = ""  # the walk's own, 16 hex digits; "": an older firmware gave it none
    sha1: str = ""  # of the board's bytes
    noticed: dict[str, int] = field(default_factory=dict)  # what the board noticed about itself -> how often, how many
    counts: dict[str, int] = field(default_factory=dict)  # direction -> steps
    alerts: dict[str, int] = field(default_factory=dict)  # kind -> how often, of ALERTS
    steps: tuple[Step, ...] = ()
    events: tuple[Event, ...] = ()
    traces: tuple[Trace, ...] = ()
    excluded: str = ""  # why a helper took it out of every sum; "" = it counts
    notes: str = ""  # a helper's
    was: dict = field(default_factory=dict)  # what a helper corrected -> what the board had said
    summary: Summary = field(default_factory=Summary, compare=False)
    views: tuple[Walk, ...] = ()  # what each of several boards saw of this walk (together.py); () = there was one

    @property
    def total(self) -> int:
        """All steps, whatever their direction."""
        return sum(self.counts.values())

    @property
    def name(self) -> str:
        """16 hex digits that no other walk has: its own number, or the beginning of its bytes' SHA-1."""
        return self.number or self.sha1[:16]

    @property
    def code(self) -> str:
        """The participant code in force while it was walked, "" when none was set."""
        return str(self.settings.get("code", ""))

    @once
    def person(self) -> str:
        """Whose walk it is: the code as people mean it, "" when none was set."""
        return folded(self.code)

    @once
    def start(self) -> datetime | None:
        """When it began, in the zone where it was walked; None when the board's clock was not set, or absurd."""
        if self.start_utc_us is None or self.is_misdated:
            return None
        return ranges.moment(self.start_utc_us, self.utc_offset_min or 0)

    @once
    def is_misdated(self) -> bool:
        """The board's clock was years off, held against the day of the copy. A person who says when it was is believed:
        `edit --at`, and `import`, whose recordings may be old."""
        if self.start_utc_us is None or "start" in self.was or self.firmware.startswith("import"):
            return False
        ahead = self.start_utc_us - self.imported_utc_us
        return ranges.is_moment(self.imported_utc_us) and not -BEHIND_US <= ahead <= AHEAD_US

    @once
    def day(self) -> str:
        """The day to file it under, "2026-11-24": where it was walked, else the day it was copied, where it was."""
        moment = self.start or self.copied
        return moment.date().isoformat() if moment else NO_DAY

    @property
    def copied(self) -> datetime | None:
        """When it came to this computer, by the clock on its wall; None when that clock was lost."""
        asked = self.start_utc_us is None and self.utc_offset_min is not None
        offset = self.utc_offset_min if asked else zone.local(self.imported_utc_us)
        return ranges.moment(self.imported_utc_us, offset or 0)


def in_order(walks: list[Walk]) -> list[Walk]:
    """Oldest first; one without a clock before the next of its board that has one, or where it was copied."""
    dated: dict[str, list[tuple[int, int]]] = {}  # board -> (session, start) of those with a clock, in their order
    if any(walk.start_utc_us is None for walk in walks):
        for walk in walks:
            if walk.start_utc_us is not None:
                dated.setdefault(walk.device_uid, []).append((walk.session, walk.start_utc_us))
        for known in dated.values():
            known.sort()

    def when(walk: Walk) -> int:
        known = dated.get(walk.device_uid, [])
        at = bisect_right(known, walk.session, key=itemgetter(0))
        after = known[at][1] if at < len(known) else walk.imported_utc_us
        return min(walk.imported_utc_us, after)

    order = [
        (walk.start_utc_us if walk.start_utc_us is not None else when(walk), walk.session, at)
        for at, walk in enumerate(walks)
    ]
    order.sort()
    return [walks[at] for _, _, at in order]
