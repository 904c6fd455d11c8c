# SPDX-License-Identifier: MIT
"""Workbook: the tables as sheets of one XLSX file; needs XlsxWriter (an extra).

in    blocks of columns
out   a sheet a table, its names frozen at the top and filtered; a sheet that explains the columns
but   a sheet ends at MOST rows: what is more goes on in `stride 2`, …
      texts are written as texts, so nothing runs as a formula
keeps one row in memory (XlsxWriter's constant_memory)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from retrostep_host.errors import MissingTool
from retrostep_host.export.blocks import Block
from retrostep_host.export.columns import Column
from retrostep_host.text import plain

MOST = 1_048_576  # rows that Excel and LibreOffice read
CELL = 32_767  # letters that a cell holds
WIDE = {"start_local": 25, "walk": 18, "of_walk": 18, "device_uid": 18, "wb_id": 21, "t_utc_us": 18, "start_utc_us": 18}


class Book:
    """One workbook; `sheet` begins a table."""

    def __init__(self, path: Path) -> None:
        try:
            import xlsxwriter
        except ImportError as error:
            raise MissingTool(
                "XLSX needs XlsxWriter, which is not installed; nothing was written. "
                "`pip install 'retrostep[tables]'` brings it; CSV needs nothing."
            ) from error
        self.path = path
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
        self._head = self._book.add_format({"bold": True, "bottom": 1})

    def sheet(self, name: str, columns: Sequence[Column]) -> Sheet:
        """A table."""
        return Sheet(self._book, self._head, name, columns)

    def explain(self, tables: dict[str, Sequence[Column]]) -> None:
        """A last sheet with a line for each column."""
        page = self._book.add_worksheet("columns")
        page.set_column(0, 1, 24)
        page.set_column(2, 2, 100)
        page.write_row(0, 0, ("table", "column", "what it is"), self._head)
        rows = [(table, one.name, one.words) for table, found in tables.items() for one in found]
        for at, row in enumerate(rows, 1):
            for place, text in enumerate(row):
                page.write_string(at, place, text)

    def close(self) -> None:
        """Write the file."""
        self._book.close()


class Sheet:
    """Writes one table, block by block."""

    suffix = "xlsx"

    def __init__(self, book: Any, head: Any, name: str, columns: Sequence[Column]) -> None:
        self._book, self._head, self._name, self._columns = book, head, name, columns
        self._number = 0
        self._begin()

    def _begin(self) -> None:
        self._number += 1
        self._page = self._book.add_worksheet(self._name if self._number == 1 else f"{self._name} {self._number}")
        self._page.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            self._page.set_column(place, place, WIDE.get(column.name, max(9, len(column.name) + 1)))
            self._page.write_string(0, place, column.name, self._head)
        self._row = 1

    def add(self, block: Block) -> None:
        """Rows."""
        for row in block.rows():
            if self._row >= MOST:
                self._begin()
            for place, value in enumerate(row):
                if isinstance(value, str):
                    if value:
                        self._page.write_string(self._row, place, plain(value)[:CELL])
                elif value is not None:
                    self._page.write_number(self._row, place, value)
            self._row += 1

    def close(self) -> None:
        """Filters over what there is."""
        self._page.autofilter(0, 0, max(1, self._row - 1), len(self._columns) - 1)
