# SPDX-License-Identifier: MIT
"""Backup: Copy the store, checked, into one file.

in    a store; a folder or a new file
out   the file's path
not   half a file: what is stopped leaves a `.part`, which the next one clears
"""

from __future__ import annotations

import click

from retrostep_host.cli._terminal import bar, progress, say, say_json


@click.command("backup")
@click.argument("target", metavar="[FILE|FOLDER]", required=False, default=".")
@click.option("--store", metavar="FILE", help="The store; your own by default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(target: str, store: str | None, as_json: bool) -> None:
    """Copy the store into one file: every walk, every correction, the boards' bytes. It is checked before it has its
    name. `retrostep restore` puts it back, `retrostep merge` adds it to another computer's.
    """
    from pathlib import Path

    from retrostep_host import home
    from retrostep_host.store import moving

    made = moving.backup(home.store_path(store), Path(target), None if as_json else bar("Copying"))
    progress("")
    if as_json:
        say_json({"backup": str(made.absolute()), "bytes": made.stat().st_size})
    else:
        say(f"The backup is {made.absolute()} ({made.stat().st_size / 1e6:.1f} MB); keep it on another disk.")
