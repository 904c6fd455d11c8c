# SPDX-License-Identifier: MIT
"""Shoe: instants at which a foot rests cut its motion into strides (placement foot).

    rests          heel off .. swing .. landing         rests
  |______|________________________________________|__________|
         last                                    start     now    a motion, for gait.footfall

in    rings of gait.sagittal, chunk by chunk; v; nothing of mount.polarity (a foot has no knee)
out   motions to gait.footfall; the bout is closed when nothing follows
keeps the last rest; a motion that waits: the first of a bout, and one that turned
from  docs/accuracy.md, "Foot"
but   rest is a share of the running peak, not a fixed rate: slow backward strides peak below 1 rad/s
"""

from retrostep.compat import const
from retrostep.gait.footfall import Footfall
from retrostep.gait.turning import upward

_MASK = const(255)
_G = const(9.80665)
_FADE = const(0.9936)  # a tick, of the running peak rate: 3 s
_SHARE = const(0.25)  # of the running peak below which the foot is flat: stance has 0.01-0.2, swing dips to 0.22
_LOW = const(0.15)  # rad/s, limits of that threshold
_HIGH = const(2.0)
_CALM = const(0.35)  # of the running peak (rad/s) is ||acc| - g| (m/s^2) below which the foot is flat
_CALM_LOW = const(0.7)  # m/s^2, limits of that; on its toes a foot as slow as 1 rad/s has 1.2 to 1.9
_CALM_HIGH = const(4.0)
_EVEN = const(0.1)  # m/s^2, range of |acc| over 8 ticks: noise is 0.05, a slow foot on its toes changes by 0.3
_FLAT = const(5)  # ticks in a row: 96 ms, 58 ms; a swing dips below the threshold for 4
_FLAT_FAST = const(3)
_FAST = const(8.0)  # rad/s, running peak from which the shorter one is enough: fast walking, jogging
_TILTED = const(0.07)  # rad for each rad/s of the running peak: further from the last rest, a foot is on its toes
_TILT_LOW = const(0.1)  # rad, limits of that
_TILT_HIGH = const(0.3)
_RESTS = const(26)  # ticks a foot rests anyhow, 0.5 s; on its toes, twice as slow as recorded, up to 15
_FORGET = const(260)  # ticks after which the last flat says nothing: 5 s, a sensor that was turned
_MOVE = const(9)  # ticks, shortest motion between flats that may be a stride: 0.17 s
_LONG = const(170)  # ticks, longest: 2.5 s
_STILL = const(0.3)  # (rad/s)^2 summed over the ticks of a chunk: 0.2 rad/s, a foot that stands
_STANDING = const(16)  # chunks of that which end a bout: 2 s
_HELD = const(225)  # ticks a first motion waits for the next at most: the rings hold 256, a chunk is 7
_TOUCH = const(16)  # ticks a turning foot rests, 0.3 s; less, and a brief motion after it, and it was still in the air
_BRIEF = const(20)  # ticks of that motion, 0.38 s


