# SPDX-License-Identifier: MIT
"""Tables: stored walks as plain tables, for a spreadsheet, for R, for a database.

in    Walk objects; with a store, their steps are read from it one walk at a time
out   session, day, bout, stride, event as CSV, sheets of a workbook, Parquet; datapackage.json; data points of IEEE
      1752.1; a page that explains the columns. Where several boards saw one walk, also other_session, other_stride,
      other_event: what is counted already, as each board saw it
keeps the board's own times: nothing is resampled, nothing rounded but what the board rounded
but   rows are keyed by walk and seq, never by numbers of this computer's database
      every file appears whole: it is written beside its place (.part) and put there when all are written
not   names: a participant code where one was set

`t_utc_us` is microseconds since 1970, UTC, and empty when the board's clock was not set; `t_s` counts from the
session's first sample and is always there. `utc_offset_min` is the zone where it was walked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from retrostep_host import errors
from retrostep_host.export import blocks, cells, columns, making, package
from retrostep_host.export.columns import OTHER, SEEN, TABLES
from retrostep_host.store.rows import Walk

if TYPE_CHECKING:
    from retrostep_host.store import Store

FORMATS = ("csv", "xlsx", "parquet", "json")
BOOK, POINTS, PAGE, PACKAGE = "retrostep.xlsx", "physical_activity.jsonl", "columns.txt", "datapackage.json"


@dataclass
class _Files:
    """What is being written: part -> the file it becomes. Nothing stays of them when something goes wrong."""

    out: Path
    parts: dict[Path, Path] = field(default_factory=dict)
    close: list[Callable[[], None]] = field(default_factory=list)

    def part(self, name: str) -> Path:
        part = self.out / f"{name}.part"
        self.parts[part] = self.out / name
        return part

    def text(self, name: str) -> TextIO:
        file = self.part(name).open("w", newline="", encoding="utf-8")
        self.close.append(file.close)
        return file

    def lines(self, name: str) -> BinaryIO:
        file = self.part(name).open("wb", buffering=1 << 20)
        self.close.append(file.close)
        return file

    def done(self) -> list[Path]:
        """Close them all, then put each in its place."""
        while self.close:
            self.close.pop()()
        for part, path in self.parts.items():
            part.replace(path)
        return list(self.parts.values())

    def drop(self) -> None:
        for one in reversed(self.close):
            with contextlib.suppress(Exception):
                one()
        for part in self.parts:
            part.unlink(missing_ok=True)


class _Sinks:
    """Where the rows of each table go, in each format; a table is begun with its first block, or at once."""

    def __init__(self, files: _Files, formats: Sequence[str], mark: bool) -> None:
        self._files, self._formats, self._mark = files, formats, mark
        self._tables: dict[str, list[Any]] = {}
        self._book = None
        if "parquet" in formats:
            from retrostep_host.export import parquet

            parquet.arrow()
        if "xlsx" in formats:
            from retrostep_host.export import workbook

            self._book = workbook.Book(files.part(BOOK))
            files.close.append(self._book.close)

    def begin(self, table: str) -> list[Any]:
        """Its writers."""
        if table not in self._tables:
            found, made = columns.of(table), []
            if "csv" in self._formats:
                made.append(cells.Writer(self._files.lines(f"{table}.csv"), found, self._mark))
            if "parquet" in self._formats:
                from retrostep_host.export import parquet

                made.append(parquet.Writer(self._files.part(f"{table}.parquet"), found))
                self._files.close.append(made[-1].close)
            if self._book is not None:
                made.append(self._book.sheet(table, found))
                self._files.close.append(made[-1].close)
            self._tables[table] = made
        return self._tables[table]

    def add(self, table: str, block: blocks.Block | bytes) -> None:
        for one in self.begin(table):
            one.add(block)

    def explain(self) -> None:
        if self._book is not None:
            self._book.explain({table: columns.of(table) for table in self._tables})

    def tables(self) -> list[str]:
        return list(self._tables)


def write(
    walks: Sequence[Walk],
    out: Path,
    store: Store | None = None,
    formats: Sequence[str] = FORMATS[:1],
    mark: bool = True,
    progress: Callable[[int, int], None] | None = None,
    jobs: int | None = None,
) -> list[Path]:
    """Write the tables and the page into the folder `out`; each file appears whole. Returns their paths.

    `walks` are whole, or read from `store` one by one. `mark`: CSV begins with a byte-order mark, without which Excel
    does not know that a text is UTF-8. `jobs`: see making.py. Raises MissingTool before anything is written, what the
    store raises.
    """
    if out.exists() and not out.is_dir():
        raise errors.CannotWrite(f"{out} is a file, and tables go into a folder; nothing was written. Name another.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        files = _Files(out)
        try:
            written = _write(files, walks, store, formats, mark, progress, jobs)
        except BaseException:
            files.drop()
            raise
        for table in SEEN:  # of an earlier export
            for suffix in ("csv", "parquet"):
                if out / f"{OTHER}{table}.{suffix}" not in written:
                    (out / f"{OTHER}{table}.{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise errors.from_os(error, "writing the tables") from error
    return written


def _write(
    files: _Files,
    walks: Sequence[Walk],
    store: Store | None,
    formats: Sequence[str],
    mark: bool,
    progress: Callable[[int, int], None] | None,
    jobs: int | None,
) -> list[Path]:
    sinks = _Sinks(files, formats, mark)
    points = files.text(POINTS) if "json" in formats else None
    is_table = len(formats) > (points is not None)
    days = blocks.Days()
    for table in TABLES if is_table else ():
        sinks.begin(table)
    asked = making.Asked(is_table, points is not None, not {"xlsx", "parquet"}.intersection(formats))
    for done, made in enumerate(making.every(walks, store, asked, jobs)):
        if progress:
            progress(done, len(walks))
        for table, block in made.rows:
            sinks.add(table, block)
        days.add(*made.day)
        if points is not None:
            points.write(made.points)
    if is_table:
        if walks:
            sinks.add("day", days.block())
        sinks.explain()
        files.text(PAGE).write(columns.explain())
    if "csv" in formats:
        package.write(files.part(PACKAGE), sinks.tables(), mark)
    return files.done()
