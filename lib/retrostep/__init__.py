# SPDX-License-Identifier: MIT
"""Retrostep: the device library. Runs unchanged on CircuitPython 9/10, MicroPython and CPython.

Three versions, because three things age apart: the package, the bytes on flash, the frames on the wire.
Imports nothing, so that asking for a version costs nothing.
"""

__version__ = "0.1.0"
JOURNAL_VERSION = 2  # docs/formats.md, "Journal"
LINK_VERSION = 1  # docs/formats.md, "Link"
