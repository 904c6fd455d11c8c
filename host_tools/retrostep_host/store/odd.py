# SPDX-License-Identifier: MIT
"""Odd: what in a store looks like a mistake of people or clocks, each named, and how to mend it.

in    walks as people walked them (choose.joined)
out   sentences; each ends in what to type
keeps nothing; nothing is corrected or left out by itself
      in the language that is spoken: the terminal and the page say them
but   1. two boards at one time and one step seen twice: together.doubtful says that
      2. a sentence is a question to a person: nobody here knows whose leg it was
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from retrostep_host import ranges
from retrostep_host.language import _, long_day, n_, number
from retrostep_host.store import choose
from retrostep_host.store.rows import LOW_MV, Walk

LONG_S = 4 * 3600.0  # a training walk of more is a board that nobody took off
BEHIND_US = 180 * 86_400_000_000  # boards hold some weeks of walks; of a year and more rows.BEHIND_US
MOST = 5  # walks named in a sentence


def sentences(walks: Iterable[Walk]) -> list[str]:
    """What to look at, the most harmful first."""
    views = [view for walk in walks for view in walk.views or (walk,)]
    short = choose.Short(views)
    return [*_one_under_two(views), *_nobodys(views, short), *_overlapping(views, short), *_clocks(views, short),
            *_long(views, short), *_flat(views)]  # fmt: skip


def _named(walks: list[Walk], short: choose.Short) -> str:
    more = len(walks) - MOST
    named = ", ".join(short[walk.name] for walk in walks[:MOST])
    return named + (n_(" and %(n)s more", " and %(n)s more", more) if more > 0 else "")


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
            said.append(
                _(
                    "%(codes)s look like one person under %(count)s codes. If they are: "
                    "`retrostep edit --of %(few)s --code %(most)s`.",
                    codes=_(" and ").join(mine[-1].code for mine in by_size), count=number(len(same)),
                    few=by_size[0][-1].code, most=by_size[-1][-1].code,
                )
            )  # fmt: skip
    return said


def _nobodys(views: list[Walk], short: choose.Short) -> list[str]:
    """Walks without a code, on boards that people with codes wear."""
    coded = {view.device_uid for view in views if view.person}
    lost = [view for view in views if not view.person and view.device_uid in coded]
    if not lost:
        return []
    said = n_(
        "Walk %(named)s carries no code.", "Walks %(named)s carry no code.", len(lost), named=_named(lost, short)
    )
    if any(view.noticed.get("setting_ignored") for view in lost):
        said += " " + _(
            "A line of settings.toml was refused there: RETROSTEP_CODE takes at most 12 letters; `retrostep doctor` "
            "names the line."
        )
    return [
        said
        + " "
        + n_(
            "`retrostep edit %(walk)s --code CODE` gives it back to its person.",
            "`retrostep edit %(walk)s --code CODE` gives each back to its person.",
            len(lost),
            walk=short[lost[0].name],
        )
    ]


def _overlapping(views: list[Walk], short: choose.Short) -> list[str]:
    """One board at two places at one time. (Two boards on one leg at one time: together.doubtful.)"""
    found: dict[str, list[tuple[Walk, Walk]]] = {}
    before: dict[str, Walk] = {}
    ends: dict[str, float] = {}
    for view in sorted((v for v in views if v.start is not None), key=lambda v: v.start_utc_us or 0):
        board, at = view.device_uid, (view.start_utc_us or 0) / 1e6
        if board in ends and ends[board] > at + 1:
            found.setdefault(board, []).append((before[board], view))
        if board not in ends or at + view.duration_s > ends[board]:
            before[board], ends[board] = view, at + view.duration_s
    said = []
    for board, pairs in found.items():
        named = ", ".join(
            _("%(one)s and %(other)s", one=short[one.name], other=short[other.name]) for one, other in pairs[:MOST]
        )
        if len(pairs) > MOST:
            named += n_(", and %(n)s pair more", ", and %(n)s pairs more", len(pairs) - MOST)
        said.append(
            _(
                "Of board %(board)s these walks overlap, which one board cannot do: %(named)s. Its clock was changed, "
                "or two boards go by one number. `retrostep edit %(walk)s --exclude REASON` takes one out.",
                board=board, named=named, walk=short[pairs[0][1].name],
            )
        )  # fmt: skip
    return said


def _clocks(views: list[Walk], short: choose.Short) -> list[str]:
    said = [_misdated(view, short) for view in views if view.is_misdated][:MOST]
    more = sum(view.is_misdated for view in views) - MOST
    if more > 0:
        said.append(
            n_("%(n)s walk more has a clock that is years off.",
               "%(n)s walks more have a clock that is years off.", more)
        )  # fmt: skip
    old = [v for v in views if v.start is not None and (v.start_utc_us or 0) < v.imported_utc_us - BEHIND_US]
    old = [view for view in old if not (view.firmware.startswith("import") or "start" in view.was)]
    if old:
        said.append(
            n_(
                "Walk %(named)s began more than half a year before it was copied, by its board's clock: did the board "
                "lie so long? `retrostep edit %(walk)s --at DAY` says when it was.",
                "Walks %(named)s began more than half a year before they were copied, by their boards' clocks: did the "
                "boards lie so long? `retrostep edit %(walk)s --at DAY` says when it was.",
                len(old), named=_named(old, short), walk=short[old[0].name],
            )
        )  # fmt: skip
    unset = [view for view in views if view.start is None and not view.is_misdated]
    if unset:
        said.append(
            n_(
                "%(n)s walk without a clock (%(named)s) is filed under the day of the copy: a sync before each walk "
                "sets it. `retrostep edit %(walk)s --at DAY` says when it was.",
                "%(n)s walks without a clock (%(named)s) are filed under the day of the copy: a sync before each walk "
                "sets it. `retrostep edit %(walk)s --at DAY` says when one was.",
                len(unset), named=_named(unset, short), walk=short[unset[0].name],
            )
        )  # fmt: skip
    return said


def _misdated(view: Walk, short: choose.Short) -> str:
    moment = ranges.moment(view.start_utc_us or 0, view.utc_offset_min or 0)
    values = {"walk": short[view.name], "day": long_day(moment.date()) if moment else "–"}
    copied = view.copied
    values["copied"] = long_day(copied.date()) if copied else "–"
    if (view.start_utc_us or 0) > view.imported_utc_us:
        return _(
            "Walk %(walk)s began on %(day)s by its board's clock, after it was copied (%(copied)s): a clock was wrong. "
            "It is filed under the day of the copy and stands in no line over weeks. "
            "`retrostep edit %(walk)s --at DAY` says when it was.",
            **values,
        )
    return _(
        "Walk %(walk)s began on %(day)s by its board's clock, years before it was copied (%(copied)s): that clock was "
        "wrong. It is filed under the day of the copy and stands in no line over weeks. "
        "`retrostep edit %(walk)s --at DAY` says when it was.",
        **values,
    )


def _long(views: list[Walk], short: choose.Short) -> list[str]:
    said = []
    for view in (view for view in views if view.duration_s > LONG_S):
        values = {
            "walk": short[view.name],
            "code": view.code or _("no code"),
            "hours": number(view.duration_s / 3600, 1),
            "minutes": number(round(sum(view.summary.walked_s.values()) / 60)),
        }
        said.append(
            _(
                "Walk %(walk)s (%(code)s) lasts %(hours)s h, %(minutes)s min of it walked: worn all day, or lent? It "
                "counts until `retrostep edit %(walk)s --exclude REASON` takes it out.",
                **values,
            )
        )
    return said


def _flat(views: list[Walk]) -> list[str]:
    """Boards whose last walk ended on a nearly empty battery."""
    last: dict[str, Walk] = {}
    for view in views:
        if view.summary.battery_mv:
            last[view.device_uid] = view
    return [
        _("Board %(board)s ended its last walk with %(volts)s V: charge it.", board=uid,
          volts=number((view.summary.battery_mv or 0) / 1000, 2))
        for uid, view in last.items()
        if 0 < (view.summary.battery_mv or 0) < LOW_MV
    ]  # fmt: skip
