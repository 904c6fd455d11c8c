# SPDX-License-Identifier: MIT
"""traceback: as text."""

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    from retrostep_host.virtual.interpreter import traceback_text

    def format_exception(error, value=None, tb=None, limit=None, chain=True):
        return [traceback_text(value or error)]

    def print_exception(error, value=None, tb=None, limit=None, file=None, chain=True):
        interpreter.machine_write(traceback_text(value or error))

    return module("traceback", format_exception=format_exception, print_exception=print_exception)
