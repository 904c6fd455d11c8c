# SPDX-License-Identifier: MIT
"""Cells: the one writer of CSV, whose every cell is a value and never a row, a column or a formula.

in    rows of values; texts may come from a board, and from somebody who wants a spreadsheet to run them
out   lines of CSV, commas, UTF-8
but   a spreadsheet of a land that writes 1,5 cuts at semicolons and knows no quotes inside a line: so what stands after
      a semicolon in a text is treated as if it began a cell
from  OWASP, "CSV Injection": = + - @ and a tab, CR or LF before them; Excel also takes the full-width forms
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import TextIO

from retrostep_host.text import plain

_CUTS = re.compile(r"(^|[;,\t|])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def harmless(cell: object) -> object:
    """A text with an apostrophe before whatever a spreadsheet would run, and on one line; numbers stay numbers."""
    return _CUTS.sub(r"\1\2'", plain(cell)) if isinstance(cell, str) else cell


class Writer:
    """Writes rows into an open text file."""

    def __init__(self, file: TextIO) -> None:
        self._csv = csv.writer(file, lineterminator="\n")

    def rows(self, rows: Iterable[Iterable[object]]) -> None:
        """Each row as one line."""
        self._csv.writerows([harmless(cell) for cell in row] for row in rows)
