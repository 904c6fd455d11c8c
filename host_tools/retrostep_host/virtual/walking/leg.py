# SPDX-License-Identifier: MIT
"""Leg: where shank, foot and ankle joint are over one stride, and what a sensor strapped there would measure.

in    phase of the stride, 0 = this leg's initial contact; or whole tracks of positions and angles
out   angles (rad; positive = top forward, heel up), height (m), share of the stride's displacement (0-1)
keeps nothing
from  shank and foot segment angles at natural cadence read off Winter, Biomechanics and Motor Control of Human
      Movement, 4th ed., appendix A (rounded to whole degrees); backward = forward in reversed time (Grasso 1998)
but   1. peaks were then set so that the shank swings at 5-7 rad/s forward (docs/walks.md, measured on people)
not   muscles, contact mechanics or a real person's style
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.ndimage import gaussian_filter1d

if TYPE_CHECKING:
    from numpy.typing import NDArray

FINE_HZ = 416.0  # four times the device's rate: tracks are built and differentiated here
TOE_OFF = 0.62  # share of the forward stride in stance (Winter)
TOE_ON = (
    0.58  # phase of the mirrored cycle at which the toe lands backward: 0.04-0.08 s after the reversal (docs/walks.md)
)
LENGTH_M = 1.39  # stride the key frames belong to: median of real forward strides (docs/walks.md)
_SMOOTH_S = 0.008  # Gaussian over all tracks: keeps accelerations finite where pieces meet

# phase, shank deg, foot deg, ankle height m
_FRAMES = (
    (0.00, -17.0, -19.0, 0.015),
    (0.06, -12.0, -4.0, 0.006),
    (0.12, -5.0, 0.0, 0.000),
    (0.22, 4.0, 0.0, 0.000),
    (0.32, 11.0, 0.0, 0.000),
    (0.42, 18.5, 4.0, 0.006),
    (0.52, 34.5, 24.0, 0.040),
    (0.62, 55.5, 60.0, 0.100),
    (0.66, 60.0, 66.0, 0.130),
    (0.74, 50.0, 47.0, 0.125),
    (0.82, 23.0, 13.0, 0.080),
    (0.88, -3.0, -6.0, 0.047),
    (0.92, -16.0, -15.0, 0.035),
    (0.96, -20.0, -20.0, 0.024),
)
# phase, forward speed of the ankle, m/s at natural cadence: most of the push comes before toe-off
_SPEED = (
    (0.00, 0.25),
    (0.05, 0.10),
    (0.10, 0.00),
    (0.36, 0.00),
    (0.42, 0.15),
    (0.47, 0.60),
    (0.52, 1.40),
    (0.57, 2.40),
    (0.62, 3.00),
    (0.67, 3.30),
    (0.74, 3.80),
    (0.80, 4.10),
    (0.85, 3.90),
    (0.90, 2.60),
    (0.95, 0.90),
)
_DENSE = 192


@cache
def _template() -> tuple[NDArray, CubicSpline]:
    """Shank, foot and height as periodic splines on a fine grid; displacement as the integral of the speed."""
    frames = np.array([*_FRAMES, (1.0, *_FRAMES[0][1:])])
    grid = np.linspace(0, 1, _DENSE + 1)
    angles = CubicSpline(frames[:, 0], frames[:, 1:], bc_type="periodic")(grid)
    angles[:, :2] *= np.pi / 180
    knots = np.array(_SPEED)
    # three strides in a row, so that the speed is as smooth across contacts as inside
    phases = np.concatenate([knots[:, 0] + k for k in (-1, 0, 1)])
    speed = PchipInterpolator(phases, np.tile(knots[:, 1], 3))
    moved = speed.antiderivative()
    long = np.linspace(-0.9, 1.9, 2 * _DENSE * 2)
    share = (moved(long) - moved(0.0)) / (moved(1.0) - moved(0.0))
    return angles, CubicSpline(long, share)


def stride(phase: NDArray, backward: bool) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """(shank rad, foot rad, height m, share of displacement) at phases 0-1 after this leg's contact.

    Backward runs the same cycle in reversed time, from shortly before what was toe-off: the toe lands first.
    """
    angles, share = _template()
    at = (TOE_ON - phase) if backward else np.asarray(phase, dtype=float)
    inside = np.mod(at, 1.0) * _DENSE
    grid = np.arange(_DENSE + 1)
    shank, foot, height = (np.interp(inside, grid, angles[:, k]) for k in range(3))
    moved = share(TOE_ON) - share(at) if backward else share(at)
    return shank, foot, np.maximum(height, 0.0), moved


def smoothstep(x: NDArray | float) -> NDArray:
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


class Track:
    """Knots (time, values) of several channels, joined by monotone curves and made smooth."""

    def __init__(self, *channels: str) -> None:
        self.channels = channels
        self._knots: list[tuple[float, ...]] = []

    @property
    def end(self) -> float:
        return self._knots[-1][0] if self._knots else -1.0

    @property
    def last(self) -> dict[str, float]:
        return dict(zip(self.channels, self._knots[-1][1:], strict=True))

    def add(self, t: float, **values: float) -> None:
        """A knot; channels not named keep their last value. Knots closer than 1 ms to the last are dropped."""
        if self._knots and t < self._knots[-1][0] + 0.001:
            return
        held = self.last if self._knots else dict.fromkeys(self.channels, 0.0)
        held.update(values)
        self._knots.append((t, *(float(held[c]) for c in self.channels)))

    def course(self, channel: str) -> tuple[NDArray, NDArray]:
        """The knots of one channel: times, values."""
        knots = np.array(self._knots)
        return knots[:, 0], knots[:, 1 + self.channels.index(channel)]

    def sample(self, times: NDArray, smooth_s: float = _SMOOTH_S) -> dict[str, NDArray]:
        knots = np.array(self._knots)
        values = PchipInterpolator(knots[:, 0], knots[:, 1:])(np.clip(times, knots[0, 0], knots[-1, 0]))
        values = gaussian_filter1d(values, smooth_s * FINE_HZ, axis=0, mode="nearest")
        return dict(zip(self.channels, values.T, strict=True))


def rotations(yaw: NDArray, pitch: NDArray, roll: NDArray) -> NDArray:
    """(n,3,3) segment to world: x forward, y left, z up; pitch positive = top forward, yaw positive = left."""
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    return np.stack(
        [
            np.stack([cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr], -1),
            np.stack([sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr], -1),
            np.stack([-sp, cp * sr, cp * cr], -1),
        ],
        -2,
    )


def measure(turn: NDArray, origin: NDArray, lever: NDArray, extra: NDArray, gravity: float) -> tuple[NDArray, NDArray]:
    """Specific force and rate in the segment's frame, at FINE_HZ, of a sensor `lever` away from the joint.

    turn (n,3,3), origin (n,3) m, lever (3,) m, extra (n,3) m/s^2 in the world (impacts). Derivatives are central,
    so integrating twice gives the track back.
    """
    position = origin + turn @ lever
    acceleration = np.gradient(np.gradient(position, axis=0), axis=0) * FINE_HZ**2 + extra
    acceleration[:, 2] += gravity
    force = np.einsum("nji,nj->ni", turn, acceleration)
    half = np.einsum("nji,njk->nik", turn[:-2], turn[2:])  # over two samples, around the middle one
    skew = np.stack([half[:, 2, 1] - half[:, 1, 2], half[:, 0, 2] - half[:, 2, 0], half[:, 1, 0] - half[:, 0, 1]], -1)
    sine = np.linalg.norm(skew, axis=1) / 2
    cosine = (np.trace(half, axis1=1, axis2=2) - 1) / 2
    angle = np.arctan2(sine, cosine)
    scale = np.where(sine > 1e-9, angle / np.maximum(sine, 1e-12), 1.0) / 2
    rate = np.empty_like(force)
    rate[1:-1] = skew * scale[:, None] * FINE_HZ / 2
    rate[0], rate[-1] = rate[1], rate[-2]
    return force, rate
