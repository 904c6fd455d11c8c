# SPDX-License-Identifier: MIT
"""Mount: axis, sign and memory find how the sensor sits, for any rotation and in either direction."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from retrostep.engine import Engine
from retrostep.mount.axis import Axis
from retrostep.mount.memory import Memory
from retrostep_host import recordings
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


def test_the_memory_comes_back_as_it_was_packed():
    memory = Memory()
    for _ in range(9):
        memory.stride([0.6, 0.0, -0.8], 1, 0.4)
    again = Memory(memory.pack())
    assert again.strides == 9
    assert again.axis == pytest.approx([0.6, 0.0, -0.8], abs=1e-3)
    assert len(memory.pack()) <= 32


@pytest.mark.parametrize("position", range(12))
def test_one_flipped_bit_of_the_memory_is_noticed(position):
    memory = Memory()
    for _ in range(9):
        memory.stride([0.6, 0.0, -0.8], 1, 0.4)
    kept = bytearray(memory.pack())
    kept[position] ^= 4
    if position == 1:  # the spare byte
        return
    assert Memory(bytes(kept)).strides == 0


def test_three_clear_strides_about_another_axis_overturn_the_memory():
    memory = Memory()
    for _ in range(9):
        memory.stride([1.0, 0.0, 0.0], 1, 0.4)
    for _ in range(2):
        memory.stride([0.0, 1.0, 0.0], 1, 0.4)
    assert memory.axis[0] == 1.0
    memory.stride([0.0, 1.0, 0.0], 1, 0.4)
    assert memory.axis[1] == 1.0
    assert not memory.is_known()


def test_unclear_strides_teach_nothing():
    memory = Memory()
    for _ in range(9):
        memory.stride([1.0, 0.0, 0.0], 1, 0.1)
    assert memory.strides == 0
    assert memory.pack() == b""
