# SPDX-License-Identifier: MIT
"""Cycle: where shank, foot, thigh and ankle joint of one leg are over one stride, for a stride length and a style.

in    stride length; Style, in which people differ; phase of the stride, 0 = this leg's initial contact
out   angles (rad; positive = top forward, heel up, knee forward), height of the ankle (m), share of the
      displacement (0-1)
keeps nothing; cycles are cached
from  shank and foot angles at natural cadence read off Winter, Biomechanics and Motor Control of Human Movement,
      4th ed., appendix A (rounded to whole degrees); segment lengths of a person of 1.75 m (ibid., fig. 4.1);
      backward = forward in reversed time (Grasso 1998)
but   1. the ankle's way is no table: in stance the foot rolls over the ground, in the swing the leg hangs from the
         hip, so that hip, knee and ankle are one chain and a sensor on the thigh belongs to the same motion
      2. thigh (not Winter's) and height were set so that the shank accelerates as people's do (docs/walks.md)
not   muscles, contact mechanics or a real person's style; below 50 degrees of knee a sketch
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicSpline

from .leg import smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray

LENGTH_M = 1.57  # stride the key frames belong to: set so that the shank swings as fast as people's (docs/walks.md)
SHANK_M = THIGH_M = 0.43  # 0.246 and 0.245 of 1.75 m
KNEE_DEG = 72.0  # most that the knee of the key frames bends
STANCE = 0.62  # share of the forward stride in stance (Winter)
AMPLITUDE_POWER = 0.6  # angles shrink less than stride length
_TOE_ON = 0.04  # of a stride before toe-off: where the mirrored cycle begins, the toe's landing
_ANKLE_M = 0.08  # of the ankle joint over the sole
_LEAST_CLEAR_M = 0.03  # however stiff the leg: it is lifted or swung around
_YIELDS_DEG = 8.0  # of the knee in stance
_GRID = 384

# phase, shank deg, foot deg, thigh deg (positive = knee forward), ankle height m
_FRAMES = (
    (0.00, -17.0, -19.0, 25.0, 0.024),
    (0.06, -12.0, -4.0, 21.0, 0.005),
    (0.12, -5.0, 0.0, 17.5, 0.000),
    (0.22, 4.0, 0.0, 8.0, 0.000),
    (0.32, 11.0, 0.0, -4.0, 0.000),
    (0.42, 18.5, 4.0, -14.5, 0.006),
    (0.52, 34.5, 24.0, -13.5, 0.047),
    (0.57, 45.5, 42.0, -7.5, 0.092),
    (0.62, 55.5, 60.0, 0.5, 0.145),
    (0.66, 60.0, 66.0, 8.0, 0.178),
    (0.70, 57.5, 60.0, 14.5, 0.184),
    (0.74, 50.0, 47.0, 20.5, 0.162),
    (0.78, 38.0, 30.0, 24.5, 0.123),
    (0.82, 23.0, 13.0, 26.5, 0.087),
    (0.88, -3.0, -6.0, 24.5, 0.046),
    (0.92, -16.0, -15.0, 23.0, 0.040),
    (0.96, -20.0, -20.0, 24.0, 0.035),
)
_LEAVES = 7  # the last frame in which the foot's rolling leads the ankle
# where the sole touches, m in front of the ankle, by how far the heel is up (deg): heel, sole, ball, toes
_CONTACT = ((-30.0, -0.05), (-6.0, -0.05), (0.0, 0.05), (8.0, 0.12), (30.0, 0.15), (65.0, 0.20))


@dataclass(frozen=True)
class Style:
    """In which people differ. knee_deg: most that the knee bends; stance: share of the stride on the ground;
    lift: height of the swinging ankle, 1 = the frames'; sway: how far the trunk runs ahead of even motion, in
    stride lengths."""

    knee_deg: float = 77.0
    stance: float = STANCE
    lift: float = 1.0
    sway: float = 0.007

    @classmethod
    def of(cls, rng: np.random.Generator) -> Style:
        """Somebody. The spread is that of people's medians in docs/walks.md."""
        knee, stance, lift, sway = np.clip(rng.normal(size=4), -2.0, 2.0)
        return cls(
            round(77.0 + 5.0 * knee, 1),
            round(STANCE + 0.012 * stance, 3),
            round(1.0 + 0.10 * lift, 2),
            round(0.007 + 0.004 * sway, 4),
        )


