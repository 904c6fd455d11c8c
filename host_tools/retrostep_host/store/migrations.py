# SPDX-License-Identifier: MIT
"""Migrations: the shape of the store, as numbered steps that are never edited once released.

in    an open sqlite3 connection in autocommit mode; its foreign keys are off afterwards
out   the same, at version LATEST; the step and the number that records it are one transaction
keeps `PRAGMA user_version` (how many steps were applied) and `PRAGMA application_id` (that it is ours)
not   a way back: a store made by a newer version is refused, untouched

A new shape is a new tuple at the end. docs/cli.md shows the tables to those who open the file themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

APPLICATION_ID = 0x52455452  # "RETR": tells our file from any other SQLite file

Step = str | Callable[[sqlite3.Connection], None]


def _whose(connection: sqlite3.Connection) -> None:
    """Fill in what an older store did not keep: from the bytes whose they are, from the rows what they amount to."""
    from retrostep_host.store import seals

    seals.fill(connection)


def _met(connection: sqlite3.Connection) -> None:
    """What the rows of steps do not hold, from the bytes."""
    from retrostep_host.store import contacts, seals

    seals.check_version_5(connection)
    contacts.fill(connection)
    seals.take_census(connection)


def _summed(connection: sqlite3.Connection) -> None:
    """Count what each session amounts to, and seal everything anew."""
    from retrostep_host.store import seals, summing

    seals.check_version_3(connection)
    summing.refresh(connection)
    seals.take_census(connection)


STEPS: tuple[tuple[Step, ...], ...] = (
    (
        """CREATE TABLE sessions (
            id INTEGER PRIMARY KEY,
            device_uid TEXT NOT NULL,
            session INTEGER NOT NULL,      -- the board's own number
            boot TEXT NOT NULL,            -- tells two sessions 3 apart after the board's log was lost
            start_utc_us INTEGER,          -- NULL: the board's clock was not set
            utc_offset_min INTEGER,
            duration_s REAL NOT NULL,
            placement TEXT NOT NULL,
            side TEXT NOT NULL,
            ended TEXT NOT NULL,           -- retrostep.events.ENDS
            complete INTEGER NOT NULL,     -- ended, and every block present
            gaps INTEGER NOT NULL,         -- places where blocks or samples are missing
            settings TEXT NOT NULL,        -- JSON, settings in force
            imported_utc_us INTEGER NOT NULL,
            firmware TEXT NOT NULL,
            UNIQUE (device_uid, session, boot))""",
        """CREATE TABLE steps (
            session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            t_s REAL NOT NULL,             -- s since the session's first sample
            direction TEXT NOT NULL,
            confidence REAL NOT NULL,      -- 0-1
            inferred INTEGER NOT NULL,     -- 1: the other leg's step
            stride_s REAL,                 -- NULL: unknown, here and below
            length_m REAL,
            length_sd_m REAL,
            contact TEXT NOT NULL,
            quality INTEGER NOT NULL,      -- flags, retrostep.events.QUALITY
            PRIMARY KEY (session_id, seq)) WITHOUT ROWID""",
        """CREATE TABLE events (
            session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            t_s REAL NOT NULL,
            kind TEXT NOT NULL,            -- retrostep.events.KINDS
            value TEXT,                    -- what was felt, or the name of the reason
            cause TEXT,                    -- the kind that led to a buzz
            score REAL,                    -- how far past the threshold; 1 is at it
            PRIMARY KEY (session_id, seq)) WITHOUT ROWID""",
        """CREATE TABLE journals (
            session_id INTEGER PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
            raw BLOB NOT NULL)             -- the board's bytes, so that a better decoder can read them again""",
        "CREATE INDEX sessions_by_start ON sessions (start_utc_us)",
        f"PRAGMA application_id = {APPLICATION_ID}",
    ),
    (
        """CREATE TABLE deleted (
            sha1 TEXT PRIMARY KEY)         -- of the bytes of a session that was deleted: it does not come in again""",
    ),
    (
        """CREATE TABLE newer (
            id INTEGER PRIMARY KEY,
            device_uid TEXT NOT NULL,
            session INTEGER NOT NULL,      -- the board's own number
            boot TEXT NOT NULL,
            number TEXT NOT NULL,          -- the walk's own, 16 hex digits; '' where an older firmware gave it none
            sha1 TEXT NOT NULL,            -- of the board's bytes
            start_utc_us INTEGER,          -- NULL: the board's clock was not set
            utc_offset_min INTEGER,
            duration_s REAL NOT NULL,
            placement TEXT NOT NULL,
            side TEXT NOT NULL,
            ended TEXT NOT NULL,           -- retrostep.events.ENDS
            complete INTEGER NOT NULL,     -- ended, and every block present
            gaps INTEGER NOT NULL,         -- places where blocks or samples are missing
            settings TEXT NOT NULL,        -- JSON, settings in force
            imported_utc_us INTEGER NOT NULL,
            firmware TEXT NOT NULL,
            counts TEXT NOT NULL,          -- JSON, direction -> steps
            alerts TEXT NOT NULL,          -- JSON, stumble, fall, wobble -> how often
            noticed TEXT NOT NULL,         -- JSON, what the board noticed about itself -> how often, or how much
            content TEXT NOT NULL,         -- SHA-1 of its steps and events
            seal TEXT NOT NULL,            -- SHA-1 of this row
            UNIQUE (device_uid, session, boot, number, sha1))""",
        """INSERT INTO newer SELECT id, device_uid, session, boot, '', '', start_utc_us, utc_offset_min, duration_s,
            placement, side, ended, complete, gaps, settings, imported_utc_us, firmware, '', '', '{}', '', ''
            FROM sessions""",
        "DROP TABLE sessions",
        "ALTER TABLE newer RENAME TO sessions",
        "CREATE INDEX sessions_by_start ON sessions (start_utc_us)",
        """CREATE TABLE bytes (
            session_id INTEGER PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
            sha1 TEXT NOT NULL,            -- of raw
            start_utc_us INTEGER,          -- as in sessions: a rebuilt row has it from here
            utc_offset_min INTEGER,
            imported_utc_us INTEGER NOT NULL,
            seal TEXT NOT NULL,            -- SHA-1 of this row without raw
            raw BLOB NOT NULL              -- the board's bytes, so that a better decoder can read them again
            )""",
        """INSERT INTO bytes SELECT j.session_id, '', s.start_utc_us, s.utc_offset_min, s.imported_utc_us, '', j.raw
            FROM journals j JOIN sessions s ON s.id = j.session_id""",
        "DROP TABLE journals",
        "ALTER TABLE bytes RENAME TO journals",
        """CREATE TABLE copies (
            sha1 TEXT PRIMARY KEY,         -- of raw
            session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            raw BLOB NOT NULL              -- what a board had of that session when it had less of it
            )""",
        """CREATE TABLE census (
            walks INTEGER NOT NULL,        -- rows in sessions
            seal TEXT NOT NULL             -- SHA-1 of their seals and of what was deleted
            )""",
        _whose,
    ),
    (
        """CREATE TABLE changes (
            uid TEXT PRIMARY KEY,          -- 16 hex digits, the same in every copy of the store
            at_utc_us INTEGER NOT NULL,
            about TEXT NOT NULL,           -- walk, person
            which TEXT NOT NULL,           -- SHA-1 of the walk's bytes, or the person's code, folded
            field TEXT NOT NULL,           -- code, side, aid, start, excluded, notes, mass_kg, height_m, plan
            value TEXT NOT NULL,           -- JSON; null: as the board said it
            why TEXT NOT NULL,
            undoes TEXT NOT NULL           -- uid of the change that this one takes back, or ''
            )""",
        """CREATE TABLE looks (
            person TEXT PRIMARY KEY,       -- the code, folded
            at_utc_us INTEGER NOT NULL     -- when somebody last looked at them
            )""",
    ),
    (
        "ALTER TABLE sessions ADD COLUMN summary TEXT NOT NULL DEFAULT ''",  # JSON, store/summing.py
        """CREATE TABLE joins (
            key TEXT PRIMARY KEY,          -- SHA-1 over the sessions it puts together; made anew by itself
            said TEXT NOT NULL             -- JSON, store/together.py
            )""",
        _summed,
    ),
    (
        """CREATE TABLE contacts (
            session_id INTEGER PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
            seal TEXT NOT NULL,            -- SHA-1 of said
            said BLOB NOT NULL             -- 3 bytes a step: stance/255, confidence of toe or heel/255, range/100 rad
            )""",
        _met,
    ),
)
LATEST = len(STEPS)


def version(connection: sqlite3.Connection) -> int:
    """How many steps this store has seen; asking writes nothing."""
    return connection.execute("PRAGMA user_version").fetchone()[0]


def migrate(connection: sqlite3.Connection, steps: tuple[tuple[Step, ...], ...] = STEPS) -> int:
    """Bring the store to the latest version; all of it or nothing. Returns how many steps were taken."""
    if version(connection) >= len(steps):
        return 0
    connection.execute("PRAGMA foreign_keys = OFF")  # a table that is made anew must not take its children along
    connection.execute("BEGIN IMMEDIATE")
    try:
        start = version(connection)  # again, now that nobody else can write
        for step in steps[start:]:
            for statement in step:
                statement(connection) if callable(statement) else connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {max(start, len(steps))}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already
            connection.execute("ROLLBACK")
        raise
    return max(0, len(steps) - start)
