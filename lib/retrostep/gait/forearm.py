# SPDX-License-Identifier: MIT
"""Forearm: what moves an arm besides its own rotation, in a levelled frame, 13 times a second.

in    raw words of a chunk; up in the sensor frame (slow mean), from which the forearm's own axis follows
out   at the end of each block of 7 ticks, one second late: s, m/s^2, in a levelled frame, and sums over the block of
      acceleration, of the hand's direction and of the rate; is_starting: here somebody leaves standing still
keeps 64 raw ticks, three seconds of s and of sums: 1.7 kB
from  a_s = a - g - r (alpha x h + w x (w x h)), h elbow to hand: what the sensor would measure if the arm did not turn
      about a joint r away (docs/accuracy.md, "Wrist")
but   one second late on purpose: a start is known before its first tick is looked at, so the frame can be taken from
      rest, where the gyroscope's offset is known as well
not   a compass: the frame turns slowly about up, by what the gyroscope drifts
"""

from array import array
from math import sqrt

from retrostep.compat import const
from retrostep.units import G

TICK_HZ = 13.0
TICK = const(8)  # samples averaged
BLOCK = const(7)  # ticks: 0.54 s
LATE = const(14)  # ticks between the newest and the one looked at
BLOCKS = const(6)  # in a window: 3 s
YAWS = const(16)  # blocks, 8 s
SUMS = const(9)  # a block: acc x y, hand x y, rate x y, rate xx yy xy
WINDOW = const(42)  # BLOCK * BLOCKS
_MASK = const(63)
_ARM = 0.45  # m, sensor to the joint that the arm turns about; between elbow (0.27) and shoulder (0.6), round
_RING = const(384)  # words of it
_SWINGS = const(6.0)  # (rad/s)^2 summed over 64 values: 0.3 rad/s, less is no swing
_HALF = 0.5 / TICK_HZ
_TO_UP = 0.5 / TICK_HZ / G  # of the frame to the measured up: 2 s
_STILL_RATE2 = 0.25 * 0.25  # (rad/s)^2, mean over a second; and variance of the acceleration
_STILL_ACC2 = 0.5 * 0.5
_RESTS = const(5)  # blocks over which the gyroscope's offset is taken: 2.5 s
_LEAST = const(3)  # of them before it is believed: 1 degree/s for 5 s is as much as may be
_OTHER = 0.1  # by which another axis must hang straighter before it is taken for the forearm


