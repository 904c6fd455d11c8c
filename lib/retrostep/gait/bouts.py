# SPDX-License-Identifier: MIT
"""Bouts: strides in a row become steps; labels wait for their neighbours; the other leg's steps are inferred.

in    strides in rising order, each with its contact, log odds of forward (0 = no opinion) and measures
out   STEP events of the own leg and of the other leg, with the final label
keeps the held strides of one bout, at most 6
from  three in a row, 0.55 to 2.5 s apart, are walking: 0 false strides in 0.62 h of daily life (docs/accuracy.md)
"""

from math import log

from retrostep import events
from retrostep.gait.direction import SURE, carry, confidence, sigmoid

IN_A_ROW = 3
CLEAR = 6.5  # log odds that three strides must add up to; walking adds 5 or more a stride, lying down once 6.4 in three
ANYWAY = 6  # strides in a row that are walking without a clear direction: side steps, steps on the spot
HELD = 5  # strides that wait for a label at most
WAIT = 8  # for the polarity
TRUSTED = 4.5  # log odds of the polarity, at most, against one stride that clearly says otherwise: a turned strap
EDGE_TRUST = 0.4  # share of the evidence of first and last strides: getting going and closing look like anything
EDGE = 0.2  # m, a first stride without direction that went less far was getting ready
FASTEST = 0.6  # s, stride time below which no leg walks: marked; without a direction from the second in a row
CLOSEST = 26  # samples between two contacts of one leg, 0.25 s; the shortest real one in the corpus is 0.5 s
WHOLE = 0.66  # of the neighbour's length: a first or last stride below is half a stride, from or to standing
WHOLE_ANGLE = 0.75  # at a shank, of the neighbour's sagittal range: half strides 0.5-0.7, whole 0.9-1.0 (28 people)
WEAK = 0.3  # a swing below this share of its neighbours' is no swing: settling after a closing step


class Stride:
    """One stride of the own leg; see leg.py and shoe.py for how the fields are made."""

    def __init__(self, contact, fraction):
        self.contact = contact  # sample index (int) and fraction
        self.fraction = fraction
        self.logit = 0.0
        self.mirrored = 0.0  # the same if the polarity is the other one
        self.doubt = 0.0  # this stride's own log odds that the polarity is the one taken
        self.forward = 0.0  # chain message, log odds including earlier strides
        self.swing_forward = 1.0  # size of the swing if it went forward, if it went backward
        self.swing_backward = 1.0
        self.provisional = -1
        self.interval = 0.0  # s since the stride before, 0 = none
        self.length = 0.0
        self.length_sd = 0.0
        self.stance = 0.0
        self.sagittal = 0.0
        self.toe = 0
        self.toe_confidence = 0.0
        self.quality = 0
        self.sideways = False
        # contact by direction, filled by the maker
        self.contact_backward = contact
        self.fraction_backward = fraction
        self.other = contact  # contacts and forward swing if the polarity is the other one; then a backward swing is
        self.other_backward = contact  # what was a forward one
        self.other_swing = 1.0
        self.stance_backward = 0.0


