# SPDX-License-Identifier: MIT
"""watchdog: its modes; the timer itself is microcontroller.watchdog."""

from retrostep_host.virtual.shims import module


class WatchDogMode:
    RAISE = "watchdog.WatchDogMode.RAISE"
    RESET = "watchdog.WatchDogMode.RESET"


class WatchDogTimeout(Exception):
    pass


def make(machine, interpreter):
    return module("watchdog", WatchDogMode=WatchDogMode, WatchDogTimeout=WatchDogTimeout)
