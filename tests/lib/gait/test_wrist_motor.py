# SPDX-License-Identifier: MIT
"""At the wrist the metronome's own ticks are no steps, and the steps of a walker who feels them are all counted."""

import math
from array import array

import numpy as np
import pytest
from retrostep import units
from retrostep.engine import Engine
from retrostep.events import STEP
from retrostep_host import recordings
from retrostep_host.virtual import walks

ON = 11  # samples a tick lasts


def beats(count, cadence, first=52):
    return list(range(first, count - 60, round(units.RATE_HZ * 60 / cadence)))


def shaken(words, at, size, hz, axes=(0, 2)):
    """The words of a sensor that a motor shakes from each sample of `at` on: `size` m/s^2, turning at `hz`."""
    out, chance = words.astype(float), np.random.default_rng(1)
    for begin in at:
        phase = 2 * math.pi * hz * np.arange(ON) / units.RATE_HZ + chance.uniform(0, 6.28)
        for k, axis in enumerate(axes):
            out[begin : begin + ON, 3 + axis] += size / units.acc_scale(8) * np.sin(phase + k * math.pi / 2)
    return np.clip(np.rint(out), -32768, 32767).astype(np.int16)


def standing(seconds=40):
    chance = np.random.default_rng(2)
    acc = np.tile([0.0, units.G, 0.0], (int(seconds * units.RATE_HZ), 1)) + chance.normal(0, 0.03, (1, 3))
    gyr = chance.normal(0, 0.01, acc.shape)
    return np.rint(np.hstack([gyr / units.gyro_scale(1000), acc / units.acc_scale(8)])).astype(np.int16)


def count(words, told=(), early=0):
    """Steps, when the engine hears of the ticks `told`, `early` samples before they come."""
    heard = []
    engine = Engine("wrist", heard.append)
    data, at = array("h", words.reshape(-1).tolist()), 0
    for begin in [*told, len(words) + early]:
        engine.feed(data, begin - early - at, at)
        at = begin - early
        engine.buzzing(ON + 1)
    engine.finish()
    return sum(event.kind == STEP for event in heard)


@pytest.mark.parametrize("cadence", [60, 100, 150])
@pytest.mark.parametrize("size", [6.0, 8.0, 20.0])
def test_ticks_on_a_resting_arm_are_no_steps_i12(size, cadence):
    """8 m/s^2 turning across gravity was 99 steps a minute: it lengthens |a| and is none of it."""
    still = standing()
    for hz, axes in ((37.0, (0, 2)), (20.0, (0, 2)), (45.0, (1,)), (30.0, (0,))):
        assert count(shaken(still, beats(len(still), cadence), size, hz, axes)) == 0, (hz, axes)


@pytest.mark.parametrize("early", [0, 20])
@pytest.mark.parametrize("cadence", [60, 100, 150])
def test_what_looks_like_an_arm_is_none_while_the_motor_runs_and_the_arm_rests_i12(cadence, early):
    """A vibration near a multiple of the sensor's rate comes out as a push of 2 Hz."""
    still = standing()
    at = beats(len(still), cadence)
    pushed = shaken(still, at, 20.0, 2.0)
    assert count(pushed) > 10, "the case shows nothing"
    assert count(pushed, at, early) <= 2


@pytest.mark.parametrize("cadence", [80, 110, 150])
def test_a_walker_who_feels_the_metronome_is_counted_i12(cadence):
    """The motor's own roughness hid up to 80 % of the steps."""
    words = np.array(recordings.stream(walks.generate("stand 8 s\nforward 20 strides\n", 3, "wrist")).words)
    plain = count(words)
    assert plain >= 36
    at = beats(len(words) - 320, cadence)
    assert abs(count(words, at) - plain) <= 2
    assert abs(count(shaken(words, at, 8.0, 37.0), at) - plain) <= 4


def test_a_walker_who_stops_is_not_counted_on_by_the_motor():
    words = np.array(recordings.stream(walks.generate("forward 20 strides\nstand 30 s\n", 3, "wrist")).words)
    at = beats(len(words) - 320, 110)
    assert abs(count(shaken(words, at, 20.0, 2.0), at) - count(words)) <= 5
