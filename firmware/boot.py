# SPDX-License-Identifier: MIT
"""boot.py: CircuitPython runs it once at power-up, before USB starts. It must never throw: what it throws is
only written to boot_out.txt, and the board would then walk without being able to write.

The code owns the flash (the drive is read-only for a computer), the second serial channel is on. Hold the
button while plugging in and the computer owns the drive instead.
"""
import storage
import usb_cdc

try:
    from retrostep.device import boot

    held, locked = boot.look()
except Exception as error:  # a half-copied lib: hand the drive to the computer so that it can be mended
    print("retrostep:", error)
    held, locked = True, False

try:
    usb_cdc.enable(console=not locked, data=True)
    if not held:
        storage.remount("/", readonly=False)
    if locked:
        storage.disable_usb_drive()
except Exception as error:
    print("retrostep:", error)
