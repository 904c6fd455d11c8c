# SPDX-License-Identifier: MIT
"""alarm: light sleep until a pin or a time; on the RP2040 a time has whole seconds."""

from retrostep_host.virtual.shims import module

_LOOK_NS = 20_000_000  # how often the outside (button, cable) is looked at while asleep


class PinAlarm:
    def __init__(self, pin, value, edge=False, pull=False):
        if pin.in_use:
            raise ValueError(f"{pin.name} in use")
        self.pin, self.value, self.edge, self.pull = pin, value, edge, pull


class TimeAlarm:
    def __init__(self, *, monotonic_time=None, epoch_time=None):
        self.monotonic_time = monotonic_time


def make(machine, interpreter):
    if not machine.chip.has_alarm:
        return None
    made = module("alarm", wake_alarm=None, pin=module("alarm.pin", PinAlarm=PinAlarm))
    made.time = module("alarm.time", TimeAlarm=TimeAlarm)

    def fired(alarms, end_ns):
        for one in alarms:
            if isinstance(one, TimeAlarm):
                if machine.now_ns >= end_ns:
                    return one
            elif one.pin.value() == one.value:
                return one
        return None

    def light_sleep_until_alarms(*alarms):
        began = machine.now_ns
        try:
            return sleep(alarms)
        finally:
            machine.meters["asleep_ns"] += machine.now_ns - began
            machine.meters["wakes"] += 1

    def sleep(alarms):
        end = None
        for one in alarms:
            if isinstance(one, TimeAlarm):
                seconds = max(1, int(one.monotonic_time - machine.now_ns / 1e9))
                end = machine.now_ns + seconds * 1_000_000_000
        while True:
            woken = fired(alarms, end if end is not None else 1 << 62)
            if woken is not None:
                for one in alarms:  # seen on 10.0.3: the pins that could wake it are reset afterwards
                    if not isinstance(one, TimeAlarm):
                        one.pin.was_reset = True
                made.wake_alarm = woken
                return woken
            step = machine.now_ns + _LOOK_NS if machine.realtime else machine.now_ns + 50 * _LOOK_NS
            if end is not None:
                step = min(step, end)
            rise = machine.imu.next_int1_ns() if machine.imu is not None else None
            if rise is not None and any(not isinstance(one, TimeAlarm) for one in alarms):
                step = min(step, max(rise, machine.now_ns + 1000))
            machine.advance(step - machine.now_ns)

    made.light_sleep_until_alarms = light_sleep_until_alarms
    return made
