# SPDX-License-Identifier: MIT
"""A right wrist on real CircuitPython in software says the ways that `replay` finds in the same samples: its 30-bit
floats take each window for what it is. The engine alone, as `install` packs it."""

import asyncio
import dataclasses

import pytest
from retrostep import events
from retrostep_host import recordings
from retrostep_host.replay import run_engine
from retrostep_host.virtual import walks

from bench.device import Program, run
from tests.board.builds import FIRST, FOUND, MISSING

SCRIPT = """forward 4 strides speed=1.2 pause=0.1
turn 180 cadence=150
backward 7 strides speed=1.2
"""
DECIDED = 1690  # samples, 16 s: the third window that says backward ends at 1628
CODE = """
import json
from array import array
from retrostep import engine, events

def hear(event):
    if event.kind == events.STEP:
        print("\\nBENCH " + json.dumps({"step": (event.index, event.direction, event.confidence)}))

it = engine.Engine("wrist", hear, side="right")
words = array("h", bytes(12 * 26))
with open("/words.bin", "rb") as file:
    n = file.readinto(words)
    while n:
        it.feed(words, n // 12)
        n = file.readinto(words)
it.finish()
print("\\nBENCH-DONE")
"""


@pytest.mark.uf2
@pytest.mark.slow
@pytest.mark.skipif(not FOUND, reason=MISSING)
def test_a_right_wrist_says_the_ways_that_replay_finds():
    whole = recordings.stream(walks.generate(SCRIPT, 4, "wrist", "right"))
    stream = dataclasses.replace(whole, words=whole.words[:DECIDED])
    here = [event for event in run_engine(stream) if event.kind == events.STEP]
    said = [event.direction for event in here]
    assert said.count(events.FORWARD) > 4 and said.count(events.BACKWARD) > 4, "a walk without ways proves nothing"
    there = [row["step"] for row in asyncio.run(run(FIRST, Program(CODE), {}, stream.words.tobytes(), timeout_s=250))]
    assert [way for _, way, _ in there] == said
    assert [index for index, _, _ in there] == pytest.approx([event.index for event in here], abs=1)
    assert [sure for _, _, sure in there] == pytest.approx([event.confidence for event in here], abs=0.05)
