# SPDX-License-Identifier: MIT
"""Mount: axis, polarity and memory find how the sensor sits, for any rotation and in either direction."""

from __future__ import annotations

import struct
from array import array

import numpy as np
import pytest
from retrostep.engine import Engine
from retrostep.mount.axis import Axis
from retrostep.mount.check import Check
from retrostep.mount.doubts import Doubts
from retrostep.mount.memory import Memory
from retrostep.mount.polarity import Polarity
from retrostep_host import reasons, recordings
from retrostep_host.virtual import walks


def engine_after(script: str, seed: int = 1, rotation: np.ndarray | None = None) -> Engine:
    walk = walks.generate(script, seed=seed, mount=rotation)
    data = array("h")
    data.frombytes(np.array(recordings.stream(walk).words).astype("<i2").tobytes())
    engine = Engine("ankle", lambda event: None)
    engine.feed(data, len(data) // 6)
    return engine


@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("seed", range(1, 7))
def test_the_signed_axis_is_the_wearers_left_right_axis_walking_either_way(way, seed):
    rotation = recordings.random_rotation(seed, 0)
    engine = engine_after(f"stand 2 s\n{way} 8 strides\nstand 1 s", seed, rotation)
    axis = np.array(engine._memory.axis)
    # chip frame of mount=None: x forward, y left, z up; a foot swinging forward turns about -y
    assert engine._memory.is_known()
    assert axis @ rotation @ np.array([0.0, -1.0, 0.0]) > 0.95


def test_the_axis_stays_perpendicular_to_up():
    axis = Axis()
    rng = np.random.default_rng(3)
    for _ in range(40):
        words = array("h", [int(x) for x in rng.normal(size=78) * 3000])
        axis.chunk(words, 0, 13, [1.0, 9.0, 2.0], 4.0, 0.0006)
    assert abs(sum(a * b for a, b in zip(axis.u, axis.v, strict=True))) < 1e-6
    assert abs(sum(a * a for a in axis.v) - 1.0) < 1e-6


def test_a_still_sensor_teaches_no_axis():
    axis = Axis()
    axis.chunk(array("h", [1] * 78), 0, 13, [0.0, 9.8, 0.0], 0.01, 0.0006)
    assert not axis.is_learnt


def learnt(axis, strides: int = 9) -> Memory:
    memory = Memory()
    for _ in range(strides):
        memory.stride(axis, 1)
    return memory


def test_the_memory_comes_back_as_it_was_packed():
    kept = learnt([0.6, 0.0, -0.8]).pack()
    again = Memory(kept)
    assert again.strides == 9
    assert not again.is_checked
    assert again.axis == pytest.approx([0.6, 0.0, -0.8], abs=1e-3)
    assert len(kept) <= 32


@pytest.mark.parametrize("position", range(12))
def test_one_flipped_bit_of_the_memory_is_noticed(position):
    kept = bytearray(learnt([0.6, 0.0, -0.8]).pack())
    kept[position] ^= 4
    assert Memory(bytes(kept)).strides == 0


def test_a_memory_of_the_old_rule_is_not_believed():
    """Version 1 had taken the front of some legs for their back."""
    old = struct.pack("<BBhhhHH", 1, 0, 19200, 0, -25600, 9, (19200 * 3 - 25600 * 7 + 9 * 11 + 23) & 0xFFFF)
    assert Memory(old).strides == 0


def test_three_strides_about_another_axis_overturn_the_memory():
    memory = learnt([1.0, 0.0, 0.0])
    for _ in range(2):
        memory.stride([0.0, 1.0, 0.0], 1)
    assert memory.axis[0] == 1.0
    memory.stride([0.0, 1.0, 0.0], 1)
    assert memory.axis[1] == 1.0
    assert not memory.is_known()


def test_what_was_shown_on_purpose_counts_more_than_what_was_learnt_and_comes_back():
    memory = learnt([1.0, 0.0, 0.0])
    before = memory.odds([1.0, 0.0, 0.0])
    assert before == 0.0  # of this walk, whose strides speak for themselves
    before = Memory(memory.pack()).odds([1.0, 0.0, 0.0])
    memory.show([0.0, -1.0, 0.0], -1)
    assert memory.odds([0.0, 1.0, 0.0]) > before > 0.0
    assert Memory(memory.pack()).odds([0.0, -1.0, 0.0]) == -memory.odds([0.0, 1.0, 0.0])
    assert memory.odds([1.0, 0.0, 0.0]) == 0.0


X = [1.0, 0.0, 0.0]


def added(evidence, memory=None) -> Polarity:
    side = Polarity(memory or Memory())
    for one in evidence:
        side.stride(X, one)
    return side


@pytest.mark.parametrize("evidence", [[5.0], [-5.0], [3.0, 3.0], [5.0, -1.0, 5.0]])
def test_clear_strides_decide_the_polarity_at_once(evidence):
    side = added(evidence)
    assert side.is_sure
    assert side.side == (1 if sum(evidence) > 0 else -1)


@pytest.mark.parametrize("evidence", [[], [0.0], [2.0] * 40, [-2.0] * 40, [5.0, -5.0], [1.5, 0.3, -2.6, 2.8] * 10])
def test_weak_strides_never_do_however_many(evidence):
    assert not added(evidence).is_sure


def test_a_strap_that_was_turned_is_believed_within_six_strides():
    side = added([6.0] * 50)
    turned = [side.stride(X, -6.0) for _ in range(6)]
    assert turned.count(True) == 1
    assert side.side == -1
    assert side.is_sure


def test_evidence_about_one_axis_says_nothing_about_another_and_turns_with_it():
    side = added([6.0] * 5)
    side.stride([-1.0, 0.0, 0.0], 0.0)  # the iteration of v began anew with the other sign
    assert side.side == -1
    side.stride([0.0, 1.0, 0.0], 0.0)
    assert not side.is_sure


def test_a_memory_labels_the_first_stride_and_gives_way_to_clear_strides_against_it():
    memory = Memory(learnt(X).pack())
    side = Polarity(memory)
    side.begin(X)
    assert side.is_sure
    assert side.side == 1
    for _ in range(5):
        side.stride(X, -5.0)
    assert side.side == -1
    assert side.is_sure


def test_a_memory_is_not_learnt_from_itself():
    memory = Memory(learnt(X).pack())
    side = Polarity(memory)
    side.begin(X)
    for _ in range(20):
        side.stride(X, 0.5)
    assert side.is_sure
    assert memory.strides == 9


@pytest.mark.parametrize("way", [1, -1])
def test_a_guided_check_decides_what_strides_could_not(way):
    side = added([0.4] * 20)
    assert not side.is_sure
    side.check = Check(0)
    answers = [side.shown(X, 5.0 * way) for _ in range(3)]
    assert answers[:2] == [None, None]
    assert answers[2] is (way < 0)
    assert side.side == way
    assert side.is_sure
    assert side.check is None


def test_a_guided_check_without_an_answer_stays_open():
    side = added([])
    side.check = Check(0)
    assert [side.shown(X, odds) for odds in (5.0, -5.0, 1.0, -1.0, 3.0)] == [None] * 5


@pytest.mark.parametrize(
    ("name", "call", "times"),
    [("way_unclear", ("stride", False), 8), ("to_and_fro", ("swing",), 10), ("strap_loose", ("rattle",), 80)],
)
def test_a_doubt_is_said_once(name, call, times):
    found = []
    doubts = Doubts(found.append)
    for index in range(5 * times):
        getattr(doubts, call[0])(*call[1:], index)
    assert [reasons.REASONS[event.reason][0] for event in found] == [name]
    assert found[0].index == times - 1
