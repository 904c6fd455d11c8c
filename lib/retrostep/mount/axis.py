# SPDX-License-Identifier: MIT
"""Axis: which way is up and which axis the leg turns about, for any rotation of the sensor, learnt while walking.

in    raw words of one chunk; mean acceleration of the chunk, m/s^2; mean square rate, (rad/s)^2
out   u, up along the leg (slow mean of the acceleration); v, unit mediolateral axis perpendicular to u, its sign
      arbitrary but continuous (mount.sign knows what it means); thickness, share of the rate that is not about v
keeps 6 second moments, 9 vector elements
from  power iteration on the second moments of the rate; docs/accuracy.md, "Mount"
but   one sample in four is looked at: second moments need no more, and the board pays 3 us a product
"""

from math import sqrt

from retrostep.compat import const

SLOW = 0.049  # share of a chunk in the slow mean: time constant 2.5 s; 1 to 6 s make no difference on the corpus
_KEEP = const(0.97)  # of the second moments, a moving chunk: about 4 s
_PRIOR = const(100.0)  # (rad/s)^2 summed: a second of walking, one sample in four
MOVING = 0.15  # (rad/s)^2, mean square rate of a chunk below which nothing is learnt


class Axis:
    def __init__(self):
        self.u = [0.0, 0.0, 1.0]
        self.v = [1.0, 0.0, 0.0]
        self.is_learnt = False
        self._m = [0.0, 0.0, 0.0]
        self._seen = False
        self._c = [0.0] * 6  # xx yy zz xy xz yz

    def start(self, v):
        """Begin with an axis from an earlier walk, worth about a second of walking."""
        self.v[0], self.v[1], self.v[2] = v
        self.is_learnt = True
        for k in range(3):
            self._c[k] = _PRIOR * v[k] * v[k]
        self._c[3] = _PRIOR * v[0] * v[1]
        self._c[4] = _PRIOR * v[0] * v[2]
        self._c[5] = _PRIOR * v[1] * v[2]

    def chunk(self, words, first, count, mean_acc, mean_square_rate, gyro_scale):
        """Learn from `count` samples from sample `first` of `words`."""
        m = self._m
        u = self.u
        x, y, z = mean_acc
        if self._seen:
            a, b, d = m
            x = a + SLOW * (x - a)
            y = b + SLOW * (y - b)
            z = d + SLOW * (z - d)
        self._seen = True
        m[0] = x
        m[1] = y
        m[2] = z
        size = sqrt(x * x + y * y + z * z)
        if size > 1.0:
            u[0] = x / size
            u[1] = y / size
            u[2] = z / size
        if mean_square_rate < MOVING:
            return
        xx = yy = zz = xy = xz = yz = 0  # whole counts: half the price
        for k in range(6 * first, 6 * (first + count), 24):
            x = words[k]
            y = words[k + 1]
            z = words[k + 2]
            xx += x * x
            yy += y * y
            zz += z * z
            xy += x * y
            xz += x * z
            yz += y * z
        c = self._c
        square = gyro_scale * gyro_scale
        xx = square * xx + _KEEP * c[0]
        yy = square * yy + _KEEP * c[1]
        zz = square * zz + _KEEP * c[2]
        xy = square * xy + _KEEP * c[3]
        xz = square * xz + _KEEP * c[4]
        yz = square * yz + _KEEP * c[5]
        c[0] = xx
        c[1] = yy
        c[2] = zz
        c[3] = xy
        c[4] = xz
        c[5] = yz
        v = self.v
        if not self.is_learnt:  # begin with the axis of the largest rate
            self.is_learnt = True
            v[0] = 1.0 if xx >= yy and xx >= zz else 0.0
            v[1] = 1.0 if yy > xx and yy >= zz else 0.0
            v[2] = 1.0 - v[0] - v[1]
        a, b, d = v
        p, q, r = u
        for _ in range(2):
            x = xx * a + xy * b + xz * d
            y = xy * a + yy * b + yz * d
            z = xz * a + yz * b + zz * d
            along = x * p + y * q + z * r
            a = x - along * p
            b = y - along * q
            d = z - along * r
        size = sqrt(a * a + b * b + d * d)
        if size < 1e-6:
            return
        v[0] = a / size
        v[1] = b / size
        v[2] = d / size
