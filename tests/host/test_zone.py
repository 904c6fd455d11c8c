# SPDX-License-Identifier: MIT
"""A walk is shown by the clock that hung on the wall while it was walked, and filed under the day people had."""

import time
from datetime import UTC, datetime

import pytest
import walks
from retrostep_host import journal, quarantine, zone
from retrostep_host.store import Store
from retrostep_host.sync.session import Clock, back_date

needs_zones = pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system cannot change its zone on the fly")


def us(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.fixture
def lives_in(monkeypatch):
    def move(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()
        zone._year.cache_clear()

    yield move
    monkeypatch.undo()
    time.tzset()
    zone._year.cache_clear()


BERLIN_RULES = "CET-1CEST,M3.5.0,M10.5.0/3"
CASES = [
    ("Europe/Berlin", us(2026, 10, 24, 12), 60, 120),  # walked in summer, copied in winter
    ("Europe/Berlin", us(2026, 11, 2, 12), 120, 60),  # the board was told in summer, walked in winter
    ("Europe/Berlin", us(2026, 3, 30, 12), 60, 120),  # and in spring
    (BERLIN_RULES, us(2026, 10, 24, 12), 60, 120),  # rules without a zone file
    ("America/New_York", us(2026, 10, 31, 12), -300, -240),
    ("Australia/Lord_Howe", us(2026, 4, 20, 12), 660, 630),  # half an hour of summer time
    ("Europe/Berlin", us(2026, 7, 1, 12), 330, 330),  # told in India: left as it was told
    ("UTC", us(2026, 7, 1, 12), 60, 60),
]


@needs_zones
@pytest.mark.parametrize(("name", "moment", "told", "shown"), CASES)
def test_the_rules_of_the_walks_own_moment(lives_in, name, moment, told, shown):
    lives_in(name)
    assert zone.at(moment, told) == shown


@needs_zones
def test_summer_time_that_ended_before_the_sync_does_not_move_the_walk(lives_in):
    lives_in("Europe/Berlin")
    session = journal.Session("00" * 8, 1, 1)
    now = us(2026, 10, 25, 1, 20)  # 02:20 in winter; the walk began an hour before, at 02:20 in summer
    back_date(session, Clock(1, 3600 * 104, now, 60))
    assert session.start_utc.isoformat() == "2026-10-25T02:20:00+02:00"


@needs_zones
def test_a_board_that_was_told_in_summer_is_read_in_winter(lives_in, monkeypatch):
    lives_in("Europe/Berlin")
    told = datetime.fromisoformat("2026-11-02T13:00:00+02:00")
    decoded = journal.Session("00" * 8, 1, 1, start_utc=told)
    monkeypatch.setattr(journal, "decode", lambda data: decoded)
    read = quarantine.read(b"", "00" * 8, 1)
    assert read.start_utc == told and read.start_utc.isoformat() == "2026-11-02T12:00:00+01:00"


@needs_zones
@pytest.mark.parametrize(
    ("name", "copied", "day"),
    [
        ("Pacific/Auckland", us(2026, 11, 24, 12, 30), "2026-11-25"),
        ("Pacific/Honolulu", us(2026, 11, 24, 5), "2026-11-23"),
        ("EAST-13", us(2026, 11, 24, 12), "2026-11-25"),
        ("WEST+12", us(2026, 11, 24, 11), "2026-11-23"),
    ],
)
def test_a_walk_without_a_clock_belongs_to_the_day_on_the_wall(lives_in, tmp_path, name, copied, day):
    lives_in(name)
    with Store(tmp_path / "store") as store:
        store.add(journal.Session("00" * 8, 1, 1), b"raw", imported_utc_us=copied)
        (kept,) = store.walks()
        assert kept.start is None and kept.day == day
        lives_in("UTC")  # the store was carried to another land: the walk stays where it was
        assert store.walks()[0].day == day
    moved = walks.walk(imported_utc_us=copied)
    assert moved.utc_offset_min is None and moved.day == "2026-11-24", "an older store did not keep the zone: read here"


def test_a_moment_that_no_system_knows_has_no_zone():
    assert zone.local(1 << 70) == 0
