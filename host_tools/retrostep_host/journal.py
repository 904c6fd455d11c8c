# SPDX-License-Identifier: MIT
"""Journal: the stored bytes of one session, read back as a typed Session.

in    the bytes of a session as the link or `recover` hands them over: whole 512-byte blocks in order
out   Session; times are seconds since the session's START (float), UTC where the board knew it
from  docs/formats.md, "Journal"; the layouts are retrostep.journal.records, never copied here
not   the store: this module knows nothing of files and databases
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Step:
    """One initial contact. None = not known."""

    t: float  # s since START
    index: int  # sample index since boot
    direction: str  # forward, backward, sideways, unknown
    confidence: float  # of the direction, 0-1
    inferred: bool  # the other leg's
    stride_time_s: float | None = None
    stride_length_m: float | None = None
    stride_length_sd_m: float | None = None
    stance: float | None = None  # share of the stride, 0-1
    sagittal_rad: float | None = None
    contact: str = "unknown"  # toe, heel, unknown
    contact_confidence: float = 0.0
    quality: tuple[str, ...] = ()  # names of retrostep.events.QUALITY


@dataclass(slots=True)
class Alert:
    """A stumble, a fall or a wobble, as the device judged it."""

    t: float
    kind: str  # stumble, fall, wobble
    score: float  # 1.0 = at the threshold
    direction: str = "unknown"
    confidence: float = 0.0
    quality: tuple[str, ...] = ()
    decided_t: float | None = None


@dataclass(slots=True)
class Buzz:
    """What the wearer felt: a row of coach.patterns.PATTERNS and the kind of event that led to it."""

    t: float
    pattern: int
    cause: str


@dataclass(slots=True)
class Log:
    """Something the device noticed: a name of retrostep.errors.REASONS."""

    t: float
    reason: str
    value: int = 0
    text: str = ""


@dataclass(slots=True)
class Gap:
    """What is missing and is known to be missing. `blocks` lost blocks, or `records` dropped by the board."""

    t: float | None  # time of the first record after the gap
    blocks: int = 0
    records: int = 0


@dataclass(slots=True)
class Raw:
    """Raw samples kept around an alert: int16 words, six a sample (gyro xyz, acc xyz), little endian."""

    t: float
    index: int
    cause: str
    data: bytes


@dataclass(slots=True)
class Note:
    """Any other record, of a kind this version knows (`fields` by name) or not (`kind` is "kind_<n>")."""

    t: float
    kind: str  # button, interval, walktest, plan, clock, setting, mount, release, kind_<n>
    fields: dict = field(default_factory=dict)


@dataclass(slots=True)
class Session:
    """One session. Every list is in order of time. Empty lists when nothing of the kind happened."""

    device: str  # 16 hex digits
    session: int
    boot: int
    start_utc: datetime | None = None  # aware, in the zone the board was told; None = clock never set
    duration_s: float = 0.0
    rate_hz: float = 104.0
    placement: str = "unknown"
    side: str = "unknown"
    settings: dict = field(default_factory=dict)  # name -> value at START
    steps: list[Step] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    buzzes: list[Buzz] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    raws: list[Raw] = field(default_factory=list)
    events: list[Note] = field(default_factory=list)  # everything else
    complete: bool = False  # ended and every block present
    end: str = "open"  # a name of retrostep.events.ENDS
    firmware: str = ""
    start_index: int = 0  # sample index of START, since boot
    ranges: tuple[int, int] = (0, 0)  # g, dps
    battery_mv: list[tuple[float, int]] = field(default_factory=list)  # (t, mV) where known
    journal_version: int = 1
    sha1: str = ""  # of the stored bytes: with device and session, the identity of a copy
    unknown_records: int = 0  # skipped: written by a newer firmware

    def steps_by_direction(self) -> dict[str, int]:
        """All four directions, zeros included."""
        counts = {"forward": 0, "backward": 0, "sideways": 0, "unknown": 0}
        for step in self.steps:
            counts[step.direction] += 1
        return counts

    def alerts_by_kind(self) -> dict[str, int]:
        """Only kinds that occurred."""
        counts: dict[str, int] = {}
        for alert in self.alerts:
            counts[alert.kind] = counts.get(alert.kind, 0) + 1
        return counts


def decode(data: bytes) -> Session:
    """The session in `data`. Blocks with a bad CRC, of another session or of a newer version are skipped and
    named in `gaps`. Raises JournalError (a RetrostepError) when not a single block can be read."""
    raise NotImplementedError
