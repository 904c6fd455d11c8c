# SPDX-License-Identifier: MIT
"""Streaming: a session's steps as columns, checked against their seal, for who reads millions of them.

in    an open connection, a walk; or whole Step objects
out   Steps: one list a column, in the order of seq
from  the seal is over json.dumps of the rows (seals.of); the same text is put together here from columns, so that each
      number is written once, and numbers that repeat (a board stores ms, mm, 1/255) are written once a file
but   where the quick text does not fit the seal, seals.content decides
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, islice
from operator import le

from retrostep_host.errors import DamagedStore, NoSuchSession
from retrostep_host.store import contacts, seals
from retrostep_host.store.rows import Event, Step, Walk

MOST = 200_000  # texts of numbers that are kept for the next session


@dataclass
class Steps:
    """Columns of one session, each with one value a step. `at` is `t_s` as text."""

    seq: Sequence[int]
    t_s: Sequence[float]
    direction: Sequence[str]
    confidence: Sequence[float]
    inferred: Sequence[int]
    stride_s: Sequence[float | None]
    length_m: Sequence[float | None]
    length_sd_m: Sequence[float | None]
    contact: Sequence[str]
    quality: Sequence[int]
    stance: Sequence[float | None]
    contact_confidence: Sequence[float | None]
    sagittal_rad: Sequence[float | None]
    at: Sequence[str]

    def __len__(self) -> int:
        return len(self.seq)

    def those(self, chosen: Sequence[bool]) -> Steps:
        """The steps that are chosen."""
        return self if all(chosen) else Steps(*(list(compress(column, chosen)) for column in vars(self).values()))

    def in_time(self) -> Steps:
        """The same in the order of time, as whole walks have them."""
        if all(map(le, self.t_s, islice(self.t_s, 1, None))):
            return self
        order = sorted(range(len(self)), key=lambda n: (self.t_s[n], self.seq[n]))
        return Steps(*([column[n] for n in order] for column in vars(self).values()))


class Texts(dict):
    """A value -> its JSON, remembered. One for each kind of value: 1 and 1.0 are one key."""

    def __missing__(self, value: object) -> str:
        if len(self) > MOST:
            self.clear()
        self[value] = text = json.dumps(value)
        return text


_WHOLE, _REAL, _WORD = Texts(), Texts(), Texts()
_KINDS = (None, None, _WORD, _REAL, _WHOLE, _REAL, _REAL, _REAL, _WORD, _WHOLE)  # of the columns of seals.STEPS


def of(steps: Sequence[Step]) -> Steps:
    """Whole Step objects as columns."""
    names = ("seq", "t_s", "direction", "confidence", "inferred", "stride_s", "length_m", "length_sd_m", "contact",
             "quality", "stance", "contact_confidence", "sagittal_rad")  # fmt: skip
    columns = [[getattr(step, name) for step in steps] for name in names]
    columns[4] = [int(one) for one in columns[4]]
    return Steps(*columns, [repr(t) for t in columns[1]])


def read(connection: sqlite3.Connection, walk: Walk, path: object) -> tuple[Steps, tuple[Event, ...]]:
    """The steps and events of a stored session. Raises NoSuchSession, DamagedStore."""
    found = connection.execute("SELECT content FROM sessions WHERE id = ?", (walk.id,)).fetchone()
    if found is None:
        raise NoSuchSession(f"Session {walk.session} is not in {path} any more; run this again.")
    rows = connection.execute(f"{seals.STEPS} WHERE session_id = ? ORDER BY seq", (walk.id,)).fetchall()
    events = connection.execute(f"{seals.EVENTS} WHERE session_id = ? ORDER BY seq", (walk.id,)).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * 10
    at = _sealed(columns, events, found[0])
    if at is None:
        if seals.content(connection, walk.id) != found[0]:
            raise DamagedStore.of(path, f"the steps of session {walk.session} are not what was written")
        at = [repr(t) for t in columns[1]]
    met = contacts.columns(contacts.read(connection, walk.id, len(rows), path))
    return Steps(*columns, *met, at), tuple(Event(*row) for row in sorted(events, key=lambda row: (row[1], row[0])))


def _sealed(columns: list[Sequence], events: list[tuple], seal: str) -> list[str] | None:
    """The times as text, when these are the rows that were sealed; None when that cannot be said so quickly."""
    try:
        at = list(map(float.__repr__, columns[1]))
        texts = [
            map(kind.__getitem__, column) if kind is not None else map(int.__repr__, column) if place == 0 else at
            for place, (kind, column) in enumerate(zip(_KINDS, columns, strict=True))
        ]
        rows = "], [".join(map(", ".join, zip(*texts, strict=True)))
        said = [f"[{rows}]"] if at else []
        said += map(json.dumps, events)
        return at if seals.sha1(f"[{', '.join(said)}]".encode()) == seal else None
    except TypeError:  # a damaged row may hold anything
        return None
