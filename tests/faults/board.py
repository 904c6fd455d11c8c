# SPDX-License-Identifier: MIT
"""Board: journal and link server over RAM flash, without sensor, engine and hardware.

As a program it is a board on a pseudo-terminal: `python -m tests.faults.board` prints the port's path and runs until
its standard input closes. A first argument with a colon, `:0102030405060708`, is its id.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Sequence

from retrostep import events
from retrostep.journal.writer import Journal
from retrostep.link.hooks import Hooks
from retrostep.link.server import Server

from tests.faults import cuts
from tests.faults.disk import Disk

DEVICE = cuts.DEVICE
Marks = tuple[int, int, Sequence[tuple[int, int]]]


class TestHooks(Hooks):
    __test__ = False

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.values: dict = {"placement": "ankle", "side": "left", "steps_goal": 0}
        self.buzzed: list[int] = []

    def settings(self) -> dict:
        return {**self.values, **self.journal.overrides}

    def setting(self, name: str, value: object) -> None:
        self.values[name] = value

    def identify(self, pattern: int) -> None:
        self.buzzed.append(pattern)

    wrong = 0  # wrong PINs, and a clock in milliseconds
    clock = 0

    def tries(self, more: int) -> int:
        self.wrong = 0 if more < 0 else self.wrong + more
        return self.wrong

    def ms(self) -> int:
        return self.clock

    def since(self, then: int) -> int:
        return self.clock - then

    def random(self, size: int) -> bytes:
        return os.urandom(size)

    def set_lock(self, lock) -> bool:
        self.lock = lock
        return True


class Board:
    """`walked[session]` are the sample indexes of the steps it stored. `draw(8)`: the walks' own numbers."""

    def __init__(
        self,
        disk: Disk | None = None,
        sectors: int = 16,
        device: bytes = DEVICE,
        draw: Callable[[int], bytes] = os.urandom,
        marks: Marks = (0, 0, ()),
    ) -> None:
        self.disk = disk or Disk(sectors * 4096)
        self.draw = draw
        self.journal = Journal(self.disk, device, lambda: draw(8))
        self.facts = self.journal.recover(*marks)
        self.hooks = TestHooks(self.journal)
        self.server = Server(self.journal, self.hooks)
        self.walked: dict[int, list[int]] = {}

    def walk(self, steps: int, end: int | None = events.END_BUTTON) -> int:
        note = cuts.Walked()
        cuts.walk(self.journal, note, steps, end)
        self.walked.update(note.appended)
        return max(note.appended)

    def marks(self) -> Marks:
        """What device/nvm.py keeps once nobody walks: last session, boot, the sessions that were not released."""
        rows = self.journal.table.rows
        kept = [(rows[at] & 0xFFFF, rows[at + 2]) for at in range(0, len(rows), 3)][-12:]
        return self.journal.last_session, self.journal.boot, kept

    def tick(self) -> None:
        """One pass of the loop."""
        self.journal.step(self.journal.now + 2)

    def reboot(self) -> Board:
        after = Board(self.disk.reboot(), draw=self.draw)
        after.walked = self.walked
        return after


def serve(board: Board) -> None:
    """Run on a pseudo-terminal until standard input closes."""
    import pty
    import tty

    master, slave = pty.openpty()
    tty.setraw(slave)
    print(os.ttyname(slave), flush=True)
    while True:
        readable, _, _ = select.select([master, sys.stdin], [], [], 0 if board.server.busy else 0.02)
        if sys.stdin in readable and not os.read(sys.stdin.fileno(), 1):
            return
        if master in readable:
            board.server.feed(os.read(master, 64))
        board.tick()
        if waiting := board.server.poll():
            board.server.sent(os.write(master, waiting))


if __name__ == "__main__":
    words = sys.argv[1:]
    machine = Board(device=bytes.fromhex(words.pop(0)[1:])) if words and words[0][0] == ":" else Board()
    for count in map(int, words or ["40", "200"]):
        machine.walk(count)
    serve(machine)
