# SPDX-License-Identifier: MIT
"""People: what the engine promises on real walks, a few of each kind; bench/accuracy.py has them all."""

from __future__ import annotations

import csv
import json
import os
from array import array
from pathlib import Path

import numpy as np
import pytest
from retrostep import events, units
from retrostep.engine import Engine
from retrostep_host import recordings

CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or Path(__file__).parents[4] / "shared" / "corpus")
pytestmark = pytest.mark.skipif(
    not (CORPUS / "index.csv").exists(),
    reason=f"no recordings of people at {CORPUS}; set RETROSTEP_CORPUS to the folder with index.csv",
)


def words_of(source: str, name: str, seed: int = 3):
    recording = recordings.load(str(CORPUS / source / f"{name}.npz"))
    stream = recordings.stream(recording, rotate=(seed, 0))
    return np.array(stream.words), stream.placement, recording.meta


def run(words: np.ndarray, placement: str):
    found = []
    engine = Engine(placement, found.append)
    flat = array("h")
    flat.frombytes(words.astype("<i2").tobytes())
    engine.feed(flat, len(words))
    engine.finish()
    return [event for event in found if event.kind == events.STEP]


def names(source: str, part: str) -> list[str]:
    if not (CORPUS / "index.csv").exists():
        return []
    with open(CORPUS / "index.csv", encoding="utf-8") as file:
        rows = [row["id"] for row in csv.DictReader(file) if row["source"] == source and part in row["id"]]
    return [name for name in rows if "wrist" not in name]


@pytest.mark.parametrize("name", names("erciyes", "_backward_"))
@pytest.mark.parametrize("seed", [1, 2])
def test_each_backward_stride_of_a_real_ankle_is_backward(name, seed):
    words, placement, meta = words_of("erciyes", name, seed)
    own = [step for step in run(words, placement) if not step.inferred]
    assert [events.DIRECTIONS[step.direction] for step in own] == ["backward"] * len(own)
    assert abs(len(own) - len(meta["swing_times"])) <= 1


@pytest.mark.parametrize("name", [*names("erciyes", "_forward_"), *names("erciyes", "_limp_")])
def test_no_forward_stride_of_a_real_ankle_is_backward_not_even_limping(name):
    words, placement, _ = words_of("erciyes", name)
    own = run(words, placement)
    assert len(own) >= 14
    assert {events.DIRECTIONS[step.direction] for step in own} == {"forward"}


@pytest.mark.parametrize("name", names("sfu_imu_fall", "_DS_trial1_left") + names("sfu_imu_fall", "_AS_trial1_right"))
def test_stairs_are_forward(name):
    words, placement, _ = words_of("sfu_imu_fall", name)
    steps = run(words, placement)
    assert len(steps) >= 18
    ways = [step.direction for step in steps if not step.inferred]
    assert events.BACKWARD not in ways
    assert ways.count(events.UNKNOWN) <= 1


@pytest.mark.parametrize("code", ["DSL", "DSS", "RSS", "POG", "SQ"])
def test_sitting_lying_rising_and_squatting_make_no_steps(code):
    for name in names("sfu_imu_fall", f"_{code}_trial1"):
        words, placement, _ = words_of("sfu_imu_fall", name)
        assert run(words, placement) == [], name


@pytest.mark.parametrize("name", names("urigott", "W_"))
def test_landings_of_a_shoe_are_where_the_cameras_saw_them(name):
    words, placement, meta = words_of("urigott", name)
    own = [(step.index + step.frac) / units.RATE_HZ for step in run(words, placement) if not step.inferred]
    truth = [t for t in meta["step_times"] if t > 1.0]
    errors = [min(own, key=lambda x, t=t: abs(x - t)) - t for t in truth]
    assert np.abs(errors).max() < 0.06
    assert np.std(errors) < 0.02
    way = "backward" if "_BW_" in name else "forward"
    assert {events.DIRECTIONS[step.direction] for step in run(words, placement)} == {way}


@pytest.mark.parametrize("name", names("ipol_gait", "-1_left"))
def test_a_first_pass_on_shoes_is_counted_to_one_step(name):
    words, placement, meta = words_of("ipol_gait", name)
    end = meta["segments"][1][1] - 1.0
    mine = [step for step in run(words, placement) if step.index / units.RATE_HZ <= end]
    assert abs(len(mine) - sum(t <= end for t in meta["all_step_times"])) <= 1
    assert {step.direction for step in mine} == {events.FORWARD}


def test_first_stride_after_a_change_of_direction_is_right():
    """Two walks of one person joined, with 1.2 s of standing between."""
    parts = []
    for way in ("forward", "backward"):
        name = next(n for n in names("erciyes", f"203_{way}"))
        words, _, meta = words_of("erciyes", name)
        start, stop = next((a, b) for a, b, label in meta["segments"] if label == way)
        parts.append(words[int((start - 0.6) * 104) : int((stop + 0.6) * 104)])
    still = np.repeat([np.r_[0, 0, 0, parts[1][-1, 3:]]], 312, axis=0)
    joined = np.vstack([*parts, still])
    own = [step for step in run(joined, "ankle") if not step.inferred]
    after = [step for step in own if step.index >= len(parts[0])]
    assert [step.direction for step in after] == [events.BACKWARD] * len(after)
    assert {step.direction for step in own if step.index < len(parts[0])} == {events.FORWARD}


def test_the_corpus_says_what_it_is():
    meta = json.loads((CORPUS / "erciyes" / f"{names('erciyes', '_backward_')[0]}.json").read_text(encoding="utf-8"))
    assert meta["real"] is True
