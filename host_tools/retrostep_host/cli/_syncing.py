# SPDX-License-Identifier: MIT
"""Syncing: one board, several at once, or whichever is plugged in next.

in    connected boards; the store's path; how to show what is going on
out   an Outcome for each board; nothing is said here
keeps as sync.session does: what came whole is stored, nothing else is released
but   each board has a thread and a connection to the store of its own: a slow board keeps no other waiting
not   PINs: they are asked for one after the other, before any board is read
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from retrostep_host import home
from retrostep_host.errors import RetrostepError
from retrostep_host.store.sessions import Store
from retrostep_host.sync import find, partials
from retrostep_host.sync import session as sessions

LOOK_S = 1.0  # between two looks at the ports
TRIES = 5  # looks for which a port that does not answer yet is asked again: a board needs a while to boot

Show = Callable[[str, str, int, int], object]  # key, words, bytes so far, bytes in all


@dataclass
class Outcome:
    """Of one board. `stopped`: what ended it; `result` then holds what was done before, None when nothing was."""

    device: str
    result: sessions.Result | None = None
    stopped: RetrostepError | None = None
    deleted: set[str] = field(default_factory=set)  # SHA-1 of fetched bytes that were deleted here before

    @property
    def errors(self) -> list[RetrostepError]:
        """Everything that went wrong, what ended it last."""
        return [*(self.result.errors if self.result else []), *([self.stopped] if self.stopped else [])]

    @property
    def new(self) -> list:
        """Sessions that were not stored before."""
        return [one for one in self.result.fetched if one.is_new] if self.result else []


def one(client, hello, path: Path, session: int | None, close: bool, show: Show | None) -> Outcome:
    """Fetch what one board holds. Its port is closed afterwards. Errors of ours stand in the outcome."""
    outcome = Outcome(hello.device)
    board = hello.device[:4]

    def told(number: int, done: int, of: int) -> None:
        if show:
            show(hello.device, f"Board {board}, session {number}", done, of)

    try:
        with Store(path) as kept:
            partial = home.folder() / "partial"
            partials.remove(partial, days=30)  # nobody came back for them
            keep = sessions.keeper(kept)
            outcome.result = sessions.fetch_all(client, hello, keep, partial, session, close, told)
            outcome.deleted = {f.session.sha1 for f in outcome.result.fetched if kept.was_deleted(f.session.sha1)}
    except RetrostepError as error:
        outcome.result, outcome.stopped = getattr(error, "result", None), error
    finally:
        client.port.close()
    return outcome


def several(boards: list, path: Path, close: bool, show: Show | None) -> list[Outcome]:
    """Fetch what several boards hold, all at once. Outcomes in the order of the boards."""
    Store(path).close()  # made, or brought up to date, by one of us
    with ThreadPoolExecutor(max(1, len(boards))) as pool:
        jobs = [pool.submit(one, client, hello, path, None, close, show) for client, hello in boards]
        try:
            return [job.result() for job in jobs]
        except BaseException:
            for client, _ in boards:  # the threads end at their next word with the board
                client.port.close()
            raise


def watched(sleep: Callable[[float], object] = time.sleep) -> Iterator[tuple[list, list[RetrostepError]]]:
    """Boards as they are plugged in, those that are there already first: ((Client, Hello)s, what does not answer).
    Never ends by itself."""
    seen: set[str] = set()
    tries: dict[str, int] = {}
    while True:
        there = set(find.candidates())
        seen &= there
        tries = {path: count for path, count in tries.items() if path in there}
        found, troubles = [], []
        for path in sorted(there - seen):
            boards, trouble = find.connect_all([path])
            tries[path] = tries.get(path, 0) + 1
            if boards or tries[path] == TRIES:
                seen.add(path)
                found += boards
                troubles += trouble
        if found or troubles:
            yield found, troubles
        else:
            sleep(LOOK_S)
