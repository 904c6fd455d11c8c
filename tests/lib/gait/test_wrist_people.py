# SPDX-License-Identifier: MIT
"""On people's wrists the count stays near the hand count, and desk, train and table hits count nothing."""

import os
from array import array
from pathlib import Path

import pytest
from retrostep.engine import Engine
from retrostep.events import STEP
from retrostep_host import recordings

pytestmark = pytest.mark.corpus
CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or Path(__file__).parents[4] / "shared" / "corpus")


def counted(path):
    return count(recordings.load(path))


def count(recording):
    stream = recordings.stream(recording)
    heard = []
    engine = Engine(stream.placement, heard.append, has_gyro=stream.has_gyro)
    engine.feed(array("h", stream.words.reshape(-1).tolist()), len(stream.words))
    engine.finish()
    return sum(e.kind == STEP and e.index <= stream.recorded for e in heard)


def paths(pattern):
    found = sorted(CORPUS.glob(pattern))
    if not found:
        pytest.skip(f"no recordings of people at {CORPUS}; set RETROSTEP_CORPUS to a folder that has them")
    return found


def test_hand_counted_bouts_are_within_six():
    for path in paths("bangle_steps/bangle_100*.npz"):
        assert abs(counted(path) - 100) <= 6, path.name


def test_walks_are_within_seven_percent_of_the_other_tracker():
    for path in paths("bangle_steps/*-walk-*.npz"):
        truth = recordings.load(path).meta["step_count"]
        assert abs(counted(path) / truth - 1) <= 0.07, path.name


@pytest.mark.parametrize("name", ["drive-29min-0", "static-0", "nosteps1", "nosteps2", "nosteps3", "work-0"])
def test_where_nobody_walks_nothing_is_counted(name):
    for path in paths(f"bangle_steps/*{name}.npz"):
        assert counted(path) <= 3, path.name


@pytest.mark.parametrize("code", ["D04", "D05", "D06", "D08", "D09", "D11"])
def test_acted_daily_life_counts_nothing(code):
    assert sum(counted(path) for path in paths(f"weda_fall/weda_{code}_*.npz")[::3]) == 0


def test_short_walks_in_both_directions_are_counted():
    total = truth = 0
    for path in paths("erciyes/*_wrist_*.npz"):
        ankle = path.with_name(path.name.replace("wrist", "ankle"))
        if ankle.exists():
            truth += 2 * len(recordings.load(ankle).meta["swing_times"])
            total += counted(path)
    assert abs(total / truth - 1) <= 0.07


@pytest.mark.parametrize(("times", "size"), [(1.0, 1.0), (1.15, 0.9), (1.3, 0.8), (1.45, 0.72)])
def test_walks_made_slower_are_counted_neither_double_nor_lost(times, size):
    """Down to 60 steps/min; against the same walks at their own pace (bench/wrist_slow.py asks a better judge)."""
    true = total = 0
    for path in paths("weda_fall/weda_D01_U0[1-79]*.npz"):
        own = counted(path)
        recording = recordings.load(path)
        up = recording.acc.mean(0)
        recording.t, recording.gyr = recording.t * times, recording.gyr / times
        recording.acc = up + size * (recording.acc - up)
        if 60 * own / recording.duration_s < 58:
            continue
        slow = count(recording)
        assert slow <= 1.25 * own, path.name
        true += own
        total += slow
    assert abs(total / true - 1) <= 0.06
