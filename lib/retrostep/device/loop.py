# SPDX-License-Identifier: MIT
"""Loop: one pass after the other, for ever. Drain the sensor, let the engine think, buzz, write, talk, wait.

in    Parts (wiring.py)
out   a walking board; never returns
keeps the state of cable and button between two passes
from  docs/design.md, "One line of flow"
but   a pass with a flush lasts 60 ms (110 ms when the log grows); the FIFO holds 2.4 s
"""
import microcontroller
import watchdog

from retrostep import battery
from retrostep import compat
from retrostep import errors
from retrostep import events
from retrostep.coach import patterns
from retrostep.device import clock
from retrostep.device import nvm

_DOG_S = 8.0  # s; the RP2040's watchdog counts to 8.3 s, the longest call (a new log) feeds it
_MOST = 6  # batches a pass: catches up after a flush, and a board that is too slow still writes and talks
_POLL_MS = 20  # at a cable, or while the button is down
_EARLY_MS = 100  # a batch that is whole may come so much before the clock says: the rate is 5 % off at most
_AWAKE_MS = 2000  # after the sensor called: the engine says by then whether somebody moves
_LINK_MS = 2  # while a computer is talking
_TALK_MS = 500  # so long after its last word
_SILENT = 1040  # samples, 10 s: a sensor that is dead for ever must not stop the time of a walk
_BACK_MS = 60000  # a cable that comes back so soon goes on with the walk that was begun at it
_WELL_S = 60  # a loop that ran so long has recovered
_BATTERY_MS = 10000  # between two looks at it
_SURE = 3  # looks in a row: a motor or a flush pulls the voltage down for a moment
_LOW_LIGHT = (150, 10)  # ms and times
_RATE_S = 120  # time over which the sensor's rate is compared with the clock


