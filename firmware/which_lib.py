# SPDX-License-Identifier: MIT
"""which_lib: the folder of modules that /lib2/chosen names comes first; where that does not start, the other one.

For boot.py and code.py, forgotten at once (heap). It must not throw: no board starts without it. `retrostep install`
over the console writes a new version into the folder that is not in use, and its name into /lib2/chosen when all of it
is there."""
import sys

try:
    with open("/lib2/chosen") as file:
        sys.path.insert(0, file.read(5).strip())
except Exception:  # there is only /lib, or power went in that very write: /lib is whole then
    pass
try:
    from retrostep.device import guard  # noqa: F401
except Exception as error:
    print("retrostep:", error)
    sys.modules.clear()
    sys.path.insert(0, "/lib" if sys.path[0] == "/lib2" else "/lib2")
sys.modules.pop("which_lib", None)
