# SPDX-License-Identifier: MIT
"""`export` loses nothing, keys rows by what the board said, and gives times in UTC with the zone beside."""

import csv
from datetime import UTC, datetime

import walks
from click.testing import CliRunner
from retrostep_host.cli import main
from retrostep_host.export import columns
from retrostep_host.store import Store

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def run(tmp_path, *more):
    where = ["--store", str(tmp_path / "s"), "--out", str(tmp_path / "out")]
    return CliRunner().invoke(main.cli, ["export", *where, *more])


def exported(tmp_path, *stored, more=()):
    with Store(tmp_path / "s") as store:
        for number, walk in enumerate(stored):
            store.add(walk, f"bytes {number}".encode())
    done = run(tmp_path, *more)
    assert done.exit_code == 0, done.output
    found = {}
    for table in columns.TABLES:
        with (tmp_path / "out" / f"{table}.csv").open(newline="", encoding="utf-8-sig") as file:
            found[table] = list(csv.DictReader(file))
    return found


def test_every_step_and_event_is_a_row_with_its_key(tmp_path):
    two = [walks.walk(1, session=1, start=NINE), walks.walk(2, session=2)]
    found = exported(tmp_path, *two)
    assert len(found["session"]) == 2
    assert len(found["stride"]) == sum(walk.total for walk in two)
    assert len(found["event"]) == sum(len(walk.events) for walk in two)
    keys = {(row["device_uid"], row["session"], row["boot"], row["seq"]) for row in found["stride"]}
    assert len(keys) == len(found["stride"])


def test_times_are_utc_with_the_zone_beside_and_empty_without_a_clock(tmp_path):
    found = exported(tmp_path, walks.walk(1, session=1, start=NINE), walks.walk(2, session=2))
    first, last = (next(row for row in found["stride"] if row["session"] == number) for number in "12")
    assert int(first["t_utc_us"]) == int(NINE.timestamp() * 1e6) + round(float(first["t_s"]) * 1e6)
    assert first["utc_offset_min"] == "60" and last["t_utc_us"] == "" and last["utc_offset_min"] == ""


def test_every_column_is_explained(tmp_path):
    exported(tmp_path, walks.walk())
    page = (tmp_path / "out" / "columns.txt").read_text(encoding="utf-8")
    for table in columns.TABLES.values():
        for name, _, words in table:
            assert name in page and words in page


def test_a_code_cannot_become_a_formula(tmp_path):
    found = exported(tmp_path, walks.walk(settings={"code": "=1+1"}))
    assert found["session"][0]["code"] == "'=1+1"


def test_no_code_splits_a_row_or_begins_a_cell_in_any_land(tmp_path):
    """A bare CR ended the row, and what followed a semicolon was a cell where numbers are written 1,5."""
    codes = ["P\r=1+1", "P;=1+1", "P\n@x", "\t=2"]
    exported(tmp_path, *[walks.walk(n, session=n, settings={"code": code}) for n, code in enumerate(codes, 1)])
    text = (tmp_path / "out" / "session.csv").read_bytes().decode()
    assert len(text.splitlines()) == 1 + len(codes) == text.count("\n")
    for line in text.splitlines():
        for cell in line.split(";")[1:]:
            assert cell[:1] not in "=+-@"
    with (tmp_path / "out" / "session.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["code"] for row in rows] == [r"P\r=1+1", "P;'=1+1", r"P\n@x", r"\t=2"]
