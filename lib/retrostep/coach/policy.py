# SPDX-License-Identifier: MIT
"""Policy: which event becomes which buzz, and when not.

in    events as they are decided, button presses, the sample index
out   play(pattern, cause): a row of patterns.PATTERNS and the event kind that led to it; note(kind, values, tail) for
      the journal; light(kind) for each of the first 20 strides
keeps under 1 kB; never waits
from  docs/plan.md, "What is felt"
but   a fall cannot be told from lying down on purpose, so its alarm asks: any button press or walking on ends it
not   a motor or a clock: time is the sample index
"""

from retrostep import errors, events
from retrostep.coach import patterns
from retrostep.coach.manners import Manners

_S = 104  # samples a second
_WOBBLE_AGAIN = 60 * _S  # a second wobble within a minute means it persists: stop
_EVERY = 100  # backward steps to a goal pattern
_CONFIRM = 3 * _S  # a provisional turn must be confirmed by a second sign so soon
_ALARM_EVERY = (3 * _S, 2 * _S, 3 * _S // 2)  # a fall alarm that is ignored comes faster
_ALARM_END = 60 * _S  # and stops: a motor that never ends says no more
_LIT = 20  # strides shown by the light, for counting along
_LIT_APART = 36  # samples between two flashes: strides credited late come in a bunch, 0.35 s is countable
_AGAIN = 60 * _S  # the session cap repeats while walking goes on


class Coach:
    """on_event(event), on_button(press, index) and tick(index) call play(pattern, cause).

    settings: the dict of settings in force, read at each use. training: a plan.Training or None.
    """

    def __init__(self, settings, play, note=None, light=None):
        self.settings = settings
        self._play = play
        self._note = note
        self._light = light
        self._manners = Manners(self._out, self._storm)
        self.training = None
        self.metronome = None
        self.now = 0
        self.start(0)

    def start(self, index):
        """A new session: counts begin at nothing."""
        self.now = max(self.now, index)
        self.steps_backward = 0
        self.last_step = -1
        self.first_step = -1
        self._told_backward = False
        self._turned = -_CONFIRM
        self._lit = self._lit_due = self._lit_next = 0
        self._wobbled = -_WOBBLE_AGAIN
        self._alarm = -1  # sample of the fall being asked about
        self._alarm_next = self._alarm_count = 0
        self._cap_next = -1
        self._goal_told = False
        self._manners.reset()
        self._beat()
        if self.training is not None:
            self.training.start(self.now)

    # in ----------------------------------------------------------------------------------------------------

    def on_event(self, event):
        """An event of the engine, at the moment it is decided."""
        self.now = max(self.now, event.decided)
        kind = event.kind
        if kind == events.STEP:
            self._step(event)
        elif kind == events.SEEN:
            self._seen(event)
        elif kind == events.TURN:
            self._turn(event)
        elif kind == events.STUMBLE:
            self.ask(patterns.STOP, events.STUMBLE)
        elif kind == events.FALL:
            self._alarm = event.decided
            self._alarm_count = 0
            self._alarm_next = self.now
            self._ring()
        elif kind == events.WOBBLE:
            again = self.now - self._wobbled < _WOBBLE_AGAIN
            self._wobbled = self.now
            self.ask(patterns.STOP if again else patterns.SLOW, events.WOBBLE)
            if again and self.training is not None:
                self.training.halt(self.now)
        if kind in (events.STEP, events.SEEN) and self.training is not None:
            self.training.step(event)

    def on_button(self, press, index):
        """A press; True when the coach used it (it ended an alarm, or answered the training)."""
        self.now = max(self.now, index)
        if self._alarm >= 0:
            self._alarm = -1
            return True
        if self.training is not None and press == events.PRESS_SHORT:
            return self.training.button(self.now)
        return False

    def on_setting(self, name):
        """A setting was changed: the buzzer's own are played, so that the change is felt."""
        if name in ("haptic_strength", "haptic_length", "coach"):
            self.ask(patterns.TURN, events.SETTING)
        elif name == "metronome":
            self._beat()

    def plan(self, data):
        """The training plan: b"" asks, b"\\0" removes it, else it is taken up. Its bytes, or None: not valid."""
        if data == b"\0":
            self.training = None
            self.note(events.PLAN, (0,))
        elif data:
            try:
                from retrostep.coach import plan  # loaded only on boards that train
            except MemoryError:
                return None
            if not plan.is_valid(data):
                return None
            self.training = plan.Training(self, data)
            self.training.keep()
        return self.training.state() if self.training is not None else b""

    def remember(self, data):
        """The plan that the journal kept, at boot. Without room for it the walk goes on, uncoached."""
        try:
            from retrostep.coach import plan
        except MemoryError:
            return
        if plan.is_valid(data):
            self.training = plan.Training(self, data)

    def tick(self, index):
        """Call once per pass of the loop with the newest sample index."""
        self.now = now = max(self.now, index)
        if self._alarm >= 0 and now >= self._alarm_next:
            self._ring()
        self._manners.tick(now, self.settings["haptic_length"])
        if self._lit_due > 0 and now >= self._lit_next:
            self._lit_due -= 1
            self._lit_next = now + _LIT_APART
            if self._light is not None:
                self._light(events.STEP)
        self._cap()
        if self.training is not None:
            self.training.tick(now)
        if self.metronome is not None and self.metronome.is_due(now, self.is_walking()):
            self.ask(patterns.TICK, events.SETTING)

    # out ---------------------------------------------------------------------------------------------------

    def is_walking(self):
        """True when a step is less than 2.5 s old."""
        return self.last_step >= 0 and self.now - self.last_step < 5 * _S // 2

    def is_alarming(self):
        """True while a fall alarm waits for an answer."""
        return self._alarm >= 0

    def has_appointments(self):
        """True while something of this coach goes by the clock: an alarm, a training, a metronome."""
        return self._alarm >= 0 or self.training is not None or self.settings["metronome"] > 0

    def strength(self):
        """The motor's drive in % for a pattern that starts now."""
        return patterns.strength(self.settings["haptic_strength"], self.is_walking())

    def note(self, kind, values, tail=b""):
        """A record for the journal."""
        if self._note is not None:
            if tail:
                self._note(kind, values, tail)
            else:
                self._note(kind, values)

    def ask(self, pattern, cause):
        """Play a pattern if it may be played now; True when it was."""
        if not self.settings["coach"]:
            return False
        return self._manners.ask(pattern, cause, self.now, self.settings["haptic_length"])

    # inside ------------------------------------------------------------------------------------------------

    def _out(self, pattern, cause):
        self._play(pattern, cause)

    def _storm(self):
        self.note(events.LOG, (errors.ALERT_STORM, 0))

    def _beat(self):
        cadence = self.settings["metronome"]
        if cadence and self.metronome is None:
            from retrostep.coach.metronome import Metronome  # loaded only for those who want it

            self.metronome = Metronome()
        if self.metronome is not None:
            self.metronome.set(cadence, self.now)

    def _seen(self, event):
        """Somebody walks: a step was counted. At a wrist its STEP comes later, and is nothing new here."""
        if event.index <= self.last_step:
            return
        self.last_step = event.index
        if self.first_step < 0:
            self.first_step = event.index
        if self._alarm >= 0 and not event.inferred and event.index > self._alarm:
            self._alarm = -1  # walking on: whoever walks does not lie there
        if not event.inferred and self._lit < _LIT:
            self._lit += 1
            self._lit_due += 1

    def _step(self, event):
        self._seen(event)
        if event.direction != events.BACKWARD:
            return
        before = self.steps_backward
        self.steps_backward = before + 1
        if not self._told_backward:
            self._tell_backward()
        goal = self.settings["steps_goal"]
        if goal and not self._goal_told and self.steps_backward >= goal:
            self._goal_told = True
            self.ask(patterns.GOAL, events.STEP)
        elif self.steps_backward // _EVERY > before // _EVERY:
            self.ask(patterns.GOAL, events.STEP)

    def _turn(self, event):
        """Provisional: believed when a second one, or a final step, says the same."""
        if event.direction != events.BACKWARD:
            self._turned = -_CONFIRM
            return
        if not self._told_backward and 0 < event.decided - self._turned < _CONFIRM:
            self._tell_backward()
        self._turned = event.decided

    def _tell_backward(self):
        self._told_backward = True
        if self.training is None or not self.training.expects(events.BACKWARD):
            self.ask(patterns.TURN, events.STEP)

    def _ring(self):
        if self.now - self._alarm > _ALARM_END:
            self._alarm = -1
            return
        self.ask(patterns.STOP, events.FALL)
        self._alarm_next = self.now + _ALARM_EVERY[min(self._alarm_count, len(_ALARM_EVERY) - 1)]
        self._alarm_count += 1

    def _cap(self):
        """Enough for today: asks to stop when the session is older than the wearer allowed, while walking goes on."""
        if self.first_step < 0 or not self.is_walking() or self.now < self._cap_next:
            return
        if self.now - self.first_step >= self.settings["session_cap_minutes"] * 60 * _S:
            self._cap_next = self.now + _AGAIN
            self.ask(patterns.STOP, events.END)
