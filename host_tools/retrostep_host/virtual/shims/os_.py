# SPDX-License-Identifier: MIT
"""os: the drive, and settings.toml through getenv.

getenv reads as CircuitPython 10.0.3 does (shared-module/os/getenv.c): line by line up to a table, the first line with
the key counts, a broken line elsewhere does no harm, a broken value is a ValueError.
"""

import os
import re

from retrostep_host.virtual.shims import module

_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"\s*(?:#.*)?')
_ESCAPED = re.compile(r"\\(U[0-9a-fA-F]{8}|u[0-9a-fA-F]{4}|.)")
_CONTROL = {"b": "\b", "r": "\r", "n": "\n", "t": "\t", "v": "\v", "f": "\f"}


def _value(raw):
    """A value of settings.toml: text in quotes, or a whole number. Raises ValueError."""
    if not raw.startswith('"'):
        return int(raw.partition("#")[0], 0)
    text = _TEXT.fullmatch(raw)
    if text is None:
        raise ValueError("Invalid byte")
    return _ESCAPED.sub(lambda m: chr(int(m[1][1:], 16)) if len(m[1]) > 1 else _CONTROL.get(m[1], m[1]), text[1])


def make(machine, interpreter):
    disk = machine.disk

    def getenv(key, default=None):
        try:
            lines = (disk.root / "settings.toml").read_bytes().decode("utf-8", "replace").split("\n")
        except OSError:
            return default
        for line in lines:
            name, _, raw = line.partition("=")
            if name.lstrip().startswith("["):
                break
            if name.strip() == key:
                return _value(raw.strip())
        return default

    return module(
        "os",
        getenv=getenv,
        listdir=disk.listdir,
        mkdir=disk.mkdir,
        remove=disk.remove,
        unlink=disk.remove,
        rmdir=disk.rmdir,
        rename=disk.rename,
        stat=disk.stat,
        statvfs=disk.statvfs,
        sync=disk.sync,
        getcwd=lambda: disk.cwd,
        urandom=os.urandom,  # as on a board, two starts never draw the same
        uname=lambda: ("rp2040", "rp2040", "10.0.3", "10.0.3 virtual", machine.facts.BOARD_IDS[0]),
        sep="/",
    )
