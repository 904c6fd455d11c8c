# SPDX-License-Identifier: MIT
"""Recordings: a file of raw motion becomes the one int16 stream that replay, walk and emulate all feed.

in    NAME.npz (t s, acc m/s^2, gyr rad/s, fs) with NAME.json beside it, or a CSV with the same columns
out   `load`: a Recording in SI units; `stream`: int16 words at 104 Hz, gyro x y z, acc x y z, as the chip gives
keeps nothing; reads only the file and its sidecar
from  docs/contracts.md, "Recording file" and "One stream"; chip ranges and scales from retrostep.units
but   packet losses are bridged by straight lines, so a lost second looks like a still or drifting one
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

from . import files, reading
from .text import short

if TYPE_CHECKING:
    import numpy as np

PLACEMENTS = tuple(units.RANGES)
COLUMNS = reading.COLUMNS
SIDES = ("unknown", "left", "right")
MAX_S = 48 * 3600.0  # longest recording read: two days fit into 220 MB of words
PIECE = 200_000  # samples of the stream that are resampled at once: 160 MB
AROUND_S = 30.0  # of the recording on both sides of a piece: a spline and a filter forget within a second
SIDECAR_BYTES = 16_000_000
MIN_HZ, MAX_HZ = 8.0, 8000.0  # slowest source in use is 12.5 Hz (wrist watches); faster than 8 kHz is no IMU
SPLINE_ONLY_HZ = 110.0  # up to here the source holds nothing above the sensor's own band worth filtering
GAP_PERIODS = 3.5  # a longer pause between samples is a loss, bridged by a line and not by a spline
UNIT_FACTORS = {
    "acc": {"m/s2": 1.0, "g": units.G, "mg": units.G * 0.001},
    "gyr": {"rad/s": 1.0, "dps": units.DEG, "mdps": units.DEG * 0.001},
    "t": {"s": 1.0, "ms": 0.001, "us": 0.000001},
}


def _bad(sentence: str, kind: str = "BadRecording") -> Exception:
    from . import errors

    return getattr(errors, kind)(sentence)


@dataclass
class Recording:
    """Raw motion as it was measured.

    t (n,) s, rising, any origin; acc (n,3) m/s^2 specific force; gyr (n,3) rad/s or None without a gyroscope;
    fs nominal Hz; placement and side "" when the file does not say; meta the whole sidecar (may be empty).
    """

    t: np.ndarray
    acc: np.ndarray
    gyr: np.ndarray | None
    fs: float
    placement: str = ""
    side: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def duration_s(self) -> float:
        return float(self.t[-1] - self.t[0])


@dataclass
class Stream:
    """What the chip would have put into its FIFO.

    words (n,6) int16: gyro x y z, acc x y z, counts at units.RANGES[placement]; recorded = samples of the
    recording itself, the rest is the closing stillness; duration_s of the file; has_gyro; placement; side.
    """

    words: np.ndarray
    recorded: int
    duration_s: float
    has_gyro: bool
    placement: str
    side: str


def parse_units(pairs: list[str] | tuple[str, ...]) -> dict[str, str]:
    """{"acc": "g"} from ["acc=g"]. Raises BadRecording for a column or unit that is not known."""
    chosen: dict[str, str] = {}
    for pair in pairs:
        column, _, unit = pair.partition("=")
        if column not in UNIT_FACTORS or unit not in UNIT_FACTORS[column]:
            known = ", ".join(f"{c}={u}" for c, table in UNIT_FACTORS.items() for u in table)
            raise _bad(f"`--unit {pair}` is not known; use one of {known}.")
        chosen[column] = unit
    return chosen


def load(path: str | os.PathLike[str], unit: dict[str, str] | None = None) -> Recording:
    """Read a recording; `unit` as from `parse_units`. Raises BadRecording with one sentence."""
    import numpy as np

    path = Path(path)
    if not path.exists():
        raise _bad(f"There is no file {path}; check the name, or make a recording with `retrostep walk`.")
    if path.is_dir():
        raise _bad(f"{path} is a folder; name the .npz or .csv files in it.")
    suffix = path.suffix.lower()
    if suffix == ".npz":
        t, acc, gyr, fs = reading.npz(path)
    elif suffix in (".csv", ".txt"):
        t, acc, gyr, fs = reading.table(path)
    else:
        raise _bad(f"{path.name} is neither .npz nor .csv; docs/walks.md shows both forms.")
    meta = _sidecar(path)

    factors = {c: UNIT_FACTORS[c][(unit or {}).get(c, next(iter(UNIT_FACTORS[c])))] for c in UNIT_FACTORS}
    t, acc = _scaled(t, factors["t"]), _scaled(acc, factors["acc"])
    if gyr is not None:
        gyr = _scaled(gyr, factors["gyr"])
        missing = np.isnan(gyr).any(axis=1)
        if missing.all():
            gyr = None
        elif missing.any():
            raise _bad(
                f"{path.name} has {int(missing.sum())} gyroscope samples without a number; "
                "leave the gyroscope out of all rows or of none."
            )
    _check(path.name, t, acc, gyr, unit or {})
    if t.size > 1:
        fs = 1.0 / _period(t)
    placement, side = str(meta.get("placement") or ""), str(meta.get("side") or "")
    if placement and placement not in PLACEMENTS:
        raise _bad(
            f"{path.name} says it was worn at the {short(placement)}, which is not known here; "
            f"add `--placement` with one of {', '.join(PLACEMENTS)}."
        )
    return Recording(t, acc, gyr, fs, placement, side if side in SIDES else "", meta, path.name)


def _scaled(values: np.ndarray, factor: float) -> np.ndarray:
    return values if factor == 1.0 else values * factor


def _sidecar(path: Path) -> dict[str, Any]:
    beside = path.with_suffix(".json")
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


def _check(name: str, t: np.ndarray, acc: np.ndarray, gyr: np.ndarray | None, unit: dict[str, str]) -> None:
    """One sentence for whatever would make the stream meaningless."""
    import numpy as np

    if t.size < 4:
        raise _bad(f"{name} holds {t.size} samples, which is no walk; record at least a few seconds.")
    if not np.isfinite(t).all() or not np.isfinite(acc).all():
        bad = int(np.flatnonzero(~(np.isfinite(t) & np.isfinite(acc).all(axis=1)))[0])
        raise _bad(f"{name} has a time or acceleration without a number at sample {bad}; nothing was read.")
    if gyr is not None and not np.isfinite(gyr).all():
        raise _bad(f"{name} has an infinite rotation rate; nothing was read.")
    step = np.diff(t)
    if (step <= 0).any():
        bad = int(np.flatnonzero(step <= 0)[0]) + 1
        raise _bad(f"{name}: time does not rise at sample {bad} ({t[bad]:.3f} after {t[bad - 1]:.3f} s); repair it.")
    rate = 1.0 / float(np.median(step))
    if rate < MIN_HZ:
        hint = " add `--unit t=ms` if t is in milliseconds" if rate < 0.5 and "t" not in unit else " steps need more"
        raise _bad(f"{name} has {rate:.3g} samples a second;{hint}.")
    if rate > MAX_HZ:
        raise _bad(f"{name} has {rate:.3g} samples a second, which no motion sensor gives; is t in seconds?")
    if t[-1] - t[0] > MAX_S:
        raise _bad(f"{name} spans {(t[-1] - t[0]) / 3600:.0f} hours; cut it into parts of two days at most.")
    size = np.sqrt((acc * acc).sum(axis=1))
    middle = float(np.median(size))
    if 0.85 < middle < 1.15 and "acc" not in unit:
        raise _bad(
            f"{name}: acceleration averages {middle:.2f}, so it looks like g, not m/s\u00b2; add `--unit acc=g`.",
            "WrongUnit",
        )
    if middle > 300.0 and "acc" not in unit:
        raise _bad(
            f"{name}: acceleration averages {middle:.0f}, so it looks like mg, not m/s\u00b2; add `--unit acc=mg`.",
            "WrongUnit",
        )
    if gyr is not None and "gyr" not in unit:
        fast = np.sort(np.abs(gyr).max(axis=1))[-min(10, t.size)]
        if fast > 40.0:  # rad/s; the widest range of any LSM6DS is 2000 deg/s = 34.9 rad/s
            raise _bad(
                f"{name}: rotation reaches {fast:.0f}, so it looks like deg/s, not rad/s; add `--unit gyr=dps`.",
                "WrongUnit",
            )


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
    for start in range(0, count, PIECE):
        piece = slice(start, min(start + PIECE, count))
        near = _around(recording.t, grid[piece], count)
        body = resample(recording.t[near], np.hstack((gyr[near], acc[near])) if has_gyro else acc[near], grid[piece])
        words[piece, 3:] = _counts(body[:, -3:], units.acc_scale(acc_range))
        if has_gyro:
            words[piece, :3] = _counts(body[:, :3], units.gyro_scale(gyro_range))
    words[count:, 3:] = words[count - 1, 3:]
    return Stream(words, count, recording.duration_s, has_gyro, placement, side or recording.side or "unknown")


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