class Bouts:
    def __init__(self, emit, rate_hz, longest, weak=WEAK, pair=0.0, by_angle=False):
        self._emit = emit
        self.longest = longest  # samples between contacts of one bout
        self._rate = rate_hz
        self._weak = weak
        self._by_angle = by_angle  # whole strides are told by their sagittal range, else by their length
        self._pair = pair  # log odds from which two strides are walking, 0 = never
        self._held = []
        self._count = 0  # strides of this bout
        self._before = None  # last emitted own step of this bout
        self._message = 0.0
        self._swing = 0.0
        self._length = 0.0  # of the last emitted stride
        self._largest = 0.0  # sagittal range of the last strides
        self._longer = False  # it was a whole stride
        self._aside = False  # the last stride looked like a side step
        self._evidence = 0.0  # sum of the log odds of this bout
        self.last_stride = -(1 << 20)
        self._is_sure = True  # of the polarity: else strides wait
        self._odds = 99.0  # log odds of that
        self.lead = None  # a stride before the first, if the polarity is the other one

    def add(self, stride, ahead, now):
        """A finished stride; `ahead` = log odds of what is already known of the next one, or 0."""
        if self._count:
            last = self._held[-1].contact if self._held else self._last_contact
            if stride.contact - last > self.longest:
                self.close(now)
        if self._count:
            self._message = carry(self._message)
        else:
            self._message = 0.0
        self._message += stride.logit
        stride.forward = self._message
        self._held.append(stride)
        self._last_contact = stride.contact
        self.last_stride = stride.contact
        self._count += 1
        self._evidence += stride.logit
        self._largest *= 0.9
        if stride.sagittal > self._largest:
            self._largest = stride.sagittal
        if self.is_walking():
            self._resolve(ahead, now, False)

    def polarity(self, is_sure, odds):
        """Whether labels may lean on the polarity taken, and the log odds that it is the right one."""
        self._is_sure = is_sure
        self._odds = odds if odds > 0.0 else -odds

    def mirror(self):
        """The polarity is the other one: read the strides that are held the other way."""
        held = self._held
        for stride in held:
            stride.logit, stride.mirrored = stride.mirrored, stride.logit
            stride.doubt = -stride.doubt
            stride.contact, stride.other = stride.other, stride.contact
            stride.contact_backward, stride.other_backward = stride.other_backward, stride.contact_backward
            stride.swing_forward, stride.swing_backward = stride.other_swing, stride.swing_forward
            stride.toe = 0
            stride.stance = stride.stance_backward = 0.0
            self._last_contact = stride.contact
        self._weigh()
        lead = self.lead
        self.lead = None
        if lead is not None and held and self._count == len(held) and lead.logit * self._evidence > 0.0:
            held.insert(0, lead)
            self._count += 1
            self._weigh()

    def _weigh(self):
        """The chain along the strides that are held, from the first."""
        message = self._evidence = 0.0
        for stride in self._held:
            message = carry(message) + stride.logit
            stride.forward = message
            self._evidence += stride.logit
        self._message = message

    def is_open(self):
        return self._count > 0

    def is_walking(self):
        if self._count >= ANYWAY or self._before is not None:
            return True
        evidence = self._evidence if self._evidence > 0.0 else -self._evidence
        if self._count == 2 and self._pair:
            return evidence > self._pair
        return self._count >= IN_A_ROW and evidence > CLEAR

    def close(self, now):
        """The bout is over: label and emit what is held, or forget it if it never became walking."""
        if self.is_walking():
            self._resolve(0.0, now, True)
            self._closing_step(now)
        self._held.clear()
        self._count = 0
        self._before = None
        self._message = 0.0
        self._swing = self._largest = 0.0
        self._evidence = 0.0

    def _resolve(self, ahead, now, all_of_them):
        held = self._held
        n = len(held)
        posts = [0.0] * n
        back = carry(ahead)
        for i in range(n - 1, -1, -1):
            posts[i] = held[i].forward + back
            back = carry(back + held[i].logit)
        done = 0
        for i in range(n):
            l = self._fused(posts[i], held[i])
            if not all_of_them:
                if not self._is_sure and n - i <= WAIT:
                    break
                if n - i <= HELD:
                    if held[i].sideways and i == n - 1 and not self._aside:
                        break  # one alone is none
                    if -SURE < l < SURE:
                        break
                    if ahead == 0.0 and i == n - 1 and self._count > 1 and l * (l - held[i].logit) < 0.0:
                        break  # against everything before it: the next stride shall say
            self._out(held[i], l, held[i + 1] if i + 1 < n else None, now)
            done += 1
        if done:
            del held[:done]

    def _fused(self, l, stride):
        """Log odds of forward with the doubt about the polarity in it: from the wrong side, the way is the other."""
        if not self._is_sure:
            return 0.0
        odds = self._odds if self._odds < TRUSTED else TRUSTED
        if stride.doubt < 0.0:
            odds += stride.doubt
        a, b = sigmoid(odds), sigmoid(l)
        p = a * b + (1.0 - a) * (1.0 - b)
        return log((p + 1e-6) / (1.0 - p + 1e-6))

    def _out(self, stride, l, following, now):
        direction = events.UNKNOWN
        if l >= SURE:
            direction = events.FORWARD
        elif l <= -SURE:
            direction = events.BACKWARD
        backward = l < 0.0
        if not direction and following is not None and self._before is None:
            backward = following.forward < 0.0
        swing = stride.swing_backward if backward else stride.swing_forward
        reference = self._swing
        if following is not None:
            other = following.swing_backward if backward else following.swing_forward
            if other > reference or not reference:
                reference = other
        if swing < self._weak * reference:
            return
        if not direction and self._before is None and -EDGE < stride.length < EDGE:
            return
        self._swing = 0.7 * self._swing + 0.3 * swing if self._swing else swing
        index, frac = stride.contact, stride.fraction
        if backward:
            index, frac = stride.contact_backward, stride.fraction_backward
        before = self._before
        if before is not None and index - before.index < CLOSEST:
            return
        step = events.Event(events.STEP, index, frac, now)
        step.provisional = stride.provisional
        step.direction = direction
        step.confidence = confidence(l) if direction else 0.0
        if stride.sideways and ((following is not None and following.sideways) or self._aside):
            step.direction = events.SIDEWAYS
            step.confidence = 0.6
        self._aside = stride.sideways
        if before is not None:
            step.stride_s = (index - before.index + frac - before.frac) / self._rate
        step.length_m = stride.length
        step.length_sd_m = stride.length_sd
        step.stance = stride.stance_backward if backward else stride.stance
        step.sagittal_rad = stride.sagittal
        step.quality = stride.quality
        if 0.0 < step.stride_s < FASTEST:
            step.quality |= events.Q_RATE
            if before.quality & events.Q_RATE:
                step.direction = events.UNKNOWN
                step.confidence = 0.0
        step.contact = stride.toe
        step.contact_confidence = stride.toe_confidence
        if before is not None:
            self._other_leg(before, step, now)
        elif following is not None and self._is_whole(stride, following.length):
            # a whole stride from standing: the other leg had gone first
            period = following.contact - stride.contact
            if index > period // 2 > 0:
                self._infer(step, index - period // 2, frac, 0.0, now)
        self._longer = before is not None and self._is_whole(stride, self._length)
        self._length = stride.length
        self._before = step
        self._emit(step)

    def _is_whole(self, stride, length):
        """As large as the strides beside it (`length`: of the next one), so no half one from or to standing."""
        if self._by_angle:
            return stride.sagittal > WHOLE_ANGLE * self._largest > 0.0
        return stride.length > WHOLE * length > 0.0

    def _closing_step(self, now):
        """A last stride as long as the one before leaves the other leg behind: it follows."""
        last = self._before
        if last is not None and self._longer and last.stride_s > 0.0:
            index = last.index + int(0.5 * last.stride_s * self._rate)
            if index <= now:
                self._infer(last, index, last.frac, 0.0, now)

    def _other_leg(self, before, step, now):
        half = step.index - before.index + step.frac - before.frac
        half = 0.5 * half + before.frac
        whole = int(half)
        self._infer(step, before.index + whole, half - whole, step.stride_s, now)

    def _infer(self, step, index, frac, stride_s, now):
        """A step of the other leg, labelled as `step`."""
        other = events.Event(events.STEP, index, frac, now)
        other.inferred = True
        other.direction = step.direction
        other.confidence = 0.9 * step.confidence
        other.provisional = step.provisional
        other.stride_s = stride_s
        other.quality = step.quality
        self._emit(other)
