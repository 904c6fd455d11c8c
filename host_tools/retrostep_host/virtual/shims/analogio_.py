# SPDX-License-Identifier: MIT
"""analogio: 16-bit readings; the battery's pin is fed by the machine."""

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    class AnalogIn:
        reference_voltage = 3.3

        def __init__(self, pin):
            pin.claim()
            self._pin = pin

        @property
        def value(self):
            machine.advance(10_000)
            read = machine.analog.get(self._pin.name)
            return read() if read else 0

        def deinit(self):
            self._pin.release()

    return module("analogio", AnalogIn=AnalogIn)
