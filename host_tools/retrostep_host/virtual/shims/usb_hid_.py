# SPDX-License-Identifier: MIT
"""usb_hid: on until boot.py switches it off."""

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    def disable():
        if not machine.in_boot_py:
            raise RuntimeError("Cannot change USB devices now")
        machine.usb_extra[0] = False

    return module("usb_hid", disable=disable)
