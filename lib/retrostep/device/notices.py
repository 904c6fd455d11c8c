# SPDX-License-Identifier: MIT
"""Notices: what the board noticed about itself, into the log, once.

in    what recovery found, what the sensor, the buzzer and the button say
out   LOG records with a reason of retrostep.errors; why the board started, as journal.block.STOPS numbers it
keeps what was told already
"""
import microcontroller

from retrostep import errors
from retrostep import settings
from retrostep.device import clock
from retrostep.device import nvm

_LATE_MS = 60000  # a board that is late is late often: one record a minute


def stop():
    """Why the board started."""
    if nvm.safe_modes():
        return 6
    if nvm.crashes():
        return 4
    why = str(microcontroller.cpu.reset_reason)
    for number, word in ((1, "POWER_ON"), (2, "BROWNOUT"), (3, "WATCHDOG"), (5, "SOFTWARE"), (5, "RESET_PIN")):
        if word in why:
            return number
    return 0


def at_boot(session, vanished, rebuilt, ignored):
    """`vanished`, `rebuilt`: as link.hooks names them; `ignored`: settings whose values in settings.toml are bad."""
    log, flash = session.log, session.parts.flash
    if vanished:
        log("logs_vanished")
    if rebuilt:
        log("mirror_rebuilt", rebuilt)
    if flash.error is not None:
        log("flash_error", 0, str(flash.error))
    reason = {2: "brownout", 3: "watchdog", 6: "safe_mode"}.get(session.journal.stop)
    if reason:
        log(reason)
    for name in ignored:
        log("setting_ignored", settings.row(name)[0], name)


class Notices:
    """`sensor(bits)` and `look()` are called by the loop."""

    def __init__(self, session):
        self._session = session
        self._late_ms = None
        self._told_haptics = self._told_stuck = False

    def sensor(self, noticed):
        """Reasons that the sensor gave: bit n is reason 32 + n."""
        session = self._session
        imu = session.parts.imu
        for number in range(32, 49):
            if not noticed >> (number - 32) & 1:
                continue
            name = errors.REASONS[number][0]
            if name == "fifo_overrun":
                if self._late_ms is not None and clock.since(self._late_ms) < _LATE_MS:
                    continue
                self._late_ms = clock.ms()
                session.log(name, imu.lost)
                continue
            session.log(name, imu.restarts)
            if name == "imu_restarted":
                session.restarted()

    def look(self):
        """Buzzer and button."""
        parts = self._session.parts
        if parts.haptics.failed and not self._told_haptics:
            self._told_haptics = True
            self._session.log("haptics_missing")
        if parts.button.is_stuck != self._told_stuck:
            self._told_stuck = parts.button.is_stuck
            if self._told_stuck:
                self._session.log("button_stuck")
