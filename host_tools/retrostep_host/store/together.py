# SPDX-License-Identifier: MIT
"""Together: sessions of one person at one time are one walk, seen by several boards; no step of it is counted twice.

in    stored walks, and their steps where two of one person overlap
out   one Walk for each time somebody walked; `views` holds what each board saw of it
keeps nothing: the store keeps what each board said
from  a person walks in one place at a time; a leg sensor counts both legs, so two of them count everything twice
but   1. the steps are those of one board, the one that knows the direction of most; another adds what it saw alone,
         before the other set out or after it had stopped
      2. the same leg twice is no second view: the code or the side is wrong, and `doubtful` says so
      3. without a code, a left and a right board are one person's only when their walks look alike
      4. two legs of one code that counted differently are one walk all the same, and `doubtful` asks: two people?
      5. without a clock on both boards nobody can know; `doubtful` says so
not   the timing between the legs: the boards' clocks agree to a second at best, a step takes half of one
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, compress
from typing import TYPE_CHECKING

from retrostep.events import DIRECTIONS

from retrostep_host.language import _, n_, number
from retrostep_host.store.rows import ALERTS, Event, Step, Training, Walk

if TYPE_CHECKING:
    from retrostep_host.store.sessions import Store

SKEW_S = 15.0  # how far two boards' clocks may differ: each is set at its own sync, and runs on from there
SHARE = 0.5  # of a short walk that must lie within the other; of a long one, more than the clocks may differ
ALIKE = 0.8  # of the counts, and of the seconds walked: without a code
APART = 0.3  # of the steps backward: two legs of one person differ by less
BIN_S = 2.0
BOTH = "both"  # the side of a walk that was seen from the left and from the right


@dataclass(frozen=True)
class Part:
    """What of a board's view is counted: its own steps and events, by its own time."""

    view: Walk
    steps: tuple[Step, ...]
    events: tuple[Event, ...]


def joined(store: Store, walks: Iterable[Walk], light: bool = False) -> list[Walk]:
    """The walks, oldest first as they came, those of one person at one time as one. `light`: counted, but without
    steps (`Store.full` gives them); what it amounts to is kept in the store, so that the next list asks no step."""
    walks = list(walks)
    place = {walk.id: at for at, walk in enumerate(walks)}
    groups: dict[int, list[Walk]] = {}
    full: dict[int, Walk] = {}

    def whole(walk: Walk) -> Walk:
        if walk.id not in full:
            full[walk.id] = walk if walk.steps else store.full(walk)
        return full[walk.id]

    def bare(walk: Walk) -> Walk:
        return replace(walk, steps=(), events=()) if walk.steps or walk.events else walk

    def are_one(one: Walk, other: Walk) -> bool:
        if light and one.person and None not in (one.summary.first_s, other.summary.first_s):
            return _is_one(one, other)
        return _is_one(whole(one), whole(other))

    for one, other in _close(walks):
        if _may_be_one(one, other) and are_one(one, other):
            both = groups.get(one.id, [one]) + groups.get(other.id, [other])
            both = list({walk.id: walk for walk in both}.values())
            for walk in both:
                groups[walk.id] = both

    def put(group: list[Walk]) -> Walk:
        if not light:
            return merged([whole(view) for view in group])
        key = _key(group)
        if key not in known:
            known[key] = fresh[key] = _amount(merged([whole(view) for view in group]))
        return _shell([bare(view) for view in group], known[key])

    known = store.joins() if light and groups else {}
    fresh: dict[str, dict] = {}
    found = []
    for walk in walks:
        group = groups.get(walk.id)
        if group is None:
            found.append(bare(walk) if light else walk)
        elif walk.id == min((view.id for view in group), key=place.__getitem__):
            found.append(put(group))
    if fresh:
        store.keep_joins(fresh)
    return found


