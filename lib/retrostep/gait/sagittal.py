# SPDX-License-Identifier: MIT
"""Sagittal: the leg's rate about its mediolateral axis, 52 Hz, and the instants where it turns round.

in    raw words in pairs, |acc| and |rate|^2 of each second sample, u (up along the leg), v (mediolateral axis)
out   rings of 4.9 s, one value per tick (a pair of samples): s rate about v (rad/s, 6 Hz low-pass), w |rate|, raw six
      words (mean of the pair), and a |acc| if asked for; `found`: reversals of s as they are confirmed
keeps rings of 256 ticks: 1 kB each, raw 3 kB; nothing is allocated per sample
from  scipy.signal.butter(2, 6, fs=52); hysteresis crossing
but   half the sensor's rate: on the board each multiplication costs 3 us, and nothing of a leg's swing is above 10 Hz
"""

from array import array
from math import sqrt

from retrostep.compat import const, staggered

TICKS = 256  # ring length, a power of two: 4.9 s
_MASK = const(255)
TICK_S = 2.0 / 104.0  # s
DELAY = 1.95  # ticks the low-pass is late at walking frequencies
_B0 = const(0.08560471)
_B1 = const(0.17120941)
_A1 = const(-1.01914562)
_A2 = const(0.36156444)
HYSTERESIS = 0.25  # rad/s; a lobe below is no lobe: slowest real backward lobes peak above 0.5 (docs/accuracy.md)


def place(tick, count):
    """Where `tick` stands in a ring, so that the `count` ticks from there on follow it: before 0 rings count from their
    end."""
    at = tick & _MASK
    return at - TICKS if at + count > TICKS else at


def _zeros(code, count):
    """Zeros, made in one piece: `array(code, bytes(...))` needs the room twice, and a heap in pieces may not have it
    (MemoryError for 6144 bytes after a boot with repairs, seen on 10.0.3)."""
    out = array(code, range(count))
    for i in range(count):
        out[i] = 0
    return out


