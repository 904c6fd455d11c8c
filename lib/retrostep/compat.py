# SPDX-License-Identifier: MIT
"""What differs between CircuitPython, MicroPython and CPython, met once.

`const` folds on the boards and is the identity on a computer.
"""

import gc
import sys

try:
    from micropython import const
except ImportError:

    def const(value):
        return value


def forget(prefix):
    """Unload the modules whose names begin so: a board's heap is too small for what is done with. Nothing on a
    computer."""
    if sys.implementation.name == "cpython":
        return
    for name in list(sys.modules):
        if name.startswith(prefix):
            del sys.modules[name]
            parent, _, leaf = name.rpartition(".")
            if parent in sys.modules and hasattr(sys.modules[parent], leaf):
                delattr(sys.modules[parent], leaf)
    gc.collect()


def staggered(words):
    """Six views of samples, each a count further on: count c of the sample at word k is [c][k]. Adding k and c would
    cost as much as the load."""
    view = memoryview(words)
    return tuple([view[c:] for c in range(6)])
