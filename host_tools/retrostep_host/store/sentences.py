# SPDX-License-Identifier: MIT
"""Sentences: what SQLite says of a store, by its number and not by its text, in sentences for people.

in    an error of sqlite3 or of the system; the store's path
out   the store's errors of retrostep_host.errors
keeps nothing
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrostep_host import errors
from retrostep_host.store import without_room


@contextmanager
def spoken(path: Path) -> Iterator[None]:
    """Turn what SQLite says, by its number and not by its text, into our sentences."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise sentence(path, code, error) from error
    except OSError as error:
        raise errors.from_os(error, f"opening the store {path}") from error


def sentence(path: Path, code: int, error: sqlite3.Error) -> errors.RetrostepError:
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return errors.StoreBusy(
            f"Another program is writing to {path}; what is in it is as it was. Close it, or wait, and run this again."
        )
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and without_room.is_full(path)):
        return errors.FullDisk(
            f"The disk with {path} is full; what was stored before is safe, and nothing that was not stored has been "
            "let go of. Free some room and run this again."
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return errors.CannotWrite(
            f"{path} may not be written here; what was there before is untouched. Choose another place with `--store`."
        )
    if code == sqlite3.SQLITE_NOTADB:
        return errors.NotAStore(
            f"{path} is no Retrostep store, or its first bytes are damaged; it is untouched. Name the right file with "
            f"`--store`; `retrostep doctor --store {path}` looks for walks in this one."
        )
    if code == sqlite3.SQLITE_CORRUPT:
        return errors.DamagedStore.of(path, str(error))
    return errors.StoreError(
        f"The store {path} cannot be used: {error}. What was stored before is untouched; "
        f"`retrostep doctor --store {path}` looks closer."
    )
