# SPDX-License-Identifier: MIT
"""Page: walks become one HTML file that needs nothing else: no script, no network, no font.

in    store.rows.Walk objects, the newest whole (with steps and events), the others with their counts at least
out   the page as text
keeps nothing
not   names of people: the participant code, where one was set

A Content-Security-Policy inside the page proves that it fetches nothing (docs/decisions.md). Mail previews run no
script either, and helpers mail the page.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from retrostep_host.report import charts, evidence, measures, scales, training
from retrostep_host.store.rows import UNFELT, Walk
from retrostep_host.text import plain

WHOLE_AT_MOST = 30  # older walks keep totals and time line only: a year of them stays small enough to mail
OPEN_AT_MOST = 1  # sessions that are open when the page opens; the others are one touch away


def render(walks: list[Walk], made: datetime | None = None) -> str:
    """The page for these walks, newest first on it. Raises ValueError without a walk."""
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
    codes = sorted({str(walk.settings.get("code") or "") for walk in walks} - {""})
    return environment.get_template("page.html.j2").render(
        sessions=[_session(walk, whole=rank < WHOLE_AT_MOST) for rank, walk in enumerate(newest)],
        open_at_most=OPEN_AT_MOST,
        headline=_headline(walks, counts),
        subline=_subline(walks, newest[0]),
        remark=_remark(newest, counts),
        counts=counts,
        total=sum(counts.values()),
        shares=charts.shares(counts),
        days=charts.days(found_days),
        codes=codes,
        order=measures.ORDER,
        letters=measures.LETTER,
        shapes=charts.SHAPES,
        meaning=charts.MEANING,
        made=f"{made.day} {made:%B %Y, %H:%M}",
        published=training.PUBLISHED,
        version=LINE,
    )


def _session(walk: Walk, whole: bool) -> dict:
    strip = charts.strip(walk)
    bouts = measures.bouts(walk.steps)
    walking = measures.walking_s(bouts)
    return {
        "walk": walk,
        "whole": whole,
        "when": measures.when(walk),
        "title": measures.spoken(walk),
        "length": scales.duration(walk.duration_s),
        "walking": scales.duration(walking),
        "pace": f"{60 * walk.total / walking:.0f}" if walking and walk.total > 1 else "–",
        "longest": measures.longest(bouts, "backward"),
        "shares": charts.shares(walk.counts),
        "strip": strip,
        "marks": charts.marks(walk, strip["span"]),
        "alert_count": sum(walk.alerts.values()),
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


def _titled(chart: dict | None, title: str) -> dict | None:
    return {**chart, "title": title} if chart else None


def _worn(walk: Walk) -> str:
    side = f"{walk.side} " if walk.side != "unknown" else ""
    parts = [f"worn on the {side}{walk.placement}"]
    aid, ground = walk.settings.get("aid", "none"), walk.settings.get("ground", "level")
    if aid != "none":
        parts.append(f"with {'a ' if aid != 'crutches' else ''}{aid}")
    if ground != "level":
        parts.append(f"on {'a treadmill' if ground == 'treadmill' else 'an incline'}")
    return ", ".join(parts)


def _headline(walks: list[Walk], counts: dict[str, int]) -> str:
    total, backward = sum(counts.values()), counts["backward"]
    if not total:
        return "No steps yet."
    steps = "1 step" if total == 1 else f"{total:,} steps"
    return f"{steps}, {f'{backward:,}' if backward else 'none'} of them backward."


def _subline(walks: list[Walk], newest: Walk) -> str:
    if len(walks) == 1:
        return f"{measures.when(newest)} · {scales.duration(newest.duration_s)} · {_worn(newest)}"
    dated = sorted((walk for walk in walks if walk.start), key=lambda walk: walk.start)
    when = f", {measures.when(dated[0])} to {measures.when(dated[-1])}" if dated else ""
    return f"{len(walks)} walks{when} · {scales.duration(sum(walk.duration_s for walk in walks))} in all"


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


def write(
    store: Path, out: Path, session: int | None = None, device: str | None = None, code: str | None = None
) -> Path:
    """Make the page from a store and put it at `out`, whole or not at all. Returns where it is.

    Raises the errors of the store, CannotWrite and FullDisk.
    """
    from retrostep_host import errors
    from retrostep_host.store import Store, choose

    with Store(store, write=False) as opened:
        walks = [opened.full(walk) for walk in choose.walks(opened, session, device, code)]
        for at in range(max(0, len(walks) - WHOLE_AT_MOST), len(walks)):
            if walks[at].alerts:
                walks[at] = replace(walks[at], traces=opened.traces(walks[at]))
    text = render(walks)
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
