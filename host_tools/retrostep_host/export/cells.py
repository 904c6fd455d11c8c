# SPDX-License-Identifier: MIT
"""Cells: the one writer of CSV, whose every cell is a value and never a row, a column or a formula.

in    blocks of columns; texts may come from a board, and from somebody who wants a spreadsheet to run them
out   lines of CSV, commas
from  RFC 4180: what holds a comma, a quote or a line end stands in quotes, and a quote in them twice
but   a spreadsheet of a land that writes 1,5 cuts at semicolons and knows no quotes inside a line: so what stands after
      a semicolon in a text is treated as if it began a cell
from  OWASP, "CSV Injection": = + - @ and a tab, CR or LF before them; Excel also takes the full-width forms
"""

from __future__ import annotations

import codecs
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import BinaryIO

from retrostep_host.export.blocks import Block, Same
from retrostep_host.export.columns import Column
from retrostep_host.text import plain

MOST = 100_000  # cells of a column that are kept for the next block

_CUTS = re.compile(r"(^|[;,\t|])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
_QUOTED = re.compile("[\",\r\n]")


def harmless(cell: object) -> object:
    """A text with an apostrophe before whatever a spreadsheet would run, and on one line; numbers stay numbers."""
    return _CUTS.sub(r"\1\2'", plain(cell)) if isinstance(cell, str) else cell


class Texts(dict):
    """A value -> its cell, remembered. One for each column: 1 and 1.0 are one key."""

    def __missing__(self, value: object) -> str:
        if len(self) > MOST:
            self.clear()
        self[value] = text = cell(value)
        return text


def cell(value: object) -> str:
    """A value as it stands between two commas."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value) if isinstance(value, float) else str(value)
    text = str(harmless(value))
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(text) else text


class Lines:
    """Lines of one table."""

    def __init__(self) -> None:
        self._texts: dict[int, Texts] = defaultdict(Texts)

    def of(self, block: Block) -> bytes:
        """Each row as one line, in UTF-8."""
        if not block.count:
            return b""
        made: list[Iterable[str]] = []
        fixed: list[str] = []
        for place, column in enumerate(block.columns):
            if isinstance(column, Same):
                fixed.append(cell(column.value))
                continue
            if fixed:  # those that stand together are one text
                made.append(repeat(",".join(fixed), block.count))
                fixed = []
            known = block.texts.get(place)
            made.append(map(self._texts[place].__getitem__, column) if known is None else known())
        if fixed:
            made.append(repeat(",".join(fixed), block.count))
        return ("\n".join(map(",".join, zip(*made, strict=True))) + "\n").encode()


class Writer:
    """Writes one table into an open file, block by block."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column], mark: bool = False) -> None:
        self._file, self._lines = file, Lines()
        names = ",".join(column.name for column in columns)
        file.write((codecs.BOM_UTF8 if mark else b"") + f"{names}\n".encode())

    def add(self, block: Block | bytes) -> None:
        """Each row as one line; or lines, as `Lines` makes them."""
        self._file.write(block if isinstance(block, bytes) else self._lines.of(block))
