# SPDX-License-Identifier: MIT
"""Importing: a recording becomes a stored walk, as if a board had worn it.

in    a recording (recordings.load), whose it is, when it began
out   the bytes of a session, by the board's own engine and writer
keeps the recording's SHA-1 as the walk's own number: the same file twice is one walk
from  replay.run_engine, scribe
but   no buzz, no battery, no raw samples around alerts: nobody was coached
not   a second algorithm; the file itself is not kept
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from retrostep import __version__, events

from retrostep_host import recordings, replay, zone
from retrostep_host.scribe import Scribe

DEVICE = hashlib.sha1(b"retrostep import", usedforsecurity=False).digest()[:8]  # what stands where a board's id would
FIRMWARE = f"import {__version__}"
_KINDS = (events.STEP, events.STUMBLE, events.FALL, events.WOBBLE)


def number(stream: recordings.Stream) -> bytes:
    """The walk's own number: of its samples, and of where they were worn."""
    words = stream.words.tobytes() + stream.placement.encode()
    return hashlib.sha1(words, usedforsecurity=False).digest()[:8]


def session(
    stream: recordings.Stream,
    settings: dict[str, Any],
    start_utc_us: int | None,
    count: int,
    progress: Callable[[str], object] = lambda words: None,
) -> bytes:
    """The bytes of session `count` of the imports; b"" when there was not one step. `start_utc_us`: None = unknown."""
    progress("Running the engine …")
    found = replay.run_engine(stream)
    chosen = {"placement": stream.placement, "side": stream.side, **settings}
    clock = None if start_utc_us is None else (start_utc_us, zone.local(start_utc_us))
    scribe = Scribe(DEVICE, number(stream), count, chosen, clock, most_events=len(found) + 100, firmware=FIRMWARE)
    scribe.journal.lost = sum(lost for _, lost in stream.gaps)
    for event in found:
        if event.kind in _KINDS and 0 <= event.index < stream.recorded:
            scribe.append(event)
        elif event.kind == events.DOUBT and scribe.journal.material:
            scribe.journal.log(event.reason, event.index)
    return scribe.end(stream.recorded, events.END_LINK)
