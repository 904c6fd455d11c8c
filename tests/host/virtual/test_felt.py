# SPDX-License-Identifier: MIT
"""The whole story in one walk: forward, backward, a stumble, the plan's end, a fall, a button. Felt as it should be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def story():
    command = [sys.executable, str(ROOT / "bench" / "felt.py"), "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_right_buzzes_come_in_the_right_order(story):
    assert [(buzz["pattern"], buzz["cause"]) for buzz in story["buzzes"]] == [
        ("turn", "interval"),
        ("turn", "interval"),
        ("turn", "interval"),
        ("stop", "stumble"),
        ("goal", "plan"),
        ("stop", "fall"),
        ("stop", "fall"),
    ]
    assert story["loose"] == 0, "the motor never turns without a buzz in the journal"
    counts = {"turn": 1, "stop": 4, "goal": 3}
    assert all(len(buzz["pulses"]) == counts[buzz["pattern"]] for buzz in story["buzzes"])
    assert all(length >= 0.095 for buzz in story["buzzes"] for _, length in buzz["pulses"])


def test_intervals_change_when_the_plan_says(story):
    changes = [buzz["motor_t"] for buzz in story["buzzes"] if buzz["cause"] in ("interval", "plan")]
    for before, after, planned in zip(changes, changes[1:], (5, 10, 10), strict=False):
        assert abs(after - before - planned) <= 0.2


def test_the_motor_turns_within_200_ms_of_the_stumble(story):
    (onset,) = [t for kind, t, _ in story["alerts"] if kind == "stumble"]
    motor = next(buzz["motor_t"] for buzz in story["buzzes"] if buzz["cause"] == "stumble")
    assert 0 < motor - onset <= 0.2
    scripted = next(t for t, kind in story["truth"] if kind == "stumble")
    assert abs(onset - scripted) < 0.5


def test_a_press_ends_the_alarm_of_a_fall(story):
    alarms = [buzz for buzz in story["buzzes"] if buzz["cause"] == "fall"]
    assert len(alarms) == 2 and alarms[-1]["motor_t"] < story["pressed_s"]
    ends = [t + length for buzz in story["buzzes"] for t, length in buzz["pulses"]]
    assert max(ends) < story["pressed_s"] + 0.4, "no motor afterwards, though nobody walked on"
