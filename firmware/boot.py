# SPDX-License-Identifier: MIT
"""boot.py: runs once at power-up, before USB starts. It must never throw: the board would walk and could not write.

The code owns the flash, the computer reads it; hold the button while plugging in for the opposite. The second serial
channel is on where USB carries both. Which lib is used: code.py. At most 1024 bytes: two clusters of the drive.
"""
import sys

try:
    with open("/lib2/chosen") as file:
        sys.path.insert(0, file.read(5).strip())
except Exception:
    pass
try:
    try:
        from retrostep.device import boot
    except Exception:
        sys.modules.clear()
        sys.path.insert(0, "/lib" if sys.path[0] == "/lib2" else "/lib2")
        from retrostep.device import boot
    boot.prepare()
except Exception as error:  # a half-copied lib: USB stays as CircuitPython makes it, so that it can be mended
    print("retrostep:", error)
