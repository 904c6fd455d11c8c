# SPDX-License-Identifier: MIT
"""Quarantine: a session that nobody can read is kept as bytes, has a name and a reason, and blocks no other.

in    the bytes of a session, proven by the board's own hash; what the board calls it
out   a journal.Session: the walk, or one without steps that says in `trouble` why nothing of it is shown
keeps nothing; the store keeps it like any other: `list` and `report` name it, `delete` lets go of it
not   one field that cannot be: journal.decode leaves that out and says so in `doubts`
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

from retrostep_host import journal, zone
from retrostep_host.errors import DamagedJournal

_MISTAKES = (ValueError, ArithmeticError, LookupError, TypeError)  # of ours, met by strange bytes
ENDED = "unreadable"  # what stands where the others say how they ended


def read(data: bytes, device: str, number: int, boot: int | None = None) -> journal.Session:
    """The session in `data`, which a board or `carve` calls so; without `boot`, its first block says it.

    What cannot be read becomes a Session without steps that says why in `trouble`, so that its bytes are kept, named
    and deletable like any other's. Raises DamagedJournal only for one of a newer firmware, better left on the board.
    """
    try:
        session = journal.decode(data)
        if (session.device, session.session) == (device, number):
            session.start_utc = zone.settled(session.start_utc)
            return session
        why = f"its blocks say session {session.session} of board {session.device}"
    except DamagedJournal as error:
        if getattr(error, "newer", False):
            raise
        why = getattr(error, "why", "not one block of it is whole")
    except _MISTAKES as error:
        if os.environ.get("RETROSTEP_DEBUG"):
            raise
        why = f"this version stumbles over it ({type(error).__name__})"
    return aside(data, device, number, boot, why)


def kept(
    keep: Callable[[journal.Session, bytes], bool], session: journal.Session, data: bytes
) -> tuple[journal.Session, bool]:
    """What was kept, and whether it is new: a session that the store stumbles over is kept as bytes."""
    try:
        return session, keep(session, data)
    except _MISTAKES as error:
        if session.trouble or os.environ.get("RETROSTEP_DEBUG"):
            raise
        why = f"this version cannot store it ({type(error).__name__})"
        session = aside(data, session.device, session.session, session.boot, why)
        return session, keep(session, data)


def aside(data: bytes, device: str, number: int, boot: int | None, why: str) -> journal.Session:
    """A Session of which nothing is known but whose bytes they are and `why` they are not read."""
    if boot is None:
        boot = next((head.boot for head, _ in journal.blocks(data)), 0)
    sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    return journal.Session(device, number, boot, end=ENDED, sha1=sha1, trouble=why)
