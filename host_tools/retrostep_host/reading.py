# SPDX-License-Identifier: MIT
"""Reading: the arrays of a recording file, as they stand there, and never more of them than a computer can hold.

in    an .npz or a .csv
out   t (n,), acc (n,3), gyr (n,3) or None, fs or 0: float64, in the file's own units
keeps 56 bytes a sample: 340 MB for the longest
but   how much there is, is asked before it is read: an .npz of 3 MB may unpack to 4 GB, a line of a CSV may have no end
not   what the numbers mean: recordings.py
"""

from __future__ import annotations

import csv
import math
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from retrostep_host import files
from retrostep_host.errors import BadRecording, MissingColumns

if TYPE_CHECKING:
    import numpy as np

COLUMNS = ("t", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
MOST_SAMPLES = 6_000_000  # sixteen hours at 104 Hz: a waking day
LOT = 20_000  # lines of CSV that are turned into numbers at once
LINE = 65536  # signs of a line of CSV
MOST_BYTES = MOST_SAMPLES * 256  # of a file on disk: a wide CSV
Arrays = tuple["np.ndarray", "np.ndarray", "np.ndarray | None", float]


def npz(path: Path) -> Arrays:
    """The arrays of an .npz."""
    import numpy as np

    held = {}
    try:
        files.check(path, MOST_BYTES)
        with zipfile.ZipFile(path) as archive:
            for name in ("t", "acc", "gyr", "fs"):
                if f"{name}.npy" in archive.namelist():
                    held[name] = _member(archive, name, path)
    except files.TooMuch as problem:
        raise BadRecording(f"{path.name} {problem}; nothing was read.") from None
    except BadRecording:
        raise
    except Exception as problem:  # zipfile, zlib, numpy header: any of a dozen types
        raise BadRecording(
            f"{path.name} is not a readable .npz file ({type(problem).__name__}); copy it again."
        ) from None
    missing = [name for name in ("t", "acc") if name not in held]
    if missing:
        raise MissingColumns(
            f"{path.name} lacks the array{'s' * (len(missing) > 1)} {' and '.join(missing)}; nothing was read.",
        )
    t = held["t"].ravel()
    for name in ("acc", "gyr"):
        given = held.get(name)
        if given is not None and given.shape != (t.size, 3):
            raise BadRecording(
                f"{path.name}: {name} has shape {given.shape}, but t asks for ({t.size}, 3); nothing was read."
            )
    fs = float(held["fs"]) if "fs" in held and np.ndim(held["fs"]) == 0 else 0.0
    return t, held["acc"], held.get("gyr"), fs


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> np.ndarray:
    """One array, after a look at what its header promises."""
    import numpy as np

    form = np.lib.format
    with archive.open(f"{name}.npy") as file:
        read = form.read_array_header_1_0 if form.read_magic(file) == (1, 0) else form.read_array_header_2_0
        shape, _, dtype = read(file)
    if dtype.kind not in "fiub":
        raise BadRecording(f"{path.name} holds something other than numbers; nothing was read.")
    if math.prod(shape) > MOST_SAMPLES * (1 if name in ("t", "fs") else 3):
        raise _long(path)
    with archive.open(f"{name}.npy") as file:
        return np.asarray(form.read_array(file, allow_pickle=False), dtype=float)


def _long(path: Path) -> Exception:
    return BadRecording(
        f"{path.name} holds more than {MOST_SAMPLES:,} samples (16 hours at 104 Hz); cut it into parts. "
        "Nothing was read."
    )


def table(path: Path) -> Arrays:
    """The columns of a CSV, separated by commas, semicolons or tabs."""
    import numpy as np

    try:
        files.check(path, MOST_BYTES)
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = _lines(file, path)
            head = next(lines, "")
            delimiter = ";" if head.count(";") > head.count(",") else "," if "," in head else "\t"
            names = [name.strip().strip('"') for name in head.rstrip("\r\n").split(delimiter)]
            columns = [names.index(name) for name in _wanted(names, path)]
            parts, count = [], 0
            while lot := list(islice(lines, LOT)):
                parts.append(_numbers(lot, delimiter, columns, path, count))
                count += len(parts[-1])
                likely = path.stat().st_size * len(lot) / max(1, sum(map(len, lot))) if count == len(lot) else count
                if count > MOST_SAMPLES or likely > 1.5 * MOST_SAMPLES:
                    raise _long(path)
    except files.TooMuch as problem:
        raise BadRecording(f"{path.name} {problem}; nothing was read.") from None
    except (UnicodeDecodeError, OSError, csv.Error) as problem:
        raise BadRecording(
            f"{path.name} is not a readable text file ({type(problem).__name__}); nothing was read."
        ) from None

    def column(first: int, after: int) -> np.ndarray:
        return np.concatenate([part[:, first:after] for part in parts] or [np.empty((0, after - first))])

    return column(0, 1).ravel(), column(1, 4), column(4, 7) if len(columns) == 7 else None, 0.0


def _numbers(lot: list[str], delimiter: str, columns: list[int], path: Path, before: int) -> np.ndarray:
    """The columns of some lines, (n, k); an empty cell is NaN. numpy reads them in a fifth of the time when all of
    them are plain numbers. `before`: rows that came earlier."""
    import numpy as np

    if not any(map(str.strip, lot)):
        return np.empty((0, len(columns)))
    try:
        return np.loadtxt(lot, delimiter=delimiter, usecols=columns, ndmin=2, comments=None, quotechar='"')
    except (ValueError, IndexError, TypeError):
        pass
    rows = []
    for row in csv.reader(lot, delimiter=delimiter):
        if not row:
            continue
        try:
            rows.append([float(row[c]) if row[c].strip() else math.nan for c in columns])
        except (ValueError, IndexError):
            where = f"line {before + len(rows) + 2}"
            raise BadRecording(f"{path.name}, {where} is not {len(columns)} numbers; nothing was read.") from None
    return np.array(rows, dtype=float).reshape(-1, len(columns))


def _wanted(names: list[str], path: Path) -> tuple[str, ...]:
    """The columns to read."""
    missing = [name for name in COLUMNS[:4] if name not in names]
    if missing:
        raise MissingColumns(
            f"{path.name} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; "
            f"the first line must read {','.join(COLUMNS)}.",
        )
    has_gyro = all(name in names for name in COLUMNS[4:])
    if not has_gyro and any(name in names for name in COLUMNS[4:]):
        raise BadRecording(f"{path.name} has only part of gyr_x, gyr_y, gyr_z; give all three or none.")
    return COLUMNS[: 7 if has_gyro else 4]


def _lines(file: TextIO, path: Path) -> Iterator[str]:
    """Its lines, none longer than a table's."""
    while line := file.readline(LINE):
        if len(line) == LINE and not line.endswith("\n"):
            raise BadRecording(
                f"{path.name} has a line of more than {LINE} signs, which is no table; nothing was read."
            )
        yield line
