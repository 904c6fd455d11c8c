# SPDX-License-Identifier: MIT
"""Sessions: the one SQLite file with everything this person ever walked.

in    decoded sessions with the board's bytes (add); walks that are to go (delete); questions (walks, full)
out   store.rows objects; `add` says whether the store changed
keeps one file; a session enters whole or not at all, and only once, whatever is imported how often; of a deleted one
      the SHA-1 of its bytes, so that the same bytes do not come in again (docs/decisions.md)
but   on a network share the write-ahead log does not work: there it falls back to SQLite's older journal
not   several computers writing at once (docs/decisions.md)

Raises only store errors of retrostep_host.errors.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from retrostep_host import errors
from retrostep_host.store import migrations
from retrostep_host.store.rows import ALERTS, Event, Step, Trace, Walk

WAIT_S = 5.0  # how long another program's write is waited for; a session takes well under 1 s
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ncpfs", "davfs"}  # /proc/mounts

_COLUMNS = (
    "device_uid, session, boot, start_utc_us, utc_offset_min, duration_s, placement, side, ended, complete, gaps, "
    "settings, imported_utc_us, firmware"
)


class Store:
    """The store at `path`; made on the first write. Use it in a `with`, or close it."""

    def __init__(self, path: str | Path, write: bool = True, wait_s: float = WAIT_S) -> None:
        self.path = Path(path)
        self.on_network = _file_system(self.path) in NETWORK
        with _sentences(self.path):
            self._connection = self._open(write, wait_s)

    def _open(self, write: bool, wait_s: float) -> sqlite3.Connection:
        if not self.path.exists():
            if not write:
                raise errors.EmptyLog(
                    f"There is no walk here yet ({self.path}); plug the board in and run `retrostep sync`, "
                    "or `retrostep demo` to see one."
                )
            self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connect("" if write else "?mode=rw", wait_s)
        if not write:
            try:
                self._check(connection)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                    raise
                connection.close()  # a write-protected folder: readable as it stands, since nobody can be writing
                connection = self._connect("?immutable=1", wait_s)
                self._check(connection)
            if migrations.version(connection) == migrations.LATEST:
                connection.execute("PRAGMA query_only = ON")  # mode=ro would leave -wal and -shm files behind
                return connection
            connection.close()  # an older store is brought up to date before it is read
            connection = self._connect("", wait_s)
        try:
            self._check(connection)
            connection.execute(f"PRAGMA journal_mode = {'DELETE' if self.on_network else 'WAL'}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")  # zeros over what goes, also over a copy that is replaced
            migrations.migrate(connection)
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
        if mark != migrations.APPLICATION_ID and connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
            raise errors.NotAStore(f"{self.path} is a database of another program; untouched. Name ours, `--store`.")
        if found > migrations.LATEST:
            raise errors.NewerStore(
                f"{self.path} was made by a newer Retrostep (store {found}, this one knows {migrations.LATEST}); it is "
                "untouched. Update Retrostep and run this again.",
                found=found,
            )

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # writing ------------------------------------------------------------------------------------------------
    def add(self, session: object, raw: bytes, imported_utc_us: int | None = None) -> bool:
        """Store a decoded session (journal.Session, or a Walk) and the board's bytes, whole or not at all.

        True when the store changed. A session that is there already is left alone, unless the new copy is
        more complete: then it takes the place of the old one. Bytes that were deleted here stay out.
        """
        from retrostep_host.store.intake import as_walk

        now = time.time_ns() // 1000 if imported_utc_us is None else imported_utc_us
        walk = as_walk(session, now)
        with _sentences(self.path), self._transaction() as connection:
            if self.was_deleted(_sha1(raw)):
                return False
            key = (walk.device_uid, walk.session, walk.boot)
            old = connection.execute(
                "SELECT s.id, s.complete, length(j.raw) FROM sessions s LEFT JOIN journals j ON j.session_id = s.id "
                "WHERE device_uid = ? AND session = ? AND boot = ?",
                key,
            ).fetchone()
            if old:
                if (int(walk.complete), len(raw)) <= (old[1], old[2] or 0):
                    return False
                connection.execute("DELETE FROM sessions WHERE id = ?", (old[0],))
            values = (
                *key,
                walk.start_utc_us,
                walk.utc_offset_min,
                walk.duration_s,
                walk.placement,
                walk.side,
                walk.ended,
                int(walk.complete),
                walk.gaps,
                json.dumps(walk.settings, sort_keys=True),
                now,
                walk.firmware,
            )
            marks = ", ".join("?" * len(values))
            row = connection.execute(f"INSERT INTO sessions ({_COLUMNS}) VALUES ({marks})", values).lastrowid
            connection.executemany(
                "INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (row, s.seq, s.t_s, s.direction, s.confidence, int(s.inferred), s.stride_s, s.length_m)
                    + (s.length_sd_m, s.contact, s.quality)
                    for s in walk.steps
                ),
            )
            connection.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
                ((row, e.seq, e.t_s, e.kind, e.value, e.cause, e.score) for e in walk.events),
            )
            connection.execute("INSERT INTO journals VALUES (?, ?)", (row, bytes(raw)))
        return True

    def delete(self, walks: list[Walk]) -> str:
        """Delete walks with their steps, events and bytes, all of them or none, and write zeros where they were.

        Returns "", or one sentence that says what another program or a full disk keeps from being tidied.
        """
        with _sentences(self.path):
            with self._transaction() as connection:
                for walk in walks:
                    connection.execute("INSERT OR IGNORE INTO deleted VALUES (?)", (_sha1(self.raw(walk)),))
                    connection.execute("DELETE FROM sessions WHERE id = ?", (walk.id,))
            left = ""
            try:
                self._connection.execute("VACUUM")  # the room goes back to the disk
            except sqlite3.OperationalError:
                left = f"{self.path} did not become smaller, because the disk is full or the file in use."
            try:
                busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError:
                busy = True
        if busy:
            left = f"Another program has {self.path} open; what was deleted leaves the disk when that one is closed."
        return left

    def was_deleted(self, sha1: str) -> bool:
        """Whether a session with these bytes was deleted here. Its journal.Session carries the SHA-1."""
        with _sentences(self.path):
            return self._connection.execute("SELECT 1 FROM deleted WHERE sha1 = ?", (sha1,)).fetchone() is not None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            if self._connection.in_transaction:  # a full disk has rolled back already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    # reading ------------------------------------------------------------------------------------------------
    def walks(self) -> list[Walk]:
        """All sessions with their counts, oldest first; one without a clock before the next of its board."""
        with _sentences(self.path):
            counts = self._grouped("SELECT session_id, direction, count(*) FROM steps GROUP BY 1, 2")
            kinds = ", ".join(f"'{kind}'" for kind in ALERTS)
            alerts = self._grouped(
                f"SELECT session_id, kind, count(*) FROM events WHERE kind IN ({kinds}) GROUP BY 1, 2"
            )
            rows = self._connection.execute(
                f"SELECT id, {_COLUMNS} FROM sessions s ORDER BY coalesce(start_utc_us, min(imported_utc_us, coalesce("
                "(SELECT n.start_utc_us FROM sessions n WHERE n.device_uid = s.device_uid AND n.session > s.session "
                "AND n.start_utc_us NOT NULL ORDER BY n.session LIMIT 1), imported_utc_us))), session"
            ).fetchall()
        return [_walk(row, counts.get(row[0], {}), alerts.get(row[0], {})) for row in rows]

    def _grouped(self, query: str) -> dict[int, dict[str, int]]:
        groups: dict[int, dict[str, int]] = {}
        for row, name, count in self._connection.execute(query):
            groups.setdefault(row, {})[name] = count
        return groups

    def full(self, walk: Walk) -> Walk:
        """The same session with its steps and events, in the order of time."""
        from dataclasses import replace

        with _sentences(self.path):
            steps = self._connection.execute(
                "SELECT seq, t_s, direction, confidence, inferred, stride_s, length_m, length_sd_m, contact, quality "
                "FROM steps WHERE session_id = ? ORDER BY t_s, seq",
                (walk.id,),
            )
            found = tuple(Step(*row[:4], bool(row[4]), *row[5:]) for row in steps)
            events = self._connection.execute(
                "SELECT seq, t_s, kind, value, cause, score FROM events WHERE session_id = ? ORDER BY t_s, seq",
                (walk.id,),
            )
            return replace(walk, steps=found, events=tuple(Event(*row) for row in events))

    def traces(self, walk: Walk) -> tuple[Trace, ...]:
        """The raw samples that the board kept around its alerts, read from its own bytes; () when there are none."""
        from retrostep_host import journal
        from retrostep_host.store.intake import traces

        try:
            return traces(journal.decode(self.raw(walk)))
        except errors.DamagedJournal:  # a store filled by a test, or by a newer board
            return ()

    def raw(self, walk: Walk) -> bytes:
        """The board's own bytes of a session."""
        with _sentences(self.path):
            return self._connection.execute("SELECT raw FROM journals WHERE session_id = ?", (walk.id,)).fetchone()[0]


