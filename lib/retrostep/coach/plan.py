# SPDX-License-Identifier: MIT
"""Plan: leads through the intervals of a training session and counts what was really walked.

in    the plan's bytes, final steps, the sample index, the button
out   cues through the coach; INTERVAL and PLAN records, which wait for steps whose label comes late
keeps the bytes (at most MAX_BYTES), a dozen numbers, and five of the interval before
from  docs/plan.md; docs/formats.md, "Plan". Six weeks, 3 x 10 min a week: Alghadir 2019, BMC Musculoskelet Disord
      20:159; first week in one-minute pieces: Dufek
but   a session counts only when enough of its backward time was walked backward: standing through it does not
not   a reader of plan files: the computer compiles them (retrostep_host.plans)

    byte 0      version 1
    byte 1      flags: 1 = the safety question was answered
    byte 2, 3   sessions done, low byte first
    byte 4      sessions a week
    byte 5      weeks
    a week: repeats, cadence (0 = none), intervals k, then k pairs: kind, amount
    kind: 0 rest, 1 forward, 2 backward, 3 walk test; + 16 = amount counts 5 steps, else 5 s
"""

from retrostep import events
from retrostep.coach import patterns

VERSION = 1
MAX_BYTES = 120  # fits one frame of the link and one record, docs/formats.md
HEAD = 6
MAX_REPEATS, MAX_INTERVALS, MAX_WEEKS = 30, 6, 12
REST, TEST, STEPS = 0, 3, 16
UNIT = 5  # s or steps to a unit of amount

_S = 104  # samples a second
_DONE = 60  # % of the planned backward amount that makes a session count
_LOST = 300 * _S  # no step for five minutes: the wearer does something else
_STRIDE = 2 * _S  # a longer pause between two steps is standing, not walking
_LATE = 15 * _S  # so late a step may be labelled: a wrist holds 24 of them
_ASK_EVERY = 8 * _S  # the safety question is repeated so often, a dozen times
_ASK_TIMES = 12

ASKING, WAITING, RUNNING, OVER = 0, 1, 2, 3


def is_valid(data):
    """True when the bytes are a plan that can be walked."""
    if not HEAD < len(data) <= MAX_BYTES or data[0] != VERSION or data[1] > 1:
        return False
    if not 1 <= data[4] <= 14 or not 1 <= data[5] <= MAX_WEEKS:
        return False
    at = HEAD
    for _ in range(data[5]):
        if at + 3 > len(data):
            return False
        repeats, cadence, count = data[at], data[at + 1], data[at + 2]
        if not 1 <= repeats <= MAX_REPEATS or not 1 <= count <= MAX_INTERVALS or (cadence and not 30 <= cadence <= 160):
            return False
        at += 3
        if at + 2 * count > len(data):
            return False
        for k in range(count):
            kind, amount = data[at + 2 * k], data[at + 2 * k + 1]
            if kind & ~STEPS > TEST or amount == 0 or kind in (STEPS | REST, STEPS | TEST):
                return False
        at += 2 * count
    return at == len(data)


def fresh(data):
    """The same plan for somebody else: nothing is done yet, and the safety question is open."""
    return data[:1] + b"\0\0\0" + data[4:]


