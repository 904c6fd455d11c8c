# SPDX-License-Identifier: MIT
"""A stumble is told within its chunk, out of walking only, against the wearer's own strides, never from the motor."""

import pytest
from retrostep import events, units
from retrostep.balance.stumble import Stumble

LEVELS = ("few", "usual", "many")
JOLT = {"acc": 24.0, "rate": 7.0, "off": 5.0}


@pytest.mark.parametrize("placement", ["ankle", "foot"])
def test_usual_strides_are_no_stumble(feeder, placement):
    assert feeder(Stumble, placement).strides(40).heard == []


def test_a_jolt_out_of_walking_is_told_at_the_end_of_its_chunk(feeder):
    walk = feeder(Stumble).strides(8)
    before = walk.number
    walk.feed(4, **JOLT)
    (event,) = walk.heard
    assert event.kind == events.STUMBLE
    assert event.decided % units.CHUNK == 0
    assert 0 < event.decided - event.index <= units.CHUNK
    assert before * units.CHUNK <= event.index < walk.number * units.CHUNK
    assert event.score >= 1.0


def test_the_same_jolt_out_of_standing_is_not_told(feeder):
    assert feeder(Stumble).feed(80).feed(4, **JOLT).feed(20).heard == []


def test_walking_that_ended_long_ago_is_no_walking_before(feeder):
    assert feeder(Stumble).strides(8).feed(90).feed(4, **JOLT).heard == []


def test_slow_backward_swings_open_the_gate_too(feeder):
    slow = feeder(Stumble).strides(10, acc=3.0, rate=1.9, off=0.5)
    assert len(slow.feed(4, **JOLT).heard) == 1


def test_a_soft_walker_is_measured_by_soft_strides(feeder):
    jolt = {"acc": 17.0, "rate": 5.0, "off": 2.4}
    assert feeder(Stumble).strides(20, acc=14.0).feed(4, **jolt).heard == []
    assert len(feeder(Stumble).strides(20, acc=14.0, soft=0.4).feed(4, **jolt).heard) == 1


def test_turning_on_the_spot_is_no_stumble(feeder):
    assert feeder(Stumble).strides(8, soft=0.4).feed(6, acc=4.0, rate=5.0, off=4.8).heard == []


def test_one_recovery_is_told_once(feeder):
    walk = feeder(Stumble).strides(8).feed(4, **JOLT).feed(3, rate=3.0).feed(4, **JOLT)
    assert len(walk.heard) == 1


def test_nothing_is_told_while_the_motor_runs(feeder):
    assert feeder(Stumble).strides(8).feed(8, buzzing=True, **JOLT).heard == []


def test_what_began_under_a_beat_is_told_when_it_ends_and_once(feeder):
    walk = feeder(Stumble).strides(8).feed(2, buzzing=True, **JOLT).feed(2, **JOLT)
    assert len(walk.heard) == 1
    assert len(walk.feed(2, buzzing=True, **JOLT).feed(2, **JOLT).heard) == 1


def test_after_a_beat_it_is_looked_for_early_as_well(feeder):
    beat = feeder(Stumble).strides(8).feed(2, buzzing=True, **JOLT)
    assert beat.part.score >= 1.0 and beat.part.is_listening
    assert not beat.feed(1, **JOLT).part.is_listening, "it is told"


def test_a_gap_is_no_jolt_and_lets_the_next_one_through(feeder):
    walk = feeder(Stumble).strides(8)
    walk.part.gap(500)
    assert walk.strides(6).heard == []
    assert len(walk.feed(4, **JOLT).heard) == 1


def test_a_wrist_says_stumble_only_when_many_alerts_are_asked_for(feeder):
    blow = {"acc": 16.0, "rate": 7.0}
    assert [
        len(feeder(Stumble, "wrist", alerts=a).feed(40, acc=1.5, rate=1.6).feed(4, **blow).heard) for a in LEVELS
    ] == [
        0,
        0,
        1,
    ]


def test_a_wrist_blow_after_rest_is_a_table_and_not_a_stumble(feeder):
    wrist = feeder(Stumble, "wrist", alerts="many")
    assert wrist.feed(40, acc=0.08, rate=0.1).feed(4, acc=16.0, rate=7.0).heard == []


def test_wrist_blows_in_a_row_are_claps(feeder):
    wrist = feeder(Stumble, "wrist", alerts="many")
    for _ in range(12):
        wrist.feed(1, acc=16.0, rate=5.0).feed(3, acc=1.5, rate=1.6)
    assert wrist.feed(4, acc=20.0, rate=7.0).heard == []


@pytest.mark.parametrize("placement", ["ankle", "foot"])
def test_a_setting_that_alerts_less_needs_more(feeder, placement):
    least = []
    for alerts in LEVELS:
        acc = 8.0
        while not feeder(Stumble, placement, alerts=alerts).strides(8).feed(4, acc=acc, rate=7.0, off=3.0).heard:
            acc += 0.25
        least.append(acc)
    assert least == sorted(least, reverse=True) and len(set(least)) == 3


def test_the_force_up_the_leg_counts_and_a_lean_does_not(feeder):
    """Half a second under twice the weight is no stride; gravity along another axis is none."""
    jolt = {"acc": 20.0, "rate": 5.0, "off": 2.8}
    assert feeder(Stumble).strides(20, acc=14.0).feed(4, **jolt).heard == []
    assert len(feeder(Stumble).strides(20, acc=14.0).feed(4, mean=(0.0, 0.0, 19.0), **jolt).heard) == 1
    assert feeder(Stumble).strides(20, acc=14.0).feed(4, mean=(9.0, 0.0, 9.8), **jolt).heard == []


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize("way", ["forward 15 strides", "backward 20 strides"])
def test_a_generated_stumble_is_told_once_and_in_time(way, seed, play):
    from retrostep_host.virtual import walks

    walk = walks.generate(f"stand 2 s\n{way}\nstumble\n{way}\nstand 3 s", seed, "ankle")
    ((at, _),) = walk.truth.events
    told = [e for e in play(walk) if e.kind == events.STUMBLE]
    assert len(told) == 1
    assert abs(told[0].index / units.RATE_HZ - at) < 0.3
    assert told[0].decided - told[0].index <= units.CHUNK
