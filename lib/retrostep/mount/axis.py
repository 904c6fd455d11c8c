# SPDX-License-Identifier: MIT
"""Axis: which way is up and which way the leg swings, for any rotation of the sensor, learnt while walking.

in    one chunk of acceleration (m/s^2) and angular rate (rad/s), interleaved x y z, 104 Hz
out   u (up along the leg), v (mediolateral axis, arbitrary but continuous sign), e (> 0: +v is forward swing)
keeps 20 floats; no allocation per sample
from  docs/accuracy.md, "Mount": E = corr(S, dLN/dt) is positive exactly when +v is the forward-swing axis
"""

import math

from retrostep.units import CHUNK

_SLOW = 0.049  # share of a chunk in the slow mean: time constant 2.5 s; 1 to 6 s make no difference on the corpus
_KEEP = 0.97  # of the rate's second moments a chunk: about 4 s
_MOVING = 0.15  # (rad/s)^2, mean square rate of a chunk below which nothing is learnt


class Axis:
    def __init__(self):
        self.m = [0.0, 0.0, 0.0]
        self.u = [0.0, 0.0, 1.0]
        self.v = [1.0, 0.0, 0.0]
        self.seen = False
        self.is_learnt = False
        self._c = [0.0] * 6  # xx yy zz xy xz yz

    def chunk(self, acc, gyr, mean_square_rate):
        """Learn from one chunk."""
        n = CHUNK
        x = y = z = 0.0
        for i in range(0, 3 * n, 3):
            x += acc[i]
            y += acc[i + 1]
            z += acc[i + 2]
        x /= n
        y /= n
        z /= n
        m = self.m
        if not self.seen:
            m[0], m[1], m[2] = x, y, z
            self.seen = True
        else:
            m[0] += _SLOW * (x - m[0])
            m[1] += _SLOW * (y - m[1])
            m[2] += _SLOW * (z - m[2])
        size = math.sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2])
        u = self.u
        if size > 1.0:
            u[0], u[1], u[2] = m[0] / size, m[1] / size, m[2] / size
        if mean_square_rate < _MOVING:
            return
        c = self._c
        for k in range(6):
            c[k] *= _KEEP
        for i in range(0, 3 * n, 3):
            x = gyr[i]
            y = gyr[i + 1]
            z = gyr[i + 2]
            c[0] += x * x
            c[1] += y * y
            c[2] += z * z
            c[3] += x * y
            c[4] += x * z
            c[5] += y * z
        v = self.v
        if not self.is_learnt:
            # start from the biggest single axis
            k = 0
            if c[1] > c[k]:
                k = 1
            if c[2] > c[k]:
                k = 2
            v[0], v[1], v[2] = 0.0, 0.0, 0.0
            v[k] = 1.0
            self.is_learnt = True
        for _ in range(2):
            x = c[0] * v[0] + c[3] * v[1] + c[4] * v[2]
            y = c[3] * v[0] + c[1] * v[1] + c[5] * v[2]
            z = c[4] * v[0] + c[5] * v[1] + c[2] * v[2]
            along = x * u[0] + y * u[1] + z * u[2]
            x -= along * u[0]
            y -= along * u[1]
            z -= along * u[2]
            size = math.sqrt(x * x + y * y + z * z)
            if size > 1e-6:
                v[0], v[1], v[2] = x / size, y / size, z / size
