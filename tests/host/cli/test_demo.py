# SPDX-License-Identifier: MIT
"""`demo` walks, copies and draws; what it shows is what `replay` counts; it leaves nothing behind but its folder."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from retrostep_host import demonstration, errors
from retrostep_host.cli import main

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")


def run(*args, cwd, **environment):
    command = [sys.executable, "-m", "retrostep_host.cli.main", *map(str, args)]
    known = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120, check=False, env=known)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo folder")
    done = run("demo", "--json", "--keep", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_the_demo_walks_forward_and_backward_and_buzzes(shown):
    _, found = shown
    counts = found["session"]["steps_by_direction"]
    for direction in ("forward", "backward"):
        assert abs(counts[direction] - found["truth"][direction]) <= 4, (counts, found["truth"])
    assert {one["kind"] for one in found["felt"]} >= {"buzz", "stumble"}
    assert found["session"]["complete"]


def test_the_page_says_the_same(shown):
    _, found = shown
    page = Path(found["page"]).read_text(encoding="utf-8")
    for direction, count in found["session"]["steps_by_direction"].items():
        assert not count or f'<data class="steps-{direction}" value="{count}">' in page


def test_replay_counts_the_same_steps_in_the_same_directions(shown):
    folder, found = shown
    done = run("replay", "retrostep-demo/walk.npz", "--json", cwd=folder)
    replayed = json.loads(done.stdout)
    assert replayed["steps"] == found["session"]["steps"]
    assert replayed["steps_by_direction"] == found["session"]["steps_by_direction"]


def test_its_folder_holds_what_it_says_and_nothing_else_was_touched(shown):
    folder, found = shown
    assert [path.name for path in folder.iterdir()] == ["retrostep-demo"]
    inside = {path.name for path in (folder / "retrostep-demo").iterdir()}
    assert inside == {"report.html", "store.sqlite3", "walk.npz", "walk.json", "board"}
    assert (folder / "retrostep-demo" / "board" / "drive" / "code.py").exists()
    home = Path(os.environ["RETROSTEP_HOME"])
    assert str(found["page"]) not in "".join(str(path) for path in home.rglob("*"))
    assert not (home / "retrostep.sqlite3").exists() and not (home / "partial").exists()


def test_a_recording_goes_the_same_way_and_the_page_speaks_the_language(shown, tmp_path):
    folder, found = shown
    recording = folder / "retrostep-demo" / "walk.npz"
    done = run("demo", "--recording", recording, "--json", cwd=tmp_path, RETROSTEP_LANG="de")
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert again["truth"] is None
    assert '<html lang="de">' in Path(again["page"]).read_text(encoding="utf-8")
    assert again["session"]["steps_by_direction"] == found["session"]["steps_by_direction"]


def test_ctrl_c_ends_it_at_once_and_takes_the_board_along(tmp_path):
    command = [sys.executable, "-m", "retrostep_host.cli.main", "demo"]
    demo = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(2.5)
    children = _children(demo.pid)
    demo.send_signal(signal.SIGINT)
    _, said = demo.communicate(timeout=30)
    assert demo.returncode in (0, 130), said
    assert "Traceback" not in said
    time.sleep(0.5)
    assert not [pid for pid in children if _runs(pid)]


def _children(pid: int) -> list[int]:
    try:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return found + [below for child in found for below in _children(child)]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


def test_windows_is_told_in_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(demonstration.os, "name", "nt")
    with pytest.raises(errors.UnsupportedPlatform, match="Windows"):
        demonstration.run(None, tmp_path, False, print)


def test_a_recording_that_is_not_there_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main._run(["demo", "--recording", "nowhere.npz"]) == 10
    assert "There is no recording nowhere.npz" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_board_that_fails_says_why(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("t,acc_x\n0,1\n")
    code = main._run(["demo", "--recording", "bad.csv"])
    said = capsys.readouterr().err
    assert code == errors.VirtualBoardFailed.exit_code and "acc_y" in said and "Traceback" not in said


def test_the_boards_of_a_practice_are_plugged_in_and_synced(tmp_path, monkeypatch):
    """The firmware itself reads the log that was made for it, and lets go of what was copied."""
    from datetime import date

    from retrostep_host import practice

    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path / "home"))
    until, some = date(2026, 11, 27), ("P-01", "P-04")
    whole = practice.make(tmp_path / "whole", 1, until, 1, only=some)
    made = practice.make(tmp_path / "made", 1, until, 1, only=some, boards_hold_last=True)
    assert made.walks == whole.walks - 2 and len(made.boards) == 2 and practice.boards(tmp_path / "made") == made.boards
    with practice.plug_in(made.boards):
        done = run("sync", "--all", "--store", made.store, cwd=tmp_path)
        again = run("sync", "--all", "--store", made.store, cwd=tmp_path)
    assert "2 boards, 2 new walks" in done.stdout and "0 new walks" in again.stdout, done.stdout + done.stderr
    said = [json.loads(run("list", "--store", one.store, "--json", cwd=tmp_path).stdout) for one in (whole, made)]
    rows = [sorted((walk["walk"], walk["device"], walk["steps"]) for walk in one["sessions"]) for one in said]
    assert rows[0] == rows[1]


def test_a_practice_that_was_stopped_is_made_again(tmp_path):
    from datetime import date

    from retrostep_host import practice

    class Stopped(Exception):
        pass

    def stop(done, of):
        if done:
            raise Stopped

    with pytest.raises(Stopped):
        practice.make(tmp_path, 1, date(2026, 11, 27), 1, stop, only=("P-01",))
    (tmp_path / "store.sqlite3").write_bytes(b"half")
    assert practice.boards(tmp_path) == []
    assert practice.make(tmp_path, 1, date(2026, 11, 27), 1, only=("P-01",)).walks
