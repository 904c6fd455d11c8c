# SPDX-License-Identifier: MIT
"""time: the virtual clock. Unset, the chip's calendar starts on 1 January 2020."""

import time as real

from retrostep_host.virtual.shims import module

UNSET_UTC = 1577836800  # 2020-01-01


def utc(machine):
    base, at = machine.rtc_base or (UNSET_UTC, 0)
    return base + (machine.now_ns - at) // 1_000_000_000


def make(machine, interpreter):
    def sleep(seconds):
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        machine.advance(int(seconds * 1e9))
        machine.meters["idle_ns"] += int(seconds * 1e9)

    def monotonic_ns():
        machine.advance(2000)
        return machine.now_ns // 30518 * 30518  # moves in 30.5 us steps

    def localtime(seconds=None):
        return real.gmtime(utc(machine) if seconds is None else seconds)

    def mktime(parts):
        import calendar

        return calendar.timegm(tuple(parts) + (0,) * (9 - len(parts)))

    return module(
        "time",
        sleep=sleep,
        monotonic=lambda: machine.now_ns / 1e9,
        monotonic_ns=monotonic_ns,
        time=lambda: utc(machine),
        localtime=localtime,
        mktime=mktime,
        struct_time=real.struct_time,
    )
