# SPDX-License-Identifier: MIT
"""Leg: reversals of the shank's rate become strides with their witnesses (ankle).

            forward                       backward
  s    +       swing                        stance, rolling back
       0 ----/-------\\----            ----/-------\\------        / is the reversal, one a stride
       -  stance      stance           swing        lift-off
  the reversal is toe-off going forward and touch-down going backward; the crossing after it is landing or lift-off

in    sagittal.found, the polarity of v (0 while unknown), v; chunk by chunk
out   bouts.add(stride); TURN events, provisional, for the coach
keeps at most a dozen reversals
from  docs/accuracy.md, "Ankle": D, X and phi
"""

from retrostep import events
from retrostep.gait.bouts import EDGE_TRUST, Stride
from retrostep.gait.direction import of_asymmetry, of_displacement, of_phase
from retrostep.gait.phase import phase
from retrostep.gait.sagittal import DELAY
from retrostep.gait.strapdown import displacement

_EARLY = 5  # ticks after the reversal at which a provisional label stands: 0.1 s
_SETTLE = 26  # ticks after which a reversal is judged: 0.5 s, also the shortest stride
_HALF = 23  # ticks either side of the reversal in D: 0.45 s
_LATE = 172  # ticks without another reversal that end a bout: 3.3 s, slow patients included
_SPAN = 172  # ticks, longest stride
_REACH = 246  # ticks back that the rings still hold
_USUAL = 62  # ticks, stride time taken where none is known: 1.2 s
_BIG = 0.7  # rad/s, the larger lobe of the slowest stride accepted; slowest real backward ankle 1.9
_SMALL = 0.35  # rad/s, the smaller lobe
_WALKING = 0.72  # of both, once a stride was found
_SHARE = 0.3  # of the running strength
_TOUCH = 5.0  # ticks from reversal to touch-down going backward: jerk of |acc| peaks there on six people
_LAND = 2.2  # ticks from the crossing to landing going forward: jerk of |acc| peaks 0.04 s later on eleven people
_EXTRA = 0.55  # a lobe pair below this share of both neighbours, crowded between them, is no stride of its own
_CROWD = 42  # ticks
_STILL = 0.3  # (rad/s)^2 summed over the ticks of a chunk: 0.2 rad/s, a leg that stands
_STANDING = 10  # chunks of that after which the last stride needs no other: 1.25 s; twice as many end a bout
_SMOOTH = 0.4  # share of the rate's power below 6 Hz under which a chunk rattles: walking 0.8-1, white noise 0.2
_E_NONE, _E_SURE = 0.08, 0.2  # e: side steps stay below 0.19, real strides above 0.2 (98 %)
_FARTHEST = 3.5  # m
LENGTH_SD = 0.15  # m; no length truth at the ankle: shoes have 0.11 with the same method
_PROVEN = (0.3, 1.7)  # m, lengths that walks of eleven people showed
_ALIKE = 0.7
_E_MOST = 0.8  # a leg force that follows the rate so well knows no ground: pedals give 0.9
_E_ASIDE = 0.24  # e of one stride alone: side steps below, strides with a turned strap mostly above
_PLAIN = 0.7  # share of the rate about v from which nothing else is asked; real walking 0.64 and more
_ABOUT = 0.55  # share about the learnt axis below which a stride went aside or turned; side steps 0.1-0.45
_ROLL = 0.22  # share about the fore-aft axis of side steps (0.36-0.74); turning on the spot 0.01-0.19
_OVER = 0.05  # share of its peak at which a swing is over
_MASK = 255


class Reversal:
    def __init__(self, tick, fraction, polarity, peak):
        self.tick = tick
        self.fraction = fraction
        self.polarity = polarity
        self.before = peak  # signed peak of the lobe before, of the lobe after
        self.after = 0.0
        self.turn = -1  # tick of the crossing that ends the lobe after
        self.turn_fraction = 0.0
        self.is_checked = False
        self.d = 0.0
        self.provisional = -1
        self.e = 0.0  # mount.sign's at that time, signed by polarity

    def size(self):
        a = self.before if self.before > 0.0 else -self.before
        b = self.after if self.after > 0.0 else -self.after
        return a if a > b else b


