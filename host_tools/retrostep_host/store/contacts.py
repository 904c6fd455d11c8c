# SPDX-License-Identifier: MIT
"""Contacts: what a step's row does not hold: stance, how sure toe or heel is, the range of the sagittal angle.

in    Step objects, or the board's bytes where an older store kept none
out   three bytes for each step in the order of seq, as the board wrote them: stance / 255, contact confidence / 255,
      sagittal range in 0.01 rad; 0 = not known
keeps `contacts`: one row a session, with its own seal; 3 bytes a step, where columns of the steps would take 30
but   a session of which there is none (its bytes cannot be read) has no row: nothing is known
from  the layout of a STEP record: retrostep.journal.records
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter

from retrostep_host.errors import DamagedJournal, DamagedStore
from retrostep_host.store import seals
from retrostep_host.store.rows import Step, Walk

WIDTH = 3
SCALES = (255, 255, 100)
_KEPT = attrgetter(*(one.name for one in fields(Step)[: -len(SCALES)]))  # what a step's row holds


def packed(steps: Iterable[Step]) -> bytes:
    """Of each step its three bytes."""
    return bytes(
        min(255, max(0, round((value or 0) * scale)))
        for step in steps
        for value, scale in zip((step.stance, step.contact_confidence, step.sagittal_rad), SCALES, strict=True)
    )


def _values(scale: int) -> tuple[float | None, ...]:
    return (None, *(byte / scale for byte in range(1, 256)))


_OF = tuple(map(_values, SCALES))


def columns(said: bytes) -> list[list[float | None]]:
    """(stance, contact confidence, sagittal range), each a list with one value a step."""
    return [[of[byte] for byte in said[at::WIDTH]] for at, of in enumerate(_OF)]


def write(connection: sqlite3.Connection, session: int, steps: Iterable[Step]) -> None:
    """Keep what is known of a session's steps; nothing when nothing is."""
    said = packed(steps)
    if any(said):
        connection.execute("INSERT OR REPLACE INTO contacts VALUES (?, ?, ?)", (session, seals.sha1(said), said))


def read(connection: sqlite3.Connection, session: int, count: int, path: object = "") -> bytes:
    """The bytes of a session with `count` steps, zeros where nothing is known. Raises DamagedStore."""
    found = connection.execute("SELECT seal, said FROM contacts WHERE session_id = ?", (session,)).fetchone()
    if found is None:
        return bytes(WIDTH * count)
    seal, said = found
    if seals.sha1(said) != seal or len(said) != WIDTH * count:
        raise DamagedStore.of(path, "what it says of how feet met the ground is not what was written")
    return said


def joined(connection: sqlite3.Connection, walk: Walk, path: object) -> tuple[Step, ...]:
    """The steps of a whole walk, with what is kept here. Raises DamagedStore."""
    said = read(connection, walk.id, len(walk.steps), path)
    if not any(said):
        return walk.steps
    of = dict(zip(sorted(step.seq for step in walk.steps), zip(*columns(said), strict=True), strict=True))
    return tuple(Step(*_KEPT(step), *of[step.seq]) for step in walk.steps)


def fill(connection: sqlite3.Connection) -> None:
    """The step to version 6: read them from every session's bytes, where those give the steps that are stored."""
    from retrostep_host import journal
    from retrostep_host.store.intake import as_walk

    for (session,) in connection.execute("SELECT session_id FROM journals").fetchall():
        (raw,) = connection.execute("SELECT raw FROM journals WHERE session_id = ?", (session,)).fetchone()
        with contextlib.suppress(DamagedJournal):
            walk = as_walk(journal.decode(raw), 0)
            kept = connection.execute("SELECT t_s FROM steps WHERE session_id = ? ORDER BY seq", (session,)).fetchall()
            if [t for (t,) in kept] == [step.t_s for step in walk.steps]:
                write(connection, session, walk.steps)
