# SPDX-License-Identifier: MIT
"""One person walks in one place at a time: what two boards saw of it is one walk, and no step is counted twice."""

import csv
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import walks
from click.testing import CliRunner
from retrostep_host.cli import main
from retrostep_host.report import page, symmetry
from retrostep_host.store import Store, choose, together

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LEFT, RIGHT = "a" * 16, "b" * 16


def view(seed=1, later=0.0, code="P-07", **changes):
    """The same plan; `later` seconds later, on the left leg unless said otherwise."""
    start = NINE + timedelta(seconds=later)
    known = {"device_uid": LEFT, "side": "left", "id": seed, "session": 3, "settings": {"code": code} if code else {}}
    return walks.walk(seed, start=start, **{**known, "number": f"{seed:02x}" * 8, **changes})


def right(seed=2, later=3.0, **changes):
    return view(seed, later, **{"device_uid": RIGHT, "side": "right", **changes})


def kept(tmp_path, *views):
    path = tmp_path / "store.sqlite3"
    with Store(path) as store:
        for one in views:
            store.add(one, one.name.encode())
    return path


def joined(*views):
    return together.joined(None, list(views))


def test_two_legs_of_one_code_are_one_walk_counted_once():
    left, other = view(), right()
    (walk,) = joined(left, other)
    assert walk.total == left.total == len(walk.steps) and walk.side == "both"
    assert walk.counts == left.counts and {one.device_uid for one in walk.views} == {LEFT, RIGHT}
    assert walk.alerts == left.alerts, "a stumble that both legs felt happened once"


@pytest.mark.parametrize("plan", [(("forward", 20), ("backward", 22)), (("forward", 85), ("backward", 5))])
def test_two_people_under_one_code_are_asked_about_and_put_apart(tmp_path, plan):
    """Else the steps of one of them would be lost in silence: two legs of one code are one walk."""
    mine = view(plan=(("forward", 40), ("backward", 44)))
    theirs = right(plan=plan, duration_s=mine.duration_s)
    theirs = replace(theirs, steps=tuple(
        replace(step, t_s=step.t_s * mine.steps[-1].t_s / theirs.steps[-1].t_s) for step in theirs.steps))  # fmt: skip
    (said,) = together.doubtful(joined(mine, theirs))
    assert said.startswith("P-07: ") and "two people?" in said and f"retrostep edit {theirs.name} --code CODE" in said
    path = kept(tmp_path, mine, theirs)
    done = CliRunner().invoke(main.cli, ["edit", theirs.name, "--code", "P-08", "--store", str(path)])
    assert done.exit_code == 0, done.output
    with Store(path, write=False) as store:
        assert sorted((one.code, one.total) for one in choose.joined(store)) == [
            ("P-07", mine.total), ("P-08", theirs.total)]  # fmt: skip
    assert together.doubtful(joined(mine, right())) == []


def test_what_only_one_board_saw_is_added_and_nothing_twice():
    long, late = view(plan=(("forward", 60),)), right(plan=(("backward", 60),), later=30.0)
    (walk,) = joined(long, late)
    ends = max(step.t_s for step in long.steps) + together.SKEW_S
    after = sum(30.0 + step.t_s > ends for step in late.steps)
    before = min(step.t_s for step in walk.steps)
    assert after > 10 and walk.total == long.total + after and before == long.steps[0].t_s
    assert [step.t_s for step in walk.steps] == sorted(step.t_s for step in walk.steps)
    assert walk.duration_s == pytest.approx(30.0 + late.duration_s)


def test_a_board_that_was_swapped_on_the_way_is_the_same_walk():
    parts = [right(2, 0.0, plan=(("forward", 30),)), right(3, 60.0, plan=(("forward", 30),), session=4)]
    (walk,) = joined(view(plan=(("forward", 90),)), *parts)
    assert len(walk.views) == 3 and walk.total == 180


APART = {
    "another person": {"code": "P-08"},
    "an hour later": {"later": 3600.0},
    "the same board": {"device_uid": LEFT},
    "the same leg": {"side": "left"},
    "no clock": {"start_utc_us": None},
}


