# SPDX-License-Identifier: MIT
"""Without room: a store on a full disk gets smaller.

in    a connection that can read the store; the store's path
out   the same store without what was deleted from a copy of it in memory, zeros where it was
keeps a copy in the system's folder for temporary files until the new file is whole
but   SQLite needs room to delete, for what it would roll back to: on a full disk there is none
not   anything but deleting: what is to be added waits on the board
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from retrostep_host import errors
from retrostep_host.store import migrations, seals, summing


def is_meant(error: sqlite3.OperationalError, path: Path) -> bool:
    """A write-protected place, or a full disk: SQLite cannot make the files that it keeps beside the store."""
    code = error.sqlite_errorcode & 0xFF
    denied = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL)
    return code in denied or (code == sqlite3.SQLITE_IOERR and is_full(path))


def is_full(path: Path) -> bool:
    """No room on the disk for the log that SQLite keeps beside the store: it calls that an I/O error."""
    try:
        import shutil

        return shutil.disk_usage(path.parent).free < 1 << 16
    except OSError:
        return False


def has_log(path: Path) -> bool:
    """Beside the store lies a log of what is not in it yet."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def updated(source: sqlite3.Connection) -> sqlite3.Connection:
    """An older store that cannot be written, brought up to date in memory; `source` is closed."""
    connection = copy(source)
    source.close()
    migrations.migrate(connection)
    summing.refresh(connection)
    seals.take_census(connection)
    connection.execute("PRAGMA query_only = ON")
    return connection


def copy(source: sqlite3.Connection) -> sqlite3.Connection:
    """All of a store, what its log holds too, in memory."""
    memory = sqlite3.connect(":memory:", isolation_level=None)
    source.backup(memory)
    memory.execute("PRAGMA foreign_keys = ON")
    return memory


def replace(path: Path, memory: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """Put what is in memory where the store is, and close `source`. Raises FullDisk before anything was changed where
    no disk has room for a copy; OSError names that copy where the new file could not be made whole."""
    memory.execute("VACUUM")
    data = bytearray(memory.serialize())
    data[18:20] = b"\1\1"  # sqlite.org/fileformat2.html, 1.3.3: no write-ahead log beside it
    try:
        import tempfile

        handle, name = tempfile.mkstemp(prefix="retrostep-store-")
        with open(handle, "wb") as file:
            _write(file, data)
    except OSError as error:
        raise errors.from_os(error, "keeping a copy of the store") from error
    source.close()
    try:
        log = path.with_name(path.name + "-wal")
        with contextlib.suppress(FileNotFoundError):
            _zeros(log)
            log.unlink()
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + "-shm").unlink()
        with open(path, "r+b") as file:  # in place: nothing else has room
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            _write(file, data.ljust(size, b"\0"))
            file.truncate(len(data))
    except OSError as error:
        raise errors.StoreError(f"{path} could not be written ({error.strerror}); what stays is in {name}.") from error
    _zeros(Path(name))
    os.unlink(name)


def _write(file, data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _zeros(path: Path) -> None:
    with open(path, "r+b") as file:
        _write(file, bytes(path.stat().st_size))
