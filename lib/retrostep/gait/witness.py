# SPDX-License-Identifier: MIT
"""Witness: what one stride says of front and back, and of the way it went, wherever on the leg the sensor sits.

in    raw words and the rate about v (rings of gait.sagittal), a stride's ticks, u (up), v (either sign), count in m/s^2
out   mirror, log odds that +v is the axis a leg swings forward about; way, log odds of forward, the same for either
      sign of v; trust, 0 to 1, in both; is_idle, the leg swings to and fro and goes nowhere
keeps 3 x 16 floats: the stride in 16 equal parts, so that slow and quick strides cost about the same; two means
from  two symmetries. Front and back exchanged, the rate S and the force A forward change sign, the force L along the
      leg does not; time reversed (nearly: backward walked, Grasso 1998), S changes sign, forces do not. With phases
      counted from S's own first harmonic, S2 and A2 below are odd under the first and even under the second, A1 and
      L2 the other way round. A sensor x m in front of the leg's axis and y m up it adds x dS/dt - y S^2 to L and
      -y dS/dt - x S^2 to A; the two patterns are orthogonal, so x and y fall out by projection
      weights: logistic fit without intercept, each source of recordings held out in turn (docs/accuracy.md, "Position")
not   a stride that is not a whole one: starts, stops and standing say anything
"""

from array import array
from math import cos, pi, sin, sqrt

from retrostep.compat import const
from retrostep.gait.sagittal import place

_PARTS = const(16)
_QUARTER = const(4)
_COS = tuple([cos(2.0 * pi * (b + 0.5) / _PARTS) for b in range(_QUARTER)])
_SIN = tuple([sin(2.0 * pi * (b + 0.5) / _PARTS) for b in range(_QUARTER)])
_COS2 = tuple([cos(4.0 * pi * (b + 0.5) / _PARTS) for b in range(_QUARTER)])
_SIN2 = tuple([sin(4.0 * pi * (b + 0.5) / _PARTS) for b in range(_QUARTER)])
_TICKS_HZ = const(52.0)
_LATE = const(2)  # ticks the rate is late against the raw words
_SOFT = const(0.02)  # m, times the change of the rate: harmonics of the force below have no clear phase
_LEAST = const(0.05)  # m/s^2, nor those below
_S2 = const(5.2)  # weights of the two witnesses of front and back
_A2 = const(-2.1)
_A1 = const(-2.4)  # of the two witnesses of the way
_L2 = const(-2.3)
_PURE = const(0.85)  # purity, share of the rate in its first harmonic, of a leg that only swings: pedals 0.95, chairs 1
_PLAIN = const(0.72)  # purity of 99 % of level strides and less; a thigh has 0.64 to 0.9
_REACHES = const(0.3)  # m for each rad that the leg turns: walking 0.7 to 1, stairs 0.5 to 0.8
_NONE = const(0.35)  # share about v: side steps 0.3 to 0.7, strides 0.6 (5 %) to 0.8
_ALL = const(0.75)
_NEW = const(0.4)  # share of a new stride in purity and reach


