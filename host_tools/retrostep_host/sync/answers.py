# SPDX-License-Identifier: MIT
"""Answers: what a board says of itself, its sessions and its log, with every field in its range.

in    the bytes of a reply, after its reason
out   Hello, Entry, Status; LinkBroken for one that is cut short, BadAnswer for one that no board gives
from  docs/formats.md, "Verbs"; the layouts are retrostep.link.messages
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from retrostep.link import messages as m
from retrostep.units import RATE_HZ

from retrostep_host import ranges
from retrostep_host.errors import BadAnswer, LinkBroken


def unpack(layout: str, data: bytes) -> tuple:
    """The values of a layout at the beginning of `data`. Raises LinkBroken."""
    size = struct.calcsize(layout)
    if len(data) < size:
        raise LinkBroken("The board's answer was cut short; nothing was changed. Update the firmware or the computer.")
    return struct.unpack_from(layout, data, 0)


@dataclass(frozen=True, slots=True)
class Hello:
    """Who answered. Times in us, 0 = the board's clock was never set."""

    link_version: int
    journal_version: int
    device: str
    boot: int
    index: int
    running: int
    rate_mhz: int
    flags: int
    utc_us: int
    offset_min: int
    battery_mv: int
    nonce: bytes
    salt: bytes
    rounds: int
    firmware: str
    board: str

    @property
    def locked(self) -> bool:
        return bool(self.flags & m.F_LOCKED)

    @classmethod
    def of(cls, reply: bytes) -> Hello:
        """The bytes after the reason. A clock, a rate, a battery that cannot be is as good as none."""
        values = list(unpack(m.HELLO_REPLY, reply))
        texts, at = [], struct.calcsize(m.HELLO_REPLY)
        for _ in range(2):
            length = reply[at] if at < len(reply) else 0
            texts.append(reply[at + 1 : at + 1 + length].decode("utf-8", "replace"))
            at += 1 + length
        values[2] = values[2].hex()
        values[13] *= 16
        hello = cls(*values, *texts)
        return replace(
            hello,
            index=min(hello.index, ranges.INDEX_MOST),
            rate_mhz=hello.rate_mhz if ranges.rate(hello.rate_mhz / 1000) else round(RATE_HZ * 1000),
            utc_us=hello.utc_us if ranges.is_moment(hello.utc_us, hello.offset_min) else 0,
            battery_mv=hello.battery_mv if hello.battery_mv <= ranges.BATTERY_MV[1] else 0,
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One session on the board; `cause` is a number of retrostep.events.ENDS, 0 = no END."""

    session: int
    boot: int
    size: int
    tag: int
    start_index: int
    cause: int

    @classmethod
    def page(cls, data: bytes, after: int) -> list[Entry]:
        """The entries of one answer, which follow session `after`. Raises BadAnswer when they do not rise."""
        size = struct.calcsize(m.LIST_ENTRY)
        found = [cls(*values) for values in struct.iter_unpack(m.LIST_ENTRY, data[: len(data) // size * size])]
        for entry in found:
            if not after < entry.session <= ranges.NUMBER_MOST:
                raise BadAnswer.of(f"The board lists session {entry.session} after session {after}")
            after = entry.session
        return found


@dataclass(frozen=True, slots=True)
class Status:
    free_blocks: int
    blocks: int
    dropped: int
    records: int
    flushes: int
    flash_errors: int
    damaged_mirrors: int
    frames_refused: int
    vanished: bool

    @classmethod
    def of(cls, reply: bytes) -> Status:
        """The bytes after the reason. Raises BadAnswer for a log that cannot be."""
        *numbers, flags = unpack(m.STATUS_REPLY, reply)
        found = cls(*numbers, bool(flags & 1))
        if not 0 < found.blocks <= ranges.BLOCKS_MOST or found.free_blocks > found.blocks:
            raise BadAnswer.of(f"The board says that {found.free_blocks} of {found.blocks} blocks of its log are free")
        return found
