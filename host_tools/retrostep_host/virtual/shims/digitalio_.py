# SPDX-License-Identifier: MIT
"""digitalio: pins as inputs and outputs."""

from retrostep_host.virtual.shims import module


class Direction:
    INPUT = "digitalio.Direction.INPUT"
    OUTPUT = "digitalio.Direction.OUTPUT"


class Pull:
    UP = "digitalio.Pull.UP"
    DOWN = "digitalio.Pull.DOWN"


class DriveMode:
    PUSH_PULL = "digitalio.DriveMode.PUSH_PULL"
    OPEN_DRAIN = "digitalio.DriveMode.OPEN_DRAIN"


def make(machine, interpreter):
    class DigitalInOut:
        def __init__(self, pin):
            pin.claim()
            pin.was_reset = False
            self._pin = pin
            self.direction = Direction.INPUT
            self.pull = None
            self.drive_mode = None

        def switch_to_input(self, pull=None):
            self.direction, self.pull = Direction.INPUT, pull

        def switch_to_output(self, value=False, drive_mode=DriveMode.PUSH_PULL):
            self.direction, self.drive_mode = Direction.OUTPUT, drive_mode
            self.value = value

        @property
        def value(self):
            return self._pin.value() and not self._pin.was_reset

        @value.setter
        def value(self, level):
            if self.direction != Direction.OUTPUT:
                raise AttributeError("Cannot set value when direction is input.")
            self._pin.level = bool(level)

        def deinit(self):
            self._pin.release()

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.deinit()

    return module("digitalio", DigitalInOut=DigitalInOut, Direction=Direction, Pull=Pull, DriveMode=DriveMode)
