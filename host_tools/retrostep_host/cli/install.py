# SPDX-License-Identifier: MIT
"""Install: put Retrostep onto a real board's drive.

in    a board with CircuitPython, plugged in; a yes when somebody's own code.py or another file has to make room
out   the list of files; `--dry-run` only shows it
keeps your own files, your settings and every walk on the drive
but   a board that keeps its drive to itself is reached over its console, unless a walk runs on it
"""

from __future__ import annotations

import click

from retrostep_host.cli import _safe
from retrostep_host.cli._terminal import asks, bar, confirm, progress, say, say_json, waiting


@click.command("install")
@click.option("--path", metavar="DIR", help="The board's drive, for instance /media/you/CIRCUITPY; found by default.")
@click.option("--over", type=click.Choice(["drive", "console"]), help="The way onto the board; chosen by default.")
@click.option("--port", help="The board's console, for the way over it; found by default.")
@click.option("--board", metavar="NAME", help="A board file, or ./mine.py; chosen from boot_out.txt by default.")
@click.option("--dry-run", is_flag=True, help="Show what would change, write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before files of your own are replaced; copies are kept anyway.")
@click.option("--without-walks", is_flag=True, help="Go on although walks on the board are on no computer yet.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(
    path: str | None,
    over: str | None,
    port: str | None,
    board: str | None,
    dry_run: bool,
    yes: bool,
    without_walks: bool,
    as_json: bool,
) -> None:
    """Put Retrostep onto a real board's drive, or bring it up to date.

    Works without a network: firmware and drivers are part of this package. Only files that differ are written, each is
    named and read back, and code.py comes last. Your walks and settings stay as they are; settings.toml gets the lines
    that CircuitPython needs, when they are missing.

    A new board's drive is written like any other. A board that runs Retrostep keeps its drive to itself; it is reached
    over its console, without holding the button. The new version goes into the one of its folders `lib` and `lib2`
    that is not in use, and is chosen when all of it is there: a pulled cable leaves the old version or the new one,
    and the same command goes on where it stopped. A board without a battery loses its power with the cable. In some
    moments that costs the drive, seldom and most of all the first time (`retrostep docs reliability`), so walks that
    are not on this computer stop the install: `retrostep sync` fetches them, --without-walks goes on without. A drive
    that came up empty is filled by `retrostep install` again. The walks of a board that is locked or does not answer
    cannot be counted over its console; nothing is asked there.

    A code.py, boot.py or other file of your own that stands where one of ours belongs is named first, and asked about;
    a copy of it is kept in the folder `before-retrostep` of the drive. All other files of yours stay.

    \b
    retrostep install
    retrostep install --dry-run
    retrostep install --over console --port /dev/ttyACM0
    """
    from retrostep_host import install

    found = _drive(path, over or ("console" if port else None))
    if found is not None and over != "console" and (over == "drive" or install.is_writable(found)):
        _over_drive(found, board, dry_run, yes, without_walks, as_json)
        return
    try:
        console = install.console_for(found, port)
    except install.NoBoardFound as error:
        if found is None or over == "console" or isinstance(error, install.SeveralBoards):
            raise
        # which says what to do about a drive that refuses
        _over_drive(found, board, dry_run, yes, without_walks, as_json)
        return
    _over_console(console, board, dry_run, yes, without_walks, as_json)


def _drive(path: str | None, over: str | None):
    """The drive that is meant; None when the board has to be found by its console."""
    from retrostep_host import install
    from retrostep_host.errors import BadDrive
    from retrostep_host.sync import console

    if over == "console" and path is None:
        return None
    try:
        return install.choose(path)
    except BadDrive:
        if path is not None or over == "drive" or install.drives() or not console.consoles():
            raise
        return None  # hidden, or not mounted


def _over_drive(found, board: str | None, dry_run: bool, yes: bool, without_walks: bool, as_json: bool) -> None:
    from retrostep_host import drive, install

    name = install.board_for(found, board)
    todo = install.plan(found, name)
    if not as_json:
        _announce(found, "", name, todo)
    if not todo or dry_run:
        _nothing_done(found, "drive", name, todo, as_json)
        return
    _walks_first(install.walks_on(found), without_walks)
    _agree([change for change in todo if change.kept], yes)
    if not as_json:
        say(f"Writing {_much(todo)} for {name}; please leave it plugged in …")
    is_new = not (found.path / drive.MANIFEST).exists()
    with _safe.meanwhile(
        "The drive may hold files of two versions; your walks, settings and own files are whole. Run the same command "
        "again: it goes on where it stopped."
    ):
        written = install.install(found, name, todo)
    if as_json:
        _as_json(found, "drive", name, todo, True)
        return
    said = f"{len(written)} files written and read back. It is safe to unplug now"
    if not is_new:
        say(f"{said}; strap it on and walk.")
        return
    say(
        f"{said}. The first time, plug it in again before the case is closed: `retrostep doctor` says whether the "
        f"sensor answers, `retrostep settings --identify` makes it buzz. `retrostep docs build` has the wiring."
    )


