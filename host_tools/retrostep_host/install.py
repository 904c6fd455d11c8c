# SPDX-License-Identifier: MIT
"""Install: this version of Retrostep onto a real board's drive.

in    a CIRCUITPY drive, found or named, or the console of a board that keeps its drive to itself; boot_out.txt says
      which board it is
out   what was (or would be) written
keeps foreign files, walks and settings, a copy of somebody's own file that stands where ours belongs; one file at a
      time, each read back, code.py last (drive.py)
but   a board that already runs Retrostep owns its drive: over_console.py writes there, or a hand holds the button
not   CircuitPython itself: docs/build.md says how that gets onto the board
"""

from __future__ import annotations

import hashlib
import os
import re
import string
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrostep_host import drive, files, libs
from retrostep_host.errors import BadDrive, CannotWrite, NoBoardFound, RetrostepError, SeveralBoards, from_os

if TYPE_CHECKING:
    from retrostep_host.over_console import Board, Progress

MARK = "boot_out.txt"  # CircuitPython writes it at every boot; the second, empty drive of 10.x has none
OLDEST = 9  # CircuitPython's major version; docs/build.md
ROOM = 350_000  # bytes kept free for walks, at least: two mirrors of a small journal (docs/formats.md)


@dataclass(frozen=True)
class Found:
    """A drive: where it is mounted, CircuitPython's id of the board, its version, its UID (= USB serial number)."""

    path: Path
    board_id: str
    version: str
    uid: str


def look(path: Path) -> Found:
    """What a drive says of itself. Raises BadDrive."""
    mark = path / MARK
    if not path.is_dir():
        raise BadDrive(f"There is no folder {path}; is the board plugged in, and its drive open?")
    try:
        files.check(mark, 65536)
        text = mark.read_text(encoding="utf-8", errors="replace")
    except files.TooMuch as problem:
        raise BadDrive(f"{mark} {problem}; this is no CircuitPython drive. Nothing was written.") from None
    except FileNotFoundError:
        raise BadDrive(
            f"{path} has no {MARK}, so it is no CircuitPython drive; nothing was written. `retrostep docs build` "
            "shows how CircuitPython gets onto a board."
        ) from None
    except OSError as error:
        raise from_os(error, "reading the drive") from error
    return told(text, path)


def told(text: str, path: Path) -> Found:
    """What boot_out.txt says of the board behind `path`. Raises BadDrive."""
    version = re.search(r"CircuitPython (\S+)", text)
    board_id = re.search(r"^Board ID:\s*(\S+)", text, re.M)
    uid = re.search(r"^UID:\s*(\S+)", text, re.M)
    if not version or not board_id:
        raise BadDrive(f"{MARK} does not say which board this is; press reset, and run this again.")
    if int(re.match(r"\d*", version[1])[0] or 0) < OLDEST:
        raise BadDrive(
            f"This board runs CircuitPython {version[1]}; Retrostep needs {OLDEST} or later. Nothing was written; "
            "`retrostep docs build` shows how to update it."
        )
    return Found(path, board_id[1], version[1], uid[1] if uid else "")


def drives() -> list[Found]:
    """Every CircuitPython drive that is mounted on this computer."""
    found = []
    for path in _mounted():
        if (path / MARK).is_file():
            try:
                found.append(look(path))
            except RetrostepError:
                continue  # named with --path it would say what is wrong
    return found


def _mounted() -> list[Path]:
    if os.name == "nt":
        return [Path(f"{letter}:\\") for letter in string.ascii_uppercase if Path(f"{letter}:\\").exists()]
    if sys.platform == "darwin":
        return sorted(Path("/Volumes").glob("*"))
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    points = [line.split()[1].replace("\\040", " ") for line in lines if line.split()[2:3] == ["vfat"]]
    return [Path(point) for point in sorted(points)]


def choose(path: str | None) -> Found:
    """The drive that is meant. Raises BadDrive when there is none, or several."""
    if path is not None:
        return look(Path(path))
    found = drives()
    if not found:
        raise BadDrive(
            "No CircuitPython drive is plugged in here; use a cable that carries data, open the drive once, or name it "
            "with `--path`."
        )
    if len(found) > 1:
        names = ", ".join(f"{one.path} ({one.board_id}, {one.uid[-4:] or 'no UID'})" for one in found)
        raise BadDrive(f"There are {len(found)} boards: {names}. Name one with `--path`.")
    return found[0]


def is_writable(found: Found) -> bool:
    """The computer owns the drive. Asked of the system without writing: a byte more would already be a change."""
    try:
        with open(found.path / MARK, "r+b"):
            return True
    except OSError:
        return False


