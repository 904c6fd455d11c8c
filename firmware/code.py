# SPDX-License-Identifier: MIT
"""code.py: CircuitPython runs it after boot.py and after every reload. It never returns: whatever is thrown is
logged with its traceback, and the board comes back walking."""
from retrostep.device import guard

guard.run()
