# SPDX-License-Identifier: MIT
"""Session: fetch what a board holds, prove it, store it, and only then let the board forget it.

in    a Client; a folder for partial copies; `keep(session, bytes) -> bool` (the store)
out   Result: what is new, what stays on the board and why
keeps RETROSTEP_HOME/partial/<device>-<session>-<tag>.part until the session is stored
but   release needs the board's own hash of the whole session to equal ours: a doubtful copy frees nothing
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from retrostep import errors

from retrostep_host import journal, quarantine, ranges, zone
from retrostep_host.errors import (
    BadAnswer,
    BoardRefused,
    DamagedJournal,
    DamagedStore,
    HashMismatch,
    LinkBroken,
    NotOurs,
    RetrostepError,
)
from retrostep_host.sync import partials
from retrostep_host.sync.answers import Entry, Hello
from retrostep_host.sync.client import Client
from retrostep_host.sync.patience import BEGIN_S, SLOWEST

SILENT = 3  # sessions that a board may be silent about before it is given up

Progress = Callable[[int, int, int], None]  # session, bytes so far, bytes in all, of all its sessions


@dataclass
class Fetched:
    """One session as it was stored. `is_new` is False when the store had it already."""

    session: journal.Session
    is_new: bool
    released: bool
    broken: LinkBroken | None = None  # the board fell silent when it was told to let go of it


@dataclass
class Result:
    """What a sync did. `errors`: sessions that stay on the board, each with its sentence."""

    hello: Hello
    fetched: list[Fetched] = field(default_factory=list)
    errors: list[RetrostepError] = field(default_factory=list)
    left_on_board: int = 0
    running: int = 0  # number of a session that is under way, 0 = none


@dataclass(frozen=True)
class Clock:
    """Sample `index` of boot `boot` was at `utc_us`, `offset_min` minutes east."""

    boot: int
    index: int
    utc_us: int
    offset_min: int


def set_clock(client: Client, hello: Hello, now: datetime | None = None) -> Clock:
    """Give the board the computer's time and zone. Raises BoardRefused for a time that no board believes: the walks
    wait there until the computer's clock is right, since they are dated by it."""
    local = now or datetime.now().astimezone()
    offset = int((local.utcoffset() or timedelta()).total_seconds() // 60)
    utc_us = round(local.timestamp() * 1e6)
    try:
        index = client.set_time(max(utc_us, 0), offset)
    except BoardRefused as error:
        if error.number != errors.BAD_REQUEST:
            raise
        raise BoardRefused(
            f"This computer's clock says {local:%Y-%m-%d %H:%M}, which the board does not believe; nothing was copied "
            "and every walk is still on it. Set the computer's clock and run `retrostep sync` again.",
            number=error.number,
        ) from error
    return Clock(hello.boot, index, utc_us, offset)


def fetch_all(
    client: Client,
    hello: Hello,
    keep: Callable[[journal.Session, bytes], bool],
    partial: Path,
    only: int | None = None,
    close: bool = False,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> Result:
    """Fetch every ended session (or `only` that one), store and release it. What a session alone is wrong with goes
    into Result.errors and the others still run. What ends the sync (the board is gone, the store cannot be written)
    is raised at once, and carries as `result` what was done before it."""
    clock = set_clock(client, hello, now)
    if close:
        client.end()
    hello = client.hello()
    size = room = client.room()
    entries = client.list(size)
    result = Result(hello, running=hello.running)
    wanted = [one for one in entries if one.session != hello.running and only in (None, one.session)]
    result.left_on_board = len(entries)

    of, before = sum(entry.size for entry in wanted), 0

    def show(session: int, done: int, _size: int) -> None:
        progress(session, before + done, of)

    def fetch(entry: Entry) -> Fetched:
        return _fetch(client, hello, entry, keep, partial, clock, show if progress else None)

    try:
        with client.patience.within(2 * BEGIN_S + 2 * len(wanted) + 2 * size / SLOWEST, "all of its walks"):
            for entry in wanted:
                if entry.size > room:
                    said = f"The board has {entry.size} bytes of session {entry.session} in a log of {size}"
                    result.errors.append(BadAnswer.of(said))
                    continue
                room -= entry.size
                _one(client, entry, result, fetch)
                before += entry.size
    except RetrostepError as error:
        error.result = result
        raise
    if only is not None and only not in [entry.session for entry in entries]:
        result.errors.append(
            BoardRefused(f"Session {only} is not on the board (any more); `retrostep list` shows what is stored.")
        )
    return result


def _one(client: Client, entry: Entry, result: Result, fetch: Callable[[Entry], Fetched]) -> None:
    """Fetch one session into `result`."""
    broken = None
    try:
        fetched = fetch(entry)
        result.fetched.append(fetched)
        result.left_on_board -= fetched.released
        broken = fetched.broken
    except (HashMismatch, DamagedJournal, BoardRefused, NotOurs, BadAnswer) as error:
        result.errors.append(error)
    except LinkBroken as error:
        broken = error
    if broken is not None:
        if len([one for one in result.errors if isinstance(one, LinkBroken)]) == SILENT or not _is_there(client):
            raise broken
        result.errors.append(broken)


def _is_there(client: Client) -> bool:
    """The board still answers: what it was silent about is one session's trouble, not the cable's."""
    try:
        client.hello(2)
    except RetrostepError:
        return False
    return True


def _fetch(
    client: Client,
    hello: Hello,
    entry: Entry,
    keep: Callable[[journal.Session, bytes], bool],
    partial: Path,
    clock: Clock,
    progress: Progress | None,
) -> Fetched:
    path = partial / f"{hello.device}-{entry.session}-{entry.tag:08x}.part"
    for attempt in (1, 2):
        data = _copy(client, entry, path, progress)
        size, digest = client.hash(entry.session, entry.size)
        if size == len(data) and digest == hashlib.sha1(data, usedforsecurity=False).digest():
            break
        path.unlink(missing_ok=True)
        if attempt == 2:
            raise HashMismatch.of(entry.session)
    session = quarantine.read(data, hello.device, entry.session, entry.boot)
    if not session.trouble:
        back_date(session, clock)
    session, is_new = quarantine.kept(keep, session, data)
    released, broken = True, None
    try:
        client.release(entry.session, digest, entry.size)
    except BoardRefused:
        released = False
    except LinkBroken as error:  # stored all the same
        released, broken = False, error
    path.unlink(missing_ok=True)
    return Fetched(session, is_new, released, broken)


def _copy(client: Client, entry: Entry, path: Path, progress: Progress | None) -> bytes:
    """The bytes of a session, going on with a partial copy of an earlier run."""
    with partials.open_copy(path) as file:
        have = file.seek(0, os.SEEK_END)
        if have > entry.size:
            file.truncate(0)
            have = 0
        done = have

        def take(piece: bytes) -> None:
            nonlocal done
            file.write(piece)
            done += len(piece)
            if progress:
                progress(entry.session, done, entry.size)

        client.read(entry.session, have, entry.size, take)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        return file.read()


def keeper(store) -> Callable[[journal.Session, bytes], bool]:
    """`keep` for a store.Store: True when it is new. Raises DamagedStore unless the store is whole, and unless these
    very bytes can be read back from its file (or were deleted here): a board lets go of nothing else."""
    store.check()

    def keep(session: journal.Session, data: bytes) -> bool:
        is_new = store.add(session, data)
        sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        if not store.holds(sha1) and not store.was_deleted(sha1):
            raise DamagedStore.of(store.path, f"session {session.session} reads back as something else")
        return is_new

    return keep


def back_date(session: journal.Session, clock: Clock) -> None:
    """Give a session of this boot its start, when the board had no clock while it ran; by the clock that hung on the
    wall then, not by today's. A clock that the board had is left as it was told."""
    if session.start_utc is None and session.boot == clock.boot and session.start_index <= clock.index:
        ago_us = round((clock.index - session.start_index) / session.rate_hz * 1e6)
        start_us = clock.utc_us - ago_us
        session.start_utc = ranges.moment(start_us, zone.at(start_us, clock.offset_min))
