# SPDX-License-Identifier: MIT
"""Install: put Retrostep onto a real board's drive.

in    a board with CircuitPython, plugged in; a yes when somebody's own code.py or another file has to make room
out   the list of files; `--dry-run` only shows it
keeps your own files, your settings and every walk on the drive
"""

from __future__ import annotations

import click

from retrostep_host.cli import _safe
from retrostep_host.cli._terminal import asks, confirm, say, say_json


@click.command("install")
@click.option("--path", metavar="DIR", help="The board's drive, for instance /media/you/CIRCUITPY; found by default.")
@click.option("--board", metavar="NAME", help="A board file, or ./mine.py; chosen from boot_out.txt by default.")
@click.option("--dry-run", is_flag=True, help="Show what would change, write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before files of your own are replaced; copies are kept anyway.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(path: str | None, board: str | None, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Put Retrostep onto a real board's drive, or bring it up to date.

    Works without a network: firmware and drivers are part of this package. Only files that differ are written, each is
    named and read back, and code.py comes last. Your walks and settings stay as they are; settings.toml gets the lines
    that CircuitPython needs, when they are missing.

    A code.py, boot.py or other file of your own that stands where one of ours belongs is named first, and asked about;
    a copy of it is kept in the folder `before-retrostep` of the drive. All other files of yours stay.
    """
    from retrostep_host import boards, drive, install

    found = install.choose(path)
    name = install.board_for(found, board)
    todo = install.plan(found, name)
    total = sum(change.size for change in todo) / 1000
    if not as_json:
        say(f"{found.path}: {found.board_id}, CircuitPython {found.version}, UID {found.uid or 'unknown'}")
        file = drive.board_file(name)
        say(f"{name}: tried with {boards.tried(file)}.")
        if name.endswith(".py") and (doubt := boards.unsure(file)):
            say(f"{name}: {doubt}.")
        for change in todo:
            say(f"  {change.what:8}{change.where}" + (f" (yours; a copy goes to {change.kept})" if change.kept else ""))
    if not todo or dry_run:
        if as_json:
            _as_json(found, name, todo, False)
        elif not todo:
            say("Everything on it is up to date.")
        else:
            say(f"Would change {len(todo)} files ({total:.0f} kB) for {name}. Nothing was written.")
        return
    _agree([change for change in todo if change.kept], yes)
    if not as_json:
        say(f"Writing {len(todo)} files ({total:.0f} kB) for {name}; please leave it plugged in …")
    with _safe.meanwhile(
        "The drive may hold files of two versions; your walks, settings and own files are whole. Run the same command "
        "again: it goes on where it stopped."
    ):
        written = install.install(found, name, todo)
    if as_json:
        _as_json(found, name, todo, True)
        return
    say(f"{len(written)} files written and read back. It is safe to unplug now; strap it on and walk.")


def _agree(own: list, yes: bool) -> None:
    """Raises NotConfirmed where nobody can be asked, Abort after a no."""
    from retrostep_host import drive
    from retrostep_host.errors import NotConfirmed

    if not own or yes:
        return
    names = ", ".join(change.where for change in own)
    it = "it" if len(own) == 1 else "each"
    if not asks():
        raise NotConfirmed(
            f"On the drive stand files that Retrostep did not write: {names}. Nothing was written; with `--yes` they "
            f"make room for ours, and a copy of {it} is kept in {drive.KEPT}/ there."
        )
    question = f"Not written by Retrostep: {names}. Replace, and keep a copy of {it} in {drive.KEPT}/ on the drive?"
    confirm(question, abort=True)


def _as_json(found, name: str, todo: list, written: bool) -> None:
    say_json(
        {
            "drive": str(found.path),
            "board": name,
            "board_id": found.board_id,
            "circuitpython": found.version,
            "uid": found.uid,
            "changes": [
                {"what": one.what, "file": one.where, "bytes": one.size, **({"kept_as": one.kept} if one.kept else {})}
                for one in todo
            ],
            "written": written,
        }
    )
