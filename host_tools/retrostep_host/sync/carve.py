# SPDX-License-Identifier: MIT
"""Carve: find sessions in what is left of a board's flash, with or without a file system.

in    an image of a drive or a whole flash chip, a log.bin, a mounted CIRCUITPY drive, a damaged session's bytes
out   the best copy of every session's bytes, as the link would have handed them over
from  docs/formats.md, "Block": a block explains itself, wherever it lies
but   released sessions are found as well, as long as nothing was written over them
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from retrostep import JOURNAL_VERSION, events
from retrostep.journal import block, records

from retrostep_host import files, journal, ranges
from retrostep_host.errors import CannotWrite, RetrostepError, from_os
from retrostep_host.store import pages

PIECE = 1 << 24  # bytes read at a time
MOST_BYTES = 4 * ranges.LOG_MOST  # of walks from all files together: the flash of four of the largest boards


@dataclass
class Found:
    """One session in pieces: nth -> (rank, bytes of the block)."""

    device: str
    session: int
    number: bytes = block.UNKNOWN
    blocks: dict[int, tuple[tuple[int, int], bytes]] = field(default_factory=dict)
    released: bool = False  # a computer has it already

    @property
    def data(self) -> bytes:
        """The blocks that there are, in order."""
        return b"".join(self.blocks[nth][1] for nth in sorted(self.blocks))


def sources(path: Path) -> list[Path]:
    """The files to look into: a file itself, or the logs on a mounted drive (or in a copy of one)."""
    if not path.is_dir():
        return [_checked(path)]
    found = sorted(path.glob("journal/*/log.bin")) or sorted(path.rglob("log.bin"))
    if not found:
        raise RetrostepError(f"There is no log in {path}; name a CIRCUITPY drive, a log.bin or an image of the flash.")
    return [_checked(one) for one in found]


def _checked(path: Path) -> Path:
    """A file or a disk. Raises RetrostepError for a pipe and for a device without an end."""
    with contextlib.suppress(OSError):  # not there, not ours to look at: opening it says so
        try:
            files.check(path, kinds=files.BLOCK_DEVICES)
        except files.TooMuch as problem:
            raise RetrostepError(f"{path} {problem}. Nothing was changed.") from None
    return path


def carve(
    paths: Iterable[Path],
    warn: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Found]:
    """Every session in these files, by device and number. A file that cannot be read (to its end) is told to `warn`,
    and the others still count: one mirror is enough. `progress` is told bytes so far and in all, file by file. Raises
    RetrostepError when none could be, or when there are more walks than any board has room for."""
    refused: list[RetrostepError] = []
    newer: list[int] = []

    def every() -> Iterator[bytes]:
        for path in paths:
            try:
                with open(path, "rb") as file:
                    if file.read(len(pages.MAGIC)) == pages.MAGIC:  # a store: its blocks run on over its pages
                        yield from pages.blocks(pages.MAGIC + file.read())
                        continue
                    size = file.seek(0, 2)
                    file.seek(0)
                    yield from _blocks(file, newer, (lambda at, size=size: progress(at, size)) if progress else None)
            except OSError as error:
                refused.append(_unread(path, error))

    found = gather(every())
    if newer and warn:
        warn(
            f"{len(newer)} blocks were written by a newer Retrostep (log version {max(newer)}) and were left out; "
            "`pip install --upgrade retrostep`, then recover again."
        )
    if refused and not found:
        raise refused[0]
    for error in refused if warn else ():
        warn(str(error))
    return found


def _unread(path: Path, error: OSError) -> RetrostepError:
    if isinstance(error, PermissionError):
        return CannotWrite(
            f"The system does not let you read {path}; copy it first (`sudo dd if={path} of=board.img`) and recover "
            "that. Nothing was changed."
        )
    return from_os(error, "recovering walks")


def gather(blocks: Iterable[bytes]) -> list[Found]:
    """The best copy of every session among checked blocks in any order. An empty block, written ahead, is left out
    where the one before it is there: where it is not, it tells that one is missing."""
    sessions: dict[tuple[bytes, int, bytes], Found] = {}
    released: set[tuple[bytes, int]] = set()
    held = 0
    for data in blocks:
        head = block.Header(data)
        if head.flags & block.HAS_RELEASE:
            for kind, at, size in records.walk(data, head.header, head.end):
                if kind == events.RELEASE:
                    released.add((head.device, records.unpack(kind, data[at : at + size])[1][0]))
        if head.session == block.HOUSE:
            continue
        one = sessions.setdefault(journal.identity(head), Found(head.device.hex(), head.session, head.number))
        rank = (head.boot, head.used)
        held += head.nth not in one.blocks
        if held * block.SIZE > MOST_BYTES:
            raise RetrostepError(
                f"There are more than {files.size(MOST_BYTES)} of walks in it, which no board has room for; give the "
                "files one after the other. Nothing was changed."
            )
        if head.nth not in one.blocks or rank > one.blocks[head.nth][0]:
            one.blocks[head.nth] = (rank, data)
    found = []
    for key in sorted(sessions):
        one = sessions[key]
        one.released = key[:2] in released
        for nth in [nth for nth, ((_, used), _) in one.blocks.items() if not used and nth - 1 in one.blocks]:
            del one.blocks[nth]
        if any(used for (_, used), _ in one.blocks.values()):
            found.append(one)
    return found


def _blocks(file, newer: list[int], tell: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """Whole blocks at any offset, in pieces, so that an image of any size fits; versions beyond ours into `newer`."""
    rest = b""
    while piece := file.read(PIECE):
        if tell:
            tell(file.tell())
        data = rest + piece
        at = data.find(block.MAGIC)
        while 0 <= at <= len(data) - block.SIZE:
            candidate = data[at : at + block.SIZE]
            if block.check(candidate):
                yield candidate
                at = data.find(block.MAGIC, at + block.SIZE)
            else:
                if candidate[4] > JOURNAL_VERSION and block.is_whole(candidate):
                    newer.append(candidate[4])
                at = data.find(block.MAGIC, at + 1)
        rest = data[max(0, len(data) - block.SIZE + 1) :] if at < 0 else data[at:]
