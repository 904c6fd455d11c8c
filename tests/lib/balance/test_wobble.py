# SPDX-License-Identifier: MIT
"""Wobble measures each direction against itself, needs twelve strides, and is not alarmed by a change of speed."""

import random

from retrostep import events, units
from retrostep.balance.wobble import READY, Wobble
from retrostep.events import BACKWARD, FORWARD

STRIDE = 9  # chunks: 1.125 s


class Walker:
    """Strides one by one into a Wobble."""

    def __init__(self, feeder, placement="ankle", seed=1, alerts="usual"):
        self.row = feeder(Wobble, placement, alerts=alerts)
        self.random = random.Random(seed)
        self.at = 0

    @property
    def heard(self):
        return self.row.heard

    def walk(self, count, direction=FORWARD, uneven=1.0, speed=1.0, sway=0.0, quality=0, buzzing=False):
        base = 3.0 if direction == BACKWARD else 1.0
        for _ in range(count):
            jitter = [base * uneven * self.random.gauss(0, 1) for _ in range(5)]
            off = max(0.1, 1.2 + sway + 0.15 * jitter[3])
            acc = max(1.0, 12.0 + 1.0 * jitter[4])
            self.row.feed(STRIDE, acc=acc, rate=4.0, off=off, buzzing=buzzing)
            event = events.Event(events.STEP, self.row.number * units.CHUNK - 20, 0.0, self.row.number * units.CHUNK)
            event.direction = direction
            event.stride_s = 1.1 / speed**0.5 + 0.02 * jitter[0]
            event.length_m = 1.25 * speed**0.5 + 0.04 * jitter[1]
            event.sagittal_rad = 1.2 * speed**0.5 + 0.03 * jitter[2]
            event.quality = quality
            self.row.part.stride(event)
        return self


def test_even_walking_never_wobbles(feeder):
    for seed in range(20):
        assert Walker(feeder, seed=seed).walk(150).heard == []


def test_uneven_strides_wobble_once_until_they_calm_down(feeder):
    found = 0
    for seed in range(10):
        walker = Walker(feeder, seed=seed).walk(40).walk(24, uneven=8.0)
        assert len(walker.heard) <= 1, seed
        for event in walker.heard:
            found += 1
            assert event.kind == events.WOBBLE
            assert event.direction == FORWARD
            assert event.score >= 1.0
    assert found >= 9


def test_a_kerb_or_a_turn_of_three_strides_is_no_wobble(feeder):
    for seed in range(10):
        walker = Walker(feeder, seed=seed).walk(40)
        for _ in range(4):
            walker.walk(3, uneven=12.0, sway=3.0).walk(12)
        assert walker.heard == [], seed


def test_a_setting_that_alerts_less_finds_less(feeder):
    found = [
        sum(bool(Walker(feeder, seed=seed, alerts=a).walk(60).walk(30, uneven=3.0).heard) for seed in range(20))
        for a in ("few", "usual", "many")
    ]
    assert found == sorted(found) and found[0] < found[2]


def test_no_alert_before_the_baseline_stands(feeder):
    for seed in range(10):
        assert Walker(feeder, seed=seed).walk(READY + 1, uneven=20.0).heard == []


def test_ready_within_twenty_strides(feeder):
    walker = Walker(feeder).walk(READY + 2).walk(6, uneven=25.0, sway=2.0)
    assert len(walker.heard) == 1


def test_backward_strides_as_uneven_as_backward_is_are_no_wobble(feeder):
    for seed in range(10):
        walker = Walker(feeder, seed=seed).walk(40).walk(60, BACKWARD).walk(10).walk(30, BACKWARD)
        assert walker.heard == [], seed


def test_slowing_down_on_purpose_is_no_wobble(feeder):
    for seed in range(10):
        assert Walker(feeder, seed=seed).walk(30).walk(40, speed=0.6).walk(40).heard == [], seed


def test_sway_alone_is_enough(feeder):
    assert len(Walker(feeder).walk(30).walk(20, sway=3.0, uneven=3.0).heard) >= 1


def test_strides_with_the_motor_or_a_gap_in_them_do_not_count(feeder):
    assert Walker(feeder).walk(30).walk(20, uneven=20.0, buzzing=True).heard == []
    assert Walker(feeder).walk(30).walk(20, uneven=20.0, quality=events.Q_GAP).heard == []


def test_a_wrist_has_no_wobble(feeder):
    assert Walker(feeder, "wrist").walk(60, uneven=20.0).heard == []


def test_a_gap_starts_the_row_anew_and_keeps_the_baseline(feeder):
    walker = Walker(feeder).walk(30)
    walker.row.part.gap(1000)
    walker.walk(5)
    assert walker.row.part._own[FORWARD].baselines[0].count > 30 - 3
    assert walker.heard == []
