# SPDX-License-Identifier: MIT
"""Arm way: the direction of steps that a wrist counted; they wait for it, and are said late.

in    ticks of chunks (imu.ticks); the steps that gait.wrist counts, and its rhythm
out   STEP events with their direction; SEEN events at once, for the coach
keeps a forearm.Forearm, a setout.SetOut, a waiting.Waiting
from  S_w = Im(Z conj V) / |V|, Z and V the harmonics of s at the step frequency, along and up (docs/accuracy.md,
      "Wrist"): where the trunk is in its rise and fall while it surges; its sign turns with time. Windows of 3 s, one
      a second. Which way is along: level, across the axis that the arm turns about, and the hand hangs in front; a
      hand that swings before its joint rises when it is pushed ahead, which asks for no strap and may object.
      Whether one step was counted as two: a trunk rises once a step. An arm that sways once a step looks, in |acc| and
      in its rate, as one that swings once a stride of somebody twice as fast
but   forward needs one witness; backward both, or three windows in a row; at a left wrist, or one that nobody named,
      backward needs both and forward three windows: no left wrist of a real person stands behind it
not   running, an arm held up or still, hands that hang behind: unknown
"""

from math import cos, exp, log, pi, sin, sqrt

from retrostep import events
from retrostep.compat import const
from retrostep.gait.forearm import BLOCK, BLOCKS, COARSE, COUNT, LATE, SUMS, TICK_HZ, WINDOW, Forearm
from retrostep.gait.setout import TICKS, SetOut
from retrostep.gait.waiting import ROOM, Waiting
from retrostep.units import G, TICK

FORWARD = 0.8  # m/s^2, S_w from which a window is forward; and below which it is backward
BACKWARD = -0.3
_TILT = (0.122, 0.53)  # sine of the mean tilt of the forearm from hanging down: 7 to 32 degrees
_ACROSS = 0.5  # cosine: the hand hangs at most 60 degrees from the way the arm swings
_SWINGS = 0.35 * 0.35  # (rad/s)^2, level rate of an arm that swings (people 0.4 and more); one that is held does not
_SWINGS_MOST = 5.0  # a leg swings harder (marpino 4.6 to 10 at p5, p95; arms up to 4.6 at p95)
_AHEAD = 0.5  # cosine between the speed from standing and the hand, +-
_LEAN = 0.37  # of the thresholds: less leans to neither side
_NEITHER = const(2)
_ELBOW = 0.4  # what of the arm's rotation stays in when it turns about an elbow 0.27 m away instead of 0.45
_BEHIND = -0.4  # correlation of force up and ahead from which the hand swings behind its joint: "ahead" is not there
_KEEP = 0.8  # of it, from one window that speaks to the next
_HANN = 127.0  # counts of the window's 1
_SURGE = 2.0 * COUNT / _HANN / (WINDOW - 1)  # m/s^2 of a sum
_LEAST_BOB = 0.01 * WINDOW * _HANN / COUNT  # of |V|, counts x half a window: 0.02 m/s^2
_RUN_HZ = 2.5  # steps/s from which nobody walks
_RUN = 9.0  # (m/s^2)^2, energy of the rhythm from which it is a run (gait.rhythm, _VIGOUR)
_EARLY = const(62)  # samples after the first step from which a window may begin: 0.6 s of getting going
_NEAR = const(208)  # samples between setting out and the first step
_L_FORWARD, _L_BACKWARD = 3.0, -1.5  # log odds of a window
_TURN = 2.0  # rad about up within 3 s: who turns round may go on the other way; curves of people take 1 (weda)
_L_TURNED = 1.0  # log odds that are left then
_SWITCH = 0.03
_GO_ON = 1.0 - _SWITCH
_L_SET = (2.5, -2.0)  # of setting out forward, backward
_SAY_FORWARD, _SAY_BACKWARD = 2.2, -3.3  # log odds from which it is said: one witness; two, or three windows
_DOUBT_FORWARD, _DOUBT_BACKWARD = 1.5, -1.5  # and no more
_BACK = const(208)  # samples before the first window that agrees to which its label reaches back: 2 s, right wrists
_DOUBLE_HZ = 1.9  # steps/s from which they may be two a step; they are 57 to 75 a minute then, as from _SINGLE_HZ down
_SINGLE_HZ = 1.25
# log odds of it: ln of the squared bob, m/s^2, at half the rate and at the rate. Two thirds of a logistic regression on
# people at their pace and quicker, slow ones and walks made slower at twice their rate (bench/wrist_slow.py): windows
# of one walk resemble each other, so none says more than _SAYS either
_L_BOB, _L_HALF, _L_WHOLE = 0.8, 1.1, -1.7
_SAYS, _L_MOST = 2.5, 4.0
_LEAST_BOB2 = 0.0004
_L_DOUBLED = -1.0  # before a window has spoken: few walk so slowly
_DOUBLED, _SLOW, _BRISK = 3.0, 0.5, -2.0  # from which it is so; from which a slow count is true; and from which neither
_SURE = 0.9  # confidence at most: few people stand behind it