def _key(group: list[Walk]) -> str:
    """Of everything that decides what several views amount to."""
    from retrostep_host.store import seals, summing

    views = sorted((v.sha1, v.side, v.placement, v.start_utc_us, v.person) for v in group)
    return seals.of([summing.MADE_BY, views])


def _amount(walk: Walk) -> dict:
    """What several views amount to, as it stands in the store."""
    said = walk.summary
    spans = {"walked_s": said.walked_s, "first_s": said.first_s, "last_s": said.last_s}
    return {"counts": walk.counts, "alerts": walk.alerts, **spans}


def shares(seen: Sequence[tuple[Walk, Sequence[float], Sequence[Event]]]) -> list[tuple[int, list[bool], list[bool]]]:
    """What is counted of several views, each given with the times of its steps, in order, and with its events: (place
    of the view, whether each step is, whether each event is), in the order in which they count."""
    covered: list[tuple[float, float]] = []
    told: list[tuple[float, str]] = []
    found = []
    for place in sorted(range(len(seen)), key=lambda place: _rank(seen[place][0])):
        view, times, events = seen[place]
        at = _start_s(view)
        steps = [True] * len(times)
        for a, b in covered:
            first, end = (bisect(times, one, key=at.__add__) for bisect, one in ((bisect_left, a), (bisect_right, b)))
            steps[first:end] = [False] * (end - first)
        counted = [
            not any(a <= at + event.t_s <= b for a, b in covered)
            or (event.kind in ALERTS and not any(k == event.kind and abs(t - at - event.t_s) < SKEW_S for t, k in told))
            for event in events
        ]
        told += [(at + event.t_s, event.kind) for event in compress(events, counted)]
        if len(times):
            covered.append((at + times[0] - SKEW_S, at + times[-1] + SKEW_S))
        found.append((place, steps, counted))
    return found


def parts(walk: Walk) -> list[Part]:
    """What is counted of each view; of a walk that one board saw, all of it."""
    if not walk.views:
        return [Part(walk, walk.steps, walk.events)]
    views = walk.views
    return [
        Part(views[at], tuple(compress(views[at].steps, steps)), tuple(compress(views[at].events, events)))
        for at, steps, events in shares([(view, [s.t_s for s in view.steps], view.events) for view in views])
    ]


def merged(views: list[Walk]) -> Walk:
    """One walk of several views, whole ones. Each step and each stumble is in it once."""
    from retrostep_host.store import summing

    views = sorted(views, key=_by_side)
    first = min(view.start_utc_us or 0 for view in views)
    shell = replace(views[0], views=tuple(views))
    steps, events = [], []
    for part in parts(shell):
        later = _start_s(part.view) - first / 1e6
        steps += [replace(step, t_s=step.t_s + later) for step in part.steps]
        events += [replace(event, t_s=event.t_s + later) for event in part.events]
    steps.sort(key=lambda step: step.t_s)
    events.sort(key=lambda event: event.t_s)
    said = {
        "counts": dict(Counter(step.direction for step in steps)),
        "alerts": dict(Counter(event.kind for event in events if event.kind in ALERTS)),
        "walked_s": summing.walked_s(steps),
        "first_s": steps[0].t_s if steps else None,
        "last_s": steps[-1].t_s if steps else None,
    }
    return replace(
        _shell(views, said),
        steps=tuple(replace(step, seq=seq) for seq, step in enumerate(steps)),
        events=tuple(replace(event, seq=seq) for seq, event in enumerate(events)),
    )


def _by_side(view: Walk) -> tuple:
    return view.side, view.start_utc_us or 0


