# SPDX-License-Identifier: MIT
"""Shoe: instants of foot flat cut the motion of a foot into strides with their witnesses (placement foot).

    flat          heel off .. swing .. landing         flat
  |______|\\__________________________________/|__________|
         leave      lift-off '+'     contact '-'  settle        signs of the crossings about the axis of travel

in    rings of gait.sagittal, chunk by chunk; v; nothing of mount.polarity (a foot has no knee)
out   bouts.add(stride); TURN events, provisional, for the coach
keeps the last flat and the heel axis
from  docs/accuracy.md, "Foot": the heel lifts more than the toe, so mean tilt x displacement tells the direction;
      phi tells it without any mount; the last crossing before flat is the landing, in either direction
but   foot flat is a share of the running peak, not a fixed rate: slow backward strides peak below 1 rad/s
"""

from math import sin, sqrt

from retrostep import events
from retrostep.gait.bouts import EDGE_TRUST, Stride
from retrostep.gait.direction import SURE
from retrostep.gait.phase import phase
from retrostep.gait.sagittal import DELAY
from retrostep.gait.strapdown import displacement

_MASK = 255
_G = 9.80665
_FADE = 0.9936  # a tick, of the running peak rate: 3 s
_SHARE = 0.25  # of the running peak below which the foot is flat: stance has 0.01-0.2, swing dips to 0.22
_LOW, _HIGH = 0.15, 2.0  # rad/s, limits of that threshold
_CALM = 0.35  # of the running peak (rad/s) is ||acc| - g| (m/s^2) below which the foot is flat
_CALM_LOW, _CALM_HIGH = 0.7, 4.0  # m/s^2, limits of that; on its toes a foot as slow as 1 rad/s has 1.2 to 1.9
_EVEN = 0.1  # m/s^2, range of |acc| over 8 ticks: noise is 0.05, a slow foot on its toes changes by 0.3
_FLAT, _FLAT_FAST = 5, 3  # ticks in a row: 96 ms, 58 ms; a swing dips below the threshold for 4
_FAST = 8.0  # rad/s, running peak from which the shorter one is enough: fast walking, jogging
_TILTED = 0.07  # rad for each rad/s of the running peak: further from where it last was flat, a foot is on its toes
_TILT_LOW, _TILT_HIGH = 0.1, 0.3  # rad, limits of that
_RESTS = 26  # ticks a foot rests anyhow, 0.5 s; on its toes, twice as slow as recorded, up to 15
_FORGET = 260  # ticks after which the last flat says nothing: 5 s, a sensor that was turned
_MOVE = 9  # ticks, shortest motion between flats that may be a stride: 0.17 s
_LONG = 170  # ticks, longest: 2.5 s
_SLOW = 60  # ticks of motion from which a double integral is trusted less: 1.15 s
_LEAST = 0.05  # m, shortest stride; smaller shuffles are lost
_LEAST_SPAN = 0.06  # rad of pitch
_KEEP = 0.8  # of the heel axis, a stride
_LATER = 0.8  # ticks: landings marked by hand and by cameras come 0.01-0.03 s after the crossing
LENGTH_SD = 0.11  # m, against cameras (docs/accuracy.md, "Length"); stride to stride 0.02
_PROVEN = (0.4, 1.8)  # m, lengths that were compared with anything
_STILL = 0.3  # (rad/s)^2 summed over the ticks of a chunk: 0.2 rad/s, a foot that stands
_STANDING = 16  # chunks of that which end a bout: 2 s
_HELD = 225  # ticks a first motion waits for the next at most: the rings hold 256, a chunk is 7
_LOBE = 0.4  # of the largest swing lobe: smaller ones are the foot settling
_LAND = 9  # ticks before flat at which landing is taken when no crossing shows it


