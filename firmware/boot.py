# SPDX-License-Identifier: MIT
"""boot.py: CircuitPython runs it once at power-up, before USB starts. It must never throw: what it throws is
only written to boot_out.txt, and the board would then walk without being able to write.

The code owns the flash (the drive is read-only for a computer), the second serial channel is on, as far as the
board's USB carries both. Hold the button while plugging in and the computer owns the drive instead.
"""
try:
    import which_lib  # noqa: F401
    from retrostep.device import early

    early.listen()
except Exception as error:  # code.py starts the sensor itself
    print("retrostep:", error)
try:
    from retrostep.device import boot

    boot.prepare()
except Exception as error:  # a half-copied lib: USB stays as CircuitPython makes it, so that it can be mended
    print("retrostep:", error)
