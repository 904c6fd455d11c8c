# SPDX-License-Identifier: MIT
"""Opening: the store's file, found to be ours, whole at its head, and of a version that this computer knows.

in    a path; whether somebody means to write
out   a connection in autocommit mode, at the latest version, with summaries made by this code
keeps a store of a newer version, of another program, or on a disk without room as it is
but   on a network share the write-ahead log does not work: there it falls back to SQLite's older journal
not   what stands in it: sessions.py
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from retrostep_host import errors, home
from retrostep_host.store import migrations, places, seals, summing, without_room
from retrostep_host.store.sentences import spoken

WAIT_S = 5.0  # how long another program's write is waited for; a session takes well under 1 s


class Opened:
    """The store's file at `path`; made on the first write. Use it in a `with`, or close it."""

    def __init__(self, path: str | Path, write: bool = True, wait_s: float = WAIT_S) -> None:
        self.path = Path(path)
        self._known: dict = {}  # what `walks` said, and of which state of the file
        self._alone = False  # nobody else can look into the file: its disk is full
        self.on_network = places.file_system(self.path) in places.NETWORK
        with spoken(self.path):
            self._connection = self._open(write, wait_s)

    def _open(self, write: bool, wait_s: float) -> sqlite3.Connection:
        if not self.path.exists():
            if not write:
                raise errors.EmptyLog(_nothing_at(self.path))
            self.path.parent.mkdir(parents=True, exist_ok=True)
        elif not self.path.is_file():
            what = "a folder" if self.path.is_dir() else "a pipe or a device"
            raise errors.NotAStore(f"{self.path} is {what}; name the store's own file, such as {home.STORE_NAME}.")
        connection = self._connect("" if write else "?mode=rw", wait_s)
        if not write:
            try:
                self._check(connection)
            except sqlite3.OperationalError as error:
                if not without_room.is_meant(error, self.path):
                    raise
                connection.close()
                connection = self._beside(wait_s)
            if migrations.version(connection) == migrations.LATEST and not summing.is_stale(connection):
                connection.execute("PRAGMA query_only = ON")  # mode=ro would leave -wal and -shm files behind
                return connection
            connection.close()  # an older store is brought up to date before it is read
            try:
                return self._writing(wait_s)
            except sqlite3.OperationalError as error:
                if not without_room.is_meant(error, self.path):
                    raise
            return without_room.updated(self._beside(wait_s))
        connection.close()
        return self._writing(wait_s)

    def _beside(self, wait_s: float) -> sqlite3.Connection:
        """To read where nothing can be written: alone, where a log holds what is not in the file yet; else as it is."""
        alone = os.access(self.path, os.W_OK) and without_room.has_log(self.path)
        connection = self._connect("?mode=rw" if alone else "?immutable=1", wait_s)
        if alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # needs no shared memory on the disk
        self._alone = True
        self._check(connection)
        return connection

    def _writing(self, wait_s: float) -> sqlite3.Connection:
        connection = self._connect("", wait_s)
        try:
            try:
                self._check(connection)
                connection.execute(f"PRAGMA journal_mode = {'DELETE' if self.on_network else 'WAL'}")
            except sqlite3.OperationalError as error:
                if not without_room.is_full(self.path) or not without_room.is_meant(error, self.path):
                    raise
                connection.close()
                found = self._beside(wait_s)  # to read, and to delete (without_room.py)
                if migrations.version(found) == migrations.LATEST:
                    return found
                found.close()
                raise
            connection.execute("PRAGMA synchronous = FULL")  # what is committed is on the disk: a board lets go of it
            connection.execute("PRAGMA secure_delete = ON")  # zeros over what goes, also over a copy that is replaced
            migrations.migrate(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            if summing.is_stale(connection):
                with transaction(connection):
                    seals.check_census(connection, self.path)
                    summing.refresh(connection)
                    seals.take_census(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect(self, query: str, wait_s: float) -> sqlite3.Connection:
        uri = self.path.absolute().as_uri() + query
        return sqlite3.connect(uri, uri=True, timeout=wait_s, isolation_level=None)

    def _check(self, connection: sqlite3.Connection) -> None:
        found = migrations.version(connection)
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        if mark != migrations.APPLICATION_ID or (found ^ migrations.LATEST).bit_count() == 1:  # a bit of the head?
            with contextlib.suppress(sqlite3.Error):
                if seals.is_ours(connection):
                    raise errors.DamagedStore.of(self.path, "its mark or its version is not what was written")
        if mark != migrations.APPLICATION_ID and connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
            raise errors.NotAStore(f"{self.path} is a database of another program; untouched. Name ours, `--store`.")
        if found > migrations.LATEST:
            raise errors.NewerStore(
                f"{self.path} was made by a newer Retrostep (store {found}, this one knows {migrations.LATEST}); it is "
                "untouched. Update Retrostep and run this again.",
                found=found,
            )

    @property
    def alone(self) -> bool:
        """Nobody else can open it meanwhile: its disk is full."""
        return self._alone

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def check(self) -> None:
        """Raises DamagedStore unless the file holds together, and its list of walks is what was written."""
        with spoken(self.path):
            found = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise errors.DamagedStore.of(self.path, found.splitlines()[-1])
            self.walks()


def _nothing_at(path: Path) -> str:
    if path != home.store_path():
        return (
            f"There is no store {path}; check the name, or leave `--store` off for your own. "
            f"`retrostep sync --store {path}` would make one there."
        )
    return (
        f"There is no walk here yet ({path}); plug the board in and run `retrostep sync`, "
        "or see one with `retrostep demo`, which keeps its own apart."
    )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