class Shoe:
    def __init__(self, sagittal, bouts, emit, memory):
        self._g = sagittal
        self._bouts = bouts
        self._emit = emit
        self._memory = memory
        self._peak = 0.0
        self._moved = 0.0  # the peak when the foot last moved: a foot that rests does not become shakier
        self._flat_for = 0
        self._first = self._last = -1  # ticks of the last flat
        self._is_flat = False
        self._tick = 0
        self._heel = 0.0  # smoothed tilt about v: its sign says what v means
        self._contact = -1000  # tick of the last one
        self._held = None  # the first motion of a bout
        self._rest = None  # where up was at the last flat, counts made unit
        self._doubt = [0.0, 0.0, 0.0, -1]  # the same of the flat refused since, and its last tick
        self._frozen = False  # the sensor repeats itself: the end of a recording
        self._still = 0
        self._turned = 0
        self.probe = None

    def chunk(self, u, v, acc_scale, gyro_scale, offset, quality):
        """After sagittal.chunk. offset: sample index = 2 * tick + offset."""
        g = self._g
        g.found.clear()
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
                            self._settled(t - flat_for + 1, t, now, v, acc_scale, gyro_scale, offset, quality)
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
        self._peak, self._moved, self._flat_for, self._is_flat = peak, moved, flat_for, is_flat
        self._still = self._still + 1 if g.power < _STILL else 0
        held = self._held
        if held is not None and held[2] < now - _HELD:
            self._held = None  # before the rings forget it
            if held[2] > now - 250:
                g.again(held[0] - 12, held[1] + 3, v, gyro_scale)
                self._judge(held[0], held[1], held[2], v, acc_scale, gyro_scale, now, offset, quality)
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
        self._frozen = False
        if shake < 4.0 * limit:
            return True
        low = high = a[t & _MASK]  # or it does not change at all: a badly scaled |acc|, the end of a recording
        for k in range(t - 7, t):
            x = a[k & _MASK]
            if x < low:
                low = x
            elif x > high:
                high = x
        self._frozen = high == low
        return high - low < _EVEN

    def _is_level(self, t, flat_for, peak):
        """The sole points where it did at the last flat; a slow foot also rests a moment on its toes."""
        raw = self._g.raw
        x = y = z = 0.0
        for k in range(t - 4, t + 1):
            k = 6 * (k & _MASK)
            x += raw[k + 3]
            y += raw[k + 4]
            z += raw[k + 5]
        size = sqrt(x * x + y * y + z * z)
        if size < 1.0:
            return True
        r = self._rest
        if r is None:
            self._rest = [x / size, y / size, z / size]
            return True
        if self._last > t - _FORGET and flat_for < _RESTS and flat_for <= self._last - self._first:
            limit = _TILTED * peak
            limit = _TILT_LOW if limit < _TILT_LOW else (_TILT_HIGH if limit > _TILT_HIGH else limit)
            least = (1.0 - 0.5 * limit * limit) * size
            if x * r[0] + y * r[1] + z * r[2] < least:
                d = self._doubt
                if t - flat_for - 1 <= d[3] or x * d[0] + y * d[1] + z * d[2] < least:
                    d[0], d[1], d[2], d[3] = x / size, y / size, z / size, t
                    return False  # unless the next one points there too: then the last flat was none
        r[0], r[1], r[2] = x / size, y / size, z / size
        self._doubt[0] = self._doubt[1] = self._doubt[2] = 0.0
        return True

    def _settled(self, start, t, now, v, acc_scale, gyro_scale, offset, quality):
        """The foot is flat from tick `start` to `t`: was that a stride?"""
        first, last = self._first, self._last
        self._first = start
        self._last = t
        if last < 0 or start - last < _MOVE or start - last > _LONG:
            return
        if first < last - 20:
            first = last - 20
        held = self._held
        self._held = None
        if held is not None and held[2] > now - 250:
            g = self._g
            g.again(held[0] - 12, held[1] + 3, v, gyro_scale)
            self._judge(held[0], held[1], held[2], v, acc_scale, gyro_scale, now, offset, quality)
        m0 = self._g.quietest(first - 2, last + 1)
        if self._bouts.is_open() or held is not None:
            self._judge(last, start, m0, v, acc_scale, gyro_scale, now, offset, quality)
        else:
            self._held = (last, start, m0)  # the axis is still being learnt: the next stride will know better

    def _judge(self, last, start, m0, v, acc_scale, gyro_scale, now, offset, quality):
        x, tilt, span = displacement(self._g.raw, self._g.s, m0, start, v, acc_scale)
        if -_LEAST < x < _LEAST or span < _LEAST_SPAN:
            return
        self._stride(last, start, x, tilt, span, now, offset, quality)

    def _landing(self, last, start, way):
        """(tick, fraction) where the last big lobe of the swing ends, and tick + fraction where the first begins.

        In either direction the foot turns towards +way while it swings, and the other way as it settles.
        """
        s = self._g.s
        big = 0.0
        for t in range(last, start + 2):
            x = s[t & _MASK] * way
            if x > big:
                big = x
        big *= _LOBE
        t = start + 1
        while t > last and s[t & _MASK] * way < big:
            t -= 1
        while t < start + 1 and s[t & _MASK] * way > 0.0:
            t += 1
        if t <= last + 2 or big <= 0.0 or s[t & _MASK] * way > 0.0:
            return start - _LAND, 0.0, -1.0
        before = s[(t - 1) & _MASK]
        share = before / (before - s[t & _MASK])
        k = last
        while k < t and s[k & _MASK] * way < big:
            k += 1
        while k > last - 4 and s[k & _MASK] * way > 0.0:
            k -= 1
        before = s[k & _MASK]
        after = s[(k + 1) & _MASK]
        return t, share, k + 1 + (before / (before - after) if before != after else 0.0)

    def _stride(self, last, start, x, tilt, span, now, offset, quality):
        g = self._g
        way = 1.0 if x > 0.0 else -1.0
        contact, share, lift = self._landing(last, start, way)

        # witnesses: the heel's tilt, this stride's and remembered, times the way the foot went; and the phase
        weight = span if span < 1.0 else 1.0
        self._heel = _KEEP * self._heel + weight * tilt
        sure = x * way * 4.0
        if sure > 1.0:
            sure = 1.0
        if start - last > _SLOW:
            sure *= _SLOW / (start - last)
        remembered = 10.0 * self._heel
        remembered = 2.5 if remembered > 2.5 else (-2.5 if remembered < -2.5 else remembered)
        own = 8.0 * tilt
        own = 1.5 if own > 1.5 else (-1.5 if own < -1.5 else own)
        logit = -way * sure * (remembered + own)
        period = contact - self._contact
        if 26 < period < 220:
            phi, strength = phase(g.s, g.a, self._contact, contact, 1, DELAY)
            strength *= 2.0
            logit -= 2.5 * sin(phi) * (1.0 if strength > 1.0 else strength)
        else:
            period = 0
            phi = strength = 0.0

        if self._frozen and -SURE < logit < SURE:
            return  # cut off in mid swing
        if not self._bouts.is_open():
            logit *= EDGE_TRUST
        late = 2.0 * (share - DELAY + _LATER)
        whole = int(late + 64.0) - 64
        stride = Stride(offset + 2 * contact - 1 + whole, late - whole)
        stride.logit = logit
        stride.swing_forward = stride.swing_backward = x * way
        stride.length = x * way
        stride.length_sd = LENGTH_SD
        stride.sagittal = span
        stride.quality = quality
        if stride.length > 0.0 and not _PROVEN[0] < stride.length < _PROVEN[1]:
            stride.quality |= events.Q_UNPROVEN
        if period and lift > 0.0 and contact + share > lift:
            stride.stance = stride.stance_backward = 1.0 - (contact + share - lift) / period
        # pitch at contact, against flat: toe up is a heel landing
        pitch = 0.0
        for t in range(contact, start + 2):
            pitch -= g.s[t & _MASK]
        pitch *= 2.0 / 104.0
        if self._heel > 0.0:
            pitch = -pitch
        if pitch > 0.05 or pitch < -0.05:
            stride.toe = events.HEEL if pitch > 0.0 else events.TOE
            sure = pitch if pitch > 0.0 else -pitch
            stride.toe_confidence = 0.5 + (sure if sure < 0.45 else 0.45)
        stride.provisional = 2 * now + offset
        if self.probe:
            self.probe({"tick": contact, "x": x, "tilt": tilt, "phi": phi, "strength": strength, "heel": self._heel,
                        "logit": logit, "stride": stride})  # fmt: skip
        self._contact = contact
        self._bouts.add(stride, 0.0, stride.provisional)
        direction = events.FORWARD if logit > 2.5 else (events.BACKWARD if logit < -2.5 else 0)
        if direction and direction != self._turned and self._bouts.is_walking():
            self._turned = direction
            turn = events.Event(events.TURN, stride.contact, stride.fraction, stride.provisional)
            turn.direction = direction
            turn.confidence = 0.9
            turn.provisional = stride.provisional
            self._emit(turn)

    def finish(self, offset):
        """The end: whatever is held is labelled."""
        self._bouts.close(2 * self._g.tick + offset)
