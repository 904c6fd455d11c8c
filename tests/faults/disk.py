# SPDX-License-Identifier: MIT
"""Disk: flash that loses power. A journal's disk of four functions over RAM, cut after any byte.

Model (FACTS measured it on real CircuitPython's FAT): bytes reach flash a 4096-byte sector at a time, by erase and
program. `write` programs the sectors it touches when `flush` comes (or when another sector needs the cache, as
CircuitPython's one-sector cache does); `flush` rewrites the mirror's directory sector last. Each sector costs
1 (erase) + 4096 (bytes programmed) units; the cut falls after unit n. A sector cut inside is torn: erased, with its
first bytes programmed, the rest 0xFF. A directory cut inside is lost: its mirror's file is gone and comes back
blank at the next boot.
"""

from __future__ import annotations

from collections.abc import Callable

SECTOR = 4096


class Cut(Exception):
    """The power went away."""


class Disk:
    """`cut_after`: units until the power goes, None = never. `on_op(mirror, sector or -1 for the directory,
    new bytes)` is called before each sector is changed."""

    def __init__(self, size: int, mirrors: list[bytearray] | None = None, cut_after: int | None = None) -> None:
        self.mirrors = [bytearray(m) for m in mirrors] if mirrors else [bytearray(size), bytearray(size)]
        self.lost = [False, False]
        self.left = cut_after
        self.units = 0
        self.on_op: Callable[[int, int, bytes | None], None] | None = None  # before each sector is changed
        self._cache: tuple[int, int] | None = None
        self._data = bytearray()
        self._dirty = [False, False]

    def size(self) -> int:
        return len(self.mirrors[0])

    def read(self, mirror: int, offset: int, buffer) -> None:
        end = offset + len(buffer)
        buffer[:] = self.mirrors[mirror][offset:end]
        if self._cache and self._cache[0] == mirror:
            base = self._cache[1] * SECTOR
            first, last = max(offset, base), min(end, base + SECTOR)
            if first < last:
                buffer[first - offset : last - offset] = self._data[first - base : last - base]

    def write(self, mirror: int, offset: int, data) -> None:
        sector = offset // SECTOR
        assert (offset + len(data) - 1) // SECTOR == sector, "a block never straddles sectors"
        if self._cache != (mirror, sector):
            self._program()
            self._cache = (mirror, sector)
            self._data = bytearray(self.mirrors[mirror][sector * SECTOR : (sector + 1) * SECTOR])
        at = offset - sector * SECTOR
        self._data[at : at + len(data)] = data
        self._dirty[mirror] = True

    def flush(self, mirror: int) -> None:
        self._program()
        if self._dirty[mirror]:
            self._spend(mirror, -1, None)
            self._dirty[mirror] = False

    def _program(self) -> None:
        if self._cache is not None:
            (mirror, sector), data = self._cache, self._data
            self._cache = None
            self._spend(mirror, sector, data)
            self.mirrors[mirror][sector * SECTOR : (sector + 1) * SECTOR] = data

    def _spend(self, mirror: int, sector: int, data: bytearray | None) -> None:
        cost = 1 + SECTOR
        if self.on_op:
            self.on_op(mirror, sector, data)
        if self.left is not None and self.left < cost:
            if self.left > 0:  # erased, and so many bytes of it programmed
                if data is None:
                    self.lost[mirror] = True
                else:
                    self.mirrors[mirror][sector * SECTOR : (sector + 1) * SECTOR] = torn(data, self.left)
            raise Cut
        if self.left is not None:
            self.left -= cost
        self.units += cost

    def reboot(self, cut_after: int | None = None) -> Disk:
        """The drive at the next power-up."""
        mirrors = [bytearray(len(m)) if gone else m for m, gone in zip(self.mirrors, self.lost, strict=True)]
        return Disk(self.size(), mirrors, cut_after)


def torn(data: bytes | bytearray, units: int) -> bytes:
    """A sector whose rewriting was cut after `units` >= 1: erased, and its first bytes programmed."""
    return bytes(data[: units - 1]).ljust(SECTOR, b"\xff")
