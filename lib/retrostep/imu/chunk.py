# SPDX-License-Identifier: MIT
"""Chunk: thirteen samples in SI units and their sums, made once for whoever asks.

in    words of a chunk, six counts a sample, as far as they are there; scales in m/s^2 and rad/s a count
out   start     sample index of its first sample (int)
      n         always units.CHUNK
      a         array('f'), CHUNK: |acc|, m/s^2
      w2        array('f'), CHUNK: |gyr|^2, (rad/s)^2 (zeros without a gyro)
      sum_a2    sum over the chunk of (|acc| - g)^2
      sum_w2    sum over the chunk of |gyr|^2
      sum_s2    sum over the chunk of (gyr . v)^2; 0.0 while v is unknown
      max_a, max_w   largest |acc|, |gyr| in the chunk
      mean_a    mean |acc| of the chunk, m/s^2
      mean_acc  list of 3: mean acceleration of the chunk, m/s^2, sensor frame (for posture)
      u         list of 3: unit vector up along the leg (slow mean of acceleration)
      v         list of 3: unit mediolateral axis in the sensor frame, or None while unknown (and at the wrist)
      is_walking  bool: a bout is open and the last stride's contact is < 2.2 s old
      since_stride  samples since the last own-leg stride's contact (large when none)
      quality   Q_* flags that stand for this chunk
      is_buzzing  bool: the motor ran in this chunk or just before; do not alarm
keeps the sums of the samples so far, in counts
but   on the board every load, product or store costs 1.3 us: whole counts are added up and scaled once, and there
      are no arrays of acceleration or rate by axis
"""

from array import array
from math import sqrt

from retrostep.compat import const
from retrostep.units import CHUNK, G


ALIVE_W = const(0.2)  # rad/s: above, the other half of the chip cannot repeat one value all chunk
ALIVE_A = const(2.0)  # m/s^2, likewise


class Chunk:
    """add() it words, close() it when it is whole; the engine fills in what the sums do not tell."""

    def __init__(self, acc_scale, gyro_scale):
        self._acc_scale = acc_scale
        self._gyro_scale = gyro_scale
        self._added = 0
        self._sum_a = self._sum_a2 = self._sum_w2 = 0.0
        self._sum_xyz = [0, 0, 0]
        self._most_a2 = self._most_w2 = 0
        self.start = 0
        self.n = CHUNK
        self.a = array("f", [0.0] * CHUNK)
        self.w2 = array("f", [0.0] * CHUNK)
        self.sum_a2 = 0.0
        self.sum_w2 = 0.0
        self.sum_s2 = 0.0
        self.max_a = 0.0
        self.max_w = 0.0
        self.mean_a = G
        self.mean_acc = [0.0, 0.0, 0.0]
        self.u = None
        self.v = None
        self.is_walking = False
        self.since_stride = 1 << 20
        self.quality = 0
        self.is_buzzing = False

    def add(self, rows, end):
        """Samples up to `end` of the chunk, as `staggered` words; their first sample belongs to the chunk before."""
        a_out = self.a
        w2_out = self.w2
        ka = self._acc_scale
        kg2 = self._gyro_scale * self._gyro_scale
        mx, my, mz = self._sum_xyz
        sum_a, sum_a2, sum_w2 = self._sum_a, self._sum_a2, self._sum_w2
        most_a2, most_w2 = self._most_a2, self._most_w2
        root = sqrt
        gx, gy, gz, ax, ay, az = rows
        k = 6 + 6 * self._added
        if k == 6:
            most_a2 = most_w2 = 0
        for i in range(self._added, end):
            x = gx[k]
            y = gy[k]
            z = gz[k]
            square = x * x + y * y + z * z
            sum_w2 += square
            if square > most_w2:
                most_w2 = square
            w2_out[i] = square * kg2
            x = ax[k]
            y = ay[k]
            z = az[k]
            mx += x
            my += y
            mz += z
            square = x * x + y * y + z * z
            sum_a2 += square
            if square > most_a2:
                most_a2 = square
            square = root(square)
            sum_a += square
            a_out[i] = square * ka
            k += 6
        self._sum_a, self._sum_a2, self._sum_w2 = sum_a, sum_a2, sum_w2
        self._most_a2, self._most_w2 = most_a2, most_w2
        sums = self._sum_xyz
        sums[0] = mx
        sums[1] = my
        sums[2] = mz
        self._added = end

    def jolt(self):
        """(|acc| - g)^2 of the samples so far, summed."""
        ka = self._acc_scale
        return ka * (ka * self._sum_a2 - 2.0 * G * self._sum_a) + self._added * G * G

    def off(self, words, v):
        """Squared rate off the axis `v` of the samples so far, summed."""
        kg = self._gyro_scale
        vx, vy, vz = v[0] * kg, v[1] * kg, v[2] * kg
        off = kg * kg * self._sum_w2
        for k in range(6, 6 + 6 * self._added, 6):
            x = words[k] * vx + words[k + 1] * vy + words[k + 2] * vz
            off -= x * x
        return off if off > 0.0 else 0.0

    def close(self):
        """The chunk is whole: its sums stand, the next one begins."""
        ka = self._acc_scale
        mean = self.mean_acc
        sums = self._sum_xyz
        mean[0] = sums[0] * ka / CHUNK
        mean[1] = sums[1] * ka / CHUNK
        mean[2] = sums[2] * ka / CHUNK
        sums[0] = sums[1] = sums[2] = 0
        self.sum_a2 = ka * (ka * self._sum_a2 - 2.0 * G * self._sum_a) + CHUNK * G * G  # jolt(), a call is 34 us
        self.sum_w2 = self._gyro_scale * self._gyro_scale * self._sum_w2
        self.max_a = ka * sqrt(self._most_a2)
        self.max_w = self._gyro_scale * sqrt(self._most_w2)
        self.mean_a = ka * self._sum_a / CHUNK
        self._sum_a = self._sum_a2 = self._sum_w2 = 0.0
        self._added = 0

    def fill(self):
        """a and w2 are wanted: here they are filled already."""

    def is_stuck(self, has_gyro):
        """Whether one half of the chip says the same all chunk, while the other one moves. After close()."""
        a = self.a
        w2 = self.w2
        if a[0] == a[6] == a[CHUNK - 1] == max(a):
            is_turning = w2[0] != w2[6] != w2[CHUNK - 1] and self.max_w > ALIVE_W
            return is_turning and max(a) == min(a)
        if has_gyro and w2[0] == w2[6] == w2[CHUNK - 1]:
            return max(a) - min(a) > ALIVE_A and min(w2) == max(w2)
        return False
