# SPDX-License-Identifier: MIT
"""Tables: a CSV as people have it becomes numbers, and never more of them than a computer can hold.

in    a .csv, .txt or .tsv, perhaps .gz: commas, semicolons or tabs; decimal points or commas; UTF-8, UTF-16 or Windows'
      own; lines before the head; a line of units below it; times as numbers or as dates
out   t (n,), acc (n,3), gyr (n,3) or None, in the file's own units; units that it says itself
keeps 56 bytes a sample: 340 MB for the longest
but   a line may have no end and a .gz may unpack to anything: both are bounded
not   what the numbers mean (plausible.py), which column is which (columns.py), uneven stamps (stamps.py)
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from . import columns, files, quantity
from .errors import BadRecording
from .text import short

if TYPE_CHECKING:
    import numpy as np

ENDINGS = (".csv", ".txt", ".tsv")
MOST_SAMPLES = 6_000_000  # sixteen hours at 104 Hz: a waking day
MOST_BYTES = MOST_SAMPLES * 256  # of a file on disk: a wide CSV
LOT = 20_000  # lines that are turned into numbers at once
LINE = 65536  # signs of a line
_BEFORE = 200  # lines before the head
_DELIMITERS = (",", ";", "\t", "|", " ")
_DAY_S = 86400.0
Saying = dict[str, str] | str | None  # what `--columns` said: columns.parse


@dataclass
class Table:
    """What a CSV holds, in its own units; `units` are those it names itself."""

    t: np.ndarray
    acc: np.ndarray
    gyr: np.ndarray | None
    units: dict[str, str] = field(default_factory=dict)


@dataclass
class _Head:
    names: list[str]
    delimiter: str
    wanted: list[int]  # places of the columns to read
    units: dict[str, str]
    lines: int  # up to and with it


def is_one(path: Path) -> bool:
    """A name of a table."""
    return path.name.lower().removesuffix(".gz").endswith(ENDINGS)


def read(path: Path, said: Saying = None) -> Table:
    """The columns of a table. Raises BadRecording, MissingColumns with one sentence."""
    try:
        files.check(path, MOST_BYTES)
        with open(path, "rb") as file, _unpacked(path, file) as plain:
            return _read(path, _lines(plain, path), said)
    except files.TooMuch as problem:
        raise BadRecording(f"{path.name} {problem}; nothing was read.") from None
    except (UnicodeError, OSError, EOFError, csv.Error, zlib.error) as problem:
        raise BadRecording(
            f"{path.name} is not a readable text file ({type(problem).__name__}); nothing was read."
        ) from None


def _unpacked(path: Path, file: BinaryIO) -> BinaryIO:
    return gzip.open(file) if path.name.lower().endswith(".gz") else io.BufferedReader(file)  # type: ignore[arg-type]


def _lines(file: BinaryIO, path: Path) -> Iterator[str]:
    """Its lines, none longer than a table's, and not more of them than fit."""
    head = file.peek(LINE)[:LINE] if hasattr(file, "peek") else b""
    code = files.encoding(head)
    if code == "utf-8-sig":
        if b"\0" in head.partition(b"\n")[0]:
            raise BadRecording(f"{path.name} is not a readable text file; nothing was read.")
        try:
            head[: head.rfind(b"\n") + 1].decode(code)
        except UnicodeDecodeError:
            code = "cp1252"  # a degree sign or an umlaut as Windows programs write them
    size = 0
    with io.TextIOWrapper(file, code, errors="replace" if code == "cp1252" else "strict", newline="") as text:
        while line := text.readline(LINE):
            if len(line) == LINE and not line.endswith("\n"):
                raise BadRecording(
                    f"{path.name} has a line of more than {LINE} signs, which is no table; nothing was read."
                )
            size += len(line)
            if size > MOST_BYTES:
                raise too_long(path)
            yield line


def too_long(path: Path) -> BadRecording:
    """For more samples than a computer can hold."""
    return BadRecording(
        f"{path.name} holds more than {MOST_SAMPLES:,} samples (16 hours at 104 Hz); cut it into parts. "
        "Nothing was read."
    )


def _read(path: Path, lines: Iterator[str], said: Saying) -> Table:
    import numpy as np

    head, first = _head(path, lines, said)
    lines = chain(first, lines)
    if head.delimiter == " ":
        head.delimiter = "\t"
        lines = ("\t".join(line.split()) + "\n" for line in lines)
    parts: list[np.ndarray] = []
    count, clock = 0, _Clock()
    while lot := list(islice(lines, LOT)):
        parts.append(_numbers(lot, head, path, count, clock))
        count += len(parts[-1])
        packed = path.suffix.lower() == ".gz"
        likely = path.stat().st_size * len(lot) / max(1, sum(map(len, lot))) if count == len(lot) else count
        if count > MOST_SAMPLES or (likely > 1.5 * MOST_SAMPLES and not packed):
            raise too_long(path)
    whole = np.concatenate(parts or [np.empty((0, len(head.wanted)))])
    if clock.is_used:
        head.units["t"] = "s"
    return Table(whole[:, 0], whole[:, 1:4], whole[:, 4:7] if len(head.wanted) == 7 else None, head.units)


