# SPDX-License-Identifier: MIT
"""Charts: measures become positions; the template only draws them.

in    a Walk with steps and events; the days of all walks
out   plain dicts of positions in percent (SVG user units 0-100 on both axes for lines), labels and table rows
keeps nothing
not   colours: a direction is a CSS class, a pattern and a letter, so that print, dark and colour-blind eyes agree
"""

from __future__ import annotations

from retrostep_host.language import N_, _, n_, number, percent, short_day, short_month
from retrostep_host.report import measures, scales
from retrostep_host.report.measures import ORDER, Day, letters
from retrostep_host.store.rows import Walk

LETTER_MIN = 4.0  # percent of the width below which a band has no room for its letter on a phone
SHAPES = {"stumble": "▲", "fall": "◆", "wobble": "△", "buzz": "○"}  # the text twin of the drawn marks
MEANING = {
    "stumble": N_("stumble"),
    "fall": N_("fall"),
    "wobble": N_("walking less steadily than usual"),
    "buzz": N_("buzz that was felt"),
}
CADENCE_SPAN = 30.0  # steps/min; least height of the cadence chart
MAX_BANDS = 600  # a two-hour walk has about 60 stretches; beyond this neighbours are drawn as one


def strip(walk: Walk) -> dict:
    """Bands of direction over the session, with its time axis."""
    span = max(walk.duration_s, walk.steps[-1].t_s if walk.steps else 0.0, 1.0)
    found = measures.bouts(walk.steps)
    bands = []
    for bout in found:
        left, right = scales.place(bout.start_s, 0, span), scales.place(bout.end_s, 0, span)
        width = max(0.25, round(right - left, 3))
        bands.append(
            {
                "direction": bout.direction,
                "x": left,
                "width": width,
                "middle": round(left + width / 2, 3),
                "letter": letters()[bout.direction] if width >= LETTER_MIN else "",
                "title": n_("%(start)s to %(end)s: %(n)s step", "%(start)s to %(end)s: %(n)s steps", bout.steps,
                            start=scales.clock(bout.start_s), end=scales.clock(bout.end_s)),
            }
        )  # fmt: skip
    rows = [
        (scales.clock(b.start_s), scales.clock(b.end_s), b.direction, b.steps, _rate(b))
        for b in found
    ]
    return {"bands": bands[:MAX_BANDS], "ticks": scales.time_ticks(span), "rows": rows, "span": span}


def _rate(bout: measures.Bout) -> str:
    span = bout.end_s - bout.start_s
    return f"{60 * bout.steps / span:.0f}" if span > 0 else "–"


def marks(walk: Walk, span: float) -> dict:
    """Alerts on the time line, and buzzes in a row of their own below, since a buzz follows its alert at once."""
    found = measures.alerts(walk)
    body = any(kind != "buzz" for _t, kind, _w in found)
    felt = any(kind == "buzz" for _t, kind, _w in found)
    every = [
        {
            "x": scales.place(t, 0, span),
            "y": 36 if kind == "buzz" and body else 12,
            "kind": kind,
            "time": scales.clock(t),
            "text": text,
            "shape": SHAPES[kind],
        }
        for t, kind, text in found
    ]
    return {"all": every, "rows": body + felt, "kinds": {kind for _t, kind, _w in found}}


def cadence(walk: Walk, span: float) -> dict | None:
    """Cadence as lines cut where the direction changes; None when no stride time is known."""
    lines = measures.cadence(walk.steps)
    values = [value for line in lines for _t, value, _d in line]
    if len(values) < 2:
        return None
    low, high, ticks = scales.around(min(values), max(values), 3, CADENCE_SPAN)
    paths: list[dict] = []
    for line in lines:
        previous = ""
        for t, value, direction in line:
            point = f"{scales.place(t, 0, span):.2f},{100 - scales.place(value, low, high):.2f}"
            if not paths or direction != previous or not previous:
                start = [paths[-1]["points"][-1]] if previous and paths else []  # no hole where the direction turns
                paths.append({"direction": direction, "points": start})
            paths[-1]["points"].append(point)
            previous = direction
    for path in paths:
        if len(path["points"]) == 1:
            path["points"] *= 2  # a single stride is a dot (round line caps)
    groups: dict[str, list[float]] = {}
    for line in lines:
        for _t, value, direction in line:
            groups.setdefault(direction, []).append(value)
    rows = [
        (name, len(groups[name]), *(f"{scales.quantile(sorted(groups[name]), q):.0f}" for q in (0.5, 0.25, 0.75)))
        for name in ORDER
        if name in groups
    ]
    return {
        "paths": [{"direction": p["direction"], "points": " ".join(p["points"])} for p in paths],
        "ticks": [(100 - scales.place(tick, low, high), scales.number(tick)) for tick in ticks],
        "rows": rows,
    }


