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

import retrostep_board
from retrostep import compat
from retrostep import errors
from retrostep import events
from retrostep import settings
from retrostep.device import clock
from retrostep.device import flash
from retrostep.device import nvm
from retrostep.device import wiring
from retrostep.journal.writer import Journal
import os

_DOG_S = 8.0  # s; the RP2040's watchdog counts to 8.3 s, the longest call (a new log) feeds it
_MOST = 6  # batches a pass: catches up after a flush, and a board that is too slow still writes and talks
_POLL_MS = 20  # without sleep: latest look at button, light, sensor
_LINK_MS = 2  # while a computer is talking
_TALK_MS = 500  # so long after its last word
_SILENT = 1040  # samples, 10 s: a sensor that is dead for ever must not stop the time of a walk
_BACK_MS = 60000  # a cable that comes back so soon goes on with the walk that was begun at it
_WELL_S = 60  # a loop that ran so long has recovered
_RATE_S = 120  # time over which the sensor's rate is compared with the clock


def _nothing(pattern, cause):
    """Before the session exists nobody can be told anything."""


class Wearable:
    def __init__(self):
        self._dog = microcontroller.watchdog
        if self._dog is not None and self._dog.mode is None:
            self._dog = None  # not yet
        self.parts = wiring.Parts(retrostep_board, self.feed)
        ignored = []
        values = settings.load(os.getenv, ignored)
        parts = self.parts
        parts.flash.open()
        disk = parts.flash if parts.flash.size() else flash.Ram()
        journal = Journal(disk, parts.device, parts.draw)
        from retrostep.device import numbers

        found = journal.recover(*numbers.load())
        del numbers
        compat.forget("retrostep.device.numbers")
        filed = values.copy()
        values.update(found.settings)
        if filed["code"] and filed["code"] != values["code"]:
            ignored.append("code")  # what was set over the link holds: the walk says that the file's does not
        # Only now: recovery, which leaves again, needs the room that these take (bench/cuts_whole.py).
        from retrostep.coach.policy import Coach
        from retrostep.device import notices
        from retrostep.device import session

        journal.stop = notices.stop()
        self._vanished = parts.flash.vanished or found.vanished
        self._rebuilt = (1 if found.damaged[0] else 0) | (2 if found.damaged[1] else 0)
        self.server = None
        coach = Coach(values, _nothing)
        self.journal = journal
        self.session = session.Session(parts, values, journal, coach)
        coach._play, coach._note, coach._light = self.session.play, self.session.note, self.session.light
        self.coach = coach
        journal.wearer = values["code"]
        if found.wearer not in (None, journal.wearer):  # settings.toml says so
            from retrostep.device import newcomer

            newcomer.begin(journal, coach, values, filed)
            del newcomer
            compat.forget("retrostep.device.newcomer")
        elif found.training:
            coach.remember(found.training)
        parts.sensor(values["placement"])
        notices.at_boot(self.session, self._vanished, self._rebuilt, ignored)
        self._notices = notices.Notices(self.session)
        self._plugged = parts.pump.is_plugged()
        self._spoke_ms = self._began_ms = self._rate_ms = clock.ms()
        self._rate_from = self._out_ms = 0
        self._well = False
        self._kept = None
        if self._plugged:
            self._connect()

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
        for _ in range(24 if least else _MOST):  # a full FIFO is 20 batches
            samples = imu.drain(least or walk.due())
            if not (samples or imu.gap):
                break
            walk.batch(imu, samples)
            self.parts.haptics.tick()
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
        passed = clock.since(self._rate_ms)
        if passed >= _RATE_S * 1000:
            rate = (self.session.now() - self._rate_from) * 1000000 // passed  # thousandths of a hertz
            self._rate_ms, self._rate_from = clock.ms(), self.session.now()
            self.journal.measured_rate_mhz = rate
            self.journal.battery_mv = parts.power.millivolts()
            if not 98800 <= rate <= 109200:  # datasheet: 5 % of 104 Hz
                self.session.log(errors.RATE_OFF, rate)

    def _wait(self, plugged, playing):
        parts = self.parts
        ms = parts.imu.due_ms(self.session.due())
        if plugged and (self.server.busy or clock.since(self._spoke_ms) < _TALK_MS):
            ms = min(ms, _LINK_MS)
        elif plugged or parts.button.is_down():
            ms = min(ms, _POLL_MS)
        if playing:
            ms = min(ms, parts.haptics.due_ms())
        asleep = not plugged and not playing and not parts.button.is_down() and not parts.light.is_on
        if not asleep or not parts.power.can_sleep:
            ms = min(ms, _POLL_MS)
        if parts.power.wait(max(1, ms), asleep):
            parts.button.renew()