def _shell(views: list[Walk], said: dict) -> Walk:
    """One walk of several views, without steps: `said` is what they amount to (`_amount`)."""
    views = sorted(views, key=_by_side)
    first = min(view.start_utc_us or 0 for view in views)
    main = min(views, key=_rank)
    spans = {name: said[name] for name in ("walked_s", "first_s", "last_s")}
    sides = {view.side for view in views}
    noticed: Counter[str] = Counter()
    for view in views:
        noticed.update(view.noticed)
    return replace(
        main,
        start_utc_us=first,
        duration_s=max(_start_s(view) + view.duration_s for view in views) - first / 1e6,
        side=BOTH if sides >= {"left", "right"} else main.side,
        complete=all(view.complete for view in views),
        gaps=sum(view.gaps for view in views),
        noticed=dict(noticed),
        counts=said["counts"],
        alerts=said["alerts"],
        summary=main.summary.but(training=partial(_trained, views), told=partial(_told, views, first), **spans),
        steps=(),
        events=(),
        views=tuple(views),
    )


def _trained(views: list[Walk]) -> Training | None:
    """The verdict of the board that saw most of the plan."""
    trained = [view.summary.training for view in views if view.summary.training]
    return max(trained, key=lambda one: (one.counted, one.done), default=None)


def _told(views: list[Walk], first_us: int) -> tuple[tuple[str, float], ...]:
    """Falls and stumbles of all views, by the walk's time, each once."""
    found: list[tuple[str, float]] = []
    for view in sorted(views, key=_rank):
        later = ((view.start_utc_us or 0) - first_us) / 1e6
        for kind, at in view.summary.told:
            if not any(kind == k and abs(at + later - t) < SKEW_S for k, t in found):
                found.append((kind, round(at + later, 2)))
    return tuple(sorted(found, key=lambda one: one[1]))


def doubtful(walks: Iterable[Walk]) -> list[str]:
    """Sentences on what may be counted twice, for walks as `joined` gives them."""
    walks = list(walks)
    said = []
    people: dict[str, list[Walk]] = {}
    for walk in walks:
        people.setdefault(walk.person, []).append(walk)
    for person, mine in sorted(people.items()):
        undated = [walk for walk in mine if walk.start_utc_us is None and walk.total]
        others = [(w, o) for w in undated for o in mine if _may_be_one(w, o) and _are_as_many(w, o)]
        if others:
            count = len({walk.id for walk, _o in others})
            boards = sorted({w.device_uid for pair in others for w in pair})
            words = n_(
                "%(n)s walk cannot be dated, because a board's clock was not set. Boards %(one)s and %(other)s are "
                "worn on different legs: whether both saw the same steps cannot be known, so each is counted. A sync "
                "before a walk sets the clock.",
                "%(n)s walks cannot be dated, because a board's clock was not set. Boards %(one)s and %(other)s are "
                "worn on different legs: whether both saw the same steps cannot be known, so each is counted. A sync "
                "before a walk sets the clock.",
                count, one=boards[0], other=boards[1],
            )  # fmt: skip
            said.append(f"{mine[0].code}: {words}" if person else words)
        for walk in mine:
            if pair := unlike(walk):
                one, other = pair
                words = _(
                    "Boards %(one)s and %(other)s were worn at one time under one code, and counted %(a)s and %(b)s "
                    "steps, %(c)s and %(d)s of them backward: two people? They count as one walk. "
                    "`retrostep edit %(walk)s --code CODE` gives one to its person.",
                    one=one.device_uid, other=other.device_uid, a=number(one.total), b=number(other.total),
                    c=number(one.counts.get("backward", 0)), d=number(other.counts.get("backward", 0)), walk=other.name,
                )  # fmt: skip
                said.append(f"{mine[0].code}: {words}" if person else words)
        for one, other in _close(mine):
            if one.device_uid == other.device_uid or not (one.total and other.total):
                continue
            which = {"one": one.device_uid, "other": other.device_uid, "a": one.session, "b": other.session}
            if person and _is_same_leg(one, other):
                words = _(
                    "Boards %(one)s and %(other)s both say the same leg at one time (sessions %(a)s and %(b)s): a code "
                    "or a side is wrong; both count.",
                    **which,
                )
                said.append(f"{mine[0].code}: {words}")
            elif not person and _may_be_one(one, other):
                said.append(
                    _(
                        "Boards %(one)s and %(other)s walked at one time (sessions %(a)s and %(b)s) and do not look "
                        "alike: two people, as no code says otherwise; both are counted.",
                        **which,
                    )
                )
    return said


