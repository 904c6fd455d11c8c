# SPDX-License-Identifier: MIT
"""`retrostep walk` as docs/contracts.md promises it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from retrostep_host import recordings
from retrostep_host.virtual import walks

from tests.host.virtual import wearable

SCRIPT = "stand 2 s\nforward 5 strides\nstand 1 s\n"


def command(tmp_path, *options):
    return [
        *(sys.executable, "-m", "retrostep_host.cli.main", "walk", *options),
        *("--drive", str(tmp_path / "drive"), "--ports", str(tmp_path / "ports")),
    ]


def run(tmp_path, *options):
    return subprocess.run(command(tmp_path, *options), capture_output=True, text=True, timeout=60, check=False)


def states(text):
    return [json.loads(line)["state"] for line in text.splitlines()]


@pytest.fixture
def recording(tmp_path):
    return str(walks.save(walks.generate(SCRIPT, 2), tmp_path / "short.npz"))


def test_states_come_as_json_lines_and_nothing_else(tmp_path, recording):
    done = run(tmp_path, recording, "--json", "--exit")
    assert done.returncode == 0 and done.stderr == ""
    assert states(done.stdout) == ["ready", "ended", "exit"]
    (session,) = wearable.stored(tmp_path / "drive")
    assert session.placement == "ankle" and session.side == "left"


def test_without_a_recording_the_truth_is_written_beside(tmp_path):
    script = tmp_path / "a.walk"
    script.write_text(SCRIPT)
    done = run(tmp_path, "--script", str(script), "--truth", str(tmp_path / "truth.json"), "--exit", "--json")
    assert done.returncode == 0
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth["step_times"] and truth["segments"]
    assert recordings.load(tmp_path / "drive.walk.npz").duration_s > 5
    assert json.loads((tmp_path / "drive.felt.json").read_text()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stays_plugged_in_until_it_is_interrupted(tmp_path, recording, number):
    board = subprocess.Popen(command(tmp_path, recording, "--json"), stdout=subprocess.PIPE, text=True)
    for line in board.stdout:
        if "ended" in line:
            break
    time.sleep(0.3)
    assert board.poll() is None
    assert (tmp_path / "ports" / "data").exists() and (tmp_path / "ports" / "control").exists()
    board.send_signal(number)
    assert states(board.stdout.read()) == ["exit"]
    assert board.wait(10) == 0
    assert os.listdir(tmp_path / "ports") == []


def test_the_board_goes_when_whoever_started_it_is_killed(tmp_path, recording):
    board = subprocess.Popen(command(tmp_path, recording, "--json"), stdout=subprocess.PIPE, text=True)
    for line in board.stdout:
        if "ended" in line:
            break
    board.kill()
    board.wait()
    assert wearable.until(lambda: not (tmp_path / "ports" / "data").exists())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("nothing.npz",), "nothing.npz"),
        (("--board", "commodore"), "pico_lsm6dsox"),
        (("--set", "haptic_strength=900"), "haptic_strength"),
        (("--set", "colour=red"), "colour"),
        (("x.npz", "--script", "y"), "not both"),
    ],
)
def test_mistakes_are_one_sentence_and_an_exit_code(tmp_path, options, says):
    done = run(tmp_path, *options)
    assert done.returncode != 0
    assert says in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_speed_1_is_real_time(tmp_path, recording):
    began = time.monotonic()
    done = run(tmp_path, recording, "--json", "--exit", "--speed", "1")
    spent = time.monotonic() - began
    assert states(done.stdout) == ["ready", "ended", "exit"]
    assert spent > json.loads(done.stdout.splitlines()[1])["t_s"]
