# SPDX-License-Identifier: MIT
"""Making: walks become rows of the tables, of many walks in several processes, always in the order of the walks.

in    Walk objects, a store; which rows are asked for
out   Made, one a walk: the same bytes however many processes there are
keeps at most workers.AHEAD pieces of about PIECE steps for each process, so that memory does not grow with the store
but   1. only lines of CSV and data points come from other processes: blocks of a workbook or of Parquet would cost more
         to hand over than to make
      2. where processes cannot be started, one dies, or a piece fails in it, this one goes on from there: what is wrong
         with a walk is said here
      3. not where nobody else can open the store (opening.py, `alone`)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from retrostep_host import workers
from retrostep_host.export import blocks, cells, mhealth
from retrostep_host.export.columns import OTHER
from retrostep_host.store.rows import Walk

if TYPE_CHECKING:
    from retrostep_host.store import Store

ENOUGH = 200_000  # steps, from which on other processes save more than the half second that they take to start
PIECE = 8_000  # steps that are handed over at once, about 1.5 MB of CSV


class Asked(NamedTuple):
    """What is to be made of each walk."""

    tables: bool
    points: bool  # of IEEE 1752.1
    lines: bool  # rows as lines of CSV; else as blocks


@dataclass
class Made:
    """Of one walk."""

    rows: list[tuple[str, blocks.Block | bytes]]  # (table, its rows)
    day: tuple[tuple[str, str], list[float]]
    points: str


class _Maker:
    """Makes one walk after the other."""

    def __init__(self, store: Store | None, asked: Asked) -> None:
        self._store, self._asked = store, asked
        self._lines: dict[str, cells.Lines] = defaultdict(cells.Lines)

    def make(self, walk: Walk) -> Made:
        read, rows = blocks.Read(walk, self._store), []
        found = read.counted()
        _, session = next(found)
        if self._asked.tables:
            rows = [("session", session), *found, *((OTHER + table, block) for table, block in read.others())]
        if self._asked.lines:
            rows = [(table, self._lines[table].of(block)) for table, block in rows]
        points = mhealth.lines(walk, session) if self._asked.points else ""
        return Made(rows, blocks.day(walk, session), points)


def every(walks: Sequence[Walk], store: Store | None, asked: Asked, jobs: int | None = None) -> Iterator[Made]:
    """Each walk as it is asked for. `jobs`: how many processes; None = as many as there are cores, three at most."""
    jobs = workers.how_many(jobs)
    done = 0
    may_be = asked.lines and asked.tables and jobs > 1
    if may_be and store is not None and not store.alone and sum(map(steps, walks)) >= ENOUGH:
        for some in workers.in_order(jobs, _begin, (store.path, asked), _make, pieces(walks, PIECE)):
            done += len(some)
            yield from some
    maker = _Maker(store, asked)
    yield from map(maker.make, walks[done:])


def steps(walk: Walk) -> int:
    """Steps to be read of a walk, of each board that saw it."""
    return sum(view.total for view in walk.views) if walk.views else walk.total


def pieces(walks: Sequence[Walk], size: int) -> Iterator[list[Walk]]:
    """The walks, in pieces of at least `size` steps each, but for the last."""
    piece: list[Walk] = []
    held = 0
    for walk in walks:
        piece.append(walk)
        held += steps(walk)
        if held >= size:
            yield piece
            piece, held = [], 0
    if piece:
        yield piece


# in another process -----------------------------------------------------------------------------------------
_makers: list[_Maker] = []


def _begin(path: Path, asked: Asked) -> None:
    from retrostep_host.store import Store

    _makers.append(_Maker(Store(path, write=False), asked))


def _make(walks: list[Walk]) -> list[Made]:
    return list(map(_makers[0].make, walks))
