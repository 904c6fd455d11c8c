# SPDX-License-Identifier: MIT
"""Reading: the arrays of an .npz, as they stand there, and never more of them than a computer can hold.

in    an .npz
out   t (n,), acc (n,3), gyr (n,3) or None: float64, in the file's own units
keeps 56 bytes a sample: 340 MB for the longest
but   how much there is, is asked before it is read: an .npz of 3 MB may unpack to 4 GB
not   what the numbers mean (plausible.py); a .csv (tables.py)
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from retrostep_host import files
from retrostep_host.errors import BadRecording, MissingColumns
from retrostep_host.tables import MOST_BYTES, MOST_SAMPLES, Table, too_long

if TYPE_CHECKING:
    import numpy as np


def npz(path: Path) -> Table:
    """The arrays of an .npz."""

    held = {}
    try:
        files.check(path, MOST_BYTES)
        with zipfile.ZipFile(path) as archive:
            for name in ("t", "acc", "gyr"):
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
    return Table(t, held["acc"], held.get("gyr"))


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> np.ndarray:
    """One array, after a look at what its header promises."""
    import numpy as np

    form = np.lib.format
    with archive.open(f"{name}.npy") as file:
        read = form.read_array_header_1_0 if form.read_magic(file) == (1, 0) else form.read_array_header_2_0
        shape, _, dtype = read(file)
    if dtype.kind not in "fiub":
        raise BadRecording(f"{path.name} holds something other than numbers; nothing was read.")
    if math.prod(shape) > MOST_SAMPLES * (1 if name == "t" else 3):
        raise too_long(path)
    with archive.open(f"{name}.npy") as file:
        return np.asarray(form.read_array(file, allow_pickle=False), dtype=float)
