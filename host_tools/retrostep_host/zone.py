# SPDX-License-Identifier: MIT
"""Zone: which clock hung on the wall at a moment: the rules of this computer's zone at that moment, not today's.

in    a moment (microseconds since 1970, UTC); what a board was told when its clock was set, minutes east
out   minutes east of UTC
keeps nothing; the system's own rules are asked (its zone files, or TZ), so that summer time is theirs to know
but   a board keeps the offset of the day it was told; summer time may begin or end before the walk. An offset that
      this zone has in the same year is this zone's; any other was told in another land, and is left as it was told
not   a map: nobody knows where a board was carried
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from retrostep_host import ranges

_YEAR_S = 366 * 86400
_LOOK_S = 5 * 86400  # no rule of summer time holds for a shorter while (Morocco's Ramadan: a month)


def local(utc_us: int) -> int:
    """Minutes east of UTC that this computer's zone has at a moment; 0 when the system knows no such moment."""
    try:
        offset = datetime.fromtimestamp(utc_us / 1e6, UTC).astimezone().utcoffset()
    except (OverflowError, OSError, ValueError):
        return 0
    return round((offset or timedelta()).total_seconds() / 60)


def at(utc_us: int, told_min: int) -> int:
    """The zone in which a moment is shown, when the board was told `told_min` at another one."""
    if told_min == local(utc_us) or told_min not in _year(utc_us // 1_000_000 // 86400):
        return told_min
    return local(utc_us)


def settled(moment: datetime | None) -> datetime | None:
    """The same moment, by the clock that hung on the wall; None stays None."""
    if moment is None or moment.utcoffset() is None:
        return moment
    told = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    utc_us = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return moment if (now := at(utc_us, told)) == told else ranges.moment(utc_us, now)


@lru_cache(maxsize=64)
def _year(day: int) -> frozenset[int]:
    """Every offset of this zone within a year of a day since 1970."""
    middle = day * 86400
    return frozenset(local(s * 1_000_000) for s in range(middle - _YEAR_S, middle + _YEAR_S, _LOOK_S))
