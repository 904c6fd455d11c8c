# SPDX-License-Identifier: MIT
"""Wrist, levelled: an arm's own rotation taken out of a recording. Part of bench/wrist_way.py.

in    acceleration and rate, n x 3, in the sensor's frame; sampling rate in Hz
out   acceleration in a frame that stays level, and that frame at each sample; what is left without the arm's rotation
from  a complementary filter: the gyroscope turns the frame, gravity pulls it level with the time constant tau
"""

from __future__ import annotations

import numpy as np

ARM_M = 0.45  # sensor to the joint that the arm turns about


def _rotation(v: np.ndarray) -> np.ndarray:
    angle = np.linalg.norm(v)
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = v / angle
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def flat(up: np.ndarray) -> np.ndarray:
    u = up / np.linalg.norm(up)
    v = np.cross(u, [0, 0, 1.0])
    s = np.linalg.norm(v)
    return _rotation(v / s * np.arctan2(s, u[2])) if s > 1e-9 else np.eye(3)


def levelled(acc: np.ndarray, gyr: np.ndarray, fs: float, tau: float = 2.0) -> np.ndarray:
    """(n,3,3) sensor to a level frame: by gyro, pulled to the measured force in `tau` s; two passes."""
    turn = flat(acc[: int(2 * fs)].mean(0))
    out = np.empty((len(acc), 3, 3))
    for again in (False, True):
        for i in range(len(acc)):
            f = turn @ acc[i]
            off = np.cross(f / np.linalg.norm(f), [0, 0, 1.0])
            turn = _rotation((turn @ gyr[i]) / fs + off / (tau * fs)) @ turn
            out[i] = turn
        if not again:
            turn = out[int(fs)]
    return out


def hand_of(acc: np.ndarray) -> np.ndarray:
    """Elbow to hand, in the sensor's frame: the axis that gravity prefers; hands hang."""
    mean = np.median(acc, 0)
    axis = int(np.argmax(np.abs(mean)))
    return -np.sign(mean[axis]) * np.eye(3)[axis]


def unturned(force: np.ndarray, rate: np.ndarray, h: np.ndarray, fs: float) -> np.ndarray:
    """What moves the arm besides its own rotation: `force`, `rate` and the hand `h` (n x 3) in one frame."""
    alpha = np.gradient(rate, 1 / fs, axis=0)
    return force - ARM_M * (np.cross(alpha, h) + np.cross(rate, np.cross(rate, h)))
