# SPDX-License-Identifier: MIT
"""Scribe: the bytes of a session as a board would have written them, by the board's own writer on a disk of RAM.

in    engine events and notes in the order of time; settings, clock, plan, battery
out   whole blocks that journal.decode reads; the same input gives the same bytes; a Log of several sessions, as the
      files of a drive
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


class Ram:
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


class Log:
    """What a board has on flash: sessions one after the other, by one writer. `mirrors`: its two files' bytes."""

    def __init__(self, device: bytes, last_session: int = 0, size: int = 64 * SECTOR) -> None:
        self.number = bytes(8)  # of the session under way
        self._ram = Ram(size)
        self.journal = Journal(self._ram, device, lambda: self.number)
        self.journal.recover(last_session, 0)

    @property
    def mirrors(self) -> list[bytes]:
        return [bytes(mirror) for mirror in self._ram.mirrors]


class Scribe:
    """One session: `append` events and `note` records in the order of time, then `end`.

    device, number   8 bytes each; `clock`: (UTC in µs of sample 0, minutes east), None = never set
    log              where it is written behind what is there; its own sessions' numbers go on
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
        log: Log | None = None,
    ) -> None:
        if log is None:
            size = -(-(most_events * 20 + 8 * SECTOR) // SECTOR) * SECTOR
            self.journal = Journal(Ram(size), device, lambda: number)
            self.journal.recover(session - 1, boot - 1)
        else:
            self.journal, log.number = log.journal, number
            self.journal.clock = None
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
