# SPDX-License-Identifier: MIT
"""Legs that do something else than walk, knees that hardly bend, and people who differ (docs/walks.md)."""

import numpy as np
import pytest
from retrostep import units
from retrostep_host.virtual import walks
from retrostep_host.virtual.walking import cycle

from bench import walks as bench


def witnesses(line, seed, way):
    """s2, l3, ca, l2 of a walk of this one line."""
    return bench.witnesses(walks.generate(f"stand 1 s\n{line}", seed), way)


def middle(walk, label):
    """(acc, gyr) inside the segment of this label, without its beginning and end."""
    start, end = next((a, b) for a, b, name in walk.truth.segments if name == label)
    part = slice(int((start + 4.5) * units.RATE_HZ), int((end - 4.5) * units.RATE_HZ))
    return walk.acc[part], walk.gyr[part]


def rhythm(x):
    """The strongest frequency, Hz."""
    power = np.abs(np.fft.rfft((x - x.mean()) * np.hanning(len(x)), 8 * len(x)))
    return np.argmax(power) * units.RATE_HZ / (8 * len(x))


@pytest.mark.parametrize("cadence", [50, 70, 100])
def test_pedals_turn_the_foot_in_a_circle_and_rock_the_shank(cadence):
    walk = walks.generate(f"stand 1 s\npedal 25 s cadence={cadence}\nstand 1 s", 2, mount=None)
    acc, gyr = middle(walk, "pedal")
    assert rhythm(gyr[:, 1]) == pytest.approx(cadence / 60, rel=0.06) and not walk.truth.steps
    assert gyr[:, 1].std() > 5 * gyr[:, [0, 2]].std()
    rocks = np.ptp(np.cumsum(gyr[:104, 1]) / units.RATE_HZ)
    assert 0.5 < rocks < 1.2, "rad: the shank rocks by some 45 degrees"
    pull = (2 * np.pi * cadence / 60) ** 2 * 0.17
    assert np.linalg.norm(acc, axis=1).max() > units.G + 0.5 * pull, "a foot on a crank feels the circle"


@pytest.mark.parametrize("rate", [0.6, 0.8, 1.0])
def test_a_dangling_leg_is_a_pendulum(rate):
    walk = walks.generate(f"stand 1 s\ndangle 25 s rate={rate}\nstand 1 s", 3, mount=None)
    acc, gyr = middle(walk, "dangle")
    assert rhythm(gyr[:, 1]) == pytest.approx(rate, rel=0.05) and not walk.truth.steps
    assert 0.8 < np.percentile(np.abs(gyr[:, 1]), 98) < 3.5
    assert np.abs(acc[:, 0]).max() < 4, "gravity and swing cancel along the way of a pendulum"


@pytest.mark.parametrize("line", ["pedal 8 s", "dangle 8 s", "sit 3 s", "fall", "side left 4 strides", "turn 180"])
@pytest.mark.parametrize("wear", ["ankle left", "thigh left"])
def test_one_stands_again_afterwards(line, wear):
    walk = walks.generate(f"stand 2 s\n{line}\nstand 3 s\nforward 4 strides", 4, mount=None, wear=wear)
    start, end = [(a, b) for a, b, name in walk.truth.segments if name == "stand"][-1]
    still = walk.acc[int((start + 1) * units.RATE_HZ) : int((end - 0.3) * units.RATE_HZ)]
    assert np.linalg.norm(still.mean(axis=0) - walk.acc[20:120].mean(axis=0)) < 0.5 and still.std(axis=0).max() < 0.3
    assert np.abs(walk.acc).max() < 150, "m/s^2, a sensor would survive it"


def test_a_braced_leg_is_one_piece():
    """knee=stiff: shank and thigh turn together, slowly; the leg is swung around; s2 is small."""
    script = "stand 1 s\nforward 12 strides knee=stiff\nstand 1 s"
    shank, thigh = (walks.generate(script, 1, mount=None, wear=f"{w} left") for w in ("ankle", "thigh"))
    part = slice(300, -300)
    assert np.corrcoef(shank.gyr[part, 1], thigh.gyr[part, 1])[0, 1] > 0.95
    assert np.percentile(-shank.gyr[:, 1], 99) < 3
    steps = [step for step in shank.truth.steps if step.own][1:-1]
    assert np.median([step.stride_s for step in steps]) > 1.5 and np.median([step.length_m for step in steps]) < 1.0
    for way, verb in ((1, "forward"), (-1, "backward")):
        s2 = [witnesses(f"{verb} 12 strides{knee}", 1, way)[0] for knee in ("", " knee=stiff")]
        assert abs(s2[1]) < 0.6 * s2[0]


@pytest.mark.parametrize(("verb", "way"), [("forward", 1), ("backward", -1)])
def test_the_less_the_knee_bends_the_less_s2(verb, way):
    found = [witnesses(f"{verb} 12 strides knee={knee}", 2, way)[0] for knee in (55, 65, 75, 85)]
    assert found == sorted(found) and found[0] < 0.15 < 0.3 < found[-1]


def test_people_differ_and_each_stays_the_same():
    several = [cycle.Style.of(np.random.default_rng([seed, 4])) for seed in range(40)]
    assert several[3] == cycle.Style.of(np.random.default_rng([3, 4]))
    knees = [style.knee_deg for style in several]
    assert 3 < np.std(knees) < 8 and 60 < min(knees) < max(knees) < 92


@pytest.mark.parametrize(
    ("verb", "way", "low", "high"),
    [
        ("forward", 1, (0.26, -0.55, -0.70, -0.75), (0.55, 0.05, -0.15, -0.40)),
        ("backward", -1, (0.08, -0.45, 0.05, 0.15), (0.36, 0.20, 0.60, 0.66)),
    ],
)
def test_witnesses_of_polarity_and_direction_are_those_of_people(verb, way, low, high):
    """s2, l3, ca, l2 of several wearers: inside what people's recordings have (docs/walks.md)."""
    found = np.array([witnesses(f"{verb} 10 strides", seed, way) for seed in (1, 2, 3, 4)])
    assert (found > low).all() and (found < high).all(), found.round(2)
    assert (np.ptp(found, axis=0) > 0.02).all(), "people differ"


def test_a_change_of_stride_in_mid_walk_is_smooth():
    """Another length or knee begins with the leg where it is: no jerk beyond those of an even walk."""

    def jerk(script):
        walk = walks.generate("stand 1 s\n" + script, 6, mount=None)
        return np.percentile(np.abs(np.diff(walk.gyr[:, 1])), 99.9)

    even = jerk("forward 12 strides")
    assert jerk("forward 6 strides\nforward 6 strides length=0.9 cadence=100") < 1.5 * even
    assert jerk("forward 6 strides\nforward 6 strides knee=60") < 1.5 * even
