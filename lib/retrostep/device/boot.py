# SPDX-License-Identifier: MIT
"""What boot.py needs to know: is the button held, is the board locked.

in    the board file, settings.toml, the lock's mark in nvm
out   (held, locked)
but   a held button clears the lock and keeps the logs: whoever holds the board may open it (docs/decisions.md)
"""
import os
import time

import board
import digitalio

import retrostep_board
from retrostep import settings
from retrostep.device import padlock


def _held():
    name = retrostep_board.BUTTON
    if not name:
        return False
    pin = digitalio.DigitalInOut(getattr(board, name))
    pin.switch_to_input(pull=digitalio.Pull.UP)
    time.sleep(0.01)  # s: the pull-up charges the line
    held = not pin.value
    pin.deinit()
    return held


def look():
    """(held, locked)."""
    held = _held()
    if held:
        padlock.keep(None)
        return True, False
    return False, padlock.kept() is not None or settings.load(os.getenv)["locked"] == 1