class Forearm:
    def __init__(self, acc_scale, gyro_scale):
        self._ka = acc_scale
        self._kg = gyro_scale
        self._raw = array("h", [0] * (6 * (_MASK + 1)))
        self._sum = [0] * 6  # of the samples of a tick
        self.samples = 0  # in it
        self.s = array("f", [0.0] * (3 * WINDOW))
        self.sums = array("f", [0.0] * (SUMS * BLOCKS))
        self._u = [0.0, 0.0, 1.0]  # up and one level direction, in the sensor frame
        self._e = [1.0, 0.0, 0.0]
        self._now = [0.0] * SUMS
        self._means = [0.0] * 18  # of rate and acceleration, the last three blocks, newest first
        self._squares = [0.0] * 4  # of rate and acceleration about the block's mean, last two blocks
        self._block = [0.0] * 8  # sums of raw words, of rate^2, of acc^2
        self._bias = [0.0] * 3  # rad/s
        self._rest = [0.0] * 3  # mean acceleration while still
        self._was_still = False
        self._rests = 0  # blocks at rest that the offset was taken from
        self.axis = 2  # of the sensor, along the forearm
        self.hand = -1.0  # its sign that points to the hand
        self.free = 0  # ticks for which the frame goes by the gyroscope alone
        self.ticks = 0  # looked at
        self.at = 0  # of the next one, in s
        self.valid = 0  # blocks since a gap or a change of axis
        self.is_starting = False
        self.speed_x = self.speed_y = 0.0  # m/s, sum of s since free began
        self.yaw = 0.0  # rad, turned about up since the beginning
        self.yaws = array("f", [0.0] * YAWS)  # means of blocks
        self._yaw = 0.0  # sum over this one
        self.x = self.y = 0.0  # hand, level part, of the last tick
        self._wet = 0  # raw ticks since a gap

    def restart(self):
        """Samples are missing: everything begins again."""
        self.samples = self._wet = self.valid = self.free = self.ticks = self.at = 0
        self._yaw = self.yaw = 0.0
        self._was_still = self.is_starting = False
        for k in range(6):
            self._sum[k] = 0
        for k in range(SUMS):
            self._now[k] = 0.0
        for k in range(8):
            self._block[k] = 0.0

    def hang(self, u):
        """Which axis of the sensor lies along the forearm: the one that gravity prefers; hands hang. True when that
        is another one than before."""
        best = self.axis
        for k in range(3):
            if abs(u[k]) > abs(u[best]) + _OTHER:
                best = k
        hand = -1.0 if u[best] > 0.0 else 1.0
        if best != self.axis or hand != self.hand:
            self.axis = best
            self.hand = hand
            self.valid = 0
            self.free = 0
            return True
        return False

    def take(self, words, k, count):
        """`count` samples from word k, no more than missing(). True when that makes a tick."""
        t = self._sum
        gx, gy, gz, ax, ay, az = t
        for k in range(k, k + 6 * count, 6):
            gx += words[k]
            gy += words[k + 1]
            gz += words[k + 2]
            ax += words[k + 3]
            ay += words[k + 4]
            az += words[k + 5]
        self.samples += count
        if self.samples < TICK:
            t[0], t[1], t[2], t[3], t[4], t[5] = gx, gy, gz, ax, ay, az
            return False
        self.samples = 0
        raw = self._raw
        block = self._block
        at = 6 * (self._wet & _MASK)
        for j in range(6):
            t[j] = 0
        gx >>= 3
        gy >>= 3
        gz >>= 3
        ax >>= 3
        ay >>= 3
        az >>= 3
        raw[at] = gx
        raw[at + 1] = gy
        raw[at + 2] = gz
        raw[at + 3] = ax
        raw[at + 4] = ay
        raw[at + 5] = az
        block[0] += gx
        block[1] += gy
        block[2] += gz
        block[3] += ax
        block[4] += ay
        block[5] += az
        kg, ka = self._kg, self._ka
        gx *= kg
        gy *= kg
        gz *= kg
        ax *= ka
        ay *= ka
        az *= ka
        block[6] += gx * gx + gy * gy + gz * gz
        block[7] += ax * ax + ay * ay + az * az
        self._wet += 1
        return True

    def tick(self):
        """Look at the tick of a second ago. True at the end of a block."""
        if self._wet > LATE:
            self._look(self._wet - 1 - LATE)
        if self._wet % BLOCK:
            return False
        self._judge_rest()
        return self.ticks > 0

    def _look(self, number):
        raw = self._raw
        kg = self._kg
        ka = self._ka
        b = self._bias
        p = 6 * (number & _MASK)
        q = 6 * ((number + 1) & _MASK)
        o = 6 * ((number - 1) & _MASK) if number else p
        x, y, z = raw[p] * kg - b[0], raw[p + 1] * kg - b[1], raw[p + 2] * kg - b[2]
        half = 0.5 * TICK_HZ * kg
        ax, ay, az = half * (raw[q] - raw[o]), half * (raw[q + 1] - raw[o + 1]), half * (raw[q + 2] - raw[o + 2])
        fx, fy, fz = raw[p + 3] * ka, raw[p + 4] * ka, raw[p + 5] * ka
        # alpha x h + w (w . h) - h w^2 with h = +- one axis of the sensor
        r = _ARM * self.hand
        square = x * x + y * y + z * z
        axis = self.axis
        if axis == 0:
            sx, sy, sz = fx - r * (x * x - square), fy - r * (az + x * y), fz - r * (x * z - ay)
        elif axis == 1:
            sx, sy, sz = fx - r * (y * x - az), fy - r * (y * y - square), fz - r * (ax + y * z)
        else:
            sx, sy, sz = fx - r * (ay + z * x), fy - r * (z * y - ax), fz - r * (z * z - square)
        u = self._u
        e = self._e
        ux, uy, uz = u
        ex, ey, ez = e
        gx, gy, gz = uy * ez - uz * ey, uz * ex - ux * ez, ux * ey - uy * ex
        lx = sx * ex + sy * ey + sz * ez
        ly = sx * gx + sy * gy + sz * gz
        lz = sx * ux + sy * uy + sz * uz - G
        s = self.s
        at = self.at
        s[at] = lx
        s[at + 1] = ly
        s[at + 2] = lz
        at += 3
        self.at = at if at < 3 * WINDOW else 0
        hand = self.hand
        hx = hand * e[axis]
        hy = hand * (gx if axis == 0 else (gy if axis == 1 else gz))
        wx, wy = x * ex + y * ey + z * ez, x * gx + y * gy + z * gz
        now = self._now
        now[0] += fx * ex + fy * ey + fz * ez
        now[1] += fx * gx + fy * gy + fz * gz
        now[2] += hx
        now[3] += hy
        now[4] += wx
        now[5] += wy
        now[6] += wx * wx
        now[7] += wy * wy
        now[8] += wx * wy
        self.x = hx
        self.y = hy
        self.yaw += (x * ux + y * uy + z * uz) / TICK_HZ
        self._yaw += self.yaw
        # the frame turns on, by the mean rate between this tick and the next; a swing forth and back undoes what the
        # first order leaves
        x = _HALF * (x + raw[q] * kg - b[0])
        y = _HALF * (y + raw[q + 1] * kg - b[1])
        z = _HALF * (z + raw[q + 2] * kg - b[2])
        tx = ux - y * uz + z * uy
        ty = uy - z * ux + x * uz
        tz = uz - x * uy + y * ux
        if self.free:
            self.free -= 1
            self.speed_x += lx / TICK_HZ
            self.speed_y += ly / TICK_HZ
        else:
            tx += _TO_UP * fx
            ty += _TO_UP * fy
            tz += _TO_UP * fz
        size = 1.0 / sqrt(tx * tx + ty * ty + tz * tz)
        u[0] = tx = tx * size
        u[1] = ty = ty * size
        u[2] = tz = tz * size
        ux = ex - y * ez + z * ey
        uy = ey - z * ex + x * ez
        uz = ez - x * ey + y * ex
        size = tx * ux + ty * uy + tz * uz
        ux -= size * tx
        uy -= size * ty
        uz -= size * tz
        size = 1.0 / sqrt(ux * ux + uy * uy + uz * uz)
        e[0] = ux * size
        e[1] = uy * size
        e[2] = uz * size
        self.ticks += 1

    def _set(self, ux, uy, uz, ex, ey, ez):
        """Up, and the part of e that is level."""
        along = ux * ex + uy * ey + uz * ez
        ex -= along * ux
        ey -= along * uy
        ez -= along * uz
        size = sqrt(ex * ex + ey * ey + ez * ez)
        if size < 0.1:
            ex, ey, ez = uy, -ux, 0.0
            size = sqrt(ex * ex + ey * ey)
            if size < 0.1:
                ex, ey, ez, size = 1.0, 0.0, 0.0, 1.0
        u = self._u
        e = self._e
        u[0], u[1], u[2] = ux, uy, uz
        e[0], e[1], e[2] = ex / size, ey / size, ez / size

    def _judge_rest(self):
        """A block of raw ticks is full: does the arm rest, and did a rest just end?"""
        m = self._means
        block = self._block
        for k in range(17, 5, -1):
            m[k] = m[k - 6]
        kg, ka = self._kg, self._ka
        for k in range(6):
            m[k] = block[k] * (kg if k < 3 else ka) / BLOCK
        q = self._squares
        q[2], q[3] = q[0], q[1]
        q[0] = block[6] / BLOCK
        q[1] = block[7] / BLOCK
        for k in range(8):
            block[k] = 0.0
        spread = 0.5 * (q[1] + q[3])
        for k in range(3, 6):
            mean = 0.5 * (m[k] + m[k + 6])
            spread -= mean * mean
        is_still = q[0] + q[2] < 2.0 * _STILL_RATE2 and spread < _STILL_ACC2
        was = self._was_still
        self._was_still = is_still
        # the block that was looked at last is the oldest of the three: means 12 to 17
        if was:
            rest, b = self._rest, self._bias
            self._rests += 1
            n = 1.0 / self._rests if self._rests < _RESTS else 1.0 / _RESTS
            for k in range(3):
                b[k] += n * (m[12 + k] - b[k])
                rest[k] = m[15 + k]
        self.is_starting = was and not is_still and self._rests >= _LEAST

    def from_rest(self, ticks):
        """The frame is set as it was at rest, and goes by the gyroscope for so many ticks."""
        rest = self._rest
        size = sqrt(rest[0] * rest[0] + rest[1] * rest[1] + rest[2] * rest[2])
        if size < 1.0:
            return
        e = self._e
        self._set(rest[0] / size, rest[1] / size, rest[2] / size, e[0], e[1], e[2])
        self.free = ticks
        self.speed_x = self.speed_y = 0.0

    def close_block(self):
        """Put away the sums of the block that was just looked at."""
        now = self._now
        number = self.ticks // BLOCK - 1
        self.yaws[number % YAWS] = self._yaw / BLOCK
        self._yaw = 0.0
        at = SUMS * (number % BLOCKS)
        for k in range(SUMS):
            self.sums[at + k] = now[k]
            now[k] = 0.0
        self.valid += 1

    def swing(self, lag):
        """How well the rate across the forearm repeats after so many ticks (31 at most), 1 to -1; 0 at rest."""
        raw = self._raw
        first = 6 * self._wet
        both = size = 0.0
        for k in range(3):
            if k == self.axis:
                continue
            for back in range(6, 6 * 32, 12):
                a = raw[(first - back) % _RING + k]
                b = raw[(first - back - 6 * lag) % _RING + k]
                both += a * b
                size += a * a + b * b
        return 2.0 * both / size if size * self._kg * self._kg > _SWINGS else 0.0

    def turned(self, blocks):
        """rad about up between the last second and the one so many blocks (YAWS - 2 at most) before: a second, for an
        arm turns to and fro with each stride."""
        k = self.ticks // BLOCK - 1
        if blocks >= k:
            return 0.0
        yaws = self.yaws
        now = yaws[k % YAWS] + yaws[(k - 1) % YAWS]
        return 0.5 * (now - yaws[(k - blocks) % YAWS] - yaws[(k - blocks - 1) % YAWS])

