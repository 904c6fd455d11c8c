# SPDX-License-Identifier: MIT
"""pwmio: a duty cycle; on the motor's pin it is what the wearer feels."""

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    class PWMOut:
        def __init__(self, pin, *, duty_cycle=0, frequency=500, variable_frequency=False):
            pin.claim()
            self._pin = pin
            self.frequency = frequency
            self.duty_cycle = duty_cycle

        @property
        def duty_cycle(self):
            return self._duty

        @duty_cycle.setter
        def duty_cycle(self, duty):
            if not 0 <= duty <= 65535:
                raise ValueError("duty_cycle must be 0-65535")
            self._duty = duty
            if machine.motor is not None and machine.motor.pin is self._pin:
                machine.motor.drive(duty / 65535)

        def deinit(self):
            self.duty_cycle = 0
            self._pin.release()

    return module("pwmio", PWMOut=PWMOut)