def shares(counts: dict[str, int]) -> list[dict]:
    """One bar cut by direction, the parts that exist, left to right."""
    total = sum(counts.values())
    left = 0.0
    parts = []
    for name in ORDER:
        count = counts.get(name, 0)
        if not count:
            continue
        width = 100 * count / total
        parts.append(
            {
                "direction": name,
                "count": count,
                "percent": f"{width:.0f}",
                "x": round(left, 3),
                "width": round(width, 3),
                "middle": round(left + width / 2, 3),
                "letter": letters()[name] if width >= LETTER_MIN else "",
            }
        )
        left += width
    return parts


def strides(walk: Walk, field: str, unit: str, span: float) -> dict | None:
    """A dot and its middle half per direction; None when nothing is known well enough."""
    found = measures.strides(walk.steps, field)
    if not found:
        return None
    low, high, ticks = scales.around(min(s.low for s in found.values()), max(s.high for s in found.values()), 4, span)
    rows = []
    for name, spread in found.items():
        rows.append(
            {
                "direction": name,
                "x": scales.place(spread.median, low, high),
                "from": scales.place(spread.low, low, high),
                "to": scales.place(spread.high, low, high),
                "median": number(spread.median, 2),
                "half": f"{number(spread.low, 2)}–{number(spread.high, 2)}",
                "sd": f"± {number(spread.sd, 2)}" if spread.sd else "",
                "count": spread.count,
            }
        )
    axis = [(scales.place(tick, low, high), scales.number(round(tick, 4))) for tick in ticks]
    return {"rows": rows, "ticks": axis, "unit": unit}


def days(found: list[Day]) -> dict | None:
    """A stacked column per day (or week, or month), the share of backward steps above it; None without a step."""
    tallest = max((day.total for day in found), default=0)
    if not tallest:
        return None
    _low, top, ticks = scales.around(0, tallest, 3)
    longest = max((day.last - day.first).days + 1 for day in found)
    unit = "month" if longest > 7 else "week" if longest > 1 else "day"
    slot = 100 / max(len(found), 7)  # a first day is a column and not a wall
    offset = (100 - slot * len(found)) / 2 if len(found) < 7 else 0.0
    columns = []
    every = -(-len(found) // 7)
    for i, day in enumerate(found):
        bottom = 100.0
        parts = []
        for name in ORDER:
            if day.counts.get(name):
                height = scales.place(day.counts[name], 0, top)
                bottom -= height
                parts.append({"direction": name, "y": round(bottom, 3), "height": height})
        share = day.backward_share
        columns.append(
            {
                "x": round(offset + i * slot + slot * 0.14, 3),
                "width": round(slot * 0.72, 3),
                "middle": round(offset + (i + 0.5) * slot, 3),
                "parts": parts,
                "top": round(bottom, 3),
                "share": "" if share is None else percent(share),
                "label": _day_label(day, unit) if (len(found) - 1 - i) % every == 0 else "",
                "thin": (len(found) - 1 - i) // every % 2 == 1,  # has no room on a phone
            }
        )
    rows = [
        (
            _day_label(day, unit),
            day.walks,
            day.total,
            *(day.counts.get(n, 0) for n in ORDER),
            percent(day.backward_share),
        )
        for day in found
        if day.walks
    ]
    return {
        "columns": columns,
        "ticks": [(100 - scales.place(tick, 0, top), scales.number(tick)) for tick in ticks],
        "rows": rows,
        "many": len(found) > 14,
        "unit": unit,
        "title": {"day": _("Day by day"), "week": _("Week by week"), "month": _("Month by month")}[unit],
        "every": {"day": _("Every day"), "week": _("Every week"), "month": _("Every month")}[unit],
    }


def _day_label(day: Day, unit: str) -> str:
    if unit == "month":  # the last one may not be over
        return short_month(day.first)
    return short_day(day.first)
