# SPDX-License-Identifier: MIT
"""Where a recording has no samples, no steps are made up: the gap is named, and the engine is told."""

import numpy as np
import pytest
from retrostep import units
from retrostep.engine import Engine
from retrostep_host import recordings, replay
from retrostep_host.cli import main


def cut(walk, begin, seconds, jump=0.0):
    """The walk without its samples from `begin` on for `seconds`; what follows comes `jump` s later."""
    t = walk.t
    keep = (t < begin) | (t >= begin + seconds)
    table = walk.table[keep].copy()
    table[table[:, 0] > begin, 0] += jump
    return table


@pytest.mark.parametrize(("seconds", "jump"), [(0.6, 0.0), (2.5, 0.0), (6.0, 0.0), (0.0, 3600.0), (0.0, 0.7)])
def test_a_gap_is_named_and_the_engine_is_told_i12(walk, tmp_path, monkeypatch, seconds, jump, capsys):
    told = []
    monkeypatch.setattr(Engine, "gap", lambda self, lost, real=Engine.gap: (told.append(lost), real(self, lost))[1])
    path = walk.write(tmp_path / "a.csv", cut(walk, 8.0, seconds, jump))
    got = replay.replay(str(path), "ankle")
    (gap,) = got["gaps"]
    assert gap["t"] == pytest.approx(8.0, abs=0.02) and gap["duration_s"] == pytest.approx(seconds + jump, abs=0.03)
    assert told == [pytest.approx((seconds + jump) * units.RATE_HZ, abs=2)]
    steps = [e for e in got["events"] if 8.1 < e["t"] < 7.9 + seconds + jump]
    assert len(steps) <= 1 and all(e["inferred"] for e in steps), "the other leg's step of a stride that was seen"
    assert any("gap" in e.get("quality", ()) for e in got["events"])
    assert main._run(["replay", str(path), "--placement", "ankle"]) == 0
    said = capsys.readouterr()
    assert "1 gap, " in said.out and "no samples for" in said.err and "from 8.0 s" in said.err


def test_steps_on_both_sides_of_an_hour_are_all_counted(walk, tmp_path):
    path = walk.write(tmp_path / "a.csv", cut(walk, float(walk.t[-1]) / 2, 0.0, 3600.0))
    assert abs(sum(walk.counts(path).values()) - sum(walk.plain.values())) <= 3


def test_no_gap_is_said_where_there_is_none(walk, tmp_path, capsys):
    path = walk.write(tmp_path / "a.csv")
    assert replay.replay(str(path))["gaps"] == []
    main._run(["replay", str(path)])
    assert "gap," not in capsys.readouterr().out


def test_a_gap_holds_still_in_the_words():
    t = np.arange(2000) / 100
    gyr = np.full((2000, 3), 2.0)
    keep = (t < 8) | (t > 9.5)
    made = recordings.Recording(t[keep], np.tile([0, 0, 9.81], (keep.sum(), 1)), gyr[keep], 100.0)
    stream = recordings.stream(made)
    ((first, lost),) = stream.gaps
    assert first == pytest.approx(8.0 * units.RATE_HZ, abs=4) and lost == pytest.approx(1.5 * units.RATE_HZ, abs=4)
    still = stream.words[first : first + lost]
    assert np.abs(still[:, :3]).max() <= 1 and np.abs(still[:, 3:] - stream.words[first - 1, 3:]).max() <= 1
    assert stream.words[first - 1, 0] and stream.words[first + lost, 0]
    assert stream.recorded == int(19.99 * units.RATE_HZ) + 1, "time must not shrink by the loss"


def test_a_long_recording_with_a_gap_is_resampled_in_pieces(monkeypatch):
    t = np.arange(3000) / 100
    t[1500:] += 100.0
    acc = np.column_stack([np.sin(t), np.cos(t), np.full(3000, 9.81)])
    made = recordings.Recording(t, acc, np.zeros((3000, 3)), 100.0)
    whole = recordings.stream(made)
    monkeypatch.setattr(recordings, "PIECE", 500)
    pieces = recordings.stream(made)
    assert whole.gaps == pieces.gaps and np.abs(whole.words.astype(int) - pieces.words).max() <= 1
