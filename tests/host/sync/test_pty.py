# SPDX-License-Identifier: MIT
"""The promise: `retrostep sync` over a real pseudo-terminal, as a person runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
ROOT = Path(__file__).parents[3]
PATH = os.pathsep.join([str(ROOT / "lib"), str(ROOT / "host_tools"), str(ROOT)])


@pytest.fixture
def board():
    """A board process on a pseudo-terminal with two sessions."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.board", "40", "200"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": PATH},
    )
    yield process.stdout.readline().strip()
    process.stdin.close()
    process.wait(10)


def retrostep(tmp_path, *args):
    env = {**os.environ, "PYTHONPATH": PATH, "RETROSTEP_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "retrostep_host.cli.main", *args]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)


def test_sync_fetches_stores_and_releases_once(board, tmp_path):
    first = retrostep(tmp_path, "sync", "--port", board, "--json")
    assert first.returncode == 0, first.stderr
    found = json.loads(first.stdout)
    assert found["left_on_board"] == 0
    assert [(one["session"], one["steps"]) for one in found["sessions"]] == [(1, 40), (2, 200)]
    one = found["sessions"][1]
    assert one["complete"] and one["released"] and one["alerts"] == {} and one["start"]
    assert one["steps_by_direction"] == {"forward": 67, "backward": 67, "sideways": 66, "unknown": 0}
    assert json.loads(retrostep(tmp_path, "sync", "--port", board, "--json").stdout) == {
        "sessions": [],
        "left_on_board": 0,
    }


def test_sync_tells_a_person_what_it_did(board, tmp_path):
    done = retrostep(tmp_path, "sync", "--port", board)
    assert done.stdout.splitlines() == [
        "Session 1: 23 s, 40 steps, 13 of them backward. Copied, verified, released.",
        "Session 2: 1 min 55 s, 200 steps, 67 of them backward. Copied, verified, released.",
    ]
    assert retrostep(tmp_path, "sync", "--port", board).stdout == "Nothing new on the board.\n"


def test_a_port_that_is_no_retrostep_is_named_with_its_own_exit_code(tmp_path):
    import pty

    master, slave = pty.openpty()
    try:
        done = retrostep(tmp_path, "sync", "--port", os.ttyname(slave))
        assert done.returncode == 4 and "answers as a Retrostep" in done.stderr
        done = retrostep(tmp_path, "sync", "--port", "/dev/ttyNOWHERE")
        assert done.returncode == 4 and "There is no port /dev/ttyNOWHERE" in done.stderr
    finally:
        os.close(master)
        os.close(slave)


def test_without_a_board_it_says_what_to_do(tmp_path):
    done = retrostep(tmp_path, "sync")
    assert done.returncode == 3 and "No Retrostep" in done.stderr and done.stdout == ""


def test_a_store_that_cannot_be_written_leaves_the_sessions_on_the_board(board, tmp_path):
    bad = tmp_path / "store.sqlite3"
    bad.write_text("this is no database, and long enough to be looked at" * 20)
    assert retrostep(tmp_path, "sync", "--port", board, "--store", str(bad)).returncode == 24
    found = json.loads(retrostep(tmp_path, "sync", "--port", board, "--json").stdout)
    assert len(found["sessions"]) == 2


def test_settings_are_shown_changed_and_kept(board, tmp_path):
    shown = json.loads(retrostep(tmp_path, "settings", "--port", board, "--json").stdout)["settings"]
    assert shown == {"placement": "ankle", "side": "left", "steps_goal": 0}
    done = retrostep(tmp_path, "settings", "steps_goal=600", "code=P-04", "--port", board)
    assert done.returncode == 0 and "steps_goal           600 steps" in done.stdout
    shown = json.loads(retrostep(tmp_path, "settings", "--port", board, "--json").stdout)["settings"]
    assert shown["steps_goal"] == 600 and shown["code"] == "P-04"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("steps_goal=-3", "it may be 0 to 50000 steps"),
        ("placement=head", "it may be ankle, foot, wrist"),
        ("steps_gaol=3", "did you mean steps_goal?"),
        ("steps_goal", "write NAME=VALUE"),
    ],
)
def test_a_wrong_setting_is_refused_before_a_board_is_asked(tmp_path, change, words):
    done = retrostep(tmp_path, "settings", change)
    assert done.returncode == 15 and words in done.stderr and done.stdout == ""


def test_the_table_of_settings_needs_no_board(tmp_path):
    done = retrostep(tmp_path, "settings", "--table")
    assert done.returncode == 0 and "haptic_strength      80 %" in done.stdout


def test_erasing_a_board_asks_first_and_leaves_nothing(board, tmp_path):
    done = retrostep(tmp_path, "settings", "--erase", "--port", board)
    assert done.returncode == 29 and "Nothing was erased" in done.stderr
    done = retrostep(tmp_path, "settings", "--erase", "--yes", "--port", board)
    assert done.returncode == 0 and "2 unsynced walks" in done.stderr
    assert retrostep(tmp_path, "sync", "--port", board).stdout == "Nothing new on the board.\n"