def console_for(found: Found | None, named: str | None) -> str:
    """The console of the board that is meant. Raises NoBoardFound, SeveralBoards."""
    from retrostep_host.sync import console

    if named is not None:
        return named
    known = console.boards()
    if found is not None and found.uid:
        known = [one for one in known if one.serial.upper() in ("", found.uid.upper())]
    if len(known) > 1:
        names = ", ".join(f"{one.console} ({one.serial[-4:] or 'virtual'})" for one in known)
        raise SeveralBoards(f"There are {len(known)} boards with a console: {names}. Name one with `--port`.")
    if not known:
        raise NoBoardFound(
            "No console of a CircuitPython board was seen (a locked board hides it); nothing was written. Use a cable "
            "that carries data, or hold the button while plugging in and run `retrostep install` again."
        )
    return known[0].console


def board_for(found: Found, named: str | None) -> str:
    """The name of our board file. Raises BadDrive when the drive is of another board."""
    known = drive.boards()
    fits = [name for name, path in known.items() if found.board_id in drive.facts(path)["BOARD_IDS"]]
    if named is not None:
        path = drive.board_file(named)
        if found.board_id not in drive.facts(path)["BOARD_IDS"]:
            raise BadDrive(
                f"The drive says {found.board_id}, which {path.stem} does not fit; nothing was written. "
                f"{'It fits ' + ', '.join(fits) + '.' if fits else '`retrostep docs build` shows how to add a board.'}"
            )
        return named
    if not fits:
        raise BadDrive(
            f"There is no board file for {found.board_id} yet (there are: {', '.join(known)}); nothing was written. "
            "`retrostep docs build` shows how to add one."
        )
    return fits[0]


def plan(found: Found, board: str, place: libs.Place | None = None) -> list[drive.Change]:
    """What would change on the drive, or behind a console (`place`); writes nothing."""
    from retrostep_host.over_console import switched

    try:
        if place is not None:
            return switched(place, drive.packed(board))
        return drive.changes(drive.Folder(found.path), _fitted(found, board))
    except OSError as error:
        raise from_os(error, "reading the drive") from error


def _fitted(found: Found, board: str) -> dict[str, bytes]:
    folder = drive.Folder(found.path)
    return libs.fitted(folder, drive.packed(board), libs.chosen(folder))


def walks_on(found: Found) -> list[str]:
    """The SHA-1 of each walk in the logs of a drive that no computer has released; [] where none can be read."""
    from retrostep_host.sync import carve

    logs = sorted(found.path.glob("journal/*/log.bin"))
    try:
        walks = carve.carve(logs)
    except RetrostepError:
        return []
    return [hashlib.sha1(one.data).hexdigest() for one in walks if not one.released]


def over_console(board: Board, name: str, todo: list[drive.Change], progress: Progress = None) -> None:
    """Do what `plan` said, over the console. Raises BadDrive, LinkBroken."""
    needed = board.needs(todo)
    if needed > board.free:
        raise BadDrive(
            f"The board's drive has {board.free // 1000} kB free, and an update over the console takes "
            f"{needed // 1000} kB for a while; nothing was written. Fetch its walks, or hold the button while plugging "
            "in and run `retrostep install` again."
        )
    board.install(todo, drive.packed(name), progress)


def install(found: Found, board: str, todo: list[drive.Change]) -> list[str]:
    """Do what `plan` said. Returns the names. Raises CannotWrite, FullDisk, BadDrive."""
    _check_room(found, todo)
    try:
        return drive.apply(found.path, todo, _fitted(found, board))
    except OSError as error:
        sentence = from_os(error, "writing to the board")
        if isinstance(sentence, CannotWrite):
            raise CannotWrite(
                "The board keeps its drive to itself, because it writes its walks there; nothing was changed. "
                "Run `retrostep install --over console`, or: switch it off and unplug it, hold the button, plug it in "
                "while holding, let go after three seconds, and run this again."
            ) from error
        raise sentence from error


def _check_room(found: Found, todo: list[drive.Change]) -> None:
    import shutil

    block = 4096  # bytes: a file takes whole clusters
    needed = 0
    for change in todo:
        old = found.path / change.where
        had = old.stat().st_size if old.is_file() else 0
        needed += -(-change.size // block) * block - (0 if change.kept else -(-had // block) * block)
    free = shutil.disk_usage(found.path).free
    if free - needed < ROOM:
        raise BadDrive(
            f"The drive has {free // 1000} kB free and Retrostep needs {max(0, needed) // 1000} kB plus "
            f"{ROOM // 1000} kB for walks; nothing was written. Remove files of yours that are not needed."
        )
