# SPDX-License-Identifier: MIT
"""Answers: what a helper asks of each person first: behind the plan? fallen or stumbled? steadier?

in    the weeks and walks of one person, today
out   for each question a state (good, bad, none), a word and a sentence
keeps nothing
from  report/standing.py; report/trends.py over the variation of the stride time, less what is our own error (series.py)
not   a risk, a prognosis
"""

from __future__ import annotations

from datetime import date

from retrostep_host.language import _, n_, number, short_day
from retrostep_host.report import series, standing, trends
from retrostep_host.store.rows import Walk

RECENT_DAYS = 28  # falls and stumbles that the answer is about


def plan(found: standing.Standing | None) -> dict:
    """Who is behind the plan?"""
    if found is None:
        return {"state": "none", "word": _("No plan"), "text": _("No training plan was on the board.")}
    total = number(found.total)
    done = min(found.counted, found.total)
    counted = n_("%(n)s session of %(total)s counted", "%(n)s sessions of %(total)s counted", done, total=total)
    if found.counted > found.total:
        counted += " " + n_("and %(n)s more", "and %(n)s more", found.counted - found.total)
    if found.is_completed:
        return {"state": "good", "word": _("Plan completed"), "text": counted + "."}
    if found.behind:
        word, state = n_("%(n)s session behind", "%(n)s sessions behind", found.behind), "bad"
    else:
        word, state = _("On plan"), "good"
    text = _(
        "%(counted)s; by the end of last week %(due)s were due. This week: %(now)s of %(asked)s.",
        counted=counted, due=number(found.due), now=number(found.this_week), asked=number(found.per_week),
    )  # fmt: skip
    return {"state": state, "word": word, "text": text, "behind": found.behind}


def alarms(walks: list[Walk], today: date) -> dict:
    """Who fell or stumbled?"""
    recent = [walk for walk in walks if 0 <= (today - date.fromisoformat(walk.day)).days < RECENT_DAYS]
    falls, stumbles = (sum(walk.alerts.get(kind, 0) for walk in recent) for kind in ("fall", "stumble"))
    every = sum(walk.alerts.get(kind, 0) for walk in walks for kind in ("fall", "stumble"))
    last = next((walk for walk in reversed(walks) if walk.alerts.get("fall") or walk.alerts.get("stumble")), None)
    if not every or last is None:
        return {"state": "good", "word": _("None"), "text": _("No fall and no stumble in these walks."), "count": 0,
                "earlier": 0, "falls": 0, "last": ""}  # fmt: skip
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
        "earlier": every - falls - stumbles,
        "falls": falls,
        "last": day,
    }


def steady(walks: list[Walk], first: date) -> dict:
    """Who gets steadier? By the variation of the stride time, backward; forward where there is no backward."""
    for direction in ("backward", "forward"):
        points = series.points(series.variation, walks, direction, first)
        line = trends.line(points)
        if line is None:
            continue
        way = _("walking backward") if direction == "backward" else _("walking forward")
        end = line.at(line.days)
        slope, half = series.to_its_range(line, 2)
        change = _(
            "stride-time variation %(way)s: %(first)s → %(last)s %%, %(slope)s ± %(range)s a week",
            way=way, first=number(max(0, line.value), 1), last=number(max(0, end), 1), slope=slope, range=half,
        )  # fmt: skip
        if line.word < 0:
            return {"state": "good", "word": _("Steadier"), "text": change + ".", "way": -1}
        if line.word > 0:
            return {"state": "bad", "word": _("Less steady"), "text": change + ".", "way": 1}
        text = _("no change that is surely more than chance: %(change)s.", change=change)
        return {"state": "none", "word": _("As before"), "text": text, "way": 0}
    return {
        "state": "none", "word": _("Cannot tell yet"), "way": None,
        "text": _("It takes five sessions over two weeks, with twenty strides each."),
    }  # fmt: skip
