# SPDX-License-Identifier: MIT
"""Shims: CircuitPython's own modules, as windows onto a virtual machine.

Each file NAME_.py has `make(machine, interpreter)` and returns the module NAME. The names, arguments and errors
are CircuitPython 10's; what a wearable does not use is left out, and then fails as an AttributeError would.
"""

import types


def module(name: str, **members: object) -> types.ModuleType:
    """A module with these members."""
    made = types.ModuleType(name)
    made.__dict__.update(members)
    return made
