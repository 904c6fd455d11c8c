# SPDX-License-Identifier: MIT
"""Footfall: what a foot did between two instants of rest, as a stride with its witnesses (placement foot).

     heel lifts  toe lifts                   lands   rests
  ______|___________|__________________________|_______|____    s, the rate about the axis of travel:
                   '+' from here                '-' from here    signs of its crossings

in    motions: the ticks at which one rest ended and the next began, the quietest one before; rings of gait.sagittal
out   bouts.add(stride); TURN events, provisional, for the coach
keeps how the heel lifted in the last strides, the last contact
from  docs/accuracy.md, "Foot": the heel lifts more than the toe, so mean tilt x displacement tells the direction;
      phi tells it without any mount; the last crossing before the rest is the landing, in either direction
but   a step of a turn, a side step or a shuffle has no such crossing and no direction of its own
"""

from math import sin

from retrostep import events
from retrostep.compat import const
from retrostep.gait.bouts import EDGE_TRUST, Stride
from retrostep.gait.direction import SURE
from retrostep.gait.phase import phase
from retrostep.gait.sagittal import DELAY
from retrostep.gait.strapdown import displacement
from retrostep.gait.turning import stepped, turned

_MASK = const(255)
_SLOW = const(60)  # ticks of motion from which a double integral is trusted less: 1.15 s
_LEAST = const(0.05)  # m, shortest stride; smaller shuffles are lost
_LEAST_SPAN = const(0.06)  # rad of pitch
_PITCHES = const(0.8)  # rad, range of pitch from which a foot steps ahead: its lobes show the landing
_TURNED = const(0.5)  # rad about the vertical, and twice the range of pitch: a step of a turn, or a pivot
_SWING = const(13)  # ticks, 0.25 s, shortest of those
_SET_DOWN = const(8)  # ticks, 0.15 s, such a foot lands before it rests: mean of 127 hand-marked ones, SD 0.14 s
_KEEP = const(0.8)  # of the heel, a stride
_AHEAD = const(0.4)  # m, length from which a heel that lifts less than _TIPS says that this walk has no direction
_TIPS = const(0.05)  # mean tilt over range of pitch: 0.07-0.22 in 43 people, 0.00-0.05 in one with braces and sticks
_LATER = const(0.8)  # ticks: landings marked by hand and by cameras come 0.01-0.03 s after the crossing
_LENGTH_SD = const(0.11)  # m, against cameras (docs/accuracy.md, "Length"); stride to stride 0.02
_SHORT = const(0.4)  # m, lengths between these were compared with something
_LONG = const(1.8)
_LOBE = const(0.4)  # of the largest swing lobe: smaller ones are the foot settling
_LAND = const(9)  # ticks before the rest at which landing is taken when no crossing shows it


def landing(s, last, start, way):
    """(tick, fraction) where the last big lobe of the swing ends, and tick + fraction where the first begins.

    In either direction the foot turns towards +way while it swings, and the other way as it settles.
    """
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


