# SPDX-License-Identifier: MIT
"""Slow and uneven walkers at the wrist: a step is no stride of somebody twice as fast, and no gesture is a walk."""

import math
import random
from array import array

import numpy as np
import pytest
from retrostep import events
from retrostep.engine import Engine
from retrostep.gait.armway import ArmWay
from retrostep.gait.forearm import COUNT, TICK_HZ, WINDOW
from retrostep.gait.waiting import ROOM, Waiting
from retrostep.gait.wrist import WristSteps
from retrostep.units import TICK, G, acc_scale, gyro_scale

RATE = 104


def ring(half, whole, rate, at=0):
    """s with a bob of so many m/s^2 at half the rate and at the rate, the oldest at `at`."""
    s = array("h", [0] * (3 * WINDOW))
    for k in range(WINDOW):
        t = k / TICK_HZ
        up = half * math.sin(math.pi * rate * t + 0.3) + whole * math.sin(2 * math.pi * rate * t + 1.1)
        s[(at + 3 * k + 2) % (3 * WINDOW)] = int(up / COUNT)
    return s


class Counter:
    """What ArmWay asks of a WristSteps, and tells it."""

    def __init__(self, step_hz, is_slow=False):
        self.step_hz = step_hz
        self.is_slow = is_slow
        self.told = []

    def slow(self, is_double):
        self.told.append(("slow", is_double))

    def brisk(self, is_double):
        self.told.append(("brisk", is_double))


def weighed(half, whole, counter, at=0, windows=3):
    """What three windows with such a bob say of a walk that is counted so."""
    way = ArmWay(lambda event: None, "right", acc_scale(8), gyro_scale(1000))
    rate = counter.step_hz if counter.step_hz > 1.5 else 2 * counter.step_hz
    way.arm.s[:] = ring(half, whole, rate, at)
    way.arm.at = at
    for _ in range(windows):
        way._weigh(counter)
    return way


@pytest.mark.parametrize("at", [0, 33])
@pytest.mark.parametrize("rate", [1.95, 2.2])
def test_the_trunk_tells_a_step_from_half_a_one(rate, at):
    slow, brisk = Counter(rate), Counter(rate)
    assert not weighed(0.9, 0.4, slow, at)._is_open and slow.told == [("slow", True)] * len(slow.told) != []
    assert not weighed(0.4, 2.2, brisk, at)._is_open and not brisk.told
    doubt = Counter(rate)
    assert weighed(0.9, 0.4, doubt, at, windows=1)._is_open and not doubt.told, "one window is not enough"


def test_who_was_slow_and_hurries_is_told_so_at_either_count():
    at_half, at_whole = Counter(1.04, is_slow=True), Counter(2.08, is_slow=True)
    weighed(0.4, 2.2, at_half)
    weighed(0.4, 2.2, at_whole)
    assert at_half.told[0] == ("brisk", False) and at_whole.told[0] == ("brisk", True)


@pytest.mark.parametrize("rate", [1.3, 1.6, 1.85, 2.6])
def test_between_slow_and_brisk_nobody_asks(rate):
    counter = Counter(rate)
    assert not weighed(0.9, 0.4, counter)._is_open and not counter.told


def walker(seconds, step_hz, arm_hz, rise, tilt=0.3, swing=0.5, seed=1):
    """Words of a right forearm along x that hangs `tilt` rad before the body and swings by `swing` rad about z."""
    generator = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    calm = np.clip((t - 3) / 0.5, 0, 1) * np.clip((seconds - 3 - t) / 0.5, 0, 1)
    angle = tilt + calm * 0.5 * swing * np.sin(2 * np.pi * arm_hz * t + 2.0)
    rate = np.gradient(angle, 1 / RATE)
    phase = 2 * np.pi * step_hz * t
    up = G + calm * rise * (np.sin(phase) + 0.35 * np.sin(2 * phase + 1))
    ahead = calm * 0.6 * rise * np.cos(phase)
    acc = np.stack([-up * np.cos(angle) + ahead * np.sin(angle), up * np.sin(angle) + ahead * np.cos(angle)], 1)
    acc = np.hstack([acc, np.zeros((len(t), 1))]) + generator.normal(0, 0.1, (len(t), 3))
    acc[:, 0] -= 0.3 * rate**2  # about an elbow
    acc[:, 1] += 0.3 * np.gradient(rate, 1 / RATE)
    gyr = np.stack([0 * t, 0 * t, rate], 1) + generator.normal(0, 0.02, (len(t), 3))
    return np.rint(np.hstack([gyr / gyro_scale(1000), acc / acc_scale(8)])).astype(np.int16)