def unlike(walk: Walk) -> tuple[Walk, Walk] | None:
    """Two views of a walk, from the two legs at one time, that counted as one person's legs do not."""
    for one, other in combinations(walk.views, 2):
        (a, b), (c, d) = _span(one), _span(other)
        if one.placement != other.placement or min(b, d) - max(a, c) < ALIKE * max(b - a, d - c):
            continue
        shares = [view.counts.get("backward", 0) / max(view.total, 1) for view in (one, other)]
        if not _are_as_many(one, other) or abs(shares[0] - shares[1]) > APART:
            return one, other
    return None


# which sessions are one -------------------------------------------------------------------------------------
def _close(walks: list[Walk]) -> Iterator[tuple[Walk, Walk]]:
    """Pairs of dated sessions that overlap, each once."""
    open_: list[tuple[float, Walk]] = []  # with when each ends
    for walk in sorted((w for w in walks if w.start_utc_us is not None), key=lambda w: w.start_utc_us or 0):
        at = _start_s(walk)
        if open_:
            open_ = [one for one in open_ if one[0] > at]
            for _ends, one in open_:
                yield one, walk
        open_.append((at + walk.duration_s, walk))


def _may_be_one(one: Walk, other: Walk) -> bool:
    """Of one person, from two boards, on two legs (or one of them on an arm)."""
    if one.device_uid == other.device_uid or one.person != other.person or _is_same_leg(one, other):
        return False
    opposite = {one.side, other.side} == {"left", "right"} and one.placement == other.placement
    return bool(one.person) or opposite


def _is_same_leg(one: Walk, other: Walk) -> bool:
    return one.side == other.side != "unknown" and one.placement == other.placement


def _is_one(one: Walk, other: Walk) -> bool:
    """They walked at the same time; `one` and `other` are whole."""
    if not (one.total and other.total):
        return False
    (a, b), (c, d) = _span(one), _span(other)
    both = min(b, d) - max(a, c)
    if both < min(SHARE * min(b - a, d - c), 2 * SKEW_S):
        return False
    return bool(one.person) or _look_alike(one, other)


def _look_alike(one: Walk, other: Walk) -> bool:
    """As many steps, at the same times but for what the clocks may differ, in the same directions."""
    if not _are_as_many(one, other):
        return False
    mine, theirs = _by_time(one), _by_time(other)
    most = int(SKEW_S / BIN_S)
    for lag in range(-most, most + 1):
        times = mine.keys() | {at + lag for at in theirs}
        if sum(_agree(mine.get(at), theirs.get(at - lag)) for at in times) >= ALIKE * len(times):
            return True
    return False


def _are_as_many(one: Walk, other: Walk) -> bool:
    return min(one.total, other.total) >= ALIKE * max(one.total, other.total)


def _by_time(walk: Walk) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for step in walk.steps:
        found.setdefault(int((_start_s(walk) + step.t_s) / BIN_S), set()).add(step.direction)
    return found


def _agree(one: set[str] | None, other: set[str] | None) -> bool:
    return bool(one and other) and ("unknown" in one | other or bool(one & other))


def _span(walk: Walk) -> tuple[float, float]:
    at = _start_s(walk)
    if walk.summary.first_s is not None and walk.summary.last_s is not None:
        return at + walk.summary.first_s, at + walk.summary.last_s
    return at + walk.steps[0].t_s, at + walk.steps[-1].t_s


def _start_s(walk: Walk) -> float:
    return (walk.start_utc_us or 0) / 1e6


def _rank(view: Walk) -> tuple:
    """The view whose steps are counted comes first."""
    known = view.total - view.counts.get(DIRECTIONS[0], 0)
    return (view.placement == "wrist", -known, view.device_uid, view.session)
