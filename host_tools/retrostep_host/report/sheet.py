# SPDX-License-Identifier: MIT
"""Sheet: one person on one sheet of paper: the plan, falls and stumbles, weeks, trends, walk tests, legs, energy.

in    walks of one person with summaries, oldest first; what a helper said of them (mass); today
out   plain dicts of words and of positions in percent; sheet.html.j2 only draws them
keeps nothing
from  the trends of sessions: report/trends.py; the plan: report/weeks.py; walk tests: report/training.py; kilocalories:
      energy.py; what stride-time variation holds of our own error: bench/outcomes.py, bench/accuracy.py
but   a session is one point, however long it was; walks that a helper took out are in nothing
not   a diagnosis, a normal value; people added up (report/group.py puts them side by side)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from math import degrees, sqrt

from retrostep_host import energy
from retrostep_host.language import N_, _, n_, number, percent, short_day, short_month, signed
from retrostep_host.report import scales, trends, weeks
from retrostep_host.store.rows import Profile, Walk

RECENT_DAYS = 28  # falls and stumbles that the sheet's head is about
COLUMNS_AT_MOST = 53  # weeks that are drawn
ROWS_AT_MOST = 8  # weeks that stand in the sheet's own table; the others are below
WHY_AT_MOST = 4  # sessions that did not count, told on the sheet
WAYS = ("forward", "backward")
# what the error of two contacts adds to the CV of the stride time, 0-1: docs/accuracy.md, "Stride time"
FLOOR = {
    ("ankle", "forward"): 0.016,
    ("ankle", "backward"): 0.016,
    ("foot", "forward"): 0.013,
    ("foot", "backward"): 0.014,
}
WHY = {  # summing.WHY, in the reader's words
    "unanswered": N_("the safety question was not answered"),
    "not begun": N_("it ended before its first interval was over"),
    "broken off": N_("it ended before its last interval"),
    "too little": N_("less than 60 %% of its backward part was walked backward"),
}


def less_floor(cv: float, placement: str, direction: str) -> float | None:
    """The variation of the person, 0-1; None where the floor was never measured."""
    floor = FLOOR.get((placement, direction))
    return None if floor is None else sqrt(max(0.0, cv * cv - floor * floor))


# one value a session -------------------------------------------------------------------------------------------
def _share(walk: Walk, direction: str) -> float | None:
    known = sum(walk.counts.get(way, 0) for way in ("forward", "backward", "sideways"))
    return 100 * walk.counts.get("backward", 0) / known if known and direction == "backward" else None


def _way(walk: Walk, direction: str):
    return walk.summary.ways.get(direction)


def _cadence(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    return way.cadence_spm if way else None


def _speed(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    return way.speed_mps if way else None


def _length(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    return way.length_m if way else None


def _cv(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    less = less_floor(way.cv, walk.placement, direction) if way and way.cv is not None else None
    return None if less is None else 100 * less


def _shank(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    return degrees(way.sagittal_rad) if way and way.sagittal_rad and walk.placement == "ankle" else None


def _toe(walk: Walk, direction: str) -> float | None:
    way = _way(walk, direction)
    known = way.toe + way.heel if way else 0
    return 100 * way.toe / known if way and known >= 8 and direction == "backward" else None


STEPS = N_("steps/min")
# key, title, unit, decimals, least height of its axis, value; what it says when it moves: falls, rises
MEASURES = (
    ("cv", N_("Stride-time variation"), "%", 1, 2.0, _cv),
    ("speed", N_("Speed"), "m/s", 2, 0.3, _speed),
    ("length", N_("Stride length"), "m", 2, 0.2, _length),
    ("cadence", N_("Cadence"), STEPS, 0, 15.0, _cadence),
    ("share", N_("Backward share of steps"), "%", 0, 20.0, _share),
    ("shank", N_("Range of the shank"), "°", 0, 15.0, _shank),
    ("toe", N_("Toe first, backward"), "%", 0, 20.0, _toe),
)


def of(walks: list[Walk], profile: Profile | None, today: date) -> dict:
    """Everything that the sheet of one person says."""
    mine = [walk for walk in walks if not getattr(walk, "excluded", "")]
    first = min((date.fromisoformat(walk.day) for walk in mine), default=today)
    found = weeks.of(mine, today)
    standing = weeks.standing(mine, today)
    lines = [one for one in (_trend(measure, mine, first, len(found)) for measure in MEASURES) if one]
    return {
        "plan": _plan(standing),
        "alarms": _alarms(mine, today),
        "steady": _steady(mine, first),
        "weeks": _weeks(found),
        "trends": lines,
        "missing": _missing(mine, lines),
        "tests": _tests(mine),
        "legs": _legs(mine),
        "energy": _energy(mine, profile, today),
        "left_out": [
            _("%(day)s: %(why)s", day=short_day(date.fromisoformat(walk.day)), why=walk.excluded)
            for walk in walks
            if getattr(walk, "excluded", "")
        ],
    }


# the three answers ---------------------------------------------------------------------------------------------
def _plan(standing: weeks.Standing | None) -> dict:
    """Who is behind the plan?"""
    if standing is None:
        return {"state": "none", "word": _("No plan"), "text": _("No training plan was on the board.")}
    counted = n_(
        "%(n)s session of %(total)s counted", "%(n)s sessions of %(total)s counted", standing.counted,
        total=number(standing.total),
    )  # fmt: skip
    if standing.behind:
        word = n_("%(n)s session behind", "%(n)s sessions behind", standing.behind)
        state = "bad"
    else:
        word, state = _("On plan"), "good"
    if standing.is_over:
        if not standing.behind:
            word = _("Plan completed")
        text = _("The weeks of the plan are over: %(counted)s.", counted=counted)
    else:
        text = _(
            "%(counted)s; by the end of last week %(due)s were due. This week: %(now)s of %(asked)s.",
            counted=counted, due=number(standing.due), now=number(standing.this_week), asked=number(standing.per_week),
        )  # fmt: skip
    return {"state": state, "word": word, "text": text, "behind": standing.behind}


def _alarms(walks: list[Walk], today: date) -> dict:
    """Who fell or stumbled?"""
    recent = [walk for walk in walks if 0 <= (today - date.fromisoformat(walk.day)).days < RECENT_DAYS]
    falls, stumbles = (sum(walk.alerts.get(kind, 0) for walk in recent) for kind in ("fall", "stumble"))
    every = sum(walk.alerts.get(kind, 0) for walk in walks for kind in ("fall", "stumble"))
    last = next((walk for walk in reversed(walks) if walk.alerts.get("fall") or walk.alerts.get("stumble")), None)
    if not every or last is None:
        return {"state": "good", "word": _("None"), "text": _("No fall and no stumble in these walks."), "count": 0,
                "falls": 0, "last": ""}  # fmt: skip
    words = []
    if falls:
        words.append(n_("%(n)s fall", "%(n)s falls", falls))
    if stumbles:
        words.append(n_("%(n)s stumble", "%(n)s stumbles", stumbles))
    day = short_day(date.fromisoformat(last.day))
    text = _("in the last four weeks; the last one on %(day)s", day=day)
    if not words:
        text = _("None in the last four weeks; the last one on %(day)s", day=day)
    if every > falls + stumbles:
        text += "; " + n_("%(n)s in all", "%(n)s in all", every)
    return {
        "state": "bad" if words else "good",
        "word": ", ".join(words) or _("None of late"),
        "text": text + ".",
        "count": falls + stumbles,
        "falls": falls,
        "last": day,
    }


def _steady(walks: list[Walk], first: date) -> dict:
    """Who gets steadier? By the variation of the stride time, backward; forward where there is no backward."""
    for direction in ("backward", "forward"):
        points = _points(_cv, walks, direction, first)
        line = trends.line(points)
        if line is None:
            continue
        way = _("walking backward") if direction == "backward" else _("walking forward")
        end = line.at(line.days)
        change = _(
            "stride-time variation %(way)s: %(first)s → %(last)s %%, %(slope)s ± %(range)s a week",
            way=way, first=number(max(0, line.value), 1), last=number(max(0, end), 1), slope=signed(line.week, 2),
            range=number(line.range, 2),
        )  # fmt: skip
        if line.way < 0:
            return {"state": "good", "word": _("Steadier"), "text": change + ".", "way": -1}
        if line.way > 0:
            return {"state": "bad", "word": _("Less steady"), "text": change + ".", "way": 1}
        text = _("no change beyond chance: %(change)s.", change=change)
        return {"state": "none", "word": _("As before"), "text": text, "way": 0}
    return {
        "state": "none", "word": _("Cannot tell yet"), "way": None,
        "text": _("It takes five sessions over two weeks, with twenty strides each."),
    }  # fmt: skip


# weeks -----------------------------------------------------------------------------------------------------------
def _weeks(found: list[weeks.Week]) -> dict | None:
    found = found[-COLUMNS_AT_MOST:]
    top = max((max(week.backward_s, week.planned_s) for week in found), default=0.0) / 60
    if not found or top <= 0:
        return None
    _low, high, ticks = scales.around(0, top, 3)
    slot = 100 / max(len(found), 8)
    every = -(-len(found) // 8)
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
                "goal": round(100 - scales.place(week.planned_s / 60, 0, high), 3) if week.planned_s else None,
                "label": short_day(week.monday) if (len(found) - 1 - i) % every == 0 else "",
                "thin": (len(found) - 1 - i) // every % 2 == 1,
                "sessions": f"{week.counted}/{week.asked}" if week.asked else "",
                "short": week.counted < week.asked and i < len(found) - 1,
                "alarm": "◆" if week.falls else "▲" if week.stumbles else "",
                "title": _row_words(week),
            }
        )
    rows = [_row(week) for week in reversed(found) if week.walks or week.asked]
    why = [
        (short_day(day), _(WHY[reason]) if reason in WHY else reason)
        for week in reversed(found)
        for day, counted, reason in reversed(week.sessions)
        if not counted
    ]
    return {
        "columns": columns,
        "ticks": [(round(100 - scales.place(tick, 0, high), 3), number(tick)) for tick in ticks],
        "rows": rows[:ROWS_AT_MOST],
        "more": rows[ROWS_AT_MOST:],
        "many": len(found) > 16,
        "why": why[:WHY_AT_MOST],
        "unsaid": max(0, len(why) - WHY_AT_MOST),
        "every_why": why[WHY_AT_MOST:],
        "has_plan": any(week.asked for week in found),
        "changed": [short_day(week.monday) for week in found if week.changed],
    }


def _row(week: weeks.Week) -> tuple:
    """(week, minutes, planned, counted, asked, walks, alarms)"""
    alarms = [n_("%(n)s fall", "%(n)s falls", week.falls)] if week.falls else []
    alarms += [n_("%(n)s stumble", "%(n)s stumbles", week.stumbles)] if week.stumbles else []
    return (
        short_day(week.monday),
        number(round(week.backward_s / 60, 1), 1),
        number(round(week.planned_s / 60, 1), 1) if week.planned_s else "–",
        f"{week.counted}/{week.asked}" if week.asked else number(week.counted) if week.sessions else "–",
        number(week.walks),
        ", ".join(alarms) or "–",
    )


def _row_words(week: weeks.Week) -> str:
    return _("Week of %(day)s: %(minutes)s min backward", day=short_day(week.monday), minutes=_row(week)[1])


# trends ----------------------------------------------------------------------------------------------------------
def _points(value, walks: Iterable[Walk], direction: str, first: date) -> list[tuple[float, float]]:
    found = []
    for walk in walks:
        one = value(walk, direction)
        if one is not None and walk.start is not None:
            found.append(((date.fromisoformat(walk.day) - first).days, one))
    return found


def _trend(measure: tuple, walks: list[Walk], first: date, count: int) -> dict | None:
    key, title, unit, places, least, value = measure
    unit = _(unit) if unit == STEPS else unit
    series = {way: _points(value, walks, way, first) for way in WAYS}
    series = {way: points for way, points in series.items() if points}
    if not series:
        return None
    drawn = {way: trends.weekly(points) for way, points in series.items()}
    ends = [v + s * (h or 0) for points in drawn.values() for _w, v, h in points for s in (-1, 1)]
    low, high, ticks = scales.around(max(0.0, min(ends)), max(ends), 2, least)
    span = max(count, 4)
    rows = []
    for way, points in series.items():
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
        rows.append(
            {
                "direction": way,
                "dots": dots,
                "line": slope,
                "now": number(mean, places),
                "half": f"± {number(half, places)}" if half is not None else "",
                "change": _change(line, places),
                "way": line.way if line else 0,
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
    """"+0.02 ± 0.01 a week", or that it is chance."""
    if line is None:
        return _("too few sessions")
    more = min(3, places + 1)
    words = _("%(slope)s ± %(range)s a week", slope=signed(line.week, more), range=number(line.range, more))
    return words if line.way else _("steady (%(words)s)", words=words)


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
                what = _("%(measure)s, %(direction)s", measure=_(title), direction=_(way))
                cells = (f"{number(left, places)} {unit}", f"{number(right, places)} {unit}")
                rows.append((what, *cells, f"{signed(off, 0)} %" if round(off) else "0 %"))
    return {"rows": rows, "walks": n_("%(n)s walk", "%(n)s walks", len(pairs))} if rows else None


# energy ----------------------------------------------------------------------------------------------------------
def _energy(walks: list[Walk], profile: Profile | None, today: date) -> dict | None:
    """Kilocalories of the last four weeks that had a walk, and of the last walk; None without a mass."""
    mass = profile.mass_kg if profile else None
    if not mass:
        return None
    recent = [walk for walk in walks if 0 <= (today - date.fromisoformat(walk.day)).days < RECENT_DAYS] or walks[-1:]
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


def span(walks: list[Walk]) -> str:
    """"6 Oct to 28 Nov 2026"."""
    days = sorted(date.fromisoformat(walk.day) for walk in walks)
    if not days:
        return ""
    first, last = days[0], days[-1]
    if first == last:
        return f"{short_day(last)} {last.year}"
    if first.year != last.year:
        return _("%(first)s to %(last)s", first=short_month(first), last=short_month(last))
    return _("%(first)s to %(last)s", first=short_day(first), last=f"{short_day(last)} {last.year}")


def share_words(share: float | None) -> str:
    """"41 %"."""
    return percent(share)
