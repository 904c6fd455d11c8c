# SPDX-License-Identifier: MIT
"""Haptics: plays pulses on a DRV2605L or on a plain motor (plain.py), without waiting.

in    pulses as (on ms, off ms) pairs, strength in %
out   the motor's drive; `is_on` while it runs; `began_ms` of the last pattern
keeps the pattern under way
from  TI DRV2605L SLOS854D 8.3.5.2, real-time playback: the motor follows register 0x02 at once; standby in between
but   a call blocks 0.3 ms (two registers over I2C); out of standby the driver answers within 0.25 ms
not   which pattern and when: coach
"""
from retrostep import compat
from retrostep.device import clock

_MODE = 0x01  # the register before the real-time playback input
_REALTIME, _STANDBY = 0x05, 0x45  # SLOS854D 8.6.3: in standby it takes < 7 uA, awake 0.65 mA; its registers stay


class Drv:
    """DRV2605 or DRV2605L, eccentric motor, real-time playback. The driver sets it up and is unloaded again:
    6 kB of heap, and one register is all that is needed afterwards."""

    def __init__(self, i2c, address):
        import adafruit_drv2605

        try:
            adafruit_drv2605.DRV2605(i2c, address)
        finally:
            adafruit_drv2605 = None
            compat.forget("adafruit_drv2605")
        self.i2c = i2c
        self._address = address
        self._out = bytearray((_MODE, 0, 0))
        self.drive(0)

    def drive(self, percent):
        self._out[1] = _REALTIME if percent else _STANDBY
        self._out[2] = 127 * percent // 100  # signed register: 127 is full forward
        i2c = self.i2c
        while not i2c.try_lock():
            pass
        try:
            i2c.writeto(self._address, self._out)
        finally:
            i2c.unlock()


class Haptics:
    """One motor, or none: `motor` None keeps the timing, so that the rest does not care."""

    def __init__(self, motor=None):
        self._motor = motor
        self._pulses = None
        self._next = 0
        self._until = 0
        self._strength = 0
        self.is_on = False
        self.failed = False  # what was asked of it last was not done
        self.renew = None  # makes a bus of its own anew
        self.began_ms = clock.ms()
        self._phase_ms = self.began_ms

    @property
    def works(self):
        """Whether what was asked of it last was felt."""
        return self._motor is not None and not self.failed

    def play(self, pulses, strength):
        """Begin a pattern now; one under way stops."""
        self._pulses = pulses
        self._next = 0
        self._strength = strength
        self.began_ms = clock.ms()
        self._phase_ms = self.began_ms
        self._until = 0
        self.tick()

    def stop(self):
        """Silence."""
        self._pulses = None
        self._drive(0)

    def tick(self):
        """Call often. True while a pattern is under way."""
        pulses = self._pulses
        if pulses is None:
            return False
        while clock.since(self._phase_ms) >= self._until:
            self._phase_ms = clock.ms()  # from now: a late look stretches a pattern, and shortens no pulse
            at = self._next
            if at >= 2 * len(pulses):
                self._pulses = None
                self._drive(0)
                return False
            self._until = pulses[at >> 1][at & 1]
            self._next = at + 1
            if self._until:
                self._drive(0 if at & 1 else self._strength)
        return True

    def due_ms(self):
        """Milliseconds until `tick` has something to do, or -1 when nothing plays."""
        if self._pulses is None:
            return -1
        return max(0, self._until - clock.since(self._phase_ms))

    def _drive(self, percent):
        self.is_on = percent > 0
        if self._motor is None:
            return
        try:
            self._motor.drive(percent)
            if percent:  # silence that works does not mend a pulse that was not felt
                self.failed = False
        except (OSError, AttributeError):  # no answer; no bus
            self.failed = True
            if self.renew is not None:
                self._motor.i2c = self.renew()

    def moved(self, i2c):
        """The bus that it shares was made anew."""
        if self._motor is not None:
            self._motor.i2c = i2c
