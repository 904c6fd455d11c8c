# SPDX-License-Identifier: MIT
"""Choose: which stored walks a person means, and what one is in a line of JSON.

in    a Store; the first digits of a walk's own number, the board's number of a session, the first digits of a board's
      UID, participant codes, days
out   Walk objects, oldest first; never none: EmptyLog or NoSuchSession says what to do instead
but   a session's number begins again on each board, and with each erased flash: one that fits several walks is asked
      about (SeveralWalks), and people are not mixed (SeveralPeople)
      what a helper excluded is left out, unless it is named by its own number or asked for; `left_out` says so
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cached_property

from retrostep.events import DIRECTIONS

from retrostep_host import errors
from retrostep_host.store import together
from retrostep_host.store.rows import ALERTS, Walk, folded
from retrostep_host.store.sessions import Store

SHORTEST = 4  # digits of a walk's number that are shown at least


def walks(
    store: Store,
    session: int | Collection[int] | None = None,
    device: str | None = None,
    code: str | Collection[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    number: str | Collection[str] = (),
    excluded: bool = False,
) -> list[Walk]:
    """What each board stored (`joined` makes walks of it) that matches everything that is given: any of the sessions,
    of the codes (as people mean them: `p-07` is `P-07`; "" is those without), of the walks' own numbers or their first
    digits. `since` and `until` are days of Walk.day, both included. `excluded`: also what a helper took out.

    Raises EmptyLog for a store without a walk, NoSuchSession when none matches, SeveralWalks when the digits of a
    number fit more than one.
    """
    every = store.walks()
    codes = None if code is None else [code] if isinstance(code, str) else list(code) or None
    persons = None if codes is None else {folded(one) for one in codes}
    names = [one.lower() for one in ([number] if isinstance(number, str) else number)]
    if not every:
        raise errors.EmptyLog(
            "There is no walk here yet; plug the board in and run `retrostep sync`, or see one with `retrostep demo`, "
            "which keeps its own apart."
        )
    numbers = [session] if isinstance(session, int) else list(session or ())
    found = [
        walk
        for walk in every
        if (not numbers or walk.session in numbers)
        and walk.device_uid.startswith((device or "").lower())
        and (persons is None or walk.person in persons)
        and (not names or walk.name.startswith(tuple(names)))
        and (not (since or until) or (since or "") <= walk.day <= (until or "9999"))
    ]
    if found and not (excluded or names):
        out = [walk for walk in found if walk.excluded]
        found = [walk for walk in found if not walk.excluded]
        if not found:
            raise errors.NoSuchSession(f"{left_out(out)[0]} Nothing else matches.", session=session, device=device)
    if not found:
        asked = _asked(numbers, device, codes, since, until, names)
        there = [called(mine) for person, mine in people(every).items() if person] if codes is not None else []
        known = f" The codes here: {', '.join(there)}." if there else ""
        raise errors.NoSuchSession(
            f"There is no {asked} here; `retrostep list` shows the {len(every)} that are stored.{known}",
            session=session,
            device=device,
        )
    for name in names:
        fits = [walk for walk in found if walk.name.startswith(name)]
        if len({walk.name for walk in fits}) > 1:
            _only_one(fits, f"Walk {name}")
    return found


def joined(
    store: Store,
    session: int | Collection[int] | None = None,
    device: str | None = None,
    code: str | Collection[str] | None = None,
    number: str | Collection[str] = (),
    since: str | None = None,
    until: str | None = None,
) -> list[Walk]:
    """The walks that match, as people walked them: what several boards saw of one is one Walk with `views`. With
    `device`, only what that board saw. Counted, but without steps: `Store.full` gives them.

    Raises EmptyLog, NoSuchSession; SeveralWalks when a session's number, or the digits of a walk's, fit more than one.
    """
    found = walks(store, session, device, code, since, until, number)
    if device is None:
        ids = {walk.id for walk in found}
        named = {walk.id for walk in found if walk.excluded}
        persons = {walk.person for walk in found}  # nobody else's walk is one with theirs
        counted = [w for w in store.walks() if w.person in persons and (not w.excluded or w.id in named)]
        every = together.joined(store, counted, light=True)
        found = [walk for walk in every if walk.id in ids or any(view.id in ids for view in walk.views)]
    else:
        found = together.joined(store, found, light=True)
    sessions = [session] if isinstance(session, int) else list(session or ())
    for one in sessions:
        _only_one([walk for walk in found if one in {view.session for view in _views(walk)}], f"Session {one}")
    return found


def _only_one(fits: list[Walk], asked: str) -> None:
    if len(fits) < 2:
        return
    short = shorts(fits)
    lines = [
        f"`--walk {short[walk.name]}` ({day(walk)}{f', {walk.code}' if walk.code else ''}, board {walk.device_uid})"
        for walk in fits[:8]
    ]
    more = f", and {len(fits) - 8} more" if len(fits) > 8 else ""
    raise errors.SeveralWalks(
        f"{asked} fits {len(fits)} walks; name one: {', '.join(lines)}{more}. `retrostep list` has all.",
        walks=[walk.name for walk in fits],
    )


def _views(walk: Walk) -> tuple[Walk, ...]:
    return walk.views or (walk,)


class Short:
    """A walk's own number -> the first digits of it that no other of these walks has, SHORTEST at least."""

    def __init__(self, walks: Iterable[Walk]) -> None:
        self._walks = list(walks)

    @cached_property
    def _names(self) -> list[str]:
        return sorted({view.name for walk in self._walks for view in (walk, *walk.views)})

    def __getitem__(self, name: str) -> str:
        at = bisect_left(self._names, name)
        near = [*self._names[max(at - 1, 0) : at], *self._names[at + 1 : at + 2]]
        length = SHORTEST
        while length < len(name) and any(one[:length] == name[:length] for one in near):
            length += 1
        return name[:length]


