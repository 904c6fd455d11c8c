# SPDX-License-Identifier: MIT
"""Blocks: a walk as columns of the tables, so that millions of steps pass without an object for each.

in    Walk objects, whole or (with a store) without their steps: a store gives these as columns
out   Block: for each column of columns.TABLES a list, or Same where all its values are one
keeps Days, which add up while the walks pass
from  bouts as the store counts them (store/summing.py): one direction, no pause of more than 3 s
but   what several boards saw of a walk: each step once, whichever board saw it; the rest is `others`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from itertools import compress, islice, repeat
from typing import TYPE_CHECKING, Any

from retrostep.events import QUALITY

from retrostep_host.export.columns import FORMAT, SEEN, WAYS
from retrostep_host.outcomes import STRIDE_MAX_S, STRIDE_MIN_S
from retrostep_host.store import streaming, summing, together
from retrostep_host.store.rows import Event, Walk

if TYPE_CHECKING:
    from retrostep_host.store import Store

NO_CODE = "no code"


@dataclass(frozen=True)
class Same:
    """A column whose every value is this one."""

    value: Any


@dataclass(frozen=True)
class Block:
    """Rows of one table, by column."""

    columns: Sequence[Sequence | Same]
    count: int
    texts: dict[int, Callable[[], Iterable[str]]] = field(default_factory=dict)  # place of a column -> its cells of CSV

    def rows(self) -> Iterator[tuple]:
        """One tuple a row."""
        if not self.count:
            return iter(())
        return zip(*(repeat(c.value, self.count) if isinstance(c, Same) else c for c in self.columns), strict=True)


def flags(bits: int) -> str:
    """Names of retrostep.events.QUALITY."""
    return " ".join(name for bit, name in enumerate(QUALITY) if bits >> bit & 1)


_FLAGS = [flags(bits) for bits in range(1 << len(QUALITY))]


def local(walk: Walk, t_s: float = 0.0) -> str | None:
    """ISO 8601 in the zone where it was walked, to the second."""
    return None if walk.start is None else (walk.start + timedelta(seconds=t_s)).isoformat(timespec="seconds")


class Read:
    """A walk with its steps as columns, which are read when they are asked for, and once."""

    def __init__(self, walk: Walk, store: Store | None = None) -> None:
        self.walk, self._store = walk, store

    def counted(self) -> Iterator[tuple[str, Block]]:
        """(table, block): each step of it once, whichever board saw it."""
        walk = self.walk
        is_known = walk.views or walk.summary.walked_s
        # the session first: who wants no more asks for no step
        yield "session", session(walk, walked=None if is_known else summing.walked_s(walk.steps))
        for part in self._parts:
            yield "bout", bouts(replace(part.view, settings=walk.settings), part.steps, walk.name)
            yield "stride", strides(part.view, part.steps, walk.name)
            yield "event", events(part.view, part.events, walk.name)

    def others(self) -> Iterator[tuple[str, Block]]:
        """What several boards saw of it beside what is counted; of sessions, what each of them says."""
        for part in self._parts if self.walk.views else ():
            yield SEEN[0], session(part.view, self.walk.name)
            yield SEEN[1], strides(part.view, part.left, self.walk.name)
            yield SEEN[2], events(part.view, part.left_events, self.walk.name)

    @cached_property
    def _parts(self) -> list[_Part]:
        if not self.walk.views:
            steps, told = self._columns(self.walk)
            return [_Part(self.walk, steps, told, streaming.of(()), ())]
        seen = []
        for view in self.walk.views:
            steps, told = self._columns(view)
            seen.append((view, steps.in_time(), told))
        found = []
        for place, counted, known in together.shares([(view, steps.t_s, told) for view, steps, told in seen]):
            view, steps, told = seen[place]
            left, unknown = steps.those([not one for one in counted]), [not one for one in known]
            events = tuple(compress(told, known)), tuple(compress(told, unknown))
            found.append(_Part(view, steps.those(counted), events[0], left, events[1]))
        return found

    def _columns(self, view: Walk) -> tuple[streaming.Steps, Sequence[Event]]:
        if self._store is None or view.steps:
            return streaming.of(view.steps), view.events
        return self._store.columns(view)


@dataclass(frozen=True)
class _Part:
    """What one board saw: what is counted of it, and what is left."""

    view: Walk
    steps: streaming.Steps
    events: Sequence[Event]
    left: streaming.Steps
    left_events: Sequence[Event]


def _key(walk: Walk, of_walk: str) -> list[Same]:
    return [Same(one) for one in (walk.device_uid, walk.session, walk.boot, walk.name, of_walk or walk.name)]


def _clock(walk: Walk) -> tuple[int | None, int | None]:
    return (walk.start_utc_us, walk.utc_offset_min) if walk.start else (None, None)


def session(walk: Walk, of_walk: str = "", walked: dict[str, float] | None = None) -> Block:
    """The row of a walk, with its outcomes."""
    start, zone = _clock(walk)
    said = (walk.settings.get(name, "") for name in ("code", "aid", "ground"))
    noticed = " ".join(f"{name}={count}" for name, count in sorted(walk.noticed.items()))
    worn = (walk.duration_s, walk.placement, walk.side, *said, walk.ended, int(walk.complete), walk.gaps, noticed)
    counts = [walk.counts.get(way, 0) for way in WAYS]
    walked = walk.summary.walked_s if walked is None else walked
    minutes = [round(walked.get(way, 0.0) / 60, 4) for way in WAYS]
    alerts = [walk.alerts.get(kind, 0) for kind in ("stumble", "fall", "wobble")]
    ways = [walk.summary.ways.get(way) for way in WAYS[:2]]
    names = ("cadence_spm", "speed_mps", "length_m", "cv")
    outcomes = [_rounded(way and getattr(way, name)) for name in names for way in ways]
    plan = walk.summary.training
    trained = (plan.plan, plan.week, plan.number, plan.done, int(plan.counted), plan.why) if plan else (None,) * 6
    row = (start, zone, *worn, *counts, walk.firmware, FORMAT, local(walk), walk.day, *minutes, *alerts)
    return Block([*_key(walk, of_walk), *map(Same, (*row, *outcomes, *trained))], 1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def strides(walk: Walk, steps: streaming.Steps, of_walk: str = "") -> Block:
    """The rows of its steps."""
    start, zone = _clock(walk)
    when = Same(None) if start is None else [start + round(t * 1e6) for t in steps.t_s]
    known = [steps.direction, steps.confidence, steps.inferred, steps.stride_s, steps.length_m, steps.length_sd_m]
    quality = [_FLAGS[bits] if 0 <= bits < len(_FLAGS) else "" for bits in steps.quality]
    more = [steps.contact, quality, steps.stance, steps.contact_confidence, steps.sagittal_rad]
    columns = [*_key(walk, of_walk), steps.seq, steps.t_s, when, Same(zone), *known, *more]
    texts: dict[int, Callable[[], Iterable[str]]] = {6: lambda: steps.at}
    if not isinstance(when, Same):
        texts[7] = lambda: map(str, when)
    return Block(columns, len(steps), texts)


def events(walk: Walk, told: Sequence[Event], of_walk: str = "") -> Block:
    """The rows of everything but steps."""
    start, zone = _clock(walk)
    when = Same(None) if start is None else [start + round(e.t_s * 1e6) for e in told]
    said = [[getattr(e, name) for e in told] for name in ("kind", "value", "cause", "score")]
    moments = Same(None) if start is None else [local(walk, e.t_s) for e in told]
    columns = [*_key(walk, of_walk), [e.seq for e in told], [e.t_s for e in told], when, Same(zone), *said, moments]
    return Block(columns, len(told))


def bouts(walk: Walk, steps: streaming.Steps, of_walk: str = "") -> Block:
    """Stretches of one direction, as store/summing.py has them, and what their strides amount to."""
    t, way, stride, length = steps.t_s, steps.direction, steps.stride_s, steps.length_m
    pause = summing.PAUSE_S
    pairs = zip(way, islice(way, 1, None), t, islice(t, 1, None), strict=False)
    cuts = [n for n, (one, other, a, b) in enumerate(pairs, 1) if one != other or b - a > pause]
    found: list[tuple] = []
    for first, last in zip([0, *cuts], [*cuts, len(t)], strict=True) if len(t) else ():
        count = last - first
        beat = (t[last - 1] - t[first]) / (count - 1) if count > 1 else 0.6
        following = t[last] if last < len(t) else t[last - 1] + pause
        end = min(t[last - 1] + beat, max(following, t[last - 1] + 0.1))
        its = zip(stride[first:last], length[first:last], steps.inferred[first:last], strict=True)
        own = [(s, one) for s, one, is_inferred in its if not is_inferred]
        times = [s for s, _ in own if s and STRIDE_MIN_S <= s <= STRIDE_MAX_S]
        lengths = [one for _, one in own if one]
        speeds = [one / s for s, one in own if one and s and s >= STRIDE_MIN_S]
        mean = sum(times) / len(times) if times else None
        found.append(
            (
                f"{walk.name}-{steps.seq[first]}", t[first], local(walk, t[first]), way[first],
                round(end - t[first], 3), count, len(own), _rounded(_mean(speeds)), _rounded(_mean(lengths)),
                _rounded(120 / mean) if mean else None, _rounded(mean),
            )
        )  # fmt: skip
    made = [list(column) for column in zip(*found, strict=True)] if found else [[] for _ in range(11)]
    whose = [Same(walk.code or NO_CODE), Same(walk.day), Same("walk")]
    return Block([*_key(walk, of_walk), made[0], *whose, *made[1:]], len(found))


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def day(walk: Walk, row: Block) -> tuple[tuple[str, str], list[float]]:
    """((code, day), what it adds to that day) of a walk that is counted; `row` is its row of the table `session`."""
    minutes = [column.value for column in row.columns[25:29]]  # type: ignore[union-attr]
    plan = walk.summary.training
    counts = [walk.counts.get(way, 0) for way in WAYS]
    alerts = [walk.alerts.get(kind, 0) for kind in ("stumble", "fall", "wobble")]
    values = [1, int(walk.start is None), walk.duration_s / 60, *minutes, sum(counts), *counts, *alerts]
    return (walk.code, walk.day), [*values, int(plan is not None), int(plan is not None and plan.counted)]


class Days:
    """Adds up the days of people; `block` is their table."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, str], list[float]] = {}

    def add(self, key: tuple[str, str], values: list[float]) -> None:
        """What `day` says of a walk."""
        held = self._days.setdefault(key, [0] * len(values))
        for place, value in enumerate(values):
            held[place] += value

    def block(self) -> Block:
        """Oldest first, each person's together."""
        rows = [(code, day, *(round(v, 4) for v in self._days[code, day])) for code, day in sorted(self._days)]
        return Block([list(column) for column in zip(*rows, strict=True)], len(rows))