def _over_console(port: str, board: str | None, dry_run: bool, yes: bool, without_walks: bool, as_json: bool) -> None:
    from pathlib import Path

    from retrostep_host import install, over_console
    from retrostep_host.sync import console

    device, walks = over_console.ask_the_firmware(port)
    for is_agreed in (False, True):
        there = over_console.Board(console.connect(port))
        try:
            with _safe.meanwhile("Nothing on the board was changed; it starts again by itself."):
                there.open()
                if there.readonly:
                    raise install.BadDrive(
                        "The drive belongs to the computer now, so the console cannot write there; nothing was "
                        "changed. Open the drive and run `retrostep install` without `--over console`."
                    )
                text = (there.read(install.MARK) or b"").decode("utf-8", "replace")
                found = install.told(text, Path(port))
                name = install.board_for(found, board)
                todo = install.plan(found, name, there)
            if not as_json and not is_agreed:
                _announce(found, "the board keeps its drive to itself, so over its console", name, todo)
            if not todo or dry_run:
                _nothing_done(found, "console", name, todo, as_json)
                return
            if not is_agreed:
                _walks_first(walks, without_walks)
            own = [change for change in todo if change.kept]
            if is_agreed or yes or not own:
                if not as_json:
                    say(f"Writing {_much(todo)} for {name} …")
                with _safe.meanwhile(over_console.EITHER):
                    install.over_console(there, name, todo, None if as_json else bar("Writing"))
                break
        finally:
            there.close()
            if not as_json:
                progress("")
        _agree(own, yes)  # the board walks on meanwhile
        over_console.wait(port)
    if as_json:
        _as_json(found, "console", name, todo, True)
        return
    said = f"{len(todo)} files written and read back; the board starts again"
    with waiting("The board starts with the new version …"):
        hello = over_console.greet(port, device)
    if hello is None:
        say(f"{said}. It has not answered yet; `retrostep doctor` looks whether it walks.")
    else:
        say(f"{said} and answers: Retrostep {hello.firmware}. It is safe to unplug now; strap it on and walk.")


def _much(todo: list) -> str:
    return f"{len(todo)} files ({sum(change.size for change in todo) / 1000:.0f} kB)"


def _announce(found, way: str, name: str, todo: list) -> None:
    from retrostep_host import boards, drive

    uid = found.uid or "unknown"
    say(f"{found.path}: {found.board_id}, CircuitPython {found.version}, UID {uid}{'; ' + way if way else ''}")
    file = drive.board_file(name)
    say(f"{name}: tried with {boards.tried(file)}.")
    if name.endswith(".py") and (doubt := boards.unsure(file)):
        say(f"{name}: {doubt}.")
    for change in todo:
        say(f"  {change.what:8}{change.where}" + (f" (yours; a copy goes to {change.kept})" if change.kept else ""))


def _nothing_done(found, way: str, name: str, todo: list, as_json: bool) -> None:
    if as_json:
        _as_json(found, way, name, todo, False)
    elif not todo:
        say("Everything on it is up to date.")
    else:
        say(f"Would change {_much(todo)} for {name}. Nothing was written.")


def _walks_first(walks: list[str], without_walks: bool) -> None:
    """Raises NotConfirmed while one of these walks (SHA-1 each) is not on this computer."""
    from retrostep_host import home
    from retrostep_host.errors import EmptyLog, NotConfirmed
    from retrostep_host.store import Store

    if not walks or without_walks:
        return
    try:
        with Store(home.store_path(None), write=False) as kept:
            lost = sum(not kept.holds(sha1) and not kept.was_deleted(sha1) for sha1 in walks)
    except EmptyLog:  # no store yet
        lost = len(walks)
    if lost:
        many = f"{lost} walk{'s' * (lost != 1)} on the board {'is' if lost == 1 else 'are'}"
        raise NotConfirmed(
            f"{many} not on this computer, and power that goes during an install can take them; nothing was written. "
            "`retrostep sync` first, or go on with `--without-walks`."
        )


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


def _as_json(found, way: str, name: str, todo: list, written: bool) -> None:
    say_json(
        {
            "drive" if way == "drive" else "port": str(found.path),
            "over": way,
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
