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
import microcontroller

from retrostep import compat
from retrostep import units
from retrostep.device import button
from retrostep.device import clock
from retrostep.device import flash
from retrostep.device import imu
from retrostep.device import power
from retrostep.device import usb


def _i2c(wires):
    """A bus, or None: without pull-ups (a sensor that is unplugged or has no power) CircuitPython makes none."""
    scl, sda, frequency = wires
    try:
        return busio.I2C(getattr(board, scl), getattr(board, sda), frequency=frequency)
    except (RuntimeError, ValueError):
        return None


class Parts:
    """Everything a wearable is made of; `sensor` comes last, when the settings are known."""

    def __init__(self, facts, feed):
        self.name = facts.BOARD_IDS[0]
        from retrostep.device import making

        if hasattr(facts, "HOLD") or hasattr(board, "DISPLAY"):
            from retrostep.device import supply

            self._held = supply.take(facts, board)
            del supply
            compat.forget("retrostep.device.supply")
        self.power = power.Power(facts, board)
        self._wires = facts.I2C
        self.i2c = _i2c(facts.I2C)
        self._imu = facts.IMU
        self.imu = None
        self._second = None  # a bus of the motor's own, and its wires
        if facts.HAPTICS and len(facts.HAPTICS) > 2:
            self._second = [_i2c(facts.HAPTICS[2]), facts.HAPTICS[2]]
        self.haptics = making.some_haptics(facts, board, self._second[0] if self._second else self.i2c)
        if self._second:
            self.haptics.renew = self._renew_second
        self.button = button.Button(getattr(board, facts.BUTTON) if facts.BUTTON else None)
        self.light = making.a_light(facts, board)
        del making
        compat.forget("retrostep.device.making")
        self.flash = flash.Flash(feed)
        self.pump = usb.Pump()
        self.wall = clock.WallClock()
        self.device = (bytes(microcontroller.cpu.uid) + bytes(8))[:8]  # an ESP32-S3 has six
        self._drawn = self.device

    def _renew(self):
        """The sensor's bus made anew, for the motor's driver as well if it shares it."""
        if self.i2c is not None:
            self.i2c.deinit()
        self.i2c = _i2c(self._wires)
        if not self._second:
            self.haptics.moved(self.i2c)
        return self.i2c

    def _renew_second(self):
        i2c, wires = self._second
        if i2c is not None:
            i2c.deinit()
        self._second[0] = _i2c(wires)
        return self._second[0]

    def draw(self):
        """A walk's own number, 8 bytes. The chip's random source, and what no two moments share: the clock in 30 us
        steps, the sensor's last words and their noise. Where there is no source, these alone."""
        try:
            chance = os.urandom(16)
        except (AttributeError, NotImplementedError, OSError):
            chance = b""
        sha = hashlib.new("sha1", self._drawn + chance)
        sha.update(str(time.monotonic_ns()).encode())
        if self.imu is not None:
            sha.update(self.imu.batch)
        self._drawn = sha.digest()[:8]
        return self._drawn

    def sensor(self, placement):
        """The motion sensor at the ranges of a placement, started (0.2 s); a missing one is looked for later."""
        acc_g, gyro_dps = units.RANGES[placement]
        if self.imu is None:
            self.imu = imu.Imu(self.i2c, self._imu[0], self._imu[1], acc_g, gyro_dps, self._imu[2:])
            self.imu.renew = self._renew
        elif not self.imu.ranges(acc_g, gyro_dps):
            return
        self.imu.start()