# the head -------------------------------------------------------------------------------------------------
def _head(path: Path, lines: Iterator[str], said: Saying) -> tuple[_Head, list[str]]:
    """Where the table begins, and the lines below its head that were read on the way."""
    seen: list[str] = []
    best: tuple[int, list[str]] = (1, [])
    for line in islice(lines, _BEFORE):
        seen.append(line)
        for delimiter in _DELIMITERS:
            names = _cells(line, delimiter)
            found = columns.places(names, said)
            if set(columns.COLUMNS[:4]) <= set(found):  # blanks come last: names have them too
                numbered = columns.is_numbered(said)
                if numbered and not _is_data(names, [found[c] for c in columns.COLUMNS[1:4]]):
                    continue  # a head above numbered columns, or something before it
                wanted = [found[c] for c in columns.check(path.name, names, found, said)]
                head = _Head(names, delimiter, wanted, columns.unit_of(names, found, said), len(seen) - numbered)
                return head, [line] if numbered else _below(head, lines)
            filled = sum(bool(name) for name in names)
            if filled > best[0] and delimiter != " " and not _is_data(names, range(len(names))):
                best = filled, names
    names = best[1] or (_cells(seen[0], ",") if seen else [])
    if not best[1] and any(_is_data(_cells(seen[0], d), range(4)) for d in _DELIMITERS if seen):
        raise BadRecording(
            f"{path.name} begins with numbers and has no names of columns; number them, such as "
            '`--columns "t=1,acc_x=2,acc_y=3,acc_z=4"`.'
        )
    columns.check(path.name, names, columns.places(names, said), said)
    raise BadRecording(f"{path.name} has no table in its first {_BEFORE} lines; nothing was read.")


def _below(head: _Head, lines: Iterator[str]) -> list[str]:
    """The first lines under the head, without one of units (Shimmer) or of dashes; its units go into the head."""
    for line in islice(lines, 3):
        cells = _cells(line, head.delimiter)
        here = [cells[k] if k < len(cells) else "" for k in head.wanted]
        if not line.strip(" -=+|\r\n\t"):
            head.lines += 1
            continue
        units = {"t": quantity.spelt("t", here[0]), "acc": quantity.spelt("acc", here[1])}
        units["gyr"] = quantity.spelt("gyr", here[4]) if len(here) > 4 else None
        if not units["acc"]:
            return [line]
        head.lines += 1
        head.units |= {column: unit for column, unit in units.items() if unit}
    return []


def _cells(line: str, delimiter: str) -> list[str]:
    line = line.strip("\ufeff\r\n").lstrip("#")  # numpy.savetxt writes its head so
    if delimiter == " ":
        return line.split()
    cells = next(csv.reader([line], delimiter=delimiter), []) if '"' in line else line.split(delimiter)
    return [cell.strip() for cell in cells]


def _is_data(cells: list[str], where: range | list[int]) -> bool:
    """Mostly numbers stand there."""
    there = [cells[k] for k in where if k < len(cells) and cells[k]]
    return len(there) > 1 and sum(_number(cell) is not None for cell in there) > len(there) / 2


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


# the numbers ----------------------------------------------------------------------------------------------
def _numbers(lot: list[str], head: _Head, path: Path, before: int, clock: _Clock) -> np.ndarray:
    """The columns of some lines, (n, k); an empty cell is NaN. numpy reads them in a fifth of the time when all of
    them are plain numbers. `before`: rows that came earlier."""
    import numpy as np

    if not any(map(str.strip, lot)):
        return np.empty((0, len(head.wanted)))
    plain = lot if head.delimiter == "," else [line.replace(",", ".") for line in lot]
    if not clock.is_used:
        try:
            return np.loadtxt(
                plain, delimiter=head.delimiter, usecols=head.wanted, ndmin=2, comments=None, quotechar='"'
            )
        except (ValueError, IndexError, TypeError):
            pass
    rows = []
    for at, row in enumerate(csv.reader(plain, delimiter=head.delimiter)):
        if not any(map(str.strip, row)) or row[0].startswith("#"):
            continue
        try:
            when, *rest = (row[k].strip().replace(",", ".") for k in head.wanted)
            t = clock(when) if clock.is_used or _number(when) is None and when else float(when or "nan")
            rows.append([t, *(float(cell) if cell else math.nan for cell in rest)])
        except (ValueError, IndexError):
            where = f"line {head.lines + before + at + 1}"
            said = f" ({short(lot[at].strip())})" if at < len(lot) and lot[at].strip() else ""
            raise BadRecording(
                f"{path.name}, {where} is not {len(head.wanted)} numbers{said}; nothing was read."
            ) from None
    return np.array(rows, dtype=float).reshape(-1, len(head.wanted))


class _Clock:
    """Dates and times of day as seconds; a time of day goes on rising over midnight."""

    def __init__(self) -> None:
        self.is_used = False
        self._last = self._days = 0.0

    def __call__(self, text: str) -> float:
        """Raises ValueError."""
        self.is_used = True
        text = text.replace("/", "-")
        if spoken := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(.*)", text):
            text = f"{spoken[3]}-{int(spoken[2]):02}-{int(spoken[1]):02}{spoken[4]}"
        if day := re.fullmatch(r"(\d{1,2}):(\d\d):(\d\d(?:\.\d+)?)", text):
            t = int(day[1]) * 3600.0 + int(day[2]) * 60.0 + float(day[3]) + self._days
            if t < self._last - _DAY_S / 2:
                self._days += _DAY_S
                t += _DAY_S
            self._last = t
            return t
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