def steps(words, side="right", has_gyro=True):
    heard = []
    engine = Engine("wrist", heard.append, side=side, has_gyro=has_gyro)
    engine.feed(memoryview(np.ascontiguousarray(words).reshape(-1)), len(words))
    engine.finish()
    return [event for event in heard if event.kind == events.STEP]


def test_an_arm_that_sways_once_a_step_is_counted_once_a_step(monkeypatch):
    words = walker(66, 1.04, 1.04, 0.9)
    found = steps(words)
    assert len(found) == pytest.approx(62, abs=3)
    assert np.median([event.stride_s for event in found]) == pytest.approx(1.92, abs=0.1)
    times = [event.index for event in found]
    assert times == sorted(times)
    monkeypatch.setattr(ArmWay, "_weigh", lambda *_: None)
    assert len(steps(words)) > 110, "then this test would show nothing"


def test_a_brisk_arm_that_swings_once_a_stride_is_counted_twice_a_swing():
    found = steps(walker(66, 2.08, 1.04, 2.2))
    assert len(found) == pytest.approx(125, abs=5)
    assert np.median([event.stride_s for event in found]) == pytest.approx(0.96, abs=0.05)


def test_who_strolls_first_and_then_hurries_is_counted_as_a_hurrier():
    stroll, hurry = walker(40, 1.04, 1.04, 0.9), walker(46, 2.08, 1.04, 2.4)
    both = np.vstack([stroll[: 34 * RATE], hurry[5 * RATE :]])
    found = steps(both)
    late = sum(event.index > 46 * RATE for event in found)
    assert late == pytest.approx(2.08 * (34 + 38 - 46), abs=6)


def test_of_the_steps_that_wait_every_other_goes_but_those_counted_singly_stay():
    waiting = Waiting()
    for number in range(ROOM - 3):  # so that it goes round its end
        waiting.put(events.Event(events.STEP, number, 0.0, 0))
        waiting.take(0, events.UNKNOWN, 0.0)
    for number, stride in enumerate([1.9, 1.9, 0.95, 0.95, 0.95, 0.95, 0.95]):
        event = events.Event(events.STEP, 100 * number, 0.5, 0)
        event.stride_s = stride
        waiting.put(event)
    waiting.thin(1.3)
    left = [waiting.take(900, events.FORWARD, 0.8) for _ in range(waiting.count)]
    assert [event.index for event in left] == [0, 100, 200, 400, 600]
    assert [event.stride_s for event in left] == pytest.approx([1.9] * 5, abs=0.01)
    assert {(event.frac, event.decided, event.direction, event.confidence) for event in left} == {(0.5, 900, 1, 0.8)}


def uneven(seconds, seed):
    """|acc| of somebody whose steps differ in length and strength and whose arm adds its own: it repeats badly."""
    chance = random.Random(seed)
    out = [9.81] * (3 * RATE)
    while len(out) < (seconds + 3) * RATE:
        n = int(0.68 * RATE * (1 + chance.gauss(0, 0.09)))
        size, other = chance.gauss(1.0, 0.6), chance.gauss(0, 1.3)
        turn = chance.random() * 6.3
        for k in range(n):
            x = size * math.sin(2 * math.pi * k / n) + other * math.sin(3 * math.pi * k / n + turn)
            out.append(9.81 + x + chance.gauss(0, 0.9))
    return out + [9.81] * (3 * RATE)


def count(magnitudes, up):
    heard = []
    counter = WristSteps(heard.append)
    counter.up = up
    for i in range(0, len(magnitudes) - TICK, TICK):
        tick = magnitudes[i : i + TICK]
        counter.feed(TICK, 1, [sum(tick)] * 2, [sum(a * a for a in tick)] * 2)
    counter.finish()
    return len(heard)


def test_an_uneven_walker_is_counted_while_the_arm_hangs():
    hanging = [count(uneven(40, seed), [-0.95, 0.3, 0.0]) for seed in range(6)]
    on_a_table = [count(uneven(40, seed), [0.1, 0.1, 0.99]) for seed in range(6)]
    assert np.mean(hanging) > np.mean(on_a_table) + 8
    assert np.mean(hanging) == pytest.approx(40 / 0.68, rel=0.15)


@pytest.mark.parametrize("size", [0.45, 0.6])
def test_a_slow_walk_that_hardly_shakes_the_arm_is_counted_while_it_hangs(size):
    chance = random.Random(3)
    swings = [size * math.sin(2 * math.pi * 1.0 * i / RATE) + chance.gauss(0, 0.05) for i in range(60 * RATE)]
    magnitudes = [9.81] * (3 * RATE) + [9.81 + x for x in swings] + [9.81] * (3 * RATE)
    assert count(magnitudes, [0.0, -0.97, 0.2]) >= 57
    assert count(magnitudes, [0.0, 0.2, 0.97]) == 0, "stirring, on a table"
