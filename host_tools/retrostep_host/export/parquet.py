# SPDX-License-Identifier: MIT
"""Parquet: the tables for DuckDB, Polars, Spark and R's arrow, with their types; needs pyarrow (an extra).

in    blocks of columns
out   one file a table, row groups of about GROUP rows, zstd; each column's words in its metadata
keeps the rows of a group until it is full
but   texts are as they are: nothing here runs a formula
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from retrostep_host.errors import MissingTool
from retrostep_host.export.blocks import Block, Same
from retrostep_host.export.columns import FORMAT, Column

GROUP = 100_000


def arrow() -> Any:
    """pyarrow, with its Parquet. Raises MissingTool with the line that installs it."""
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError as error:
        raise MissingTool(
            "Parquet needs pyarrow, which is not installed; nothing was written. "
            "`pip install 'retrostep[tables]'` brings it; CSV needs nothing."
        ) from error
    return pyarrow


def schema(columns: Sequence[Column], more: dict[str, str] | None = None) -> Any:
    """The columns as Arrow has them; `more` is metadata of the file."""
    pa = arrow()
    kinds = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64()}
    fields = [pa.field(one.name, kinds[one.kind], metadata={"description": one.words}) for one in columns]
    return pa.schema(fields, metadata={"retrostep_format": str(FORMAT), **(more or {})})


class Writer:
    """Writes one table into a file of its own, block by block."""

    def __init__(self, path: Path, columns: Sequence[Column], more: dict[str, str] | None = None) -> None:
        pa = arrow()
        self._schema = schema(columns, more)
        self._file = pa.parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._parts: list[list] = [[] for _ in columns]
        self._waiting = 0

    def add(self, block: Block) -> None:
        """Rows; they reach the file with their group."""
        if not block.count:
            return
        pa = arrow()
        for field, parts, column in zip(self._schema, self._parts, block.columns, strict=True):
            if isinstance(column, Same):
                parts.append(pa.repeat(pa.scalar(column.value, field.type), block.count))
            else:
                parts.append(pa.array(column, field.type))
        self._waiting += block.count
        if self._waiting >= GROUP:
            self._flush()

    def _flush(self) -> None:
        pa = arrow()
        if self._waiting:
            whole = zip(self._schema, self._parts, strict=True)
            columns = [pa.chunked_array(parts, field.type) for field, parts in whole]
            self._file.write_table(pa.Table.from_arrays(columns, schema=self._schema), row_group_size=2 * GROUP)
        self._parts = [[] for _ in self._parts]
        self._waiting = 0

    def close(self) -> None:
        """The last rows, and the foot of the file."""
        self._flush()
        self._file.close()
