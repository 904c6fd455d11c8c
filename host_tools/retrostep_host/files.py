# SPDX-License-Identifier: MIT
"""Files: what is read from a file has an end, and is a file.

in    a path that somebody named, how much of it is sensible
out   its text; `TooMuch` with the end of a sentence for a pipe, a device, or a file that is longer
but   a pipe would be waited for without end, /dev/zero would fill the memory: neither is opened
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

BLOCK_DEVICES = (stat.S_ISREG, stat.S_ISBLK)
FILES = (stat.S_ISREG,)


class TooMuch(ValueError):
    """`str()` says what the path is instead: "is a pipe or a device, not a file"."""


def check(path: Path, most: int | None = None, kinds: tuple = FILES) -> None:
    """Raises TooMuch for what is not of the `kinds`, or longer than `most` bytes; OSError as `stat` does."""
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(21, "Is a directory", str(path))
    if not any(kind(found.st_mode) for kind in kinds):
        raise TooMuch("is a pipe or a device, not a file; copy what it gives into one first")
    if most is not None and found.st_size > most:
        raise TooMuch(f"is {size(found.st_size)} long, and {size(most)} would be much")


def text(path: Path, most: int) -> str:
    """The UTF-8 text of a file of at most `most` bytes. Raises TooMuch, OSError, UnicodeDecodeError."""
    check(path, most)
    with open(path, "rb") as file:
        data = file.read(most + 1)  # it may grow, and what lies in /proc has no length
    if len(data) > most:
        raise TooMuch(f"is longer than {size(most)}")
    return data.decode("utf-8").replace("\r\n", "\n")


def size(count: int) -> str:
    """ "64 kB", "4.3 GB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:.0f} {unit}" if count >= 10 or unit == "bytes" else f"{count:.1f} {unit}"
