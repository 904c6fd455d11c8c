# SPDX-License-Identifier: MIT
"""Disk: the board's drive as a folder, with the manners of FAT on NOR flash.

in    paths as the firmware says them ("/journal/a/log.bin"), bytes
out   the same bytes in the folder, but only once they were flushed; OSError numbers as CircuitPython raises them
keeps open files in memory; what was written and not flushed is lost by a power cut
from  CircuitPython rewrites whole 4 KB sectors: 45 ms erase, 0.4 ms a 256 B page; a flush of a file writes its
      data sectors and then the sector of its directory (measured: docs/decisions.md 22)
but   a cut inside a data sector leaves its first part new and the rest erased; a cut inside the directory's
      sector destroys that directory
"""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECTOR = 4096
ERASE_NS = 45_000_000
PROGRAM_NS = 16 * 400_000  # 16 pages a sector
CLUSTER = 512
DRIVE_BYTES = 1024 * 1024  # a 2 MB board: firmware takes the other half
HIDDEN = (".nvm", ".Trashes", ".fseventsd", ".metadata_never_index")


class BoardFile:
    """An open file on the drive. Written bytes wait here until `flush`, `close` or a full sector."""

    def __init__(self, disk: Disk, path: Path, name: str, mode: str) -> None:
        self._disk, self._path, self.name = disk, path, name
        self._text = "b" not in mode
        self._writes = any(letter in mode for letter in "wa+x")
        exists = path.exists()
        if "r" in mode and not exists:
            raise OSError(errno.ENOENT, name)
        if "x" in mode and exists:
            raise OSError(errno.EEXIST, name)
        self._data = bytearray(path.read_bytes() if exists and "w" not in mode else b"")
        self._at = len(self._data) if "a" in mode else 0
        self._append = "a" in mode
        self._dirty: set[int] = set()
        self._grown = not exists or "w" in mode
        self.closed = False

    def _live(self) -> None:
        if self.closed:
            raise OSError(errno.EBADF, self.name)

    # reading ----------------------------------------------------------------------------------------------
    def read(self, size: int = -1) -> Any:
        self._live()
        end = len(self._data) if size is None or size < 0 else min(len(self._data), self._at + size)
        out = bytes(self._data[self._at : end])
        self._at = max(self._at, end)
        return out.decode() if self._text else out

    def readinto(self, buffer: Any) -> int:
        self._live()
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), len(self._data) - self._at))
        view[:count] = self._data[self._at : self._at + count]
        self._at += count
        return count

    def readline(self) -> Any:
        self._live()
        end = self._data.find(b"\n", self._at)
        return self.read((end + 1 if end >= 0 else len(self._data)) - self._at)

    def __iter__(self) -> Any:
        while line := self.readline():
            yield line

    # writing ----------------------------------------------------------------------------------------------
    def write(self, data: Any) -> int:
        self._live()
        if not self._writes:
            raise OSError(errno.EBADF, self.name)
        raw = data.encode() if isinstance(data, str) else bytes(memoryview(data).cast("B"))
        if self._append:
            self._at = len(self._data)
        end = self._at + len(raw)
        if end > len(self._data):
            self._disk.need(end - len(self._data))
            self._data.extend(bytes(end - len(self._data)))
            self._grown = True
        self._data[self._at : end] = raw
        if raw:
            self._dirty.update(range(self._at // SECTOR, (end - 1) // SECTOR + 1))
        self._at = end
        if len(self._dirty) > 1:  # the cache holds one sector: moving on writes the one before
            self._commit(keep=max(self._dirty))
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._live()
        base = (0, self._at, len(self._data))[whence]
        self._at = max(0, base + offset)
        if self._at > len(self._data) and self._writes:  # FatFs allocates when a writer seeks beyond the end
            self._disk.need(self._at - len(self._data))
            self._data.extend(bytes(self._at - len(self._data)))
            self._grown = True
        return self._at

    def tell(self) -> int:
        return self._at

    def truncate(self, size: int | None = None) -> int:
        self._live()
        size = self._at if size is None else size
        del self._data[size:]
        self._grown = True
        return size

    def _commit(self, keep: int | None = None) -> None:
        """Write dirty sectors to the folder, all but `keep`, charging their time."""
        for sector in sorted(self._dirty):
            if sector == keep:
                continue
            start = sector * SECTOR
            new = bytes(self._data[start : start + SECTOR])
            self._disk.program(self._path, start, new)
            self._dirty.discard(sector)

    def flush(self) -> None:
        self._live()
        if not (self._dirty or self._grown):
            return
        self._disk.busy_begin()
        self._commit()
        if self._grown:
            self._disk.resize(self._path, len(self._data))
        self._disk.directory(self._path)
        self._grown = False

    def sync(self) -> None:
        """The data alone, into the clusters that the file has; its directory stays as it is."""
        if self._dirty and not self._grown:
            self._disk.busy_begin()
            self._commit()

    def close(self) -> None:
        if not self.closed:
            if self._writes:
                self.flush()
            self.closed = True
            self._disk.files.discard(self)

    def forget(self) -> None:
        """Power is gone: whatever was not flushed never happened."""
        self.closed = True

    def __enter__(self) -> BoardFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Disk:
    """The drive. `advance` is how flash makes the board wait; None costs nothing."""

    def __init__(self, root: Path, advance: Callable[[int], None] | None = None) -> None:
        self.root = root.resolve()
        self.advance = advance or (lambda ns: None)
        self.writable: Callable[[], bool] = lambda: True
        self.files: set[BoardFile] = set()
        self.erases = 0
        self.last_write_ns = 0
        self.now: Callable[[], int] = lambda: 0
        self.cwd = "/"
        self.torn = 0.5  # share of the sector under way that a power cut leaves written

    # paths ------------------------------------------------------------------------------------------------
    def real(self, name: Any) -> Path:
        """The path in the folder. A board knows no way out of its drive."""
        parts = [part for part in (name if name.startswith("/") else f"{self.cwd}/{name}").split("/") if part]
        clean: list[str] = []
        for part in parts:
            if part == "..":
                clean = clean[:-1]
            elif part != ".":
                clean.append(part)
        if clean and clean[0] in HIDDEN:
            raise OSError(errno.ENOENT, name)
        return self.root.joinpath(*clean)

    def _may_write(self, name: Any) -> None:
        if not self.writable():
            raise OSError(errno.EROFS, "Read-only filesystem")

    def open(self, name: Any, mode: str = "r", *_: object, **__: object) -> BoardFile:
        path = self.real(name)
        if any(letter in mode for letter in "wa+x"):
            self._may_write(name)
            if not path.parent.is_dir():
                raise OSError(errno.ENOENT, name)
        if path.is_dir():
            raise OSError(errno.EISDIR, name)
        file = BoardFile(self, path, name, mode)
        self.files.add(file)
        return file

    # flash ------------------------------------------------------------------------------------------------
    def busy_begin(self) -> None:
        self.last_write_ns = self.now()

    def _wait(self) -> None:
        self.erases += 1
        self.advance(ERASE_NS + PROGRAM_NS)
        self.last_write_ns = self.now()

    def program(self, path: Path, start: int, data: bytes) -> None:
        """Erase and program one sector of a file."""
        try:
            self._wait()
        except BaseException:  # cut in the middle of it: first part new, rest erased
            keep = int(len(data) * self.torn)
            self._put(path, start, data[:keep] + b"\xff" * (len(data) - keep))
            raise
        self._put(path, start, data)

    def directory(self, path: Path) -> None:
        """Rewrite the directory sector of a file."""
        try:
            self._wait()
        except BaseException as stop:
            if type(stop).__name__ == "PowerCut" and path.parent != self.root:
                shutil.rmtree(path.parent, ignore_errors=True)
            raise

    @staticmethod
    def _put(path: Path, start: int, data: bytes) -> None:
        with open(path, "r+b" if path.exists() else "w+b") as file:
            file.seek(0, io.SEEK_END)
            if file.tell() < start:
                file.write(bytes(start - file.tell()))
            file.seek(start)
            file.write(data)

    @staticmethod
    def resize(path: Path, size: int) -> None:
        with open(path, "r+b" if path.exists() else "w+b") as file:
            file.truncate(size)

    def used(self) -> int:
        total = 0
        for folder, _, files in os.walk(self.root):
            total += CLUSTER
            for name in files:
                if name not in HIDDEN:
                    total += -(-os.path.getsize(os.path.join(folder, name)) // CLUSTER) * CLUSTER
        return total

    def need(self, count: int) -> None:
        """Raises ENOSPC when the drive cannot hold `count` bytes more. Growth is rare, so this may be slow."""
        if count > CLUSTER and self.used() + count > DRIVE_BYTES:
            raise OSError(errno.ENOSPC, "No space left on device")

    def sync(self) -> None:
        for file in list(self.files):
            file.sync()

    def close_all(self) -> None:
        for file in list(self.files):
            file.close()

    def power_cut(self) -> None:
        for file in list(self.files):
            file.forget()
        self.files.clear()

    # what `os` offers on a board --------------------------------------------------------------------------
    def listdir(self, name: str = "/") -> list[str]:
        path = self.real(name)
        if not path.is_dir():
            raise OSError(errno.ENOENT, name)
        return sorted(entry for entry in os.listdir(path) if entry not in HIDDEN)

    def mkdir(self, name: str) -> None:
        self._may_write(name)
        path = self.real(name)
        if path.exists():
            raise OSError(errno.EEXIST, name)
        if not path.parent.is_dir():
            raise OSError(errno.ENOENT, name)
        path.mkdir()
        self._wait()

    def remove(self, name: str) -> None:
        self._may_write(name)
        path = self.real(name)
        if not path.exists():
            raise OSError(errno.ENOENT, name)
        if path.is_dir():
            raise OSError(errno.EISDIR, name)
        path.unlink()
        self._wait()

    def rmdir(self, name: str) -> None:
        self._may_write(name)
        path = self.real(name)
        if not path.is_dir():
            raise OSError(errno.ENOENT, name)
        path.rmdir()
        self._wait()

    def rename(self, old: str, new: str) -> None:
        self._may_write(old)
        path = self.real(old)
        if not path.exists():
            raise OSError(errno.ENOENT, old)
        if self.real(new).exists():
            raise OSError(errno.EEXIST, new)
        path.rename(self.real(new))
        self._wait()

    def stat(self, name: str) -> tuple[int, ...]:
        path = self.real(name)
        if not path.exists():
            raise OSError(errno.ENOENT, name)
        if path.is_dir():
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        size = path.stat().st_size
        for file in self.files:
            if file._path == path and not file.closed:
                size = max(size, len(file._data))
        return (0x8000, 0, 0, 0, 0, 0, size, 0, 0, 0)

    def statvfs(self, name: str = "/") -> tuple[int, ...]:
        blocks = DRIVE_BYTES // CLUSTER
        free = max(0, blocks - self.used() // CLUSTER)
        return (CLUSTER, CLUSTER, blocks, free, free, 0, 0, 0, 0, 255)
