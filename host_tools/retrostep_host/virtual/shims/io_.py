# SPDX-License-Identifier: MIT
"""io: in-memory files."""

import io as real

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    return module("io", StringIO=real.StringIO, BytesIO=real.BytesIO, open=machine.disk.open)
