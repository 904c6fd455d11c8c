# SPDX-License-Identifier: MIT
"""Libs: the two folders of modules on a drive, so that an update over the console never touches what runs.

in    a place with files (Place); files by their paths, as if there were only lib/
out   which folder is in use, and those files as they lie in either
keeps nothing; CHOSEN on the drive names the folder that firmware/boot.py and code.py search first
but   a drive without CHOSEN, or where it was torn, uses lib/
not   who writes there: drive.py into the folder in use, over_console.py into the other
"""

from __future__ import annotations

from typing import Protocol

LIBS = ("lib", "lib2")
CHOSEN = "lib2/chosen"
CHOICE = 5  # characters of it that count, as in firmware/which_lib.py
MANIFEST = "lib/retrostep.manifest.json"


class Place(Protocol):
    """Where files are compared: a folder, or a drive that its board keeps to itself (over_console.py). Paths are
    relative, with slashes."""

    def digest(self, where: str) -> str | None:
        """SHA-1 of a file, the one hash that CircuitPython has; None when there is none."""

    def read(self, where: str) -> bytes | None:
        """A file's bytes; None when there is none."""

    def names(self, under: str) -> list[str]:
        """Every file in a folder and those below."""

    def fit(self, where: str, data: bytes) -> bytes:
        """A file's bytes as they lie there, or will: with the padding that keeps its room on the drive as it is."""


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
