# SPDX-License-Identifier: MIT
"""Wiring: a board file's facts become objects.

in    retrostep_board (facts); the placement, for the sensor's ranges
out   Parts: haptics, button, light, power, flash, pump, wall clock, device id; numbers that do not repeat
keeps the last of these numbers
but   pins for alarms are taken before the same pin becomes an input: CircuitPython lends a pin once
"""
import hashlib
import os
import time

import board
import busio

from retrostep import compat
from retrostep import units
from retrostep.device import imu


def bus(wires):
    """An I2C bus, or None: without pull-ups (a sensor that is unplugged or has no power) CircuitPython makes none."""
    scl, sda, frequency = wires
    try:
        return busio.I2C(getattr(board, scl), getattr(board, sda), frequency=frequency)
    except (RuntimeError, ValueError):
        return None


class Parts:
    """Everything a wearable is made of; `sensor` comes last, when the settings are known."""

    def __init__(self, facts, feed):
        from retrostep.device import making

        making.make(self, facts, feed)
        del making
        compat.forget("retrostep.device.making")

    def _renew(self):
        """The sensor's bus made anew, for the motor's driver as well if it shares it."""
        if self.i2c is not None:
            self.i2c.deinit()
        self.i2c = bus(self.wires)
        if not self.second:
            self.haptics.moved(self.i2c)
        return self.i2c

    def renew_second(self):
        """The motor's own bus made anew."""
        i2c, wires = self.second
        if i2c is not None:
            i2c.deinit()
        self.second[0] = bus(wires)
        return self.second[0]

    def draw(self):
        """A walk's own number, 8 bytes. The chip's random source, and what no two moments share: the clock in 30 us
        steps, the sensor's last words and their noise. Where there is no source, these alone."""
        try:
            chance = os.urandom(16)
        except (AttributeError, NotImplementedError, OSError):
            chance = b""
        sha = hashlib.new("sha1", self.drawn + chance)
        sha.update(str(time.monotonic_ns()).encode())
        if self.imu is not None:
            sha.update(self.imu.batch)
        self.drawn = sha.digest()[:8]
        return self.drawn

    def sensor(self, placement):
        """The motion sensor at the ranges of a placement, started (0.2 s); a missing one is looked for later."""
        acc_g, gyro_dps = units.RANGES[placement]
        if self.imu is None:
            self.imu = imu.Imu(self.i2c, self.chip[0], self.chip[1], acc_g, gyro_dps, self.chip[2:])
            self.imu.renew = self._renew
        elif not self.imu.ranges(acc_g, gyro_dps):
            return
        self.imu.start()
