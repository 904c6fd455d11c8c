# SPDX-License-Identifier: MIT
"""Notices: what the board noticed about itself, into the log, once.

in    what the sensor, the buzzer and the button say; what the start found: at_boot.py
out   LOG records with a reason of retrostep.errors
keeps what was told already
"""
from retrostep import errors
from retrostep.device import clock

_OFTEN_MS = 60000  # what goes wrong goes wrong often: one record of a kind a minute
_STUCK = 520  # samples that said nothing before a stuck sensor is restarted (imu.py)


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
