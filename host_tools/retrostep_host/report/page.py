# SPDX-License-Identifier: MIT
"""Page: walks become one HTML file that needs nothing else: no script, no network, no font.

in    store.rows.Walk objects, the newest whole (with steps and events), the others with counts and summary
out   the page as text
keeps nothing
but   people are not added up: several of them stand side by side (group.py), then each on a sheet (sheet.py)
not   names of people: the participant code, where one was set

A Content-Security-Policy inside the page proves that it fetches nothing (docs/decisions.md). Mail previews run no
script either, and helpers mail the page.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from markupsafe import Markup, escape

from retrostep_host import language
from retrostep_host.language import N_, _, n_, number
from retrostep_host.report import charts, evidence, group, measures, scales, sheet, symmetry, templates, training
from retrostep_host.store import Store, choose, odd, together
from retrostep_host.store.rows import UNFELT, Profile, Walk
from retrostep_host.text import plain

WHOLE_AT_MOST = 12  # older walks keep their totals only: a year of them stays small enough to mail
OPEN_AT_MOST = 1  # sessions that are open when the page opens; the others are one touch away
PRINT_AT_MOST = 8  # of so many walks all is printed; of more, each closed one is a line with its alerts
TOLD_AT_MOST = 10  # stumbles listed at the top; all falls are, and each walk's line counts its own
WORDS = {  # what stands in the log, as people read it
    "forward": N_("forward"),
    "backward": N_("backward"),
    "sideways": N_("sideways"),
    "unknown": N_("unknown"),
    "fall": N_("fall"),
    "stumble": N_("stumble"),
    "wobble": N_("wobble"),
}
TOLD = {"fall": N_("Fall"), "stumble": N_("Stumble")}


def render(
    walks: list[Walk],
    made: datetime | None = None,
    profiles: dict[str, Profile] | None = None,
    excluded: Iterable[Walk] = (),
) -> str:
    """The page for these walks, newest first on it, in the language that is spoken. `profiles`: what a helper said of
    each person; `excluded`: walks that a helper took out, which are named. Raises ValueError without a walk."""
    if not walks:
        raise ValueError("nothing to show")
    from retrostep_host.version import LINE

    # `finalize` acts before a text is quoted
    environment = templates.environment(finalize=lambda value: plain(value) if type(value) is str else value)
    environment.filters["thousands"] = number
    environment.filters["said"] = said
    environment.filters["coded"] = _coded
    made = (made or datetime.now(UTC)).astimezone()
    walks = [_summed(walk) for walk in walks]
    newest = list(reversed(walks))
    counts = {name: sum(walk.counts.get(name, 0) for walk in walks) for name in measures.ORDER}
    found_days = measures.days(walks)
    people = choose.people(walks)
    several = len(people) > 1
    codes = [choose.called(mine) for person, mine in people.items() if person]
    short = choose.shorts(walks)
    told, untold = _told(newest)
    held = profiles or {}
    today = made.date()
    mine = None if several or len(walks) == 1 else sheet.of(walks, held.get(walks[-1].person), today)
    each = [
        group.Person(_called(own), own, sheet.of(own, held.get(person), today), held.get(person))
        for person, own in people.items()
    ] if several else []  # fmt: skip
    return environment.get_template("page.html.j2").render(
        lang=language.current(),
        sessions=[_session(walk, rank < WHOLE_AT_MOST, short[walk.name]) for rank, walk in enumerate(newest)],
        open_at_most=OPEN_AT_MOST,
        prints_all=len(walks) <= PRINT_AT_MOST,
        several=several,
        sheet=mine,
        group=group.of(each, today) if several else None,
        sheets=[
            {
                "code": one.code,
                "sheet": one.sheet,
                "subline": _subline(one.walks, one.walks[-1]),
                "doubtful": _doubtful(one.walks),
            }
            for one in each
        ],
        headline=_("%(people)s, %(walks)s.", people=_many(people), walks=_walks(len(walks)))
        if several
        else _headline(counts),
        subline=_subline(walks, newest[0]),
        remark="" if several else _remark(newest, counts),
        alarm=measures.kinds(_alarms(walks)),
        told=told,
        untold=n_(
            "%(n)s earlier stumble is counted at its walk below.",
            "%(n)s earlier stumbles are counted at their walks below.",
            untold,
        )
        if untold
        else "",
        doubtful=[*_doubtful(walks), *_put_right(walks, excluded)],
        counts=counts,
        total=sum(counts.values()),
        shares=charts.shares(counts),
        days=None if several else charts.days(found_days),
        codes=codes,
        order=measures.ORDER,
        letters=measures.letters(),
        shapes=charts.SHAPES,
        meaning=charts.MEANING,
        made=language.moment(made),
        published=training.published(),
        version=LINE,
    )


def _doubtful(walks: list[Walk]) -> list[str]:
    """What looks like a mistake of people or clocks: named, and counted until a person says otherwise."""
    return [*odd.sentences(walks), *together.doubtful(walks)]


def _coded(sentence: str) -> Markup:
    """A sentence with its commands, in backticks, as such."""
    parts = (escape(plain(part)) for part in sentence.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _put_right(walks: list[Walk], excluded: Iterable[Walk]) -> list[str]:
    """What a helper took out, and what they corrected."""
    found = []
    for walk in excluded:
        found.append(
            _("The walk of %(when)s is left out, because a helper excluded it: %(why)s.", when=measures.when(walk),
              why=walk.excluded)
        )  # fmt: skip
    corrected = sum(bool(view.was) for walk in walks for view in walk.views or (walk,))
    if corrected:
        found.append(
            n_("A helper corrected what the board said of %(n)s walk (code, side, aid or time).",
               "A helper corrected what the board said of %(n)s walks (code, side, aid or time).", corrected)
        )  # fmt: skip
    return found


def said(name: str) -> str:
    """A direction or an alert in the reader's words."""
    return _(WORDS[name]) if name in WORDS else name


