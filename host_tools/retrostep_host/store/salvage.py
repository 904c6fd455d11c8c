# SPDX-License-Identifier: MIT
"""Salvage: what can still be read in a store that is damaged, row by row and block by block.

in    a copy of the file that may be changed, SQLite's log beside it if there was one
out   Saved: the bytes of each session, what is known of its date, what was deleted
but   every question is asked alone: one that meets a damaged page costs its own answer and no other
from  a block carries its own CRC (docs/formats.md): what is carved out of a page was written by a board
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from retrostep.journal import block

from retrostep_host import journal
from retrostep_host.errors import BadCorrection, DamagedJournal
from retrostep_host.store import changes, copies, pages, seals
from retrostep_host.store.rows import Walk
from retrostep_host.store.sessions import Store, walk_of, whole

SKIPS = 200  # damaged places that a walk over a table may step over
MOST, BEYOND = 100_000, 20  # ids that are asked for although no list names them


@dataclass
class Bytes:
    """The bytes of a session. `sha1` is what was stored with them, "" when that is lost; `is_dated`: its date, or that
    it has none, could be read; `walk` its rows, when every seal on them is right."""

    raw: bytes
    sha1: str = ""
    start_utc_us: int | None = None
    utc_offset_min: int | None = None
    imported_utc_us: int | None = None
    is_dated: bool = False
    walk: Walk | None = None
    was_mended: bool = False

    @property
    def is_whole(self) -> bool:
        if self.sha1:
            return seals.sha1(self.raw) == self.sha1
        with contextlib.suppress(DamagedJournal):
            return journal.decode(self.raw).complete
        return False


@dataclass
class Saved:
    """`others`: bytes that a board had of a session when it had less of it; `missing`: walks that are not there."""

    missing: int = 0
    sessions: list[Bytes] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    changes: list[tuple] = field(default_factory=list)  # rows of the log of corrections that can be read


def mended(raw: bytes, sha1: str) -> bytes | None:
    """The bytes with this SHA-1, from those in which single bits changed: a block's CRC finds the bit, the SHA-1 proves
    it. None when that does not give them."""
    out = bytearray(raw)
    for at in range(0, len(out), block.SIZE):
        piece = out[at : at + block.SIZE]
        if len(piece) < block.SIZE or block.check(piece):
            continue
        for bit in range(8 * block.SIZE):
            piece[bit >> 3] ^= 1 << (bit & 7)
            if block.check(piece):
                out[at : at + block.SIZE] = piece
                break
            piece[bit >> 3] ^= 1 << (bit & 7)
    return bytes(out) if seals.sha1(bytes(out)) == sha1 else None


def read(path: Path, progress: Callable[[int, int], None] | None = None) -> Saved:
    """Everything that can be read. Never raises for what is wrong with the file; OSError when it cannot be opened."""
    data = path.read_bytes()
    log = path.with_name(path.name + "-wal")
    both = [data, log.read_bytes() if log.exists() else b""]
    saved = _asked(path, progress)
    if not any(one.is_dated for one in saved.sessions):  # the first page holds the way to all others
        path.write_bytes(_with_a_first_page(path, data))
        again = _asked(path, progress)
        saved = again if any(one.is_dated for one in again.sessions) else saved
    _carved(both, saved)
    return saved


def _asked(path: Path, progress: Callable[[int, int], None] | None) -> Saved:
    saved = Saved()
    with contextlib.suppress(sqlite3.Error):
        connection = sqlite3.connect(path, isolation_level=None)
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        with contextlib.closing(connection):
            connection.execute("PRAGMA writable_schema = ON")  # a table that cannot be understood hides no other
            _rows(connection, saved, progress)
    return saved


def _with_a_first_page(path: Path, data: bytes) -> bytes:
    """The file with the first page of a store that was made just now: most have the same."""
    other = path.with_name("first" + path.suffix)
    Store(other).close()
    first = bytearray(other.read_bytes()[: pages.COMMON])
    first[28:40] = struct.pack(">III", len(data) // pages.COMMON, 0, 0)  # pages; no free ones
    first[92:96] = first[24:28]  # else SQLite would not believe the number of pages
    return bytes(first) + data[pages.COMMON :]


def _rows(connection: sqlite3.Connection, saved: Saved, progress: Callable[[int, int], None] | None) -> None:
    seen = {*_column(connection, "journals", "session_id"), *_column(connection, "sessions", "id")}
    ids = sorted(seen | set(range(1, min(max(seen, default=0), MOST) + BEYOND)))
    for done, row in enumerate(ids):
        if progress:
            progress(done, len(ids))
        raw = _one(connection, "SELECT raw FROM journals WHERE session_id = ?", row)
        if raw is None or not isinstance(raw[0], bytes):
            continue
        saved.sessions.append(_session(connection, row, raw[0]))
    census = _one(connection, "SELECT walks FROM census", None)
    if census and type(census[0]) is int and len(saved.sessions) < census[0] <= MOST:
        saved.missing = census[0] - len(saved.sessions)
    for table, wanted in (("copies", saved.others), ("deleted", None)):
        for key in _column(connection, table, "rowid"):
            columns = "sha1" if wanted is None else "sha1, raw"
            row = _one(connection, f"SELECT {columns} FROM {table} WHERE rowid = ?", key)
            if row is None or not isinstance(row[0], str):
                continue
            if wanted is None:
                saved.deleted.add(row[0])
            elif isinstance(row[1], bytes) and seals.sha1(row[1]) == row[0]:
                wanted.append(row[1])

    for key in _column(connection, "changes", "rowid"):
        row = _one(connection, f"SELECT {seals.CHANGES} FROM changes WHERE rowid = ?", key)
        with contextlib.suppress(ValueError, TypeError, BadCorrection):
            changes.checked(row[2], row[4], json.loads(row[5]))
            if type(row[1]) is int and all(isinstance(one, str) for one in (row[0], row[3], row[6], row[7])):
                saved.changes.append(row)


def _session(connection: sqlite3.Connection, row: int, raw: bytes) -> Bytes:
    """What is known of the session with these bytes: from its row, or from the second copy of its date."""
    found = Bytes(raw)
    listed = _one(connection, f"SELECT id, {seals.COLUMNS}, content FROM sessions WHERE id = ?", row)
    is_right = listed is not None and _one(connection, _SEAL, row) == (seals.of(listed),)
    dated = _one(connection, f"SELECT {seals.DATED} FROM journals WHERE session_id = ?", row)
    found.is_dated = True
    if is_right:
        found.sha1 = listed[5]
        found.start_utc_us, found.utc_offset_min, found.imported_utc_us = listed[6], listed[7], listed[15]
        with contextlib.suppress(sqlite3.Error):
            if seals.content(connection, row) == listed[-1]:
                found.walk = whole(connection, walk_of(list(listed)))
    elif dated is not None and _one(connection, _DATE_SEAL, row) == (seals.of(dated),):
        found.sha1, found.start_utc_us, found.utc_offset_min, found.imported_utc_us = dated[1:]
    elif _one(connection, _SEAL, row) is None and (old := _one(connection, _UNSEALED, row)) is not None:  # version 2
        if all(one is None or type(one) is int for one in old):
            found.start_utc_us, found.utc_offset_min, found.imported_utc_us = old
        found.sha1 = seals.sha1(raw)
    else:
        found.is_dated = False
    if found.sha1 and not found.is_whole:
        again = mended(raw, found.sha1)
        found.was_mended = again is not None
        found.raw = again or raw
    return found


_SEAL = "SELECT seal FROM sessions WHERE id = ?"
_UNSEALED = "SELECT start_utc_us, utc_offset_min, imported_utc_us FROM sessions WHERE id = ?"
_DATE_SEAL = "SELECT seal FROM journals WHERE session_id = ?"


def is_less(raw: bytes, than: bytes) -> bool:
    """These bytes are part of the others."""
    return copies.compare(than, raw) == copies.LESS


def _one(connection: sqlite3.Connection, query: str, key: int | None) -> tuple | None:
    try:
        return connection.execute(query, () if key is None else (key,)).fetchone()
    except (sqlite3.Error, OverflowError):
        return None


def _column(connection: sqlite3.Connection, table: str, column: str) -> Iterator[int]:
    """The keys of a table, as far as its pages can be walked from both ends."""
    for order, compare, at in (("ASC", ">", -1), ("DESC", "<", 1 << 62)):
        for _ in range(SKIPS):
            try:
                query = f"SELECT {column} FROM {table} WHERE {column} {compare} ? ORDER BY {column} {order}"
                for (key,) in connection.execute(query, (at,)):
                    if isinstance(key, int):
                        at = key
                        yield key
                break
            except sqlite3.Error:
                at += 1 if order == "ASC" else -1


def _carved(files: list[bytes], saved: Saved) -> None:
    """Sessions of which no row says anything, and blocks that a row's bytes lack."""
    from retrostep_host.sync import carve

    walks: dict[tuple, list[bytes]] = {}
    for piece in (piece for data in files for piece in pages.blocks(data)):
        walks.setdefault(journal.identity(block.Header(piece)), []).append(piece)
    for one in (one for pieces in walks.values() for one in carve.gather(pieces)):
        known = False
        for stored in saved.sessions:
            kind = copies.compare(stored.raw, one.data)
            known = known or kind in (copies.SAME, copies.LESS)
            if kind == copies.MORE and not stored.is_whole:
                stored.raw, known = one.data, True
        known = known or any(copies.compare(raw, one.data) in (copies.SAME, copies.LESS) for raw in saved.others)
        if not known and seals.sha1(one.data) not in saved.deleted:
            saved.sessions.append(Bytes(one.data))
            saved.missing = max(0, saved.missing - 1)
