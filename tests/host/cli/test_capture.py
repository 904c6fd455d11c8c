# SPDX-License-Identifier: MIT
"""A capture becomes a labelled recording that replay takes, whatever the cable loses; nothing is overwritten."""

import json
import os
import struct
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from retrostep import events, units
from retrostep.journal import records
from retrostep.link import messages
from retrostep_host import capturing, recordings, replay
from retrostep_host.cli import main
from retrostep_host.errors import BadScript, LinkBroken
from retrostep_host.sync import find
from retrostep_host.virtual import walks
from retrostep_host.virtual.walking import script as scripts

from .test_plan_on_a_board import plugged_in

COURSE = "stand 2 s\nforward 9 s\nstand 1 s\nbackward 9 s\nside left 3 s\nturn 180\nstand 2 s"


class Board:
    """A board that streams a generated walk as fast as it is listened to."""

    def __init__(self, words, lose=()):
        self.words, self.lose = words, lose
        self.on_stream = None
        self.at = 5000  # sample index since boot
        self.buzzes = []
        self.port = self

    def settings(self):
        return {"placement": "ankle", "side": "right"}

    def hello(self):
        return type("Hello", (), {"rate_mhz": 104000, "locked": False})()

    locked = False

    def stream(self, on):
        self.streaming = on

    def capture(self, seconds):
        self.asked = seconds

    def identify(self, pattern):
        self.buzzes.append(pattern)

    def close(self):
        pass

    def listen(self, seconds):
        record = bytearray(records.LONGEST)
        for _ in range(int(seconds * 8)):
            start = self.at - 5000
            part = self.words[start : start + 13]
            if start // 13 not in self.lose and len(part) == 13:
                size = records.pack(record, events.RAW, 0, (0, 0), part.astype("<i2").tobytes())
                head = struct.pack(messages.STREAM_HEAD, self.at, 0)
                self.on_stream(b"\0" + head + bytes(record[:size]))
            self.at += 13


def walked():
    text = COURSE.replace("turn 180\n", "turn 180\nstand 4 s\n") + "\nstand 20 s"
    return recordings.stream(walks.generate("stand 1 s\n" + text, 4)).words


def test_a_capture_is_a_recording_with_labels_that_replay_takes(tmp_path, monkeypatch):
    board = Board(walked())
    monkeypatch.setattr(find, "connect", lambda port=None: (board, board))
    (tmp_path / "course.walk").write_text(COURSE)
    name = str(tmp_path / "deep" / "a1")
    arguments = ["capture", name, "--script", str(tmp_path / "course.walk"), "--subject", "A1", "--yes"]
    done = CliRunner().invoke(main.cli, arguments)
    assert done.exit_code == 0, done.output
    assert "walk backward, 9 s" in done.output and "step to the left" in done.output
    read = recordings.load(name + ".npz")
    assert (read.placement, read.side, read.meta["subject"]) == ("ankle", "right", "A1")
    assert [label for _, _, label in read.meta["segments"]] == scripts_labels()
    assert read.meta["samples_lost"] == 0 and read.fs == pytest.approx(104)
    stand = read.acc[: int(0.9 * 104)]
    assert np.linalg.norm(stand, axis=1).mean() == pytest.approx(units.G, abs=0.5)
    by = replay.replay(name + ".npz")["steps_by_direction"]
    assert by["forward"] >= 10 and by["backward"] >= 8
    assert board.asked == 0 and not board.streaming, "the board is told to stop"
    assert board.buzzes[-1] == 3 and len(board.buzzes) == 8, "one buzz a piece, and the end"
    before = (tmp_path / "deep" / "a1.npz").read_bytes()
    assert main._run(arguments) != 0 and (tmp_path / "deep" / "a1.npz").read_bytes() == before


def scripts_labels():
    return ["stand", "forward", "stand", "backward", "sidestep", "turn", "stand"]


def test_lost_frames_leave_holes_and_not_shifts():
    words = walked()
    todo = capturing.pieces(COURSE)
    whole = capturing.capture(Board(words), todo, lambda piece, number: None)
    holed = capturing.capture(Board(words, lose={20, 21, 60}), todo, lambda piece, number: None)
    assert holed.meta["samples_lost"] == 39 and len(whole.t) - len(holed.t) == 39
    kept = np.isin(np.round(whole.t * 104), np.round(holed.t * 104))
    assert (whole.acc[kept] == holed.acc).all()


