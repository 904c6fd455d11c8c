# SPDX-License-Identifier: MIT
"""Making: walks become rows of the tables, of many walks in several processes, always in the order of the walks.

in    Walk objects, a store; which rows are asked for
out   Made, one a walk: the same bytes however many processes there are
keeps at most AHEAD pieces of about PIECE steps for each process, so that memory does not grow with the store
but   1. only lines of CSV and data points come from other processes: blocks of a workbook or of Parquet would cost more
         to hand over than to make
      2. where processes cannot be started, one dies, or a piece fails in it, this one goes on from there: what is wrong
         with a walk is said here
      3. not where nobody else can open the store (opening.py, `alone`)
"""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from retrostep_host.export import blocks, cells, mhealth
from retrostep_host.export.columns import OTHER
from retrostep_host.store.rows import Walk

if TYPE_CHECKING:
    from retrostep_host.store import Store

ENOUGH = 200_000  # steps, from which on other processes save more than the half second that they take to start
PIECE = 8_000  # steps that are handed over at once, about 1.5 MB of CSV
AHEAD = 3
MOST = 3  # processes: each takes 50 MB


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
    jobs = min(cores(), MOST) if jobs is None else jobs
    done = 0
    may_be = asked.lines and asked.tables and jobs > 1
    if may_be and store is not None and not store.alone and sum(map(_steps, walks)) >= ENOUGH:
        for some in _elsewhere(walks, store.path, asked, jobs):
            done += len(some)
            yield from some
    maker = _Maker(store, asked)
    yield from map(maker.make, walks[done:])


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _steps(walk: Walk) -> int:
    return sum(view.total for view in walk.views) if walk.views else walk.total


def _pieces(walks: Sequence[Walk]) -> Iterator[list[Walk]]:
    piece: list[Walk] = []
    steps = 0
    for walk in walks:
        piece.append(walk)
        steps += _steps(walk)
        if steps >= PIECE:
            yield piece
            piece, steps = [], 0
    if piece:
        yield piece


def _elsewhere(walks: Sequence[Walk], path: Path, asked: Asked, jobs: int) -> Iterator[list[Made]]:
    """Pieces of the walks, made in other processes, in order; it ends early where one cannot be."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    try:
        pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (path, asked))
    except (ImportError, NotImplementedError, OSError):  # a system without semaphores
        return
    try:
        pieces, waiting = _pieces(walks), deque()
        while True:
            while len(waiting) < AHEAD * jobs and (piece := next(pieces, None)):
                waiting.append(pool.submit(_make, piece))
            if not waiting:
                return
            yield waiting.popleft().result()
    except Exception:  # whatever it is, it is met again here, and said
        return
    finally:
        pool.shutdown(cancel_futures=True)


# in another process -----------------------------------------------------------------------------------------
_makers: list[_Maker] = []


def _begin(path: Path, asked: Asked) -> None:
    import gc
    import signal

    from retrostep_host.store import Store

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that writes
    gc.set_threshold(50_000, 20, 20)
    _makers.append(_Maker(Store(path, write=False), asked))


def _make(walks: list[Walk]) -> list[Made]:
    return list(map(_makers[0].make, walks))
