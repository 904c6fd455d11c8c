# SPDX-License-Identifier: MIT
"""Workers: pieces of long work in several processes; what becomes of them in the order of the pieces.

in    how many processes, what begins in each, what is done with a piece; pieces
out   results as they are asked for
keeps at most AHEAD pieces for each process, so that memory does not grow with the work
but   1. where processes cannot be started, one dies, or a piece fails in it, the results end: whoever asked goes on
         from there, and meets what is wrong where it can be said
      2. a process ends by itself when the one that began it is gone, also after kill -9 (concurrent.futures leaves it)
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

AHEAD = 3
MOST = 3  # processes: each takes 50 MB and more

Piece, Result = TypeVar("Piece"), TypeVar("Result")


def how_many(asked: int | None) -> int:
    """Processes: as asked, else one for each core that this process may use, MOST at most."""
    if asked is not None:
        return asked
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)


def in_order(
    jobs: int, begin: Callable[..., None], given: tuple, work: Callable[[Piece], Result], pieces: Iterable[Piece]
) -> Iterator[Result]:
    """What `work` makes of each piece, after `begin(*given)` in each process; both are functions of a module."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    try:
        pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (begin, given))
    except (ImportError, NotImplementedError, OSError):  # a system without semaphores
        return
    try:
        rest, waiting = iter(pieces), deque()
        while True:
            while len(waiting) < AHEAD * jobs and (piece := next(rest, None)) is not None:
                waiting.append(pool.submit(work, piece))
            if not waiting:
                return
            yield waiting.popleft().result()
    except Exception:  # whatever it is, it is met again here, and said
        return
    finally:
        pool.shutdown(cancel_futures=True)


# in another process -----------------------------------------------------------------------------------------
def _begin(begin: Callable[..., None], given: tuple) -> None:
    import gc
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that writes
    gc.set_threshold(50_000, 20, 20)
    threading.Thread(target=_end_with_the_other, daemon=True).start()
    begin(*given)


def _end_with_the_other() -> None:
    from multiprocessing import parent_process

    if (other := parent_process()) is not None:
        other.join()
        os._exit(1)
