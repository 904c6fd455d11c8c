# SPDX-License-Identifier: MIT
"""Person: See one person, and note side, aid, mass, height, plan and notes of them.

in    a store; a participant code; what is to be noted
out   what is known of them and their weeks; the change, with how to take it back
keeps each change in the store's log, with its time
not   a name: codes only; what the board said stays (`edit` corrects a walk)
"""

from __future__ import annotations

from collections import Counter

import click

from retrostep_host.cli._terminal import say, say_json, table

SHOWN = 10  # weeks


@click.command("person")
@click.argument("code")
@click.option("--side", help="left, right: for walks of which the board says none; unknown takes it back.")
@click.option("--aid", help="none, cane, crutches, walker, rail.")
@click.option("--mass", "mass_kg", metavar="KG", help="In kg; energy is shown only with it.")
@click.option("--height", "height_m", metavar="M", help="In metres, such as 1.72.")
@click.option("--notes", metavar="TEXT", help='For you; "" clears them. They stand in no table.')
@click.option("--plan", metavar="PLAN", help="What was prescribed: a plan's file or name; none: what the board holds.")
@click.option("--forget", multiple=True, metavar="FIELD", help="Forget side, aid, mass, height, notes or plan.")
@click.option("--undo", is_flag=True, help="Take the last change back; again for the one before.")
@click.option("--store", metavar="FILE", help="The store; your own by default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(code: str, forget: tuple[str, ...], undo: bool, store: str | None, as_json: bool, **said) -> None:
    """Show what is known of a person, week by week, and note what the board cannot know.

    \b
    retrostep person P-07
    retrostep person P-07 --mass 71.5 --height 1.68 --notes "new shoes"
    retrostep person P-07 --undo
    """
    from retrostep_host import home, plans
    from retrostep_host.cli import _codes
    from retrostep_host.store import Store
    from retrostep_host.store.rows import folded

    if not folded(code):
        raise click.UsageError("A person has a code, such as P-07.")
    changes = {name: value for name, value in said.items() if value is not None}
    for name in forget:
        field = {"mass": "mass_kg", "height": "height_m"}.get(name, name)
        if field not in said:
            raise click.UsageError(f"There is no {name} to forget; side, aid, mass, height, notes and plan there are.")
        changes[field] = None
    if changes.get("side") == "unknown":
        changes["side"] = None
    if changes.get("plan"):
        changes["plan"] = None if changes["plan"] == "none" else plans.read(changes["plan"]).pack().hex()
    if changes.get("notes") == "":
        changes["notes"] = None
    path = home.store_path(store)
    done = []
    if changes or undo:
        Store(path, write=False).close()  # a new store is made by the first sync, not by a note
        with Store(path) as opened:
            _codes.must_be_known(opened, code, bool(changes))
            done = _codes.change(opened, "person", [code], changes, undo)
    with Store(path, write=False) as opened:
        _codes.must_be_known(opened, code, bool(changes or undo))
        _show(opened, code, done, as_json)
        if not changes and not undo:
            opened.look(folded(code))


def _show(opened, code: str, done: list[str], as_json: bool) -> None:
    from datetime import datetime

    from retrostep_host import errors
    from retrostep_host.report import measures
    from retrostep_host.store import choose, odd, people, together, weeks
    from retrostep_host.store.rows import folded

    try:
        walks = choose.joined(opened, code=code)
    except errors.StoreError as error:
        if isinstance(error, errors.DamagedStore):
            raise
        walks = []
    person = folded(code)
    profiles = {person: profile} if (profile := opened.profiles().get(person)) else {}
    (one,) = people.rows(walks, profiles, opened.looks(), datetime.now().date()) or [None]
    every, this = weeks.weeks(walks, profile), weeks.monday(datetime.now().date())
    out = choose.left_out([walk for walk in opened.walks() if walk.person == person])
    if as_json:
        said = people.as_json(one) if one else {"code": code, "walks": 0}
        notes = [_logged(change) for change in opened.log() if (change.about, change.which) == ("person", person)]
        say_json({**said, "weeks": [people.week_json(week) for week in every], "changes": notes, "done": done})
        return
    for sentence in done:
        say(sentence)
    say(f"{one.code if one and walks else code}: {_known(profile)}")
    if not walks:
        there = [choose.called(mine) for person, mine in choose.people(opened.walks()).items() if person]
        say(f"No walk carries this code yet. Those that do: {', '.join(there) or 'none'}.")
    if profile and profile.notes:
        say(f"Notes: {profile.notes}")
    if walks:
        boards = ", ".join(f"{worn} (board {uid})" for uid, worn in one.boards.items())
        say(f"{len(walks)} walks, the last on {choose.day(one.last)}; {boards}.")
        rows = [
            (
                f"{week.monday.day} {week.monday:%b %Y}",
                str(week.number or "–"),
                f"{week.backward_s / 60:.0f}" + (f" of {week.planned_s / 60:.0f}" if week.planned_s else ""),
                f"{week.counted} of {week.planned}" if week.planned is not None else str(len(week.walks)),
                measures.kinds(sum((Counter(walk.alerts) for walk in week.walks), Counter())) or "–",
                "; ".join(_why(week, this)),
            )
            for week in every[-SHOWN:]
        ]
        table([("week of", "left"), ("plan week", "right"), ("min back", "right"), ("counted", "right"),
               ("alerts", "left"), ("why not", "left")], rows)  # fmt: skip
        say(_since(one))
    for sentence in (*odd.sentences(walks), *together.doubtful(walks), *out):
        say(sentence)


def _why(week, this) -> list[str]:
    """Why sessions of a week did not count; those that nobody walked only once the week is over."""
    from retrostep_host.store import summing

    missing = (week.planned or 0) - len(week.verdicts) if week.monday < this else 0
    said = dict.fromkeys(summing.WHY[verdict.why] for _, verdict in week.verdicts if not verdict.counted)
    return [*([f"{missing} not walked"] if missing > 0 else []), *said]


def _since(one) -> str:
    """What came since somebody last looked: to look is to have seen it, so it is said first."""
    from retrostep_host.report import measures
    from retrostep_host.store import choose

    if not one.alerts:
        had = measures.kinds(sum((Counter(walk.alerts) for walk in one.walks), Counter()))
        return f"Nothing new since you last looked; {had} in all." if had else "No fall and no stumble was noticed."
    short = choose.Short(one.walks)
    walks = ", ".join(f"{short[walk.name]} on {choose.day(walk)}" for walk in one.fresh)
    return f"Since you last looked: {measures.kinds(one.alerts)} (walk{'s' * (len(one.fresh) > 1)} {walks})."


def _known(profile) -> str:
    from retrostep_host import plans

    if profile is None:
        return "nothing is noted yet (`retrostep person --help` says what can be)."
    parts = [profile.side and f"{profile.side} side", profile.aid and f"aid {profile.aid}"]
    parts += [profile.mass_kg and f"{profile.mass_kg:g} kg", profile.height_m and f"{profile.height_m:g} m"]
    if profile.plan:
        parts.append(f"prescribed: {plans.name_of(plans.unpack(bytes.fromhex(profile.plan)))}")
    return ", ".join(part for part in parts if part) or "no side, aid, mass or height is noted."


def _logged(change) -> dict:
    return {name: value for name, value in vars(change).items() if name != "which"}
