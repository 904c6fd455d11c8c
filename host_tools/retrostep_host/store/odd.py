# SPDX-License-Identifier: MIT
"""Odd: what in a store looks like a mistake of people or clocks, each named, and how to mend it.

in    walks as people walked them (choose.joined)
out   sentences; each ends in what to type
keeps nothing; nothing is corrected or left out by itself
but   1. two boards at one time and one step seen twice: together.doubtful says that
      2. a sentence is a question to a person: nobody here knows whose leg it was
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from retrostep_host.store import choose
from retrostep_host.store.rows import Walk

LONG_S = 4 * 3600.0  # a training walk of more is a board that nobody took off
AHEAD_US = 86_400_000_000  # a walk that began a day after it was copied, or later
BEHIND_US = 180 * 86_400_000_000  # or half a year before: boards hold some weeks of walks
MOST = 5  # walks named in a sentence


def sentences(walks: Iterable[Walk]) -> list[str]:
    """What to look at, the most harmful first."""
    views = [view for walk in walks for view in walk.views or (walk,)]
    short = choose.Short(views)
    return [*_one_under_two(views), *_nobodys(views, short), *_overlapping(views, short), *_clocks(views, short),
            *_long(views, short)]  # fmt: skip


def _named(walks: list[Walk], short: choose.Short) -> str:
    more = f" and {len(walks) - MOST} more" if len(walks) > MOST else ""
    return ", ".join(short[walk.name] for walk in walks[:MOST]) + more


def _alike(person: str) -> str:
    """What two spellings of one code have in common: P-7, P07, p 7."""
    return re.sub(r"0*(\d+)", r"\1", re.sub(r"[\W_]+", "", person))


def _one_under_two(views: list[Walk]) -> list[str]:
    people: dict[str, dict[str, list[Walk]]] = {}
    for person, mine in choose.people(views).items():
        if person:
            people.setdefault(_alike(person), {})[person] = mine
    said = []
    for same in people.values():
        if len(same) > 1:
            by_size = sorted(same.values(), key=len)
            few, most = by_size[0][-1].code, by_size[-1][-1].code
            every = " and ".join(mine[-1].code for mine in by_size)
            said.append(
                f"{every} look like one person under {len(same)} codes. If they are: "
                f"`retrostep edit --of {few} --code {most}`."
            )
    return said


def _nobodys(views: list[Walk], short: choose.Short) -> list[str]:
    """Walks without a code, on boards that people with codes wear."""
    coded = {view.device_uid for view in views if view.person}
    lost = [view for view in views if not view.person and view.device_uid in coded]
    if not lost:
        return []
    one = len(lost) == 1
    refused = [view for view in lost if view.noticed.get("setting_ignored")]
    why = (
        " A line of settings.toml was refused there: RETROSTEP_CODE takes at most 12 letters; `retrostep doctor` names "
        "the line."
        if refused
        else ""
    )
    return [
        f"Walk{'' if one else 's'} {_named(lost, short)} carr{'ies' if one else 'y'} no code.{why} "
        f"`retrostep edit {short[lost[0].name]} --code CODE` gives {'it' if one else 'each'} back to its person."
    ]


def _overlapping(views: list[Walk], short: choose.Short) -> list[str]:
    """One board at two places at one time. (Two boards on one leg at one time: together.doubtful.)"""
    found: dict[str, list[tuple[Walk, Walk]]] = {}
    before: dict[str, Walk] = {}
    ends: dict[str, float] = {}
    for view in sorted((v for v in views if v.start_utc_us is not None), key=lambda v: v.start_utc_us or 0):
        board, at = view.device_uid, (view.start_utc_us or 0) / 1e6
        if board in ends and ends[board] > at + 1:
            found.setdefault(board, []).append((before[board], view))
        if board not in ends or at + view.duration_s > ends[board]:
            before[board], ends[board] = view, at + view.duration_s
    said = []
    for board, pairs in found.items():
        named = ", ".join(f"{short[one.name]} and {short[other.name]}" for one, other in pairs[:MOST])
        more = f", and {len(pairs) - MOST} pairs more" if len(pairs) > MOST else ""
        which = short[pairs[0][1].name]
        said.append(
            f"Of board {board} these walks overlap, which one board cannot do: {named}{more}. Its clock was changed, "
            f"or two boards go by one number. `retrostep edit {which} --exclude REASON` takes one out."
        )
    return said


def _clocks(views: list[Walk], short: choose.Short) -> list[str]:
    ahead = [v for v in views if v.start_utc_us is not None and v.start_utc_us > v.imported_utc_us + AHEAD_US]
    behind = [v for v in views if v.start_utc_us is not None and v.start_utc_us < v.imported_utc_us - BEHIND_US]
    unset = [v for v in views if v.start_utc_us is None]
    said = []
    for walks, words in ((ahead, "after it was copied"), (behind, "more than half a year before it was copied")):
        if walks:
            years = max(abs(v.imported_utc_us - (v.start_utc_us or 0)) for v in walks) // 86_400_000_000 / 365
            said.append(
                f"Walk{'s' * (len(walks) > 1)} {_named(walks, short)} would have begun {words} (by up to {years:.1f} "
                "years): the computer that set the board's clock was wrong. Its day and week are as that clock said."
            )
    if unset:
        said.append(
            f"{len(unset)} walk{'s' * (len(unset) > 1)} without a clock ({_named(unset, short)}) "
            f"{'are' if len(unset) > 1 else 'is'} filed under the day of the copy: a sync before each walk sets it."
        )
    return said


def _long(views: list[Walk], short: choose.Short) -> list[str]:
    said = []
    for view in (view for view in views if view.duration_s > LONG_S):
        whose = f" of {view.code}" if view.code else ""
        walked = sum(view.summary.walked_s.values()) / 60
        said.append(
            f"Walk {short[view.name]}{whose} lasts {view.duration_s / 3600:.1f} h, {walked:.0f} min of it walked: "
            f"worn all day, or lent? `retrostep edit {short[view.name]} --exclude REASON` takes it out."
        )
    return said
