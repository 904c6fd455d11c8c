# SPDX-License-Identifier: MIT
"""A baseline is the median and MAD of the last 32 values, whatever came before, and never trusts a spread of zero."""

import statistics

from hypothesis import given
from hypothesis import strategies as st
from retrostep.balance.baseline import SIZE, Baseline

values = st.lists(st.floats(-1000, 1000, width=32), min_size=1, max_size=90)


@given(values)
def test_median_and_spread_are_those_of_the_last_32_values(xs):
    baseline = Baseline(0.0)
    for x in xs:
        baseline.add(x)
    last = xs[-SIZE:]
    median = statistics.median(last)
    spread = 1.4826 * statistics.median([abs(x - median) for x in last])
    assert abs(baseline.median - median) <= 1e-4 * (1 + abs(median))
    assert abs(baseline.spread - spread) <= 1e-3 * (1 + abs(spread))


def test_one_stumble_in_the_baseline_does_not_hide_the_next():
    baseline = Baseline(0.02)
    for k in range(20):
        baseline.add(1.1 + 0.01 * (k % 3))
    baseline.add(2.4)
    assert baseline.away(2.4) > 10


def test_equal_strides_do_not_make_every_later_one_a_wonder():
    baseline = Baseline(0.02)
    for _ in range(32):
        baseline.add(1.1)
    assert baseline.spread == 0.02
    assert abs(baseline.away(1.12) - 1.0) < 0.01


def test_what_is_not_a_number_is_not_a_stride():
    baseline = Baseline(0.02)
    for x in [1.0, float("nan"), 1.2] * 40:
        baseline.add(x)
    assert 1.0 <= baseline.median <= 1.2
