# SPDX-License-Identifier: MIT
"""Energy is what the Compendia say of that walk, and says so where they do not reach."""

import pytest
from retrostep_host import energy

BRISK = 3.5 * energy.MPH


@pytest.mark.parametrize(
    ("direction", "uphill", "code", "whole"),
    [("forward", False, 17200, 46), ("backward", False, 17320, 64), ("backward", True, 17325, 85)],
)
def test_ten_minutes_at_three_and_a_half_miles_an_hour(direction, uphill, code, whole):
    found = energy.met(BRISK, direction, uphill, "2011")
    assert (found.code, found.is_estimate) == (code, False)
    assert round(energy.kcal(found.value, 63.5, 600)) == whole


def test_2024_differs_where_it_differs():
    ways = (("forward", False), ("backward", False), ("backward", True))
    assert [energy.met(BRISK, way, uphill, "2024").value for way, uphill in ways] == [4.8, 6.0, 7.8]


@pytest.mark.parametrize(
    ("mph", "code"), [(0.5, 17151), (1.9, 17151), (2.1, 17152), (2.6, 17170), (3.0, 17190), (4.4, 17230)]
)
def test_the_nearest_row_stands_for_a_speed(mph, code):
    found = energy.met(mph * energy.MPH, edition="2011")
    assert found.code == code and not found.is_estimate


@pytest.mark.parametrize(
    ("mph", "direction", "uphill"),
    [(1.2, "backward", False), (2.5, "backward", True), (2.0, "forward", True), (6.0, "forward", False),
     (3.5, "sideways", False), (3.5, "unknown", False)],
)  # fmt: skip
def test_what_no_row_holds_is_an_estimate(mph, direction, uphill):
    for edition in energy.EDITIONS:
        assert energy.met(mph * energy.MPH, direction, uphill, edition).is_estimate


def test_backward_never_costs_less_than_forward_at_the_same_speed():
    for edition in energy.EDITIONS:
        for tenth in range(1, 22):
            speed = tenth / 10
            assert energy.met(speed, "backward", edition=edition).value > energy.met(speed, edition=edition).value


def test_without_a_mass_or_a_speed_nothing_is_said():
    assert energy.spent(None, [("forward", 60.0, 1.2)]) is None
    assert energy.spent(70.0, [("forward", 60.0, None)]) is None
    assert energy.spent(70.0, []) is None
    found = energy.spent(63.5, [("forward", 600.0, BRISK), ("backward", 600.0, BRISK)])
    assert round(found.kcal["2011"]) == 109 and not found.is_estimate and found.codes == (17200, 17320)
    assert energy.spent(63.5, [("forward", 600.0, BRISK)], unlike=True).is_estimate


@pytest.mark.parametrize("speed", [-1.0, 10.0, float("nan")])
def test_no_speed_is_no_energy(speed):
    with pytest.raises(ValueError):
        energy.met(speed)
