# SPDX-License-Identifier: MIT
"""Sessions: the one SQLite file with everything this person ever walked.

in    decoded sessions with the board's bytes (add); walks that are to go (delete); questions (walks, full); what people
      say of walks and persons afterwards (say, take_back)
out   store.rows objects, as corrected unless asked otherwise; `add` says whether the store changed
keeps one file; a session enters whole or not at all, and only once, whatever is imported how often; of a deleted one
      the SHA-1 of its bytes, so that the same bytes do not come in again (docs/decisions.md)
      what is stored is never replaced but by more of the same bytes (copies.py); what differs stands beside it
      a summary of each session (Walk.summary), made anew when other code made it (summing.py); a log of corrections
      (changes.py)
but   on a network share the write-ahead log does not work: there it falls back to SQLite's older journal
not   several computers writing at once (docs/decisions.md); errors other than the store's of retrostep_host.errors
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from retrostep_host import errors
from retrostep_host.store import changes, copies, migrations, places, seals, summing, without_room
from retrostep_host.store.rows import Change, Event, Profile, Step, Summary, Trace, Walk, folded

WAIT_S = 5.0  # how long another program's write is waited for; a session takes well under 1 s


class Store:
    """The store at `path`; made on the first write. Use it in a `with`, or close it."""

    def __init__(self, path: str | Path, write: bool = True, wait_s: float = WAIT_S) -> None:
        self.path = Path(path)
        self._alone = False  # nobody else can look into the file: its disk is full
        self.on_network = places.file_system(self.path) in places.NETWORK
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
                with _transaction(connection):
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

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def check(self) -> None:
        """Raises DamagedStore unless the file holds together, and its list of walks is what was written."""
        with _sentences(self.path):
            found = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise errors.DamagedStore.of(self.path, found.splitlines()[-1])
            self.walks()

    # writing ------------------------------------------------------------------------------------------------
    def add(self, session: object, raw: bytes, imported_utc_us: int | None = None) -> bool:
        """Store a decoded session (journal.Session, or a Walk) and the board's bytes, whole or not at all.

        True when there is a new walk, or more of one that was there. What is stored only makes room for more of the
        same bytes; what is less of it is kept as a copy, what differs stands beside it. Bytes that were deleted here
        stay out.
        """
        from retrostep_host.store.intake import as_walk

        raw, digest = bytes(raw), seals.sha1(raw)
        now = time.time_ns() // 1000 if imported_utc_us is None else imported_utc_us
        walk = replace(as_walk(session, now), imported_utc_us=now)
        with self.changing() as connection:
            if self.was_deleted(digest):
                return False
            parts = []
            for row, stored in self._alike(walk):
                before = connection.execute("SELECT raw FROM journals WHERE session_id = ?", (row,)).fetchone()[0]
                kind = copies.compare(before, raw) if seals.sha1(before) == stored else copies.OTHER
                if kind == copies.SAME:
                    return False
                if kind == copies.LESS:
                    connection.execute("INSERT OR REPLACE INTO copies VALUES (?, ?, ?)", (digest, row, raw))
                    return False
                if kind == copies.MORE or stored == digest:  # the latter: a disk has changed them since; here they are
                    parts.append(row)
            for row in parts:
                walk = self._dated(walk, row)
                connection.execute(
                    "UPDATE changes SET which = ? WHERE about = 'walk' AND which = "
                    "(SELECT sha1 FROM sessions WHERE id = ?)",
                    (digest, row),
                )
                connection.execute("DELETE FROM sessions WHERE id = ?", (row,))
            self.insert(connection, replace(walk, sha1=digest), raw)
        return True

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """A change that is meant: all of it or nothing, and the census is taken again. Raises DamagedStore before it
        when the list of walks is not the one that was written."""
        with _sentences(self.path), _transaction(self._connection) as connection:
            seals.check_census(connection, self.path)
            yield connection
            seals.take_census(connection)

    def _alike(self, walk: Walk) -> list[tuple[int, str]]:
        """(id, SHA-1) of stored sessions that claim to be the same walk."""
        return self._connection.execute(
            "SELECT id, sha1 FROM sessions WHERE device_uid = ? AND session = ? AND number = ? "
            "AND (boot = ? OR number != '') ORDER BY id",
            (walk.device_uid, walk.session, walk.number, walk.boot),
        ).fetchall()

    def _dated(self, walk: Walk, row: int) -> Walk:
        """The walk, with the date of its stored copy when it has none: the clock was set in that boot only."""
        columns = "start_utc_us, utc_offset_min FROM journals WHERE session_id = ?"
        start, offset = self._connection.execute(f"SELECT {columns}", (row,)).fetchone()
        is_better = walk.start_utc_us is None and start is not None
        return replace(walk, start_utc_us=start, utc_offset_min=offset) if is_better else walk

    def insert(self, connection: sqlite3.Connection, walk: Walk, raw: bytes) -> int:
        """A walk and its bytes, sealed. Returns its id. `walk.sha1` is of the bytes that a board gave: others than
        `raw` when a disk has harmed those."""
        values = (
            walk.device_uid,
            walk.session,
            walk.boot,
            walk.number,
            walk.sha1,
            walk.start_utc_us,
            walk.utc_offset_min,
            walk.duration_s,
            walk.placement,
            walk.side,
            walk.ended,
            int(walk.complete),
            walk.gaps,
            json.dumps(walk.settings, sort_keys=True),
            walk.imported_utc_us,
            walk.firmware,
            *(json.dumps(said, sort_keys=True) for said in (walk.counts, walk.alerts, walk.noticed)),
            summing.said(summing.of(walk, raw)),
        )
        marks = ", ".join("?" * len(values))
        row = connection.execute(
            f"INSERT INTO sessions ({seals.COLUMNS}, content, seal) VALUES ({marks}, '', '')", values
        ).lastrowid
        seals.write(connection, row, walk)
        connection.execute(
            "INSERT INTO journals VALUES (?, ?, ?, ?, ?, '', ?)",
            (row, seals.sha1(raw), walk.start_utc_us, walk.utc_offset_min, walk.imported_utc_us, raw),
        )
        seals.row(connection, row)
        return row

    def holds(self, sha1: str) -> bool:
        """Whether bytes with this SHA-1 stand in the file itself: read by another connection, and counted again."""
        with _sentences(self.path):
            with contextlib.suppress(sqlite3.OperationalError):  # somebody reads: they stand in SQLite's log
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            other = self._connection if self._alone else self._connect("?mode=ro", WAIT_S)
            with contextlib.nullcontext(other) if self._alone else contextlib.closing(other):
                for table in ("journals", "copies"):
                    for (raw,) in other.execute(f"SELECT raw FROM {table} WHERE sha1 = ?", (sha1,)):
                        if seals.sha1(raw) == sha1:
                            return True
        return False

    def delete(self, walks: list[Walk]) -> str:
        """Delete walks with their steps, events and bytes, all of them or none, and write zeros where they were.

        Returns "", or one sentence that says what another program or a full disk keeps from being tidied.
        """
        try:
            self._delete(walks)
        except (errors.FullDisk, errors.CannotWrite) as error:
            if not (self._alone or isinstance(error, errors.FullDisk)):
                raise
            with _sentences(self.path):
                source, self._connection = self._connection, without_room.copy(self._connection)
                self._delete(walks)
                without_room.replace(self.path, self._connection, source)
            return ""
        with _sentences(self.path):
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

    def _delete(self, walks: list[Walk]) -> None:
        with self.changing() as connection:
            ids = {walk.id for walk in walks}
            gone = {walk.person for walk in walks} - {walk.person for walk in self.walks() if walk.id not in ids}
            for walk in walks:
                copied = connection.execute("SELECT sha1 FROM copies WHERE session_id = ?", (walk.id,)).fetchall()
                connection.execute("DELETE FROM sessions WHERE id = ?", (walk.id,))  # first: it makes the room
                connection.executemany("INSERT OR IGNORE INTO deleted VALUES (?)", [(walk.sha1,), *copied])
                connection.execute("DELETE FROM changes WHERE about = 'walk' AND which = ?", (walk.sha1,))
            for person in gone:
                connection.execute("DELETE FROM changes WHERE about = 'person' AND which = ?", (person,))
                connection.execute("DELETE FROM looks WHERE person = ?", (person,))
            connection.execute("DELETE FROM joins")

    def was_deleted(self, sha1: str) -> bool:
        """Whether a session with these bytes was deleted here. Its journal.Session carries the SHA-1."""
        with _sentences(self.path):
            return self._connection.execute("SELECT 1 FROM deleted WHERE sha1 = ?", (sha1,)).fetchone() is not None

    # what people say afterwards -------------------------------------------------------------------------------
    def say(self, about: str, which: str, field: str, value: object, why: str = "") -> Change | None:
        """Correct a walk (`which`: Walk.sha1) or say something of a person (`which`: their code). None when that is
        what holds already. Raises BadCorrection for what cannot be."""
        value = changes.checked(about, field, value)
        which = folded(which) if about == "person" else which
        with self.changing() as connection:
            log = self.log()
            held = changes.standing(log).get((about, which), {}).get(field)
            if (held.value if held else None) == value:
                return None
            newest = max((change.at_utc_us for change in log), default=0)
            now = max(time.time_ns() // 1000, newest + 1)  # a clock that went back does not turn the order
            change = Change(changes.uid(), now, about, which, field, value, why)
            self._append(connection, change)
        return change

    def take_back(self, uid: str) -> None:
        """Undo a change; the one before it holds again. Raises BadCorrection when it is not there, or undone."""
        with self.changing() as connection:
            log = {change.uid: change for change in self.log()}
            if uid not in log or any(change.undoes == uid for change in log.values()):
                raise errors.BadCorrection(f"There is no change {uid} to take back; nothing was changed.")
            one = log[uid]
            now = max(time.time_ns() // 1000, *(change.at_utc_us + 1 for change in log.values()))
            self._append(connection, Change(changes.uid(), now, one.about, one.which, one.field, None, "", uid))

    @staticmethod
    def _append(connection: sqlite3.Connection, change: Change) -> None:
        connection.execute("INSERT OR IGNORE INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", changes.packed(change))

    def log(self) -> list[Change]:
        """Everything that was said of walks and persons, oldest first, what was taken back included."""
        with _sentences(self.path):
            rows = self._connection.execute(f"SELECT {seals.CHANGES} FROM changes ORDER BY at_utc_us, uid").fetchall()
        try:
            return [changes.unpacked(row) for row in rows]
        except ValueError as error:
            raise errors.DamagedStore.of(self.path, "what it says of corrections is not what was written") from error

    def profiles(self) -> dict[str, Profile]:
        """person (folded code) -> what a helper said of them."""
        return changes.profiles(changes.standing(self.log()))

    def looks(self) -> dict[str, int]:
        """person -> when somebody last looked at them (`look`), in microseconds since 1970 UTC."""
        with _sentences(self.path):
            return dict(self._connection.execute("SELECT person, at_utc_us FROM looks").fetchall())

    def look(self, person: str, at_utc_us: int | None = None) -> None:
        """Somebody looks at this person now. Nothing happens where nothing can be written: it is a convenience."""
        now = time.time_ns() // 1000 if at_utc_us is None else at_utc_us
        with contextlib.suppress(sqlite3.Error, errors.RetrostepError), Store(self.path, wait_s=0.5) as other:
            other._connection.execute("INSERT OR REPLACE INTO looks VALUES (?, ?)", (person, now))

    # reading ------------------------------------------------------------------------------------------------
    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Several questions to one state of the file, whoever else writes meanwhile."""
        with _sentences(self.path):
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")

    def walks(self, corrected: bool = True) -> list[Walk]:
        """All sessions with their counts and summaries, oldest first; one without a clock before the next of its board.
        As people corrected them, those that were excluded among them (Walk.excluded); else as the boards said it."""
        with self._reading():
            seals.check_census(self._connection, self.path)
            rows = self._connection.execute(
                f"SELECT seal, id, {seals.COLUMNS}, content FROM sessions s ORDER BY coalesce(start_utc_us, min("
                "imported_utc_us, coalesce((SELECT n.start_utc_us FROM sessions n WHERE n.device_uid = s.device_uid "
                "AND n.session > s.session AND n.start_utc_us NOT NULL ORDER BY n.session LIMIT 1), imported_utc_us"
                "))), session"
            ).fetchall()
            log = self.log() if corrected else []
        for seal, *row in rows:
            if seals.of(row) != seal:
                raise errors.DamagedStore.of(self.path, f"what it says of session {row[2]} is not what was written")
        return changes.applied([walk_of(row) for _, *row in rows], log)

    def full(self, walk: Walk) -> Walk:
        """The same session with its steps and events, in the order of time. Raises NoSuchSession when somebody took it
        away, DamagedStore when they are not what was stored."""
        with self._reading():
            found = self._connection.execute("SELECT content FROM sessions WHERE id = ?", (walk.id,)).fetchone()
            if found is None:
                raise errors.NoSuchSession(f"Session {walk.session} is not in {self.path} any more; run this again.")
            (content,) = found
            if seals.content(self._connection, walk.id) != content:
                raise errors.DamagedStore.of(self.path, f"the steps of session {walk.session} are not what was written")
            return whole(self._connection, walk)

    def traces(self, walk: Walk) -> tuple[Trace, ...]:
        """The raw samples that the board kept around its alerts, read from its own bytes; () when there are none."""
        from retrostep_host import journal
        from retrostep_host.store.intake import traces

        try:
            return traces(journal.decode(self.raw(walk)))
        except errors.DamagedJournal:  # a store filled by a test, or by a newer board
            return ()

    def raw(self, walk: Walk) -> bytes:
        """The board's own bytes of a session. Raises DamagedStore when they are not what was stored."""
        with _sentences(self.path):
            query = "SELECT raw, sha1 FROM journals WHERE session_id = ?"
            found = self._connection.execute(query, (walk.id,)).fetchone()
            if found is None or seals.sha1(found[0]) != found[1]:
                raise errors.DamagedStore.of(self.path, f"the bytes of session {walk.session} are not what was written")
            return found[0]


