# SPDX-License-Identifier: MIT
"""Power: battery voltage, and how to wait for the sensor.

in    pins, taken by making.py
out   `millivolts()` or 0; `wait(ms, may_sleep, has_changed)` returns after `ms` at the latest, or when INT1 rises or
      the button moves
keeps the alarms
from  CircuitPython alarm: TimeAlarm has whole seconds on the RP2040, PinAlarm wakes at once (measured)
but   light sleep needs both the sensor's and the button's pin; without them the board sleeps in steps that look at the
      button and at nothing else
"""
import time

_BATTERY = (2500, 6000)  # mV: outside, nothing is wired to the pin
_STEP_MS = 30  # a finger's tap lasts 60 ms at least
_WORTH_MS = 40  # what a light sleep and taking the button anew cost is worth it from here on
_LATE_S = 2  # whole seconds on the RP2040, so 1 to 2: longer than the longest batch, and a dead sensor wakes nobody


class Power:
    def __init__(self, adc=None, scale=0.0, drop=0, alarm=None, wakers=()):
        """Battery in mV is `scale` times what `adc` says, and `drop`. `alarm`: the module, where the sensor's pin can
        wake the board; `wakers`: its pin alarms."""
        self._adc = adc
        self._scale = scale
        self._drop = drop
        self.alarm = alarm
        self._wakers = wakers

    def millivolts(self):
        """Battery in mV, what a diode takes included; 0 when this board cannot tell."""
        if self._adc is None:
            return 0
        reading = int(self._adc.value * self._scale) + self._drop
        return reading if _BATTERY[0] <= reading <= _BATTERY[1] else 0

    def wait(self, ms, may_sleep, has_changed):
        """Let `ms` pass; light sleep when `may_sleep` and the wait is for the sensor alone. True after a light
        sleep: CircuitPython then has reset the pins that could wake it, the button's among them."""
        if may_sleep and self.alarm is not None and ms >= _WORTH_MS:
            late = self.alarm.time.TimeAlarm(monotonic_time=time.monotonic() + _LATE_S)
            self.alarm.light_sleep_until_alarms(late, *self._wakers)
            return True
        while ms > _STEP_MS:
            time.sleep(0.03)
            if has_changed():
                return False
            ms -= _STEP_MS
        if ms > 0:
            time.sleep(ms / 1000)
        return False
