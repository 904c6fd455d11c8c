# SPDX-License-Identifier: MIT
"""Several boards record one course: a file each, and slaps that all of them feel lay their clocks on each other."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from retrostep import units
from retrostep_host import claps, recordings
from retrostep_host.cli import main
from retrostep_host.errors import LinkBroken
from retrostep_host.sync import find
from retrostep_host.virtual import walks

from .test_capture import Board

COURSE = "stand 3 s\nforward 9 s\nstand 3 s"
TRUE = 8 + 3 + 9 + 3 + 8


def slapped(words, at, height=30.0):
    """A slap shakes for 40 ms."""
    words = words.copy()
    for when in at:
        k = int(when * 104)
        counts = height / units.acc_scale(8) / 1.8
        words[k : k + 4, 3:] += (counts * np.array([[1], [-0.7], [0.4], [-0.2]])).astype(np.int16)
    return words


def board(placement, side, late=0.0, slaps=True):
    script = "stand 10 s\n" + COURSE + "\nstand 40 s"
    words = recordings.stream(walks.generate(script, 4, placement, side)).words
    if slaps:
        both = [4.0, 5.0, 6.1, 4.0 + TRUE - 8, 5.1 + TRUE - 8, 6.0 + TRUE - 8]
        words = slapped(words, [when + late for when in both])
    one = Board(words)
    one.settings = lambda: {"placement": placement, "side": side}
    return one


def captured(tmp_path, monkeypatch, boards, *more):
    monkeypatch.setattr(find, "connect_all", lambda: ([(one, one) for one in boards], []))
    (tmp_path / "course.walk").write_text(COURSE)
    words = ["capture", str(tmp_path / "a1"), "--all", "--script", str(tmp_path / "course.walk"), "--yes", *more]
    return CliRunner().invoke(main.cli, words)


def test_both_wrists_and_an_ankle_at_once(tmp_path, monkeypatch):
    boards = [board("wrist", "left"), board("wrist", "right", 0.4), board("ankle", "right", -0.3)]
    done = captured(tmp_path, monkeypatch, boards, "--json", "--subject", "A1")
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["recordings"]
    names = [f"a1-{name}" for name in ("wrist-left", "wrist-right", "ankle-right")]
    assert [row["recording"].rpartition("/")[2] for row in rows] == [f"{name}.npz" for name in names]
    for row, offset in zip(rows, (0.0, -0.4, 0.3), strict=True):
        assert row["clock"]["offset_s"] == pytest.approx(offset, abs=0.03) and row["clock"]["claps"] == 6
        assert row["clock"]["stretch"] == pytest.approx(1.0, abs=0.002)
    read = recordings.load(tmp_path / "a1-wrist-right.npz")
    assert (read.placement, read.side, read.meta["together"]) == ("wrist", "right", names)
    assert [label for _, _, label in read.meta["segments"]] == ["claps", "stand", "forward", "stand", "claps"]
    again = captured(tmp_path, monkeypatch, boards)
    assert again.exit_code != 0, "nothing is overwritten"


def test_one_board_that_goes_away_leaves_the_others_theirs(tmp_path, monkeypatch):
    good, bad = board("wrist", "left"), board("wrist", "right")

    def gone(*_):
        raise LinkBroken("The connection broke off.")

    bad.stream = gone
    done = captured(tmp_path, monkeypatch, [good, bad])
    assert done.exit_code != 0 and "connection broke off" in str(done.output) + str(done.exception)
    assert (tmp_path / "a1-wrist-left.npz").exists() and not (tmp_path / "a1-wrist-right.npz").exists()


def test_two_boards_in_one_place_are_refused_before_anybody_walks(tmp_path, monkeypatch):
    one, other = board("wrist", "left"), board("wrist", "left")
    done = captured(tmp_path, monkeypatch, [one, other])
    assert done.exit_code != 0 and "wrist left" in str(done.output) + str(done.exception) and not one.buzzes


@pytest.mark.parametrize("stretch", [0.93, 1.02, 1.08])
def test_two_clocks_that_run_apart_are_laid_on_each_other(stretch):
    def heard(stretch, late, ends=(5.0, 65.0)):
        t = np.arange(0, 80 * stretch, 1 / 104)
        acc = np.tile([0.0, 0.0, units.G], (len(t), 1))
        for when in (end + k for end in ends for k in (0.0, 1.0, 2.1)):
            acc[np.argmin(abs(t - stretch * (when - late)))] += 30.0
        segments = [[stretch * (end - late - 2), stretch * (end - late + 4), "claps"] for end in (5.0, 65.0)]
        return recordings.Recording(t, acc, None, 104.0, "wrist", "left", {"segments": segments})

    deaf, one, other = heard(1.0, 0.0, ()), heard(1.0, 0.0), heard(stretch, 0.4)
    lost, _, clock = claps.align([deaf, one, other])
    assert lost is None and (clock.to, clock.claps) == (1, 6)
    for when in (1.0, 30.0, 70.0):
        assert clock.offset_s + clock.stretch * stretch * (when - 0.4) == pytest.approx(when, abs=0.012)
    half = claps.align([one, heard(stretch, 0.4, (5.0,))])[1]
    assert (half.claps, half.stretch) == (3, 1.0)


def test_without_slaps_no_clock_is_made_up():
    walk = walks.generate("stand 15 s", 2, "wrist", "right")
    walk.meta["segments"] = [[0.0, 8.0, "claps"], [8.0, 12.0, "claps"]]
    assert claps.align([walk, walk]) == [None, None]
