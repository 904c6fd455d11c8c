# SPDX-License-Identifier: MIT
"""storage: who owns the flash, the computer or the code."""

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    def only_in_boot():
        if not machine.in_boot_py:
            raise RuntimeError("Cannot change USB devices now")

    def remount(path, readonly=False, *, disable_concurrent_write_protection=False):
        if not machine.in_boot_py and machine.usb is not None and machine.usb.plugged and machine.drive_shown:
            raise RuntimeError("Cannot remount path when visible via USB.")
        machine.writable = not readonly

    def disable_usb_drive():
        only_in_boot()
        machine.drive_shown = False
        machine.writable = True

    def enable_usb_drive():
        only_in_boot()
        machine.drive_shown = True

    class Mount:
        label = "CIRCUITPY"

        @property
        def readonly(self):
            return not machine.writable

    return module(
        "storage",
        remount=remount,
        disable_usb_drive=disable_usb_drive,
        enable_usb_drive=enable_usb_drive,
        getmount=lambda path: Mount(),
    )
