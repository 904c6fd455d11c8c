# SPDX-License-Identifier: MIT
"""List: show the walks that are stored on this computer.

in    a store
out   a table, or one JSON object (`--json`)
not   what is still on the board: `sync` says that
"""

from __future__ import annotations

import click


@click.command("list")
@click.option("--store", metavar="FILE", help="The store to read; your own by default.")
@click.option("--device", metavar="UID", help="Only this board; the first digits of its UID are enough.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of a table.")
def command(store: str | None, device: str | None, as_json: bool) -> None:
    """Show the walks that are stored on this computer, oldest first."""
    import json

    from retrostep_host import home
    from retrostep_host.report import measures, scales
    from retrostep_host.store import Store, choose

    with Store(home.store_path(store), write=False) as opened:
        walks = choose.walks(opened, device=device)
    if as_json:
        click.echo(json.dumps({"sessions": [choose.summary(walk) for walk in walks]}))
        return
    import rich.box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("session", justify="right")
    table.add_column("when")
    table.add_column("length", justify="right")
    for name in ("steps", *measures.ORDER, "alerts"):
        table.add_column(name, justify="right")
    for walk in walks:
        counts = [f"{walk.counts.get(name, 0)}" for name in measures.ORDER]
        alerts = str(sum(walk.alerts.values()))
        whole = "" if walk.complete else " (not whole)"
        length = scales.duration(walk.duration_s)
        table.add_row(str(walk.session), measures.when(walk) + whole, length, str(walk.total), *counts, alerts)
    Console().print(table)
    boards = {walk.device_uid for walk in walks}
    if len(boards) > 1:
        click.echo(f"From {len(boards)} boards; `--device UID` shows one: {', '.join(sorted(boards))}.")
