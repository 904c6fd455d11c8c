# SPDX-License-Identifier: MIT
"""A wrist walks forward, turns round and walks backward on the virtual wearable: felt, logged and reported right."""

import os

import pytest
from retrostep.coach import patterns
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
