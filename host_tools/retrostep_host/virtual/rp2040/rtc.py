# SPDX-License-Identifier: MIT
"""The match interrupt of the RP2040's clock, which rp2040py 0.3.6 lacks: without it `alarm.time.TimeAlarm`
never fires.

in    the guest's accesses to the RTC block
out   interrupt 25 at the second asked for
from  RP2040 datasheet 4.8.6: IRQ_SETUP_0 0x10, IRQ_SETUP_1 0x14, INTR 0x20, INTE 0x24, INTF 0x28, INTS 0x2C
but   all date fields are matched, as CircuitPython asks for
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

_SETUP0, _SETUP1, _INTR, _INTE, _INTF, _INTS = 0x10, 0x14, 0x20, 0x24, 0x28, 0x2C
_MATCH_ENABLE, _MATCH_ACTIVE = 1 << 28, 1 << 29
_IRQ = 25


class RtcAlarm:
    def __init__(self, mcu: Any) -> None:
        self._mcu, self._rtc = mcu, mcu.rtc
        self._setup0 = self._setup1 = 0
        self._raised = self._enabled = 0
        self._alarm = mcu.clock.create_alarm(self._fire)
        self._read, self._write = self._rtc.read_uint32, self._rtc.write_uint32
        self._rtc.read_uint32, self._rtc.write_uint32 = self.read, self.write

    def _update(self) -> None:
        self._mcu.set_interrupt(_IRQ, bool(self._raised & self._enabled))

    def _fire(self) -> None:
        self._raised = 1
        self._update()

    def _arm(self) -> None:
        self._alarm.cancel()
        first, second = self._setup0, self._setup1
        if not first & _MATCH_ENABLE:
            self._raised = 0
            self._update()
            return
        try:
            due = datetime(
                first >> 12 & 0xFFF,
                first >> 8 & 15,
                first & 31,
                second >> 16 & 31,
                second >> 8 & 63,
                second & 63,
                tzinfo=UTC,
            )
        except ValueError:
            return
        elapsed = timedelta(milliseconds=(self._mcu.clock.nanos - self._rtc.baseline_nanos) / 1e6)
        wait_s = (due - (self._rtc.baseline + elapsed)).total_seconds()
        if wait_s > -1.0:  # within the second asked for the fields are equal: a match at once
            self._alarm.schedule(max(0.0, wait_s) * 1e9)

    def read(self, offset: int) -> int:
        if offset == _SETUP0:
            return self._setup0 | (self._setup0 << 1 & _MATCH_ACTIVE)
        if offset == _SETUP1:
            return self._setup1
        if offset == _INTR:
            return self._raised
        if offset == _INTE:
            return self._enabled
        if offset == _INTF:
            return 0
        if offset == _INTS:
            return self._raised & self._enabled
        return self._read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _SETUP0:
            self._setup0 = value & ~_MATCH_ACTIVE
            self._arm()
        elif offset == _SETUP1:
            self._setup1 = value
            self._arm()
        elif offset == _INTE:
            self._enabled = value & 1
            self._update()
        elif offset not in (_INTR, _INTF):
            self._write(offset, value)
