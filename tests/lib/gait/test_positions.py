# SPDX-License-Identifier: MIT
"""Wherever the sensor sits on the lower leg: right; where it cannot be told: unknown; where nobody walks: nothing."""

from __future__ import annotations

import os
from array import array
from pathlib import Path

import numpy as np
import pytest
from retrostep import events, units
from retrostep.engine import Engine
from retrostep_host import reasons, recordings
from retrostep_host.virtual import walks

CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or Path(__file__).parents[4] / "shared" / "corpus")
people = pytest.mark.skipif(
    not (CORPUS / "index.csv").exists(),
    reason=f"no recordings of people at {CORPUS}; set RETROSTEP_CORPUS to the folder with index.csv",
)
THERE_AND_BACK = "stand 3 s\nforward 7 strides{0}\nstand 2 s\nbackward 7 strides{0}\nstand 2 s"
PLACES = [
    "ankle left",
    "ankle left front",
    "ankle right back",
    "ankle left inner",
    "ankle left ahead=10",
    "ankle right ahead=15",
    "ankle left ahead=-6",
    "ankle left front up=25",
    "ankle right up=35",
]


def run(words: np.ndarray) -> list[events.Event]:
    found: list[events.Event] = []
    engine = Engine("ankle", found.append)
    flat = array("h")
    flat.frombytes(words.astype("<i2").tobytes())
    engine.feed(flat, len(words))
    engine.finish()
    return found


def own(found: list[events.Event]) -> list[str]:
    return [events.DIRECTIONS[e.direction] for e in found if e.kind == events.STEP and not e.inferred]


def walked(script: str, seed: int, wear: str) -> list[events.Event]:
    return run(np.array(recordings.stream(walks.generate(script, seed=seed, wear=wear)).words))


def doubts(found: list[events.Event]) -> list[str]:
    return [reasons.REASONS[e.reason][0] for e in found if e.kind == events.DOUBT]


@pytest.mark.parametrize("wear", PLACES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_stride_goes_its_way_wherever_the_sensor_sits(wear, seed):
    found = walked(THERE_AND_BACK.format(""), seed, wear)
    ways = own(found)
    assert 14 <= len(ways) <= 15
    assert ways == sorted(ways, reverse=True)  # forward, then backward, nothing between
    assert abs(ways.count("forward") - 7) <= 1
    assert doubts(found) == []


@pytest.mark.parametrize("wear", PLACES[:2])
def test_a_knee_that_bends_little_is_told_all_the_same(wear):
    assert set(own(walked(THERE_AND_BACK.format(" knee=small"), 4, wear))) == {"forward", "backward"}


@pytest.mark.parametrize("wear", ["thigh left", "thigh right front", "ankle left", "ankle left front"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_thigh_and_a_stiff_knee_get_no_direction(wear, seed):
    stiff = " knee=stiff" if "ankle" in wear else ""
    assert set(own(walked(THERE_AND_BACK.format(stiff), seed, wear))) <= {"unknown"}


@pytest.mark.parametrize("line", ["pedal 60 s", "pedal 60 s cadence=50", "dangle 60 s", "dangle 60 s rate=1.2"])
@pytest.mark.parametrize("wear", ["ankle left", "ankle left front"])
def test_where_nobody_walks_nothing_is_counted_and_it_is_said_once(line, wear):
    found = walked(f"stand 3 s\n{line}\nstand 3 s", 2, wear)
    assert own(found) == []
    assert doubts(found) == ["to_and_fro"]


def test_walking_is_counted_again_after_pedalling():
    found = walked("stand 3 s\npedal 20 s\nstand 3 s\nforward 8 strides\nstand 2 s", 3, "ankle left front")
    assert own(found) == ["forward"] * 8


@people
@pytest.mark.parametrize("part", [0, 1, 2])
def test_outdoors_with_the_sensor_before_the_shin_forward_is_forward(part):
    """Five minutes each of three people; a stride in a hundred may stay unknown."""
    path = sorted((CORPUS / "terrain").glob("*.npz"))[5 * part]
    words = np.array(recordings.stream(recordings.load(str(path)), rotate=(5, part)).words)
    ways = own(run(words[: int(300 * units.RATE_HZ)]))
    assert len(ways) > 100
    assert ways.count("backward") == 0
    assert ways.count("unknown") <= 0.02 * len(ways)


@people
def test_old_people_go_forward_and_braced_legs_are_not_guessed():
    for path in sorted((CORPUS / "marpino").glob("marpino_elderly_*_ankle_*.npz")):
        ways = own(run(np.array(recordings.stream(recordings.load(str(path)), rotate=(5, 1)).words)))
        assert set(ways) <= {"forward"}, path.name
    for path in sorted((CORPUS / "marpino").glob("marpino_disability_*_ankle_*.npz")):
        ways = own(run(np.array(recordings.stream(recordings.load(str(path)), rotate=(5, 2)).words)))
        assert len(ways) >= 6
        assert set(ways) == {"unknown"}
