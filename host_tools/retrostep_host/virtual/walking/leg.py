# SPDX-License-Identifier: MIT
"""Leg: tracks of positions and angles, and what a sensor on a rigid segment of them would measure.

in    knots in time; a segment's turn and a sensor's place on it
out   smooth tracks; specific force and rate
keeps nothing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

if TYPE_CHECKING:
    from numpy.typing import NDArray

FINE_HZ = 416.0  # four times the device's rate: tracks are built and differentiated here
_SMOOTH_S = 0.008  # Gaussian over all tracks: keeps accelerations finite where pieces meet


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

    def extend(self, times: NDArray, **values: NDArray) -> None:
        """Many knots, as `add`; times ascend."""
        kept = times >= self.end + 0.001
        if not kept.any():
            return
        held = self.last if self._knots else dict.fromkeys(self.channels, 0.0)
        columns = [np.broadcast_to(values.get(c, held[c]), times.shape)[kept] for c in self.channels]
        self._knots += zip(times[kept].tolist(), *(column.tolist() for column in columns), strict=True)

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


def measure(turn: NDArray, position: NDArray, extra: NDArray, gravity: float) -> tuple[NDArray, NDArray]:
    """Specific force and rate in the sensor's frame, at FINE_HZ.

    turn (n,3,3) sensor to world, position (n,3) m of the sensor, extra (n,3) m/s^2 in the world (impacts).
    Derivatives are central, so integrating twice gives the track back.
    """
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


def vectors(small: NDArray) -> NDArray:
    """(n,3,3) rotations of rotation vectors (n,3) in rad."""
    angle = np.linalg.norm(small, axis=1)[:, None, None]
    x, y, z = (small / np.maximum(angle[:, 0], 1e-12)).T
    o = np.zeros_like(x)
    cross = np.stack([np.stack([o, -z, y], -1), np.stack([z, o, -x], -1), np.stack([-y, x, o], -1)], -2)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
