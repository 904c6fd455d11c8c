# SPDX-License-Identifier: MIT
"""The smallest bus that the Adafruit drivers accept: chips by address, and a clock that a test moves."""

import pytest


class Clock:
    def __init__(self):
        self.ns = 0

    def __call__(self):
        return self.ns

    def after(self, seconds):
        self.ns += int(seconds * 1e9)


class Bus:
    def __init__(self, *chips):
        self.chips = {chip.address: chip for chip in chips}

    def try_lock(self):
        return True

    def unlock(self):
        pass

    def _chip(self, address):
        chip = self.chips.get(address)
        if chip is None or not chip.present:
            raise OSError(19, "No such device")
        return chip

    def writeto(self, address, buffer, *, start=0, end=None):
        self._chip(address).i2c_write(bytes(buffer)[start:end])

    def readfrom_into(self, address, buffer, *, start=0, end=None):
        view = memoryview(buffer)[start:end]
        view[:] = self._chip(address).i2c_read(len(view))

    def writeto_then_readfrom(
        self, address, out_buffer, in_buffer, *, out_start=0, out_end=None, in_start=0, in_end=None
    ):
        self.writeto(address, out_buffer, start=out_start, end=out_end)
        self.readfrom_into(address, in_buffer, start=in_start, end=in_end)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def bus():
    """Makes a bus from chips."""
    return Bus
