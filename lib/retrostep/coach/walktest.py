# SPDX-License-Identifier: MIT
"""Walk test: three times three metres backward, from the buzz to the last contact.

in    final steps, the sample index
out   cues through the coach; one WALKTEST record a repetition: number, time, steps, distance measured
keeps a dozen numbers
from  Carter 2019 (the 3 m backward walk test); docs/plan.md has the published cut-offs, the report no verdict
but   1. time runs from the buzz, as a stopwatch from "go", to the last contact before standing; to 0.05 s
      2. the device cannot see the 3 m line: it logs the distance it measured itself, so that a stop too early or
         too late shows. The first stride, out of standing, is measured short (generated walks: 2.0 of 2.5 m)
"""

from retrostep import events
from retrostep.coach import patterns

REPEATS = 3
_S = 104  # samples a second
_STILL = 4 * _S  # no contact for so long: the walk is over; bouts are closed after 2.2 s
_REST = 15 * _S  # between repetitions: walk back to the start
_WAIT = 30 * _S  # nobody moved after the buzz: once more


class WalkTest:
    """tick(now), step(event); `is_over` when three repetitions are logged or nobody walks."""

    def __init__(self, coach, now):
        self.coach = coach
        self.is_over = False
        self._number = 1
        self._voids = 0
        self._rest(now - _REST // 2)

    def _rest(self, now):
        self._go_at = now + _REST
        self._go = -1

    def step(self, event):
        if self._go < 0 or event.index <= self._go or event.direction == events.FORWARD:
            return
        self._steps += 1
        self._last = max(self._last, event.index)
        self._last_fraction = event.frac
        if event.inferred:
            return
        self._own += 1
        size = event.length_m if event.length_m >= 0 else -event.length_m
        if size:
            self._sum_m += size
            self._measured += 1

    def tick(self, now):
        if self._go < 0:
            if now >= self._go_at:
                self._go = now
                self._steps = self._own = self._measured = 0
                self._last = now
                self._last_fraction = self._sum_m = 0.0
                self.coach.ask(patterns.TURN, events.WALKTEST)
        elif self._steps >= 2 and now - self._last > _STILL:
            self._log()
            self._number += 1
            if self._number > REPEATS:
                self.is_over = True
            else:
                self._rest(now)
        elif self._steps < 2 and now - self._go > _WAIT:
            self._voids += 1
            if self._voids >= 2:
                self.is_over = True
            else:
                self._rest(now)

    def _log(self):
        """The way of the foot that wears the sensor, which starts and stops beside the other; strides without a
        measured length take the mean of the others."""
        seconds = (self._last + self._last_fraction - self._go) / 104.0
        hundredths = int(seconds * 20 + 0.5) * 5
        distance = 0.0
        if self._measured:
            distance = self._own * self._sum_m / self._measured
        self.coach.note(
            events.WALKTEST,
            (self._number, min(hundredths, 65535), min(self._steps, 255), min(int(distance * 100 + 0.5), 65535)),
        )
