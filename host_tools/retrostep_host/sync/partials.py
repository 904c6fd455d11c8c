# SPDX-License-Identifier: MIT
"""Partials: half-made copies of walks, in a folder of our own that nobody else writes into.

in    the folder, RETROSTEP_HOME/partial; the name of a copy
out   the copy, open for reading and appending; how many were removed
keeps the folder at 0700 and its files at 0600: they are somebody's walks
but   whatever stands in a place of ours and is not ours (a link, a pipe, a folder, a file with a second name, a file
      of another person) is neither written nor followed nor removed: NotOurs says what to do
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from retrostep_host.errors import NotOurs, from_os

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def _is_ours(found: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or found.st_uid == os.getuid()


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    """The folder itself, whatever its name may lead to a moment later (None on Windows). Raises NotOurs, OSError."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or not _is_ours(found):
        raise NotOurs.of(folder, "the folder for half-made copies")
    if os.name != "posix":
        yield None
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _NO_FOLLOW)
    try:
        if os.fstat(handle).st_mode & 0o077:
            os.fchmod(handle, 0o700)
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def open_copy(path: Path) -> Iterator[BinaryIO]:
    """The half-made copy at `path`, made if it is not there. Raises NotOurs, and what from_os makes of the rest."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | _NO_FOLLOW | getattr(os, "O_BINARY", 0)
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.parent.mkdir(0o700)
        with _opened(path.parent) as folder:
            try:
                handle = os.open(path if folder is None else path.name, flags, 0o600, dir_fd=folder)
            except OSError as error:
                if not stat.S_ISREG(path.lstat().st_mode):
                    raise NotOurs.of(path, "a half-made copy") from error
                raise
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or not _is_ours(found):
            os.close(handle)
            raise NotOurs.of(path, "a half-made copy")
        with open(handle, "r+b") as file:
            if os.name == "posix" and found.st_mode & 0o077:
                os.fchmod(handle, 0o600)
            yield file
    except OSError as error:
        raise from_os(error, f"keeping {path.name}") from error


def remove(folder: Path, pattern: str = "*.part", days: float = 0) -> int:
    """Remove copies whose names match and that are older than so many days; how many there were."""
    count = 0
    try:
        with _opened(folder) as there:
            for name in fnmatch.filter(os.listdir(folder if there is None else there), pattern):
                place = folder / name if there is None else name
                found = os.stat(place, dir_fd=there, follow_symlinks=False)
                if stat.S_ISREG(found.st_mode) and found.st_mtime <= time.time() - days * 86400:
                    os.unlink(place, dir_fd=there)
                    count += 1
    except FileNotFoundError:
        return count
    except OSError as error:
        raise from_os(error, "removing half-made copies of walks") from error
    return count