class Witness:
    def __init__(self):
        self.mirror = self.way = self.purity = 0.0
        self.trust = 1.0
        self.is_idle = False
        self._purity = 0.0  # of the last strides, as is
        self._reach = 1.0
        self._s = array("f", [0.0] * _PARTS)
        self._l = array("f", [0.0] * _PARTS)
        self._a = array("f", [0.0] * _PARTS)

    def look(self, raw, s_ring, start, end, u, v, acc_scale):
        """The stride of ticks [start, end), at least 16 of them and all of them in the rings."""
        self._fold(raw, s_ring, start, end, u, v, acc_scale)
        s1r, s1i, s2r, s2i = _harmonics(self._s)
        l1r, l1i, l2r, l2i = _harmonics(self._l)
        a1r, a1i, a2r, a2i = _harmonics(self._a)
        square = self._s
        power = 0.0
        for b in range(_PARTS):
            x = square[b] * square[b]
            power += x
            square[b] = x
        q1r, q1i, q2r, q2i = _harmonics(square)
        size = s1r * s1r + s1i * s1i
        both = size + s2r * s2r + s2i * s2i
        self.mirror = self.way = 0.0
        self.purity = _PARTS * 0.5 * size / power if power > 0.0 else 0.0
        if size < 1e-4:
            return
        # what a lever arm would do: d = dS/dt, q = S^2
        w = 2.0 * pi * _TICKS_HZ / (end - start)
        d1r, d1i, d2r, d2i = w * s1i, -w * s1r, 2.0 * w * s2i, -2.0 * w * s2r
        norm = w * w * (both + 3.0 * (both - size)) + q1r * q1r + q1i * q1i + q2r * q2r + q2i * q2i
        x = l1r * d1r + l1i * d1i + l2r * d2r + l2i * d2i - a1r * q1r - a1i * q1i - a2r * q2r - a2i * q2i
        y = l1r * q1r + l1i * q1i + l2r * q2r + l2i * q2i + a1r * d1r + a1i * d1i + a2r * d2r + a2i * d2i
        x /= norm
        y /= -norm
        l2r += y * q2r - x * d2r
        l2i += y * q2i - x * d2i
        a1r += x * q1r + y * d1r
        a1i += x * q1i + y * d1i
        a2r += x * q2r + y * d2r
        a2i += x * q2i + y * d2i
        # phases counted from the rate's own: harmonic k turned back k times; sine parts are -imaginary here
        one = sqrt(size)
        cr, ci = s1r / one, s1i / one
        c2r, c2i = cr * cr - ci * ci, 2.0 * cr * ci
        soft = _LEAST + _SOFT * w * one
        self.mirror = _S2 * (s2r * c2i - s2i * c2r) / sqrt(both)
        self.mirror += _A2 * (a2r * c2r + a2i * c2i) / (sqrt(a2r * a2r + a2i * a2i) + soft)
        self.way = _A1 * (a1r * cr + a1i * ci) / (sqrt(a1r * a1r + a1i * a1i) + soft)
        self.way += _L2 * (l2r * c2i - l2i * c2r) / (sqrt(l2r * l2r + l2i * l2i) + soft)

    def judge(self, x, span, share, is_first):
        """After look: the stride's displacement in m and its sagittal range in rad, 0.0 if unknown; share of the rate
        that is about v."""
        reach = self._reach
        if span > 0.0:
            reach = x / span if x > 0.0 else -x / span
        if is_first:
            self._purity, self._reach = self.purity, reach
        self._purity += _NEW * (self.purity - self._purity)
        self._reach += _NEW * (reach - self._reach)
        self.is_idle = self._purity > _PURE
        self.trust = 1.0
        if self._reach < _REACHES:
            self.trust = 0.0
        elif self._purity > _PLAIN:
            self.trust = (_PURE - self._purity) / (_PURE - _PLAIN)
        if share < _ALL:
            self.trust *= (share - _NONE) / (_ALL - _NONE) if share > _NONE else 0.0

    def _fold(self, raw, s_ring, start, end, u, v, acc_scale):
        """Means over the parts of the stride: rate, force along u, force along f = u x v."""
        n = end - start
        ux, uy, uz = u[0] * acc_scale, u[1] * acc_scale, u[2] * acc_scale
        fx = uy * v[2] - uz * v[1]
        fy = uz * v[0] - ux * v[2]
        fz = ux * v[1] - uy * v[0]
        s, l, a = self._s, self._l, self._a
        t = place(start - _LATE, n + _LATE)
        k = 6 * t + 3
        t += _LATE
        done = 0
        for b in range(_PARTS):
            count = (b + 1) * n // _PARTS - done
            done += count
            x = y = z = 0
            rate = 0.0
            for k in range(k, k + 6 * count, 6):
                x += raw[k]
                y += raw[k + 1]
                z += raw[k + 2]
                rate += s_ring[t]
                t += 1
            k += 6
            s[b] = rate / count
            l[b] = (x * ux + y * uy + z * uz) / count
            a[b] = (x * fx + y * fy + z * fz) / count


def _harmonics(parts):
    """Cosine and sine part of the first and of the second harmonic of 16 values."""
    c1 = s1 = c2 = s2 = 0.0
    for b in range(_QUARTER):
        p, q, r, s = parts[b], parts[b + 4], parts[b + 8], parts[b + 12]
        e = p + r - q - s
        p -= r
        q -= s
        c1 += p * _COS[b] - q * _SIN[b]
        s1 += p * _SIN[b] + q * _COS[b]
        c2 += e * _COS2[b]
        s2 += e * _SIN2[b]
    return 0.125 * c1, 0.125 * s1, 0.125 * c2, 0.125 * s2
