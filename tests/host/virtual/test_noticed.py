# SPDX-License-Identifier: MIT
"""The promise: what went wrong with the board on a walk is in its log, and said by list, report and export."""

import csv
import json
import os
import re

import pytest
from click.testing import CliRunner
from retrostep_host import recordings
from retrostep_host.cli import main
from retrostep_host.store import Store
from retrostep_host.virtual import walks

from tests.host.virtual import wearable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
WALK = "stand 2 s\nforward 8 strides\nbackward 8 strides\nstand 2 s\n"


def walked(folder, script=WALK, *events, **options):
    """The session of a walk on which things went wrong, and what the verbs say of it."""
    stream = recordings.stream(walks.generate(script, 3))
    sessions = wearable.walk(folder, stream, events=list(events), **options)
    session = sessions[-1]
    path = folder / "store.sqlite3"
    with Store(path) as store:
        store.add(session, raw(folder, session.session))
    run = CliRunner().invoke
    said = {"list": run(main.cli, ["list", "--store", str(path)]).output}
    said["json"] = json.loads(run(main.cli, ["list", "--store", str(path), "--json"]).stdout)["sessions"][0]["noticed"]
    run(main.cli, ["report", "--store", str(path), "--out", str(folder / "report.html")])
    said["report"] = re.sub(r"<[^>]*>", " ", (folder / "report.html").read_text())
    run(main.cli, ["export", "--store", str(path), "--out", str(folder / "tables")])
    for table in ("session", "event"):
        with open(folder / "tables" / f"{table}.csv", newline="") as file:
            said[table] = list(csv.DictReader(file))
    assert "! the board noticed trouble" in said["list"]
    assert said["session"][0]["noticed"] == " ".join(f"{k}={v}" for k, v in sorted(said["json"].items()))
    return session, said


def raw(folder, number):
    from retrostep_host import journal
    from retrostep_host.sync import carve

    pieces = [piece for log in folder.glob("drive/journal/*/log.bin") for _, piece in journal.blocks(log.read_bytes())]
    return next(one.data for one in carve.gather(pieces) if one.session == number)


def test_a_sensor_that_is_dead_for_ever_does_not_stop_the_time_and_is_said(tmp_path):
    dead = {"at_s": 12.0, "command": "sensor", "present": False}
    session, said = walked(tmp_path, WALK, dead, {"at_s": 26.0, "command": "plug"})
    assert session.complete and session.steps and session.steps[-1].t < 13
    assert 25 < session.duration_s < 28, "the time that it was dead belongs to the walk"
    assert abs(session.lost_samples - 104 * (session.duration_s - 12)) < 104 * 1.5
    assert said["json"]["imu_missing"] == 1 and said["json"]["lost_samples"] == session.lost_samples
    assert "the motion sensor did not answer" in said["report"] and "were not measured" in said["report"]
    assert [row["value"] for row in said["event"] if row["kind"] == "log"] == ["imu_missing"]


def test_an_overrun_is_counted_and_said(tmp_path):
    session, said = walked(tmp_path, WALK, sample_cost_ms=12.0)
    assert session.lost_samples > 104 and said["json"]["lost_samples"] == session.lost_samples
    assert f"({session.lost_samples:,} samples) were not measured" in said["report"]


def test_a_sensor_that_is_stuck_again_and_again_is_said_and_does_not_fill_the_log(tmp_path):
    stuck = {"at_s": 12.0, "command": "sensor", "stuck": True}
    session, said = walked(tmp_path, WALK + "stand 40 s\n", stuck)
    assert session.lost_samples >= 4 * 520
    assert 1 <= said["json"]["imu_stuck"] <= 2 and 1 <= said["json"]["imu_restarted"] <= 2, "one a minute of each"
    assert "the motion sensor repeated one value" in said["report"]


def test_a_buzzer_that_dies_on_the_way_is_not_said_to_have_buzzed(tmp_path):
    dead = {"at_s": 7.0, "command": "buzzer", "present": False}
    session, said = walked(tmp_path, WALK, dead)
    assert session.buzzes and all(buzz.failed for buzz in session.buzzes) and wearable.felt(tmp_path) == []
    count = len(session.buzzes)
    assert said["json"] == {"haptics_missing": 1, "unfelt": count}
    assert "It buzzed" not in said["report"] and "could not be felt: the buzzer did not answer" in said["report"]
    assert [row["kind"] for row in said["event"] if row["kind"] in ("alert", "unfelt")] == ["unfelt"] * count


def test_a_buzzer_that_was_never_there_is_told_by_each_buzz(tmp_path):
    session, said = walked(tmp_path, WALK, no_haptics=True)
    assert session.buzzes and said["json"] == {"unfelt": len(session.buzzes)}


def test_a_walk_without_trouble_says_nothing(tmp_path):
    stream = recordings.stream(walks.generate(WALK, 3))
    (session,) = wearable.walk(tmp_path, stream)
    assert session.lost_samples == 0 and session.buzzes and not any(buzz.failed for buzz in session.buzzes)
    with Store(tmp_path / "s") as store:
        store.add(session, b"x")
        assert store.walks()[0].noticed == {}
