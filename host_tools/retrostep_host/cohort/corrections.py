# SPDX-License-Identifier: MIT
"""Corrections: what helpers said of walks goes along with a publication, so that another computer of the site that has
the same walks, and was told nothing, does not bring them back as they were.

in    the log of a store (store/changes.py); what the folder holds of this site
out   Said rows, one for each walk and field: when it was corrected last, and what holds since; the store's log with
      what was said later elsewhere added to it
from  docs/cohort.md: of each field of a walk the later correction holds, whoever made it; taking back is one
but   1. why a walk is excluded stays at home (EXCLUDED stands there instead), and so do notes
      2. a code that looks like a name stays at home as well
      3. what was said of a person (a new code, a leg) does not go along: that row would name the old code
not   another site: there it may be somebody else's walk to judge
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from retrostep_host import codes
from retrostep_host.store import changes
from retrostep_host.store.rows import Change, Walk

FIELDS = ("code", "side", "aid", "excluded")
EXCLUDED = "excluded at another computer of the site"


class Said(NamedTuple):
    """Of one field of a walk, what was said last."""

    sha1: str  # of the walk's bytes
    walk: str  # its name: another computer may have more or less of its bytes
    field: str
    at_utc_us: int
    value: str | None  # None: as the board said it


def ours(log: Iterable[Change], walks: Iterable[Walk], names_are_codes: bool = False) -> list[Said]:
    """What this store says of its walks."""
    log, names = list(log), {walk.sha1: walk.name for walk in walks}
    held = changes.standing(log)
    found = []
    for (sha1, field), at in sorted(_last(log).items()):
        if field not in FIELDS or sha1 not in names:
            continue
        change = held.get(("walk", sha1), {}).get(field)
        value = None if change is None or change.value is None else str(change.value)
        if field == "code" and value and codes.warning(value) and not names_are_codes:
            continue
        if field == "excluded":
            value = EXCLUDED if value else None
        found.append(Said(sha1, names[sha1], field, at, value))
    return found


def together(*several: Iterable[Said]) -> list[Said]:
    """Of each field of a walk the later; in any order the same."""
    found: dict[tuple[str, str], Said] = {}
    for one in sorted((one for some in several for one in some), key=lambda one: (one.at_utc_us, one.value or "")):
        found[one.sha1, one.field] = one
    return sorted(found.values(), key=lambda one: one[:3])


def told(log: Iterable[Change], theirs: Iterable[Said], walks: Iterable[Walk]) -> list[Change]:
    """The log, and what was said later elsewhere of walks that are here."""
    log, here, named = list(log), set(), {}
    for walk in walks:
        here.add(walk.sha1)
        named.setdefault(walk.name, []).append(walk.sha1)
    known, more = _last(log), []
    for one in theirs:
        same = named.get(one.walk, [])
        sha1 = one.sha1 if one.sha1 in here else same[0] if len(same) == 1 else None
        if sha1 is not None and one.at_utc_us > known.get((sha1, one.field), 0):
            more.append(Change(changes.uid(), one.at_utc_us, "walk", sha1, one.field, one.value))
    return [*log, *more]


def _last(log: Iterable[Change]) -> dict[tuple[str, str], int]:
    """By a walk's bytes and field, when it was spoken of last; taking back is speaking too."""
    found: dict[tuple[str, str], int] = {}
    for change in log:
        if change.about == "walk":
            key = change.which, change.field
            found[key] = max(found.get(key, 0), change.at_utc_us)
    return found
