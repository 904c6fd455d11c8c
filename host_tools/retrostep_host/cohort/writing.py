# SPDX-License-Identifier: MIT
"""Writing: files of a cohort, whole ones, by several processes.

in    a Store, walks with their revisions; a folder, a site
out   Batches: a file of each table, all with one name, which is of what is in them
keeps a file under a name of its own (.part) until it is whole and on the disk; after an error, nothing
but   the files are the same however many processes write them; where one cannot, this one does (workers.py)
not   which walks are to be written, and what holds: publishing.py
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from retrostep_host import workers
from retrostep_host.cohort import layout
from retrostep_host.cohort.layout import Batch
from retrostep_host.export import blocks, making, parquet
from retrostep_host.store import Store
from retrostep_host.store.rows import NO_DAY, Walk

BATCH = 250_000  # steps of walks in one file, so that several processes have something to do and a reader few files


def bytes_of(walk: Walk) -> str:
    """Which bytes a walk is of: what tells it from any other."""
    return " ".join(view.sha1 for view in walk.views) or walk.sha1


class Asked(NamedTuple):
    """A batch to be written."""

    month: str
    walks: list[Walk]
    revisions: list[str]

    def batch(self, site: str) -> Batch:
        """The same walks make the same name."""
        revisions = sorted(zip(map(bytes_of, self.walks), self.revisions, strict=True))
        return Batch(self.month, named(site, self.month, revisions))


def planned(walks: list[Walk], revisions: dict[str, str]) -> list[Asked]:
    """Batches of these walks: by month, BATCH steps or a little more in each. `revisions`: by `bytes_of`."""
    months: dict[str, list[Walk]] = defaultdict(list)
    for walk in walks:
        months[walk.day[:7] if walk.day != NO_DAY else "undated"].append(walk)
    return [
        Asked(month, piece, [revisions[bytes_of(walk)] for walk in piece])
        for month in sorted(months)
        for piece in making.pieces(months[month], BATCH)
    ]


def every(
    store: Store, folder: Path, site: str, asked: list[Asked], jobs: int, progress: Callable[[int, int], None] | None
) -> Iterator[Batch]:
    """Each batch as it is written, in their order."""
    walks = [walk for one in asked for walk in one.walks]
    done = 0
    if jobs > 1 and len(asked) > 1 and not store.alone and sum(map(making.steps, walks)) >= making.ENOUGH:
        if progress:
            progress(0, len(walks))
        begun = workers.in_order(min(jobs, len(asked)), _begin, (store.path, folder, site), _made, asked)
        for one, batch in zip(asked, begun, strict=False):
            asked, done = asked[1:], done + len(one.walks)
            if progress:
                progress(done, len(walks))
            yield batch
    for one in asked:
        yield _batch(store, folder, site, one, (lambda at: progress(at, len(walks))) if progress else None, done)
        done += len(one.walks)


def _batch(
    store: Store,
    folder: Path,
    site: str,
    asked: Asked,
    progress: Callable[[int], None] | None = None,
    before: int = 0,
) -> Batch:
    with _Writing(folder, site, asked.batch(site)) as writing:
        for number, (walk, revised) in enumerate(zip(asked.walks, asked.revisions, strict=True), before):
            if progress:
                progress(number)
            for table, block in blocks.Read(walk, store).counted():
                if table == "session":
                    block = blocks.Block([*block.columns, blocks.Same(bytes_of(walk)), blocks.Same(revised)], 1)
                writing.add(table, block)
        return writing.done()


class _Writing:
    """The files of one batch; each gets its name when it is whole and on the disk. Nothing stays of them when something
    goes wrong."""

    def __init__(self, folder: Path, site: str, batch: Batch) -> None:
        self.folder, self.site, self.batch = folder, site, batch
        self.parts, self.writers = {}, {}
        self.rows: dict[str, int] = defaultdict(int)

    def __enter__(self) -> _Writing:
        for table in layout.TABLE_NAMES:
            path = self.folder / self.batch.path(table, self.site)
            path.parent.mkdir(parents=True, exist_ok=True)
            self.parts[table] = layout.part(path)
            self.writers[table] = parquet.Writer(self.parts[table], layout.columns(table), layout.META)
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None:
            return
        for writer in self.writers.values():
            with suppress(Exception):
                writer.close()
        for part in self.parts.values():
            with suppress(OSError):
                part.unlink()

    def add(self, table: str, block: blocks.Block) -> None:
        self.writers[table].add(block)
        self.rows[table] += block.count

    def done(self) -> Batch:
        for table, writer in self.writers.items():
            writer.close()
            size = layout.settle(self.parts[table], self.folder / self.batch.path(table, self.site))
            self.batch.files[table] = {"rows": self.rows[table], "bytes": size}
        return self.batch


def named(*parts: object) -> str:
    """The name of a file is of what is in it: the same publication twice makes the same files."""
    return hashlib.sha1(json.dumps(parts).encode(), usedforsecurity=False).hexdigest()[:16]


def without(folder: Path, site: str, batch: Batch, walks: set[str], begun: list[str]) -> Batch:
    """The batch anew, without some of its walks, not all of them; paths of its files are put into `begun`."""
    pa = parquet.arrow()
    gone = pa.array(sorted(walks))
    less = Batch(batch.month, named(batch.name, sorted(walks)))
    begun += [less.path(table, site) for table in batch.files]
    for table in batch.files:
        path, source = folder / less.path(table, site), folder / batch.path(table, site)
        part = layout.part(path)
        rows = 0
        with (
            pa.parquet.ParquetFile(source) as file,
            pa.parquet.ParquetWriter(part, file.schema_arrow, compression="zstd") as writer,
        ):
            for group in range(file.num_row_groups):
                kept = file.read_row_group(group)
                kept = kept.filter(pa.compute.invert(pa.compute.is_in(kept.column("of_walk"), value_set=gone)))
                rows += kept.num_rows
                writer.write_table(kept)
        less.files[table] = {"rows": rows, "bytes": layout.settle(part, path)}
    return less


def listed(folder: Path, site: str, table: str, rows: list[tuple]) -> dict:
    """A small table as a manifest lists it; written unless it is there."""
    name = named(site, rows)
    path = folder / layout.small(table, site, name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = layout.part(path)
        writer = parquet.Writer(part, layout.columns(table), layout.META)
        writer.add(blocks.Block([list(column) for column in zip(*rows, strict=True)], len(rows)))
        writer.close()
        layout.settle(part, path)
    return {"name": name, "rows": len(rows), "bytes": path.stat().st_size}


# in another process -----------------------------------------------------------------------------------------
_place: list[tuple[Store, Path, str]] = []


def _begin(path: Path, folder: Path, site: str) -> None:
    parquet.arrow()
    _place.append((Store(path, write=False), folder, site))


def _made(asked: Asked) -> Batch:
    return _batch(*_place[0], asked)
