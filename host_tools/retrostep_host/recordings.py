# SPDX-License-Identifier: MIT
"""Recordings: a file of raw motion becomes the one int16 stream that replay, walk and emulate all feed.

in    NAME.npz (t s, acc m/s^2, gyr rad/s) with NAME.json beside it, or a CSV (tables.py)
out   `load`: a Recording in SI units; `stream`: int16 words at 104 Hz, gyro x y z, acc x y z, as the chip gives
keeps nothing; reads only the file and its sidecar
from  docs/contracts.md, "Recording file" and "One stream"; chip ranges and scales from retrostep.units
but   up to a quarter of a second without samples is bridged by a straight line; what is longer is a gap: it is named,
      holds still in the words, and replay tells the engine
not   a resampler of absolute time: event times count from the first sample of the file
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrostep import units

from . import columns as columns_
from . import files, plausible, quantity, reading, stamps, tables
from .text import short

if TYPE_CHECKING:
    import numpy as np

PLACEMENTS = tuple(units.RANGES)
COLUMNS = columns_.COLUMNS
SIDES = ("unknown", "left", "right")
MAX_S = 48 * 3600.0  # longest recording read: two days fit into 220 MB of words
SHORTEST_S = 1.0  # a stride
PIECE = 200_000  # samples of the stream that are resampled at once: 160 MB
AROUND_S = 30.0  # of the recording on both sides of a piece: a spline and a filter forget within a second
SIDECAR_BYTES = 16_000_000
SPLINE_ONLY_HZ = 110.0  # up to here the source holds nothing above the sensor's own band worth filtering
GAP_PERIODS = stamps.GAP_PERIODS
GAP_S = 0.25  # a longer pause is a gap: half a step, and a line across it would be a turn that nobody made
EDGE_S = 0.001  # a grid point may lie so far outside of the samples: stamps are rounded
parse_units = quantity.parse_units


def _bad(sentence: str, kind: str = "BadRecording") -> Exception:
    from . import errors

    return getattr(errors, kind)(sentence)


@dataclass
class Recording:
    """Raw motion as it was measured.

    t (n,) s, rising, any origin; acc (n,3) m/s^2 specific force; gyr (n,3) rad/s or None without a gyroscope;
    fs nominal Hz; placement and side "" when the file does not say; meta the whole sidecar (may be empty); notes: what
    was done to the numbers, in words.
    """

    t: np.ndarray
    acc: np.ndarray
    gyr: np.ndarray | None
    fs: float
    placement: str = ""
    side: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        return float(self.t[-1] - self.t[0])


@dataclass
class Stream:
    """What the chip would have put into its FIFO.

    words (n,6) int16: gyro x y z, acc x y z, counts at units.RANGES[placement]; recorded = samples of the
    recording itself, the rest is the closing stillness; duration_s of the file; has_gyro; placement; side; gaps:
    (first word, words) without samples, which hold still.
    """

    words: np.ndarray
    recorded: int
    duration_s: float
    has_gyro: bool
    placement: str
    side: str
    gaps: list[tuple[int, int]] = field(default_factory=list)


def load(
    path: str | os.PathLike[str],
    unit: dict[str, str] | None = None,
    columns: dict[str, str] | str | None = None,
    rate: float = 0.0,
) -> Recording:
    """Read a recording; `unit` as from `parse_units`, `columns` as from `columns.parse`, `rate` the sensor's own in Hz.

    Raises BadRecording with one sentence.
    """
    import numpy as np

    path = Path(path)
    if not path.exists():
        raise _bad(f"There is no file {path}; check the name, or make a recording with `retrostep walk`.")
    if path.is_dir():
        raise _bad(f"{path} is a folder; name the .npz or .csv files in it.")
    if path.suffix.lower() == ".npz":
        held = reading.npz(path)
    elif tables.is_one(path):
        held = tables.read(path, columns)
    else:
        raise _bad(f"{path.name} is neither .npz nor .csv; `retrostep docs walks` shows both.")
    meta = _sidecar(path)

    said = held.units | (unit or {})
    t, acc, gyr = _si(stamps.unwrapped(held.t), "t", said), _si(held.acc, "acc", said), held.gyr
    if gyr is not None:
        gyr = _si(gyr, "gyr", said)
        missing = np.isnan(gyr).any(axis=1)
        if missing.all():
            gyr = None
        elif missing.any():
            raise _bad(
                f"{path.name} has {int(missing.sum())} gyroscope samples without a number; "
                "leave the gyroscope out of all rows or of none."
            )
    _finite(path.name, t, acc, gyr)
    lot, hz = stamps.measured(path.name, t)
    plausible.rate(path.name, hz, said)
    t, note = stamps.even(path.name, t, lot, hz, rate)
    if t[-1] - t[0] < SHORTEST_S:
        raise _bad(f"{path.name} lasts {t[-1] - t[0]:.2g} s, which is no walk; record at least a few seconds.")
    if t[-1] - t[0] > MAX_S:
        at = int(np.argmax(np.diff(t)))
        raise _bad(
            f"{path.name} spans {(t[-1] - t[0]) / 3600:.0f} hours, {(t[at + 1] - t[at]) / 3600:.0f} of them without "
            f"samples after sample {at}; cut it into parts of two days at most."
        )
    plausible.motion(path.name, t, acc, gyr, said)
    placement, side = str(meta.get("placement") or ""), str(meta.get("side") or "")
    if placement and placement not in PLACEMENTS:
        raise _bad(
            f"{path.name} says it was worn at the {short(placement)}, which is not known here; "
            f"add `--placement` with one of {', '.join(PLACEMENTS)}."
        )
    side = side if side in SIDES else ""
    return Recording(t, acc, gyr, 1.0 / _period(t), placement, side, meta, path.name, [note] if note else [])


def _si(values: np.ndarray, column: str, said: dict[str, str]) -> np.ndarray:
    factor = quantity.factor(column, said[column]) if column in said else 1.0
    return values if factor == 1.0 else values * factor


def _sidecar(path: Path) -> dict[str, Any]:
    beside = (path.with_suffix("") if path.suffix.lower() == ".gz" else path).with_suffix(".json")
    if not beside.exists():
        return {}
    try:
        meta = json.loads(files.text(beside, SIDECAR_BYTES))
    except files.TooMuch as problem:
        raise _bad(f"{beside.name} beside {path.name} {problem}; repair or remove it.") from None
    except (ValueError, OSError, RecursionError) as problem:
        said = short(problem, 120)
        raise _bad(f"{beside.name} beside {path.name} is not readable JSON ({said}); repair or remove it.") from None
    if not isinstance(meta, dict):
        raise _bad(f"{beside.name} beside {path.name} is not a JSON object; repair or remove it.")
    return meta


def _finite(name: str, t: np.ndarray, acc: np.ndarray, gyr: np.ndarray | None) -> None:
    """One sentence for what is no recording at all."""
    import numpy as np

    if t.size < 4:
        raise _bad(f"{name} holds {t.size} samples, which is no walk; record at least a few seconds.")
    if not np.isfinite(t).all() or not np.isfinite(acc).all():
        bad = int(np.flatnonzero(~(np.isfinite(t) & np.isfinite(acc).all(axis=1)))[0])
        raise _bad(f"{name} has a time or acceleration without a number at sample {bad}; nothing was read.")
    if gyr is not None and not np.isfinite(gyr).all():
        raise _bad(f"{name} has an infinite rotation rate; nothing was read.")


def random_rotation(seed: int, position: int = 0) -> np.ndarray:
    """A rotation matrix (3,3), uniform over all rotations, the same for the same (seed, position)."""
    import numpy as np

    w, x, y, z = (q := np.random.default_rng([seed, position]).normal(size=4)) / math.sqrt(float((q * q).sum()))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def _period(t: np.ndarray) -> float:
    """Mean time between samples, losses left out (a median suffers when time stamps are rounded)."""
    import numpy as np

    step = np.diff(t)
    return float(step[step <= GAP_PERIODS * np.median(step)].mean())


def resample(t: np.ndarray, values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """values (n,k) at times t onto `grid`: cubic spline between losses, a straight line across each.

    A source faster than SPLINE_ONLY_HZ first loses what lies above the sensor's band (4th-order Butterworth,
    forward and back, 0.45 of the device's rate). The true time stamps are used, jitter and all.
    """
    import numpy as np
    from scipy.interpolate import CubicSpline
    from scipy.signal import butter, sosfiltfilt

    period = _period(t)
    rate = 1.0 / period
    sos = butter(2, 0.45 * units.RATE_HZ / (0.5 * rate), output="sos") if rate > SPLINE_ONLY_HZ else None
    cuts = np.flatnonzero(np.diff(t) > GAP_PERIODS * period) + 1
    edges = np.concatenate(([0], cuts, [t.size]))
    smooth = np.array(values, dtype=float)
    out = np.empty((grid.size, values.shape[1]))
    filled = np.zeros(grid.size, dtype=bool)
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        if end - start < 4:
            continue
        knots, course = t[start:end], smooth[start:end]
        if sos is not None and end - start > 12:
            # a filter counts samples, so jittered ones are first put on an even grid
            even = np.linspace(knots[0], knots[-1], end - start)
            course = CubicSpline(knots, course, axis=0)(even)
            course = sosfiltfilt(sos, course, axis=0, padlen=min(30, end - start - 1))
            knots, smooth[start:end] = even, course
        lo = int(np.searchsorted(grid, t[start] - 1e-9))
        hi = int(np.searchsorted(grid, t[end - 1] + 1e-9))
        if hi > lo:
            out[lo:hi] = CubicSpline(knots, course, axis=0)(grid[lo:hi])
            filled[lo:hi] = True
    if not filled.all():
        rest = ~filled
        for k in range(values.shape[1]):
            out[rest, k] = np.interp(grid[rest], t, smooth[:, k])
    return out


def stream(
    recording: Recording,
    placement: str | None = None,
    rotate: tuple[int, int] | None = None,
    side: str | None = None,
) -> Stream:
    """The int16 words of a recording at units.RATE_HZ, then units.TAIL_S of stillness.

    `placement` and `side` win over the sidecar; without either the default of the settings (ankle) holds.
    `rotate` = (seed, position) turns the sensor frame by `random_rotation`.
    """
    import numpy as np

    placement = placement or recording.placement or "ankle"
    if placement not in units.RANGES:
        raise _bad(f"{placement} is no placement; use one of {', '.join(PLACEMENTS)}.")
    acc_range, gyro_range = units.RANGES[placement]
    has_gyro = recording.gyr is not None
    count = int(recording.duration_s * units.RATE_HZ + 1e-6) + 1
    grid = recording.t[0] + np.arange(count) / units.RATE_HZ
    acc, gyr = recording.acc, recording.gyr
    if rotate is not None:
        turn = random_rotation(*rotate)
        acc = acc @ turn.T
        gyr = gyr @ turn.T if has_gyro else None
    tail = int(units.TAIL_S * units.RATE_HZ)
    words = np.zeros((count + tail, 6), dtype=np.int16)
    covered = []
    for part in _unbroken(recording.t):
        t, a, g = recording.t[part], acc[part], gyr[part] if has_gyro else None
        first, after = (int(np.searchsorted(grid, edge)) for edge in (t[0] - EDGE_S, t[-1] + EDGE_S))
        covered.append((first, after))
        for start in range(first, after, PIECE):
            piece = slice(start, min(start + PIECE, after))
            near = _around(t, grid[piece], after - first)
            body = resample(t[near], np.hstack((g[near], a[near])) if has_gyro else a[near], grid[piece])
            words[piece, 3:] = _counts(body[:, -3:], units.acc_scale(acc_range))
            if has_gyro:
                words[piece, :3] = _counts(body[:, :3], units.gyro_scale(gyro_range))
    edges = [(0, 0), *covered, (count, count)]
    gaps = [(a, b - a) for (_, a), (b, _) in zip(edges[:-1], edges[1:], strict=True) if b > a]
    for start, lost in gaps:
        words[start : start + lost, 3:] = words[start - 1 if start else lost, 3:]
        # the last digits of a chip that is alive: the board restarts one that repeats itself for five seconds
        words[start : start + lost, ::3] ^= np.random.default_rng(start).integers(0, 2, (lost, 2), dtype=np.int16)
    words[count:, 3:] = words[count - 1, 3:]
    return Stream(words, count, recording.duration_s, has_gyro, placement, side or recording.side or "unknown", gaps)


def _unbroken(t: np.ndarray) -> list[slice]:
    """The parts between gaps; fewer than four samples on their own are none."""
    import numpy as np

    cuts = np.flatnonzero(np.diff(t) > max(GAP_S, GAP_PERIODS * _period(t))) + 1
    edges = [0, *cuts.tolist(), t.size]
    parts = [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True) if b - a >= 4]
    if not parts:
        raise _bad("The recording is all gaps: nowhere four samples follow each other; nothing was read.")
    return parts


def _around(t: np.ndarray, grid: np.ndarray, count: int) -> slice:
    """The samples that decide what stands on this part of a grid of `count`: all of a recording in one piece."""
    import numpy as np

    if grid.size == count:
        return slice(0, t.size)
    low = int(np.searchsorted(t, grid[0] - AROUND_S)) - 4
    return slice(max(0, low), int(np.searchsorted(t, grid[-1] + AROUND_S)) + 4)


def _counts(values: np.ndarray, scale: float) -> np.ndarray:
    import numpy as np

    return np.clip(np.rint(values / scale), -32768, 32767).astype(np.int16)


def save(recording: Recording, path: str | os.PathLike[str], **more: Any) -> Path:
    """Write NAME.npz and NAME.json so that `load`, `replay` and `walk` take them; `more` joins the sidecar."""
    import numpy as np

    path = Path(path)
    path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    gyr = recording.gyr if recording.gyr is not None else np.full(recording.acc.shape, np.nan)
    meta = dict(recording.meta, placement=recording.placement or "ankle", side=recording.side or "unknown")
    meta.update(fs=recording.fs, duration=round(recording.duration_s, 4), **more)
    sidecar = json.dumps(meta, indent=1, default=str) + "\n"  # before: odd words must not cost the samples
    np.savez_compressed(path, t=recording.t, acc=recording.acc, gyr=gyr, fs=recording.fs)
    path.with_suffix(".json").write_text(sidecar, encoding="utf-8")
    return path
