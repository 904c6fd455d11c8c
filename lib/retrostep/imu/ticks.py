# SPDX-License-Identifier: MIT
"""Ticks: a chunk of an arm, whose samples are also added up eight by eight, for whoever looks 13 times a second.

in    what a Chunk takes
out   a Chunk's; min_a, smallest |acc| in the chunk; ticks, how many ended in it (2 at most). Of tick j, in counts:
      sums[6 j] to sums[6 j + 5], of the rate and the acceleration by axis. lengths[j], squares[j]: of |acc| and its
      square, m/s^2, from the chunk's first sample to the end of tick j; [ticks]: to the end of the chunk
keeps the sums of the tick that is open
but   the words are loaded once for the chunk and for its ticks: a load costs a board three times what a sum does
"""

from math import sqrt

from retrostep.imu.chunk import Chunk
from retrostep.units import CHUNK, TICK


class ArmChunk(Chunk):
    """As Chunk; restart() it when samples are missing."""

    def __init__(self, acc_scale, gyro_scale):
        super().__init__(acc_scale, gyro_scale)
        self._least_a2 = 0
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
        a_out = self.a
        w2_out = self.w2
        ka = self._acc_scale
        kg2 = self._gyro_scale * self._gyro_scale
        root = sqrt
        wx, wy, wz, fx, fy, fz = rows
        gx, gy, gz, ax, ay, az = self._open
        mx, my, mz = self._sum_xyz
        mx -= ax
        my -= ay
        mz -= az
        sum_a, sum_a2, sum_w2 = self._sum_a, self._sum_a2, self._sum_w2
        most_a2, most_w2 = self._most_a2, self._most_w2
        least_a2 = self._least_a2
        begin = self._added
        if not begin:
            self.ticks = 0
            least_a2 = most_a2 = fx[6] * fx[6] + fy[6] * fy[6] + fz[6] * fz[6]
        k = 6 + 6 * begin
        while begin < end:
            stop = begin + TICK - self._samples
            if stop > end:
                stop = end
            for i in range(begin, stop):
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
                w2_out[i] = square * kg2
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
                square = root(square)
                sum_a += square
                a_out[i] = square * ka
                k += 6
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
        self._least_a2 = least_a2
        sums = self._sum_xyz
        sums[0] = mx + ax
        sums[1] = my + ay
        sums[2] = mz + az
        self._added = end