@pytest.mark.parametrize("why", APART)
def test_two_walks_stay_two(why):
    assert len(joined(view(), right(**APART[why]))) == 2


def test_p_07_and_P_07_are_one_person():
    assert len(joined(view(code="P-07"), right(code="p-07 "))) == 1
    assert len(joined(view(code="P\u201107"), right(code="P-07"))) == 1


def test_without_a_code_only_walks_that_look_alike_are_one():
    assert len(joined(view(code=""), right(code=""))) == 1
    assert len(joined(view(code=""), right(code="", plan=(("forward", 150),)))) == 2
    said = together.doubtful(joined(view(code=""), right(code="", plan=(("forward", 150),))))
    assert len(said) == 1 and "do not look alike" in said[0]


def test_what_cannot_be_known_is_said():
    (said,) = together.doubtful(joined(view(), right(start_utc_us=None)))
    assert "clock was not set" in said and "cannot be known" in said
    (said,) = together.doubtful(joined(view(), right(side="left")))
    assert "both say the same leg" in said
    assert together.doubtful(joined(view(), right())) == []


def test_list_report_and_export_say_the_same(tmp_path):
    left, other = view(), right()
    path = kept(tmp_path, left, other)
    run = CliRunner().invoke
    said = json.loads(run(main.cli, ["list", "--store", str(path), "--json"]).output)
    (one,) = said["sessions"]
    assert one["steps"] == left.total and one["side"] == "both" and len(one["views"]) == 2
    assert said["people"][0]["steps"] == left.total
    shown = run(main.cli, ["list", "--store", str(path)]).output
    assert shown.count("24 Nov 2026, 09:00") == 1 and "L+R" in shown and "2 boards" in shown
    out = tmp_path / "page.html"
    assert run(main.cli, ["report", "--store", str(path), "--out", str(out)]).exit_code == 0
    assert f"<h1>{left.total} steps" in out.read_text(encoding="utf-8")
    assert run(main.cli, ["export", "--store", str(path), "--out", str(tmp_path / "t")]).exit_code == 0
    tables = {name: list(csv.DictReader((tmp_path / "t" / f"{name}.csv").open())) for name in
              ("session", "stride", "event", "other_session", "other_stride")}  # fmt: skip
    (row,) = tables["session"]
    assert sum(int(row[f"steps_{name}"]) for name in left.counts) == left.total == len(tables["stride"])
    assert len(tables["other_stride"]) == other.total and len(tables["other_session"]) == 2
    assert {row["of_walk"] for row in tables["other_stride"]} == {row["walk"]}
    assert sum(row["kind"] == "stumble" for row in tables["event"]) == left.alerts["stumble"]


@pytest.mark.parametrize("options", [["--session", "3"], ["--walk", "0101010101010101"], ["--walk", "0202"]])
def test_either_boards_number_means_the_walk(tmp_path, options):
    path, out = kept(tmp_path, view(), right()), tmp_path / "page.html"
    assert main._run(["report", "--store", str(path), "--out", str(out), *options]) == 0
    assert f"<h1>{view().total} steps" in out.read_text(encoding="utf-8")


def test_one_board_may_be_asked_for(tmp_path):
    short = right(plan=(("backward", 40), ("forward", 60)))
    path = kept(tmp_path, view(), short)
    with Store(path, write=False) as store:
        (walk,) = choose.joined(store, device="bb")
        assert walk.total == short.total and not walk.views


def test_left_stands_beside_right():
    slow = tuple(replace(s, stride_s=s.stride_s and s.stride_s * 1.1) for s in right().steps)
    (walk,) = joined(view(), replace(right(), steps=slow))
    rows = {name: rest for name, *rest in symmetry.rows(walk)}
    left, other, difference = rows["stride time, forward"]
    assert float(left[0].split()[0]) < float(other[0].split()[0]) and -12 <= int(difference[1:-2]) * -1 <= -7
    text = page.render([walk])
    assert "one walk, counted once" in text and "stride time, forward" in text
    said = text[text.index("<body>") :]
    assert not re.search(r"(?i)\b(asymmetric|abnormal|uneven gait|normal)\b", said)
    assert "inferred" not in " ".join(said.split("How far to trust")[1:]), "each leg has its own sensor"
