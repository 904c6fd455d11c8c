# SPDX-License-Identifier: MIT
"""A fall is an impact, another posture, and a second without motion; each of the three alone is none."""

import math

import pytest
from retrostep import events, units
from retrostep.balance.fall import Fall

LYING = (1.0, 0.0, 0.1)
LEANING = (0.35, 0.0, 0.94)  # 20 degrees


def fall(feeder, impact=25.0, up=LYING, still=20, placement="ankle"):
    person = feeder(Fall, placement).feed(60, acc=1.5, rate=1.5)
    person.feed(2, acc=impact, rate=6.0)
    return person.feed(3, acc=2.0, rate=2.0, up=up).feed(still, up=up, tremble=0.02)


@pytest.mark.parametrize("placement", ["ankle", "foot", "wrist"])
def test_impact_new_posture_and_stillness_are_a_fall(feeder, placement):
    (event,) = fall(feeder, placement=placement).heard
    assert event.kind == events.FALL
    assert event.index // units.CHUNK in (60, 61)
    assert 1.0 <= (event.decided - event.index) / units.RATE_HZ <= 2.5
    assert event.score >= 1.0


def test_without_an_impact_it_is_no_fall(feeder):
    assert fall(feeder, impact=4.0).heard == []


def test_with_the_old_posture_it_is_no_fall(feeder):
    assert fall(feeder, up=LEANING).heard == []


def test_a_soft_impact_needs_a_large_turn(feeder):
    turned = (0.62, 0.0, 0.78)  # 38 degrees
    assert len(fall(feeder, impact=25.0, up=turned).heard) == 1
    assert fall(feeder, impact=12.0, up=turned).heard == []


def lying_down(feeder, rate, alerts="usual"):
    """From sitting to lying in a second and a half, the last of it a bump."""
    person = feeder(Fall, alerts=alerts).feed(60, acc=0.3, rate=0.3)
    for k in range(12):
        angle = 1.5 * (k + 1) / 12
        person.feed(1, acc=2.0, rate=rate, up=(math.sin(angle), 0.0, math.cos(angle)))
    return person.feed(1, acc=21.0, rate=rate, up=LYING).feed(20, up=LYING, tremble=0.02).heard


def test_lying_down_slowly_is_no_fall_and_falling_is_one(feeder):
    assert lying_down(feeder, rate=1.2) == []
    assert len(lying_down(feeder, rate=4.0)) == 1


def test_few_alarms_ask_for_a_faster_fall_and_many_for_none(feeder):
    found = {a: [len(lying_down(feeder, rate, a)) for rate in (1.2, 2.4, 4.0)] for a in ("few", "usual", "many")}
    assert found == {"few": [0, 0, 1], "usual": [0, 1, 1], "many": [1, 1, 1]}


def test_out_of_standing_a_soft_impact_needs_less_of_a_turn(feeder):
    turned = (0.66, 0.0, 0.75)  # 41 degrees
    blow = {"acc": 12.0, "rate": 6.0}
    standing = feeder(Fall).feed(60, acc=0.3, rate=0.2).feed(2, **blow).feed(3, acc=2.0, rate=2.0, up=turned)
    assert len(standing.feed(20, up=turned, tremble=0.02).heard) == 1
    walking = feeder(Fall).feed(60, acc=1.5, rate=2.5).feed(2, **blow).feed(3, acc=2.0, rate=2.0, up=turned)
    assert walking.feed(20, up=turned, tremble=0.02).heard == []


def test_who_gets_up_and_walks_on_has_not_fallen(feeder):
    person = feeder(Fall).feed(60, acc=1.5, rate=1.5).feed(2, acc=25.0, rate=6.0)
    assert person.feed(80, acc=2.0, rate=2.0).feed(20, up=LYING).heard == []


def test_a_fall_is_told_once(feeder):
    person = fall(feeder).feed(4, acc=12.0, rate=2.0, up=(0.0, 1.0, 0.1)).feed(20, up=(0.0, 1.0, 0.1), tremble=0.02)
    assert len(person.heard) == 1


def test_the_motor_is_no_impact_and_does_not_end_the_stillness(feeder):
    shaken = feeder(Fall).feed(60, acc=1.5, rate=1.5).feed(4, acc=25.0, rate=6.0, buzzing=True)
    assert shaken.feed(20, up=LYING).heard == []
    person = feeder(Fall).feed(60, acc=1.5, rate=1.5).feed(2, acc=25.0, rate=6.0).feed(4, up=LYING)
    person.feed(6, acc=9.0, rate=1.0, up=LYING, buzzing=True)
    assert len(person.feed(6, up=LYING).heard) == 1


def test_an_impact_before_a_gap_is_not_joined_with_stillness_after_it(feeder):
    person = feeder(Fall).feed(60, acc=1.5, rate=1.5).feed(2, acc=25.0, rate=6.0)
    person.part.gap(300)
    assert person.feed(30, up=LYING).heard == []


def test_jogging_that_stops_is_no_fall_at_the_wrist(feeder):
    jog = feeder(Fall, "wrist")
    for _ in range(20):
        jog.feed(1, acc=18.0, rate=5.0).feed(2, acc=6.0, rate=4.0)
    assert jog.feed(20, up=LYING).heard == []


@pytest.mark.parametrize("placement", ["ankle", "foot"])
def test_a_generated_fall_is_told(placement, play):
    from retrostep_host.virtual import walks

    walk = walks.generate("stand 2 s\nforward 12 strides\nfall\n", 3, placement)
    told = [e for e in play(walk) if e.kind == events.FALL]
    assert len(told) == 1