def _sha1(raw: bytes) -> str:
    return hashlib.sha1(raw, usedforsecurity=False).hexdigest()


def _walk(row: tuple, counts: dict[str, int], alerts: dict[str, int]) -> Walk:
    key, rest = row[:10], row[10:]
    complete, gaps, settings, imported, firmware = rest
    return Walk(*key, bool(complete), gaps, json.loads(settings), imported, firmware, counts, alerts)


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """Turn what SQLite says, by its number and not by its text, into our sentences."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise _sentence(path, code, error) from error
    except OSError as error:
        raise errors.from_os(error, f"opening the store {path}") from error


def _sentence(path: Path, code: int, error: sqlite3.Error) -> errors.RetrostepError:
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return errors.StoreBusy(
            f"Another program is writing to {path}; what is in it is as it was. Close it, or wait, and run this again."
        )
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path)):
        return errors.FullDisk(
            f"The disk with {path} is full; what was stored before is safe, and what was not is still on the board. "
            "Free some room and run this again."
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return errors.CannotWrite(
            f"{path} may not be written here; what was there before is untouched. Choose another place with `--store`."
        )
    if code == sqlite3.SQLITE_NOTADB:
        return errors.NotAStore(f"{path} is no Retrostep store; it is untouched. Name the right file with `--store`.")
    if code == sqlite3.SQLITE_CORRUPT:
        return errors.StoreError(
            f"{path} is damaged; it was not changed. Put back a copy of it, or set it aside and run `retrostep sync`."
        )
    return errors.StoreError(f"The store {path} cannot be used: {error}. What was stored before is untouched.")


def _is_full(path: Path) -> bool:
    """No room on the disk for the log that SQLite keeps beside the store: it calls that an I/O error."""
    try:
        return shutil.disk_usage(path.parent).free < 1 << 16
    except OSError:
        return False


def _file_system(path: Path) -> str:
    """The kind of file system under `path` on Linux ("ext4", "nfs"), "" elsewhere or when unknown."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    here = str(path.absolute())
    best = ("", "")
    for line in mounts:
        fields = line.split()
        point = fields[1].replace("\\040", " ").rstrip("/") if len(fields) > 2 else "?"
        if (here == point or here.startswith(point + "/")) and len(point) >= len(best[0]):
            best = (point, fields[2])
    return best[1]
