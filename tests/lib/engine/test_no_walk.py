# SPDX-License-Identifier: MIT
"""What turns a leg and is no walk gets no direction; slow steps on a shoe get theirs; half a stuck chip is noticed."""

from array import array

import numpy as np
import pytest
from retrostep import events, units
from retrostep.engine import Engine
from retrostep_host import recordings
from retrostep_host.virtual import walks

T = np.arange(104 * 60) / 104.0


def own(words: np.ndarray, placement: str = "ankle") -> list[events.Event]:
    found: list[events.Event] = []
    engine = Engine(placement, found.append)
    flat = array("h")
    flat.frombytes(np.clip(np.round(words), -32768, 32767).astype("<i2").tobytes())
    engine.feed(flat, len(words))
    engine.finish()
    return [event for event in found if event.kind == events.STEP and not event.inferred]


def pedals(turns_s: float) -> np.ndarray:
    angle = 0.45 * np.sin(2 * np.pi * turns_s * T)
    pull = 0.17 * (2 * np.pi * turns_s) ** 2
    along, up = -pull * np.cos(2 * np.pi * turns_s * T), units.G - pull * np.sin(2 * np.pi * turns_s * T)
    out = np.random.default_rng(1).normal(0, 8, (len(T), 6))
    out[:, 0] += np.gradient(angle, 1 / 104) / units.gyro_scale(1000)
    out[:, 4] += (along * np.cos(angle) - up * np.sin(angle)) / units.acc_scale(8)
    out[:, 5] += (along * np.sin(angle) + up * np.cos(angle)) / units.acc_scale(8)
    return out


@pytest.mark.parametrize("turns_s", [0.8, 1.0, 1.25, 1.5])
def test_pedals_get_no_direction_but_at_the_start(turns_s):
    steps = own(pedals(turns_s))
    assert sum(step.direction != events.UNKNOWN for step in steps[10:]) == 0


@pytest.mark.parametrize("hertz", [1.0, 1.5, 2.0, 5.0, 10.0])
def test_a_pure_sine_gets_no_direction(hertz):
    s = np.sin(2 * np.pi * hertz * T)
    steps = own(np.stack([20000 * s, 0 * s, 0 * s, 3000 * s, 0 * s, 4096 + 1000 * s], 1))
    assert sum(step.direction != events.UNKNOWN for step in steps) <= 2


@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("how", ["speed=0.3 cadence=45", "speed=0.15 cadence=40"])
def test_slow_steps_on_a_shoe_are_found_and_go_the_right_way(way, how):
    for seed in (1, 2):
        walk = walks.generate(f"stand 3 s\n{way} 8 strides {how}\nstand 4 s", seed, "foot")
        steps = own(np.array(recordings.stream(walk).words), "foot")
        assert abs(len(steps) - sum(step.own for step in walk.truth.steps)) <= 1
        assert {events.DIRECTIONS[step.direction] for step in steps} == {way}


@pytest.mark.parametrize("half", ["accelerometer", "gyro"])
def test_half_a_stuck_chip_is_noticed(half):
    walk = walks.generate("stand 3 s\nforward 12 strides\nstand 2 s", 1, "ankle")
    words = np.array(recordings.stream(walk).words)
    columns = slice(3, 6) if half == "accelerometer" else slice(0, 3)
    stuck = words.copy()
    stuck[600:, columns] = stuck[600, columns]
    flags = {}
    for name, played in (("plain", words), ("stuck", stuck)):
        engine = Engine("ankle", lambda event: None)
        flat = array("h")
        flat.frombytes(played.astype("<i2").tobytes())
        flags[name] = 0
        for start in range(0, len(played) - 13, 13):
            engine.feed(flat, 13, start)
            flags[name] += bool(engine._chunk.quality & events.Q_STUCK)
    assert flags["plain"] == 0
    assert flags["stuck"] > 30