def _quarter(zr, zi, vr, vi):
    """S_w of two harmonics."""
    size = sqrt(vr * vr + vi * vi)
    return _SURGE * (zi * vr - zr * vi) / size if size >= _LEAST_BOB else 0.0


class ArmWay:
    def __init__(self, emit, side, acc_scale, gyro_scale):
        self._emit = emit
        self.arm = Forearm(acc_scale, gyro_scale)
        self._out = SetOut()
        self._is_young = side != "right"  # less is known of it
        self._steps = Waiting()
        self._hann = bytes([int(_HANN * (1.0 - cos(2.0 * pi * k / (WINDOW - 1))) + 0.5) for k in range(WINDOW)])
        self._ahead = (1.0, 0.0)  # of the last window, in the arm's level frame
        self._set_at = -1  # sample index at which somebody set out
        self._now = 0
        self._turned_at = -1  # sample index at which somebody turned round within 3 s
        self._close()

    def _close(self):
        self._first = -1  # first step of this bout
        self.log_odds = 0.0
        self._set = 0.0  # log odds that setting out added
        self.way = events.UNKNOWN
        self._was = events.UNKNOWN  # the last way that was known
        self._since = -1  # begin of the first of the last windows that agree about the sign of S_w
        self._sign = 0
        self._is_after = False  # a window that leant to neither side
        self._lever = 0.0  # force up that goes with force ahead, once a stride
        self._forces = 0.0  # and the most it could be
        self._voted = events.UNKNOWN  # the last window that spoke
        self._is_opposed = False  # one spoke against the next way
        self._doubled = _L_DOUBLED
        self._is_open = True  # may be two a step

    # in ----------------------------------------------------------------------------------------------------

    def step(self, event):
        """A counted step: it waits."""
        if self._first < 0:
            self._first = event.index
            self._join()
        steps = self._steps
        if steps.count == ROOM:
            self._release(steps.first + 1, self.way)
        steps.put(event)
        event.kind = events.SEEN
        self._emit(event)

    def chunk(self, sums, ticks, u, now, wrist):
        """`ticks` ticks, of each six sums; now: sample index after the chunk; wrist: WristSteps."""
        arm = self.arm
        self._now = now
        if arm.hang(u):
            self._out.cancel()
        for k in range(ticks):
            arm.take(sums, 6 * k)
            ended = arm.tick()
            self._out.tick(arm)
            if ended:
                self._block(wrist)
        if self._out.work():
            self._join()
        if not wrist.is_walking and self._first >= 0:
            self.finish()

    def _block(self, wrist):
        arm = self.arm
        arm.valid += 1
        if arm.is_starting and not arm.free:
            arm.from_rest(TICKS)
            self._out.begin()
            self._set_at = self._now - TICK * LATE
        if abs(arm.turned(BLOCKS - 2)) > _TURN:
            self._turned_at = self._now - TICK * LATE
        if not wrist.is_walking or self._first < 0 or arm.valid < BLOCKS:
            return
        if self._now - TICK * (LATE + WINDOW) >= self._first + _EARLY:
            if arm.ticks // BLOCK & 1:  # each in a pass of its own
                self._window(wrist)
            else:
                self._weigh(wrist)

    def gap(self):
        """Samples are missing: what waits is said as it stands."""
        self.finish()
        self.arm.restart()
        self._out.cancel()

    def finish(self):
        """The bout is over."""
        self._release(self._now, self.way)
        self._close()

    # witnesses -----------------------------------------------------------------------------------------------

    def _window(self, wrist):
        """The last 3 s that were looked at."""
        end = self._now - TICK * LATE
        start = end - TICK * WINDOW
        turned = self._turned_at == end
        s = 0.0
        rate = wrist.step_hz
        if not turned and rate < _RUN_HZ and wrist.strength < _RUN and self._hangs():
            s = self._surge(rate)
        e = exp(self.log_odds)  # people turn round once in thirty windows: gait.direction, carry
        l = log((_GO_ON * e + _SWITCH) / (_SWITCH * e + _GO_ON))
        if turned:
            l = min(_L_TURNED, max(-_L_TURNED, l))
        vote = events.UNKNOWN
        if s > FORWARD:
            vote = events.FORWARD
            l -= _L_BACKWARD if self._is_young else -_L_FORWARD
        elif s < BACKWARD:
            vote = events.BACKWARD
            l += _L_BACKWARD
        if vote:
            if self._voted not in (events.UNKNOWN, vote):
                self._is_opposed = True
            self._voted = vote
        sign = (s > _LEAN * FORWARD) - (s < _LEAN * BACKWARD)
        if s and not sign:
            sign = _NEITHER
        if sign != self._sign:
            self._is_after = self._sign == _NEITHER
            self._sign = sign
            self._since = start
        self._say(l)
        if vote and vote == self.way and not self._is_open:
            self._release(end - TICK * WINDOW // 2, vote)

    def _weigh(self, wrist):
        """Were two counted where one was walked? While nobody knows, steps wait."""
        self._is_open = False
        rate = wrist.step_hz
        is_double = rate > _DOUBLE_HZ
        if not is_double:
            if rate > _SINGLE_HZ:
                return
            rate += rate
        elif rate > _RUN_HZ:
            return
        ring = self.arm.s
        _, _, r, i = self._waves(ring, 0.5 * rate)
        l = _L_HALF * log(_SURGE * _SURGE * (r * r + i * i) + _LEAST_BOB2)
        _, _, r, i = self._waves(ring, rate)
        l += _L_WHOLE * log(_SURGE * _SURGE * (r * r + i * i) + _LEAST_BOB2) + _L_BOB
        l = self._doubled + min(_SAYS, max(-_SAYS, l))
        self._doubled = l = min(_L_MOST, max(-_L_MOST, l))
        if wrist.is_slow:
            if l < _BRISK:
                wrist.brisk(is_double)
        elif l > (_DOUBLED if is_double else _SLOW):
            wrist.slow(is_double)
            self._steps.thin(2.8 / rate)
        self._is_open = _BRISK <= l <= _DOUBLED

    def _hangs(self):
        """Does the forearm hang as a walker's does? Sets the way ahead: along x, along y."""
        n = 1.0 / WINDOW
        total = [0.0] * SUMS
        sums = self.arm.sums
        for k in range(SUMS):
            one = 0.0
            for i in range(k, SUMS * BLOCKS, SUMS):
                one += sums[i]
            total[k] = one
        ax, ay, hx, hy, wx, wy, xx, yy, xy = total
        # the hand against the mean force of the window, which is up; it hangs, so its upright part is near -1
        hx = n * (hx + ax / G)
        hy = n * (hy + ay / G)
        tilt = sqrt(hx * hx + hy * hy)
        if not _TILT[0] <= tilt <= _TILT[1]:
            return False
        xx -= n * wx * wx
        yy -= n * wy * wy
        xy -= n * wx * wy
        if not _SWINGS < n * (xx + yy) < _SWINGS_MOST:
            return False
        # the main axis of the level rate, and level across it
        half = 0.5 * (xx - yy)
        size = sqrt(half * half + xy * xy)
        if size < 1e-6:
            return False
        c = sqrt(0.5 * (1.0 + half / size))
        d = sqrt(0.5 * (1.0 - half / size))
        if xy < 0.0:
            d = -d
        along = d * hx - c * hy
        if along < 0.0:
            c, d, along = -c, -d, -along
        self._ahead = (d, -c)
        return along >= _ACROSS * tilt

    def _surge(self, rate):
        """S_w, m/s^2, of the last window at that many steps a second; within its thresholds where it hangs on what
        nobody knows: which joint the arm turns about, or whether the hand is before it."""
        arm = self.arm
        zr, zi, vr, vi = self._waves(arm.s, rate)
        s = _quarter(zr, zi, vr, vi)
        if BACKWARD <= s <= FORWARD or self.way == (events.BACKWARD if s < BACKWARD else events.FORWARD):
            return s  # or nothing new: it costs as much again to object
        if s < BACKWARD:
            xr, xi, ur, ui = self._waves(arm.force, rate)
            k = _ELBOW * COARSE / COUNT
            m = 1.0 - _ELBOW
            s = max(s, _quarter(m * zr + k * xr, m * zi + k * xi, m * vr + k * ur, m * vi + k * ui))
        xr, xi, ur, ui = self._waves(arm.force, 0.5 * rate)
        self._lever = _KEEP * self._lever + ur * xr + ui * xi
        self._forces = _KEEP * self._forces + sqrt((ur * ur + ui * ui) * (xr * xr + xi * xi))
        return s if self._lever > _BEHIND * self._forces else min(FORWARD, max(BACKWARD, s))

    def _waves(self, ring, rate):
        """Harmonics at `rate` of what goes ahead and up in a ring of the last window: real, imaginary, both of one
        phase that nobody knows (Goertzel)."""
        at = self.arm.at
        fx, fy = self._ahead
        angle = 2.0 * pi * rate / TICK_HZ
        c = cos(angle)
        k = c + c
        z1 = z2 = v1 = v2 = 0.0
        for weight in self._hann:
            z = weight * (fx * ring[at] + fy * ring[at + 1]) + k * z1 - z2
            z2 = z1
            z1 = z
            v = weight * ring[at + 2] + k * v1 - v2
            v2 = v1
            v1 = v
            at += 3
            if at == 3 * WINDOW:
                at = 0
        s = sin(angle)
        return z1 - c * z2, s * z2, v1 - c * v2, s * v2

    def _join(self):
        """Does the last setting out belong to this bout? A bout is opened late, so either may come first."""
        way = self._out.way
        at = self._set_at + int(TICK * self._out.onset)
        if self._first < 0 or self._set or not -_NEAR < self._first - at < _NEAR:
            return
        if way >= _AHEAD:
            self._set = _L_SET[0]
        elif way <= -_AHEAD:
            self._set = _L_SET[1]
        else:
            return
        self._say(self.log_odds + self._set)

    # out -----------------------------------------------------------------------------------------------------

    def _say(self, l):
        """Log odds of forward, now."""
        if self._is_young and self._set >= 0.0 and l < _SAY_BACKWARD:
            l = _SAY_BACKWARD + 0.1
        self.log_odds = l
        way = self.way
        if l >= (-_SAY_BACKWARD if self._is_young else _SAY_FORWARD):
            if self._sign >= 0 or self._voted == events.FORWARD:  # a start is not said against the windows
                way = events.FORWARD
        elif l <= _SAY_BACKWARD:
            way = events.BACKWARD
        elif (way == events.FORWARD and l < _DOUBT_FORWARD) or (way == events.BACKWARD and l > _DOUBT_BACKWARD):
            way = events.UNKNOWN
        if way != events.UNKNOWN and way != self.way:
            said = self._set if way == events.FORWARD else -self._set  # by setting out, for it
            if self._is_opposed or said < 0.0 or self._was not in (events.UNKNOWN, way):
                self._release(self._since + TICK * WINDOW // 2, events.UNKNOWN)  # turned round, nobody knows just where
            else:
                self._release(self._turned_at, events.UNKNOWN)
                if not said and self._since >= 0:  # no window spoke for what came long before
                    back = -TICK * BLOCK if self._is_after else 0 if self._is_young else _BACK
                    self._release(self._since - back, events.UNKNOWN)
            self._is_opposed = False
            self._was = way
        self.way = way

    def _release(self, index, way):
        """Emit the steps that wait and came before `index`."""
        sure = min(_SURE, 1.0 / (1.0 + exp(-abs(self.log_odds))))
        steps = self._steps
        while steps.count and steps.first < index:
            self._emit(steps.take(self._now, way, sure))
