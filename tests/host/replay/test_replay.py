# SPDX-License-Identifier: MIT
"""`retrostep replay` keeps the contract of docs/contracts.md on generated walks, and on people where the corpus is."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from retrostep import events
from retrostep_host import recordings, replay
from retrostep_host.cli.main import cli
from retrostep_host.virtual import walks

ROOT = Path(__file__).resolve().parents[3]
CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or ROOT.parent / "shared" / "corpus")
SCRIPT = "stand 2 s\nforward 12 strides\nbackward 12 strides\nstand 1 s"


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    walk = walks.generate(SCRIPT, 3)
    return walk, str(walks.save(walk, tmp_path_factory.mktemp("walk") / "walk"))


def run(*args):
    return CliRunner().invoke(cli, ["replay", *args], standalone_mode=False)


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_steps_and_directions_of_a_generated_walk(walked):
    walk, path = walked
    got = replay.replay(path)
    by = got["steps_by_direction"]
    assert abs(got["steps"] - 48) <= 4
    assert by["forward"] >= 20 and by["backward"] >= 20 and by["sideways"] == 0
    assert by["forward"] <= 26 and by["backward"] <= 26
    own = [e["t"] for e in got["events"] if e["kind"] == "step" and not e["inferred"]]
    near = [min(abs(t - x) for x in own) for t in walk.truth.times(own=True)]
    assert np.mean(np.array(near) < 0.15) > 0.85


def test_json_keeps_the_contract(walked):
    result = run(walked[1], "--json")
    (row,) = lines(result)
    assert result.return_value == 0 and row["recording"] == walked[1]
    assert row["placement"] == "ankle" and row["side"] == "left"
    assert row["duration_s"] == pytest.approx(walked[0].duration_s, abs=1e-3)
    times = [event["t"] for event in row["events"]]
    assert times == sorted(times) and times[0] >= 0 and times[-1] <= row["duration_s"]
    steps = [event for event in row["events"] if event["kind"] == "step"]
    assert row["steps"] == len(steps) == sum(row["steps_by_direction"].values())
    assert set(row["steps_by_direction"]) == {"forward", "backward", "sideways", "unknown"}
    for event in row["events"]:
        assert event["kind"] in ("step", "stumble", "fall", "wobble")
        if event["kind"] == "step":
            assert event["direction"] in events.DIRECTIONS and 0 <= event["confidence"] <= 1
            assert event["inferred"] or event["decided_t"] >= event["t"]
            assert event.get("contact", "unknown") in events.CONTACTS


def test_an_unreadable_file_gets_its_line_and_the_others_run(walked, tmp_path):
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"no")
    result = run(walked[1], str(bad), "nowhere.npz", walked[1], "--json")
    rows = lines(result)
    assert [("error" in row) for row in rows] == [False, True, True, False] and result.return_value == 1
    assert rows[1]["recording"] == str(bad) and set(rows[1]) == {"recording", "error"}
    assert rows[0]["events"] == rows[3]["events"]


def test_jobs_change_nothing(walked, tmp_path):
    copy = str(walks.save(walks.generate(SCRIPT, 4), tmp_path / "other"))
    files = [walked[1], copy, "nowhere.npz"]
    alone = list(replay.replay_all(files, rotate_seed=5))
    assert list(replay.replay_all(files, rotate_seed=5, jobs=2)) == alone
    assert alone[0]["events"] and alone[0]["events"] != alone[1]["events"]


def test_fewer_alerts_are_slower_to_believe_the_same_stumble(tmp_path):
    script = "stand 2 s\nforward 12 strides\nstumble\nforward 6 strides\n"
    files = [str(walks.save(walks.generate(script, seed), tmp_path / str(seed))) for seed in (1, 2, 3)]
    told, steps = [], []
    for alerts in ("few", "usual", "many"):
        rows = [replay.replay(file, alerts=alerts)["events"] for file in files]
        told.append([e["t"] for own in rows for e in own if e["kind"] == "stumble"])
        steps.append([[e for e in own if e["kind"] == "step"] for own in rows])
    assert all(few >= many for few, many in zip(told[0], told[2], strict=True)) and told[0] != told[2]
    assert steps[0] == steps[1] == steps[2]


def test_turning_the_sensor_keeps_counts_and_directions(walked):
    plain = replay.replay(walked[1])
    for seed in range(6):
        turned = replay.replay(walked[1], rotate=(seed, 0))
        assert abs(turned["steps"] - plain["steps"]) <= 2
        for direction in ("forward", "backward"):
            assert abs(turned["steps_by_direction"][direction] - plain["steps_by_direction"][direction]) <= 2


def test_options_win_over_the_sidecar(walked):
    (row,) = lines(run(walked[1], "--json", "--placement", "wrist", "--side", "right"))
    assert row["placement"] == "wrist" and row["side"] == "right"
    assert row["steps_by_direction"]["backward"] == 0, "nothing at a shin hangs like a forearm"


def test_without_a_gyro_steps_have_no_direction(walked, tmp_path):
    walk = walks.generate(SCRIPT, 3, placement="wrist")
    walk.gyr = None
    row = replay.replay(str(walks.save(walk, tmp_path / "still")))
    assert row["steps"] > 30
    assert row["steps_by_direction"] == {"forward": 0, "backward": 0, "sideways": 0, "unknown": row["steps"]}


def test_events_after_the_end_are_dropped(walked):
    stream = recordings.stream(walked[0])
    late = events.Event(events.STUMBLE, len(stream.words) - 1)
    assert replay.summarise("x", stream, [late])["events"] == []


def test_units_by_option(tmp_path):
    walk = walks.generate("stand 1 s\nforward 4 strides", 1)
    path = tmp_path / "g.npz"
    np.savez(path, t=walk.t, acc=walk.acc / 9.80665, gyr=np.degrees(walk.gyr), fs=walk.fs)
    assert "--unit acc=g" in lines(run(str(path), "--json"))[0]["error"]
    assert "error" not in lines(run(str(path), "--json", "--unit", "acc=g", "--unit", "gyr=dps"))[0]


def test_table_for_people(walked):
    result = run(walked[1])
    assert "recording" in result.stdout and "walk.npz" in result.stdout and "backward" in result.stdout
    assert all(len(line) < 130 for line in result.stdout.splitlines())


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of recordings here; RETROSTEP_CORPUS names its folder")
def test_real_backward_walks_are_backward():
    """All six real people who walked backward at the ankle; in-sample, see docs/accuracy.md."""
    for path in sorted(CORPUS.glob("erciyes/*backward*_ankle_*.npz")):
        by = replay.replay(str(path), rotate=(11, 0))["steps_by_direction"]
        assert by["forward"] == 0 and by["backward"] >= 5, f"{path.name}: {by}"
