# SPDX-License-Identifier: MIT
"""Forearm: what moves an arm besides its own rotation, in a levelled frame, 13 times a second.

in    sums of raw words over ticks of 8 samples; up in the sensor frame (slow mean), from which the forearm's own axis
      follows
out   at the end of each block of 7 ticks, one second late: s and force, in a levelled frame, and sums over the block of
      acceleration, of the hand's direction and of the rate; is_starting: here somebody leaves standing still
keeps 49 raw rates and 21 raw accelerations, three seconds of s, of the force and of sums: 1.4 kB
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
BLOCK = const(7)  # ticks: 0.54 s
LATE = const(14)  # ticks between the newest and the one looked at: two blocks
BLOCKS = const(6)  # in a window: 3 s
YAWS = const(7)  # blocks: the last may be a part of one
SUMS = const(9)  # a block: acc x y, hand x y, rate x y, rate xx yy xy
WINDOW = const(42)  # BLOCK * BLOCKS
_FINE = const(256)  # counts a m/s^2 of s, which is kept in 16 bits
COUNT = 1.0 / _FINE
_FIT = const(64)  # of the force, which has no such limit
COARSE = 1.0 / _FIT
_MOST2 = 118.0 * 118.0  # (m/s^2)^2, what they hold; no walker comes near
_RATES = const(49)  # ticks, whole blocks: 31 + 14 of swing()
_FORCES = const(21)  # ticks: three blocks
_ARM = 0.45  # m, sensor to the joint that the arm turns about; between elbow (0.27) and shoulder (0.6), round
_SWINGS = const(6.0)  # (rad/s)^2 summed over 64 values: 0.3 rad/s, less is no swing
_HALF = 0.5 / TICK_HZ
_TO_UP = 0.5 / TICK_HZ / G  # of the frame to the measured up: 2 s
_STILL_RATE2 = LATE * 0.25 * 0.25  # (rad/s)^2 summed over a second; and of the acceleration about its mean
_STILL_ACC2 = LATE * 0.5 * 0.5
_RESTS = const(5)  # blocks over which the gyroscope's offset is taken: 2.5 s
_LEAST = const(3)  # of them before it is believed: 1 degree/s for 5 s is as much as may be
_CLEAR = 0.7
_OTHER = 0.1  # by which another axis must hang straighter before it is taken for the forearm


class Forearm:
    def __init__(self, acc_scale, gyro_scale):
        self._ka = acc_scale
        self._kg = gyro_scale
        self._rates = array("h", [0] * (3 * _RATES))  # a tick: mean of its samples, in words
        self._forces = array("h", [0] * (3 * _FORCES))
        self.s = array("h", [0] * (3 * WINDOW))
        self.force = array("h", [0] * (3 * WINDOW))
        self.sums = array("f", [0.0] * (SUMS * BLOCKS))
        self.yaws = array("f", [0.0] * YAWS)  # means of blocks
        self._u = [0.0, 0.0, 1.0]  # up and one level direction, in the sensor frame, of any length
        self._e = [1.0, 0.0, 0.0]
        self._block = [0.0] * 5  # of the last one: sums of the acceleration, of its square; of the rate's, in counts
        self._bias = [0.0] * 3  # rad/s
        self._rest = [0.0] * 3  # acceleration while still, any length
        self._rests = 0  # blocks at rest that the offset was taken from
        self.axis = 2  # of the sensor, along the forearm
        self.hand = -1.0  # its sign that points to the hand
        self.x = self.y = 0.0  # hand, level part, of the last tick
        self.speed_x = self.speed_y = 0.0  # m/s, sum of s since free began
        self.restart()

    def restart(self):
        """Samples are missing: everything begins again."""
        self._wet = 0  # ticks
        self.ticks = 0  # looked at
        self.at = 0  # of the next one, in s
        self.valid = 0  # blocks since a gap or a change of axis
        self.free = 0  # ticks for which the frame goes by the gyroscope alone
        self._yaw = 0.0  # rad, turned about up since the beginning
        self._was_still = self.is_starting = False

    def hang(self, u):
        """Which axis of the sensor lies along the forearm: the one that gravity prefers; hands hang. True when that
        is another one than before."""
        best = self.axis
        if self.hand * u[best] < -_CLEAR:  # then no other axis of a unit vector can be so much longer
            return False
        for k in range(3):
            if abs(u[k]) > abs(u[best]) + _OTHER:
                best = k
        hand = -1.0 if u[best] > 0.0 else 1.0
        if best == self.axis and hand == self.hand:
            return False
        self.axis = best
        self.hand = hand
        self.valid = self.free = 0
        return True

    def take(self, sums, k):
        """A tick: six sums, from sums[k] on."""
        ring = self._rates
        at = 3 * (self._wet % _RATES)
        ring[at] = sums[k] >> 3
        ring[at + 1] = sums[k + 1] >> 3
        ring[at + 2] = sums[k + 2] >> 3
        ring = self._forces
        at = 3 * (self._wet % _FORCES)
        ring[at] = sums[k + 3] >> 3
        ring[at + 1] = sums[k + 4] >> 3
        ring[at + 2] = sums[k + 5] >> 3
        self._wet += 1

    def tick(self):
        """Look at the tick of a second ago. True at the end of a block."""
        if self._wet > LATE:
            self._look(self._wet - 1 - LATE)
        if self._wet % BLOCK:
            return False
        self._judge_rest()
        return self.ticks > 0

    def _look(self, number):
        rates = self._rates
        forces = self._forces
        ka = self._ka
        kg = self._kg
        # in the order forearm, next axis, the one after: a turned frame is right-handed too
        i = self.axis
        j = (i + 1) % 3
        k = (i + 2) % 3
        b = self._bias
        p = 3 * (number % _RATES)
        q = 3 * ((number + 1) % _RATES)
        o = 3 * ((number - 1) % _RATES) if number else p
        bx = b[i]
        by = b[j]
        bz = b[k]
        x = rates[p + i] * kg - bx
        y = rates[p + j] * kg - by
        z = rates[p + k] * kg - bz
        p = 3 * (number % _FORCES)
        fx = forces[p + i] * ka
        fy = forces[p + j] * ka
        fz = forces[p + k] * ka
        # alpha x h + w (w . h) - h w^2 with h = +- the forearm
        hand = self.hand
        r = _ARM * hand
        half = 0.5 * TICK_HZ * kg
        sx = fx + r * (y * y + z * z)
        sy = fy - r * (half * (rates[q + k] - rates[o + k]) + x * y)
        sz = fz - r * (x * z - half * (rates[q + j] - rates[o + j]))
        if sx * sx + sy * sy + sz * sz > _MOST2:
            sx = sy = sz = 0.0
        # the frame, made square: u a unit vector, e one across it
        u = self._u
        e = self._e
        ux = u[i]
        uy = u[j]
        uz = u[k]
        size = 1.0 / sqrt(ux * ux + uy * uy + uz * uz)
        ux *= size
        uy *= size
        uz *= size
        ex = e[i]
        ey = e[j]
        ez = e[k]
        size = ux * ex + uy * ey + uz * ez
        ex -= size * ux
        ey -= size * uy
        ez -= size * uz
        size = 1.0 / sqrt(ex * ex + ey * ey + ez * ez)
        ex *= size
        ey *= size
        ez *= size
        gx = uy * ez - uz * ey
        gy = uz * ex - ux * ez
        gz = ux * ey - uy * ex
        lx = sx * ex + sy * ey + sz * ez
        ly = sx * gx + sy * gy + sz * gz
        s = self.s
        at = self.at
        s[at] = int(lx * _FINE)
        s[at + 1] = int(ly * _FINE)
        s[at + 2] = int((sx * ux + sy * uy + sz * uz - G) * _FINE)
        ax = fx * ex + fy * ey + fz * ez
        ay = fx * gx + fy * gy + fz * gz
        s = self.force  # what the sensor feels, in the same frame
        s[at] = int(ax * _FIT)
        s[at + 1] = int(ay * _FIT)
        s[at + 2] = int((fx * ux + fy * uy + fz * uz - G) * _FIT)
        at += 3
        self.at = at if at < 3 * WINDOW else 0
        self.x = hx = hand * ex
        self.y = hy = hand * gx
        wx = x * ex + y * ey + z * ez
        wy = x * gx + y * gy + z * gz
        now = self.sums
        ticks = self.ticks
        block = ticks // BLOCK
        at = SUMS * (block % BLOCKS)
        block %= YAWS
        if ticks % BLOCK == 0:
            for p in range(at, at + SUMS):
                now[p] = 0.0
            self.yaws[block] = 0.0
        now[at] += ax
        now[at + 1] += ay
        now[at + 2] += hx
        now[at + 3] += hy
        now[at + 4] += wx
        now[at + 5] += wy
        now[at + 6] += wx * wx
        now[at + 7] += wy * wy
        now[at + 8] += wx * wy
        self._yaw += (x * ux + y * uy + z * uz) / TICK_HZ
        self.yaws[block] += self._yaw / BLOCK
        self.ticks = ticks + 1
        # the frame turns on, by the mean rate between this tick and the next; a swing forth and back undoes what the
        # first order leaves
        x = _HALF * (x + rates[q + i] * kg - bx)
        y = _HALF * (y + rates[q + j] * kg - by)
        z = _HALF * (z + rates[q + k] * kg - bz)
        up = _TO_UP
        if self.free:
            self.free -= 1
            self.speed_x += lx / TICK_HZ
            self.speed_y += ly / TICK_HZ
            up = 0.0
        u[i] = ux - y * uz + z * uy + up * fx
        u[j] = uy - z * ux + x * uz + up * fy
        u[k] = uz - x * uy + y * ux + up * fz
        e[i] = ex - y * ez + z * ey
        e[j] = ey - z * ex + x * ez
        e[k] = ez - x * ey + y * ex

    def _judge_rest(self):
        """A block of raw ticks is full: did the arm rest in the last two, and did a rest just end?"""
        rates = self._rates
        forces = self._forces
        kg = self._kg
        ka = self._ka
        m = self._block
        most = _STILL_RATE2 / (kg * kg)
        rate2 = m[4]
        p = 3 * ((self._wet - BLOCK) % _RATES)
        w2 = 0
        for t in range(p, p + 3 * BLOCK):
            w = rates[t]
            w2 += w * w
            if w2 >= most:  # an arm that moves: neither this block nor the next ends a rest
                break
        m[4] = w2
        is_still = False
        if w2 < most:
            spread = m[3]
            q = 3 * ((self._wet - BLOCK) % _FORCES)
            a2 = 0.0
            for k in range(3):
                total = 0.0
                for t in range(q + k, q + 3 * BLOCK, 3):
                    a = ka * forces[t]
                    a2 += a * a
                    total += a
                mean = m[k] + total
                spread -= mean * mean / LATE
                m[k] = total
            m[3] = a2
            is_still = rate2 + w2 < most and spread + a2 < _STILL_ACC2
        was = self._was_still
        self._was_still = is_still
        if was:  # then the oldest of the three blocks was at rest; it is the one that was looked at last
            self._rests += 1
            n = min(self._rests, _RESTS)
            p = 3 * ((self._wet - 3 * BLOCK) % _RATES)
            q = 3 * (self._wet % _FORCES)
            for k in range(3):
                turn = force = 0
                for t in range(k, 3 * BLOCK, 3):
                    turn += rates[p + t]
                    force += forces[q + t]
                self._bias[k] += (turn * kg / BLOCK - self._bias[k]) / n
                self._rest[k] = force
        self.is_starting = was and not self._was_still and self._rests >= _LEAST

    def from_rest(self, ticks):
        """The frame is set as it was at rest, and goes by the gyroscope for so many ticks."""
        for k in range(3):
            self._u[k] = self._rest[k]
        self.free = ticks
        self.speed_x = self.speed_y = 0.0

    def swing(self, lag):
        """How well the rate across the forearm repeats after so many ticks (14 at most), 1 to -1; 0 at rest."""
        rates = self._rates
        both = size = 0.0
        for k in range(3):
            if k == self.axis:
                continue
            for t in range(self._wet - 31, self._wet, 2):
                a = rates[3 * (t % _RATES) + k]
                b = rates[3 * ((t - lag) % _RATES) + k]
                both += a * b
                size += a * a + b * b
        return 2.0 * both / size if size * self._kg * self._kg > _SWINGS else 0.0

    def turned(self, blocks):
        """rad about up between the last second and the one so many blocks (4 at most) before: a second, for an arm
        turns to and fro with each stride."""
        k = self.ticks // BLOCK - 1
        if blocks >= k:
            return 0.0
        yaws = self.yaws
        now = yaws[k % YAWS] + yaws[(k - 1) % YAWS]
        return 0.5 * (now - yaws[(k - blocks) % YAWS] - yaws[(k - blocks - 1) % YAWS])
