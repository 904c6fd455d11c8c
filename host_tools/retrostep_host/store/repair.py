# SPDX-License-Identifier: MIT
"""Repair: every row of a store against the board's own bytes; where one differs, a whole store from all that is left.

in    the path of a store; a progress function
out   Verdict: how many walks, what was made again, what is lost
keeps a damaged file beside the new one, under another name: nothing is ever written over
but   rows are worth more than damaged bytes: where their seals are right they stay, and the bytes are kept as they are
not   what never was in it: a board that still has a walk gives it again, by `sync` or `recover`
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from retrostep.journal import block

from retrostep_host import errors, journal
from retrostep_host.store import salvage, seals
from retrostep_host.store.intake import as_walk
from retrostep_host.store.rows import Walk
from retrostep_host.store.sessions import Store

Progress = Callable[[int, int], None]  # walks done, walks in all


@dataclass
class Verdict:
    """What came out. `made`: sentences on what was made again; `lost`: on what could not be; `aside`: where the damaged
    file is kept when a new one took its place; `earlier`: those kept before, of which a mending may have been stopped
    before it could speak."""

    walks: int = 0
    made: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    aside: Path | None = None
    earlier: list[Path] = field(default_factory=list)


def check(path: Path, progress: Progress | None = None) -> Verdict:
    """Look at everything, and mend what can be mended. Raises the store's errors for what is no damage (EmptyLog,
    NewerStore, StoreBusy, FullDisk, CannotWrite, another program's file)."""
    verdict = Verdict(earlier=sorted(path.parent.glob(f"{path.stem}.damaged-*{path.suffix}")))
    try:
        Store(path, write=False).close()  # an EmptyLog is not the time to make a file
        with Store(path) as store:
            why = next(_complaints(store, verdict, progress), None)
        if why is None:
            return verdict
    except (errors.DamagedStore, errors.NotAStore) as error:
        why = error
    except errors.StoreError as error:
        if type(error) is not errors.StoreError:
            raise
        why = error
    return _anew(path, why, progress)


def _complaints(store: Store, verdict: Verdict, progress: Progress | None) -> Iterator[errors.StoreError]:
    """What a whole store would not have. Walks whose bytes are known to be damaged are told to `verdict`."""
    store.check()
    walks = store.walks(corrected=False)
    verdict.walks = len(walks)
    for done, walk in enumerate(walks):
        if progress:
            progress(done, len(walks))
        full, raw = store.full(walk), store.raw(walk)
        if seals.sha1(raw) != walk.sha1:  # an earlier check found them so
            verdict.lost.append(_harmed(full, raw))
        elif not _same(full, _fresh(raw, full)):
            yield errors.DamagedStore.of(store.path, f"session {walk.session} is not what its bytes say")


def _fresh(raw: bytes, known: Walk) -> Walk:
    """The rows that these bytes make today, dated as `known`; `known` itself when not one block can be read."""
    try:
        walk = as_walk(journal.decode(raw), known.imported_utc_us)
    except errors.DamagedJournal:
        return known
    if known.start_utc_us is not None or walk.start_utc_us is None:
        walk = replace(walk, start_utc_us=known.start_utc_us, utc_offset_min=known.utc_offset_min)
    return replace(walk, id=known.id, sha1=known.sha1)


def _same(one: Walk, other: Walk) -> bool:
    in_time = [replace(walk, events=tuple(sorted(walk.events, key=lambda e: (e.t_s, e.seq)))) for walk in (one, other)]
    return in_time[0] == in_time[1]


def _harmed(walk: Walk, raw: bytes) -> str:
    bad = sum(not block.check(raw[at : at + block.SIZE].ljust(block.SIZE)) for at in range(0, len(raw), block.SIZE))
    parts = f"{bad} of its {-(-len(raw) // block.SIZE)} blocks"
    said = "its steps are all here" if walk.complete and not walk.gaps else "what is missing is named in the report"
    return (
        f"{_name(walk)}: {parts} in the board's bytes are damaged; {said}. If the board still has it, "
        "`retrostep recover` from its drive makes it whole."
    )


def _name(walk: Walk) -> str:
    when = f" of {walk.day}" if walk.start_utc_us is not None else ""
    return f"Session {walk.session}{when}, board {walk.device_uid or 'unknown'}"


# a new file -------------------------------------------------------------------------------------------------
def _anew(path: Path, why: errors.StoreError, progress: Progress | None) -> Verdict:
    """A store of all that can be read in the file at `path`. Raises `why` when that is nothing."""
    scratch = path.with_name(f".{path.name}.mending")  # one name: what a killed mending left is cleared by the next
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(0o700)
        try:
            copy, new = scratch / "copy", scratch / "new"
            shutil.copyfile(path, copy)
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{path}-wal", f"{copy}-wal")
            saved = salvage.read(copy, progress)
            if not saved.sessions:
                raise why
            with Store(new) as store:
                verdict = _fill(store, saved)
                store.check()
            shutil.copymode(path, new)
            verdict.aside = _take_its_place(path, new)
            return verdict
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise errors.from_os(error, f"mending the store {path}") from error


def _fill(store: Store, saved: salvage.Saved) -> Verdict:
    verdict = Verdict()
    if saved.missing:
        verdict.lost.append(f"{saved.missing} walks of which the file still says that they were there cannot be read.")
    with store.changing() as connection:
        for change in saved.changes:
            connection.execute("INSERT OR IGNORE INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", change)
        for sha1 in sorted(saved.deleted):
            connection.execute("INSERT OR IGNORE INTO deleted VALUES (?)", (sha1,))
        for one in saved.sessions:
            known = one.walk or Walk(
                0, "", 0, "", one.start_utc_us, one.utc_offset_min, 0.0, "unknown", "unknown", "open", False, 0, {},
                one.imported_utc_us or time.time_ns() // 1000, sha1=one.sha1 or seals.sha1(one.raw),
            )  # fmt: skip
            walk = known if one.walk is not None and not one.is_whole else _fresh(one.raw, known)
            if not one.is_whole:
                verdict.lost.append(_harmed(walk, one.raw))
            elif not one.is_dated and walk.start_utc_us is None:
                verdict.lost.append(f"{_name(walk)}: its steps are all here, but when it was walked cannot be read.")
            elif one.was_mended:
                verdict.made.append(f"{_name(walk)}: a changed bit in the board's bytes was put right.")
            elif one.walk is None or not _same(one.walk, walk):
                verdict.made.append(f"{_name(walk)}: its rows were made again from the board's bytes.")
            row = store.insert(connection, walk, one.raw)
            for raw in (raw for raw in saved.others if salvage.is_less(raw, one.raw)):
                connection.execute("INSERT OR IGNORE INTO copies VALUES (?, ?, ?)", (seals.sha1(raw), row, raw))
            verdict.walks += 1
    return verdict


def _take_its_place(path: Path, new: Path) -> Path:
    """`new` under the name of `path`; where the old file is now."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    try:
        os.link(path, aside)
    except OSError:  # a file system without second names
        shutil.copyfile(path, aside)
    with contextlib.suppress(FileNotFoundError):
        os.replace(f"{path}-wal", f"{aside}-wal")
    Path(f"{path}-shm").unlink(missing_ok=True)
    os.replace(new, path)
    return aside