def whole(connection: sqlite3.Connection, walk: Walk) -> Walk:
    """The walk with its steps and events, in the order of time; nothing is checked."""
    order = "WHERE session_id = ? ORDER BY t_s, seq"
    steps = connection.execute(f"{seals.STEPS} {order}", (walk.id,))
    found = tuple(Step(*row[:4], bool(row[4]), *row[5:]) for row in steps)
    events = connection.execute(f"{seals.EVENTS} {order}", (walk.id,))
    return replace(walk, steps=found, events=tuple(Event(*row) for row in events))


def walk_of(row: list) -> Walk:
    """A row of seals.COLUMNS, with its id before and its content after it."""
    row_id, device, session, boot, number, sha1, *rest = row
    *known, imported, firmware, counts, alerts, noticed, summary, _ = rest
    start, offset, duration, placement, side, ended, complete, gaps, settings = known
    return Walk(
        row_id, device, session, boot, start, offset, duration, placement, side, ended, bool(complete), gaps,
        json.loads(settings), imported, firmware, number, sha1, json.loads(noticed), json.loads(counts),
        json.loads(alerts), summary=summing.read(summary) or Summary(),
    )  # fmt: skip


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


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
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and without_room.is_full(path)):
        return errors.FullDisk(
            f"The disk with {path} is full; what was stored before is safe, and what was not is still on the board. "
            "Free some room and run this again."
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
