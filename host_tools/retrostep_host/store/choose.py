# SPDX-License-Identifier: MIT
"""Choose: which stored walks a person means, and what one is in a line of JSON.

in    a Store; the board's number of a session, the first digits of a board's UID, a participant code, days
out   Walk objects, oldest first; never none: EmptyLog or NoSuchSession says what to do instead
"""

from __future__ import annotations

from collections.abc import Collection

from retrostep.events import DIRECTIONS

from retrostep_host import errors
from retrostep_host.store.rows import Walk
from retrostep_host.store.sessions import Store


def walks(
    store: Store,
    session: int | Collection[int] | None = None,
    device: str | None = None,
    code: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> list[Walk]:
    """The walks that match everything that is given. `since` and `until` are days of Walk.day, both included.

    Raises EmptyLog for a store without a walk, NoSuchSession when none matches.
    """
    every = store.walks()
    if not every:
        raise errors.EmptyLog(
            "There is no walk here yet; plug the board in and run `retrostep sync`, or `retrostep demo` to see one."
        )
    numbers = [session] if isinstance(session, int) else list(session or ())
    found = [
        walk
        for walk in every
        if (not numbers or walk.session in numbers)
        and walk.device_uid.startswith((device or "").lower())
        and code in (None, walk.code)
        and (since or "") <= walk.day <= (until or "9999")
    ]
    if not found:
        asked = _asked(numbers, device, code, since, until)
        codes = sorted({walk.code for walk in every if walk.code}) if code is not None else []
        known = f" The codes here: {', '.join(codes)}." if codes else ""
        raise errors.NoSuchSession(
            f"There is no {asked} here; `retrostep list` shows the {len(every)} that are stored.{known}",
            session=session,
            device=device,
        )
    return found


def _asked(numbers: list[int], device: str | None, code: str | None, since: str | None, until: str | None) -> str:
    if device is not None and not numbers and code is None and since is None and until is None:
        return f"board {device}"
    words = [f"session {', '.join(map(str, numbers))}" if numbers else "walk"]
    words += [f"of board {device}"] if device is not None else []
    words += [f"with the code {code}"] if code is not None else []
    words += [f"from {since} on"] if since is not None else []
    words += [f"up to {until}"] if until is not None else []
    return " ".join(words)


def summary(walk: Walk) -> dict:
    """The same keys as `sync --json` gives for a session, and where it was worn."""
    return {
        "device": walk.device_uid,
        "session": walk.session,
        "walk": walk.name,
        "start": walk.start.isoformat(timespec="seconds") if walk.start else None,
        "duration_s": round(walk.duration_s, 3),
        "placement": walk.placement,
        "side": walk.side,
        "steps": walk.total,
        "steps_by_direction": {name: walk.counts.get(name, 0) for name in (*DIRECTIONS[1:], DIRECTIONS[0])},
        "alerts": walk.alerts,
        "complete": walk.complete,
        "end": walk.ended,
        "noticed": walk.noticed,
    }
