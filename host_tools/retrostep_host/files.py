# SPDX-License-Identifier: MIT
"""Files: what is read from a file has an end, and is a file.

in    a path that somebody named, how much of it is sensible
out   its text; `TooMuch` with the end of a sentence for a pipe, a device, or a file that is longer
from  Unicode 16, 23.8 "Byte Order Mark": which bytes tell UTF-8 from UTF-16
but   a pipe would be waited for without end, /dev/zero would fill the memory: neither is opened
"""

from __future__ import annotations

import codecs
import contextlib
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


def flush(path: Path) -> None:
    """A file, or the names in a folder, to the disk, before anything else may rely on it."""
    with contextlib.suppress(OSError):  # Windows does not flush folders
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def encoding(head: bytes) -> str:
    """How a text that begins with `head` is written: UTF-8 or, as Windows PowerShell's `>` does, UTF-16; either with
    or without a mark in front."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = [head[k : 512 : 2].count(0) for k in (0, 1)]  # the empty halves of UTF-16's plain letters
    if max(zeros) > 0.4 * len(head[:512]) / 2 and min(zeros) == 0:
        return "utf-16-be" if zeros[0] else "utf-16-le"
    return "utf-8-sig"


def text(path: Path, most: int) -> str:
    """The text of a file of at most `most` bytes. Raises TooMuch, OSError, UnicodeDecodeError."""
    check(path, most)
    with open(path, "rb") as file:
        data = file.read(most + 1)  # it may grow, and what lies in /proc has no length
    if len(data) > most:
        raise TooMuch(f"is longer than {size(most)}")
    return data.decode(encoding(data)).replace("\r\n", "\n")


def size(count: int) -> str:
    """ "64 kB", "4.3 GB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:.0f} {unit}" if count >= 10 or unit == "bytes" else f"{count:.1f} {unit}"
