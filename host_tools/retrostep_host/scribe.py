# SPDX-License-Identifier: MIT
"""Scribe: the bytes of a session as a board would have written them, by the board's own writer on a disk of RAM.

in    engine events and notes in the order of time; settings, clock, plan, battery
out   whole blocks that journal.decode reads; the same input gives the same bytes
keeps nothing
from  retrostep.journal.writer, unchanged
not   a board: no flash, no power cut, no room to run out of
"""

from __future__ import annotations

from typing import Any

from retrostep import __version__, events, units
from retrostep.journal.writer import Journal
from retrostep.settings import defaults

SECTOR = 4096


class _Ram:
    """A journal's disk of four functions."""

    def __init__(self, size: int) -> None:
        self.mirrors = [bytearray(size), bytearray(size)]

    def size(self) -> int:
        return len(self.mirrors[0])

    def read(self, mirror: int, offset: int, buffer: Any) -> None:
        buffer[:] = self.mirrors[mirror][offset : offset + len(buffer)]

    def write(self, mirror: int, offset: int, data: Any) -> None:
        self.mirrors[mirror][offset : offset + len(data)] = data

    def flush(self, mirror: int) -> None:
        pass


class Scribe:
    """One session: `append` events and `note` records in the order of time, then `end`.

    device, number   8 bytes each; `clock`: (UTC in µs of sample 0, minutes east), None = never set
    """

    def __init__(
        self,
        device: bytes,
        number: bytes,
        session: int,
        settings: dict | None = None,
        clock: tuple[int, int] | None = None,
        plan: bytes = b"",
        battery_mv: int = 0,
        boot: int = 1,
        most_events: int = 20_000,
        firmware: str = __version__,
    ) -> None:
        size = -(-(most_events * 20 + 8 * SECTOR) // SECTOR) * SECTOR
        self.journal = Journal(_Ram(size), device, lambda: number)
        self.journal.recover(session - 1, boot - 1)
        if clock is not None:
            self.journal.set_clock(0, *clock)
        self.journal.training = plan
        self.journal.battery_mv = battery_mv
        chosen = {**defaults(), **(settings or {})}
        acc_g, gyro_dps = units.RANGES[chosen["placement"]]
        self.session = self.journal.start(0, chosen, int(units.RATE_HZ * 1000), acc_g, gyro_dps, 1, firmware)

    def append(self, event: events.Event) -> None:
        """A step, a stumble, a fall, a wobble."""
        self.journal.append(event)
        self.journal.step(event.index)

    def note(self, kind: int, index: int, values: tuple = (), tail: bytes = b"") -> None:
        """A record of another kind; `values` in the order of records.LAYOUT."""
        self.journal.note(kind, index, values, tail)
        self.journal.step(index)

    def end(self, index: int, cause: int = events.END_USB) -> bytes:
        """The session's bytes; b"" when it left no trace."""
        number = self.journal.end(cause, index)
        while self.journal.step(index):
            pass
        if not number:
            return b""
        table = self.journal.table
        out = bytearray(table.size(number))
        table.read(number, 0, out)
        return bytes(out)
