# SPDX-License-Identifier: MIT
"""List: show the walks that are stored on this computer.

in    a store
out   a table for each person, or one JSON object (`--json`)
not   what is still on the board: `sync` says that
"""

from __future__ import annotations

from collections import Counter

import click

from retrostep_host.cli._terminal import say, say_json, table

NAMES = ("walk", "session", "when", "leg", "length", "steps", "fwd", "back", "side", "?", "alerts")
LEG = {"left": "L", "right": "R", "both": "L+R"}
MANY = 3  # people, from which on a line for each comes first
NEWEST = 50  # walks of a person that are shown unless all are asked for: half a year of two a week


@click.command("list")
@click.option("--store", metavar="FILE", help="The store to read; your own by default.")
@click.option("--device", metavar="UID", help="Only this board; the first digits of its UID are enough.")
@click.option("--code", "codes", multiple=True, help="Only walks with this participant code; may be repeated.")
@click.option("--all", "every", is_flag=True, help=f"Every walk; else each person's newest {NEWEST}.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of tables; every walk.")
def command(store: str | None, device: str | None, codes: tuple[str, ...], every: bool, as_json: bool) -> None:
    """Show the walks that are stored on this computer, oldest first, each person's apart.

    The first column is the walk's own number, as far as it is needed; `--walk` takes it wherever a walk is meant. A
    session's number begins again on each board. A walk that a left and a right board saw is one row, counted once.
    """
    from retrostep_host import home, quarantine
    from retrostep_host.store import Store, choose, together

    with Store(home.store_path(store), write=False) as opened:
        walks = choose.joined(opened, device=device, code=codes)
        out = []
        if any(walk.excluded for walk in opened.walks()):
            out = [walk for walk in choose.walks(opened, device=device, code=codes, excluded=True) if walk.excluded]
    found = choose.people(walks)
    if as_json:
        sessions = [choose.listed(walk) for walk in walks]
        people = [choose.person(mine) for mine in found.values()]
        gone = [{**choose.listed(walk), "excluded": walk.excluded} for walk in out]
        doubts = together.doubtful(walks)
        say_json({"sessions": sessions, "people": people, "doubtful": doubts, "excluded": gone})
        return
    short = choose.shorts(walks)
    if len(found) >= MANY:
        _people(found)
    for mine in found.values():
        say(_heading(mine, len(found) > 1))
        older = [] if every else mine[:-NEWEST]
        if older:
            say(_older(older))
        _walks(mine[len(older) :], short)
    unread = [walk for walk in walks if walk.ended == quarantine.ENDED]
    if any(walk.start is None for walk in walks):
        say("copied: clock not set on the board, or years off, so the day it was copied stands there.")
    if any(not walk.complete and walk not in unread for walk in walks):
        say("* not whole: `retrostep report` says what is missing.")
    if any(walk.noticed for walk in walks):
        say("! the board noticed trouble with itself (sensor, buzzer, log): `retrostep report` says what.")
    for walk in unread:
        which = f"--session {walk.session} --device {walk.device_uid}"
        say(f"Session {walk.session} cannot be read; its bytes are kept: `retrostep delete {which}` lets go of them.")
    views = [view for walk in walks for view in walk.views or (walk,)]
    several = sorted(key for key, count in Counter((w.device_uid, w.session) for w in views).items() if count > 1)
    for uid, number in several:
        say(f"Session {number} of board {uid} is there more than once: other walks under one number.")
    for sentence in [*together.doubtful(walks), *choose.left_out(out), *choose.corrected(walks)]:
        say(sentence)
    boards = {view.device_uid for view in views}
    if len(boards) > 1:
        say(f"From {len(boards)} boards; `--device UID` shows one: {', '.join(sorted(boards))}.")


def _heading(mine: list, several: bool) -> str:
    """"P-07: 3 walks, the last on 27 Nov 2026; left ankle; board e66138935f2c8a27"."""
    from retrostep_host.store import choose

    views = [view for walk in mine for view in walk.views or (walk,)]
    boards = sorted({view.device_uid for view in views})
    who = f"{choose.called(mine)}: " if several or mine[-1].code else ""
    count = "1 walk" if len(mine) == 1 else f"{len(mine)} walks"
    parts = [f"{who}{count}, {'' if len(mine) == 1 else 'the last '}{_on(max(mine, key=lambda walk: walk.day))}"]
    legs = sorted({choose.worn(view) for view in views})
    parts += [legs[0]] if len(legs) == 1 else []
    parts += [f"board {boards[0]}"] if len(boards) == 1 else [f"{len(boards)} boards"]
    return "; ".join(parts)


