# SPDX-License-Identifier: MIT
"""Notices: what the board noticed about itself, into the log, once.

in    what recovery found, what the sensor, the buzzer and the button say
out   LOG records with a reason of retrostep.errors; why the board started, as journal.block.STOPS numbers it
keeps what was told already
"""
import microcontroller

from retrostep import compat
from retrostep import errors
from retrostep.device import clock
from retrostep.device import nvm

_OFTEN_MS = 60000  # what goes wrong goes wrong often: one record of a kind a minute
_NAMES = 60  # bytes of settings that were ignored: they fit a walk's first block (docs/formats.md)
_STUCK = 520  # samples that said nothing before a stuck sensor is restarted (imu.py)


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
    """`vanished`, `rebuilt`: as link.hooks names them; `ignored`: settings whose values in settings.toml are bad;
    names there that set nothing come to it."""
    log, flash = session.log, session.parts.flash
    if vanished:
        log(errors.LOGS_VANISHED)
    if rebuilt:
        log(errors.MIRROR_REBUILT, rebuilt)
    if flash.error is not None:
        log(errors.FLASH_ERROR, 0, str(flash.error))
    reason = {2: errors.BROWNOUT, 3: errors.WATCHDOG, 6: errors.SAFE_MODE}.get(session.journal.stop)
    if reason:
        log(reason)
    try:
        with open("/settings.toml", "rb") as file:
            from retrostep import misspelt

            ignored += misspelt.strange(file)
            del misspelt
            compat.forget("retrostep.misspelt")
    except OSError:
        pass
    session.ignored = ", ".join(ignored)[:_NAMES]
    if ignored:
        log(errors.SETTING_IGNORED, len(ignored), session.ignored)


class Notices:
    """`sensor(bits)` and `look()` are called by the loop."""

    def __init__(self, session):
        self._session = session
        self._told_ms = {}  # reason -> when
        self._told_haptics = self._told_stuck = False

    def sensor(self, noticed):
        """Reasons that the sensor gave: bit n is reason 32 + n."""
        session = self._session
        imu = session.parts.imu
        for reason in (errors.IMU_MISSING, errors.IMU_RESTARTED, errors.IMU_STUCK, errors.FIFO_OVERRUN):
            if not noticed >> (reason - errors.IMU_MISSING) & 1:
                continue
            if reason == errors.IMU_RESTARTED:
                session.restarted()
            elif reason == errors.IMU_STUCK:
                session.journal.lost += _STUCK
            if reason not in self._told_ms or clock.since(self._told_ms[reason]) >= _OFTEN_MS:
                self._told_ms[reason] = clock.ms()
                session.log(reason, imu.lost if reason == errors.FIFO_OVERRUN else imu.restarts)

    def look(self):
        """Buzzer and button."""
        parts = self._session.parts
        if parts.haptics.failed and not self._told_haptics:
            self._told_haptics = True
            self._session.log(errors.HAPTICS_MISSING)
        if parts.button.is_stuck != self._told_stuck:
            self._told_stuck = parts.button.is_stuck
            if self._told_stuck:
                self._session.log(errors.BUTTON_STUCK)
