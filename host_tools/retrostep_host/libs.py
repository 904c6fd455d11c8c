# SPDX-License-Identifier: MIT
"""Libs: the two folders of modules on a drive, so that an update over the console never touches what runs.

in    a place with files (drive.Place); files by their paths, as if there were only lib/
out   which folder is in use, and those files as they lie in either
keeps nothing; CHOSEN on the drive names the folder that firmware/boot.py and code.py search first
but   a drive without CHOSEN, or where it was torn, uses lib/
not   who writes there: drive.py into the folder in use, over_console.py into the other
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrostep_host.drive import Place

LIBS = ("lib", "lib2")
CHOSEN = "lib2/chosen"
CHOICE = 5  # characters of it that count, as in firmware/code.py
MANIFEST = "lib/retrostep.manifest.json"


def padded(where: str, data: bytes, size: int) -> bytes:
    """`data`, at least `size` bytes long: CircuitPython reads a module to its end mark, and empty lines are no code."""
    return data.ljust(size, b"\0" if where.endswith(".mpy") else b"\n")


def chosen(place: Place) -> str:
    """The folder of modules that the board uses."""
    said = (place.read(CHOSEN) or b"")[:CHOICE].strip().decode("ascii", "replace").removeprefix("/")
    return said if said in LIBS else LIBS[0]


def choice(lib: str) -> bytes:
    """What CHOSEN holds when `lib` is to be used."""
    return f"/{lib}".ljust(512, "\n").encode()


def other(lib: str) -> str:
    """The folder of modules that is not in use."""
    return LIBS[lib == LIBS[0]]


def fitted(place: Place, files: dict[str, bytes], lib: str) -> dict[str, bytes]:
    """`files`, whose modules are said to be in lib/, as they are to lie on `place` with their modules in `lib`."""
    there = {lib + where[len(LIBS[0]) :] if where.startswith("lib/") else where: data for where, data in files.items()}
    return {where: place.fit(where, data) for where, data in there.items()}


def manifest_path(new: dict[str, bytes]) -> str:
    """Where the manifest of these files lies: beside their modules."""
    return MANIFEST.replace(LIBS[0], of(new), 1)


def of(new: dict[str, bytes]) -> str:
    """The folder that the modules among these files lie in."""
    return LIBS[any(where.startswith(LIBS[1] + "/") for where in new)]
