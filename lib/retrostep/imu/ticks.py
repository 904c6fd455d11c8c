# SPDX-License-Identifier: MIT
"""Ticks: a chunk of an arm, whose samples are also added up eight by eight, for whoever looks 13 times a second.

in    what a Chunk takes
out   a Chunk's, but a and w2 only after fill(); min_a, smallest |acc|; ticks, how many ended in the chunk (2 at most).
      Of tick j, in counts: sums[6 j] to sums[6 j + 5], of the rate and the acceleration by axis. Of |acc| and its
      square: lengths[j], squares[j], m/s^2, from the chunk's first sample to the end of tick j; [ticks]: of the chunk
keeps the sums of the tick that is open
but   the words are loaded once for the chunk and for its ticks: a load costs a board three times what a sum does
"""

from array import array
from math import sqrt

from retrostep.imu.chunk import ALIVE_A, ALIVE_W, Chunk
from retrostep.units import CHUNK, TICK


class ArmChunk(Chunk):
    """As Chunk; restart() it when samples are missing."""

    def __init__(self, acc_scale, gyro_scale):
        super().__init__(acc_scale, gyro_scale)
        self.a = self.w2 = self._rows = None
        self._least_a2 = self._least_w2 = 0
        self.min_a = 0.0
        self.ticks = 0
        self.sums = [0] * 12
        self.lengths = [0.0] * 3
        self.squares = [0.0] * 3
        self._samples = 0  # in the tick that is open
        self._open = [0] * 6

    def restart(self):
        """The next sample begins a tick; of a chunk that was begun, its first did."""
        self.ticks = 0
        self._samples = self._added
        for k in range(6):
            self._open[k] = 0

    def add(self, rows, end):
        """As Chunk.add."""
        ka = self._acc_scale
        root = sqrt
        self._rows = rows
        wx, wy, wz, fx, fy, fz = rows
        gx, gy, gz, ax, ay, az = self._open
        mx, my, mz = self._sum_xyz
        mx -= ax
        my -= ay
        mz -= az
        sum_a, sum_a2, sum_w2 = self._sum_a, self._sum_a2, self._sum_w2
        most_a2, most_w2 = self._most_a2, self._most_w2
        least_a2, least_w2 = self._least_a2, self._least_w2
        begin = self._added
        if not begin:
            self.ticks = 0
            least_a2 = most_a2 = fx[6] * fx[6] + fy[6] * fy[6] + fz[6] * fz[6]
            least_w2 = most_w2 = wx[6] * wx[6] + wy[6] * wy[6] + wz[6] * wz[6]
        while begin < end:
            stop = begin + TICK - self._samples
            if stop > end:
                stop = end
            for k in range(6 + 6 * begin, 6 + 6 * stop, 6):
                x = wx[k]
                y = wy[k]
                z = wz[k]
                gx += x
                gy += y
                gz += z
                square = x * x + y * y + z * z
                sum_w2 += square
                if square > most_w2:
                    most_w2 = square
                elif square < least_w2:
                    least_w2 = square
                x = fx[k]
                y = fy[k]
                z = fz[k]
                ax += x
                ay += y
                az += z
                square = x * x + y * y + z * z
                sum_a2 += square
                if square > most_a2:
                    most_a2 = square
                elif square < least_a2:
                    least_a2 = square
                sum_a += root(square)
            self._samples += stop - begin
            begin = stop
            if self._samples == TICK:
                at = self.ticks
                self._samples = 0
                self.lengths[at] = ka * sum_a
                self.squares[at] = ka * (ka * sum_a2)
                self.ticks = at + 1
                mx += ax
                my += ay
                mz += az
                sums = self.sums
                at *= 6
                sums[at] = gx
                sums[at + 1] = gy
                sums[at + 2] = gz
                sums[at + 3] = ax
                sums[at + 4] = ay
                sums[at + 5] = az
                gx = gy = gz = ax = ay = az = 0
        if end == CHUNK:
            self.min_a = ka * root(least_a2)
            self.lengths[self.ticks] = ka * sum_a
            self.squares[self.ticks] = ka * (ka * sum_a2)
        sums = self._open
        sums[0] = gx
        sums[1] = gy
        sums[2] = gz
        sums[3] = ax
        sums[4] = ay
        sums[5] = az
        self._sum_a, self._sum_a2, self._sum_w2 = sum_a, sum_a2, sum_w2
        self._most_a2, self._most_w2 = most_a2, most_w2
        self._least_a2, self._least_w2 = least_a2, least_w2
        sums = self._sum_xyz
        sums[0] = mx + ax
        sums[1] = my + ay
        sums[2] = mz + az
        self._added = end

    def is_stuck(self, has_gyro):
        """As Chunk.is_stuck."""
        repeats = self._most_w2 == self._least_w2
        if self._most_a2 == self._least_a2:  # a recording's last one repeats as well, at no rate
            return not repeats and self._least_w2 > 0 and self.max_w > ALIVE_W
        return has_gyro and repeats and self.max_a - self.min_a > ALIVE_A

    def fill(self):
        """a and w2: of an arm hardly a chunk is looked at sample by sample."""
        if self.a is None:
            self.a = array("f", [0.0] * CHUNK)
            self.w2 = array("f", [0.0] * CHUNK)
        kg2 = self._gyro_scale * self._gyro_scale
        wx, wy, wz, fx, fy, fz = self._rows
        for i in range(CHUNK):
            k = 6 + 6 * i
            self.a[i] = self._acc_scale * sqrt(fx[k] * fx[k] + fy[k] * fy[k] + fz[k] * fz[k])
            self.w2[i] = kg2 * (wx[k] * wx[k] + wy[k] * wy[k] + wz[k] * wz[k])
