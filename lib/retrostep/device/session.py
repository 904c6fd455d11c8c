# SPDX-License-Identifier: MIT
"""Session: begins and ends walks, and carries what the engine says to coach, journal and link.

in    sensor batches, button presses, the cable, the computer's requests
out   engine events in boot-wide sample indexes; records; buzzes
keeps one Engine while a session runs; `total` samples since boot, the only clock of the records
from  docs/decisions.md 1 and 2; docs/formats.md, "A session"
but   a session that idled out is followed by the next at once: it leaves no trace until somebody steps
not   waiting, draining, ports: loop.py
"""
from retrostep import __version__
from retrostep import errors
from retrostep import events
from retrostep import units
from retrostep.coach import patterns
from retrostep.device.evidence import Evidence
from retrostep.engine import Engine

_HURRY = 60  # records and flushes at most to put the last evidence away: 3 s
_BRIEF = 312  # samples, 3 s: a cable that comes back so soon, or is found at boot, ends no walk
_TWICE = 156  # samples, 1.5 s, between two short presses that belong together
_DOUBTFUL = (600, 3)  # ms and times that the light says that something could not be made out
_ALERTS = (events.STUMBLE, events.FALL, events.WOBBLE)


class Session:
    """`start`, `batch`, `end`; `is_running`."""

    def __init__(self, parts, settings, journal, coach):
        self.parts = parts
        self.settings = settings
        self.journal = journal
        self.coach = coach
        self.server = None  # the link, while a cable is in
        self.is_wanted = False  # a computer asks for a walk
        self.at_cable = False  # this walk was begun with the cable in
        self.total = 0
        self.engine = None
        self._base = 0
        self._last_step = 0
        self._flags = 0
        self._capture_until = 0
        self._is_warned = False
        self._pressed = -_TWICE
        self.ignored = ""  # names in settings.toml that set nothing: each walk carries them
        self._found = []  # events of the batch under way
        self.evidence = Evidence()

    @property
    def is_running(self):
        return self.engine is not None

    @property
    def is_tense(self):
        """A stumble may be under way: nothing that takes long should begin now."""
        return self.engine is not None and self.engine.is_tense

    def due(self):
        """Samples until the engine judges what it has, so many are read at a time: 13, or 7 and 6 where a stumble is
        possible."""
        return self.engine.due() if self.engine is not None else units.CHUNK

    @property
    def is_quiet(self):
        """Nobody moves, and nothing is due that a second could spoil."""
        return self.engine is None or self.engine.is_still and not self.coach.has_appointments()

    def now(self):
        """Boot-wide sample index, the samples that still wait in the FIFO included."""
        return self.total + self.parts.imu.waiting()

    # begin and end ----------------------------------------------------------------------------------------
    def start(self):
        """A new session from the next sample on. With the link loaded, a small board may lack the heap for an
        engine as well: then no session begins, and the link lives on."""
        placement = self.settings["placement"]
        self.parts.sensor(placement)
        acc_g, gyro_dps = units.RANGES[placement]
        self._base = self._last_step = self.total
        self.journal.battery_mv = self.parts.power.millivolts()
        try:
            side, alerts = self.settings["side"], self.settings["alerts"]
            mount = self.journal.memory or None
            self.engine = Engine(placement, self._found.append, mount=mount, side=side, alerts=alerts)
        except MemoryError:
            if self.server is None:
                raise  # on battery: the guard starts the board again, with a fresh heap
            return
        self.journal.start(self.total, self.settings, int(units.RATE_HZ * 1000), acc_g, gyro_dps, 1, __version__)
        if self.ignored:
            self.log(errors.SETTING_IGNORED, 0, self.ignored)
        self.coach.start(self.total)
        self.evidence.start(self.total)
        self._is_warned = self.at_cable = False

    def begin(self):
        """A hand or a computer asks for a walk; the answer is felt."""
        self.is_wanted = False
        if self.engine is None:
            self.start()
            self.at_cable = self.server is not None
            self.tell(patterns.TURN if self.engine is not None else patterns.STOP)

    def end(self, cause):
        """Label what is held, close the journal's session. Returns its number, 0 when it left no trace."""
        if self.engine is None:
            return 0
        self.missed(self.parts.imu.silence(104))
        if self._last_step == self._base and (
            cause == events.END_LINK or cause == events.END_USB and self.total - self._base < _BRIEF
        ):
            cause = events.END_IDLE  # nothing to keep
        if cause == events.END_USB and self.coach.is_alarming():
            self.coach.on_button(events.PRESS_SHORT, self.total)  # somebody is there: a hand plugged it in
        self.engine.finish()
        self._tell()
        if self.coach.training is not None:  # the cable or the button ended the plan as well: its verdict is logged
            self.coach.training.halt(self.total, -1)
        for _ in range(_HURRY):
            if not self.evidence.write(self.journal, True):
                if not self.evidence.is_pending() or not self.journal.step(self.total):
                    break
        self.evidence.stop()
        if self._last_step > self._base:
            self.journal.mount(self.engine.mount_memory(), self.total)
        self.engine = None
        return self.journal.end(cause, self.total)

    def idle(self):
        """End a session without steps, and begin the next. When the log took no more of it, the wearer feels a stop."""
        if not (self.journal.running or self._is_warned):
            self._is_warned = self.coach.ask(patterns.STOP, events.LOG)
        if self.total - self._last_step >= self.settings["idle_minutes"] * 60 * units.RATE_HZ:
            self.end(events.END_IDLE)
            if self.server is None:  # at the cable the next one waits to be asked for
                self.start()

    # samples ----------------------------------------------------------------------------------------------
    def batch(self, imu, samples):
        """What `imu.drain()` just gave, its gap included."""
        engine = self.engine
        lost = imu.gap
        if not (lost or samples):
            return
        at = min(imu.gap_at, samples)
        if engine is not None:
            if lost:
                if at:
                    engine.feed(imu.batch, at, 0, self._flags)
                engine.gap(lost)
                self.journal.lost += lost
                self.evidence.gap(self.total + at + lost)
                engine.feed(imu.batch, samples - at, at, self._flags)
            else:
                engine.feed(imu.batch, samples, 0, self._flags)
            if lost:
                self.evidence.add(imu.batch, samples - at, at, self.total + at + lost)
            else:
                self.evidence.add(imu.batch, samples, 0, self.total)
            self._flags = 0
        if self.total < self._capture_until:
            self._pass_on(imu.batch, samples, at, lost)
        self.total += samples + lost
        self._tell()

    def missed(self, lost):
        """The sensor has been silent for `lost` samples: time goes on without it."""
        if lost:
            if self.engine is not None:
                self.engine.gap(lost)
                self.journal.lost += lost
                self.evidence.gap(self.total + lost)
            self.total += lost

    def capture(self, seconds):
        """Pass raw samples on to the live stream for so long; 0 stops."""
        self._capture_until = self.total + seconds * 104
        return True

    def _pass_on(self, batch, samples, at, lost):
        """RAW records of at most 13 samples; `lost` samples are missing before sample `at`."""
        view = memoryview(batch)
        k = 0
        while k < samples:
            end = min(k + 13, samples)
            if lost and k < at < end:
                end = at
            index = self.total + k + (lost if k >= at else 0)
            if self.server is not None:
                self.server.note(events.RAW, index, (0, 0), bytes(view[6 * k : 6 * end]))
            k = end

    def restarted(self):
        """The sensor came back: what follows is flagged."""
        self._flags |= events.Q_RESTARTED

    def _tell(self):
        """Pass on what the engine found. Not from inside the engine: CircuitPython's Python stack is small, and
        the way from a contact down to a byte of the journal is long (pystack exhausted, seen on 10.0.3)."""
        found = self._found
        while found:
            self._pass(found.pop(0))

    def _pass(self, event):
        base = self._base
        if base:
            self._shift(event, base)
        if event.kind == events.STEP:
            self._last_step = max(self._last_step, event.index)
        elif event.kind == events.DOUBT:
            self.log(event.reason)
            self.parts.light.flash(*_DOUBTFUL)
        elif event.kind == events.CHECK:
            self.log(errors.MOUNT_CHECKED if event.score else errors.CHECK_FAILED)
            self.tell(patterns.GOAL if event.score else patterns.SLOW)
        self.coach.on_event(event)
        self.journal.append(event)
        if event.kind in _ALERTS:
            self.evidence.mark(event.kind, event.index)
        if self.server is not None:
            self.server.event(event)
        if base:  # the engine goes on reading it
            self._shift(event, -base)

    @staticmethod
    def _shift(event, by):
        event.index += by
        event.decided += by
        if event.provisional >= 0:
            event.provisional += by

    # buzzes and notes -------------------------------------------------------------------------------------
    def play(self, pattern, cause):
        """The coach wants the wearer to feel a pattern."""
        length = self.settings["haptic_length"]
        haptics = self.parts.haptics
        haptics.play(patterns.pulses(pattern, length), self.coach.strength())
        if self.engine is not None:
            self.engine.buzzing(patterns.duration_ms(pattern, length) * 104 // 1000 + 1)
        self.note(events.ALERT, (pattern, cause, 0 if haptics.works else 1))

    def tell(self, pattern):
        """Answer a hand: felt, not logged."""
        haptics = self.parts.haptics
        haptics.play(patterns.pulses(pattern, self.settings["haptic_length"]), self.settings["haptic_strength"])

    def note(self, kind, values, tail=b""):
        index = self.now()
        self.journal.note(kind, index, values, tail)
        if self.server is not None:
            self.server.note(kind, index, values, tail)

    def log(self, reason, value=0, text=""):
        """A reason of errors, noticed now."""
        index = self.now()
        self.journal.log(reason, index, value, text)
        if self.server is not None:
            self.server.note(events.LOG, index, (reason, value & 0xFFFFFFFF), text.encode()[-200:])

    def light(self, kind):
        self.parts.light.flash()

    # the hand ---------------------------------------------------------------------------------------------
    def button(self, press):
        """Short: a mark. Short twice: a guided check of how the sensor sits. Long: start or stop."""
        index = self.now()
        if self.coach.on_button(press, index):
            return
        if press == events.PRESS_SHORT:
            if self.engine is None:
                return
            self.note(events.BUTTON, (press,))
            is_second = index - self._pressed < _TWICE
            self._pressed = -_TWICE if is_second else index
            if is_second:
                self.tell(patterns.TURN if self.engine.check() else patterns.SLOW)
            else:
                self.tell(patterns.TICK)
        elif self.engine is not None:
            self.note(events.BUTTON, (press,))
            self.end(events.END_BUTTON)
            self.tell(patterns.GOAL)
        else:
            self.begin()
