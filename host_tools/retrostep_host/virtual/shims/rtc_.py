# SPDX-License-Identifier: MIT
"""rtc: the chip's calendar; lost with power, kept over a reload."""

from retrostep_host.virtual.shims import module
from retrostep_host.virtual.shims.time_ import utc


def make(machine, interpreter):
    import calendar
    import time as real

    class RTC:
        calibration = 0

        @property
        def datetime(self):
            return real.gmtime(utc(machine))

        @datetime.setter
        def datetime(self, parts):
            machine.rtc_base = (calendar.timegm(tuple(parts)), machine.now_ns)

    return module("rtc", RTC=RTC, set_time_source=lambda source: None)
