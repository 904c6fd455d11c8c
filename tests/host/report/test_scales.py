# SPDX-License-Identifier: MIT
"""A number lands where it belongs, and ticks are the numbers people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retrostep_host.report import scales

finite = st.floats(-1e6, 1e6, allow_nan=False)


def test_places_are_percent_and_never_leave_the_chart():
    assert scales.place(5, 0, 10) == 50
    assert scales.place(-1, 0, 10) == 0 and scales.place(11, 0, 10) == 100
    assert scales.place(3, 3, 3) == 50


@given(finite, finite, st.integers(1, 8))
def test_a_range_holds_its_values_and_has_few_round_ticks(a, b, count):
    low, high, ticks = scales.around(min(a, b), max(a, b), count)
    slack = 1e-6 * max(1.0, abs(a), abs(b))
    assert low <= min(a, b) + slack and high >= max(a, b) - slack
    assert 2 <= len(ticks) <= count + 3
    assert ticks[0] == low and ticks[-1] == high


@given(st.floats(0.0, 4e6, allow_nan=False), st.integers(2, 8))
def test_time_axes_start_at_zero_and_stay_readable(seconds, count):
    ticks = scales.time_ticks(seconds, count)
    assert ticks[0][1] == "0:00" and 1 <= len(ticks) <= count + 1
    assert [x for x, _ in ticks] == sorted(x for x, _ in ticks)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (65, "1:05"), (3723, "1:02:03"), (59.6, "1:00"), (86399.7, "24:00:00")]
)
def test_clock(seconds, said):
    assert scales.clock(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(48, "48 s"), (96, "1 min 36 s"), (120, "2 min"), (720, "12 min"), (3900, "65 min"), (7500, "2 h 5 min")],
)
def test_duration(seconds, said):
    assert scales.duration(seconds) == said


def test_a_narrow_range_is_not_blown_up():
    low, high, _ = scales.around(108.0, 112.0, 3, 30.0)
    assert high - low >= 30.0 and low <= 95.0 and high >= 125.0


def test_quantiles_lie_between_the_values():
    assert scales.quantile([1.0, 2.0, 4.0], 0.5) == 2.0
    assert scales.quantile([1.0, 2.0], 0.25) == 1.25
    with pytest.raises(ValueError, match="no values"):
        scales.quantile([], 0.5)