class Shoe:
    probe = None  # Engine.probe

    def __init__(self, sagittal, bouts, emit):
        self._g = sagittal
        self._bouts = bouts
        self._falls = Footfall(sagittal, bouts, emit)
        self._peak = 0.0
        self._moved = 0.0  # the peak when the foot last moved: a foot that rests does not become shakier
        self._flat_for = 0
        self._first = self._last = -1  # ticks of the last rest
        self._is_flat = False
        self._tick = 0
        self._held = None  # (last, start, m0, turned) of a motion that waits
        self._rest = None  # where up was at the last rest, counts made unit
        self._doubt = [0.0, 0.0, 0.0, -1]  # the same of the rest refused since, and its last tick
        self._still = 0

    def chunk(self, u, v, acc_scale, gyro_scale, offset, quality):
        """After sagittal.chunk. offset: sample index = 2 * tick + offset."""
        g = self._g
        g.found.clear()
        falls = self._falls
        falls.v = v
        falls.acc_scale = acc_scale
        falls.gyro_scale = gyro_scale
        falls.offset = offset
        falls.quality = quality
        if __debug__:
            falls.probe = self.probe
        w = g.w
        peak = self._peak
        moved = self._moved
        t = self._tick
        now = g.tick
        rate = w[(t - 1) & _MASK] + w[(t - 2) & _MASK] + w[(t - 3) & _MASK]
        flat_for, is_flat = self._flat_for, self._is_flat
        while t < now:
            rate += w[t & _MASK]
            y = 0.25 * rate
            rate -= w[(t - 3) & _MASK]
            peak *= _FADE
            if y > peak:
                peak = y
            if y < _LOW or (y < _SHARE * peak and y < _HIGH):
                if self._is_calm(t, moved):
                    flat_for += 1
                    if is_flat:
                        self._last = t
                    elif flat_for >= _FLAT or (peak > _FAST and flat_for >= _FLAT_FAST):
                        is_flat = self._is_level(t, flat_for, peak)
                        if is_flat:
                            self._settled(t - flat_for + 1, t)
                else:
                    flat_for = 0
            else:
                flat_for = 0
                moved = peak
                if is_flat:
                    flat = _SHARE * peak
                    if y > 1.3 * (_LOW if flat < _LOW else (_HIGH if flat > _HIGH else flat)):
                        is_flat = False
            t += 1
        self._tick = now
        self._peak, self._moved = peak, moved
        self._flat_for, self._is_flat = flat_for, is_flat
        self._still = self._still + 1 if g.power < _STILL else 0
        held = self._held
        if held is not None:
            rests = held[3] and is_flat and self._last - self._first >= _TOUCH
            if rests or held[2] < now - _HELD:  # before the rings forget it
                self._release()
        late = 2 * now + offset - self._bouts.last_stride
        if self._bouts.is_open() and (late > self._bouts.longest + 52 or (self._still >= _STANDING and late > 208)):
            self._bouts.close(2 * now + offset)

    def _is_calm(self, t, peak):
        """Mean ||acc| - g| of the last four ticks is small, for one who walks like that."""
        a = self._g.a
        limit = _CALM * peak
        limit = _CALM_LOW if limit < _CALM_LOW else (_CALM_HIGH if limit > _CALM_HIGH else limit)
        shake = 0.0
        for k in range(t - 3, t + 1):
            x = a[k & _MASK] - _G
            shake += x if x > 0.0 else -x
        self._falls.frozen = False
        if shake < 4.0 * limit:
            return True
        low = high = a[t & _MASK]  # or it does not change at all: a badly scaled |acc|, the end of a recording
        for k in range(t - 7, t):
            x = a[k & _MASK]
            if x < low:
                low = x
            elif x > high:
                high = x
        self._falls.frozen = high == low
        return high - low < _EVEN

    def _is_level(self, t, flat_for, peak):
        """The sole points where it did at the last flat; a slow foot also rests a moment on its toes."""
        x, y, z, size = upward(self._g.raw, t - 2)
        if size < 1.0:
            return True
        r = self._rest
        if r is None:
            self._rest = [x, y, z]
            return True
        if self._last > t - _FORGET and flat_for < _RESTS and flat_for <= self._last - self._first:
            limit = _TILTED * peak
            limit = _TILT_LOW if limit < _TILT_LOW else (_TILT_HIGH if limit > _TILT_HIGH else limit)
            least = 1.0 - 0.5 * limit * limit
            if x * r[0] + y * r[1] + z * r[2] < least:
                d = self._doubt
                if t - flat_for - 1 <= d[3] or x * d[0] + y * d[1] + z * d[2] < least:
                    d[0], d[1], d[2], d[3] = x, y, z, t
                    return False  # unless the next one points there too: then the last flat was none
        r[0], r[1], r[2] = x, y, z
        self._doubt[0] = self._doubt[1] = self._doubt[2] = 0.0
        return True

    def _settled(self, start, t):
        """The foot rests from tick `start` to `t`: was that a stride?"""
        first, last = self._first, self._last
        self._first = start
        self._last = t
        held = self._held
        if held is not None and held[3] and last - first < _TOUCH and start - last < _BRIEF:
            self._held = (held[0], start, held[2], True)  # it had not landed yet
            return
        if last < 0 or start - last < _MOVE or start - last > _LONG:
            return
        self._release()
        m0 = self._g.quietest((first if first > last - 20 else last - 20) - 2, last + 1)
        if self._bouts.is_open() or held is not None:
            if self._falls.judge(last, start, m0, self._rest, True):
                self._held = (last, start, m0, True)
        else:
            self._held = (last, start, m0, False)  # the axis is still being learnt: the next stride will know better

    def _release(self):
        """What was held is judged now."""
        held = self._held
        self._held = None
        if held is not None and held[2] > self._g.tick - 250:
            self._g.again(held[0] - 12, held[1] + 3, self._falls.v, self._falls.gyro_scale)
            self._falls.judge(held[0], held[1], held[2], self._rest, False)

    def finish(self, offset):
        """The end: whatever is held is labelled."""
        self._release()
        self._bouts.close(2 * self._g.tick + offset)