@pytest.mark.parametrize("odd", ["placement", "rate", "silent at the end", "cable on the way"])
def test_a_walk_that_was_walked_is_kept_whatever_the_board_says(tmp_path, monkeypatch, capsys, odd):
    """On the old code each of these lost the recording after everybody had walked."""
    board = Board(walked())
    if odd == "placement":
        board.settings = lambda: {"placement": "head\x1b[2J", "side": 7}
    if odd == "rate":
        board.hello = lambda: type("Hello", (), {"rate_mhz": 0, "locked": False})()

    def gone(*_):
        raise LinkBroken("The connection broke off.")

    if odd == "silent at the end":
        capture = board.capture
        board.capture = lambda seconds: capture(seconds) if seconds else gone()
    if odd == "cable on the way":
        identify = board.identify
        board.identify = lambda pattern: identify(pattern) if len(board.buzzes) < 4 else gone()
    monkeypatch.setattr(find, "connect", lambda port=None: (board, board))
    (tmp_path / "course.walk").write_text(COURSE)
    code = main._run(["capture", str(tmp_path / "a1"), "--script", str(tmp_path / "course.walk"), "--yes"])
    assert code == (LinkBroken.exit_code if odd == "cable on the way" else 0)
    said = capsys.readouterr()
    read = recordings.load(tmp_path / "a1.npz")
    assert read.placement == "ankle" and read.fs == pytest.approx(104) and read.duration_s > 10
    assert [label for _, _, label in read.meta["segments"]] == scripts_labels()[: 4 if "way" in odd else 7]
    assert ("Please check the .json" in said.err) == (odd in ("placement", "rate")) and "\x1b" not in said.err
    assert ("What came until then is saved" in said.err) == (odd == "cable on the way")


def test_a_folder_that_takes_no_file_is_said_before_anybody_walks(tmp_path, monkeypatch):
    monkeypatch.setattr(find, "connect", lambda port=None: pytest.fail("a board was asked"))
    (tmp_path / "file").write_text("")
    assert main._run(["capture", str(tmp_path / "file" / "a1"), "--yes"]) != 0


def test_a_disk_that_fills_up_sends_the_recording_elsewhere(tmp_path, monkeypatch, capsys):
    board = Board(walked())
    monkeypatch.setattr(find, "connect", lambda port=None: (board, board))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    save = recordings.save

    def full(recording, path):
        if path.parent == tmp_path / "full":
            raise OSError(28, "No space left on device", str(path))
        return save(recording, path)

    monkeypatch.setattr(recordings, "save", full)
    (tmp_path / "course.walk").write_text(COURSE)
    words = ["capture", str(tmp_path / "full" / "a1"), "--script", str(tmp_path / "course.walk"), "--yes"]
    assert main._run(words) == 0
    assert "disk filled up" in capsys.readouterr().err
    (saved,) = tmp_path.glob("retrostep-*/a1.npz")
    assert recordings.load(saved).duration_s > 10


def test_samples_that_cannot_be_of_this_walk_are_left_out():
    record = bytearray(records.LONGEST)
    size = records.pack(record, events.RAW, 0, (0, 0), bytes(13 * 12))
    catcher = capturing.Catcher(most=1000)
    for at in (5000, 2**64 - 1, 5013, 2**50, 7000, 4000):
        catcher(b"\0" + struct.pack(messages.STREAM_HEAD, at, 0) + bytes(record[:size]))
    assert sorted(catcher.parts) == [5000, 5013]


def test_a_silent_board_is_an_error_and_is_told_to_stop():
    board = Board(walked()[:0])
    with pytest.raises(LinkBroken, match="nothing was saved"):
        capturing.capture(board, capturing.pieces(COURSE), lambda piece, number: None)
    assert board.asked == 0 and not board.streaming


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("forward 10 strides", "Line 1: a capture goes by the clock"),
        ("stand 3 s\nfall", "Line 2: nobody is asked to fall"),
    ],
)
def test_what_cannot_be_asked_of_a_person_is_refused(text, words):
    with pytest.raises(BadScript, match=words):
        capturing.pieces(text)


def test_the_built_in_course_has_both_directions_and_takes_under_two_minutes():
    todo = capturing.pieces(scripts.read("capture"))
    assert {"stand", "forward", "backward", "turn", "sidestep"} == {piece.label for piece in todo}
    assert sum(piece.seconds for piece in todo) < 120


def test_any_bytes_on_the_stream_are_survived():
    rng = np.random.default_rng(2)
    catcher = capturing.Catcher()
    for _ in range(3000):
        catcher(rng.integers(0, 256, rng.integers(0, 244), dtype=np.uint8).tobytes())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals; the virtual board needs them")
def test_a_board_on_its_cable_is_captured_without_a_hole(tmp_path):
    (tmp_path / "short.walk").write_text("stand 1 s\nforward 1 s\nbackward 1 s\n")
    with plugged_in(tmp_path) as client:
        client.port.close()
        command = [sys.executable, "-m", "retrostep_host.cli.main", "capture", "a1", "--yes", "--script", "short.walk"]
        subprocess.run([*command, "--port", "ports/data"], cwd=tmp_path, check=True, timeout=60, capture_output=True)
    read = recordings.load(tmp_path / "a1.npz")
    assert 3.5 < read.duration_s < 8 and read.meta["samples_lost"] == 0
    assert np.linalg.norm(read.acc, axis=1).mean() == pytest.approx(units.G, abs=0.6)
    assert json.loads((tmp_path / "a1.json").read_text())["clipped"] == 0
