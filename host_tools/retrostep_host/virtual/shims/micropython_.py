# SPDX-License-Identifier: MIT
"""micropython: const."""

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    return module("micropython", const=lambda value: value)
