# SPDX-License-Identifier: MIT
"""A chip on an I2C bus as a register file.

in    bus traffic, either a byte at a time (`start`, `write`, `read`, `stop`: what the emulated RP2040 sees) or a
      transaction at a time (`i2c_write`, `i2c_read`: what the virtual bus of `retrostep walk` sees)
out   acknowledge bits and register values
keeps 256 registers and the register pointer
from  NXP UM10204, I2C-bus specification, 3.1.10 (a write sets the pointer, a repeated start reads from it)
not   clock stretching, 10-bit addresses, several masters
"""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], int]
"""Returns the time in nanoseconds; never runs backward. Virtual, emulated or real: the chip does not care."""


class RegisterDevice:
    """A register file with an auto-incremented pointer. Subclasses override `on_read` and `on_write`.

    `present` False makes the chip vanish from the bus (pulled cable); `power_on` brings it back as new.
    """

    def __init__(self, address: int, clock: Clock) -> None:
        self.address = address
        self.clock = clock
        self.present = True
        self.regs = bytearray(256)
        self.pointer = 0
        self._expects_pointer = True
        self.power_on()

    # what a chip is made of -------------------------------------------------------------------------------
    def power_on(self) -> None:
        """Registers as after power-on."""
        self.regs[:] = bytes(256)

    def on_write(self, register: int, value: int) -> None:
        self.regs[register] = value

    def on_read(self, register: int) -> int:
        return self.regs[register]

    def after(self, register: int) -> int:
        """The register that follows `register` inside one transaction."""
        return (register + 1) & 0xFF

    # a byte at a time -------------------------------------------------------------------------------------
    def start(self, read: bool) -> bool:
        """START and address. True when the chip answers."""
        self._expects_pointer = not read
        return self.present

    def write(self, value: int) -> bool:
        if not self.present:
            return False
        if self._expects_pointer:
            self.pointer, self._expects_pointer = value & 0xFF, False
        else:
            self.on_write(self.pointer, value & 0xFF)
            self.pointer = self.after(self.pointer)
        return True

    def read(self) -> int:
        if not self.present:
            return 0xFF
        value = self.on_read(self.pointer) & 0xFF
        self.pointer = self.after(self.pointer)
        return value

    def stop(self) -> None:
        self._expects_pointer = True

    # a transaction at a time ------------------------------------------------------------------------------
    def i2c_write(self, data: bytes | bytearray | memoryview) -> bool:
        """One write transaction. False when the chip does not answer."""
        if not self.start(False):
            return False
        for value in data:
            self.write(value)
        self.stop()
        return True

    def i2c_read(self, count: int) -> bytes | None:
        """One read transaction of `count` bytes. None when the chip does not answer."""
        if not self.start(True):
            return None
        data = bytes(self.read() for _ in range(count))
        self.stop()
        return data
