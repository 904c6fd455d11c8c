# SPDX-License-Identifier: MIT
"""People on shoes: U-turns, the way back, walks of eight to thirteen steps; bench/accuracy_shoe.py has them all."""

from __future__ import annotations

import json
import os
from array import array
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from retrostep import events, units
from retrostep.engine import Engine
from retrostep_host import recordings

CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or Path(__file__).parents[4] / "shared" / "corpus")
WITHIN = 0.2  # s


def paths(pattern: str) -> list[Path]:
    found = sorted(CORPUS.glob(pattern))
    if not found:
        pytest.skip(f"no recordings {pattern} at {CORPUS}; set RETROSTEP_CORPUS to a folder that has them")
    return found


def heard(path: Path) -> list[events.Event]:
    stream = recordings.stream(recordings.load(str(path)), rotate=(5, len(path.stem)))
    found: list[events.Event] = []
    engine = Engine("foot", found.append)
    engine.feed(array("h", np.array(stream.words).ravel().tolist()), len(stream.words))
    engine.finish()
    return found


def strides(found: list[events.Event]) -> list[events.Event]:
    return [event for event in found if event.kind == events.STEP and not event.inferred]


def seconds(event: events.Event) -> float:
    return (event.index + event.frac) / units.RATE_HZ


def test_u_turns_are_walked_through_forward_and_their_contacts_found():
    """One walk of each of twelve people, both shoes: where they turn, and the way back."""
    turn, back, ways, told = Counter(), Counter(), Counter(), 0
    for path in paths("ipol_gait/ipol_*-1_*.npz"):
        meta = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        (_, walked, _), (start, end, _), (_, over, _) = meta["segments"][1:4]
        found = heard(path)
        mine, truth = [seconds(step) for step in strides(found)], meta["step_times"]
        for c, a, b in ((turn, start, end), (back, end, over)):
            c["true"] += sum(a <= t < b for t in truth)
            c["found"] += sum(a <= t < b and min(abs(t - x) for x in mine) <= WITHIN for t in truth)
            c["mine"] += sum(a <= t < b for t in mine)
            c["right"] += sum(a <= t < b and min(abs(t - x) for x in truth) <= WITHIN for t in mine)
        ways.update(step.direction for step in strides(found) if start - 3.0 <= seconds(step) < over)
        told += sum(event.kind == events.TURN and event.index / units.RATE_HZ > walked for event in found)
    assert turn["true"] >= 25
    assert turn["found"] >= 0.9 * turn["true"], turn
    assert turn["right"] >= 0.9 * turn["mine"], turn
    assert back["found"] >= 0.99 * back["true"], back
    assert set(ways) == {events.FORWARD}, ways
    assert told == 0, "the coach is not told of another direction"


def test_short_walks_of_the_young_are_counted_alike_by_both_shoes():
    """Eight to eleven steps: each shoe counts what the two feet did."""
    for left in paths("marpino/marpino_young_*_foot_left.npz"):
        both = [heard(left), heard(left.with_name(left.name.replace("left", "right")))]
        true = sum(len(strides(found)) for found in both)
        for found in both:
            steps = [event for event in found if event.kind == events.STEP]
            assert len(steps) == true, left.name
            assert events.BACKWARD not in {event.direction for event in steps}, left.name


def test_old_people_walk_forward():
    ways: Counter[int] = Counter()
    for path in paths("marpino/marpino_elderly_*_foot_*.npz"):
        ways.update(step.direction for step in strides(heard(path)))
    assert ways[events.FORWARD] >= 0.95 * sum(ways.values())
    assert not ways[events.BACKWARD]


def test_stiff_legs_have_steps_and_no_wrong_direction():
    """Braces and two sticks, forward: heel and toe lift alike."""
    for path in paths("marpino/marpino_disability_*_foot_*.npz"):
        own = strides(heard(path))
        assert len(own) >= 6
        assert events.BACKWARD not in {step.direction for step in own}
