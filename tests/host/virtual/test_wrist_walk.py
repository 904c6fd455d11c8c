# SPDX-License-Identifier: MIT
"""A wrist walks forward, turns round and walks backward on the virtual wearable: felt, logged and reported right."""

import os

import pytest
from retrostep import events, settings
from retrostep.coach import patterns
from retrostep.coach.policy import Coach
from retrostep.engine import Engine
from retrostep_host import recordings
from retrostep_host.virtual import walks

from tests.host.virtual import wearable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
SCRIPT = "stand 5 s\nforward 10 strides\nturn 180\nbackward 14 strides\nstand 5 s\n"


def test_forward_turn_backward_at_the_wrist(tmp_path):
    walk = walks.generate(SCRIPT, 1, "wrist", "right")
    (session,) = wearable.walk(tmp_path, recordings.stream(walk))
    assert (session.placement, session.side, session.end) == ("wrist", "right", "usb")
    assert wearable.same(wearable.walked(session), wearable.replayed(recordings.stream(walk)))
    back = next(a for a, _, label in walk.truth.segments if label == "backward")
    ways = {way: [step.t for step in session.steps if step.direction == way] for way in ("forward", "backward")}
    assert len(ways["forward"]) > 14 and max(ways["forward"]) < back + 1.5
    assert len(ways["backward"]) > 18 and min(ways["backward"]) > back - 0.5
    turns = [buzz for buzz in session.buzzes if buzz.pattern == patterns.TURN]
    assert len(turns) == 1 and back + 3 < turns[0].t < back + 12, "said once, and only when it is final"


def test_a_plan_at_the_wrist_counts_what_was_walked_in_each_interval():
    """Engine and coach as the session ties them: forward 20 s, backward 20 s, forward 10 s, turning a second after
    each cue."""
    script = "stand 5 s\nforward 23 s\nstand 3 s\nbackward 19 s\nstand 3 s\nforward 14 s\nstand 25 s\n"
    stream = recordings.stream(walks.generate(script, 1, "wrist", "right"))
    noted = []
    coach = Coach(settings.defaults(), lambda *felt: None, lambda kind, values, tail=b"": noted.append((kind, values)))
    coach.plan(bytes([1, 1, 0, 0, 1, 1, 1, 0, 3, 1, 4, 2, 4, 1, 2]))
    engine = Engine("wrist", coach.on_event, side="right")
    words = memoryview(stream.words.reshape(-1))
    for at in range(0, len(stream.words) - 12, 13):
        engine.feed(words, 13, at)
        coach.tick(at + 13)
    engine.finish()
    coach.training.halt(coach.now, -1)
    rows = [values for kind, values in noted if kind == events.INTERVAL]
    assert [row[:3] for row in rows] == [(1, 1, 20), (2, 2, 20), (3, 1, 10)]
    assert rows[0][3] >= 18 and rows[0][4] >= 33, "without late labels 15 s and 30 steps of 20 s and 35"
    assert rows[1][3] >= 13 and rows[1][4] >= 20, "turning round and the labels' own doubt cost the rest"