def _summed(walk: Walk) -> Walk:
    """The walk with a summary, for one that comes from no store."""
    from retrostep_host.store import summing

    if walk.summary.walked_s or not walk.steps:
        return walk
    return replace(walk, summary=summing.of(walk, b""), views=tuple(map(_summed, walk.views)))


def _alarms(walks: list[Walk]) -> dict[str, int]:
    """Falls and stumbles of all of them."""
    found = sum((Counter(walk.alerts) for walk in walks), Counter())
    return {kind: found[kind] for kind in ("fall", "stumble") if found[kind]}


def _told(newest: list[Walk]) -> tuple[list[dict], int]:
    """What is listed at the top, falls first, the newest first of each, and how many stumbles are not."""
    every = [
        {
            "kind": kind,
            "word": _(TOLD[kind]),
            "shape": charts.SHAPES[kind],
            "walk": walk.id,
            "code": walk.code,
            "when": measures.when(walk),
            "at": scales.clock(at),
        }
        for kind in TOLD
        for walk in newest
        for at in reversed(_times(walk, kind))
    ]
    falls = sum(one["kind"] == "fall" for one in every)
    return every[: falls + TOLD_AT_MOST], max(0, len(every) - falls - TOLD_AT_MOST)


def _times(walk: Walk, kind: str) -> list[float]:
    """When it happened, in s of the walk; from its summary where its events were not read."""
    if walk.events:
        return [event.t_s for event in walk.events if event.kind == kind]
    return [at for name, at in walk.summary.told if name == kind]


def _called(mine: list[Walk]) -> str:
    return mine[-1].code or _("no code")


