# SPDX-License-Identifier: MIT
"""What a walk amounts to is what was walked: no step lost, none doubled, nothing claimed that is not known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import walks
from retrostep_host import language
from retrostep_host.report import measures
from retrostep_host.store.rows import Step

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def test_stretches_hold_every_step_once_and_never_overlap():
    walk = walks.walk()
    found = measures.bouts(walk.steps)
    assert sum(bout.steps for bout in found) == walk.total
    for before, after in zip(found, found[1:], strict=False):
        assert before.start_s < before.end_s <= after.start_s + 1e-9
    assert measures.longest(found, "backward") == 70


def test_a_pause_ends_a_stretch():
    steps = tuple(Step(i, t, "forward", 1.0) for i, t in enumerate((0.0, 0.5, 1.0, 9.0, 9.5)))
    assert [bout.steps for bout in measures.bouts(steps)] == [3, 2]


def test_cadence_counts_both_legs_from_the_one_that_is_measured():
    steps = tuple(Step(i, i * 1.2, "forward", 1.0, stride_s=1.2) for i in range(9))
    (line,) = measures.cadence(steps)
    assert all(abs(value - 100.0) < 1e-9 for _, value, _ in line)


def test_a_pause_is_no_slow_stride():
    steps = tuple(Step(i, i * 9.0, "forward", 1.0, stride_s=9.0) for i in range(9))
    assert measures.cadence(steps) == [] and measures.strides(steps, "stride_s") == {}


def test_strides_are_given_only_where_there_are_enough():
    few = tuple(Step(i, i * 1.2, "backward", 1.0, stride_s=1.2) for i in range(measures.ENOUGH - 1))
    assert measures.strides(few, "stride_s") == {}
    spread = measures.strides(walks.walk().steps, "length_m")["backward"]
    assert 0.6 < spread.low < spread.median < spread.high < 0.9 and spread.sd


def test_days_lose_no_step_however_long_the_study():
    for apart in (1, 7, 40):
        many = [walks.walk(n, session=n, start=NINE + timedelta(days=apart * n)) for n in range(12)]
        found = measures.days(many)
        assert sum(day.total for day in found) == sum(walk.total for walk in many)
        assert sum(day.walks for day in found) == 12
        assert all(a.last < b.first for a, b in zip(found, found[1:], strict=False))


def test_a_walk_belongs_to_the_day_where_it_was_walked():
    late = walks.walk(start=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))  # half past midnight at UTC+1
    assert late.day == "2026-11-25"
    assert walks.walk().day == "2026-11-24"  # no clock: the day of the import


def test_nothing_is_said_of_a_walk_that_is_whole():
    own = tuple(replace(step, inferred=False, direction="forward") for step in walks.walk().steps)
    assert measures.notes(replace(walks.walk(start=NINE), steps=own, counts={"forward": len(own)})) == []


def test_each_flaw_has_its_sentence():
    flawed = replace(walks.walk(), complete=False, gaps=2, ended="power", side="unknown")
    steps = tuple(replace(step, quality=255) for step in flawed.steps)
    said = " ".join(measures.notes(replace(flawed, steps=steps)))
    words = "clock, not whole, 2 places, power, faster or harder, gyroscope, restarted, inferred, leg"
    for word in words.split(", "):
        assert word in said, word


def test_wrist_directions_are_called_young_evidence():
    worn = replace(walks.walk(start=NINE), placement="wrist", side="right")
    assert measures.WRIST in measures.notes(worn)
    assert measures.WRIST not in measures.notes(walks.walk(start=NINE))
    blind = tuple(replace(step, direction="unknown") for step in worn.steps)
    assert measures.WRIST not in measures.notes(replace(worn, steps=blind)), "there is nothing to be careful about"


def test_the_headline_is_true_for_every_mixture():
    one = walks.walk(plan=(("forward", 3),))
    assert measures.spoken(one) == "6 steps, none of them backward"
    assert measures.spoken(walks.walk(plan=(("backward", 3),))) == "6 steps, all of them backward"
    assert measures.spoken(walks.walk(plan=())) == "No steps yet"


@pytest.mark.parametrize(("code", "said"), [("en", "of 1 step ("), ("de", "Bei 1 Schritt ("), ("es", "de 1 paso (")])
def test_one_step_is_said_as_one(code, said):
    one = replace(walks.walk(), counts={"backward": 30, "unknown": 1})
    with language.spoken(code):
        assert any(said in note for note in measures.notes(one))
