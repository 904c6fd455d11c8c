# SPDX-License-Identifier: MIT
"""The I2C controller of the emulated RP2040, tied to chip models (retrostep_host.virtual.chips).

in    the guest's register accesses, and its bit-banged probes
out   acknowledge bits and bytes, after the time they take on the wire
keeps the chip being addressed
from  RP2040 datasheet 4.3; rp2040py peripherals/i2c.py; circuitpython ports/raspberrypi/common-hal/busio/I2C.c
      (a write of no bytes, as in `scan` and in I2CDevice's probe, is bit-banged on the pins)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_TX_EMPTY = 1 << 4
_SIO = 5  # GPIO function: plain input and output


class Bus:
    """One controller, 9 bit times a byte from its own SCL counters."""

    def __init__(self, mcu: Any, index: int, clk_sys_hz: float = 125e6) -> None:
        self.controller = mcu.i2c[index]
        self.chips: dict[int, Any] = {}
        self.bytes = 0
        self.refused = 0
        self.after_stop: Callable[[], None] | None = None
        self._clk_hz = clk_sys_hz
        self._chip: Any = None
        self._next: Callable[[], None] | None = None
        self._alarm = mcu.clock.create_alarm(self._fire)
        controller = self.controller
        controller.on_start = lambda repeated: self._after(1, controller.complete_start)
        controller.on_connect = self._connect
        controller.on_write_byte = self._write
        controller.on_read_byte = self._read
        controller.on_stop = self._stop

    def attach(self, chip: Any) -> None:
        self.chips[chip.address] = chip

    def address(self, address: int, read: bool) -> Any:
        """The chip that answers at `address`, told that it is addressed; None when none does."""
        chip = self.chips.get(address)
        return chip if chip is not None and chip.start(read) else None

    def _after(self, bits: int, then: Callable[[], None]) -> None:
        self._next = then
        bit_ns = (self.controller.scl_high_period + self.controller.scl_low_period) * 1e9 / self._clk_hz
        self._alarm.schedule(bits * bit_ns)

    def _fire(self) -> None:
        then, self._next = self._next, None
        if then:
            then()

    def _refuse(self) -> None:
        # An abort flushes the TX FIFO, so TX_EMPTY rises; rp2040py omits it, and pico-sdk would then wait for its
        # timeout of 1 s (ETIMEDOUT instead of ENODEV).
        self.refused += 1
        self.controller._set_interrupts(_TX_EMPTY)

    def _connect(self, address: int, mode: Any) -> None:
        self._chip = self.address(address, mode.name == "READ")
        answered = self._chip is not None

        def then() -> None:
            self.controller.complete_connect(answered)
            if not answered:
                self._refuse()

        self._after(9, then)

    def _write(self, value: int) -> None:
        self.bytes += 1
        taken = self._chip is not None and bool(self._chip.write(value))

        def then() -> None:
            self.controller.complete_write(taken)
            if not taken:
                self._refuse()

        self._after(9, then)

    def _read(self, ack: bool) -> None:
        self.bytes += 1
        value = self._chip.read() & 0xFF if self._chip is not None else 0xFF
        self._after(9, lambda: self.controller.complete_read(value))

    def _stop(self) -> None:
        if self._chip is not None:
            self._chip.stop()
        self._chip = None
        if self.after_stop:
            self.after_stop()
        self._after(1, self.controller.complete_stop)


class LineLevel:
    """Answers what the guest bit-bangs on the two pins as plain GPIO."""

    def __init__(self, mcu: Any, sda: int, scl: int, bus: Bus) -> None:
        self._bus = bus
        self._sda_pin, self._scl_pin = mcu.gpio[sda], mcu.gpio[scl]
        self._sda = self._scl = True
        self._bits: int | None = None
        self._count = 0
        self._chip: Any = None
        self._sda_pin.add_listener(lambda new, old: self._edge())
        self._scl_pin.add_listener(lambda new, old: self._edge())

    @staticmethod
    def _level(pin: Any) -> bool:
        return not (pin.function_select == _SIO and pin.output_enable and not pin.output_value)

    def _edge(self) -> None:
        if self._sda_pin.function_select != _SIO or self._scl_pin.function_select != _SIO:
            self._bits = None
            return
        sda, scl = self._level(self._sda_pin), self._level(self._scl_pin)
        was_sda, was_scl, self._sda, self._scl = self._sda, self._scl, sda, scl
        if (sda, scl) == (was_sda, was_scl):
            return
        if was_scl and scl:
            if was_sda != sda:
                self._condition(is_start=not sda)
        elif self._bits is not None:
            self._clock(rising=scl and not was_scl, falling=was_scl and not scl, sda=sda)

    def _condition(self, is_start: bool) -> None:
        if is_start:
            self._bits, self._count, self._chip = 0, 0, None
            return
        self._bits = None
        if self._chip is not None:
            self._chip.stop()
            self._chip = None

    def _clock(self, rising: bool, falling: bool, sda: bool) -> None:
        assert self._bits is not None
        if rising and self._count < 8:
            self._bits = (self._bits << 1 | int(sda)) & 0xFF
            self._count += 1
        elif falling and self._count == 8:
            self._count = 9
            if self._chip is None:
                self._chip = self._bus.address(self._bits >> 1, bool(self._bits & 1))
                answered = self._chip is not None
            else:
                answered = bool(self._chip.write(self._bits))
            if answered:
                self._sda_pin.set_input_value(False)
        elif falling and self._count == 9:
            self._sda_pin.set_input_value(True)
            self._count = self._bits = 0
