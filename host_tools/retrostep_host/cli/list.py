# SPDX-License-Identifier: MIT
"""List: show the walks that are stored on this computer.

in    a store
out   a table, or one JSON object (`--json`)
not   what is still on the board: `sync` says that
"""

from __future__ import annotations

from collections import Counter

import click

from retrostep_host.cli._terminal import say, say_json, table


@click.command("list")
@click.option("--store", metavar="FILE", help="The store to read; your own by default.")
@click.option("--device", metavar="UID", help="Only this board; the first digits of its UID are enough.")
@click.option("--code", help="Only walks with this participant code.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of a table.")
def command(store: str | None, device: str | None, code: str | None, as_json: bool) -> None:
    """Show the walks that are stored on this computer, oldest first."""
    from retrostep_host import home, quarantine
    from retrostep_host.report import measures, scales
    from retrostep_host.store import Store, choose

    with Store(home.store_path(store), write=False) as opened:
        walks = choose.walks(opened, device=device, code=code)
    if as_json:
        say_json({"sessions": [choose.summary(walk) for walk in walks]})
        return
    names = ("session", "when", "length", "steps", "forward", "back", "side", "?", "alerts")
    rows = []
    for walk in walks:
        start = walk.start
        when = f"{start.day} {start:%b %Y, %H:%M}" if start else "clock not set"
        counts = [str(walk.counts.get(name, 0)) for name in measures.ORDER]
        marks = ("" if walk.complete else "*") + ("!" if walk.noticed else "")
        length = f"{scales.duration(walk.duration_s)} {marks}".rstrip()
        length = "unreadable" if walk.ended == quarantine.ENDED else length
        alerts = str(sum(walk.alerts.values()))
        rows.append((walk.session, when, length, walk.total, *counts, alerts))
    table([(name, "left" if name == "when" else "right") for name in names], rows, padding=(0, 1, 0, 0))
    unread = [walk for walk in walks if walk.ended == quarantine.ENDED]
    if any(not walk.complete and walk not in unread for walk in walks):
        say("* not whole: `retrostep report` says what is missing.")
    if any(walk.noticed for walk in walks):
        say("! the board noticed trouble with itself (sensor, buzzer, log): `retrostep report` says what.")
    for walk in unread:
        which = f"--session {walk.session} --device {walk.device_uid}"
        say(f"Session {walk.session} cannot be read; its bytes are kept: `retrostep delete {which}` lets go of them.")
    several = sorted(key for key, count in Counter((w.device_uid, w.session) for w in walks).items() if count > 1)
    for uid, number in several:
        say(f"Session {number} of board {uid} is there more than once: other walks under one number.")
    boards = {walk.device_uid for walk in walks}
    if len(boards) > 1:
        say(f"From {len(boards)} boards; `--device UID` shows one: {', '.join(sorted(boards))}.")