def shorts(walks: Iterable[Walk]) -> dict[str, str]:
    """Short of every one of the walks."""
    names = sorted({view.name for walk in walks for view in ((walk, *walk.views) if walk.views else (walk,))})
    found, common = {}, 0  # digits that it has in common with the one before
    for name, after in zip(names, [*names[1:], ""], strict=True):
        before, common = common, 0
        if name[:SHORTEST] == after[:SHORTEST]:
            common = len(os.path.commonprefix((name, after)))
        found[name] = name[: max(SHORTEST, before + 1, common + 1)]
    return found


def left_out(walks: Iterable[Walk]) -> list[str]:
    """A sentence on what a helper excluded among these walks; [] when nothing was."""
    out = [walk for walk in walks if walk.excluded]
    if not out:
        return []
    short = shorts(out)
    named = [f"{short[walk.name]} ({day(walk)}: {walk.excluded})" for walk in out[:6]]
    more = f", and {len(out) - 6} more" if len(out) > 6 else ""
    one = len(out) == 1
    return [
        f"Left out, because a helper excluded {'it' if one else 'them'}: "
        f"walk{'' if one else 's'} {', '.join(named)}{more}."
    ]


def excluded(store: Store, kept: Iterable[Walk]) -> list[Walk]:
    """The excluded walks of the people that `kept` are of: what a page or a table leaves out and has to name."""
    persons = {walk.person for walk in kept}
    return [walk for walk in store.walks() if walk.excluded and walk.person in persons]


def corrected(walks: Iterable[Walk]) -> list[str]:
    """A sentence on what a helper corrected in these walks; [] when nothing was."""
    done: dict[str, int] = {}
    views = [view for walk in walks for view in _views(walk)]
    for view in views:
        for name in ("time" if field == "start" else field for field in view.was):
            done[name] = done.get(name, 0) + 1
    if not done:
        return []
    named = ", ".join(f"{name} of {count} walk{'s' * (count > 1)}" for name, count in sorted(done.items()))
    return [f"Corrected by a helper: {named}. `retrostep edit WALK` shows what the board had said."]


def in_order(person: str) -> tuple:
    """Sorts codes as people count: P-2 before P-10; none at the end."""
    parts = re.split(r"(\d+)", person)
    return (person == "", [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts])


def people(walks: Iterable[Walk]) -> dict[str, list[Walk]]:
    """person -> their walks; in the order of their codes, those without a code at the end."""
    found: dict[str, list[Walk]] = {}
    for walk in walks:
        found.setdefault(walk.person, []).append(walk)
    return {one: found[one] for one in sorted(found, key=in_order)}


