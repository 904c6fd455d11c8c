# SPDX-License-Identifier: MIT
"""Ranges: what a field of a session or an answer can be. What lies outside is not believed: left out, and named.

in    values that a right CRC or a whole frame brought: a firmware with a mistake, or a forger, makes these as well
out   the value, or None; sentences' ends for what was left out
from  docs/formats.md; the link's own limits (retrostep.link.messages), the settings' table, sizes of real boards
but   the bytes of a session are stored as they are: a better reader, or one who knows more, can read them again
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from retrostep import settings
from retrostep.journal.recover import LARGEST
from retrostep.link.messages import EARLIEST_US, LATEST_US, ZONE_MIN

NUMBER_MOST = LARGEST  # of a session, a boot, a block: docs/formats.md, "Two mirrors, one ring"
LOG_MOST = 16 << 20  # bytes of a board's whole log: all the flash that an RP2040 can address; ours have 256 KB
BLOCKS_MOST = LOG_MOST // 512
INDEX_MOST = 1 << 40  # sample index: three hundred years at 104 Hz
SPAN_S = 7 * 86400.0  # of one session; it idles out after an hour without a step, and a battery lasts a day
EARLY_S = 1.0  # a step may be credited to a moment before START, not to an earlier one
RATE_HZ = (10.0, 1000.0)  # slowest and fastest that a motion sensor of ours can be set to
BATTERY_MV = (1, 6000)
TEXT_BYTES = 120  # of one setting of a newer firmware


def is_moment(utc_us: int, minutes: int = 0) -> bool:
    """A time that a board may be told, in a zone that people live in."""
    return EARLIEST_US <= utc_us < LATEST_US and -ZONE_MIN <= minutes <= ZONE_MIN


def moment(utc_us: int, minutes: int) -> datetime | None:
    """An aware datetime in the zone `minutes` east of UTC; None when the number is no time a person lives in."""
    if not is_moment(utc_us, minutes):
        return None
    return _epoch(minutes) + timedelta(microseconds=utc_us)


@lru_cache(maxsize=256)
def _epoch(minutes: int) -> datetime:
    """The beginning of 1970 UTC, in the zone `minutes` east of it."""
    zone = timezone(timedelta(minutes=minutes)) if minutes else UTC
    return datetime(1970, 1, 1, tzinfo=UTC).astimezone(zone)


def rate(hertz: float) -> float | None:
    """Samples a second."""
    return hertz if RATE_HZ[0] <= hertz <= RATE_HZ[1] else None


def setting(number: int, is_text: bool, raw: bytes) -> tuple[str, object | None]:
    """(name, value) of a setting in the bytes of a SETTING record or of the link's answer; None: it cannot be.
    One that this version does not know keeps its number as its name."""
    value: object | None = None
    if is_text:
        value = raw.decode("utf-8", "replace") if len(raw) <= TEXT_BYTES else None
    elif len(raw) <= 4:
        value = int.from_bytes(raw.ljust(4, b"\0"), "little", signed=True)
    try:
        name = settings.row(number)[1]
    except KeyError:
        return f"setting_{number}", value
    try:
        return name, None if value is None else settings.check(name, value)
    except ValueError:
        return name, None