class Leg:
    def __init__(self, sagittal, bouts, emit, memory):
        self._g = sagittal
        self._bouts = bouts
        self._emit = emit
        self._memory = memory
        self._tracks = ([], [])  # reversals from - to +, and from + to -
        self._strength = 0.0
        self._past = None  # reversal of the last finished stride
        self._turned = 0
        self._still = 0  # chunks
        self._rattle = 0.0  # share of recent chunks that rattle: noise, a loose strap, a drill
        self._u = (0.0, 0.0, 1.0)
        self.probe = None

    def chunk(self, polarity, e, u, v, acc_scale, gyro_scale, offset, quality):
        """After sagittal.chunk. offset: sample index = 2 * tick + offset."""
        g = self._g
        self._u = u
        self._still = self._still + 1 if g.power < _STILL else 0
        if g.power > 0.5:  # summed over the chunk: not at rest
            self._rattle += 0.15 * ((1.0 if g.ss < _SMOOTH * g.power else 0.0) - self._rattle)
        for tick, fraction, side, peak in g.found:
            self._found(tick, fraction, side, peak)
        g.found.clear()
        now = g.tick
        self._index = 2 * now + offset
        for side in (1, -1):
            track = self._tracks[0 if side > 0 else 1]
            if side != polarity:
                while track and now - track[0].tick > _LATE:
                    track.pop(0)
                continue
            self._walk(track, now, polarity, e, v, acc_scale, gyro_scale, offset, quality)
        if self._past is not None and (now - self._past.tick > 26 + 2 * _LATE or self._still >= 2 * _STANDING):
            self._past = None
            self._bouts.close(self._index)

    def _found(self, tick, fraction, side, peak):
        other = self._tracks[1 if side > 0 else 0]
        if other and other[-1].turn < 0:
            other[-1].after = peak
            other[-1].turn = tick
            other[-1].turn_fraction = fraction
        elif self._past is not None and self._past.polarity != side and self._past.turn < 0:
            self._past.turn = tick
        track = self._tracks[0 if side > 0 else 1]
        if track and tick - track[-1].tick < _SETTLE:
            size = peak if peak > 0.0 else -peak
            if _ALIKE * track[-1].size() < size < track[-1].size() / _ALIKE:
                self._rattle += 0.22 * (1.0 - self._rattle)  # swings as large, too soon: no leg walks like that
            if track[-1].size() >= size:
                return
            track.pop()
        track.append(Reversal(tick, fraction, side, peak))

    def _walk(self, track, now, polarity, e, v, acc_scale, gyro_scale, offset, quality):
        self._settle(track, now, e, v, acc_scale, gyro_scale, offset, quality)
        if track and track[-1].provisional < 0 and now - track[-1].tick >= _EARLY:
            self._early(track[-1], track[-2] if len(track) > 1 else self._past, polarity, e)

    def _settle(self, track, now, e, v, acc_scale, gyro_scale, offset, quality):
        """Judge the reversals that are old enough, finish the strides whose next reversal is known."""
        while track:
            r = track[0]
            if now - r.tick < _SETTLE:
                return
            if not r.is_checked and not self._is_swing(r):
                track.pop(0)
                continue
            following = None
            if len(track) > 1:
                following = track[1]
                if now - following.tick < _SETTLE:
                    return
                if not following.is_checked and not self._is_swing(following):
                    track.pop(1)
                    continue
                if self._is_extra(r, following):
                    track.pop(0)
                    continue
            elif now - r.tick <= _LATE and self._still < _STANDING:
                return
            self._finish(r, following, e, v, acc_scale, gyro_scale, offset, quality)
            track.pop(0)

    def _is_swing(self, r):
        if r.turn < 0:
            r.after = self._g.peak()
        r.is_checked = True
        size = r.size()
        if self._rattle > 0.5:
            return False
        share = _WALKING if self._bouts.is_open() else 1.0
        if size < share * _BIG or size < _SHARE * self._strength:
            return False
        small = share * _SMALL
        if -small < r.before < small or -small < r.after < small:
            return False
        self._strength = 0.8 * self._strength + 0.2 * size if self._strength else size
        r.d = self._g.asymmetry(r.tick, _HALF, _HALF, r.polarity)
        return True

    def _end_of_lobe(self, r):
        """Where the lobe after a reversal is over: a leg that stands still afterwards crosses zero much later."""
        s_ring = self._g.s
        peak = before = 0.0
        t = r.tick
        while t < self._g.tick - 1:
            s = s_ring[t & _MASK] * r.polarity
            if s > peak:
                peak = s
            elif s < _OVER * peak:
                break
            before = s
            t += 1
        r.turn = t
        r.turn_fraction = (before - _OVER * peak) / (before - s) if before > s else 0.0

    def _first_touch(self, stride, polarity, is_backward, offset):
        """Heel or toe first, as far as a shank can tell: how much it rolls in the 0.27 s after the contact.

        A leg that lands ahead of its knee lands on the heel. Wrong on stairs down, so short strides are half believed.
        """
        first = ((stride.contact_backward if is_backward else stride.contact) - offset) // 2 + 2
        roll = 0.0
        for t in range(first, min(first + 14, self._g.tick)):
            roll -= self._g.s[t & _MASK]
        roll *= polarity * 2.0 / 104.0
        if roll > 0.2:
            stride.toe = events.HEEL
        elif roll < -0.12:
            stride.toe = events.TOE
        else:
            return
        stride.toe_confidence = 0.75 if stride.length > 0.8 or is_backward else 0.55

    def _is_extra(self, r, following):
        past = self._past
        gap = following.tick - r.tick
        if past is None or r.tick - past.tick > _SPAN:
            return gap < _CROWD and r.size() < _EXTRA * following.size()
        if r.tick - past.tick < gap:
            gap = r.tick - past.tick
        return gap < _CROWD and r.size() < _EXTRA * following.size() and r.size() < _EXTRA * past.size()

    def _early(self, r, before, polarity, e):
        """A provisional label, 0.1 to 0.2 s after the reversal."""
        r.provisional = self._index
        r.e = e * polarity
        l = of_asymmetry(self._g.asymmetry(r.tick, _HALF, _EARLY, polarity))
        direction = events.FORWARD if l > 1.5 else (events.BACKWARD if l < -1.5 else 0)
        if direction and direction != self._turned and before is not None and r.size() > _BIG:
            if r.tick - before.tick < _SPAN:
                self._turned = direction
                turn = events.Event(events.TURN, r.provisional, 0.0, r.provisional)
                turn.direction = direction
                turn.confidence = 0.5 + abs(l) / 10.0
                turn.provisional = r.provisional
                self._emit(turn)

    def _finish(self, r, following, e, v, acc_scale, gyro_scale, offset, quality):
        g = self._g
        past = self._past
        t0 = r.tick - past.tick if past is not None else _SPAN + 1
        t1 = following.tick - r.tick if following is not None else _SPAN + 1
        is_first = t0 > _SPAN
        is_last = t1 > _SPAN
        if is_first:
            t0 = _USUAL if is_last or t1 > _USUAL else t1
        if is_last:
            t1 = _USUAL if is_first or t0 > _USUAL else t0
        oldest = g.tick - _REACH
        start = r.tick - t0 + t0 * 35 // 100
        end = r.tick - t0 + t0 * 88 // 100
        x = span = 0.0
        if end > oldest + 4:  # else the rings have forgotten: no opinion
            m0 = g.quietest(start if start > oldest else oldest, end)
            m1 = g.quietest(r.tick + t1 * 35 // 100, r.tick + t1 * 88 // 100)
            x, _, span = displacement(g.raw, g.s, m0, m1, v, acc_scale)
            if x > _FARTHEST or x < -_FARTHEST:
                return  # no leg strides so far: it was thrown, or the strap came loose
            x *= r.polarity
        phi = strength = 0.0
        if not is_last:
            phi, strength = phase(g.s, g.a, r.tick, following.tick, 1, DELAY)
        half = 2 * (t0 if t0 < t1 else t1) // 5
        half = 18 if half < 18 else (46 if half > 46 else half)
        d = r.d  # over _HALF; only strides much longer or shorter are looked at again
        if not -4 < half - _HALF < 4:
            d = g.asymmetry(r.tick, half, half, r.polarity)
        sure = e * r.polarity
        if 0.0 < sure < r.e and r.e > _E_SURE:
            sure = r.e  # a hard stop drowns it
        about = g.share(r.tick)
        memory = self._memory
        is_aside = False
        if memory.is_known() and (about < _PLAIN or memory.is_aside(v)):
            learnt, roll = g.shares(r.tick, memory.axis, self._u)
            if learnt < _ABOUT and g.e(r.tick, r.polarity) < _E_ASIDE:  # else the strap was turned
                is_aside = roll > _ROLL
                sure = 0.0
        if about > _ABOUT and sure > 0.0:
            memory.stride(v, r.polarity, e)
        if sure > _E_MOST:
            sure = 0.0
        sure = 0.0 if sure < _E_NONE else (1.0 if sure > _E_SURE else (sure - _E_NONE) / (_E_SURE - _E_NONE))
        if sure > 0.0:  # else the phase alone would add up over the strides of anything that swings
            l = sure * (of_asymmetry(d) + of_displacement(x)) + (0.3 + 0.7 * sure) * of_phase(phi, strength)
        else:
            l = 0.0
        if is_first or is_last:
            l *= EDGE_TRUST
        ahead = sure * of_asymmetry(following.d) if following is not None and not is_last else 0.0

        # contacts: touch-down just after the reversal, or landing at the crossing that ends the swing
        stride = Stride(0, 0.0)
        back = 2.0 * (r.fraction - DELAY + _TOUCH)
        self._end_of_lobe(r)
        fore = 2.0 * (r.turn_fraction - DELAY + _LAND)
        base = offset + 2 * r.tick - 1
        whole = int(back + 64.0) - 64
        stride.contact_backward = base + whole
        stride.fraction_backward = back - whole
        base = offset + 2 * r.turn - 1
        whole = int(fore + 64.0) - 64
        stride.contact = base + whole
        stride.fraction = fore - whole
        if not is_last:
            stance = t1 - (r.turn - r.tick) + following.fraction - r.turn_fraction - _LAND
            stride.stance = stance / t1
            stride.stance_backward = (r.turn - r.tick + r.turn_fraction - r.fraction - _TOUCH) / t1
        stride.length = x if x > 0.0 else -x
        self._first_touch(stride, r.polarity, l < 0.0, offset)
        stride.logit = l
        stride.sideways = is_aside
        stride.swing_forward = r.after * r.polarity
        stride.swing_backward = -r.before * r.polarity
        stride.provisional = r.provisional
        stride.length_sd = LENGTH_SD
        stride.sagittal = span
        stride.quality = quality
        if stride.length > 0.0 and not _PROVEN[0] < stride.length < _PROVEN[1]:
            stride.quality |= events.Q_UNPROVEN
        if self.probe:
            self.probe({"tick": r.tick, "d": d, "x": x, "phi": phi, "strength": strength, "e": e * r.polarity,
                        "logit": l, "stride": stride})  # fmt: skip
        self._past = r
        self._bouts.add(stride, ahead, self._index)

    def finish(self, polarity, e, v, acc_scale, gyro_scale, offset, quality):
        """The end: whatever is held is labelled."""
        self._index = 2 * self._g.tick + offset
        track = self._tracks[0 if polarity > 0 else 1]
        if polarity:
            while track:
                r = track.pop(0)
                if self._g.tick - r.tick < _SETTLE or not (r.is_checked or self._is_swing(r)):
                    continue
                following = track[0] if track and self._g.tick - track[0].tick >= _SETTLE else None
                self._finish(r, following, e, v, acc_scale, gyro_scale, offset, quality)
        self._bouts.close(self._index)
