# SPDX-License-Identifier: MIT
"""The wrist counts what repeats like an arm of a walker, credits the first steps late, and counts nothing else."""

import math
import random

import pytest
from retrostep.events import STEP, UNKNOWN
from retrostep.gait.wrist import WristSteps
from retrostep.units import TICK

RATE = 104


class Arm:
    """|acc| written down piece by piece, counted as it comes."""

    def __init__(self, batch=13, seed=1):
        self.heard = []
        self.steps = WristSteps(self.heard.append)
        self.batch = batch
        self.fed = 0  # samples since the clock last jumped
        self.random = random.Random(seed)
        self.t = 0.0

    def _feed(self, samples):
        for i in range(0, len(samples), self.batch):
            part = samples[i : i + self.batch]
            ends = [n + 1 for n in range(len(part)) if (self.fed + n + 1) % TICK == 0]
            self.fed += len(part)
            parts = [part[:end] for end in [*ends, len(part)]]
            lengths, squares = [sum(one) for one in parts], [sum(a * a for a in one) for one in parts]
            self.steps.feed(len(part), len(ends), lengths, squares)
        return self

    def rest(self, seconds, noise=0.05):
        return self._feed([9.81 + self.random.gauss(0, noise) for _ in range(int(seconds * RATE))])

    def walk(self, steps, cadence=1.8, step=1.5, stride=1.0):
        """`steps` steps at `cadence` a second: a swing at the step, one at the stride, and noise."""
        out = []
        for i in range(int(steps / cadence * RATE)):
            phase = 2 * math.pi * cadence * i / RATE
            x = 9.81 - step * math.cos(phase) + stride * math.sin(0.5 * phase + 0.4)
            out.append(x + self.random.gauss(0, 0.15))
        return self._feed(out)

    def claps(self, seconds, a_second=2.0):
        out = [9.81 + self.random.gauss(0, 0.3) for _ in range(int(seconds * RATE))]
        for i in range(0, len(out), int(RATE / a_second)):
            for k, size in enumerate((25.0, -8.0, 15.0, -6.0, 8.0)):
                if i + k < len(out):
                    out[i + k] += size
        return self._feed(out)

    def rattle(self, seconds, noise=1.5):
        """A car: coloured noise without a period."""
        low, out = 0.0, []
        for _ in range(int(seconds * RATE)):
            low += 0.12 * (self.random.gauss(0, noise * 4) - low)
            out.append(9.81 + low)
        return self._feed(out)

    @property
    def count(self):
        self.steps.finish()
        return len(self.heard)


@pytest.mark.parametrize("cadence", [1.25, 1.5, 1.8, 2.1])
def test_a_hundred_steps_are_a_hundred(cadence):
    assert abs(Arm().rest(5).walk(100, cadence).rest(5).count - 100) <= 4


@pytest.mark.parametrize("cadence", [2.5, 2.7])
def test_a_jog_is_not_taken_for_a_stroll_of_half_the_steps(cadence):
    assert abs(Arm().rest(5).walk(100, cadence, step=6.0, stride=3.0).rest(5).count - 100) <= 5


@pytest.mark.parametrize(("step", "stride"), [(1.5, 0.0), (0.3, 1.6), (1.0, 1.0)])
def test_an_arm_that_swings_once_a_stride_counts_both_steps(step, stride):
    assert abs(Arm().rest(4).walk(60, 1.8, step, stride).rest(4).count - 60) <= 4


def test_the_first_steps_are_credited_back():
    arm = Arm().rest(5).walk(40).rest(5)
    first = arm.heard[0].index / RATE
    assert 4.5 <= first <= 6.5
    assert arm.heard[0].decided / RATE - first > 1.0


def test_stopping_stops_the_count():
    arm = Arm().rest(5).walk(60).rest(20)
    assert arm.heard[-1].index / RATE < 5 + 60 / 1.8 + 1.0


def test_mixed_walking_loses_no_bout():
    arm = Arm().rest(5)
    for cadence in (1.6, 1.9, 1.4, 2.0):
        arm.walk(30, cadence).rest(6)
    assert abs(arm.count - 120) <= 10


@pytest.mark.parametrize("seed", range(5))
def test_rest_typing_and_a_car_count_nothing(seed):
    assert Arm(seed=seed).rest(60).count == 0
    assert Arm(seed=seed).rest(60, noise=0.6).count == 0
    assert Arm(seed=seed).rattle(300).count <= 6


@pytest.mark.parametrize("a_second", [1.5, 2.0, 3.0])
def test_claps_are_no_steps(a_second):
    assert Arm().rest(5).claps(30, a_second).rest(5).count == 0


def test_steps_rise_in_time_and_say_what_they_know():
    arm = Arm().rest(3).walk(50, 1.6).rest(3).walk(50, 2.0).rest(3)
    assert arm.count
    times = [e.index + e.frac for e in arm.heard]
    assert times == sorted(times)
    assert len(set(times)) == len(times)
    for event in arm.heard:
        assert event.kind == STEP
        assert event.direction == UNKNOWN
        assert event.inferred is False
        assert 0 <= event.frac < 1
        assert event.decided >= event.index
        assert 0.6 < event.stride_s < 2.0


@pytest.mark.parametrize("batch", [1, 7, 13, 64])
def test_the_size_of_a_batch_changes_no_step(batch):
    one, other = (Arm(batch=b).rest(4).walk(40).rest(4) for b in (13, batch))
    times = [[e.index + e.frac for e in arm.heard] for arm in (one, other)]
    assert times[0] == pytest.approx(times[1], abs=1e-6) and len(times[0]) > 30


def test_a_gap_ends_the_bout_and_moves_the_clock():
    arm = Arm().rest(4).walk(40)
    arm.steps.gap(RATE * 60)
    arm.fed = 0
    seen = len(arm.heard)
    arm.walk(40).rest(4)
    later = [e.index / RATE for e in arm.heard[seen:]]
    assert later
    assert min(later) > 4 + 40 / 1.8 + 60 - 1.5
    assert abs(arm.count - 80) <= 8


@pytest.mark.parametrize("value", [0.0, 9.81, 78.0])
def test_a_stuck_sensor_walks_nowhere(value):
    arm = Arm()
    arm._feed([value] * (RATE * 60))
    assert arm.count == 0


def test_random_words_do_not_run_away():
    arm = Arm()
    arm._feed([arm.random.uniform(0, 135) for _ in range(RATE * 120)])
    assert arm.count <= 6
