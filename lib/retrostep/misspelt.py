# SPDX-License-Identifier: MIT
"""Misspelt: lines of a settings.toml that somebody meant and that set nothing.

in    the lines, as bytes
out   their names, as they are written
from  settings.TABLE; shared-module/os/getenv.c of CircuitPython: capitals count, the first line of a name holds
not   values that are not allowed: settings.load finds those
"""

from retrostep import settings


def strange(lines):
    """Names in the lines (bytes) of a settings.toml that seem to mean a setting and set none, as they are written:
    misspelt, in small letters, without RETROSTEP_, there twice, or below a [table], where nobody looks."""
    found = []
    known = [settings.PREFIX + entry[1].upper() for entry in settings.TABLE]
    for line in lines:
        try:
            name = str(line.split(b"=")[0].strip(), "utf-8")
        except ValueError:  # CircuitPython skips such a line as well
            continue
        if name.startswith("["):
            known = []
        elif name in known:
            known.remove(name)
        elif name.upper().startswith("RETRO") or name.lower() in settings.defaults():
            found.append(name)
    return found
