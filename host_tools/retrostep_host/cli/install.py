# SPDX-License-Identifier: MIT
"""Install: put Retrostep onto a real board's drive.

in    a board with CircuitPython, plugged in
out   the list of files; `--dry-run` only shows it
keeps your own files, your settings and every walk on the drive
"""

from __future__ import annotations

import click

from retrostep_host.cli._terminal import say


@click.command("install")
@click.option("--path", metavar="DIR", help="The board's drive, for instance /media/you/CIRCUITPY; found by default.")
@click.option("--board", metavar="NAME", help="A board file, or ./mine.py; chosen from boot_out.txt by default.")
@click.option("--dry-run", is_flag=True, help="Show what would change, write nothing.")
def command(path: str | None, board: str | None, dry_run: bool) -> None:
    """Put Retrostep onto a real board's drive, or bring it up to date.

    Works without a network: firmware and drivers are part of this package. Only files that differ are written, each is
    read back, and code.py comes last. Your own files, settings.toml and the walks stay as they are.
    """
    from retrostep_host import boards, drive, install

    found = install.choose(path)
    name = install.board_for(found, board)
    say(f"{found.path}: {found.board_id}, CircuitPython {found.version}, UID {found.uid or 'unknown'}")
    file = drive.board_file(name)
    say(f"{name}: tried with {boards.tried(file)}.")
    if name.endswith(".py") and (doubt := boards.unsure(file)):
        say(f"{name}: {doubt}.")
    changes = install.plan(found, name)
    if not changes:
        say("Everything on it is up to date.")
        return
    total = sum(change.size for change in changes) / 1000
    if dry_run:
        for change in changes:
            say(f"  {change.what:6} {change.where}")
        say(f"Would change {len(changes)} files ({total:.0f} kB) for {name}. Nothing was written.")
        return
    say(f"Writing {len(changes)} files ({total:.0f} kB) for {name}; please leave it plugged in …")
    written = install.install(found, name)
    say(f"{len(written)} files written and read back. It is safe to unplug now; strap it on and walk.")
