# SPDX-License-Identifier: MIT
"""What boot.py does: is the button held, is the board locked, and which USB devices does that leave.

in    the board file, settings.toml, the lock's mark in nvm
out   USB devices chosen, the drive given to the code or to the computer, Bluetooth's own services off
but   1. a held button clears the lock and keeps the logs: whoever holds the board may open it (docs/decisions.md)
      2. a plan that USB cannot carry is safe mode at every boot (ESP32-S3): where a board file has one, all else is off
"""
import os
import time

import board
import digitalio
import storage
import supervisor
import usb_cdc

import retrostep_board
from retrostep import settings
from retrostep.device import padlock

_USB = ("console data drive", "console data drive")  # while walking; while the button is held


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


def prepare():
    """Choose USB's devices, and who owns the drive."""
    held, locked = look()
    plan = getattr(retrostep_board, "USB", None)
    devices = (plan or _USB)[1 if held else 0]
    usb_cdc.enable(console="console" in devices and not locked, data="data" in devices)
    if not held:
        storage.remount("/", readonly=False)
    if locked or "drive" not in devices:
        storage.disable_usb_drive()
    if plan:
        import usb_hid
        import usb_midi

        usb_hid.disable()
        usb_midi.disable()
    try:
        supervisor.disable_ble_workflow()
    except (AttributeError, NotImplementedError):  # a build without Bluetooth
        pass