class Sagittal:
    def __init__(self, keeps_acc):
        self.raw = _zeros("h", 6 * TICKS)
        self._rows = staggered(self.raw)
        self.s = _zeros("f", TICKS)
        self.a = _zeros("f", TICKS) if keeps_acc else None
        self.w = _zeros("f", TICKS)
        self.tick = 0  # the next one
        self.ss = self.power = 0.0  # of the last chunk: sums of s^2 and of the unfiltered rate^2
        self._s1 = self._s2 = 0.0
        self._u = (0.0, 0.0, 1.0)
        self._acc_scale = 0.0
        self._side = 1  # sign of the lobe we are in
        self._peak = 0.0  # of that lobe, signed
        self._back = 0  # tick of the first sample on the other side of zero, -1 while on this side
        self._fraction = 0.0
        self.found = []  # (tick, fraction, polarity, peak before), cleared by the reader

    def chunk(self, rows, first, pairs, a, w2, u, v, acc_scale, gyro_scale):
        """`pairs` pairs of samples from sample `first` of `staggered` words; a[i], w2[i] belong to sample i + 1."""
        half = 0.5 * _B0 * gyro_scale
        vx, vy, vz = v[0] * half, v[1] * half, v[2] * half
        self._u, self._acc_scale = u, acc_scale
        s_ring, w_ring = self.s, self.w
        gx, gy, gz, ax, ay, az = rows
        raw_gx, raw_gy, raw_gz, raw_ax, raw_ay, raw_az = self._rows
        tick = self.tick
        s1, s2 = self._s1, self._s2
        side, peak, back = self._side, self._side * self._peak, self._back
        ss = power = 0.0
        last_s = s_ring[(tick - 1) & _MASK]
        root = sqrt
        i = first
        for k in range(6 * first, 6 * (first + 2 * pairs), 12):
            j = tick & _MASK
            r = 6 * j
            m = k + 6
            x = gx[k] + gx[m]
            y = gy[k] + gy[m]
            z = gz[k] + gz[m]
            raw_gx[r] = x >> 1
            raw_gy[r] = y >> 1
            raw_gz[r] = z >> 1
            raw_ax[r] = (ax[k] + ax[m]) >> 1
            raw_ay[r] = (ay[k] + ay[m]) >> 1
            raw_az[r] = (az[k] + az[m]) >> 1
            x = x * vx + y * vy + z * vz  # times _B0, as the filter wants it
            power += x * x
            s = x + s1
            s1 = x + x - _A1 * s + s2
            s2 = x - _A2 * s
            s_ring[j] = s
            w_ring[j] = root(w2[i])
            i += 2
            ss += s * s
            x = s * side
            if x >= 0.0:
                back = -1
                if x > peak:
                    peak = x
            else:
                if back < 0:
                    back = tick
                    self._fraction = last_s / (last_s - s)
                if x < -HYSTERESIS:
                    self.found.append((back, self._fraction, -side, side * peak))
                    side = -side
                    peak = -x
                    back = -1
            last_s = s
            tick += 1
        self._s1, self._s2 = s1, s2
        self._side, self._peak, self._back = side, side * peak, back
        self.ss, self.power = ss, power / (_B0 * _B0)
        if self.a is not None:
            for i in range(pairs):
                self.a[(self.tick + i) & _MASK] = a[first + 2 * i]
        self.tick = tick

    def again(self, start, end, v, gyro_scale):
        """Reckon s once more for ticks [start, end), about an axis that is known better by now."""
        vx, vy, vz = v[0] * gyro_scale, v[1] * gyro_scale, v[2] * gyro_scale
        s1 = s2 = 0.0
        raw = self.raw
        ring = self.s
        for t in range(start - 8, end):
            k = 6 * (t & _MASK)
            x = raw[k] * vx + raw[k + 1] * vy + raw[k + 2] * vz
            s = _B0 * x + s1
            s1 = _B1 * x - _A1 * s + s2
            s2 = _B0 * x - _A2 * s
            if t >= start:
                ring[t & _MASK] = s

    def peak(self):
        """Signed peak of the lobe that is going on."""
        return self._peak

    def quietest(self, start, end):
        """The tick in [start, end) where the mean of |rate| over 5 ticks is least."""
        w = self.w
        best = 1e9
        count = end - start
        t = place(start - 2, count + 4)
        away = start - 2 - t
        at = t + 2
        x = w[t] + w[t + 1] + w[t + 2] + w[t + 3]
        for t in range(t, t + count):
            x += w[t + 4]
            if x < best:
                best = x
                at = t + 2
            x -= w[t]
        return at + away

    def share(self, tick):
        """Share of the squared rate that is about v, over 0.9 s about `tick`."""
        s, w = self.s, self.w
        about = whole = 0.0
        t = place(tick - 23, 48)
        for t in range(t, t + 46):
            x = s[t + 2]
            about += x * x
            x = w[t]
            whole += x * x
        return about / whole if whole > 0.0 else 0.0

    def shares(self, tick, v, u):
        """Shares of the squared rate about another axis v, and about the fore-aft axis u x v, over 0.9 s."""
        x, y, z = u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
        raw = self.raw
        about = roll = whole = 0.0
        k = 6 * place(tick - 23, 46)
        for k in range(k, k + 276, 6):
            a, b, c = raw[k] * 1.0, raw[k + 1] * 1.0, raw[k + 2] * 1.0
            whole += a * a + b * b + c * c
            along = a * v[0] + b * v[1] + c * v[2]
            about += along * along
            along = a * x + b * y + c * z
            roll += along * along
        if whole <= 0.0:
            return 0.0, 0.0
        return about / whole, roll / whole

    def asymmetry(self, tick, before, after, side):
        """D: skewness of the rate about the reversal, plus a little of the drop in leg force; > 0 is forward.

        Over [tick - before, tick + after); side +1 or -1 makes v the forward-swing axis.
        """
        s_ring = self.s
        s2 = s3 = 0.0
        t = place(tick - before, before + after)
        for t in range(t, t + before + after):
            s = s_ring[t]
            x = s * s
            s2 += x
            s3 += x * s
        if s2 <= 1e-6:
            return 0.0
        drop = self._force(tick - before, tick) - self._force(tick, tick + after)
        if drop < -3.0:
            drop = -3.0
        elif drop > 8.0:
            drop = 8.0
        return side * sqrt((before + after) / (s2 * s2 * s2)) * s3 + 0.15 * drop

    def _force(self, start, end):
        """Mean force along the leg, m/s^2, of ticks [start, end) of the delayed rate."""
        raw = self.raw
        x = y = z = 0
        k = 6 * place(start - 2, end - start) + 3
        for k in range(k, k + 6 * (end - start), 6):
            x += raw[k]
            y += raw[k + 1]
            z += raw[k + 2]
        u = self._u
        return (x * u[0] + y * u[1] + z * u[2]) * self._acc_scale / (end - start)