class Wearable:
    def __init__(self):
        from retrostep.device import birth

        birth.make(self)
        del birth
        compat.forget("retrostep.device.birth")

    # link -------------------------------------------------------------------------------------------------
    def _connect(self):
        """A cable is in: load the link."""
        from retrostep.device.hooks import Hooks
        from retrostep.link.server import Server

        walk = self.session
        link = Hooks(self.parts.name, walk.settings, self.parts.wall)
        link.session = walk
        link.vanished, link.rebuilt = self._vanished, self._rebuilt
        walk.server = self.server = Server(self.journal, link)

    def _disconnect(self):
        """The cable is out: unload the link."""
        self.session.server = self.server = None
        self.journal.table.rest()
        compat.forget("retrostep.device.hooks")
        compat.forget("retrostep.device.padlock")
        compat.forget("retrostep.link.")
        compat.forget("retrostep.settings")

    # watchdog ---------------------------------------------------------------------------------------------
    def watch(self):
        """From here on a loop that hangs for 8 s resets the board. One that runs is left alone: an nRF52840 raises."""
        dog = microcontroller.watchdog
        if dog is not None and self._dog is None:
            dog.timeout = _DOG_S
            dog.mode = watchdog.WatchDogMode.RESET
            self._dog = dog

    def feed(self):
        if self._dog is not None:
            self._dog.feed()

    # passes -----------------------------------------------------------------------------------------------
    def run(self):
        """Never returns."""
        self.watch()
        if not self._plugged:
            self.session.start()
        while True:
            self.once()

    def once(self):
        """One pass."""
        self.feed()
        parts, walk = self.parts, self.session
        plugged = parts.pump.is_plugged()
        if plugged != self._plugged:
            self._plugged = plugged
            if plugged:
                self._drain(1)  # whatever the FIFO still holds belongs to the walk
                if not walk.at_cable or clock.since(self._out_ms) > _BACK_MS:
                    walk.end(events.END_USB)
                try:
                    self._connect()
                except MemoryError:  # no room for the walk and the link
                    walk.end(events.END_USB)
                    self._disconnect()
                    self._connect()
            else:
                self._out_ms = clock.ms()
                self._disconnect()
                lent = parts.flash.error
                if lent and lent.args[0] == 30 and not (walk.is_running or len(self.journal.table.rows)):
                    microcontroller.reset()  # a computer had the drive and a battery kept us on: boot.py takes it back
                if not walk.is_running:
                    walk.start()
        if walk.is_wanted:
            walk.begin()
        self._drain()
        self._hand()
        self.coach.tick(walk.total)
        playing = parts.haptics.tick()
        parts.light.tick()
        quiet = walk.is_running and (playing or walk.is_tense)
        if walk.is_running and (not playing or walk.evidence.is_urgent()) and walk.evidence.write(self.journal):
            walk.evidence.write(self.journal)  # two a block
        wrote = self.journal.step(walk.now(), quiet)
        if wrote:
            self._hand()  # a press of 0.2 s fits between two looks while flushes follow each other
        if plugged and parts.pump.run(self.server):
            self._spoke_ms = clock.ms()
        if walk.is_running:
            walk.idle()
        elif self.journal.settled() and clock.since(self._spoke_ms) > _TALK_MS:
            kept = (self.journal.last_session, len(self.journal.table.rows))
            if kept != self._kept:
                self._kept = kept
                from retrostep.device import numbers  # seldom: not while anybody walks

                numbers.keep(kept[0], self.journal.boot, self.journal.table.rows)
                del numbers
                compat.forget("retrostep.device.numbers")
        self._look_after()
        if not wrote:
            self._wait(plugged, playing)

    def _hand(self):
        """A look at the button."""
        press = self.parts.button.tick()
        if press:
            self.session.button(press)

    def _drain(self, least=0):
        """Read the sensor: whatever is due, or down to `least` samples."""
        imu, walk = self.parts.imu, self.session
        for _ in range(24 if least or imu.is_resting else _MOST):  # a full FIFO is 20 batches
            wanted = least or walk.due()
            samples = imu.drain(wanted)
            if not (samples or imu.gap):
                break
            walk.batch(imu, samples)
            self.parts.haptics.tick()
            if imu.level < wanted:
                break
        noticed = imu.take_log()
        if noticed:
            self._notices.sensor(noticed)

    def _look_after(self):
        """Things that are seldom due."""
        parts = self.parts
        self.session.missed(parts.imu.silence(_SILENT))
        self._notices.look()
        if not self._well and clock.since(self._began_ms) > _WELL_S * 1000:
            self._well = True
            nvm.running_well()
        if clock.since(self._battery_ms) >= _BATTERY_MS and not parts.haptics.is_on:
            self._battery_ms = clock.ms()
            self._look_at_battery(parts.power.millivolts())
        passed = clock.since(self._rate_ms)
        if passed >= _RATE_S * 1000:
            rate = (self.session.now() - self._rate_from) * 1000000 // passed  # thousandths of a hertz
            self._rate_ms, self._rate_from = clock.ms(), self.session.now()
            self.journal.measured_rate_mhz = rate
            if not 98800 <= rate <= 109200:  # datasheet: 5 % of 104 Hz
                self.session.log(errors.RATE_OFF, rate)

    def _look_at_battery(self, reading):
        """Told once when it is low, the log closed when it is empty. With a cable in it is being charged."""
        walk = self.session
        self.journal.battery_mv = reading
        if self._plugged:
            self._battery = battery.FULL
            self._unwarned = False
            return
        level = battery.level(reading, self._battery)
        self._lower = self._lower + 1 if level != self._battery else 0
        if self._lower >= _SURE:
            self._battery = level
            self._lower = 0
            self._unwarned = level == battery.LOW
            if level == battery.LOW:
                walk.log(errors.BATTERY_LOW, reading)
                self.parts.light.flash(*_LOW_LIGHT)
            elif level == battery.EMPTY:
                from retrostep.device import empty

                empty.close(walk, self.feed, reading)
        if self._unwarned and walk.is_running:  # when the coach may, so that it is not taken for something else
            self._unwarned = not walk.coach.ask(patterns.SLOW, events.LOG)

    def _wait(self, plugged, playing):
        parts = self.parts
        imu, button = parts.imu, parts.button
        is_busy = plugged or playing or button.is_down() or clock.since(self._awake_ms) < _AWAKE_MS
        imu.rest(not is_busy and self.session.is_quiet)
        ms = imu.due_ms(self.session.due())
        if plugged and (self.server.busy or clock.since(self._spoke_ms) < _TALK_MS):
            ms = min(ms, _LINK_MS)
        elif plugged or button.is_down():
            ms = min(ms, _POLL_MS)
        if playing:
            ms = min(ms, parts.haptics.due_ms())
        if parts.light.is_on:
            ms = min(ms, parts.light.due_ms())
        # a sensor that is away is looked for five times a second, and a light sleep counts whole ones
        may_sleep = imu.is_alive and not (plugged or playing or button.is_down() or parts.light.is_on)
        if parts.power.wait(max(1, ms), may_sleep, button.has_changed):
            button.renew()
            if imu.is_resting and imu.due_ms() > _EARLY_MS:  # by the sensor, or by the button
                self._awake_ms = clock.ms()
