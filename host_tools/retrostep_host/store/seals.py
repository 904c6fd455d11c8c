# SPDX-License-Identifier: MIT
"""Seals: how the store knows that it still says what it was told.

in    an open connection to a store
out   SHA-1 of a session's row, of its steps and events, of all rows together; sentences when one differs
keeps `sessions.seal`, `sessions.content`, `journals.seal`, `census` (of the walks, what was deleted, every correction)
but   against a disk that forgets, not against a forger: whoever writes the file can write the seals
not   the structure of the file: SQLite's own quick check looks at that (sessions.Store.check)
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator

from retrostep_host.errors import DamagedStore
from retrostep_host.store.rows import Walk

COLUMNS = (
    "device_uid, session, boot, number, sha1, start_utc_us, utc_offset_min, duration_s, placement, side, ended, "
    "complete, gaps, settings, imported_utc_us, firmware, counts, alerts, noticed, summary"
)
CHANGES = "uid, at_utc_us, about, which, field, value, why, undoes"
DATED = "session_id, sha1, start_utc_us, utc_offset_min, imported_utc_us"  # of journals
STEPS = "SELECT seq, t_s, direction, confidence, inferred, stride_s, length_m, length_sd_m, contact, quality FROM steps"
EVENTS = "SELECT seq, t_s, kind, value, cause, score FROM events"


_text = json.JSONEncoder(default=repr).encode
_real = float.__repr__


def sha1(data: bytes) -> str:
    """In hex."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def of(values: Iterable[object]) -> str:
    """The seal of some values as SQLite gives them back."""
    return sha1(_text(list(values)).encode())  # a damaged row may hold bytes where a number was


def broken(rows: Iterable[tuple]) -> tuple | None:
    """The first of rows (seal, id, COLUMNS, content) that is not what was sealed; None when all are."""
    return next((row for row in rows if _quick(*row) != row[0] and of(row[1:]) != row[0]), None)


def _quick(_, key, uid, session, boot, number, digest, start, offset, lasts, placement, side, ended, whole, gaps,
           settings, copied, firmware, counts, alerts, noticed, summary, content) -> str:  # fmt: skip
    """`of` of a row, in a fifth of its time; "" for a row that this cannot say: `of` then does. JSON's quotes are put
    in last, for \x1f, so that those inside of all texts are escaped at once."""
    try:
        begun = "null" if start is None else f"{start:d}"
        apart = "null" if offset is None else f"{offset:d}"
        text = (
            f"[{key:d}, \x1f{uid}\x1f, {session:d}, \x1f{boot}\x1f, \x1f{number}\x1f, \x1f{digest}\x1f, "
            f"{begun}, {apart}, {_real(lasts)}, \x1f{placement}\x1f, \x1f{side}\x1f, \x1f{ended}\x1f, "
            f"{whole:d}, {gaps:d}, \x1f{settings}\x1f, {copied:d}, \x1f{firmware}\x1f, \x1f{counts}\x1f, "
            f"\x1f{alerts}\x1f, \x1f{noticed}\x1f, \x1f{summary}\x1f, \x1f{content}\x1f]"
        )
    except (TypeError, ValueError):  # a damaged row may hold anything
        return ""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\x1f", '"')
    return sha1(text.encode("utf-8", "replace"))


def content(connection: sqlite3.Connection, session: int) -> str:
    """The seal of a session's steps and events."""
    return of(
        row
        for query in (STEPS, EVENTS)
        for row in connection.execute(f"{query} WHERE session_id = ? ORDER BY seq", (session,))
    )


def steps(walk: Walk) -> Iterator[tuple]:
    """As STEPS gives them back."""
    for s in walk.steps:
        known = (s.stride_s, s.length_m, s.length_sd_m, s.contact, s.quality)
        yield (s.seq, s.t_s, s.direction, s.confidence, int(s.inferred), *known)


def events(walk: Walk) -> Iterator[tuple]:
    """As EVENTS gives them back."""
    for e in walk.events:
        yield e.seq, e.t_s, e.kind, e.value, e.cause, e.score


def write(connection: sqlite3.Connection, session: int, walk: Walk) -> None:
    """A session's steps and events, in place of those that are there."""
    for table, rows in (("steps", steps(walk)), ("events", events(walk))):
        connection.execute(f"DELETE FROM {table} WHERE session_id = ?", (session,))
        marks = ", ?" * (10 if table == "steps" else 6)
        connection.executemany(f"INSERT INTO {table} VALUES (?{marks})", ((session, *one) for one in rows))


def row(connection: sqlite3.Connection, session: int) -> None:
    """Seal a session's row, and that of its bytes, as they are now."""
    connection.execute("UPDATE sessions SET content = ? WHERE id = ?", (content(connection, session), session))
    found = connection.execute(f"SELECT id, {COLUMNS}, content FROM sessions WHERE id = ?", (session,)).fetchone()
    connection.execute("UPDATE sessions SET seal = ? WHERE id = ?", (of(found), session))
    dated = connection.execute(f"SELECT {DATED} FROM journals WHERE session_id = ?", (session,)).fetchone()
    connection.execute("UPDATE journals SET seal = ? WHERE session_id = ?", (of(dated), session))


