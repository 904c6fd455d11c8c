# SPDX-License-Identifier: MIT
"""Journal: the stored bytes of one session, read back as a typed Session.

in    the bytes of a session as the link or `recover` hands them over: whole 512-byte blocks in order
out   Session; times are seconds since the session's START (float), UTC where the board knew it
from  docs/formats.md, "Journal"; the layouts are retrostep.journal.records, never copied here
not   the store: this module knows nothing of files and databases
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from retrostep import JOURNAL_VERSION, events
from retrostep.journal import block, records
from retrostep.journal.recover import NOT_COUNTED
from retrostep.units import RATE_HZ

from retrostep_host import ranges
from retrostep_host.errors import DamagedJournal
from retrostep_host.reasons import REASONS


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
    """What the wearer felt: a row of coach.patterns.PATTERNS and the kind of event that led to it. `failed`: was to
    feel, but the buzzer did not answer, or there is none."""

    t: float
    pattern: int
    cause: str
    failed: bool = False


@dataclass(slots=True)
class Log:
    """Something the device noticed: a name of retrostep_host.reasons.NUMBER."""

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
    lost_samples: int = 0  # that never came from the sensor, or said nothing
    complete: bool = False  # ended and every block present
    end: str = "open"  # a name of retrostep.events.ENDS
    stop: str = "unknown"  # why the board had started: a name of retrostep.journal.block.STOPS
    firmware: str = ""
    start_index: int = 0  # sample index of START, since boot
    ranges: tuple[int, int] = (0, 0)  # g, dps
    battery_mv: list[tuple[float, int]] = field(default_factory=list)  # (t, mV) where known
    journal_version: int = 1
    number: str = ""  # the walk's own, 16 hex digits; "": of a firmware that gave none
    sha1: str = ""  # of the stored bytes
    unknown_records: int = 0  # skipped: written by a newer firmware
    doubts: list[str] = field(default_factory=list)  # what cannot be and was left out: "a date outside 2020 to 2099"
    trouble: str = ""  # why nothing of it is shown; its bytes are kept all the same

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


def blocks(data: bytes) -> list[tuple[block.Header, bytes]]:
    """The whole blocks in `data`, wherever the 512-byte steps find them; bad ones are left out."""
    found = []
    for at in range(0, len(data) - block.SIZE + 1, block.SIZE):
        piece = data[at : at + block.SIZE]
        if block.check(piece):
            found.append((block.Header(piece), piece))
    return found


def identity(head: block.Header) -> tuple[bytes, int, bytes]:
    """What all blocks of one walk share: board, session number, the walk's own number."""
    return head.device, head.session, head.number


