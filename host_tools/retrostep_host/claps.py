# SPDX-License-Identifier: MIT
"""Claps: three slaps that every sensor feels, found in recordings, lay their clocks on each other.

in    Recordings of one walk by several boards, whose segments name where the slaps were asked for
out   clap times; for each recording the line that takes its time to that of the one with most slaps
keeps nothing
from  a slap of hand on leg is 20 m/s^2 and more at wrists and shin, walking is not asked for in that segment
but   two boards run up to 10 % apart (LSM6DS datasheet, 5 % each), so slaps at both ends are needed for a long walk
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrostep import units

if TYPE_CHECKING:
    from .recordings import Recording

LABEL = "claps"
BUZZ_S = 0.6  # of the segment: the buzz that asks shakes the sensor itself
LATE_S = 1.0  # after it: people are slow
LEAST = 8.0  # m/s^2 from rest that is a slap
SHARE = 0.3  # of the hardest one
APART_S, MOST_S = 0.25, 1.6  # between two of them
EVEN = 1.7  # the longer pause over the shorter
FIT_S = 0.06  # the slaps agree about the line
DRIFT = 0.12  # s a second that two clocks may differ


@dataclass(frozen=True)
class Clock:
    """t of the recording `to` = offset_s + stretch * t of this one; `spread_s`: by how much the slaps disagree.

    With three slaps, at one end only, `stretch` is taken for 1: right beside them, and nobody knows how far away."""

    offset_s: float
    stretch: float
    spread_s: float
    claps: int
    to: int = 0

    def meta(self) -> dict[str, Any]:
        return {name: round(value, 6) for name, value in vars(self).items()}


def find(recording: Recording, start_s: float, end_s: float) -> list[float]:
    """Times of the three slaps between start_s and end_s; [] when there are no three alike."""
    import numpy as np

    t = recording.t - recording.t[0]
    inside = np.flatnonzero((t >= start_s) & (t <= end_s))
    if len(inside) < 30:
        return []
    force = np.abs(np.linalg.norm(recording.acc[inside], axis=1) - units.G)
    at = t[inside]
    peaks: list[int] = []
    for k in np.argsort(-force):
        if force[k] < max(LEAST, SHARE * force.max()):
            break
        if all(abs(at[k] - at[other]) >= APART_S for other in peaks):
            peaks.append(int(k))
    peaks.sort()
    best, found = 0.0, []
    for a, b, c in zip(peaks, peaks[1:], peaks[2:], strict=False):
        first, second = at[b] - at[a], at[c] - at[b]
        least = float(min(force[[a, b, c]]))
        if max(first, second) <= min(MOST_S, EVEN * min(first, second)) and least > best:
            best, found = least, [float(at[k]) for k in (a, b, c)]
    return found


def both(recording: Recording) -> list[list[float]]:
    """The slaps in each segment that asked for them."""
    asked = [(a, b) for a, b, label in recording.meta.get("segments", ()) if label == LABEL]
    return [find(recording, a + BUZZ_S, b + LATE_S) for a, b in asked]


def align(these: list[Recording]) -> list[Clock | None]:
    """For each recording its Clock against the first with most slaps; None where they are missing or disagree."""
    import numpy as np

    heard = [both(recording) for recording in these]
    to = max(range(len(these)), key=lambda k: sum(map(len, heard[k])), default=0)
    found: list[Clock | None] = []
    for mine in heard:
        pairs = [(m, r) for m, r in zip(mine, heard[to], strict=False) if m and r]
        pairs = [(m, r) for m, r in pairs if np.ptp(np.subtract(r, m)) < FIT_S + DRIFT * (m[-1] - m[0])]
        if not pairs:
            found.append(None)
            continue
        x, y = (np.concatenate(list(side)) for side in zip(*pairs, strict=True))
        stretch = float(np.polyfit(x, y, 1)[0]) if len(pairs) > 1 else 1.0
        offset = float(np.mean(y - stretch * x))
        spread = float(np.ptp(y - stretch * x - offset))
        is_one = abs(stretch - 1.0) < DRIFT and spread < FIT_S + (DRIFT * float(np.ptp(x)) if len(pairs) == 1 else 0.0)
        found.append(Clock(offset, stretch, spread, len(x), to) if is_one else None)
    return found
