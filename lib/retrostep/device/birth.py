# SPDX-License-Identifier: MIT
"""Birth: puts the wearable together at a start. Loaded for that, and unloaded: a function that runs once need not stay.

in    a Wearable (loop.py) without anything
out   the same with parts, journal, coach and session, its log recovered
keeps nothing
but   an empty battery waits here, before anything is opened (empty.py)
"""
import gc
import os

import microcontroller

import retrostep_board
from retrostep import compat
from retrostep import settings
from retrostep.device import clock
from retrostep.device import wiring
from retrostep.journal.writer import Journal


def _nothing(pattern, cause):
    """Before the session exists nobody can be told anything."""


def make(wearable):
    """Parts first, then the log, then everything that stays: what leaves again must find the heap empty."""
    gc.collect()  # in one piece what is left of the imports; without it a bench that imports more ran out here
    wearable._dog = microcontroller.watchdog
    if wearable._dog is not None and wearable._dog.mode is None:
        wearable._dog = None  # not yet
    wearable.parts = wiring.Parts(retrostep_board, wearable.feed)
    from retrostep.device import empty

    empty.at_start(wearable.parts, wearable.feed)
    del empty
    compat.forget("retrostep.device.empty")
    ignored = []
    values = settings.load(os.getenv, ignored)
    parts = wearable.parts
    from retrostep.device import mirrors

    if mirrors.is_made():  # else it takes longer than a FIFO holds
        parts.sensor(values["placement"])  # fills it meanwhile: steps that are made now count
    del mirrors
    parts.flash.open()
    disk = parts.flash
    if not disk.size():
        from retrostep.device import ram

        disk = ram.Ram()
    journal = Journal(disk, parts.device, parts.draw)
    from retrostep.device import numbers

    found = journal.recover(*numbers.load())
    del numbers
    compat.forget("retrostep.device.numbers")
    filed = values.copy()
    values.update(found.settings)
    if filed["code"] and filed["code"] != values["code"]:
        ignored.append("code")  # what was set over the link holds: the walk says that the file's does not
    # Only now: recovery, which leaves again, needs the room that these take (bench/cuts_whole.py).
    from retrostep.coach.policy import Coach
    from retrostep.device import at_boot
    from retrostep.device import notices
    from retrostep.device import session

    journal.stop = at_boot.why()
    wearable._vanished = parts.flash.vanished or found.vanished
    wearable._rebuilt = (1 if found.damaged[0] else 0) | (2 if found.damaged[1] else 0)
    wearable.server = None
    coach = Coach(values, _nothing)
    wearable.journal = journal
    wearable.session = session.Session(parts, values, journal, coach)
    coach._play, coach._note, coach._light = wearable.session.play, wearable.session.note, wearable.session.light
    wearable.coach = coach
    journal.wearer = values["code"]
    if found.wearer not in (None, journal.wearer):  # settings.toml says so
        from retrostep.device import newcomer

        newcomer.begin(journal, coach, values, filed)
        del newcomer
        compat.forget("retrostep.device.newcomer")
    elif found.training:
        coach.remember(found.training)
    parts.sensor(values["placement"])
    if parts.imu.is_full():
        parts.imu.start()
    at_boot.tell(wearable.session, wearable._vanished, wearable._rebuilt, ignored)
    del at_boot
    compat.forget("retrostep.device.at_boot")
    wearable._notices = notices.Notices(wearable.session)
    wearable._plugged = parts.pump.is_plugged()
    wearable._awake_ms = wearable._spoke_ms = wearable._began_ms = wearable._rate_ms = clock.ms()
    wearable._rate_from = wearable._out_ms = 0
    wearable._battery_ms = wearable._began_ms
    wearable._battery = wearable._lower = 0  # level of battery.py, and readings in a row that say another
    wearable._unwarned = False
    wearable._well = False
    wearable._kept = None
    if wearable._plugged:
        wearable._connect()
    else:
        compat.forget("retrostep.settings")  # the link brings it back