def _older(walks: list) -> str:
    """What is not shown of a person, and how it is."""
    from retrostep_host.report import measures

    had = {kind: sum(walk.alerts.get(kind, 0) for walk in walks) for kind in measures.ALERTS}
    alerts = f" ({told})" if (told := measures.kinds(had)) else ""
    return f"{len(walks)} older walk{'s' * (len(walks) > 1)}{alerts} not shown; `--all` shows every one."


def _on(walk) -> str:
    from retrostep_host.store import choose

    day = choose.day(walk)
    return day if day.startswith("copied") else f"on {day}"


def _people(found: dict) -> None:
    """A line for each person, when there are many."""
    from retrostep_host.report import measures
    from retrostep_host.store import choose

    rows = []
    for mine in found.values():
        last = max(mine, key=lambda walk: walk.day)
        alerts = {kind: sum(walk.alerts.get(kind, 0) for walk in mine) for kind in measures.ALERTS}
        total = sum(walk.total for walk in mine)
        back = sum(walk.counts.get("backward", 0) for walk in mine)
        rows.append((choose.called(mine), len(mine), choose.day(last), total, back, measures.kinds(alerts)))
    columns = ("person", "walks", "last visit", "steps", "back", "alerts")
    table([(name, "left" if name in ("person", "last visit", "alerts") else "right") for name in columns], rows)


def _walks(mine: list, short: dict[str, str]) -> None:
    from retrostep_host import quarantine
    from retrostep_host.report import measures, scales
    from retrostep_host.store import choose

    views = [view for walk in mine for view in walk.views or (walk,)]
    boards = _digits(sorted({view.device_uid for view in views}))
    legs = {choose.worn(view) for view in views}
    empty = {"leg": len(legs) == 1, "side": not any(walk.counts.get("sideways") for walk in mine)}
    shown = [name for name in NAMES if not empty.get(name)]
    places = {view.placement for view in views}
    rows = []
    for walk in mine:
        start = walk.start
        when = f"{start.day} {start:%b %Y, %H:%M}" if start else choose.day(walk)
        marks = ("" if walk.complete else "*") + ("!" if walk.noticed else "")
        length = "unreadable" if walk.ended == quarantine.ENDED else f"{scales.clock(walk.duration_s)} {marks}".rstrip()
        sessions = f"{len(walk.views)} boards" if walk.views else f"{boards[walk.device_uid]}{walk.session}"
        leg = LEG.get(walk.side, "?") + (f" {walk.placement}" if len(places) > 1 else "")
        values = (short[walk.name], sessions, when, leg, length, walk.total)
        values += (*(walk.counts.get(name, 0) for name in measures.ORDER), sum(walk.alerts.values()))
        row = dict(zip(NAMES, values, strict=True))
        rows.append([row[name] for name in shown])
    left = ("walk", "when", "leg")
    apart = int(len(shown) < len(NAMES) - 1)  # two blanks between columns, where they fit into 80
    table([(name, "left" if name in left else "right") for name in shown], rows, padding=(0, apart, 0, 0))
    for kind in measures.WORST:
        had = [(walk.alerts[kind], short[walk.name]) for walk in mine if walk.alerts.get(kind)]
        if had:
            which = ", ".join(name if count == 1 else f"{name} ({count})" for count, name in had)
            say(f"{measures.kinds({kind: sum(count for count, _ in had)})}: walk{'s' * (len(had) > 1)} {which}")


def _digits(boards: list[str]) -> dict[str, str]:
    """Board -> what stands before its sessions' numbers: nothing, or as many digits of its UID as tell it apart."""
    if len(boards) < 2:
        return dict.fromkeys(boards, "")
    length = next(n for n in range(4, 65) if len({uid[:n] for uid in boards}) == len(boards))
    return {uid: f"{uid[:length]}/" for uid in boards}
