# SPDX-License-Identifier: MIT
"""`retrostep live` against the virtual wearable: begins a walk at the cable, shows it, ends in what is true."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from retrostep_host import recordings
from retrostep_host.cli import _terminal
from retrostep_host.sync import find
from retrostep_host.virtual import walks
from retrostep_host.virtual.board import VirtualBoard

from tests.host.virtual.wearable import replayed, stored, walked

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")


def live(*options, **more):
    command = [sys.executable, "-m", "retrostep_host.cli.main", "live", *map(str, options)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **more}
    )


def rows(process, seconds=60.0):
    """The JSON lines of a `live` until it ends."""
    out, err = process.communicate(timeout=seconds)
    assert not err, err
    return [json.loads(line) for line in out.splitlines()]


def at_cable(folder, script=None, **more):
    stream = recordings.stream(walks.generate(script, 3)) if script else recordings.stream(walks.generate())
    board = VirtualBoard(folder / "drive", folder / "ports", stream, cable=True, **more)
    return board, stream


def until_line(process, kind):
    """Read JSON lines until one of `kind`; all that were read."""
    found = []
    for line in process.stdout:
        found.append(json.loads(line))
        if found[-1]["kind"] == kind:
            return found
    raise AssertionError(f"ended without {kind}: {found} {process.stderr.read()}")


WALK = "stand 2 s\nforward 8 strides\nbackward 8 strides\nstand 2 s\n"


def test_a_walk_watched_is_the_walk_that_replay_counts_and_is_logged_like_any_other(tmp_path):
    board, stream = at_cable(tmp_path)
    with board:
        board.wait_for("waiting")
        found = rows(live("--port", tmp_path / "ports" / "data", "--json"))
        board.wait_for("ended")
    expected = replayed(stream)
    assert [row["kind"] for row in found[:2]] == ["board", "begin"] and not found[1]["joined"]
    end = found[-1]
    assert (end["kind"], end["kept"], end["ended_by"]) == ("end", True, "button")
    assert abs(end["steps"] - len(expected)) <= 2  # the engine's chunks begin elsewhere, so a turn may read otherwise
    by = Counter(direction for _, direction, _ in expected)
    assert all(abs(end["steps_by_direction"][way] - by[way]) <= 4 for way in ("forward", "backward"))
    assert end["alerts"] == {"stumble": 1}
    steps = [row for row in found if row["kind"] == "step"]
    assert len(steps) > len(expected) / 2 and {row["direction"] for row in steps} >= {"forward", "backward"}
    assert any(row["kind"] == "buzz" and row["pattern"] == "stop" and row["felt"] for row in found)
    status = [row for row in found if row["kind"] == "status"][-1]
    assert status["battery_v"] == pytest.approx(3.9, abs=0.1)
    (session,) = stored(tmp_path / "drive")
    assert session.complete and session.end == "button"
    logged = Counter(direction for _, direction, _ in walked(session))
    assert {way: n for way, n in end["steps_by_direction"].items() if n} == dict(logged)
    assert session.start_utc is not None  # `live` set the clock


def test_the_cable_comes_out_and_back_and_the_walk_goes_on_until_ctrl_c(tmp_path):
    board, _ = at_cable(tmp_path, WALK, realtime=True)
    with board:
        board.wait_for("waiting")
        watching = live("--port", tmp_path / "ports" / "data", "--json")
        until_line(watching, "begin")
        time.sleep(3.0)
        board.control("unplug")
        until_line(watching, "lost")
        time.sleep(4.0)
        board.control("plug")
        back = until_line(watching, "status")
        assert [row["kind"] for row in back if row["kind"] in ("back", "begin", "ended")] == ["back"]  # the same walk
        time.sleep(4.0)
        watching.send_signal(signal.SIGINT)
        end = rows(watching)[-1]
        assert end["kind"] == "end" and end["session"] == 1 and end["kept"] and end["ended_by"] == "link"
        assert watching.returncode == 0
        (session,) = stored(tmp_path / "drive")
        assert end["steps"] == len(session.steps) > 4 and session.end == "link" and not session.lost_samples
        board.control("quit")


def test_ctrl_c_before_a_step_keeps_nothing_and_says_so(tmp_path):
    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", cable=True) as board:
        board.wait_for("waiting")
        watching = live("--port", tmp_path / "ports" / "data")
        for line in watching.stdout:
            if line.startswith("The walk begins"):
                break
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=20)
        assert err == ""
        assert out.splitlines()[-1] == "Nobody made a step, so the board kept nothing."
        assert not stored(tmp_path / "drive")
        board.control("quit")


def test_a_walk_that_the_button_began_is_watched_and_left_alone(tmp_path):
    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", cable=True) as board:
        board.wait_for("waiting")
        board.control("button", press="long")
        time.sleep(3.0)
        watching = live("--port", tmp_path / "ports" / "data", "--json")
        begun = until_line(watching, "begin")[-1]
        assert begun["joined"]
        watching.send_signal(signal.SIGINT)
        assert rows(watching)[-1]["ended_by"] != "link"
        client, hello = find.connect(str(tmp_path / "ports" / "data"))
        client.port.close()
        assert hello.running == begun["session"]
        board.control("quit")


def test_options_that_do_not_go_together_are_said(tmp_path):
    assert live("--adapter", "mcp2221").communicate(timeout=20)[1].startswith("--adapter, --placement and --store go")
    assert "needs no board" in live("--blinka", "--port", "x").communicate(timeout=20)[1]


def test_what_is_said_while_lines_stand_comes_above_them_and_nothing_of_it_is_obeyed(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    monkeypatch.setenv("TERM", "xterm")
    with _terminal.standing() as draw:
        draw(["backward", "12 steps"])
        _terminal.say("0:14  Back\x1b[2Jward")
        draw(["backward", "14 steps"])
    _terminal.say("over")
    seen = capsys.readouterr().out
    assert seen.index("12 steps") < seen.index("0:14  Back\\x1b[2Jward") < seen.index("14 steps") < seen.index("over")
    said = seen[seen.index("12 steps") : seen.index("0:14")]
    assert "\x1b[1A" in said and "\x1b[2K" in said  # the standing lines were wiped before
