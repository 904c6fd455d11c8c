# SPDX-License-Identifier: MIT
"""Leg: reversals of the shank's rate become strides with their witnesses (ankle).

            forward                       backward
  s    +       swing                        stance, rolling back
       0 ----/-------\\----            ----/-------\\------        / is the reversal, one a stride
       -  stance      stance           swing        lift-off
  the reversal is toe-off going forward and touch-down going backward; the crossing after it is landing or lift-off

in    sagittal's rings and reversals, the polarity of v, u, v; chunk by chunk
out   bouts.add(stride); TURN events, provisional, for the coach
keeps the last stride's reversals
from  docs/accuracy.md, "Ankle" and "Position"
but   while the polarity is unknown, strides are made for its likelier side; bouts.mirror() reads them the other way
"""

from retrostep import events
from retrostep.compat import const
from retrostep.gait import contacts
from retrostep.gait.bouts import EDGE_TRUST, Stride
from retrostep.gait.direction import of_asymmetry, of_displacement, of_way, polarity
from retrostep.gait.strapdown import displacement
from retrostep.gait.swings import SPAN, Swings
from retrostep.gait.witness import Witness

_EARLY = const(5)  # ticks after the reversal at which a provisional label stands: 0.1 s
_HALF = const(23)  # ticks either side of the reversal in D: 0.45 s
_LATE = const(172)  # ticks without another reversal that end a bout: 3.3 s, slow patients included
_REACH = const(246)  # ticks back that the rings still hold
_USUAL = const(62)  # ticks, stride time taken where none is known: 1.2 s
_FAST = const(0.7)  # rad/s, a lobe from which a provisional label is worth giving
_STILL = const(0.3)  # (rad/s)^2 summed over the ticks of a chunk: 0.2 rad/s, a leg that stands
_STANDING = const(10)  # chunks of that after which the last stride needs no other: 1.25 s; twice as many end a bout
_FARTHEST = const(3.5)  # m, no leg strides so far: it was thrown, or the strap came loose
_CLEAR = const(3.0)  # log odds from gait.witness that make a first stride as good as any; lying down, rising stay below
LENGTH_SD = 0.15  # m; no length truth at the ankle: shoes have 0.11 with the same method
_PROVEN = (0.3, 1.7)  # m, lengths that walks of eleven people showed


