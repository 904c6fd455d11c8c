# SPDX-License-Identifier: MIT
"""Moving: a store as a whole: a copy of it, a copy in its place, two of them as one.

in    paths of stores; a progress function
out   what was done, in numbers and sentences
keeps the store that makes room for a copy beside it, under another name; nothing is written over
but   a copy is checked before it has its name: what goes wrong leaves nothing, what is killed leaves a `.part`, which
      the next one clears; never a torn store
      1. merge: the same walk once; more of one takes its place; what differs under one number stands beside it
      2. what was deleted here stays out; what was deleted there and is here stays here, and is named
      3. corrections are the union of both logs, in the order of time; where both say something, the later holds
not   a store of a newer version, a damaged one, another program's: refused as everywhere
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from retrostep_host import errors, files
from retrostep_host.store import changes, choose, seals, sessions
from retrostep_host.store.rows import Change, Walk
from retrostep_host.store.sentences import spoken
from retrostep_host.store.sessions import Store

Progress = Callable[[int, int], object]
MOST = 6  # walks that a sentence names


def backup(path: Path, target: Path, progress: Progress | None = None) -> Path:
    """A whole, checked copy of the store at `path`; `target` is a file that is not there yet, or a folder. Returns
    where it is. Raises the store's errors, CannotWrite when something is there."""
    with Store(path, write=False) as store:
        store.check()
        if target.is_dir():
            target = _free(target / f"{path.stem}-{_today()}.sqlite3")
        elif target.exists():
            raise errors.CannotWrite(f"{target} is there already and stays as it is; name another file, or a folder.")
        with _half(target, path) as half:
            with spoken(target):
                _copy(store, half, progress)
            Store(half, write=False).close()
            with Store(half, write=False) as copied:
                copied.check()
            _tidy(half)
            os.replace(half, target)
            files.flush(target.parent)
    return target


