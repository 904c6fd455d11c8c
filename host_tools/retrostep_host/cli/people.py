# SPDX-License-Identifier: MIT
"""People: See who walked backward as planned, and who stumbled.

in    a store; a day
out   a row for each person, sentences on what needs a look; or one JSON object (`--json`)
not   their walks: `list`; one person: `person`
"""

from __future__ import annotations

import click

from retrostep_host.cli._terminal import say, say_json, table

COLUMNS = ("person", "worn", "visit", "walks", "last week", "this week", "alerts", "batt.")
_NAMED = 20  # people by code in one sentence
LEG = {"left ankle": "L", "right ankle": "R", "both ankles": "L+R"}


@click.command("people")
@click.option("--store", metavar="FILE", help="The store to read; your own by default.")
@click.option("--on", "day", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="As on this day; today by default.")
@click.option("--seen", is_flag=True, help="Everything here is seen: alerts count from now on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of a table.")
def command(store: str | None, day, seen: bool, as_json: bool) -> None:
    """Show each person in one row: where the board is worn, the last visit, and how this week and the last one went:
    minutes walked backward of those the plan asks for, and sessions that counted.

    Alerts are those that came since you last looked: `retrostep person CODE` or `--seen` is a look.
    """
    from datetime import datetime

    from retrostep_host import errors, home
    from retrostep_host.store import Store, choose, odd, people, together

    today = (day or datetime.now()).date()
    with Store(home.store_path(store), write=False) as opened:
        profiles, looks = opened.profiles(), opened.looks()
        try:
            walks = choose.joined(opened)
        except errors.EmptyLog:
            if not profiles:
                raise
            walks = []
        found = people.rows(walks, profiles, looks, today)
        every = opened.walks()
        hints = [*odd.sentences(walks), *together.doubtful(walks), *choose.left_out(every)]
        if seen:
            for one in found:
                opened.look(one.person)
    if as_json:
        say_json({"on": today.isoformat(), "people": [people.as_json(one) for one in found], "look_at": hints})
        return
    table(
        [(name, "right" if name in ("walks", "last week", "this week") else "left") for name in COLUMNS],
        [_row(one, today) for one in found],
        padding=(0, 0, 0, 0),
    )
    say("Weeks: minutes walked backward / planned, sessions that counted / planned.")
    say("Batt.: volts at the end of the last walk; below 3.6 about a tenth is left: charge it.")
    for sentence in (*_told(found, today), *hints):
        say(sentence)


def _row(one, today) -> tuple[str, ...]:
    from retrostep_host.report import measures
    from retrostep_host.store import choose

    legs = sorted({LEG.get(worn, worn) for worn in one.boards.values()})
    short = [uid[:4] for uid in sorted(one.boards)]
    worn = f"{'+'.join(legs)} {','.join(short)}" if one.boards else "–"
    last = choose.day(one.last).removesuffix(f" {today.year}") if one.last else "–"
    return (
        one.code or "no code",
        worn,
        last,
        str(len(one.walks)),
        _week(one.before),
        _week(one.this),
        measures.kinds(one.alerts) or "–",
        _battery(one.batteries) or "–",
    )


def _week(week) -> str:
    """ "29/30 3/3"; what was walked alone when no plan is known."""
    walked = "<1" if 0 < week.backward_s < 30 else f"{week.backward_s / 60:.0f}"
    if week.planned is None:
        return f"{walked} min" if week.walks else "–"
    minutes = f"{walked}/{week.planned_s / 60:.0f} " if week.planned_s else ""
    return f"{minutes}{week.counted}/{week.planned}{'*' if week.changed else ''}"


def _battery(batteries: dict[str, int]) -> str:
    """The weakest, in volts."""
    from retrostep_host.store import rows

    weakest = min(batteries.values(), default=0)
    return f"{weakest / 1000:.2f}{' low' if weakest < rows.LOW_MV else ''}" if weakest else ""


def _told(found: list, today) -> list[str]:
    """Who kept to the plan, who is behind, who had alerts, who changed plan: Monday's question answered in words."""
    from retrostep_host.report import measures
    from retrostep_host.store import choose

    behind = [one for one in found if one.person and one.walks and one.before.is_behind]
    said = []
    kept = [one.code for one in found if one.person and one.before.planned and not one.before.is_behind]
    if kept:
        said.append(f"As planned last week: {', '.join(kept) if len(kept) <= _NAMED else f'{len(kept)} people'}.")
    if behind:
        names = "; ".join(f"{one.code} ({_why(one.before)})" for one in behind)
        said.append(f"Behind plan last week: {names}.")
    elif any(one.before.planned for one in found):
        said.append("Nobody was behind plan last week.")
    stumbled = [one for one in found if one.alerts]
    if stumbled:
        short = choose.Short(walk for one in found for walk in one.walks)
        names = "; ".join(
            f"{one.code or 'no code'}: {measures.kinds(one.alerts)} (walk{'s' * (len(one.fresh) > 1)} "
            f"{', '.join(short[walk.name] for walk in one.fresh[-6:])})"
            for one in stumbled
        )
        said.append(f"Since you last looked: {names}.")
    elif any(one.walks for one in found):
        said.append("Nobody stumbled or fell since you last looked, as far as the boards noticed.")
    for one in found:
        for week in (one.before, one.this):
            if week.changed:
                said.append(
                    f"* {one.code}: the plan on the board was changed in the week of {week.monday}; the later one is "
                    "what is asked for."
                )
    return said


def _why(week) -> str:
    """ "1 of 3 sessions counted, 12 of 18 min: twice too little of it backward"."""
    from collections import Counter

    from retrostep_host.store import summing

    minutes = f", {week.backward_s / 60:.0f} of {week.planned_s / 60:.0f} min" if week.planned_s else ""
    reasons = Counter(verdict.why for _, verdict in week.verdicts if not verdict.counted)
    why = "; ".join(f"{count} × {summing.WHY[name]}" for name, count in reasons.items() if name in summing.WHY)
    return f"{week.counted} of {week.planned} sessions counted{minutes}{': ' + why if why else ''}"
