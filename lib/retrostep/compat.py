# SPDX-License-Identifier: MIT
"""What differs between CircuitPython, MicroPython and CPython, met once.

`const` folds on the boards and is the identity on a computer. `np` is ulab's numpy where the build has it
and None elsewhere: a room that uses it keeps a plain path with the same results.
"""

try:
    from micropython import const
except ImportError:

    def const(value):
        return value


try:
    from ulab import numpy as np
except ImportError:
    np = None
