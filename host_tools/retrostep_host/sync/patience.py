# SPDX-License-Identifier: MIT
"""Patience: how long a board is listened to before a sentence says that it is too slow.

in    the clock of a port; what is being done and how much of it there is; how much has arrived
out   LinkBroken when all of it takes too long, or when too little comes for a while
keeps the ends of what is under way, one within the other
from  a board sends 90 to 640 kB/s (docs/reliability.md, "How fast"), one in software on a busy computer 6 kB/s
but   a board that says something, and never what was asked for, is as silent as one that says nothing
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from retrostep_host.errors import LinkBroken

BEGIN_S = 15.0  # for anything at all: a board in the middle of a flush, or one that is made of software
SLOWEST = 1024  # bytes a second, over the whole of a transfer
STALL_S = 10.0  # in so long ...
STALL_BYTES = 512  # ... at least so much of it has to arrive


class Patience:
    """`now` is a clock in seconds, `name` what the port is called."""

    def __init__(self, now: Callable[[], float], name: str) -> None:
        self._now = now
        self._name = name
        self._ends: list[tuple[float, float, str]] = []  # end, seconds, doing
        self._stall: float | None = None
        self._moved = 0

    @contextmanager
    def within(self, seconds: float, doing: str) -> Iterator[None]:
        """All that is asked inside has to be over in so long; `doing`: "the list of its walks"."""
        self._ends.append((self._now() + seconds, seconds, doing))
        try:
            yield
        finally:
            self._ends.pop()

    @contextmanager
    def transfer(self, size: int, doing: str) -> Iterator[None]:
        """`size` bytes come inside, and are told to `moved`."""
        self._stall, self._moved = self._now() + STALL_S, 0
        try:
            with self.within(BEGIN_S + size / SLOWEST, doing):
                yield
        finally:
            self._stall = None

    def moved(self, count: int) -> None:
        """So many bytes of the transfer are here."""
        self._moved += count
        if self._stall is not None and self._moved >= STALL_BYTES:
            self._stall, self._moved = self._now() + STALL_S, 0

    def left(self) -> float:
        """Seconds until the nearest end. Raises LinkBroken at it."""
        now = self._now()
        if self._stall is not None and now >= self._stall:
            raise self._slow(f"sent less than {STALL_BYTES} bytes in {STALL_S:.0f} s", self._ends[-1][2])
        for end, seconds, doing in self._ends:
            if now >= end:
                raise self._slow(f"was not done after {seconds:.0f} s", doing)
        return min([end for end, _, _ in self._ends] + [self._stall or float("inf")]) - now

    def _slow(self, how: str, doing: str) -> LinkBroken:
        return LinkBroken(
            f"The board on {self._name} is too slow: with {doing}, it {how}. Every session is still on it or already "
            "stored. Plug it in again and run the same command: it goes on where it stopped."
        )