class Footfall:
    """judge() one motion after the other; what holds for all of a chunk is set by gait.shoe."""

    probe = None  # Engine.probe

    def __init__(self, sagittal, bouts, emit):
        self._g = sagittal
        self._bouts = bouts
        self._emit = emit
        self.v = None  # axis of travel, sensor frame, sign arbitrary
        self.acc_scale = self.gyro_scale = 0.0
        self.offset = 0  # sample index = 2 * tick + offset
        self.quality = 0
        self.frozen = False  # the sensor repeats itself: the end of a recording
        self._heel = 0.0  # smoothed tilt about v: its sign says what v means
        self._range = 0.0  # the range of pitch, smoothed alike
        self._contact = -1000  # tick of the last one
        self._turned = 0  # direction the coach knows

    def judge(self, last, start, m0, up, can_wait):
        """A motion from tick `last` to `start`, quietest before at `m0`; `up` as the flat foot feels it.

        Returns True, and leaves the motion alone, if it is one of a turn and can wait until the foot surely rests.
        """
        g = self._g
        x, tilt, span = displacement(g.raw, g.s, m0, start, self.v, self.acc_scale)
        far = 0.0
        turns = False
        if span < _PITCHES and up is not None:
            yaw = turned(g.raw, m0, start, up, self.gyro_scale)
            turns = yaw > _TURNED and yaw > 2.0 * span
            if turns and can_wait:
                return True
            if turns or -_LEAST < x < _LEAST or span < _LEAST_SPAN:
                if start - last >= _SWING:
                    far = stepped(g.raw, last, start, self.v, self.acc_scale, self.gyro_scale)
                if not far:
                    return False
        stride = self._elsewhere(start, far, turns) if far else self._ahead(last, start, x, tilt, span)
        if stride is not None:
            self._add(stride, span)
        return False

    def _at(self, tick, share):
        """A stride with its contact `share` of a tick before `tick`."""
        late = 2.0 * (share - DELAY + _LATER)
        whole = int(late + 64.0) - 64
        return Stride(self.offset + 2 * tick - 1 + whole, late - whole)

    def _elsewhere(self, start, far, turns):
        """A step of a turn, or to the side: its neighbours know its direction."""
        self._contact = start - _SET_DOWN
        stride = self._at(self._contact, 0.0)
        stride.sideways = not turns
        stride.length = far  # the swing stays 1: it is as large as it needs to be
        return stride

    def _ahead(self, last, start, x, tilt, span):
        """A step ahead or back; None if it is cut off in mid swing."""
        g = self._g
        way = 1.0 if x > 0.0 else -1.0
        x *= way
        contact, share, lift = landing(g.s, last, start, way)

        # witnesses: the heel's tilt, this stride's and remembered, times the way the foot went; and the phase
        weight = span if span < 1.0 else 1.0
        trust = 1.0 if self._bouts.is_open() else EDGE_TRUST
        self._heel = _KEEP * self._heel + trust * weight * tilt
        self._range = _KEEP * self._range + trust * weight * span
        sure = 4.0 * x
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
        phi = strength = 0.0
        if 26 < period < 220 and period < 2 * (start - last) + 26:  # else it stood in between
            phi, strength = phase(g.s, g.a, self._contact, contact, 1, DELAY)
            strength *= 2.0
            logit -= 2.5 * sin(phi) * (1.0 if strength > 1.0 else strength)
        else:
            period = 0
        if x > _AHEAD and -_TIPS * self._range < self._heel < _TIPS * self._range:
            logit = 0.0  # phi alone was wrong then
        if self.frozen and -SURE < logit < SURE:
            return None

        stride = self._at(contact, share)
        stride.logit = logit * trust
        stride.swing_forward = stride.swing_backward = stride.length = x
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
        if __debug__ and self.probe:
            self.probe({"tick": contact, "x": way * x, "tilt": tilt, "phi": phi, "strength": strength,
                        "heel": self._heel, "logit": stride.logit, "stride": stride})  # fmt: skip
        self._contact = contact
        return stride

    def _add(self, stride, span):
        now = 2 * self._g.tick + self.offset
        stride.length_sd = _LENGTH_SD
        stride.sagittal = span
        stride.quality = self.quality
        if not _SHORT < stride.length < _LONG:
            stride.quality |= events.Q_UNPROVEN
        stride.provisional = now
        self._bouts.add(stride, 0.0, now)
        logit = stride.logit
        direction = events.FORWARD if logit > 2.5 else (events.BACKWARD if logit < -2.5 else 0)
        if direction and direction != self._turned and self._bouts.is_walking():
            self._turned = direction
            turn = events.Event(events.TURN, stride.contact, stride.fraction, now)
            turn.direction = direction
            turn.confidence = 0.9
            turn.provisional = now
            self._emit(turn)
