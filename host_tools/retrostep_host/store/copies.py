# SPDX-License-Identifier: MIT
"""Copies: what the bytes of two copies that claim to be one walk have to do with each other.

in    the bytes of each: whole blocks, as the link or `recover` hands them over
out   SAME, MORE (the other holds all of this one, and something behind it), LESS (the other way round) or OTHER
but   a walk that is whole cannot become more: what claims to be more of it is another
from  docs/formats.md, "Block": a block that is written again keeps its header and its earlier records
"""

from __future__ import annotations

from retrostep.journal import block

from retrostep_host import journal
from retrostep_host.errors import DamagedJournal

SAME, MORE, LESS, OTHER = "same", "more", "less", "other"


def compare(stored: bytes, offered: bytes) -> str:
    """What `offered` is, seen from `stored`."""
    if stored == offered:
        return SAME
    if len({journal.identity(head) for data in (stored, offered) for head, _ in journal.blocks(data)}) > 1:
        return OTHER  # two walks, or parts of two
    mine, theirs = _blocks(stored), _blocks(offered)
    if not mine or not theirs:  # nothing in it can be read: only the bytes themselves speak
        return MORE if offered.startswith(stored) else LESS if stored.startswith(offered) else OTHER
    if _within(theirs, mine):
        return LESS
    return MORE if _within(mine, theirs) and not _is_whole(stored) else OTHER


def _blocks(data: bytes) -> dict[int, bytes]:
    """By nth; of one that is there twice the one with more in it. Empty ones hold nothing."""
    found: dict[int, bytes] = {}
    for head, piece in journal.blocks(data):
        if head.used and (head.nth not in found or block.Header(found[head.nth]).used < head.used):
            found[head.nth] = piece
    return found


def _within(less: dict[int, bytes], more: dict[int, bytes]) -> bool:
    return all(nth in more and _grew(piece, more[nth]) for nth, piece in less.items())


def _grew(before: bytes, after: bytes) -> bool:
    """The same block, with the same records first."""
    one, other = block.Header(before), block.Header(after)
    same = before[:6] == after[:6] and before[8:53] == after[8:53] and before[54 : one.end] == after[54 : one.end]
    return same and one.used <= other.used and not one.flags & ~other.flags


def _is_whole(data: bytes) -> bool:
    try:
        return journal.decode(data).complete
    except DamagedJournal:
        return False
