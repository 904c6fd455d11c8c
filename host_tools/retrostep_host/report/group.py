# SPDX-License-Identifier: MIT
"""Group: several people side by side, and Monday's three questions answered by their codes.

in    for each person: how they are called, their walks, their sheet (sheet.of), today
out   rows and sentences for people.html.j2
keeps nothing
not   a sum, a mean, a rank over people: two people make no third
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from retrostep_host.language import _, number, percent, short_day
from retrostep_host.report import scales, weeks
from retrostep_host.store.rows import Walk

SPARK_WEEKS = 12


@dataclass(frozen=True)
class Person:
    """One of them; `sheet` as sheet.of makes it."""

    code: str
    walks: list[Walk]
    sheet: dict


def of(people: list[Person], today: date) -> dict:
    """Everything that the page says of them together."""
    found = [weeks.of(one.walks, today)[-SPARK_WEEKS:] for one in people]
    top = max((max(week.backward_s, week.planned_s) for mine in found for week in mine), default=0.0) or 1.0
    behind = [one for one in people if one.sheet["plan"].get("behind")]
    behind.sort(key=lambda one: -one.sheet["plan"]["behind"])
    fell = [one for one in people if one.sheet["alarms"]["count"]]
    fell.sort(key=lambda one: (-one.sheet["alarms"]["falls"], -one.sheet["alarms"]["count"]))
    steadier = [one for one in people if one.sheet["steady"]["way"] == -1]
    shakier = [one for one in people if one.sheet["steady"]["way"] == 1]
    answers = [
        (_("Who is behind the plan?"), _listed(behind, "plan") or _("Nobody."), not behind),
        (_("Who fell or stumbled in the last four weeks?"), _listed(fell, "alarms") or _("Nobody."), not fell),
        (_("Who gets steadier?"), _listed(steadier, "") or _("Nobody beyond chance."), True),
    ]
    if shakier:
        answers.append((_("Who gets less steady?"), _listed(shakier, ""), False))
    return {
        "answers": answers,
        "rows": [_row(one, mine, top) for one, mine in zip(people, found, strict=True)],
    }


def _listed(people: list[Person], which: str) -> str:
    """"P-03 (2 sessions behind), P-07 (1 session behind)"."""
    return ", ".join(f"{one.code} ({one.sheet[which]['word']})" if which else one.code for one in people)


def _row(one: Person, mine: list[weeks.Week], top: float) -> dict:
    total = sum(walk.total for walk in one.walks)
    backward = sum(walk.counts.get("backward", 0) for walk in one.walks)
    slot = 100 / SPARK_WEEKS
    spark = []
    for i, week in enumerate(mine):
        height = scales.place(week.backward_s, 0, top)
        goal = round(100 - scales.place(week.planned_s, 0, top), 2) if week.planned_s else None
        x = round((SPARK_WEEKS - len(mine) + i) * slot + slot * 0.1, 2)
        width, y = round(slot * 0.8, 2), round(100 - height, 2)
        spark.append({"x": x, "width": width, "y": y, "height": height, "goal": goal})
    last = max(date.fromisoformat(walk.day) for walk in one.walks)
    now = mine[-1] if mine else None
    return {
        "code": one.code,
        "walks": number(len(one.walks)),
        "last": short_day(last),
        "total": number(total),
        "backward": number(backward),
        "share": percent(backward / total if total else None),
        "plan": one.sheet["plan"],
        "this_week": f"{now.counted}/{now.asked}" if now and now.asked else "–",
        "alarms": one.sheet["alarms"],
        "steady": one.sheet["steady"],
        "spark": spark,
        "spark_words": _("Minutes backward in the last weeks: %(minutes)s",
                         minutes=", ".join(number(round(week.backward_s / 60)) for week in mine)),
    }  # fmt: skip
