# SPDX-License-Identifier: MIT
"""busio: I2C against the chip models; each bit takes its time."""

import errno

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    class I2C:
        def __init__(self, scl, sda, *, frequency=100000, timeout=255):
            if frequency > 1000000:
                raise ValueError("frequency must be at most 1000000")
            scl.claim()
            sda.claim()
            if not machine.powered():
                scl.release()
                sda.release()
                raise RuntimeError("No pull up found on SDA or SCL; check your wiring")
            self._pins = (scl, sda)
            self._wires = (scl.name, sda.name)
            self._hangs = False
            self._frequency = frequency
            self._locked = False

        def try_lock(self):
            if self._pins is None:
                raise ValueError("Object has been deinitialized and can no longer be used. Create a new object.")
            if self._locked:
                machine.advance(5000)
                return False
            self._locked = True
            return True

        def unlock(self):
            if not self._locked:
                raise ValueError("Not locked")
            self._locked = False

        def _go(self, address, out, into):
            if not self._locked:
                raise RuntimeError("Function requires lock")
            if machine.bus_hangs:
                machine.bus_hangs, self._hangs = False, True
            if self._hangs:  # an nRF52840's bus after a time-out: dead until it is made anew
                machine.advance(1_000_000_000)
                raise OSError(errno.ETIMEDOUT, "Timed out")
            got = machine.bus(self._frequency, address, out, into, self._wires)
            if got is None:
                raise OSError(errno.ENODEV, "No such device")
            return got

        def scan(self):
            return [address for address in range(8, 120) if machine.bus(self._frequency, address, b"", 0) is not None]

        def writeto(self, address, buffer, *, start=0, end=None):
            self._go(address, memoryview(buffer)[start : len(buffer) if end is None else end], 0)

        def readfrom_into(self, address, buffer, *, start=0, end=None):
            end = len(buffer) if end is None else end
            memoryview(buffer)[start:end] = self._go(address, None, end - start)

        def writeto_then_readfrom(
            self, address, out_buffer, in_buffer, *, out_start=0, out_end=None, in_start=0, in_end=None
        ):
            out_end = len(out_buffer) if out_end is None else out_end
            in_end = len(in_buffer) if in_end is None else in_end
            out = bytes(memoryview(out_buffer)[out_start:out_end])
            memoryview(in_buffer)[in_start:in_end] = self._go(address, out, in_end - in_start)

        def deinit(self):
            for pin in self._pins or ():
                pin.release()
            self._pins = None

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.deinit()

    return module("busio", I2C=I2C)
