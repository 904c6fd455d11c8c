# SPDX-License-Identifier: MIT
"""Sheet: one person on one sheet of paper: the plan, falls and stumbles, weeks, trends, walk tests, legs, energy.

in    walks of one person with summaries, oldest first; what a helper said of them (mass); today
out   plain dicts of words and of positions in percent; sheet.html.j2 only draws them
keeps nothing
from  trends of sessions: report/trends.py; the plan: store/weeks.py, report/standing.py; kilocalories: energy.py; what
      stride-time variation holds of our own error: bench/outcomes.py, bench/accuracy.py
but   a session is one point, however long it was; walks that a helper took out are in nothing
not   a diagnosis, a normal value; people added up (report/group.py puts them side by side)
"""

from __future__ import annotations

from datetime import date
from math import degrees

from retrostep_host import energy
from retrostep_host.language import N_, _, n_, number, short_day, signed
from retrostep_host.report import answers, measures, scales, series, standing, trends
from retrostep_host.store import weeks
from retrostep_host.store.rows import Profile, Walk

COLUMNS_AT_MOST = 53  # weeks that are drawn
ROWS_AT_MOST = 8  # weeks that stand in the sheet's own table; the others are below
WHY_AT_MOST = 6  # sessions that did not count, told on the sheet
WAYS = ("forward", "backward")
WHY = {  # summing.WHY, in the reader's words
    "unanswered": N_("the safety question was not answered"),
    "not begun": N_("it ended before its first interval was over"),
    "broken off": N_("it ended before its last interval"),
    "too little": N_("less than 60 %% of its backward part was walked backward"),
}


def of(walks: list[Walk], profile: Profile | None, today: date) -> dict:
    """Everything that the sheet of one person says."""
    mine = [walk for walk in walks if not walk.excluded]
    first = min((date.fromisoformat(walk.day) for walk in mine), default=today)
    found = weeks.weeks(mine, profile, _until(mine, today))
    lines = [one for one in (_trend(measure, mine, first, len(found)) for measure in series.MEASURES) if one]
    return {
        "plan": answers.plan(standing.of(found, today)),
        "alarms": answers.alarms(mine, today),
        "steady": answers.steady(mine, first),
        "weeks": _weeks(found),
        "roomy": not any(walk.summary.tests or walk.views for walk in mine),
        "trends": lines,
        "missing": _missing(mine, lines),
        "tests": _tests(mine),
        "legs": _legs(mine),
        "energy": _energy(mine, profile, today),
    }


def _until(walks: list[Walk], today: date) -> date:
    """Weeks are told until today; until the last walk when nobody came for a year."""
    last = max((date.fromisoformat(walk.day) for walk in walks), default=today)
    return today if (today - last).days < 370 else last


