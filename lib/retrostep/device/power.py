# SPDX-License-Identifier: MIT
"""Power: battery voltage, and how to wait for the sensor.

in    pins of the board file
out   `millivolts()` or 0; `wait(ms, is_on_battery)` returns after `ms` at the latest, or when the FIFO is due
keeps the alarms
from  CircuitPython alarm: TimeAlarm has whole seconds on the RP2040, PinAlarm wakes at once (measured)
but   light sleep needs both the sensor's and the button's pin; without them the board sleeps in small steps
"""
import time

from retrostep import units

_ADC = 65535
_BATTERY = (2500, 6000)  # mV: outside, nothing is wired to the pin


class Power:
    def __init__(self, facts, board):
        self._adc = None
        self._scale = 0.0
        self._alarm = None
        self._wakers = ()
        if facts.BATTERY:
            try:
                import analogio

                self._adc = analogio.AnalogIn(getattr(board, facts.BATTERY[0]))
                self._scale = 1000.0 * self._adc.reference_voltage * facts.BATTERY[1] / _ADC
            except (AttributeError, ValueError):
                self._adc = None
        if facts.IMU_INT:
            try:
                import alarm

                wakers = [alarm.pin.PinAlarm(pin=getattr(board, facts.IMU_INT), value=True)]
                if facts.BUTTON:
                    wakers.append(alarm.pin.PinAlarm(pin=getattr(board, facts.BUTTON), value=False, pull=True))
                self._wakers = wakers
                self._alarm = alarm
            except (ImportError, AttributeError, ValueError):
                self._alarm = None

    @property
    def can_sleep(self):
        """The sensor's pin can wake the board."""
        return self._alarm is not None

    def millivolts(self):
        """Battery in mV, 0 when this board cannot tell."""
        if self._adc is None:
            return 0
        reading = int(self._adc.value * self._scale)
        return reading if _BATTERY[0] <= reading <= _BATTERY[1] else 0

    def wait(self, ms, may_sleep):
        """Let `ms` pass; light sleep when `may_sleep` and the wait is for the sensor alone. True after a light
        sleep: CircuitPython then has reset the pins that could wake it, the button's among them."""
        if may_sleep and self._alarm is not None and ms * units.RATE_HZ >= 6000:  # worth it from 60 ms on
            late = self._alarm.time.TimeAlarm(monotonic_time=time.monotonic() + 1)  # a dead sensor wakes nobody
            self._alarm.light_sleep_until_alarms(late, *self._wakers)
            return True
        if ms > 0:
            time.sleep(ms / 1000)
        return False
