# SPDX-License-Identifier: MIT
"""Clock: milliseconds that wrap, and the wall clock when somebody set it.

in    supervisor.ticks_ms: int, wraps at 2^29 ms, starts near the wrap on purpose
out   `ms()`, `since(then)` up to 3 days; `utc()` seconds since 1970 or None while nobody set the clock
keeps the zone's offset in minutes, as told by the computer
from  CircuitPython docs, supervisor.ticks_ms; rtc.RTC
"""
import time

import rtc
import supervisor

_PERIOD = 1 << 29
_HALF = 1 << 28
_SET_SINCE = 1735689600  # 2025-01-01: an RTC that was never set starts at 2000 or 2020

ms = supervisor.ticks_ms


def since(then):
    """Milliseconds from `then` (an earlier `ms()`) to now."""
    return (supervisor.ticks_ms() - then + _HALF) % _PERIOD - _HALF


class WallClock:
    """UTC from the chip's own real-time clock."""

    def __init__(self):
        self.offset_min = 0

    def utc(self):
        """Seconds since 1970 (int), or None: not set."""
        seconds = int(time.time())
        return seconds if seconds >= _SET_SINCE else None

    def set(self, utc_s, offset_min=0):
        """Set the chip's clock. It runs on until power is lost."""
        rtc.RTC().datetime = time.localtime(utc_s)
        self.offset_min = offset_min