class Cycle:
    """One leg's stride of length_m in a style."""

    def __init__(self, length_m: float, style: Style) -> None:
        phase, shank, sole, thigh, height = np.array(_FRAMES).T
        longer = length_m / LENGTH_M
        size = longer if longer > 1 else longer**AMPLITUDE_POWER
        shank, sole, thigh, height = *(np.radians(size * x) for x in (shank, sole, thigh)), style.lift * size * height
        stands = np.arange(len(phase)) <= _LEAVES
        on_ground = phase <= STANCE
        phase = np.where(on_ground, phase * style.stance / STANCE, 1 - (1 - phase) * (1 - style.stance) / (1 - STANCE))
        hip = length_m * (phase + style.sway * (np.sin(4 * np.pi * phase - 1.5) + np.sin(1.5)))
        more = style.knee_deg / KNEE_DEG

        # what the knee bends beyond its yielding is more or less, and the heel rises with it
        bends = np.where(phase > 0.4, np.maximum(shank + thigh - np.radians(_YIELDS_DEG * size), 0.0), 0.0)
        bent = shank - (1 - more) * bends
        sole = np.where((phase > 0.4) & (sole > 0), sole * (0.35 + 0.65 * more), sole)

        # on the ground the foot rolls, and the thigh is where the hip has got to; a brace makes one piece of the leg
        rolled = _rolled(sole)
        lead = hip - (THIGH_M * np.sin(thigh[0]) - SHANK_M * np.sin(shank[0]) + rolled - rolled[0])
        locked = np.clip(1.5 - style.knee_deg / 20.0, 0.0, 1.0)
        whole = np.arcsin(np.clip(lead / (SHANK_M + THIGH_M), -0.5, 0.5)) + np.radians(style.knee_deg) / 2
        bent = np.where(stands, bent + locked * (whole - bent), bent)

        # off the ground the thigh comes back to the frames, the slower the straighter and so heavier the leg is
        left = np.arcsin(np.clip((SHANK_M * np.sin(bent) - lead)[_LEAVES] / THIGH_M, -0.6, 0.6))
        back = smoothstep((phase - phase[_LEAVES]) / (0.90 - phase[_LEAVES]))
        quick = thigh + (left - thigh[_LEAVES]) * (1 - back)
        slow = left + (thigh - left) * back
        thigh = np.where(stands, thigh, quick + max(0.0, 1 - more) * (slow - quick))
        bent = np.where(stands, bent, bent + locked * (np.radians(style.knee_deg) - thigh - bent))
        lead = np.where(stands, lead, SHANK_M * np.sin(bent) - THIGH_M * np.sin(thigh))

        lower = SHANK_M * (np.cos(bent) - np.cos(shank))
        height = np.maximum(height - lower, np.minimum(height, _LEAST_CLEAR_M * np.sin(np.pi * phase)))
        columns = np.stack([bent, sole, height, lead, hip - length_m * phase - lead], -1)
        course = CubicSpline(np.r_[phase, 1.0], np.r_[columns, columns[:1]], bc_type="periodic")
        self._grid = course(np.linspace(0, 1, _GRID + 1))
        reach = (SHANK_M * np.sin(self._grid[:, 0]) - self._grid[:, 3]) / THIGH_M
        self._grid[:, 3] = np.arcsin(np.clip(reach, -0.95, 0.95))
        self._length_m = length_m
        self.toe_off = style.stance
        self.toe_on = style.stance - _TOE_ON  # phase of the forward cycle at which the mirrored one lands

    def stride(self, phase: NDArray, backward: bool) -> tuple[NDArray, NDArray, NDArray, NDArray, NDArray]:
        """(shank rad, foot rad, height m, thigh rad, share of displacement) at phases 0-1 after this leg's contact.

        Backward runs the same cycle in reversed time, from shortly before what was toe-off: the toe lands first.
        """
        start, way = (self.toe_on, -1.0) if backward else (0.0, 1.0)
        inside, grid = np.mod(start + way * np.asarray(phase, dtype=float), 1.0) * _GRID, np.arange(_GRID + 1)
        shank, sole, height, thigh, uneven = (np.interp(inside, grid, column) for column in self._grid.T)
        uneven = uneven - np.interp(start * _GRID, grid, self._grid[:, 4])
        return shank, sole, np.maximum(height, 0.0), thigh, phase + way * uneven / self._length_m


@cache
def cycle(length_m: float, style: Style) -> Cycle:
    return Cycle(length_m, style)


def _rolled(sole: NDArray) -> NDArray:
    """How far the ankle has come forward, in m, over a foot that rolls without slip to this pitch (rad)."""
    pitch = np.radians(np.arange(-40, 91))
    knots = np.array(_CONTACT)
    ahead = np.interp(np.degrees(pitch), knots[:, 0], knots[:, 1])
    way = np.cumsum(_ANKLE_M * np.cos(pitch) + ahead * np.sin(pitch)) * (pitch[1] - pitch[0])
    return np.interp(sole, pitch, way - np.interp(0.0, pitch, way))
