# SPDX-License-Identifier: MIT
"""Wrist, levelled: an arm's own rotation taken out of a recording. Part of bench/wrist_way.py.

in    acceleration and rate, n x 3, in the sensor's frame; sampling rate in Hz
out   acceleration in a frame that stays level, and that frame at each sample
from  a complementary filter: the gyroscope turns the frame, gravity pulls it level with the time constant tau
"""

from __future__ import annotations

import numpy as np


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