# weeks -----------------------------------------------------------------------------------------------------------
def _weeks(found: list[weeks.Week]) -> dict | None:
    found = found[-COLUMNS_AT_MOST:]
    top = max((max(week.backward_s, week.planned_s or 0) for week in found), default=0.0) / 60
    if not found or top <= 0:
        return None
    _low, high, ticks = scales.around(0, top, 3)
    slot = 100 / max(len(found), 8)
    every = -(-len(found) // 6)  # "23 Nov" takes a sixth of the width
    columns = []
    for i, week in enumerate(found):
        height = scales.place(week.backward_s / 60, 0, high)
        columns.append(
            {
                "x": round(i * slot + slot * 0.14, 3),
                "width": round(slot * 0.72, 3),
                "middle": round((i + 0.5) * slot, 3),
                "top": round(100 - height, 3),
                "height": height,
                "goal": round(100 - scales.place((week.planned_s or 0) / 60, 0, high), 3) if week.planned_s else None,
                "label": short_day(week.monday) if (len(found) - 1 - i) % every == 0 else "",
                "thin": (len(found) - 1 - i) // every % 2 == 1,
                "sessions": f"{week.counted}/{(week.planned or 0)}" if week.planned else "",
                "short": week.counted < (week.planned or 0) and i < len(found) - 1,
                "alarm": "◆" if _count(week, "fall") else "▲" if _count(week, "stumble") else "",
                "title": _row_words(week),
            }
        )
    rows = [_row(week) for week in reversed(found) if week.walks or (week.planned or 0)]
    missed = [(walk, said) for week in reversed(found) for walk, said in reversed(week.verdicts) if not said.counted]
    return {
        "columns": columns,
        "ticks": [(round(100 - scales.place(tick, 0, high), 3), number(tick)) for tick in ticks],
        "rows": rows[:ROWS_AT_MOST],
        "more": rows[ROWS_AT_MOST:],
        "many": len(found) > 16,
        "why": _why(missed[:WHY_AT_MOST]),
        "unsaid": max(0, len(missed) - WHY_AT_MOST),
        "every_why": _why(missed[WHY_AT_MOST:]),
        "has_plan": any((week.planned or 0) for week in found),
        "changed": [short_day(week.monday) for week in found if week.changed],
    }


def _why(missed: list[tuple]) -> list[tuple[str, str]]:
    """(days, why they did not count), a line for each reason."""
    found: dict[str, list[str]] = {}
    for walk, said in missed:
        found.setdefault(said.why, []).append(short_day(date.fromisoformat(walk.day)))
    return [(", ".join(days), _(WHY[why]) if why in WHY else why) for why, days in found.items()]


def _count(week: weeks.Week, kind: str) -> int:
    return sum(walk.alerts.get(kind, 0) for walk in week.walks)


def _row(week: weeks.Week) -> tuple:
    """(week, minutes, planned, counted, asked, walks, alarms)"""
    falls, stumbles = _count(week, "fall"), _count(week, "stumble")
    alarms = [f"◆\N{NO-BREAK SPACE}{number(falls)}"] if falls else []
    alarms += [f"▲\N{NO-BREAK SPACE}{number(stumbles)}"] if stumbles else []
    return (
        short_day(week.monday),
        number(round(week.backward_s / 60, 1), 1),
        number(round((week.planned_s or 0) / 60, 1), 1) if week.planned_s else "–",
        f"{week.counted}/{(week.planned or 0)}" if week.planned else number(week.counted) if week.verdicts else "–",
        number(len(week.walks)),
        " ".join(alarms) or "–",
    )


def _row_words(week: weeks.Week) -> str:
    return _("Week of %(day)s: %(minutes)s min backward", day=short_day(week.monday), minutes=_row(week)[1])


# trends ----------------------------------------------------------------------------------------------------------
def _trend(measure: tuple, walks: list[Walk], first: date, count: int) -> dict | None:
    key, title, unit, places, least, value = measure
    unit = _(unit) if unit == series.STEPS else unit
    found = {way: series.points(value, walks, way, first) for way in WAYS}
    found = {way: points for way, points in found.items() if points}
    if not found:
        return None
    drawn = {way: trends.weekly(points) for way, points in found.items()}
    ends = [v + s * (h or 0) for points in drawn.values() for _w, v, h in points for s in (-1, 1)]
    low, high, ticks = scales.around(max(0.0, min(ends)), max(ends), 2, least)
    if key in ("share", "toe"):
        low, high, ticks = 0.0, 100.0, [0.0, 50.0, 100.0]
    elif low < 0:
        low, high, ticks = scales.around(0.0, max(high, least), 2)
    span = max(count, 4)
    rows = []
    for way, points in found.items():
        line = trends.line(points)
        dots = [
            {
                "x": round(100 * (week + 0.5) / span, 2),
                "y": round(100 - scales.place(mean, low, high), 2),
                "from": round(100 - scales.place(mean - (half or 0), low, high), 2),
                "to": round(100 - scales.place(mean + (half or 0), low, high), 2),
            }
            for week, mean, half in drawn[way]
        ]
        slope = None
        if line:
            x0, x1 = 100 * 0.5 / span, 100 * (0.5 + line.days / 7) / span
            start = points[0][0]
            slope = {
                "x1": round(x0 + 100 * start / 7 / span, 2), "x2": round(min(100.0, x1 + 100 * start / 7 / span), 2),
                "y1": round(100 - scales.place(line.at(start), low, high), 2),
                "y2": round(100 - scales.place(line.at(start + line.days), low, high), 2),
            }  # fmt: skip
        _week, mean, half = drawn[way][-1]
        more = places + (half is not None and half < 0.5 * 10**-places)
        rows.append(
            {
                "direction": way,
                "dots": dots,
                "line": slope,
                "now": number(mean, more),
                "half": f"± {number(half, more)}" if half is not None else "",
                "change": _change(line, places),
                "way": line.way if line else None,
                "said": _(series.MOVES[line.way]) if line else "",
            }
        )
    return {
        "key": key,
        "title": _(title),
        "unit": unit,
        "rows": rows,
        "ticks": [(round(100 - scales.place(tick, low, high), 2), number(tick)) for tick in ticks],
        "thin": span > 30,
    }


def _change(line: trends.Line | None, places: int) -> str:
    """"+0.02 ± 0.01", a week."""
    if line is None:
        return _("too few sessions")
    slope, half = series.to_its_range(line, places + 1)
    return f"{slope} ± {half}"


def _missing(walks: list[Walk], lines: list[dict]) -> list[str]:
    """What the sheet does not say, and why."""
    there = {line["key"] for line in lines}
    placements = {walk.placement for walk in walks}
    said = []
    if "shank" not in there:
        said.append(
            _("Range of the shank: only a sensor at the ankle measures it.")
            if placements and "ankle" not in placements
            else _("Range of the shank: not in these logs.")
        )
    said.append(_("Range of the knee: one sensor on the shank sees no thigh, so it is not measured."))
    if "toe" not in there:
        said.append(_("Toe first: too few backward contacts could be told."))
    if "cv" not in there:
        said.append(_("Stride-time variation: it takes twenty strides of one direction in a session."))
    if "length" not in there:
        said.append(_("Stride length and speed: not measured where the sensor was worn."))
    return said


# walk tests ------------------------------------------------------------------------------------------------------
def _tests(walks: list[Walk]) -> dict | None:
    """The 3 m backward walk test over time: the median of each session's repetitions, every one a dot."""
    found = [(walk, walk.summary.tests) for walk in walks if walk.summary.tests]
    if not found:
        return None
    times = [time for _walk, tests in found for time, _distance in tests]
    low, high, ticks = scales.around(0.0, max([*times, 5.0]), 4)
    days = [date.fromisoformat(walk.day) for walk, _tests_ in found]
    first, last = min(days), max(days)
    span = max((last - first).days, 1)
    dots, rows = [], []
    for day, (_walk, tests) in zip(days, found, strict=True):
        x = round(4 + 92 * (day - first).days / span, 2)
        dots += [{"x": x, "y": round(100 - scales.place(time, low, high), 2)} for time, _d in tests]
        middle = scales.quantile(sorted(time for time, _d in tests), 0.5)
        distances = [distance for _t, distance in tests if distance]
        metres = number(scales.quantile(sorted(distances), 0.5), 1) if distances else "–"
        rows.append((short_day(day), number(middle, 2), number(min(t for t, _d in tests), 2), len(tests), metres))
    return {
        "dots": dots,
        "ticks": [(round(100 - scales.place(tick, low, high), 2), number(tick)) for tick in ticks],
        "ends": (short_day(first), short_day(last) if last != first else ""),
        "rows": list(reversed(rows))[:4],
        "count": len(found),
    }


# legs ------------------------------------------------------------------------------------------------------------
LEGS = (
    (N_("stride time"), "s", 2, lambda way: way.stride_s),
    (N_("stride length"), "m", 2, lambda way: way.length_m),
    (N_("range of the shank"), "°", 0, lambda way: degrees(way.sagittal_rad) if way.sagittal_rad else None),
)


def _legs(walks: list[Walk]) -> dict | None:
    """Left beside right: the median over the walks that a board on each leg saw."""
    pairs = []
    for walk in walks:
        sides = {view.side: view for view in walk.views if view.placement == walk.placement}
        if {"left", "right"} <= set(sides):
            pairs.append((sides["left"], sides["right"]))
    rows = []
    for title, unit, places, value in LEGS:
        for way in WAYS:
            both = []
            for left, right in pairs:
                ends = [view.summary.ways.get(way) for view in (left, right)]
                values = [value(one) if one else None for one in ends]
                if None not in values:
                    both.append(values)
            if both:
                left, right = (scales.quantile(sorted(pair[side] for pair in both), 0.5) for side in (0, 1))
                off = 100 * (left - right) / ((left + right) / 2)
                what = _("%(measure)s, %(direction)s", measure=_(title), direction=measures.letters()[way])
                cells = (f"{number(left, places)} {unit}", f"{number(right, places)} {unit}")
                rows.append((what, *cells, f"{signed(off, 0)} %" if round(off) else "0 %"))
    return {"rows": rows, "walks": n_("%(n)s walk", "%(n)s walks", len(pairs))} if rows else None


# energy ----------------------------------------------------------------------------------------------------------
def _energy(walks: list[Walk], profile: Profile | None, today: date) -> dict | None:
    """Kilocalories of the last four weeks that had a walk, and of the last walk; None without a mass."""
    mass = profile.mass_kg if profile else None
    if not mass:
        return None
    days = [(walk, (today - date.fromisoformat(walk.day)).days) for walk in walks]
    recent = [walk for walk, ago in days if 0 <= ago < answers.RECENT_DAYS] or walks[-1:]
    total = dict.fromkeys(energy.EDITIONS, 0.0)
    codes: set[int] = set()
    unsaid = 0
    is_estimate = False
    for walk in recent:
        spent = spent_on(walk, mass)
        if spent is None:
            unsaid += bool(walk.total)
            continue
        for edition, value in spent.kcal.items():
            total[edition] += value
        codes.update(spent.codes)
        is_estimate = is_estimate or spent.is_estimate
    if not codes:
        return {"text": "", "unsaid": _("No speed was measured, so there is nothing to say.")}
    counted = len(recent) - unsaid
    low, high = sorted(total.values())
    kcal = number(round(low)) if round(low) == round(high) else f"{number(round(low))}–{number(round(high))}"
    return {
        "text": n_("%(kcal)s kcal in %(n)s walk", "%(kcal)s kcal in %(n)s walks", counted, kcal=kcal),
        "is_estimate": is_estimate,
        "aids": any(walk.settings.get("aid", "none") != "none" for walk in recent),
        "editions": [(edition, number(round(total[edition]))) for edition in energy.EDITIONS],
        "mass": number(mass),
        "codes": ", ".join(map(str, sorted(codes))),
        "unsaid": n_("%(n)s walk without a measured speed is not in it.",
                     "%(n)s walks without a measured speed are not in it.", unsaid) if unsaid else "",
    }  # fmt: skip


def spent_on(walk: Walk, mass_kg: float | None) -> energy.Energy | None:
    """What a walk cost; None without a mass or a speed. Steps of unknown direction go at the speed of the known."""
    ways = walk.summary.ways
    speeds = {way: found.speed_mps for way, found in ways.items() if found.speed_mps}
    if not speeds:
        return None
    other = min(speeds.values())
    parts = [(way, seconds, speeds.get(way, other)) for way, seconds in walk.summary.walked_s.items()]
    guessed = any(way not in speeds for way, seconds, _speed_ in parts if seconds > 0)
    uphill = walk.settings.get("ground") == "incline"
    unlike = guessed or uphill or walk.settings.get("aid", "none") != "none"
    return energy.spent(mass_kg, parts, uphill, unlike)
