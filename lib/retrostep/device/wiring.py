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

from retrostep import units
from retrostep.device import button
from retrostep.device import clock
from retrostep.device import flash
from retrostep.device import haptics
from retrostep.device import imu
from retrostep.device import light
from retrostep.device import power
from retrostep.device import usb


class Parts:
    """Everything a wearable is made of; `sensor` comes last, when the settings are known."""

    def __init__(self, facts, feed):
        self.name = facts.BOARD_IDS[0]
        self.power = power.Power(facts, board)
        scl, sda, frequency = facts.I2C
        self.i2c = busio.I2C(getattr(board, scl), getattr(board, sda), frequency=frequency)
        self._imu = facts.IMU
        self.imu = None
        self.haptics = haptics.make(facts, board, self.i2c)
        self.button = button.Button(getattr(board, facts.BUTTON) if facts.BUTTON else None)
        self.light = light.Light(getattr(board, facts.LED) if facts.LED else None)
        self.flash = flash.Flash(feed)
        self.pump = usb.Pump()
        self.wall = clock.WallClock()
        self.device = bytes(microcontroller.cpu.uid)[:8]
        self._drawn = self.device

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
        """The motion sensor at the ranges of a placement, started (1 s); a missing one is looked for later."""
        acc_g, gyro_dps = units.RANGES[placement]
        if self.imu is None:
            self.imu = imu.Imu(self.i2c, self._imu[0], self._imu[1], acc_g, gyro_dps)
        elif not self.imu.ranges(acc_g, gyro_dps):
            return
        self.imu.start()
