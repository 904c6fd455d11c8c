# SPDX-License-Identifier: MIT
"""code.py: CircuitPython runs it after boot.py and after every reload. It never returns: whatever is thrown is
logged with its traceback, and the board comes back walking."""
import which_lib

del which_lib
from retrostep.device import guard  # noqa: E402

guard.run()
