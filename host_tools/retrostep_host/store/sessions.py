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
not   several computers writing at once (docs/decisions.md); errors other than the store's of retrostep_host.errors
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from retrostep_host import errors
from retrostep_host.store import changes, contacts, copies, seals, streaming, summing, without_room
from retrostep_host.store.opening import WAIT_S, Opened, transaction
from retrostep_host.store.rows import Change, Event, Profile, Step, Trace, Walk, folded, in_order
from retrostep_host.store.sentences import spoken

NEW, MORE, BESIDE, HAD, GONE = "new", "more", "beside", "had", "gone"


class Store(Opened):
    """The store at `path`; made on the first write. Use it in a `with`, or close it."""

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
            return self.place(connection, walk, raw, digest) in (NEW, MORE, BESIDE)

    def place(self, connection: sqlite3.Connection, walk: Walk, raw: bytes, digest: str) -> str:
        """`add` inside a change under way: NEW, MORE (of one that was there), BESIDE (new, and another goes by the same
        numbers), HAD, or GONE (deleted here)."""
        if self.was_deleted(digest):
            return GONE
        parts, others = [], 0
        for row, stored in self._alike(walk):
            before = connection.execute("SELECT raw FROM journals WHERE session_id = ?", (row,)).fetchone()[0]
            kind = copies.compare(before, raw) if seals.sha1(before) == stored else copies.OTHER
            if kind == copies.SAME:
                return HAD
            if kind == copies.LESS:
                connection.execute("INSERT OR REPLACE INTO copies VALUES (?, ?, ?)", (digest, row, raw))
                return HAD
            if kind == copies.MORE or stored == digest:  # the latter: a disk has changed them since; here they are
                parts.append(row)
            else:
                others += 1
        for row in parts:
            walk = self._dated(walk, row)
            connection.execute(
                "UPDATE changes SET which = ? WHERE about = 'walk' AND which = "
                "(SELECT sha1 FROM sessions WHERE id = ?)",
                (digest, row),
            )
            connection.execute("DELETE FROM sessions WHERE id = ?", (row,))
        self.insert(connection, replace(walk, sha1=digest), raw)
        return MORE if parts else BESIDE if others else NEW

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """A change that is meant: all of it or nothing, and the census is taken again. Raises DamagedStore before it
        when the list of walks is not the one that was written."""
        with spoken(self.path), transaction(self._connection) as connection:
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
            summing.said(summing.kept(walk) or summing.of(walk, raw)),
        )
        marks = ", ".join("?" * len(values))
        row = connection.execute(
            f"INSERT INTO sessions ({seals.COLUMNS}, content, seal) VALUES ({marks}, '', '')", values
        ).lastrowid
        seals.write(connection, row, walk)
        contacts.write(connection, row, walk.steps)
        connection.execute(
            "INSERT INTO journals VALUES (?, ?, ?, ?, ?, '', ?)",
            (row, seals.sha1(raw), walk.start_utc_us, walk.utc_offset_min, walk.imported_utc_us, raw),
        )
        seals.row(connection, row)
        return row

    def holds(self, sha1: str) -> bool:
        """Whether bytes with this SHA-1 stand in the file itself: read by another connection, and counted again."""
        with spoken(self.path):
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
            with spoken(self.path):
                source, self._connection = self._connection, without_room.copy(self._connection)
                self._delete(walks)
                without_room.replace(self.path, self._connection, source)
            return ""
        with spoken(self.path):
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
        with spoken(self.path):
            return self._connection.execute("SELECT 1 FROM deleted WHERE sha1 = ?", (sha1,)).fetchone() is not None

    # what people say afterwards -------------------------------------------------------------------------------
    def say(self, about: str, which: str, field: str, value: object, why: str = "") -> Change | None:
        """Correct a walk (`which`: Walk.sha1) or say something of a person (`which`: their code). None when that is
        what holds already. Raises BadCorrection for what cannot be."""
        return next(iter(self.say_all(about, [which], {field: value}, why)), None)

    def say_all(self, about: str, which: Iterable[str], fields: dict, why: str = "") -> list[Change]:
        """The same of several walks or persons, in one go: all of it or nothing. The changes carry one time."""
        fields = {field: changes.checked(about, field, value) for field, value in fields.items()}
        names = [folded(one) if about == "person" else one for one in which]
        done = []
        with self.changing() as connection:
            log = self.log()
            held = changes.standing(log)
            newest = max((change.at_utc_us for change in log), default=0)
            now = max(time.time_ns() // 1000, newest + 1)  # a clock that went back does not turn the order
            for name in names:
                for field, value in fields.items():
                    before = held.get((about, name), {}).get(field)
                    if (before.value if before else None) != value:
                        done.append(Change(changes.uid(), now, about, name, field, value, why))
                        self._append(connection, done[-1])
        return done

    def take_back(self, *uids: str) -> None:
        """Undo changes, all of them or none; the ones before them hold again. Raises BadCorrection when one is not
        there, or undone."""
        with self.changing() as connection:
            log = {change.uid: change for change in self.log()}
            gone = {change.undoes for change in log.values()}
            for uid in uids:
                if uid not in log or uid in gone:
                    raise errors.BadCorrection(f"There is no change {uid} to take back; nothing was changed.")
                one = log[uid]
                now = max(time.time_ns() // 1000, *(change.at_utc_us + 1 for change in log.values()))
                self._append(connection, Change(changes.uid(), now, one.about, one.which, one.field, None, "", uid))

    @staticmethod
    def _append(connection: sqlite3.Connection, change: Change) -> None:
        connection.execute("INSERT OR IGNORE INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", changes.packed(change))

    def log(self) -> list[Change]:
        """Everything that was said of walks and persons, oldest first, what was taken back included."""
        with spoken(self.path):
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
        with spoken(self.path):
            return dict(self._connection.execute("SELECT person, at_utc_us FROM looks").fetchall())

    def look(self, person: str, at_utc_us: int | None = None) -> None:
        """Somebody looks at this person now. Nothing happens where nothing can be written: it is a convenience."""
        now = time.time_ns() // 1000 if at_utc_us is None else at_utc_us
        with contextlib.suppress(sqlite3.Error, errors.RetrostepError), Store(self.path, wait_s=0.5) as other:
            other._connection.execute("INSERT OR REPLACE INTO looks VALUES (?, ?)", (person, now))

    def joins(self) -> dict[str, dict]:
        """What together.py found several sessions to amount to."""
        with spoken(self.path):
            rows = self._connection.execute("SELECT key, said FROM joins").fetchall()
        with contextlib.suppress(ValueError, TypeError):
            return {key: json.loads(said) for key, said in rows}
        return {}

    def keep_joins(self, found: dict[str, dict]) -> None:
        """Keep them for the next list. Nothing happens where nothing can be written."""
        rows = [(key, json.dumps(said, sort_keys=True)) for key, said in found.items()]
        with contextlib.suppress(sqlite3.Error, errors.RetrostepError), Store(self.path, wait_s=0.5) as other:
            other._connection.executemany("INSERT OR REPLACE INTO joins VALUES (?, ?)", rows)

    # reading ------------------------------------------------------------------------------------------------
    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Several questions to one state of the file, whoever else writes meanwhile."""
        with spoken(self.path):
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
            state = (*self._connection.execute("PRAGMA data_version").fetchone(), self._connection.total_changes)
            if self._known.get(corrected, (None,))[0] == state:
                return list(self._known[corrected][1])
            columns = f"seal, id, {seals.COLUMNS}, content"
            rows = self._connection.execute(f"SELECT {columns} FROM sessions NOT INDEXED ORDER BY id").fetchall()
            seals.check_census(self._connection, self.path, [(row[1], row[0]) for row in rows])
            log = self.log() if corrected else []
        if (row := seals.broken(rows)) is not None:
            raise errors.DamagedStore.of(self.path, f"what it says of session {row[3]} is not what was written")
        found = _in_time(changes.applied(in_order(_walks([row[1:] for row in rows])), log))
        self._known[corrected] = (state, found)
        return list(found)

    def full(self, walk: Walk) -> Walk:
        """The same session with its steps and events, in the order of time; of one that several boards saw, what each
        saw, and what is counted of it. Raises NoSuchSession when somebody took it
        away, DamagedStore when they are not what was stored."""
        if walk.views:
            from retrostep_host.store import together

            return together.merged([self.full(view) for view in walk.views])
        with self._reading():
            found = self._connection.execute("SELECT content FROM sessions WHERE id = ?", (walk.id,)).fetchone()
            if found is None:
                raise errors.NoSuchSession(f"Session {walk.session} is not in {self.path} any more; run this again.")
            (content,) = found
            if seals.content(self._connection, walk.id) != content:
                raise errors.DamagedStore.of(self.path, f"the steps of session {walk.session} are not what was written")
            found = whole(self._connection, walk)
            return replace(found, steps=contacts.joined(self._connection, found, self.path))

    def columns(self, walk: Walk) -> tuple[streaming.Steps, tuple[Event, ...]]:
        """Its steps as columns, and its events: `full` for who reads many. Raises NoSuchSession, DamagedStore."""
        with self._reading():
            return streaming.read(self._connection, walk, self.path)

    def deleted(self) -> list[str]:
        """SHA-1 of the bytes of every session that was deleted here."""
        with spoken(self.path):
            return [sha1 for (sha1,) in self._connection.execute("SELECT sha1 FROM deleted ORDER BY sha1")]

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
        with spoken(self.path):
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


def _in_time(walks: list[Walk]) -> list[Walk]:
    """The same, those whose clock was wrong, or whose time a person said, where they belong."""
    moved = [walk for walk in walks if walk.is_misdated or "start" in walk.was]
    if not moved:
        return walks
    found = [walk for walk in walks if not (walk.is_misdated or "start" in walk.was)]
    times = [_began(walk) for walk in found]
    for walk in moved:
        at = bisect_right(times, _began(walk))
        found.insert(at, walk)
        times.insert(at, _began(walk))
    return found


def _began(walk: Walk) -> int:
    return walk.imported_utc_us if walk.start is None else walk.start_utc_us or 0


def _walks(rows: list[tuple]) -> list[Walk]:
    """Rows as walk_of takes them. What most of them share is read once, their summaries when they are asked for: most
    of the time of a long list."""
    known = {text: json.loads(text) for column in (14, 18, 19) for text in {row[column] for row in rows}}
    said = json.loads("[" + ",".join([row[17] for row in rows]) + "]")
    return [
        walk_of(row, (known[row[14]], counts, known[row[18]], known[row[19]], summing.Kept(row[20])))
        for row, counts in zip(rows, said, strict=True)
    ]


def walk_of(row: Sequence, said: tuple | None = None) -> Walk:
    """A row of seals.COLUMNS, with its id before and its content after it; `said`: its JSON, read already."""
    row_id, device, session, boot, number, sha1, *rest = row
    *known, imported, firmware, counts, alerts, noticed, summary, _ = rest
    start, offset, duration, placement, side, ended, complete, gaps, settings = known
    settings, counts, alerts, noticed, summary = said or (
        *(json.loads(text) for text in (settings, counts, alerts, noticed)),
        summing.read(summary),
    )
    walk = object.__new__(Walk)  # what Walk(...) does, for thousands: a frozen object sets each field by a call
    walk.__dict__.update(
        id=row_id, device_uid=device, session=session, boot=boot, start_utc_us=start, utc_offset_min=offset,
        duration_s=duration, placement=placement, side=side, ended=ended, complete=bool(complete), gaps=gaps,
        settings=settings, imported_utc_us=imported, firmware=firmware, number=number, sha1=sha1, noticed=noticed,
        counts=counts, alerts=alerts, was={}, summary=summary,
    )  # fmt: skip
    return walk
