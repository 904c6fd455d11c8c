# SPDX-License-Identifier: MIT
"""What looks like a mistake is named with what to type; weeks are held against the plan that was on the board."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import walks
from retrostep_host import plans
from retrostep_host.store import odd, summing, weeks
from retrostep_host.store.rows import Event, Profile, Summary, Training

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
COPIED = int((NINE + timedelta(days=7)).timestamp() * 1e6)


def walk(n, day=0.0, code="P-07", **changes):
    start = None if day is None else NINE + timedelta(days=day)
    known = {"session": n, "id": n, "number": f"{n:02x}" * 8, "settings": {"code": code}, "imported_utc_us": COPIED}
    return walks.walk(n, (("backward", 5),), start=start, **{**known, **changes})


def named(*found):
    return "\n".join(odd.sentences(found))


def test_a_quiet_store_has_nothing_to_say():
    assert named(walk(1), walk(2, 1), walk(3, 2, "P-08")) == ""


def test_one_board_at_two_places_is_named():
    said = named(walk(1, 0, duration_s=600.0), walk(2, 0.003))
    assert "0101 and 0202" in said and "retrostep edit 0202 --exclude" in said
    assert named(walk(1, 0, duration_s=600.0), walk(2, 0.003, device_uid="f" * 16)) == ""


def test_clocks_that_are_wrong_or_not_set_are_named():
    assert "years" in named(walk(1, -1100)) and "0101" in named(walk(1, -1100))
    assert "after it was copied" in named(walk(1, 400))
    assert "half a year" in named(walk(1, -200)) and walk(1, -200).day == "2026-05-07", "a board may lie so long"
    assert "1 walk without a clock (0101) is filed" in named(walk(1, None))


@pytest.mark.parametrize("days", [-1100, 400])
def test_a_clock_that_is_years_off_dates_nothing(days):
    """Else one such walk makes a page of empty years and bends every line over weeks."""
    wrong, right = walk(1, days), walk(2, 2)
    assert wrong.start is None and wrong.day == "2026-11-30"
    assert len(weeks.weeks([wrong, right])) == 2
    assert "a clock was wrong" in named(wrong) or "that clock was wrong" in named(wrong)
    asked = replace(wrong, was={"start": None}), replace(wrong, firmware="import 1")
    assert all(one.start and named(one) == "" for one in asked), "a person said when it was"


def test_a_walk_of_nine_hours_and_one_without_a_code_are_named():
    assert "9.0 h" in named(walk(1, duration_s=32400.0))
    said = named(walk(1), walk(2, 1, "", noticed={"setting_ignored": 1}))
    assert "0202 carries no code" in said and "at most 12 letters" in said


def test_two_spellings_of_a_number_are_one_person_and_two_numbers_are_not():
    assert "--of P-7 --code P-07" in named(walk(1, 0, "P-7"), walk(2, 1), walk(3, 2))
    assert named(walk(1, 0, "P-17"), walk(2, 1)) == ""


# weeks ------------------------------------------------------------------------------------------------------
PLAN, OTHER = plans.read("six_weeks"), plans.read("first_steps")


def trained(n, day, plan=PLAN, done=0, counted=True, why="", **more):
    state = replace(plan, done=done).pack()
    said = Training(summing.identity(state), state.hex(), 1, done + 1, plan.sessions_per_week, 300, 1.0, counted, why)
    return replace(walk(n, day, **more), summary=Summary({"backward": 300.0}, 1.0, 90.0, None, said))


def test_a_week_is_held_against_the_plan_on_the_board():
    mine = [trained(1, 0), trained(2, 2, done=1), trained(3, 4, done=2, counted=False, why="too little")]
    (week,) = weeks.weeks(mine)
    assert (week.planned, week.planned_s, week.number, week.counted, week.is_behind) == (3, 900, 1, 2, True)
    this, before = weeks.two(mine, date(2026, 12, 1))
    assert before.counted == 2 and this.walks == [] and (this.planned, this.number) == (3, 1), "the third is still due"


def test_a_plan_changed_in_mid_week_is_said_and_the_later_one_asked_for():
    (week,) = weeks.weeks([trained(1, 0), trained(2, 2, OTHER)])
    assert week.changed and week.planned == OTHER.sessions_per_week
    assert not weeks.weeks([trained(1, 0), trained(2, 2, done=1)])[0].changed


def test_what_a_helper_prescribed_goes_before_the_board():
    profile = Profile("p-07", plan=OTHER.pack().hex())
    (week,) = weeks.weeks([trained(1, 0)], profile)
    assert week.plan == profile.plan and not week.changed and week.counted == 1
    assert weeks.two([], date(2026, 11, 24), profile)[0].planned == OTHER.sessions_per_week


@pytest.mark.parametrize("plan", ["", OTHER.pack().hex()])
@pytest.mark.parametrize("seed", range(6))
def test_two_weeks_are_those_of_all_weeks(plan, seed):
    rng = random.Random(f"{plan}{seed}")
    later = int((NINE + timedelta(days=70)).timestamp() * 1e6)
    mine = [walk(n, day, imported_utc_us=later) for n, day in enumerate(sorted(rng.sample(range(70), 20)))]
    mine = [
        trained(n, (one.start - mine[0].start).days, rng.choice([PLAN, PLAN, OTHER]), n, rng.random() < 0.7,
                imported_utc_us=later)
        if rng.random() < 0.6
        else one
        for n, one in enumerate(mine)
    ]
    profile = Profile("p-07", plan=plan) if plan else None
    first = date.fromisoformat(mine[0].day)
    for day in (first + timedelta(days=7 * k + seed) for k in range(1, 12)):
        until = weeks.monday(day) + timedelta(days=7)
        every = weeks.weeks([one for one in mine if one.day < until.isoformat()], profile, day)
        assert list(weeks.two(mine, day, profile)) == [every[-1], every[-2]]


def test_the_verdict_is_read_from_the_log():
    before, after = PLAN.pack(), replace(PLAN, done=1, confirmed=True).pack()
    done = [
        Event(k, 1.0, "interval", f"number={k}, direction={2 - k % 2}, planned_s=60, done_s=30, steps=9")
        for k in range(10)
    ]
    assert summing.training([before, after], done).counted
    refused = summing.training([before], done)
    assert (refused.counted, refused.why, refused.done) == (False, "unanswered", 0.5)
    answered = replace(PLAN, confirmed=True).pack()
    assert summing.training([answered], done).why == "too little"
    assert summing.training([answered], done[:4]).why == "broken off"
    assert summing.training([answered], []).why == "not begun"
    assert summing.training([], done) is None and summing.training([b"\0"], done) is None
