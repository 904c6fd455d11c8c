# SPDX-License-Identifier: MIT
"""The helper's Monday: who is behind plan, who stumbled; what people say of walks and persons afterwards."""

import csv
import importlib
import json
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from retrostep_host import outcomes, practice
from retrostep_host.cli import main
from retrostep_host.store import Store, Summary, Training, choose, seals, summing

UNTIL = date(2026, 11, 28)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three weeks of three people, and what went wrong."""
    return practice.make(tmp_path_factory.mktemp("practice"), 1, UNTIL, 3, only=("P-01", "P-03", "P-07"))


@pytest.fixture
def store(made, tmp_path):
    path = tmp_path / "store.sqlite3"
    path.write_bytes(made.store.read_bytes())
    return path


def run(*words):
    done = CliRunner().invoke(main.cli, [str(word) for word in words])
    assert done.exception is None, done.output
    return done.output


def people(store, *words):
    said = json.loads(run("people", "--store", store, "--on", UNTIL, "--json", *words))
    return {one["code"]: one for one in said["people"]}, said["look_at"]


def named(made, what):
    return made.odd[what].partition(":")[0]


def test_who_walked_as_planned_and_who_is_behind(made, store):
    found, _ = people(store)
    assert found["P-01"]["this_week"]["counted"] == found["P-01"]["this_week"]["planned"] == 3
    assert found["P-01"]["this_week"]["plan_week"] == 3
    assert abs(found["P-01"]["this_week"]["backward_s"] - found["P-01"]["this_week"]["planned_s"]) < 60
    week = found["P-07"]["this_week"]
    assert week["counted"] < 3 and all(one["why"] in summing.WHY for one in week["not_counted"])
    words = run("people", "--store", store, "--on", "2026-11-30")
    assert "As planned last week: P-01, P-03.\n" in words
    assert "Behind plan last week: P-07" in words and "P-01 (" not in words.split("Behind")[1].split("\n")[0]
    assert max(map(len, words.split("Weeks:")[0].splitlines())) <= 80


def test_alerts_count_until_somebody_looks(store):
    found, _ = people(store)
    assert found["P-03"]["alerts_since_look"] == {"stumble": 1} and found["P-03"]["alerts_in"]
    assert "Since you last looked: 1 stumble (walk" in run("person", "P-03", "--store", store)
    assert "Nothing new since you last looked; 1 stumble in all." in run("person", "P-03", "--store", store)
    found, _ = people(store)
    assert found["P-03"]["alerts_since_look"] == {} and found["P-03"]["alerts"] == {"stumble": 1}
    assert "Nobody stumbled or fell since you last looked" in run("people", "--store", store)


def test_what_looks_like_a_mistake_is_named_with_what_to_type(made, store):
    _, hints = people(store)
    every = "\n".join(hints)
    for words in ("P-1 and P-01 look like one person", "--of P-1 --code P-01", "carries no code", "lasts 9.0 h",
                  "both say the same leg", "a visitor tried it on"):  # fmt: skip
        assert words in every, words


def test_a_walk_is_given_back_to_its_person_and_taken_back(made, store):
    lost = named(made, "no code")
    with Store(store, write=False) as opened:
        before = {walk.name: opened.raw(walk) for walk in opened.walks()}
    assert "P-01" in run("edit", lost, "--code", "P-01", "--store", store)
    assert lost in [
        one["walk"] for one in json.loads(run("list", "--store", store, "--code", "P-01", "--json"))["sessions"]
    ]
    (walk,) = json.loads(run("edit", lost, "--store", store, "--json"))["walks"]
    assert walk["code"] == "P-01" and walk["board_said"] == {"code": ""} and walk["changes"][0]["at_utc_us"] > 0
    assert "Taken back" in run("edit", lost, "--undo", "--store", store)
    (walk,) = json.loads(run("edit", lost, "--store", store, "--json"))["walks"]
    assert walk["code"] == "" and len(walk["changes"]) == 2
    with Store(store, write=False) as opened:
        assert before == {walk.name: opened.raw(walk) for walk in opened.walks()}
        opened.check()


def test_when_a_walk_was_is_said_where_its_clock_was_wrong(made, store):
    with Store(store, write=False) as opened:
        walk = next(one for one in opened.walks() if one.person == "p-01")
    run("edit", walk.name, "--at", "2026-11-10 09:00", "--store", store)
    (said,) = json.loads(run("edit", walk.name, "--store", store, "--json"))["walks"]
    assert said["day"] == "2026-11-10" and said["board_said"]["start"].startswith(walk.day)
    with Store(store, write=False) as opened:
        days = [one.day for one in opened.walks() if one.person == "p-01"]
        assert days == sorted(days), "it stands where it belongs"
        assert opened.raw(walk)
    run("edit", walk.name, "--undo", "--store", store)
    (said,) = json.loads(run("edit", walk.name, "--store", store, "--json"))["walks"]
    assert said["day"] == walk.day
    later = CliRunner().invoke(main.cli, ["edit", walk.name, "--at", "2031-01-01", "--store", str(store)])
    assert "Nobody walked on 2031-01-01" in str(later.exception)


def test_what_to_type_names_the_store_that_was_asked(store):
    words = run("people", "--store", store)
    assert f"`retrostep edit --of P-1 --code P-01 --store {store}`" in words
    assert "--store" not in "".join(people(store)[1]), "a program knows which it asked"


def test_one_person_under_two_codes_becomes_one(store):
    run("edit", "--of", "P-1", "--code", "P-01", "--store", store)
    found, hints = people(store)
    assert "P-1" not in found and found["P-01"]["walks"] == 10 and "look like one" not in "".join(hints)


def test_an_excluded_walk_is_in_no_sum_and_is_named(made, store, tmp_path):
    name = named(made, "nine hours")
    run("edit", name, "--exclude", "forgotten in a bag", "--store", store)
    assert "P-02" not in people(store)[0]
    listed = run("list", "--store", store)
    assert "forgotten in a bag" in listed and name not in json.dumps(
        json.loads(run("list", "--store", store, "--json"))["sessions"]
    )
    done = CliRunner().invoke(
        main.cli, ["report", "--store", str(store), "--code", "P-02", "--out", str(tmp_path / "x")]
    )
    assert "forgotten in a bag" in str(done.exception) and not (tmp_path / "x").exists()
    assert name[:6] in run("edit", name, "--include", "--store", store) or True
    assert "P-02" in people(store)[0]


@pytest.mark.parametrize("words", [("--mass", "6"), ("--mass", "600"), ("--height", "172"), ("--mass", "nan"),
                                   ("--side", "middle"), ("--mass", "heavy")])  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(store, words, capsys):
    before = run("person", "P-01", "--store", store, "--json")
    assert main._run(["person", "P-01", *words, "--store", str(store)]) == 18
    assert "nothing was changed" in capsys.readouterr().err
    known = json.loads(run("person", "P-01", "--store", store, "--json"))
    assert known["profile"] == json.loads(before)["profile"] and known["changes"] == json.loads(before)["changes"]


def test_what_is_noted_of_a_person_holds_and_is_taken_back(store, tmp_path):
    run("person", "P-01", "--mass", "70,5", "--notes", "new shoes", "--store", store)
    known = json.loads(run("person", "p-01", "--store", store, "--json"))
    assert known["profile"]["mass_kg"] == 70.5 and known["profile"]["notes"] == "new shoes"
    run("person", "P-01", "--undo", "--store", store)
    known = json.loads(run("person", "P-01", "--store", store, "--json"))
    assert known["profile"]["mass_kg"] == 71.0 and "notes" not in known["profile"]
    run("person", "P-01", "--plan", "first_steps", "--store", store)
    asked = people(store)[0]["P-01"]["this_week"]
    run("person", "P-01", "--plan", "none", "--store", store)
    assert asked["planned_s"] != people(store)[0]["P-01"]["this_week"]["planned_s"]


def test_a_summary_is_read_when_it_is_asked_for_and_says_the_same():
    way = outcomes.Way(30, 1.2, 0.04, 25, 1.1, 0.9, 0.7, 3, 20)
    training = Training("aaaaaaaa", "01", 2, 5, 3, 300, 0.5, False, "too little")
    said = Summary({"backward": 9.5}, 1.0, 90.0, 3900, training, {"backward": way}, (("fall", 3.5),),
                   ((4.0, 2.9),), 4010)  # fmt: skip
    kept = summing.Kept(summing.said(said))
    assert all(getattr(kept, one.name) == getattr(said, one.name) != one.default for one in fields(Summary))
    assert summing.said(kept) == summing.said(said)
    assert summing.Kept(summing.said(said)).last_s == 90.0 == kept.but(first_s=2.0).last_s
    later = [one.but(told=lambda: (("fall", 7.0),), tests=()) for one in (said, kept)]
    assert [(one.told, one.tests, one.first_s) for one in later] == [((("fall", 7.0),), (), 1.0)] * 2
    assert summing.read(summing.said(said)) == said and kept.but(first_s=2.0).first_s == 2.0
    assert summing.read("") == summing.read(summing.said(said).replace(summing.MADE_BY, "older")) == Summary()


def test_the_quick_seal_of_a_row_is_the_one_that_is_kept(store, monkeypatch):
    with Store(store, write=False) as opened:
        query = f"SELECT seal, id, {seals.COLUMNS}, content FROM sessions"
        rows = opened._connection.execute(query).fetchall()
    odd = []
    for place, value in ((7, None), (8, None), (15, '{"code": "M\\u00fcller \\"x\\""}'), (4, 'a"b\\')):
        other = [*rows[0][1:]]
        other[place - 1] = value
        odd.append((seals.of(other), *other))
    harmed = [(one[0], *one[1:3], value, *one[4:]) for one in rows[:1] for value in (None, "x", 7.5)]
    control = [(one[0], *one[1:2], "\x1f, \x1f", *one[3:]) for one in rows[:1]]
    assert all(seals.broken([one]) is one for one in harmed + control)
    monkeypatch.setattr(seals, "of", lambda _: pytest.fail("the quick one did not fit"))
    assert len(rows) > 5 and seals.broken(rows) is None and seals.broken(odd) is None


def test_the_short_numbers_of_walks_are_told_apart_by_no_digit_more_than_needed(store):
    with Store(store, write=False) as opened:
        one = opened.walks()[0]
    names = ("aaaa0000", "aaaa0001", "aaaab", "aaaa", "b", "bcdef", "bcdeg", "bcdeg")
    walks = [replace(one, number=name) for name in names]
    walks[5] = replace(walks[5], views=(replace(one, number="bcdeh"),))
    slow = choose.Short(walks)
    assert choose.shorts(walks) == {name: slow[name] for name in {*names, "bcdeh"}}
    assert choose.shorts(walks)["aaaa0001"] == "aaaa0001" and choose.shorts(walks)["b"] == "b"


def test_of_many_walks_the_newest_are_listed(store, monkeypatch):
    whole = run("list", "--store", store)
    monkeypatch.setattr(importlib.import_module("retrostep_host.cli.list"), "NEWEST", 3)
    short = run("list", "--store", store)
    assert len(short.splitlines()) < len(whole.splitlines()) and "not shown; `--all` shows every one." in short
    assert run("list", "--store", store, "--all") == whole


def test_the_plan_and_its_verdicts_are_in_the_tables(store, tmp_path):
    run("export", "--store", store, "--out", tmp_path, "--code", "P-01", "--code", "P-03", "--code", "P-07")
    with Store(store, write=False) as opened:
        known = {walk.name: (walk.code, walk.day, walk.summary.training) for walk in opened.walks()}
    rows, days = (
        list(csv.DictReader((tmp_path / name).open(encoding="utf-8-sig"))) for name in ("session.csv", "day.csv")
    )
    names = ("plan", "plan_week", "plan_session", "plan_done", "plan_counted", "plan_why")
    for row in rows:
        said = known[row["walk"]][2]
        plan = (said.plan, said.week, said.number, said.done, int(said.counted), said.why) if said else ("",) * 6
        assert [row[name] for name in names] == list(map(str, plan))
    assert any(row["plan_counted"] == "1" for row in rows)
    for row in days:
        of_day = [said for code, day, said in known.values() if (code, day) == (row["code"], row["day"]) and said]
        assert (row["plan_sessions"], row["plan_counted"]) == (str(len(of_day)), str(sum(s.counted for s in of_day)))


def test_summaries_are_made_anew_when_other_code_made_them(store, monkeypatch):
    with Store(store, write=False) as opened:
        before = {walk.id: walk.summary for walk in opened.walks()}
    monkeypatch.setattr(summing, "MADE_BY", "another version")
    with Store(store, write=False) as opened:
        after = {walk.id: walk.summary for walk in opened.walks()}
        opened.check()
    assert before == after and any(one.training and one.training.counted for one in after.values())
    assert b"another version" in Path(store).read_bytes()


def test_a_note_of_somebody_new_is_taken_and_taken_back(store):
    words = run("person", "P-99", "--mass", "70", "--store", store)
    assert "P-99: 70 kg" in words and "No walk carries this code yet. Those that do: P-01" in words
    assert "Taken back" in run("person", "P-99", "--undo", "--store", store)


def test_an_undo_says_no_second_time_what_is_taken_back(made, store):
    name = named(made, "no code")
    assert "`retrostep edit" in run("edit", name, "--code", "P-01", "--store", store)
    assert "`retrostep edit" not in run("edit", name, "--undo", "--store", store)
    wrong = CliRunner().invoke(main.cli, ["edit", name, "--at", "Tuesday", "--store", str(store)])
    assert "write it as 2026-11-24 09:00" in str(wrong.exception) + wrong.output
