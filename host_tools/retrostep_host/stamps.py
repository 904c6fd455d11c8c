# SPDX-License-Identifier: MIT
"""Stamps: time stamps as people's files have them become the times at which samples were taken.

in    t (n,) s as it stands in the file; the rate that was said, in Hz, or 0
out   t rising, and what was done to it in words ("" for nothing)
from  a sensor samples evenly; what writes the stamps does not: packets are stamped on arrival, clocks are rounded
but   a sensor's clock may be 5 % off what its maker says: the rate comes from the stamps, the one said has to fit
not   a repair of time that goes back
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import BadRecording

if TYPE_CHECKING:
    import numpy as np

GAP_PERIODS = 3.5  # a longer pause between samples is a loss
_TOLERANCE = 0.06  # share by which a sensor's rate may be off: 5 % (LSM6DSOX datasheet 4.1) and what rounding adds
_WRAP = 2.0**32  # microseconds in 32 bits: Movella DOT begins again after 71 minutes
_BLOCK_S = 60.0  # within which a clock's wandering counts as straight
_DENSE_HZ = 1000.0  # between samples of one stamp and another: faster than a leg's sensor
_JUDGED_S = 5.0  # over which a rate is measured, again and again: a pause spoils few of them
_MEMORY_S = 2.0  # before and after a pause over which its length is judged
_USUAL = (
    *(
        12.5,
        20,
        25,
        26,
        30,
        31.25,
        32,
        40,
        50,
        51.2,
        52,
        59.5,
        60,
        62.5,
        64,
        75,
        80,
        100,
        102.4,
        104,
        119,
        120,
        125,
        128,
    ),
    *(148, 150, 200, 204.8, 208, 238, 240, 250, 256, 400, 416, 500, 512, 800, 833, 1000, 1600, 1666),
)  # Hz that makers of sensors offer


def unwrapped(t: np.ndarray) -> np.ndarray:
    """`t` as it stands in the file, without the falls of a counter of 32 bits."""
    import numpy as np

    falls = np.diff(t, prepend=t[:1]) < -0.9 * _WRAP
    return t + _WRAP * np.cumsum(falls) if falls.any() else t


def measured(name: str, t: np.ndarray) -> tuple[int, float]:
    """(samples that share a packet's stamp, samples a second). Raises BadRecording where time goes back."""
    import numpy as np

    step = np.diff(t)
    if (step < 0).any():
        bad = int(np.flatnonzero(step < 0)[0]) + 1
        raise BadRecording(
            f"{name}: time does not rise at sample {bad} ({t[bad]:.3f} after {t[bad - 1]:.3f} s); sort or cut it there."
        )
    return _packets(t, step)


def even(name: str, t: np.ndarray, lot: int, rate: float, said: float = 0.0) -> tuple[np.ndarray, str]:
    """Times of the samples; `lot`, `rate` as measured. Raises BadRecording where they cannot be known."""
    import numpy as np

    if said and not 1 - _TOLERANCE < rate / said < 1 + _TOLERANCE:
        raise BadRecording(f"{name}: the stamps give {rate:.4g} samples a second, not {said:g}; correct `--rate`.")
    same = np.flatnonzero(np.diff(t) == 0)
    if not said and lot == 1 and not same.size:
        return t, ""
    if said or lot > 1:
        made, rate = _spread(t, rate, lot)
        why = "" if said else f" came in packets of about {lot} samples and"
        return made, f"time stamps{why} were spread evenly, {rate:.2f} a second"
    bad = int(same[0]) + 1
    usual = min(_USUAL, key=lambda hz: abs(hz / rate - 1))
    guess = usual if abs(usual / rate - 1) < 0.02 else round(rate, 1)
    raise BadRecording(
        f"{name}: time does not rise at sample {bad} ({t[bad]:.3f} after {t[bad - 1]:.3f} s); if the stamps are "
        f"rounded, add the sensor's rate, such as `--rate {guess:g}`."
    )


def _packets(t: np.ndarray, step: np.ndarray) -> tuple[int, float]:
    """(samples a packet, samples a second): 1 where every sample has its own stamp."""
    import numpy as np

    middle = float(np.median(step))
    lot = 1
    far = np.flatnonzero(step > GAP_PERIODS * middle)
    if far.size >= 3:
        # losses lie anywhere and are short together; packets are of one size and hold most of the time
        usual = np.minimum(step[far], 2 * np.median(step[far]))
        sizes = np.diff(far)
        size = int(np.median(sizes))
        is_regular = (np.abs(sizes - size) <= 1).mean() > 0.6
        if usual.sum() > 2 * (step.sum() - step[far].sum()) and (is_regular or middle * _DENSE_HZ < 1):
            lot = size
    near = step <= GAP_PERIODS * middle if lot == 1 else step < 1.9 * np.median(step[far])
    rate = float(near.sum() / max(step[near].sum(), 1e-9)) if lot == 1 else lot / float(np.median(step[far]))
    span = min(t.size // 2, max(lot, round(_JUDGED_S * rate)))
    took = t[span:] - t[:-span]
    return lot, float(span / np.median(took)) if np.median(took) > 0 else rate


def _spread(t: np.ndarray, rate: float, lot: int) -> tuple[np.ndarray, float]:
    """Even times at the rate that fits best, with the pauses left in; and that rate."""
    import numpy as np

    count = np.arange(t.size)
    late = t - count / rate  # grows by what was lost
    pause = np.flatnonzero(np.diff(late) > max(0.5 * lot, GAP_PERIODS) / rate)
    span = max(2 * lot, round(_MEMORY_S * rate))
    cuts = []
    for k in pause:  # a packet that came late is followed by one that came early: only a loss lasts
        first = cuts[-1] if cuts else 0
        before, after = late[max(first, k + 1 - span) : k + 1], late[k + 1 : k + 1 + span]
        short = max(0, lot - after.size) / rate  # of a last packet cut short, the latest sample is missing
        if after.min() - short - before.min() > 0.5 * max(lot, GAP_PERIODS) / rate:
            cuts.append(int(k) + 1)
    edges = [0, *cuts, t.size]
    pieces = [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    top = sum(((count[p] - count[p].mean()) * (t[p] - t[p].mean())).sum() for p in pieces)
    low = sum(((count[p] - count[p].mean()) ** 2).sum() for p in pieces)
    if low > 0 and max(p.stop - p.start for p in pieces) > 4 * lot:
        rate = float(low / top)
    made = np.empty(t.size)
    for p in pieces:
        late = t[p] - count[p] / rate
        blocks = np.array_split(np.arange(late.size), max(1, round(late.size / rate / _BLOCK_S)))
        at, level = [b.mean() for b in blocks], [late[b].mean() for b in blocks]
        made[p] = count[p] / rate + np.interp(np.arange(late.size), at, level)
    return made, rate
