# SPDX-License-Identifier: MIT
"""sys: who am I, and how to print an exception."""

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    def print_exception(error, file=None):
        from retrostep_host.virtual.interpreter import traceback_text

        text = traceback_text(error)
        if file is not None:
            file.write(text)
        else:
            interpreter.machine_write(text)

    class Implementation:
        name = "circuitpython"
        version = (10, 0, 3)

    def leave(code=0):
        raise SystemExit(code)

    return module(
        "sys",
        implementation=Implementation,
        platform="RP2040",
        version="3.4.0; CircuitPython 10.0.3 virtual",
        version_info=(3, 4, 0),
        path=interpreter.path,
        modules=interpreter.modules,
        byteorder="little",
        maxsize=0x7FFFFFFF,
        exit=leave,
        print_exception=print_exception,
    )
