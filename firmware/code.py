# SPDX-License-Identifier: MIT
"""code.py: /lib2/chosen says which lib runs; the other one if it fails. 512 bytes: one write."""
import sys

try:
    with open("/lib2/chosen") as file:
        sys.path.insert(0, file.read(5).strip())
    del file
except Exception:
    pass
try:
    from retrostep.device import guard
except Exception:
    sys.modules.clear()
    sys.path.insert(0, "/lib" if sys.path[0] == "/lib2" else "/lib2")
    from retrostep.device import guard
guard.run()