class Leg:
    probe = None  # Engine.probe

    def __init__(self, sagittal, bouts, emit, side, doubts):
        self._g = sagittal
        self._bouts = bouts
        self._emit = emit
        self._side = side  # a mount.polarity.Polarity
        self._doubts = doubts
        self._swings = Swings(sagittal)
        self._witness = Witness()
        self._past = None  # reversal of the last stride
        self._opposite = None  # the one to the other side within it
        self._turned = 0
        self._still = 0  # chunks
        self._index = 0
        self._u = self._v = None
        self._acc_scale = 0.0
        self._offset = 0
        self._quality = 0

    def chunk(self, u, v, acc_scale, gyro_scale, offset, quality):
        """After sagittal.chunk. offset: sample index = 2 * tick + offset."""
        g, swings, side = self._g, self._swings, self._side
        self._u = u
        self._v = v
        self._acc_scale = acc_scale
        self._offset = offset
        self._quality = quality
        self._still = self._still + 1 if g.power < _STILL else 0
        swings.chunk()
        tick = g.tick
        index = self._index = 2 * tick + offset
        if swings.is_rattling and g.power > _STILL:
            self._doubts.rattle(index)
        track = swings.track(side.side)
        if track and swings.is_old(track[0]):
            self._settle(False)
            track = swings.track(side.side)
        check = side.check
        if check is not None and index > check.until:
            side.check = None
            self._checked(0.0)
        if track:
            r = track[-1]
            if r.provisional < 0 and tick - r.tick >= _EARLY:
                self._early(r, track[-2] if len(track) > 1 else self._past)
        past = self._past
        if past is not None and (tick - past.tick > 26 + 2 * _LATE or self._still >= 2 * _STANDING):
            self._past = None
            self._bouts.close(index)

    def finish(self, offset):
        """The end: whatever is held is labelled."""
        if self._v is not None:
            self._settle(True)
        self._bouts.close(self._index)

    def _settle(self, is_end):
        """Judge the reversals that are old enough, finish the strides whose next reversal is known."""
        swings = self._swings
        track = swings.track(self._side.side)
        while track:
            r = track[0]
            if not swings.is_old(r):
                return  # at the end, too: half of its lobe is missing
            if not self._is_swing(r):
                track.pop(0)
                continue
            following = track[1] if len(track) > 1 else None
            if following is not None and not swings.is_old(following):
                if not is_end:
                    return
                following = None
            if following is not None:
                if not self._is_swing(following):
                    track.pop(1)
                    continue
                if swings.is_extra(self._past, r, following):
                    track.pop(0)
                    continue
            elif not is_end and self._g.tick - r.tick <= _LATE and self._still < _STANDING:
                return
            track.pop(0)
            if self._finish(r, following):
                self._turn_over()
                track = swings.track(self._side.side)

    def _is_swing(self, r):
        if r.is_checked:
            return True
        if not self._swings.is_swing(r, self._bouts.is_open()):
            return False
        r.d = self._g.asymmetry(r.tick, _HALF, _HALF, r.side)
        return True

    def _turn_over(self):
        """The other polarity has become the likelier one: read what is held the other way, go on on that side."""
        self._bouts.mirror()
        self._bouts.polarity(self._side.is_sure, self._side.odds)
        self._past = self._opposite
        if self._past is not None:
            self._swings.forget(self._side.side, self._past.tick + 1)

    def _early(self, r, before):
        """A provisional label, 0.1 to 0.2 s after the reversal."""
        r.provisional = self._index
        if not self._side.is_sure or before is None or r.size() <= _FAST or r.tick - before.tick >= SPAN:
            return
        l = of_asymmetry(self._g.asymmetry(r.tick, _HALF, _EARLY, r.side))
        direction = events.FORWARD if l > 1.5 else (events.BACKWARD if l < -1.5 else 0)
        if direction and direction != self._turned:
            self._turned = direction
            turn = events.Event(events.TURN, r.provisional, 0.0, r.provisional)
            turn.direction = direction
            turn.confidence = 0.5 + abs(l) / 10.0
            turn.provisional = r.provisional
            self._emit(turn)

    def _finish(self, r, following):
        """A stride is complete. True when it turned the polarity over."""
        g, past, side = self._g, self._past, self._side
        t0 = r.tick - past.tick if past is not None else SPAN + 1
        t1 = following.tick - r.tick if following is not None else SPAN + 1
        is_first, is_last = t0 > SPAN, t1 > SPAN
        if is_first:
            t0 = _USUAL if is_last or t1 > _USUAL else t1
        if is_last:
            following = None
            t1 = _USUAL if is_first or t0 > _USUAL else t0
        opposite = self._swings.between(-r.side, r.tick, r.tick + t1)
        lead = self._lead(r, opposite, t0, t1) if is_first else None
        self._swings.forget(-r.side, r.tick)
        x, span = self._displaced(r, t0, t1)
        if x > _FARTHEST or x < -_FARTHEST:
            return False
        half = 2 * (t0 if t0 < t1 else t1) // 5
        half = 18 if half < 18 else (46 if half > 46 else half)
        d = r.d  # over _HALF; only strides much longer or shorter are looked at again
        if not -4 < half - _HALF < 4:
            d = g.asymmetry(r.tick, half, half, r.side)
        l = of_asymmetry(d)

        witness = self._witness
        way = evidence = 0.0
        is_aside = is_over = False
        if following is not None and g.tick - r.tick < _REACH:
            witness.look(g.raw, g.s, r.tick, following.tick, self._u, self._v, self._acc_scale)
            witness.judge(x, span, g.share(r.tick), is_first)
            if witness.trust > 0.0:
                way = witness.way
                evidence = witness.trust * (witness.mirror + r.side * polarity(l, way))
                is_aside = side.is_aside(self._v, evidence, g, r.tick, self._u)
                is_over = not is_aside and side.stride(self._v, evidence)
        if witness.is_idle:
            self._doubts.swing(self._index)
            return False

        is_clear = l * way > 0.0 and not -_CLEAR < way < _CLEAR
        trust = EDGE_TRUST if is_last or (is_first and not is_clear) else 1.0
        l = l + of_displacement(x) if witness.trust > 0.0 else 0.0
        if side.check is not None:
            shown = side.shown(self._v, r.side * l)
            if shown is not None:
                is_over = shown
                self._checked(1.0)
        stride = Stride(0, 0.0)
        stride.logit = trust * (of_way(way) + l)
        stride.mirrored = trust * (of_way(way) - l)
        stride.doubt = evidence * r.side
        stride.sideways = is_aside
        contacts.fill(stride, r, following, opposite, t1, g.s, g.tick, self._offset)
        self._measured(stride, x, span, r.provisional)
        contacts.first_touch(stride, r.side, stride.logit < 0.0, g.s, g.tick, self._offset)
        if __debug__ and self.probe:
            self.probe({"tick": r.tick, "side": r.side, "d": d, "x": x, "way": way, "evidence": evidence * r.side,
                        "mirror": witness.mirror * r.side, "purity": witness.purity, "odds": side.odds,
                        "whole": following is not None, "logit": stride.logit, "v": tuple(self._v),
                        "stride": stride})  # fmt: skip
        bouts = self._bouts
        if is_first:
            bouts.lead = lead
        self._past = r
        self._opposite = opposite
        bouts.polarity(side.is_sure and not is_over, side.odds)  # mirrored first, labelled then
        bouts.add(stride, of_asymmetry(following.d) if following is not None else 0.0, self._index)
        if bouts.is_walking():
            self._doubts.stride(side.is_sure, self._index)
        return is_over

    def _checked(self, score):
        event = events.Event(events.CHECK, self._index, 0.0, self._index)
        event.score = score
        self._emit(event)

    def _lead(self, r, opposite, t0, t1):
        """Read from the other side, a walk may begin half a stride earlier than at r: that stride, or None."""
        if self._side.is_proven or opposite is None:
            return None
        swings = self._swings
        before = swings.between(-r.side, r.tick - SPAN, r.tick)
        if before is None or not swings.is_swing(before, False) or swings.is_extra(None, before, opposite):
            return None
        stride = Stride(*contacts.going_forward(r.tick, r.fraction, self._offset))
        back = contacts.going_backward(before.tick, before.fraction, self._offset)
        stride.contact_backward, stride.fraction_backward = back
        stride.swing_forward = before.after * before.side
        stride.swing_backward = -before.before * before.side
        x, span = self._displaced(before, t0, t1)
        l = of_asymmetry(self._g.asymmetry(before.tick, _HALF, _HALF, before.side))
        stride.logit = EDGE_TRUST * (l + of_displacement(x))
        self._measured(stride, x, span, -1)
        return stride

    def _displaced(self, r, t0, t1):
        """Displacement in m along the leg's way if r's side is its own, and sagittal range in rad, between the quietest
        instants of the strides before (t0 ticks) and after (t1); 0.0 where the rings have forgotten: no opinion."""
        g = self._g
        oldest = g.tick - _REACH
        start = r.tick - t0 + t0 * 35 // 100
        end = r.tick - t0 + t0 * 88 // 100
        if end <= oldest + 4:
            return 0.0, 0.0
        m0 = g.quietest(start if start > oldest else oldest, end)
        m1 = g.quietest(r.tick + t1 * 35 // 100, r.tick + t1 * 88 // 100)
        x, _, span = displacement(g.raw, g.s, m0, m1, self._v, self._acc_scale)
        return x * r.side, span

    def _measured(self, stride, x, span, provisional):
        stride.length = x if x > 0.0 else 0.0 - x
        stride.length_sd = LENGTH_SD
        stride.sagittal = span
        stride.provisional = provisional
        stride.quality = self._quality
        if stride.length > 0.0 and not _PROVEN[0] < stride.length < _PROVEN[1]:
            stride.quality |= events.Q_UNPROVEN
