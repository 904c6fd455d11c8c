# SPDX-License-Identifier: MIT
"""Safe: what is true of walks, drive and files right now, for the sentence of a command that is stopped.

in    what a verb is doing, in the words that hold should it be stopped there
out   those words, for Ctrl-C, a full memory, a mistake of ours (main.py)
keeps the words of the command under way, also after an error: that is when they are needed
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

NOTHING = "What was stored before is untouched."
_now = [NOTHING]


def words() -> str:
    """What holds now."""
    return _now[0]


def reset() -> None:
    """A command begins."""
    _now[0] = NOTHING


@contextlib.contextmanager
def meanwhile(words: str, afterwards: str = "") -> Iterator[None]:
    """These words hold inside, and `afterwards` (default: what held before) once it went well."""
    before, _now[0] = _now[0], words
    yield
    _now[0] = afterwards or before