def _all(
    connection: sqlite3.Connection, version: int | None = None, seals: list[tuple] | None = None
) -> tuple[int, str]:
    from retrostep_host.store.migrations import LATEST

    if seals is None:
        seals = connection.execute("SELECT id, seal FROM sessions NOT INDEXED ORDER BY id").fetchall()
    gone = connection.execute("SELECT sha1 FROM deleted ORDER BY sha1").fetchall()
    changes = connection.execute(f"SELECT {CHANGES} FROM changes ORDER BY uid").fetchall()
    return len(seals), of([version or LATEST, seals, gone, changes])


def take_census(connection: sqlite3.Connection) -> None:
    """After a change that was meant."""
    connection.execute("DELETE FROM census")
    connection.execute("INSERT INTO census VALUES (?, ?)", _all(connection))


def check_census(connection: sqlite3.Connection, path: object, seals: list[tuple] | None = None) -> None:
    """Raises DamagedStore when a session or a deletion is not there any more, or one that was not there is. `seals`:
    (id, seal) of every session by id, where they were read already."""
    if not is_ours(connection, seals):
        raise DamagedStore.of(path, "its list of walks is not the one that was written")


def is_ours(connection: sqlite3.Connection, seals: list[tuple] | None = None) -> bool:
    """The list of walks is the one that was written, by this version."""
    return connection.execute("SELECT walks, seal FROM census").fetchall() == [_all(connection, None, seals)]


def check_version_3(connection: sqlite3.Connection) -> None:
    """Raises DamagedStore when a row of a store of version 3 is not what was written: a new seal would hide it."""
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    older = COLUMNS.removesuffix(", summary")
    for seal, *values in connection.execute(f"SELECT seal, id, {older}, content FROM sessions WHERE seal != ''"):
        if of(values) != seal:
            raise DamagedStore.of(path, f"what it says of session {values[2]} is not what was written")
    rows = connection.execute("SELECT id, seal FROM sessions ORDER BY id").fetchall()
    gone = connection.execute("SELECT sha1 FROM deleted ORDER BY sha1").fetchall()
    counted = connection.execute("SELECT walks, seal FROM census").fetchall()
    if counted and counted != [(len(rows), of([3, rows, gone]))]:
        raise DamagedStore.of(path, "its list of walks is not the one that was written")


def check_version_5(connection: sqlite3.Connection) -> None:
    """Raises DamagedStore when the list of walks of a store of version 5 is not the one that was written."""
    from retrostep_host.store.migrations import LATEST

    path = connection.execute("PRAGMA database_list").fetchone()[2]
    counted = connection.execute("SELECT walks, seal FROM census").fetchall()
    if counted and counted not in ([_all(connection, 5)], [_all(connection, LATEST)]):  # the latter: summed just now
        raise DamagedStore.of(path, "its list of walks is not the one that was written")


def fill(connection: sqlite3.Connection) -> None:
    """The step from version 2: whose the bytes are, and what the rows amount to. The next step seals it."""
    from retrostep_host import journal
    from retrostep_host.errors import DamagedJournal
    from retrostep_host.store.intake import as_walk
    from retrostep_host.store.rows import ALERTS

    def grouped(query: str, session: int) -> str:
        return json.dumps(dict(connection.execute(query, (session,)).fetchall()), sort_keys=True)

    kinds = ", ".join(f"'{kind}'" for kind in ALERTS)
    for (session,) in connection.execute("SELECT session_id FROM journals").fetchall():
        (raw,) = connection.execute("SELECT raw FROM journals WHERE session_id = ?", (session,)).fetchone()
        number, said = "", {}
        with contextlib.suppress(DamagedJournal):
            walk = as_walk(journal.decode(raw), 0)
            number, said = walk.number, walk.noticed
            if of((*steps(walk), *events(walk))) != content(connection, session):  # the bytes have their own CRC
                write(connection, session, walk)
        counts = grouped("SELECT direction, count(*) FROM steps WHERE session_id = ? GROUP BY 1 ORDER BY 1", session)
        alerts = grouped(
            f"SELECT kind, count(*) FROM events WHERE session_id = ? AND kind IN ({kinds}) GROUP BY 1 ORDER BY 1",
            session,
        )
        connection.execute("UPDATE journals SET sha1 = ? WHERE session_id = ?", (sha1(raw), session))
        connection.execute(
            "UPDATE sessions SET number = ?, sha1 = ?, counts = ?, alerts = ?, noticed = ? WHERE id = ?",
            (number, sha1(raw), counts, alerts, json.dumps(said, sort_keys=True), session),
        )