def of_one(walks: list[Walk]) -> list[Walk]:
    """The same walks. Raises SeveralPeople when they are not one person's."""
    found = people(walks)
    if len(found) > 1:
        raise errors.SeveralPeople(
            f"These are walks of several people ({', '.join(map(called, found.values()))}), who are not added up. Name "
            f"one with `--code`{', or those without a code with `--code=`' if '' in found else ''}; name several, or "
            "give `--all`, for a page that keeps them apart.",
            codes=[mine[0].code for mine in found.values()],
        )
    return walks


def spelled(walks: Iterable[Walk]) -> list[Walk]:
    """The same walks, each person's under one spelling of the code (`called`): for tables, where p-07 and P-07 would
    be two."""
    walks = list(walks)
    names = {person: mine[-1].code for person, mine in people(walks).items()}
    return [
        replace(
            walk,
            settings={**walk.settings, **({"code": names[walk.person]} if walk.person else {})},
            views=tuple(spelled(walk.views)) if walk.views else (),
        )
        for walk in walks
    ]


def called(mine: list[Walk]) -> str:
    """How a person is called: by the code as it was written last."""
    return mine[-1].code or "no code"


def day(walk: Walk) -> str:
    """"27 Nov 2026", or the day it was copied."""
    moment = walk.start or walk.copied
    if moment is None:
        return "no date"
    return f"{'' if walk.start else 'copied '}{moment.day} {moment:%b %Y}"


def _asked(
    numbers: list[int],
    device: str | None,
    codes: list[str] | None,
    since: str | None,
    until: str | None,
    names: list[str],
) -> str:
    if device is not None and not numbers and codes is None and since is None and until is None and not names:
        return f"board {device}"
    words = [f"session {', '.join(map(str, numbers))}" if numbers else "walk"]
    words += [", ".join(names)] if names else []
    words += [f"of board {device}"] if device is not None else []
    words += [f"with the code {' or '.join(codes)}" if any(codes) else "without a code"] if codes is not None else []
    words += [f"from {since} on"] if since is not None else []
    words += [f"up to {until}"] if until is not None else []
    return " ".join(words)


def summary(walk: Walk) -> dict:
    """The same keys as `sync --json` gives for a session, and whose it is and where it was worn. One that several
    boards saw has `views`, one for each: what they say is in the walk already, once."""
    views = {"views": [summary(view) for view in walk.views]} if walk.views else {}
    return {
        "device": walk.device_uid,
        "session": walk.session,
        "walk": walk.name,
        "start": walk.start.isoformat(timespec="seconds") if walk.start else None,
        "code": walk.code,
        "duration_s": round(walk.duration_s, 3),
        "placement": walk.placement,
        "side": walk.side,
        "steps": walk.total,
        "steps_by_direction": {name: walk.counts.get(name, 0) for name in (*DIRECTIONS[1:], DIRECTIONS[0])},
        "alerts": walk.alerts,
        "complete": walk.complete,
        "end": walk.ended,
        "noticed": walk.noticed,
        **views,
    }


def listed(walk: Walk) -> dict:
    """`summary`, and the day it is filed under, and when it came to this computer."""
    copied = walk.copied.isoformat(timespec="seconds") if walk.copied else None
    return {**summary(walk), "day": walk.day, "copied": copied}


def person(mine: list[Walk]) -> dict:
    """A person in a line of JSON: what they walked, and when they were last seen."""
    views = [view for walk in mine for view in _views(walk)]
    return {
        "code": mine[-1].code,
        "walks": len(mine),
        "first": min(walk.day for walk in mine),
        "last": max(walk.day for walk in mine),
        "devices": sorted({view.device_uid for view in views}),
        "worn": sorted({worn(view) for view in views}),
        "steps": sum(walk.total for walk in mine),
        "steps_backward": sum(walk.counts.get("backward", 0) for walk in mine),
        "alerts": {kind: n for kind in ALERTS if (n := sum(walk.alerts.get(kind, 0) for walk in mine))},
    }


def worn(walk: Walk) -> str:
    """"left ankle", "wrist", "both ankles"."""
    if walk.side == together.BOTH:
        return "both feet" if walk.placement == "foot" else f"both {walk.placement}s"
    return walk.placement if walk.side == "unknown" else f"{walk.side} {walk.placement}"
