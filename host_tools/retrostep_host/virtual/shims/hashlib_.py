# SPDX-License-Identifier: MIT
"""hashlib: SHA-1 through `new`, the only hash CircuitPython 10.0.3 has on an RP2040."""

import hashlib as real

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    def new(name, data=b""):
        if name != "sha1":
            raise ValueError("Unsupported hash algorithm")
        machine.advance(100_000 + 600 * len(data))
        return real.sha1(data)

    return module("hashlib", new=new)
