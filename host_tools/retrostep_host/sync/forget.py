# SPDX-License-Identifier: MIT
"""Forget: let a board write zeros over every walk, wait until it has, and drop half-made copies of walks.

in    an unlocked Client and its Hello; the folder of partial copies
out   how many walks the board had that no computer had fetched
but   the board answers at once and then writes a sector a pass; the end is when it has flushed as often as it has
      sectors, in both mirrors, and then paused for longer than it does between two flushes
not   questions: who asks for this has said what is lost
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from retrostep.journal.ring import BATCH

from retrostep_host.errors import BadAnswer, BoardRefused, LinkBroken
from retrostep_host.sync import partials
from retrostep_host.sync.answers import Hello, Status
from retrostep_host.sync.client import Client

STEADY_S = 3.0  # without a flush, at least; a pass that flushes takes under 1 s on a board
GIVEN_UP_S = 20.0  # without a flush, and not finished
FLUSH_S = 5.0  # one flush may take at most, on average; a real one 0.06 s, one in software on a busy computer 1.8 s
LOOK_S = 0.1
MORE = 16  # flushes for what comes besides: a log entry, the settings that stay


def board(client: Client, hello: Hello, partial: Path, progress: Callable[[int, int], None] | None = None) -> int:
    """Erase every walk on the board. `progress` is told flushes so far and about how many there will be.

    Raises BoardRefused (a walk is under way; the drive refuses writes), LinkBroken when it went away in the middle or
    takes too long, BadAnswer when it never ends.
    """
    try:
        before = client.status()
        count = client.erase(hello.device)
        partials.remove(partial, f"{hello.device}-*.part")
        mirrors = 1 if before.flash_errors else 2  # a drive that refused before may have room for one only
        enough = mirrors * before.blocks // BATCH
        with client.patience.within(GIVEN_UP_S + FLUSH_S * enough, "the erasing"):
            done, now = _written(client, before, enough, progress)
    except LinkBroken as error:
        raise LinkBroken(
            f"The erasing of board {hello.device} was cut off, so walks may still be on it. Plug it in again and run "
            "`retrostep settings --erase`: it begins anew."
        ) from error
    if now.flash_errors > before.flash_errors or done < enough:
        raise BoardRefused(
            f"The drive of board {hello.device} refused to be erased, so walks may still be on it; restart the board "
            "and run `retrostep settings --erase`, or see `retrostep doctor`.",
            number=41,
        )
    return count


def _written(client: Client, before: Status, enough: int, progress: Callable[[int, int], None] | None) -> tuple:
    """(flushes since `before`, the last Status) when the board has been still for long enough. Raises BadAnswer."""
    done, since, steady, now = 0, client.port.now(), STEADY_S, before
    while client.port.now() - since < (steady if done >= enough else GIVEN_UP_S):
        client.listen(LOOK_S)
        now = client.status()
        if now.flushes - before.flushes != done:
            steady = max(steady, 3 * (client.port.now() - since))  # in software it is 10 times slower
            done, since = now.flushes - before.flushes, client.port.now()
            if progress:
                progress(done, enough)
            if done > enough * 5 // 4 + MORE:
                raise BadAnswer(
                    f"The board has written {done} times and goes on, though its log takes {enough}; whether its walks "
                    "are erased is not known. Restart it and run `retrostep settings --erase` again."
                )
    return done, now
