# SPDX-License-Identifier: MIT
"""Ankle: swing lobes of the sagittal rate become strides with a direction. First, simple version."""

import math
from array import array

from retrostep import events
from retrostep.units import CHUNK, RATE_HZ

_RING = 512
_W = 47  # samples either side of the reversal: 0.45 s


class Ankle:
    """chunk(...) -> calls emit(event) for each stride."""

    def __init__(self, emit):
        self._emit = emit
        self._s = array("f", [0.0] * _RING)
        self._l = array("f", [0.0] * _RING)
        self._zs = [0.0, 0.0]
        self._zl = [0.0, 0.0]
        self._energy = 0.0
        self._num = self._ss = self._ll = 0.0
        self._sign = 0
        self._lobe_start = 0
        self._peak = 0.0
        self._prev = (0, 0, 0.0)  # start, end, peak
        self._wait = []  # reversals whose window is not yet complete
        self._last = {1: -1000, -1: -1000}
        self._bout = []
        self._turned = 0
        self.last_stride = -100000

    def chunk(self, start, acc, gyr, u, v, quality):
        from retrostep.gait import lowpass

        b0, b1, b2, a1, a2 = lowpass.COEFFICIENTS
        s_ring = self._s
        l_ring = self._l
        s1, s2 = self._zs
        l1, l2 = self._zl
        last_l = l_ring[(start - 1) % _RING]
        num = ss = ll = 0.0
        for i in range(CHUNK):
            k = 3 * i
            x = gyr[k] * v[0] + gyr[k + 1] * v[1] + gyr[k + 2] * v[2]
            s = b0 * x + s1
            s1 = b1 * x - a1 * s + s2
            s2 = b2 * x - a2 * s
            x = acc[k] * u[0] + acc[k + 1] * u[1] + acc[k + 2] * u[2]
            y = b0 * x + l1
            l1 = b1 * x - a1 * y + l2
            l2 = b2 * x - a2 * y
            j = (start + i) % _RING
            s_ring[j] = s
            l_ring[j] = y
            d = y - last_l
            last_l = y
            num += s * d
            ss += s * s
            ll += d * d
            self._lobe(start + i, s)
        self._zs[0], self._zs[1] = s1, s2
        self._zl[0], self._zl[1] = l1, l2
        if ss / CHUNK > 0.25:
            self._num = 0.96 * self._num + num
            self._ss = 0.96 * self._ss + ss
            self._ll = 0.96 * self._ll + ll
        now = start + CHUNK
        while self._wait and self._wait[0][0] + _W < now:
            self._stride(self._wait.pop(0), now, quality)
        if self._bout and now - self._bout[-1].index > 2.2 * RATE_HZ:
            self._close(now)

    def e(self):
        if self._ss <= 0.0 or self._ll <= 0.0:
            return 0.0
        return self._num / math.sqrt(self._ss * self._ll)

    def _lobe(self, index, s):
        sign = 1 if s >= 0.0 else -1
        if sign == self._sign:
            size = s * sign
            if size > self._peak:
                self._peak = size
            return
        # lobe ended
        start, end, peak = self._prev
        length = index - self._lobe_start
        if self._peak >= 0.35 and length >= 6:
            if peak >= 0.35 and self._lobe_start - end < 12 and max(peak, self._peak) >= 1.0:
                if self._lobe_start - self._last[self._sign] > 52:
                    self._last[self._sign] = self._lobe_start
                    self._wait.append((self._lobe_start, self._sign))
            self._prev = (self._lobe_start, index, self._peak)
        self._lobe_start = index
        self._sign = sign
        self._peak = 0.0

    def _stride(self, candidate, now, quality):
        index, polarity = candidate
        e = self.e()
        if polarity * e < 0.0:
            return
        s2 = s3 = before = after = 0.0
        for k in range(index - _W, index + _W):
            s = self._s[k % _RING] * polarity
            s2 += s * s
            s3 += s * s * s
            if k < index:
                before += self._l[k % _RING]
            else:
                after += self._l[k % _RING]
        if s2 <= 0.0:
            return
        d = math.sqrt(2 * _W) * s3 / (s2 * math.sqrt(s2))
        tilt = (before - after) / _W
        tilt = -3.0 if tilt < -3.0 else (8.0 if tilt > 8.0 else tilt)
        d += 0.15 * tilt
        event = events.Event(events.STEP, index, 0.0, now)
        event.quality = quality
        if abs(e) >= 0.06:
            if d > 0.10:
                event.direction = events.FORWARD
                event.confidence = min(1.0, 0.5 + d / 2)
            elif d < -0.35:
                event.direction = events.BACKWARD
                event.confidence = min(1.0, 0.5 - d / 2)
        event.provisional = now
        if event.direction and event.direction != self._turned:
            self._turned = event.direction
            turn = events.Event(events.TURN, index, 0.0, now)
            turn.direction = event.direction
            turn.confidence = event.confidence
            self._emit(turn)
        if self._bout:
            event.stride_s = (index - self._bout[-1].index) / RATE_HZ
        self._bout.append(event)
        self.last_stride = index
        if len(self._bout) == 3:
            for k in range(3):
                self._out(k, now)
        elif len(self._bout) > 3:
            self._out(len(self._bout) - 1, now)
            if len(self._bout) > 8:
                self._bout = self._bout[-4:]

    def _out(self, k, now):
        event = self._bout[k]
        if k > 0:
            before = self._bout[k - 1]
            middle = events.Event(events.STEP, (before.index + event.index) // 2, 0.0, now)
            middle.inferred = True
            middle.direction = event.direction
            middle.confidence = event.confidence * 0.9
            middle.stride_s = event.stride_s
            middle.provisional = event.provisional
            self._emit(middle)
        event.decided = now
        self._emit(event)

    def _close(self, now):
        self._bout = []

    def finish(self, now):
        while self._wait:
            self._stride(self._wait.pop(0), now, 0)
        self._close(now)
