# SPDX-License-Identifier: MIT
"""neopixel_write: the last colour written (green, red, blue)."""

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    def neopixel_write(pin, buffer):
        if pin.direction != "digitalio.Direction.OUTPUT":
            raise ValueError("pin is no output")
        machine.advance(len(buffer) * 10_000 + 50_000)
        machine.pixel = bytes(buffer)

    return module("neopixel_write", neopixel_write=neopixel_write)
