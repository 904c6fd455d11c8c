# SPDX-License-Identifier: MIT
"""Plain: a motor behind a transistor; loaded on boards that have one.

in    the pin
out   `drive(percent)`
keeps the pin
"""
import pwmio


class Motor:
    def __init__(self, pin):
        self._pin = pwmio.PWMOut(pin, frequency=20000, duty_cycle=0)  # Hz: above hearing
        self.i2c = None  # needs none

    def drive(self, percent):
        self._pin.duty_cycle = 65535 * percent // 100
