# SPDX-License-Identifier: MIT
"""How the sensor sits, on the whole firmware: worn in front, shown by eight steps, doubted once, remembered."""

from __future__ import annotations

import os

import pytest
from retrostep_host import recordings
from retrostep_host.virtual import walks

from tests.host.virtual import wearable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
THERE_AND_BACK = "stand 3 s\nforward 8 strides\nstand 2 s\nbackward 8 strides\nstand 2 s"


def stream(script: str, seed: int = 3, wear: str = "ankle left"):
    return recordings.stream(walks.generate(script, seed=seed, wear=wear))


def logged(session) -> list[str]:
    return [log.reason for log in session.logs]


def test_a_board_on_the_shin_says_what_replay_says_and_is_right(tmp_path):
    walk = stream(THERE_AND_BACK, wear="ankle left front up=20")
    (session,) = wearable.walk(tmp_path, walk)
    assert wearable.same(wearable.walked(session), wearable.replayed(walk))
    own = [step.direction for step in session.steps if not step.inferred]
    assert own == ["forward"] * own.count("forward") + ["backward"] * own.count("backward")
    assert (own.count("forward"), own.count("backward")) == (8, 8)


def test_the_strap_of_the_last_walk_labels_the_first_stride_of_the_next(tmp_path):
    """Both walks on one drive, the same mount."""
    wear = "ankle left front"
    first = wearable.walk(tmp_path, stream("stand 3 s\nbackward 8 strides\nstand 2 s", 5, wear))
    sessions = wearable.walk(tmp_path, stream("stand 3 s\nbackward 3 strides\nstand 2 s", 5, wear))
    assert len(first) == 1
    assert len(sessions) == 2
    assert {step.direction for step in sessions[1].steps} == {"backward"}
    assert next(step for step in sessions[1].steps if not step.inferred).confidence > 0.9


def test_pedalling_counts_nothing_says_so_once_and_does_not_buzz(tmp_path):
    (session,) = wearable.walk(tmp_path, stream("stand 3 s\npedal 40 s\nstand 2 s"))
    assert session.steps == []
    assert logged(session) == ["to_and_fro"]
    assert wearable.felt(tmp_path) == []


def test_two_presses_and_eight_steps_show_how_a_stiff_leg_wears_it(tmp_path):
    script = "stand 6 s\nforward 8 strides knee=stiff\nstand 3 s\nforward 8 strides knee=stiff\nstand 2 s"
    presses = [{"at_s": at, "command": "button", "seconds": 0.2} for at in (3.0, 3.8)]
    (session,) = wearable.walk(tmp_path, stream(script), events=presses)
    assert logged(session) == ["mount_checked"]
    assert [note.kind for note in session.events].count("button") == 2
    own = [step.direction for step in session.steps if not step.inferred]
    assert len(own) >= 14
    assert own.count("forward") >= len(own) - 2
    pulses = [t for t, _, _, _ in wearable.felt(tmp_path)]
    assert sum(3.0 < t < 6.0 for t in pulses) >= 2  # a tick, and the one long buzz: walk now
    assert sum(t > 6.0 for t in pulses) >= 3  # three short: understood


def test_without_the_check_the_same_leg_stays_unknown_and_the_walk_says_so(tmp_path):
    (session,) = wearable.walk(tmp_path, stream("stand 4 s\nforward 20 strides knee=stiff\nstand 2 s"))
    assert {step.direction for step in session.steps} == {"unknown"}
    assert logged(session) == ["way_unclear"]


def test_a_check_that_nobody_walks_fails_and_changes_nothing(tmp_path):
    presses = [{"at_s": at, "command": "button", "seconds": 0.2} for at in (3.0, 3.8)]
    (session,) = wearable.walk(tmp_path, stream("stand 40 s\nforward 8 strides\nstand 2 s"), events=presses)
    assert logged(session) == ["check_failed"]
    assert {step.direction for step in session.steps} == {"forward"}
