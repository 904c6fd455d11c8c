# SPDX-License-Identifier: MIT
"""List: show the walks that are stored on this computer.

in    a store
out   a table, or one JSON object (`--json`)
not   what is still on the board: `sync` says that
"""

from __future__ import annotations

from collections import Counter

import click


@click.command("list")
@click.option("--store", metavar="FILE", help="The store to read; your own by default.")
@click.option("--device", metavar="UID", help="Only this board; the first digits of its UID are enough.")
@click.option("--code", help="Only walks with this participant code.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of a table.")
def command(store: str | None, device: str | None, code: str | None, as_json: bool) -> None:
    """Show the walks that are stored on this computer, oldest first."""
    import json

    from retrostep_host import home
    from retrostep_host.report import measures, scales
    from retrostep_host.store import Store, choose

    with Store(home.store_path(store), write=False) as opened:
        walks = choose.walks(opened, device=device, code=code)
    if as_json:
        click.echo(json.dumps({"sessions": [choose.summary(walk) for walk in walks]}))
        return
    import rich.box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=rich.box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("session", justify="right", no_wrap=True)
    table.add_column("when", no_wrap=True)
    for name in ("length", "steps", "forward", "back", "side", "?", "alerts"):
        table.add_column(name, justify="right", no_wrap=True)
    for walk in walks:
        start = walk.start
        when = f"{start.day} {start:%b %Y, %H:%M}" if start else "clock not set"
        counts = [str(walk.counts.get(name, 0)) for name in measures.ORDER]
        marks = ("" if walk.complete else "*") + ("!" if walk.noticed else "")
        length = f"{scales.duration(walk.duration_s)} {marks}".rstrip()
        alerts = str(sum(walk.alerts.values()))
        table.add_row(str(walk.session), when, length, str(walk.total), *counts, alerts)
    Console().print(table)
    if not all(walk.complete for walk in walks):
        click.echo("* not whole: `retrostep report` says what is missing.")
    if any(walk.noticed for walk in walks):
        click.echo("! the board noticed trouble with itself (sensor, buzzer, log): `retrostep report` says what.")
    several = sorted(n for n, count in Counter((w.device_uid, w.session) for w in walks).items() if count > 1)
    for device, number in several:
        click.echo(f"Session {number} of board {device} is there more than once: other walks under one number.")
    boards = {walk.device_uid for walk in walks}
    if len(boards) > 1:
        click.echo(f"From {len(boards)} boards; `--device UID` shows one: {', '.join(sorted(boards))}.")
