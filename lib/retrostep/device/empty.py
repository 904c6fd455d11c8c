# SPDX-License-Identifier: MIT
"""Empty: what a board does whose battery is: it puts everything away, and then nothing until it is charged.

in    Parts, or the session that must end; `feed` for the watchdog
out   returns when the battery is charged, or a computer is on the cable
keeps byte 10 of microcontroller.nvm, 1 from the moment a log was closed until the battery is charged
but   waiting, nothing is written and no motor runs: a start that draws more than the cell gives would come again and
      again. Loaded at a start and when it is needed, and unloaded
"""
import time

import microcontroller
import supervisor

from retrostep import battery
from retrostep import errors
from retrostep import events
from retrostep.coach import patterns

_MARK = 10
_OFF = bytes((0x10, 0, 0x11, 0))  # CTRL1_XL, CTRL2_G: power down
_NAP_S = 2  # of the watchdog's 8
_SURE = 3  # readings in a row
_PASSES = 32  # to put the last records away; a session's end takes a few


def _mark(is_empty):
    nvm = microcontroller.nvm
    if nvm is not None and (nvm[_MARK] == 1) != is_empty:
        nvm[_MARK] = int(is_empty)


def _is_marked():
    return microcontroller.nvm is not None and microcontroller.nvm[_MARK] == 1


def at_start(parts, feed):
    """Before anything is opened: wait here if this board must not begin. After a log was closed for it, or a brownout,
    that takes more than a battery which is not quite empty."""
    least = battery.EMPTY_MV
    if _is_marked():
        least = battery.AGAIN_MV
    elif "BROWNOUT" in str(microcontroller.cpu.reset_reason):
        least = battery.LOW_MV
    for _ in range(_SURE):
        if parts.pump.is_plugged() or not 0 < parts.power.millivolts() < least:
            break
    else:
        _wait(parts, feed)
    _mark(False)


def close(session, feed, reading):
    """Nothing is lost: the walk ends and is written, then the wearer is told, then the board waits. Never returns."""
    parts, journal = session.parts, session.journal
    session.log(errors.BATTERY_EMPTY, reading)
    session.end(events.END_BATTERY)
    for _ in range(_PASSES):
        feed()
        if not journal.step(session.total) and journal.settled():
            break
    _mark(True)
    try:  # both halves of the sensor off
        parts.imu._set_all(_OFF)
    except (OSError, AttributeError):
        pass
    if session.settings["coach"]:
        session.tell(patterns.STOP)
    while parts.haptics.tick():
        feed()
        time.sleep(0.01)
    _wait(parts, feed)
    supervisor.reload()


def _wait(parts, feed):
    """A short flash every two seconds says that the board lives."""
    charged = 0
    alarm = parts.power.alarm
    while charged < _SURE and not parts.pump.is_plugged():
        feed()
        parts.light.flash()
        time.sleep(0.03)
        parts.light.tick()
        if alarm is None:
            time.sleep(_NAP_S)
        else:  # with nothing but the clock to wake for
            alarm.light_sleep_until_alarms(alarm.time.TimeAlarm(monotonic_time=time.monotonic() + _NAP_S))
        reading = parts.power.millivolts()
        charged = charged + 1 if not reading or reading >= battery.AGAIN_MV else 0
