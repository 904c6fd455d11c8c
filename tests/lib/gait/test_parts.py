# SPDX-License-Identifier: MIT
"""Parts of the gait room: each on numbers whose answer is known."""

from __future__ import annotations

from array import array
from math import cos, pi, sin

import numpy as np
import pytest
from retrostep import events
from retrostep.gait import direction
from retrostep.gait.bouts import Bouts, Stride
from retrostep.gait.phase import phase
from retrostep.gait.sagittal import _A1, _A2, _B0, _B1
from retrostep.gait.strapdown import displacement
from retrostep.gait.witness import Witness


def test_the_low_pass_is_a_butterworth_of_6_hz():
    from scipy.signal import butter

    b, a = butter(2, 6, fs=52)
    assert pytest.approx([_B0, _B1, _B0]) == list(b)
    assert pytest.approx([1.0, _A1, _A2]) == list(a)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_swing_is_as_long_as_it_was_made(sign):
    """A leg that swings 0.7 rad to and fro while its ankle goes 1.1 m, at 52 Hz."""
    n, dt = 60, 2.0 / 104.0
    t = np.arange(2 * 256) * (dt / 2)
    span = n * dt
    inside = (t >= 10 * dt) & (t < 10 * dt + span)
    s = np.where(inside, (t - 10 * dt) / span, 0.0)
    far = 1.1 * (s - np.sin(2 * pi * s) / (2 * pi))
    far[t >= 10 * dt + span] = 1.1
    angle = 0.7 * np.sin(2 * pi * s) * sign
    acc = np.gradient(np.gradient(far, dt / 2), dt / 2) * sign
    rate = np.gradient(angle, dt / 2)
    # v = +y, up = z, ap = u x v = z x y = -x
    ax = -(acc * np.cos(angle) + 9.81 * np.sin(angle))
    az = 9.81 * np.cos(angle) - acc * np.sin(angle)
    raw = array("h", [0] * (6 * 256))
    for k in range(256):
        raw[6 * k + 1] = round(rate[2 * k : 2 * k + 2].mean() / 0.0006)
        raw[6 * k + 3] = round(ax[2 * k : 2 * k + 2].mean() / 0.0024)
        raw[6 * k + 5] = round(az[2 * k : 2 * k + 2].mean() / 0.0024)
    s_ring = array("f", [0.0] * 256)
    for k in range(256):
        s_ring[(k + 2) % 256] = 0.5 * (rate[2 * k] + rate[2 * k + 1])
    x, _, turned = displacement(raw, s_ring, 8, 72, [0.0, 1.0, 0.0], 0.0024)
    assert x == pytest.approx(1.1 * sign, abs=0.05)
    assert turned == pytest.approx(1.4, abs=0.05)


def test_reversing_time_turns_the_phase_into_its_opposite():
    rng = np.random.default_rng(1)
    n = 60
    rate = [sin(2 * pi * k / n + 0.4) + 0.5 * cos(4 * pi * k / n) + 0.05 * rng.normal() for k in range(n)]
    acc = [9.8 + 2 * cos(4 * pi * k / n + 1.1) + 0.5 * sin(2 * pi * k / n) for k in range(n)]

    def ring(values):
        return array("f", [*values, *([0.0] * (256 - n))])

    there, strong = phase(ring(rate), ring(acc), 0, n, 1, 0.0)
    back, _ = phase(ring([-x for x in rate[::-1]]), ring(acc[::-1]), 0, n, 1, 2.0 * 0.0)
    other, _ = phase(ring([-x for x in rate]), ring(acc), 0, n, 1, 0.0)
    assert strong == pytest.approx(2.0, abs=0.05)
    assert there == pytest.approx(other)  # the sign of the axis does not matter
    assert abs((there + back + pi) % (2 * pi) - pi) < 0.01


def test_neighbours_never_turn_certainty_into_more_than_their_odds():
    assert direction.carry(50.0) == pytest.approx(3.476, abs=0.01)
    assert direction.carry(-50.0) == -direction.carry(50.0)
    assert direction.carry(0.0) == 0.0
    assert direction.of_displacement(0.1) == 0.0
    assert direction.of_way(-9.0) == -direction.of_way(9.0)


@pytest.mark.parametrize(("lobes", "way"), [(3.6, 4.0), (-3.6, -4.0)])
def test_lobes_that_go_the_way_that_needs_no_polarity_speak_for_the_side_they_were_read_from(lobes, way):
    assert direction.polarity(lobes, way) > 2.5
    assert direction.polarity(-lobes, way) == pytest.approx(-direction.polarity(lobes, way))
    assert direction.polarity(lobes, 0.0) == 0.0


def stride_words(seed: int, mirrored: bool = False, reversed_: bool = False, lever=(0.0, 0.0), turn: float = 0.0):
    """60 ticks of a made-up periodic leg with a sensor at `lever` (m in front, m up): raw words and the rate's ring.

    The leg's own frame: v = y, u = z, f = u x v = -x. Mirrored: front and back exchanged. Reversed: time.
    """
    n = 60
    rng = np.random.default_rng(seed)
    theta = 2 * pi * (np.arange(2 * n) + 0.5) / (2 * n)
    waves = np.stack([np.ones(2 * n), *(g(k * theta) for k in (1, 2) for g in (np.cos, np.sin))])
    s, a, up = rng.normal(size=(3, 5)) @ waves * np.array([[2.0], [2.5], [2.0]])
    s -= s.mean()
    if reversed_:
        s, a, up = -s[::-1], a[::-1], up[::-1]
    if mirrored:
        s, a = -s, -a
    ds = np.gradient(np.tile(s, 3), 1 / 104)[2 * n : 4 * n]
    x, y = lever
    up = 9.8 + up + x * ds - y * s * s
    a = a - y * ds - x * s * s
    raw = array("h", [0] * (6 * 256))
    ring = array("f", [0.0] * 256)
    for k in range(-6, n + 6):
        t = k % n
        ring[(k + 2) & 255] = 0.5 * (s[2 * t] + s[2 * t + 1])
        raw[6 * (k & 255) + 3] = round(-a[2 * t : 2 * t + 2].mean() / 0.0024)
        raw[6 * (k & 255) + 5] = round(up[2 * t : 2 * t + 2].mean() / 0.0024)
    return raw, ring