class Training:
    """One session of a plan. `phase`: ASKING, WAITING for the first step, RUNNING, OVER."""

    def __init__(self, coach, data):
        self.coach = coach
        self._data = bytearray(data)
        self.phase = WAITING
        self._test = None
        self.start(coach.now)

    def state(self):
        """The plan's bytes, progress included."""
        return bytes(self._data)

    def keep(self):
        """Write the plan into the journal."""
        self.coach.note(events.PLAN, (VERSION,), bytes(self._data[1:]))

    def done(self):
        """Sessions that counted so far."""
        return self._data[2] | self._data[3] << 8

    def start(self, now):
        """A session begins."""
        data = self._data
        week = min(self.done() // data[4], data[5] - 1)
        at = HEAD
        for _ in range(week):
            at += 3 + 2 * data[at + 2]
        self._at = at
        self._number = 0
        self._count = data[at] * data[at + 2]
        self._late = None  # of the interval that is over and not yet written down
        self._walked = 0  # backward intervals: the sum of what was done of each, in %
        self._since = now
        self._asked = 0
        self._last = now
        self.phase = WAITING if data[1] & 1 or not self._needs_answer() else ASKING

    def _needs_answer(self):
        for k in range(self._data[self._at + 2]):
            if self._data[self._at + 3 + 2 * k] & 3 >= events.BACKWARD:
                return True
        return False

    def _interval(self, number=-1):
        """(kind, in steps?, amount in s or steps) of the interval under way, or of that number."""
        k = self._at + 3 + 2 * ((self._number if number < 0 else number) % self._data[self._at + 2])
        kind = self._data[k]
        return kind & 3, bool(kind & STEPS), self._data[k + 1] * UNIT

    def expects(self, direction):
        """True when the interval under way asks for this direction."""
        return self.phase == RUNNING and self._interval()[0] in (direction, TEST)

    # in ----------------------------------------------------------------------------------------------------

    def button(self, now):
        """A short press answers the safety question: flat ground, free way, someone near. True when it was asked."""
        if self.phase != ASKING:
            return False
        self._data[1] |= 1
        self.phase = WAITING
        self.keep()
        self.coach.ask(patterns.GOAL, events.PLAN)
        return True

    def step(self, event):
        """A final step, or one that was seen and is labelled later."""
        self._last = max(self._last, event.index)
        if self.phase == WAITING:
            self._begin(event.decided)
        elif event.kind == events.SEEN:
            pass
        elif self.phase == RUNNING and event.index >= self._since:
            self._settle()
            if self._test is not None:
                self._test.step(event)
            else:
                self._count_step(self._run, event)
        elif self._late is not None:
            if event.index >= self._since:
                self._settle()
            else:
                self._count_step(self._late, event)

    def _count_step(self, run, event):
        """run: number, begin, last step (sample indexes), steps, samples walked."""
        if event.index >= run[1] and event.direction == self._interval(run[0])[0]:
            run[3] += 1
            gap = event.index - run[2]
            if gap > 0:
                run[4] += gap if gap <= _STRIDE else _STRIDE // 4
                run[2] = event.index

    def tick(self, now):
        if self.phase == ASKING:
            # never while walking: there the same two buzzes would say "slow down"
            if now >= self._since and self._asked < _ASK_TIMES and not self.coach.is_walking():
                self._asked += 1
                self._since = now + _ASK_EVERY
                self.coach.ask(patterns.SLOW, events.PLAN)
        elif self.phase == RUNNING:
            self._go_on(now)
        if self._late is not None and now - self._since > _LATE:
            self._settle()

    def halt(self, now, pattern=patterns.STOP):
        """Enough, or the session ended (pattern -1): what was walked so far is judged."""
        if self.phase == RUNNING:
            self._finish(now)
            self._close(pattern)
        self._settle()

    # inside ------------------------------------------------------------------------------------------------

    def _begin(self, now):
        self.phase = RUNNING
        self._since = now
        self._run = [self._number, now, now, 0, 0]
        kind = self._interval()[0]
        cadence = self._data[self._at + 1]
        if self.coach.metronome is not None and cadence:
            self.coach.metronome.set(cadence if kind in (events.FORWARD, events.BACKWARD) else 0, now)
        if kind == TEST:
            from retrostep.coach.walktest import WalkTest

            self._test = WalkTest(self.coach, now)
        else:
            self._test = None
            self.coach.ask(patterns.TURN, events.INTERVAL)

    def _go_on(self, now):
        kind, in_steps, amount = self._interval()
        if self._test is not None:
            self._test.tick(now)
            over = self._test.is_over
        elif in_steps:
            over = self._run[3] >= amount
        else:
            over = now - self._since >= amount * _S
        if over:
            self._finish(now)
            self._number += 1
            if self._number < self._count:
                self._begin(now)
            else:
                self._close(patterns.GOAL)
        elif kind != REST and now - max(self._last, self._since) > _LOST:
            self._finish(now)
            self._close(-1)

    def _finish(self, now):
        """The interval ends: what counts by time waits for labels that are still to come."""
        self._settle()
        self._late = self._run
        self._since = now
        kind, in_steps, _ = self._interval()
        if in_steps or kind == REST:
            self._settle()

    def _settle(self):
        """Write down the interval that ended, and after the last one judge the session."""
        if self._late is None:
            return
        number, _, _, steps, moved = self._late
        self._late = None
        kind, in_steps, amount = self._interval(number)
        if kind == events.BACKWARD:
            self._walked += min(100, 100 * steps // amount if in_steps else 100 * moved // (amount * _S))
        if kind != TEST:
            planned_s = 0 if in_steps else amount
            done_s = min(moved // _S, 65535)
            self.coach.note(events.INTERVAL, ((number + 1) & 0xFF, kind, planned_s, done_s, min(steps, 65535)))
        if self.phase == OVER:
            self._judge()

    def _close(self, pattern):
        """The session's plan is over."""
        self.phase = OVER
        if self._late is None:
            self._judge()
        if pattern >= 0:
            self.coach.ask(pattern, events.PLAN)

    def _judge(self):
        """The session counts when enough of it was walked backward."""
        per_round = 0
        for k in range(self._data[self._at + 2]):
            per_round += self._data[self._at + 3 + 2 * k] & 3 == events.BACKWARD
        planned = 100 * per_round * self._data[self._at]  # intervals that were never reached count as not walked
        if 100 * self._walked >= _DONE * planned if planned else self._number >= self._count:
            done = min(self.done() + 1, 65535)
            self._data[2], self._data[3] = done & 0xFF, done >> 8
            self.keep()
