# SPDX-License-Identifier: MIT
"""Shoes: steps that the sagittal plane does not explain, a heel that says nothing, and generated walks that turn."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from retrostep import events, units
from retrostep.engine import Engine
from retrostep.gait import footfall, turning
from retrostep.gait.bouts import Stride
from retrostep.gait.sagittal import Sagittal
from retrostep_host import recordings
from retrostep_host.virtual import walks

KA, KG = (scale(r) for scale, r in zip((units.acc_scale, units.gyro_scale), units.RANGES["foot"], strict=True))


def ring(yaw: float, far: float, high: float, turned_about: tuple[int, int, int] = (0, 1, 2)) -> array:
    """Raw words of a level foot that rests to tick 20, in 0.6 s turns by `yaw` rad, goes `far` m, and rests again."""
    t = np.arange(2 * 256) / 104.0
    s = np.clip((t - 40 / 104) / 0.6, 0.0, 1.0)
    smooth = s - np.sin(2 * np.pi * s) / (2 * np.pi)
    angle = yaw * smooth
    x, z = far * smooth, high * np.sin(np.pi * s) ** 2
    ax, az = (np.gradient(np.gradient(v, t), t) for v in (x, z))
    words = np.stack(
        [0 * t, 0 * t, np.gradient(angle, t) / KG, ax * np.cos(angle) / KA, -ax * np.sin(angle) / KA, (az + 9.81) / KA]
    )
    mixed = [turned_about[i % 3] + 3 * (i // 3) for i in range(6)]
    pairs = words[mixed].T.reshape(256, 2, 6).mean(1)
    return array("h", np.rint(pairs).astype(int).ravel().tolist())


@pytest.mark.parametrize("about", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
@pytest.mark.parametrize("yaw", [0.0, 1.5, -3.0])
def test_a_turning_foot_goes_as_far_as_it_was_made_to(yaw, about):
    raw = ring(yaw, 0.4, 0.05, about)
    up = [0.0, 0.0, 0.0]
    up[about.index(2)] = 1.0
    axis = [0.0, 0.0, 0.0]
    axis[about.index(0)] = 1.0
    assert turning.turned(raw, 18, 54, up, KG) == pytest.approx(abs(yaw), abs=0.05)
    assert turning.stepped(raw, 18, 54, axis, KA, KG) == pytest.approx(0.4, abs=0.04)


def test_a_foot_that_pivots_has_not_stepped_and_one_that_is_lifted_has():
    for yaw in (1.0, -2.5):
        assert turning.stepped(ring(yaw, 0.0, 0.0), 18, 54, [1.0, 0.0, 0.0], KA, KG) == 0.0
        assert turning.stepped(ring(yaw, 0.05, 0.0), 18, 54, [1.0, 0.0, 0.0], KA, KG) == 0.0
        assert turning.stepped(ring(yaw, 0.05, 0.04), 18, 54, [1.0, 0.0, 0.0], KA, KG) == pytest.approx(0.05, abs=0.02)


class Heard:
    """Stands in for gait.bouts."""

    def __init__(self):
        self.strides: list[Stride] = []

    def is_open(self):
        return True

    def is_walking(self):
        return True

    def add(self, stride, ahead, now):
        self.strides.append(stride)


def judged(tilt: float, strides: int = 4) -> list[Stride]:
    """Strides 0.9 m long, |acc| as of somebody who walks backward, whose foot tilts by `tilt` rad in the mean."""
    sagittal, bouts = Sagittal(True), Heard()
    falls = footfall.Footfall(sagittal, bouts, lambda event: None)
    falls.acc_scale, falls.gyro_scale, falls.v = KA, KG, [0.0, 1.0, 0.0]
    n = 60
    for k in range(strides):
        for t in range(n):
            phase = 2 * np.pi * t / n
            at = (k * n + t) & 255
            sagittal.s[at] = np.sin(phase)
            sagittal.a[at] = 9.8 + 2.0 * np.cos(2 * phase - 2.0)  # phi of about +90 degrees
        stride = falls._ahead(k * n, k * n + n - 8, 0.9, tilt, 0.9)
        if stride is not None:
            bouts.strides.append(stride)
    return bouts.strides[1:]


def test_the_phase_alone_does_not_call_a_walk_backward():
    assert all(stride.logit == 0.0 for stride in judged(0.02)), "a heel that does not lift: stiff legs, braces"
    assert all(stride.logit < -3.0 for stride in judged(0.10))


def steps(script: str, seed: int, placement: str = "foot"):
    walk = walks.generate(script, seed, placement)
    words = np.array(recordings.stream(walk).words)
    found: list[events.Event] = []
    engine = Engine(placement, found.append)
    engine.feed(array("h", words.ravel().tolist()), len(words))
    engine.finish()
    return walk.truth.steps, [event for event in found if event.kind == events.STEP]


def near(truth, step):
    """The true own step next to a counted one, within 0.2 s; else None."""
    best = min((t for t in truth if t.own), key=lambda t: abs(t.t - (step.index + step.frac) / units.RATE_HZ))
    return best if abs(best.t - (step.index + step.frac) / units.RATE_HZ) <= 0.2 else None


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("there", "back"), [("forward", "forward"), ("forward", "backward"), ("backward", "backward")])
def test_a_generated_turn_round_is_counted_and_labelled(there, back, seed):
    truth, found = steps(f"stand 3 s\n{there} 8 strides\nturn 180\n{back} 8 strides\nstand 4 s", seed)
    own = [step for step in found if not step.inferred]
    paired = [near(truth, step) for step in own]
    assert None not in paired
    assert len(own) == sum(t.own for t in truth)
    assert abs(len(found) - len(truth)) <= 1
    for step, true in zip(own, paired, strict=True):
        if true.direction in ("forward", "backward"):
            assert events.DIRECTIONS[step.direction] == true.direction
        elif there == back:
            assert events.DIRECTIONS[step.direction] in ("unknown", there)


def test_four_corners_are_walked_forward():
    truth, found = steps("stand 3 s\n" + "forward 4 strides\nturn 90\n" * 4 + "stand 4 s", 1)
    own = [step for step in found if not step.inferred]
    assert all(near(truth, step) for step in own)
    assert len(own) >= sum(t.own for t in truth) - 2
    assert {step.direction for step in own} == {events.FORWARD}


@pytest.mark.parametrize("seed", [1, 2])
def test_side_steps_within_a_walk_are_counted_and_neither_forward_nor_backward(seed):
    truth, found = steps("stand 3 s\nforward 6 strides\nside left 4 strides\nforward 6 strides\nstand 4 s", seed)
    assert abs(len(found) - len(truth)) <= 1
    for step in found:
        true = near(truth, step) if not step.inferred else None
        if true is not None and true.direction == "sideways":
            assert events.DIRECTIONS[step.direction] in ("sideways", "unknown")


@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("count", [4, 5, 7, 12])
def test_short_generated_walks_are_counted_to_one_step(way, count):
    for seed in (1, 2):
        truth, found = steps(f"stand 3 s\n{way} {count} steps\nstand 4 s", seed)
        assert abs(len(found) - len(truth)) <= 1
        assert {events.DIRECTIONS[step.direction] for step in found} == {way}


def test_sitting_and_standing_make_no_steps():
    assert steps("stand 5 s\nsit 10 s\nstand 5 s", 1)[1] == []
