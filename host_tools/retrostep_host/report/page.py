# SPDX-License-Identifier: MIT
"""Page: walks become one HTML file that needs nothing else: no script, no network, no font.

in    store.rows.Walk objects, the newest whole (with steps and events), the others with their counts at least
out   the page as text
keeps nothing
but   people are not added up: several of them are a table, a line for each
not   names of people: the participant code, where one was set

A Content-Security-Policy inside the page proves that it fetches nothing (docs/decisions.md). Mail previews run no
script either, and helpers mail the page.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from retrostep_host.report import charts, evidence, measures, scales, symmetry, training
from retrostep_host.store import Store, choose, together
from retrostep_host.store.rows import UNFELT, Walk
from retrostep_host.text import plain

WHOLE_AT_MOST = 30  # older walks keep totals and time line only: a year of them stays small enough to mail
OPEN_AT_MOST = 1  # sessions that are open when the page opens; the others are one touch away
PRINT_AT_MOST = 8  # of so many walks all is printed; of more, each closed one is a line with its alerts
TOLD_AT_MOST = 10  # stumbles listed at the top; all falls are, and each walk's line counts its own


def render(walks: list[Walk], made: datetime | None = None, said: list[str] | tuple[str, ...] = ()) -> str:
    """The page for these walks, newest first on it; `said`: what else is to be named. ValueError without one."""
    if not walks:
        raise ValueError("nothing to show")
    import jinja2

    from retrostep_host.version import LINE

    folder = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(
        loader=folder,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: plain(value) if type(value) is str else value,  # before it is quoted
    )
    environment.filters["thousands"] = lambda value: f"{value:,}"
    made = (made or datetime.now(UTC)).astimezone()
    newest = list(reversed(walks))
    counts = {name: sum(walk.counts.get(name, 0) for walk in walks) for name in measures.ORDER}
    found_days = measures.days(walks)
    people = choose.people(walks)
    several = len(people) > 1
    codes = [choose.called(mine) for person, mine in people.items() if person]
    short = choose.shorts(walks)
    told, untold = _told(newest)
    return environment.get_template("page.html.j2").render(
        sessions=[_session(walk, rank < WHOLE_AT_MOST, short[walk.name]) for rank, walk in enumerate(newest)],
        open_at_most=OPEN_AT_MOST,
        prints_all=len(walks) <= PRINT_AT_MOST,
        several=several,
        people=[_person(mine) for mine in people.values()] if several else [],
        headline=f"{_many(people)}, {len(walks)} walks." if several else _headline(walks, counts),
        subline=_subline(walks, newest[0]),
        remark="" if several else _remark(newest, counts),
        alarm=measures.kinds(_alarms(walks)),
        told=told,
        untold=untold,
        doubtful=[*together.doubtful(walks), *said],
        counts=counts,
        total=sum(counts.values()),
        shares=charts.shares(counts),
        days=None if several else charts.days(found_days),
        codes=codes,
        order=measures.ORDER,
        letters=measures.LETTER,
        shapes=charts.SHAPES,
        meaning=charts.MEANING,
        made=f"{made.day} {made:%B %Y, %H:%M}",
        published=training.PUBLISHED,
        version=LINE,
    )


def _alarms(walks: list[Walk]) -> dict[str, int]:
    """Falls and stumbles of all of them."""
    found = sum((Counter(walk.alerts) for walk in walks), Counter())
    return {kind: found[kind] for kind in ("fall", "stumble") if found[kind]}


def _told(newest: list[Walk]) -> tuple[list[dict], int]:
    """What is listed at the top, falls first, the newest first of each, and how many stumbles are not."""
    every = [
        {
            "kind": event.kind,
            "shape": charts.SHAPES[event.kind],
            "walk": walk.id,
            "code": walk.code,
            "when": measures.when(walk),
            "at": scales.clock(event.t_s),
        }
        for kind in ("fall", "stumble")
        for walk in newest
        for event in reversed(walk.events)
        if event.kind == kind
    ]
    falls = sum(one["kind"] == "fall" for one in every)
    return every[: falls + TOLD_AT_MOST], max(0, len(every) - falls - TOLD_AT_MOST)


def _person(mine: list[Walk]) -> dict:
    counts = {name: sum(walk.counts.get(name, 0) for walk in mine) for name in measures.ORDER}
    total = sum(counts.values())
    return {
        "code": choose.called(mine),
        "walks": len(mine),
        "last": choose.day(max(mine, key=lambda walk: walk.day)),
        "total": total,
        "backward": counts["backward"],
        "share": f"{100 * counts['backward'] / total:.0f} %" if total else "–",
        "alerts": measures.kinds(sum((Counter(walk.alerts) for walk in mine), Counter())),
    }


def _session(walk: Walk, whole: bool, short: str) -> dict:
    strip = charts.strip(walk)
    bouts = measures.bouts(walk.steps)
    walking = measures.walking_s(bouts)
    return {
        "walk": walk,
        "short": short,
        "whole": whole,
        "when": measures.when(walk),
        "title": measures.spoken(walk),
        "length": _unbroken(scales.duration(walk.duration_s)),
        "walking": _unbroken(scales.duration(walking)),
        "pace": f"{60 * walk.total / walking:.0f}" if walking and walk.total > 1 else "–",
        "longest": measures.longest(bouts, "backward"),
        "shares": charts.shares(walk.counts),
        "strip": strip,
        "marks": charts.marks(walk, strip["span"]),
        "alert_count": sum(walk.alerts.values()),
        "alert_words": measures.kinds(walk.alerts).partition(" ")[2] if len(walk.alerts) == 1 else "alerts",
        "alerts": measures.kinds(walk.alerts),
        "symmetry": symmetry.rows(walk),
        "views": _views(walk),
        "cadence": charts.cadence(walk, strip["span"]) if whole else None,
        "strides": whole
        and [
            chart
            for chart in (
                _titled(charts.strides(walk, "stride_s", "s", 0.3), "Stride time"),
                _titled(charts.strides(walk, "length_m", "m", 0.5), "Stride length"),
            )
            if chart
        ],
        "intervals": training.intervals(walk),
        "tests": training.tests(walk),
        "evidence": evidence.around(walk) if whole else [],
        "uncertainty": evidence.uncertainty(walk),
        "notes": measures.notes(walk),
        "worn": _worn(walk),
        "ended": measures.ended(walk),
    }


def _unbroken(words: str) -> str:
    """A quantity that stays on one line."""
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def _views(walk: Walk) -> list[dict]:
    """What each of several boards counted: the same steps again, seen from elsewhere."""
    counted = {part.view.id: len(part.steps) for part in together.parts(walk)} if walk.views else {}
    return [
        {
            "worn": choose.worn(view),
            "which": f"session {view.session} of board {view.device_uid}",
            "total": view.total,
            "backward": view.counts.get("backward", 0),
            "counted": counted[view.id],
        }
        for view in walk.views
    ]


def _titled(chart: dict | None, title: str) -> dict | None:
    return {**chart, "title": title} if chart else None


def _worn(walk: Walk) -> str:
    where = choose.worn(walk)
    parts = [f"worn on {'' if where.startswith('both') else 'the '}{where}"]
    aid, ground = walk.settings.get("aid", "none"), walk.settings.get("ground", "level")
    if aid != "none":
        parts.append(f"with {'a ' if aid != 'crutches' else ''}{aid}")
    if ground != "level":
        parts.append(f"on {'a treadmill' if ground == 'treadmill' else 'an incline'}")
    return ", ".join(parts)


def _many(people: dict) -> str:
    """"12 people", and that some walks carry no code: whose they are nobody knows."""
    named = sum(bool(person) for person in people)
    words = "1 person" if named == 1 else f"{named} people"
    return words if named == len(people) else f"{words} and walks without a code"


def _headline(walks: list[Walk], counts: dict[str, int]) -> str:
    total, backward = sum(counts.values()), counts["backward"]
    if not total:
        return "No steps yet."
    steps = "1 step" if total == 1 else f"{total:,} steps"
    return f"{steps}, {f'{backward:,}' if backward else 'none'} of them backward."


def _subline(walks: list[Walk], newest: Walk) -> str:
    if len(walks) == 1:
        return f"{measures.when(newest)} · {_unbroken(scales.duration(newest.duration_s))} · {_worn(newest)}"
    dated = sorted((walk for walk in walks if walk.start), key=lambda walk: walk.start)
    when = f", {measures.when(dated[0])} to {measures.when(dated[-1])}" if dated else ""
    length = _unbroken(scales.duration(sum(walk.duration_s for walk in walks)))
    return f"{len(walks)} walks{when} · {length} in all"


def _remark(newest: list[Walk], counts: dict[str, int]) -> str:
    """What is worth reading aloud; true, or empty."""
    total, backward = sum(counts.values()), counts["backward"]
    if not total:
        return ""
    said = []
    if backward:
        said.append(f"That is {100 * backward / total:.0f} in every 100.")
        longest = max(measures.longest(measures.bouts(walk.steps), "backward") for walk in newest)
        if longest > 1:
            said.append(f"The longest stretch backward was {longest} steps.")
    if len(newest) == 1:
        buzzes = sum(1 for event in newest[0].events if event.kind == "alert")
        if buzzes:
            said.append(f"It buzzed {'once' if buzzes == 1 else f'{buzzes} times'}.")
        if unfelt := newest[0].noticed.get(UNFELT, 0):
            buzzes = "One buzz" if unfelt == 1 else f"{unfelt} buzzes"
            said.append(f"{buzzes} could not be felt: the buzzer was silent.")
    return " ".join(said)


def write(store: Path, out: Path, pick: Callable[[Store], list[Walk]] | None = None) -> Path:
    """Make the page from a store and put it at `out`, whole or not at all. Returns where it is. `pick` says which
    walks, whole ones; without it, all that one person walked.

    Raises the errors of the store, SeveralPeople, CannotWrite and FullDisk.
    """
    from retrostep_host import errors

    with Store(store, write=False) as opened:
        walks = pick(opened) if pick else choose.of_one(choose.joined(opened))
        walks = [walk if walk.steps else opened.full(walk) for walk in walks]
        said = [*choose.left_out(choose.excluded(opened, walks)), *choose.corrected(walks)]
        for at in range(max(0, len(walks) - WHOLE_AT_MOST), len(walks)):
            if walks[at].alerts:
                walks[at] = replace(walks[at], traces=_traces(opened, walks[at]))
    text = render(walks, said=said)
    out = out / "retrostep-report.html" if out.is_dir() else out
    half = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(text, encoding="utf-8")
        half.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            half.unlink()
        raise errors.from_os(error, "writing the report") from error
    return out


def _traces(store: Store, walk: Walk) -> tuple:
    """The raw samples around the alerts, by the walk's own time, whichever board kept them."""
    found = []
    for view in walk.views or (walk,):
        later = ((view.start_utc_us or 0) - (walk.start_utc_us or 0)) / 1e6
        found += [replace(trace, t_s=trace.t_s + later) for trace in store.traces(view)]
    return tuple(found)