def _session(walk: Walk, whole: bool, short: str) -> dict:
    whole = whole and bool(walk.steps)
    strip = charts.strip(walk) if whole else {"span": walk.duration_s, "bands": [], "ticks": [], "rows": []}
    bouts = measures.bouts(walk.steps) if whole else []
    walking = measures.walking_s(bouts) if whole else sum(walk.summary.walked_s.values())
    return {
        "walk": walk,
        "short": short,
        "whole": whole,
        "when": measures.when(walk),
        "title": measures.spoken(walk),
        "length": _unbroken(scales.duration(walk.duration_s)),
        "walking": _unbroken(scales.duration(walking)),
        "pace": number(round(60 * walk.total / walking)) if walking and walk.total > 1 else "–",
        "longest": measures.longest(bouts, "backward"),
        "shares": charts.shares(walk.counts) if whole else [],
        "directions": ", ".join(f"{said(way)} {number(n)}" for way in measures.ORDER if (n := walk.counts.get(way, 0))),
        "strip": strip,
        "marks": charts.marks(walk, strip["span"]),
        "alert_count": sum(walk.alerts.values()),
        "alert_words": _alert_word(walk.alerts),
        "alerts": measures.kinds(walk.alerts),
        "symmetry": symmetry.rows(walk),
        "views": _views(walk),
        "cadence": charts.cadence(walk, strip["span"]) if whole else None,
        "strides": whole
        and [
            chart
            for chart in (
                _titled(charts.strides(walk, "stride_s", "s", 0.3), _("Stride time")),
                _titled(charts.strides(walk, "length_m", "m", 0.5), _("Stride length")),
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
        "battery": _battery(walk),
        "identity": _("Walk %(name)s", name=walk.name)
        if walk.views
        else _("Walk %(name)s · session %(session)s of board %(board)s", name=walk.name, session=walk.session,
               board=walk.device_uid),
    }  # fmt: skip


def _alert_word(alerts: dict[str, int]) -> str:
    """What the tile counts: "stumbles", "alerts"."""
    if set(alerts) == {"stumble"}:
        return _("stumble") if alerts["stumble"] == 1 else _("stumbles")
    if set(alerts) == {"fall"}:
        return _("fall") if alerts["fall"] == 1 else _("falls")
    if set(alerts) == {"wobble"}:
        return _("wobble") if alerts["wobble"] == 1 else _("wobbles")
    return _("alerts")


def _unbroken(words: str) -> str:
    """A quantity that stays on one line."""
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def _views(walk: Walk) -> list[dict]:
    """What each of several boards counted: the same steps again, seen from elsewhere."""
    counted = {part.view.id: len(part.steps) for part in together.parts(walk)} if walk.views else {}
    return [
        {
            "worn": measures.where(view),
            "worn_first": _first(measures.where(view)),
            "which": _("session %(session)s of board %(board)s", session=view.session, board=view.device_uid),
            "total": view.total,
            "backward": view.counts.get("backward", 0),
            "counted": counted[view.id],
        }
        for view in walk.views
    ]


def _first(words: str) -> str:
    return words[:1].upper() + words[1:]


def _titled(chart: dict | None, title: str) -> dict | None:
    return {**chart, "title": title} if chart else None


AIDS = {
    "cane": N_("with a cane"),
    "crutches": N_("with crutches"),
    "walker": N_("with a walker"),
    "rail": N_("with a rail"),
}
GROUNDS = {"treadmill": N_("on a treadmill"), "incline": N_("on an incline")}


def _worn(walk: Walk) -> str:
    parts = [_("worn on: %(where)s", where=measures.where(walk))]
    for table, name in ((AIDS, "aid"), (GROUNDS, "ground")):
        value = walk.settings.get(name)
        if value in table:
            parts.append(_(table[value]))
    return ", ".join(parts)


def _battery(walk: Walk) -> str:
    """Volts at the beginning of the walk and at its end, of each board that can tell; "" where none can."""
    told = [(view.summary.battery_first_mv, view.summary.battery_mv) for view in walk.views or (walk,)]
    told = [(first, last) for first, last in told if last]
    if not told:
        return ""
    if not all(first for first, _last in told):
        return _("battery at the end %(volts)s V", volts=" / ".join(number(last / 1000, 2) for _first, last in told))
    volts = " / ".join(f"{number(first / 1000, 2)} → {number(last / 1000, 2)}" for first, last in told)
    return _("battery, beginning → end: %(volts)s V", volts=volts)


def _walks(count: int) -> str:
    return n_("%(n)s walk", "%(n)s walks", count)


def _many(people: dict) -> str:
    """"12 people", and that some walks carry no code: whose they are nobody knows."""
    named = sum(bool(person) for person in people)
    words = n_("%(n)s person", "%(n)s people", named)
    return words if named == len(people) else _("%(people)s and walks without a code", people=words)


def _headline(counts: dict[str, int]) -> str:
    total, backward = sum(counts.values()), counts["backward"]
    if not total:
        return _("No steps yet.")
    if not backward:
        return n_("%(n)s step, none of them backward.", "%(n)s steps, none of them backward.", total)
    return n_("%(n)s step, %(backward)s of them backward.", "%(n)s steps, %(backward)s of them backward.", total,
              backward=number(backward))  # fmt: skip


def _subline(walks: list[Walk], newest: Walk) -> str:
    if len(walks) == 1:
        return f"{measures.when(newest)} · {_unbroken(scales.duration(newest.duration_s))} · {_worn(newest)}"
    dated = sorted((walk for walk in walks if walk.start), key=lambda walk: walk.start)
    parts = [_walks(len(walks))]
    if dated:
        parts[0] += ", " + _("%(first)s to %(last)s", first=measures.when(dated[0]), last=measures.when(dated[-1]))
    length = _unbroken(scales.duration(sum(walk.duration_s for walk in walks)))
    return " · ".join([*parts, _("%(length)s in all", length=length)])


def _remark(newest: list[Walk], counts: dict[str, int]) -> str:
    """What is worth reading aloud; true, or empty."""
    total, backward = sum(counts.values()), counts["backward"]
    if not total:
        return ""
    words = []
    if backward:
        words.append(_("That is %(count)s in every 100.", count=number(round(100 * backward / total))))
        longest = max(measures.longest(measures.bouts(walk.steps), "backward") for walk in newest)
        if longest > 1:
            words.append(_("The longest stretch backward was %(count)s steps.", count=number(longest)))
    if len(newest) == 1:
        buzzes = sum(1 for event in newest[0].events if event.kind == "alert")
        if buzzes:
            words.append(n_("It buzzed once.", "It buzzed %(n)s times.", buzzes))
        if unfelt := newest[0].noticed.get(UNFELT, 0):
            words.append(n_("One buzz could not be felt: the buzzer was silent.",
                            "%(n)s buzzes could not be felt: the buzzer was silent.", unfelt))  # fmt: skip
    return " ".join(words)


def write(store: Path, out: Path, pick: Callable[[Store], list[Walk]] | None = None) -> Path:
    """Make the page from a store and put it at `out`, whole or not at all. Returns where it is. `pick` says which
    walks; without it, all that one person walked.

    Raises the errors of the store, SeveralPeople, CannotWrite and FullDisk.
    """
    from retrostep_host import errors

    with Store(store, write=False) as opened:
        walks = pick(opened) if pick else choose.of_one(choose.joined(opened))
        for at in range(max(0, len(walks) - WHOLE_AT_MOST), len(walks)):
            if not walks[at].steps:
                walks[at] = opened.full(walks[at])
            if walks[at].alerts:
                walks[at] = replace(walks[at], traces=_traces(opened, walks[at]))
        profiles, excluded = opened.profiles(), choose.excluded(opened, walks)
    text = render(walks, profiles=profiles, excluded=excluded)
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