def looked(raw, ring, v=(0.0, 1.0, 0.0)):
    witness = Witness()
    witness.look(raw, ring, 2, 62, (0.0, 0.0, 1.0), v, 0.0024)
    return witness


@pytest.mark.parametrize("seed", range(5))
def test_exchanging_front_and_back_turns_one_witness_round_and_not_the_other(seed):
    one, other = looked(*stride_words(seed)), looked(*stride_words(seed, mirrored=True))
    assert other.mirror == pytest.approx(-one.mirror, abs=0.05)
    assert other.way == pytest.approx(one.way, abs=0.05)
    assert abs(one.mirror) + abs(one.way) > 0.5


@pytest.mark.parametrize("seed", range(5))
def test_reversing_time_turns_the_other_one_round(seed):
    one, other = looked(*stride_words(seed)), looked(*stride_words(seed, reversed_=True))
    assert other.mirror == pytest.approx(one.mirror, abs=0.3)
    assert other.way == pytest.approx(-one.way, abs=0.3)


@pytest.mark.parametrize("lever", [(0.15, 0.0), (-0.06, 0.0), (0.0, 0.25), (0.1, -0.1)])
def test_no_lever_arm_reaches_the_witnesses(lever):
    changes = []
    for seed in range(12):
        one, other = looked(*stride_words(seed)), looked(*stride_words(seed, lever=lever))
        changes += [abs(other.mirror - one.mirror), abs(other.way - one.way)]
    assert np.mean(changes) < 0.1  # of up to 7; without the projection 0.3 to 1.1
    assert max(changes) < 0.6  # 1.3 to 3.6


@pytest.mark.parametrize("seed", range(3))
def test_the_sign_of_v_is_the_sign_of_the_polarity_and_nothing_else(seed):
    raw, ring = stride_words(seed)
    one = looked(raw, ring)
    other = looked(raw, array("f", [-x for x in ring]), (0.0, -1.0, 0.0))
    assert other.mirror == pytest.approx(-one.mirror, abs=1e-4)
    assert other.way == pytest.approx(one.way, abs=1e-4)
    assert other.purity == pytest.approx(one.purity, abs=1e-6)


def test_a_pure_swing_to_and_fro_is_pure_and_a_walk_is_not():
    raw, ring = stride_words(1)
    assert looked(raw, ring).purity < 0.8
    for k in range(256):
        ring[k] = 3.0 * sin(2 * pi * (k - 2) / 60)
    assert looked(raw, ring).purity > 0.99


def walk(logits, gap=120, lengths=None):
    found = []
    bouts = Bouts(found.append, 104.0, 350)
    for i, logit in enumerate(logits):
        stride = Stride(200 + gap * i, 0.25)
        stride.logit = logit
        stride.length = lengths[i] if lengths else 1.0 if 0 < i < len(logits) - 1 else 0.5
        bouts.add(stride, 0.0, 200 + gap * i + 130)
    bouts.close(200 + gap * len(logits) + 300)
    return found


def ways(found):
    return "".join("?FBS"[e.direction] for e in found if not e.inferred)


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([6, 6, 6, 6], "FFFF"),
        ([-6, -6, -6], "BBB"),
        ([6, 6, 6, -6, -6, -6], "FFFBBB"),
        ([6, 6, 0, 6, 6], "FFFFF"),  # an unsure stride goes with its neighbours
        ([6, 6, -3, 6, 6], "FFFFF"),  # a weak contradiction too
        ([6, 6, -7, 6, 6], "FF?FF"),  # a strong one is unknown
        ([0.2, -0.2, 0.1, 0, 0.1, 0, 0], "???????"),  # steps without a direction are steps
    ],
)
def test_the_vote(logits, expected):
    assert ways(walk(logits)) == expected


@pytest.mark.parametrize("logits", [[6, 6], [0.5, 0.5, 0.5], [3, -3, 3]])
def test_what_is_too_short_or_has_no_direction_is_no_walk(logits):
    assert walk(logits) == []


def test_the_other_leg_is_between_and_not_before_a_half_step_nor_after_one():
    found = walk([6] * 5)
    assert [e.inferred for e in found] == [False, True] * 4 + [False]
    assert [e.index for e in found if e.inferred] == [260, 380, 500, 620]


def test_a_whole_first_and_last_stride_mean_one_more_step_of_the_other_leg_each():
    found = sorted(walk([6] * 5, lengths=[1.0] * 5), key=lambda e: e.index)
    assert [e.inferred for e in found] == [True, False] * 5 + [True]
    assert len(found) == 11


def test_strides_too_far_apart_are_two_walks():
    assert walk([6, 6, 6], gap=400) == []


def test_kinds_are_steps_only():
    assert {e.kind for e in walk([6] * 6)} == {events.STEP}
