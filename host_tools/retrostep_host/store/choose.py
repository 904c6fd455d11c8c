# SPDX-License-Identifier: MIT
"""Choose: which stored walks a person means, and what one is in a line of JSON.

in    a Store, the board's number of a session, the first digits of a board's UID
out   Walk objects, oldest first; never none: EmptyLog or NoSuchSession says what to do instead
"""

from __future__ import annotations

from retrostep.events import DIRECTIONS

from retrostep_host import errors
from retrostep_host.store.rows import Walk
from retrostep_host.store.sessions import Store


def walks(store: Store, session: int | None = None, device: str | None = None) -> list[Walk]:
    """The walks that match. Raises EmptyLog for a store without one, NoSuchSession when none matches."""
    every = store.walks()
    if not every:
        raise errors.EmptyLog(
            "There is no walk here yet; plug the board in and run `retrostep sync`, or `retrostep demo` to see one."
        )
    found = [
        walk
        for walk in every
        if session in (None, walk.session) and walk.device_uid.startswith((device or "").lower())
    ]
    if not found:
        asked = f"session {session}" if session is not None else f"board {device}"
        raise errors.NoSuchSession(
            f"There is no {asked} here; `retrostep list` shows the {len(every)} that are stored.",
            session=session,
            device=device,
        )
    return found


def summary(walk: Walk) -> dict:
    """The same keys as `sync --json` gives for a session, and where it was worn."""
    return {
        "device": walk.device_uid,
        "session": walk.session,
        "start": walk.start.isoformat(timespec="seconds") if walk.start else None,
        "duration_s": round(walk.duration_s, 3),
        "placement": walk.placement,
        "side": walk.side,
        "steps": walk.total,
        "steps_by_direction": {name: walk.counts.get(name, 0) for name in (*DIRECTIONS[1:], DIRECTIONS[0])},
        "alerts": walk.alerts,
        "complete": walk.complete,
    }