def decode(data: bytes) -> Session:
    """The session in `data`. Blocks with a bad CRC, of another session or of a newer version are skipped and
    named in `gaps`. Raises DamagedJournal when not a single block can be read."""
    found = blocks(data)
    if not found:
        newer = [data[at + 4] for at in range(0, len(data) - 4, block.SIZE) if data[at : at + 4] == block.MAGIC]
        if newer and max(newer) > JOURNAL_VERSION:
            raise DamagedJournal(
                f"The session was written by a newer firmware (journal {max(newer)}, this computer knows "
                f"{JOURNAL_VERSION}); its bytes are kept. Update Retrostep and run this again.",
                newer=True,
            )
        raise DamagedJournal(
            "Not one block of the session can be read; its bytes are kept. Run `retrostep sync` again, "
            "or `retrostep doctor` if it repeats."
        )
    owner = identity(found[0][0])
    best: dict[int, tuple[block.Header, bytes]] = {}
    for head, piece in found:
        if identity(head) == owner:
            old = best.get(head.nth)
            if old is None or (head.boot, head.used) > (old[0].boot, old[0].used):
                best[head.nth] = (head, piece)
    session = _Reader(best, len(data) // block.SIZE).read()
    session.sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    return session


class _Reader:
    """Blocks of one session, by nth, into a Session."""

    def __init__(self, best: dict[int, tuple[block.Header, bytes]], count: int) -> None:
        self.best = best
        self.count = count
        first = best[min(best)][0]
        self.rate = RATE_HZ
        self.start = first.index
        self.last = first.index
        self.has_start = False
        self.strange = 0  # records at times that cannot be
        self.counted: int | None = None
        self.dated: tuple[int, int, int] | None = None  # sample index, UTC us, minutes
        self.session = Session(
            device=first.device.hex(), session=first.session, boot=first.boot, journal_version=first.version,
            stop=_name(block.STOPS, first.stop), number=first.number.hex() if any(first.number) else "",
        )  # fmt: skip
        self._set_rate(first.rate / 100)
        if first.index > ranges.INDEX_MOST:
            why = f"it begins at sample {first.index}, which no board reaches"
            raise DamagedJournal(f"Session {first.session} cannot be read: {why}; its bytes are kept.", why=why)

    def _set_rate(self, hertz: float) -> None:
        if hertz and ranges.rate(hertz) is None:
            self.doubt(f"a rate of {hertz:g} samples a second")
        self.rate = ranges.rate(hertz) or self.rate

    def doubt(self, words: str) -> None:
        """Say once that something cannot be and was left out."""
        if words not in self.session.doubts:
            self.session.doubts.append(words)

    def _date(self, index: int, utc_us: int, minutes: int) -> None:
        if not utc_us or self.dated is not None:
            return
        if ranges.is_moment(utc_us, minutes):
            self.dated = (index, utc_us, minutes)
        else:
            self.doubt("a date or a zone that nobody lives in")

    def read(self) -> Session:
        session = self.session
        expected = 0
        for nth in sorted(self.best):
            head, piece = self.best[nth]
            if nth != expected:
                session.gaps.append(Gap(self._t(head.index), blocks=nth - expected))
            expected = nth + 1
            if ranges.BATTERY_MV[0] <= head.battery_mv <= ranges.BATTERY_MV[1]:
                session.battery_mv.append((self._t(head.index), head.battery_mv))
            self._date(head.index, head.utc_us, head.offset_min)
            for kind, at, size in records.walk(piece, head.header, head.end):
                self._record(head, kind, piece[at : at + size])
        if self.count > expected:
            session.gaps.append(Gap(None, blocks=self.count - expected))
        self._finish()
        return session

    def _finish(self) -> None:
        session = self.session
        session.rate_hz = self.rate
        session.start_index = self.start
        if self.strange:
            session.gaps.append(Gap(None, records=self.strange))
            self.doubt(f"{self.strange} record{'s' * (self.strange > 1)} at times that cannot be")
        session.duration_s = (self.last - self.start) / self.rate
        for kept in (session.steps, session.alerts, session.buzzes, session.logs, session.events, session.raws):
            kept.sort(key=lambda one: one.t)
        if self.dated:
            index, utc_us, minutes = self.dated
            session.start_utc = ranges.moment(utc_us - round((index - self.start) / self.rate * 1e6), minutes)
        missing = any(gap.blocks for gap in session.gaps)
        session.complete = session.end != "open" and not missing
        lost = None if self.counted is None else self.counted - len(session.steps)
        if lost and not missing:
            session.gaps.append(Gap(None, records=lost))

    def _t(self, index: float) -> float:
        return (index - self.start) / self.rate

    def _record(self, head: block.Header, kind: int, payload: bytes) -> None:
        names = records.NAMES.get(kind)
        when = int.from_bytes(payload[:3].ljust(3, b"\0"), "little", signed=False)
        when -= (when & 0x800000) << 1
        if head.session and not -ranges.EARLY_S <= self._t(head.index + when) <= ranges.SPAN_S:
            self.strange += 1
            return
        if names is None:
            self.session.unknown_records += 1
            self.session.events.append(Note(self._t(head.index + when), f"kind_{kind}", {"bytes": payload[3:].hex()}))
            return
        when, values, tail = records.unpack(kind, payload)
        fields = dict(zip(names[0].split(), values, strict=True))
        if names[1]:
            fields[names[1]] = tail
        self.last = max(self.last, head.index + when)
        handler = _READERS.get(kind, _Reader._note)
        handler(self, kind, head.index + when, fields)

    def _step(self, kind: int, index: int, f: dict) -> None:
        t = self._t(index + f["frac"] / 256)
        flags = f["flags"]
        known = (f["stride_ms"], f["length_mm"], f["length_sd_cm"], f["stance"], f["sagittal"])
        stride, length, deviation, stance, sagittal = (value or None for value in known)
        self.session.steps.append(
            Step(
                t=t,
                index=index,
                direction=events.DIRECTIONS[flags & 3],
                confidence=f["confidence"] / 255,
                inferred=bool(flags & 4),
                stride_time_s=stride and stride / 1000,
                stride_length_m=length and length / 1000,
                stride_length_sd_m=deviation and deviation / 100,
                stance=stance and stance / 255,
                sagittal_rad=sagittal and sagittal / 100,
                contact=_name(events.CONTACTS, flags >> 3 & 3),
                contact_confidence=f["contact_confidence"] / 255,
                quality=quality_names(f["quality"]),
            )
        )

    def _alert(self, kind: int, index: int, f: dict) -> None:
        self.session.alerts.append(
            Alert(
                t=self._t(index + f["frac"] / 256),
                kind=events.KINDS[kind][0],
                score=f["score"] / 100,
                direction=events.DIRECTIONS[f["flags"] & 3],
                confidence=f["confidence"] / 255,
                quality=quality_names(f["quality"]),
                decided_t=self._t(index + f["decided"]),
            )
        )

    def _buzz(self, kind: int, index: int, f: dict) -> None:
        cause = events.KINDS.get(f["cause"], (f"kind_{f['cause']}",))[0]
        self.session.buzzes.append(Buzz(self._t(index), f["pattern"], cause, bool(f["failed"])))

    def _log(self, kind: int, index: int, f: dict) -> None:
        reason = REASONS.get(f["reason"], (f"reason_{f['reason']}",))[0]
        self.session.logs.append(Log(self._t(index), reason, f["value"], f["text"].decode("utf-8", "replace")))

    def _start(self, kind: int, index: int, f: dict) -> None:
        if self.has_start:  # there is one; another would move every time after it
            self.strange += 1
            return
        self.has_start = True
        self.start = index
        self._set_rate(f["rate_mhz"] / 1000)
        self.session.ranges = (f["acc_range_g"], f["gyro_range_dps"])
        self.session.firmware = f["firmware"].decode("utf-8", "replace")

    def _end(self, kind: int, index: int, f: dict) -> None:
        self.session.end = _name(events.ENDS, f["cause"])
        self.session.lost_samples = f["lost"]
        if f["steps"] != NOT_COUNTED:
            self.counted = f["steps"]
        if f["dropped"]:
            self.session.gaps.append(Gap(None, records=f["dropped"]))

    def _setting(self, kind: int, index: int, f: dict) -> None:
        name, value = ranges.setting(f["id"], bool(f["type"] & 1), f["value"])
        if value is None:
            self.doubt(f"a value of {name} that is not allowed")
            return
        if index > self.start:  # changed on the way
            self.session.events.append(Note(self._t(index), "setting", {"name": name, "value": value}))
            return
        self.session.settings[name] = value
        if name in ("placement", "side"):
            setattr(self.session, name, value)

    def _raw(self, kind: int, index: int, f: dict) -> None:
        cause = events.KINDS.get(f["cause"], (f"kind_{f['cause']}",))[0]
        if f["encoding"] == 0:
            self.session.raws.append(Raw(self._t(index), index, cause, f["samples"]))
        else:
            self.session.unknown_records += 1

    def _clock(self, kind: int, index: int, f: dict) -> None:
        self._date(index, f["utc_us"], f["offset_min"])
        self._note(kind, index, f)

    def _note(self, kind: int, index: int, f: dict) -> None:
        fields = {name: value.hex() if isinstance(value, bytes) else value for name, value in f.items()}
        self.session.events.append(Note(self._t(index), events.KINDS[kind][0], fields))


_READERS = {
    events.STEP: _Reader._step,
    events.STUMBLE: _Reader._alert,
    events.FALL: _Reader._alert,
    events.WOBBLE: _Reader._alert,
    events.ALERT: _Reader._buzz,
    events.LOG: _Reader._log,
    events.START: _Reader._start,
    events.END: _Reader._end,
    events.SETTING: _Reader._setting,
    events.CLOCK: _Reader._clock,
    events.RAW: _Reader._raw,
}


def quality_names(flags: int) -> tuple[str, ...]:
    """Names of the quality flags that are set."""
    return tuple(name for bit, name in enumerate(events.QUALITY) if flags >> bit & 1)


def _name(names: tuple[str, ...], number: int) -> str:
    return names[number] if number < len(names) else f"number_{number}"
