# SPDX-License-Identifier: MIT
"""Tracebacks: what a packed board says of an error, with our names.

in    a text that the board logged
out   the same; a traceback with the names of this version's sources
but   a board with another version has another table: its names come out wrong, or stay as they are
"""

from __future__ import annotations

import re
from functools import cache


def restored(text: str) -> str:
    """A traceback with our names; any other text as it is."""
    if "Traceback" not in text:
        return text
    table = _table()
    return re.sub(r"(?<=, in )\w+|(?<=')\w+(?=')", lambda found: table.get(found[0], found[0]), text)


@cache
def _table() -> dict[str, str]:
    from retrostep_host import drive, packing

    return packing.shrink(drive.contents())[1]