@contextlib.contextmanager
def _half(target: Path, source: Path) -> Iterator[Path]:
    """A file beside `target` for a copy of the store at `source`; where something goes wrong, nothing stays of it.
    Raises FullDisk before anything is copied when there is no room."""
    half = target.with_name(target.name + ".part")
    with spoken(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _drop(half)
        size, free = source.stat().st_size, shutil.disk_usage(target.parent).free
    if size > free:
        raise errors.FullDisk(
            f"{target} would take {size / 1e6:.0f} MB, and its disk has {free / 1e6:.0f} MB free; nothing was changed. "
            "Free some room, or choose another disk."
        )
    try:
        yield half
    except BaseException:
        _drop(half)
        raise


def _drop(half: Path) -> None:
    with contextlib.suppress(OSError):
        half.unlink(missing_ok=True)
        _tidy(half)


def _copy(store: Store, half: Path, progress: Progress | None) -> None:
    with contextlib.closing(sqlite3.connect(half, isolation_level=None)) as to:
        show = (lambda _, left, of: progress(of - left, of)) if progress else None
        store._connection.backup(to, pages=1000, progress=show)
        to.execute("PRAGMA journal_mode = DELETE")  # one file, to carry away
    with half.open("rb+") as file:
        os.fsync(file.fileno())


def _tidy(path: Path) -> None:
    for end in ("-wal", "-shm", "-journal"):
        Path(f"{path}{end}").unlink(missing_ok=True)


def _today() -> str:
    from datetime import datetime

    return datetime.now().date().isoformat()


def _free(path: Path) -> Path:
    number, found = 2, path
    while found.exists():
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return found


def missing(path: Path, source: Path) -> int:
    """How many walks are in the store at `path` and not in `source`: what a restore would take from sight."""
    if not path.exists():
        return 0
    with Store(path, write=False) as here, Store(source, write=False) as there:
        known = {walk.sha1 for walk in there.walks(corrected=False)}
        return sum(walk.sha1 not in known for walk in here.walks(corrected=False))


def restore(path: Path, source: Path, progress: Progress | None = None) -> Path | None:
    """The store in `source` in place of that at `path`. Returns where the old one is kept, None when there was none.
    Raises the store's errors; whatever is raised, the store at `path` is as it was."""
    _apart(path, source)
    with Store(source, write=False) as store:
        store.check()
        with _half(path, source) as half:
            with spoken(path):
                _copy(store, half, progress)
            with Store(half) as copied:  # brings an older one up to date
                copied.check()
                copied._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                copied._connection.execute("PRAGMA journal_mode = DELETE")
            _tidy(half)
            return _exchanged(path, half)


def _exchanged(path: Path, half: Path) -> Path | None:
    """`half` in the place of `path`; where what was there is kept."""
    kept = None
    with spoken(path):
        if path.exists():
            busy = False
            with contextlib.suppress(errors.DamagedStore, errors.NotAStore), Store(path) as old:
                busy = bool(old._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
            if busy:
                raise errors.StoreBusy(f"Another program has {path} open; close it and run this again.")
            kept = _free(path.with_name(f"{path.stem}.before-restore{path.suffix}"))
            try:
                os.link(path, kept)
            except OSError:  # a file system without second names
                shutil.copyfile(path, kept)
            for end in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(f"{path}{end}", f"{kept}{end}")
        os.replace(half, path)
        files.flush(path.parent)
    return kept


@dataclass
class Merged:
    """What came of it: walks by what became of them; sentences on what somebody has to look at."""

    new: int = 0
    more: int = 0
    had: int = 0
    gone: int = 0  # deleted here before
    corrections: int = 0
    said: list[str] = field(default_factory=list)


def merge(path: Path, source: Path, progress: Progress | None = None) -> Merged:
    """Everything of the store in `source` into that at `path`, in one change: all of it or nothing. `source` is only
    read. Raises the store's errors."""
    _apart(path, source)
    found = Merged()
    with Store(source, write=False) as there, Store(path) as here:
        there.check()
        here.check()
        walks = there.walks(corrected=False)
        before = changes.standing(here.log())
        known = {walk.sha1 for walk in here.walks(corrected=False)}
        beside = []
        with here.changing() as connection:
            for done, walk in enumerate(walks):
                if progress:
                    progress(done, len(walks))
                if walk.sha1 in known:  # these very bytes: their steps need not be read
                    found.had += 1
                    continue
                raw = there.raw(walk)
                kind = here.place(connection, replace(there.full(walk), id=0), raw, seals.sha1(raw))
                if kind == sessions.BESIDE:
                    beside.append(walk)
                name = "new" if kind == sessions.BESIDE else kind
                setattr(found, name, getattr(found, name) + 1)
            found.corrections = _corrections(connection, here, there)
            _rest(connection, there)
        if beside:
            found.said.append(
                f"{len(beside)} of the new walks ha{'ve' if len(beside) > 1 else 's'} the board and the session number "
                f"of a walk here and differ{'' if len(beside) > 1 else 's'}; both stand beside each other: "
                f"{_named(beside, here.walks())}."
            )
        if found.gone:
            found.said.append(f"{found.gone} of its walks were deleted here before and stay out.")
        deleted = {sha1 for (sha1,) in there._connection.execute("SELECT sha1 FROM deleted")}
        still = [walk for walk in here.walks() if walk.sha1 in deleted]
        if still:
            found.said.append(
                f"{len(still)} walk{'s' * (len(still) > 1)} that were deleted there are still here; `retrostep delete` "
                "lets go of them."
            )
        found.said += _conflicts(before, changes.standing(there.log()), changes.standing(here.log()))
    return found


def _named(some: list[Walk], every: list[Walk]) -> str:
    """"walk 24b0 (27 Nov 2026), …": as `list` names them."""
    short = choose.Short(every)
    named = [f"walk {short[walk.name]} ({choose.day(walk)})" for walk in some[:MOST]]
    return ", ".join(named) + (f" and {len(some) - MOST} more" if len(some) > MOST else "")


def _corrections(connection: sqlite3.Connection, here: Store, there: Store) -> int:
    """The log of `there` into that of `here`, with walks under the SHA-1 that they have here."""
    names = {sha1 for (sha1,) in connection.execute("SELECT sha1 FROM sessions")}
    parts = dict(
        connection.execute("SELECT c.sha1, s.sha1 FROM copies c JOIN sessions s ON s.id = c.session_id").fetchall()
    )
    known = {change.uid for change in here.log()}
    count = 0
    for change in there.log():
        which = change.which
        if change.about == "walk" and which not in names:
            which = parts.get(which, "")
        if which and change.uid not in known:
            here._append(connection, replace(change, which=which))
            count += not change.undoes
    return count


def _rest(connection: sqlite3.Connection, there: Store) -> None:
    """What was deleted there, unless it is here; when people were looked at; partial copies."""
    for (sha1,) in there._connection.execute("SELECT sha1 FROM deleted").fetchall():
        if connection.execute("SELECT 1 FROM sessions WHERE sha1 = ?", (sha1,)).fetchone() is None:
            connection.execute("INSERT OR IGNORE INTO deleted VALUES (?)", (sha1,))
    for person, at in there.looks().items():
        connection.execute(
            "INSERT INTO looks VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET at_utc_us = max(at_utc_us, ?)",
            (person, at, at),
        )
    query = "SELECT c.sha1, s.sha1, c.raw FROM copies c JOIN sessions s ON s.id = c.session_id"
    for sha1, owner, raw in there._connection.execute(query).fetchall():
        row = connection.execute("SELECT id FROM sessions WHERE sha1 = ?", (owner,)).fetchone()
        if row is not None:
            connection.execute("INSERT OR IGNORE INTO copies VALUES (?, ?, ?)", (sha1, row[0], raw))


def _conflicts(mine: dict, theirs: dict, now: dict) -> list[str]:
    """Where both stores had said something else of one thing."""
    said = []
    for key, fields in sorted(theirs.items()):
        for name, there in sorted(fields.items()):
            here: Change | None = mine.get(key, {}).get(name)
            if here is not None and here.value != there.value:
                holds = now[key][name].value
                whose = key[1] if key[0] == "person" else f"walk {key[1][:6]}"
                said.append(
                    f"{name} of {whose} is {here.value} here and {there.value} there; the later holds ({holds}), the "
                    "other stays in the log."
                )
    return said


def _apart(path: Path, source: Path) -> None:
    if not source.exists():
        raise errors.EmptyLog(f"There is no store {source}; name the file, as `retrostep backup` said it.")
    with contextlib.suppress(OSError):
        if path.exists() and os.path.samefile(path, source):
            raise errors.StoreError(f"{source} is the store itself; nothing was done.")
