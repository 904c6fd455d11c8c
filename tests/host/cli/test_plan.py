# SPDX-License-Identifier: MIT
"""A plan file is read whole or refused in one sentence that names the place; built-in plans can be walked."""

import json

import pytest
from click.testing import CliRunner
from retrostep import settings
from retrostep.coach import plan as board
from retrostep.coach.policy import Coach
from retrostep_host import plans
from retrostep_host.cli import main
from retrostep_host.errors import BadSetting
from retrostep_host.sync import find

GOOD = {"week": [{"repeat": 2, "intervals": ["forward 60 s", "backward 20 steps", "rest 1 min", "test"]}]}


class Board:
    """The coach behind a link that works."""

    def __init__(self):
        self.coach = Coach(settings.defaults(), lambda pattern, cause: None)
        self.port = self
        self.locked = False

    def plan(self, state=b""):
        return self.coach.plan(state)

    def close(self):
        pass


@pytest.fixture
def held(monkeypatch):
    there = Board()
    monkeypatch.setattr(find, "connect", lambda port=None: (there, there))
    return there


def run(*args):
    done = CliRunner().invoke(main.cli, ["plan", *args])
    assert done.exception is None, done.exception
    return done.stdout


@pytest.mark.parametrize("name", plans.names())
def test_built_in_plans_survive_the_way_to_the_board_and_back(name):
    plan = plans.read(name)
    data = plan.pack()
    assert board.is_valid(data) and plans.same(plans.unpack(data), plan)
    assert plans.name_of(plans.unpack(data)) == plan.title
    assert json.loads(run("show", name, "--json"))["title"] == plan.title


def test_the_programme_is_the_published_one():
    """Alghadir 2019: ten minutes, three times a week, six weeks; first week in pieces of one minute."""
    plan = plans.read("six_weeks")
    assert len(plan.weeks) == 6 and plan.sessions_per_week == 3
    assert plan.weeks[-1].seconds("backward") == 600
    assert {i.amount for i in plan.weeks[0].intervals} == {60}
    assert [w.seconds("backward") for w in plan.weeks] == sorted(w.seconds("backward") for w in plan.weeks)


def test_a_json_plan_reads_like_toml(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(GOOD))
    assert [str(i) for i in plans.read(path).weeks[0].intervals] == GOOD["week"][0]["intervals"][:2] + [
        "rest 60 s",
        "test",
    ]


BAD = [
    ({}, "no \\[\\[week\\]\\]"),
    ({"week": []}, "no \\[\\[week\\]\\]"),
    ({"weeks": []}, "`weeks` is not known; did you mean `week`"),
    (
        {"week": [{"intervals": ["backwards 60 s"]}]},
        "week 1: 'backwards 60 s' is not an interval .did you mean `backward`",
    ),
    ({"week": [{"intervals": ["backward"]}]}, "week 1: `backward`: write seconds or steps"),
    ({"week": [{"intervals": ["backward 7 s"]}]}, "week 1: .*in fives"),
    ({"week": [{"intervals": ["backward 9000 s"]}]}, "week 1: .*in fives, from 5 to 1275"),
    ({"week": [{"intervals": ["rest 20 steps"]}]}, "week 1: .*write seconds"),
    ({"week": [{"intervals": []}]}, "week 1: `intervals` is a list of 1 to 6"),
    ({"week": [{"intervals": [3]}]}, "week 1: 3 is not an interval"),
    ({"week": [{"intervals": ["test"], "repeat": 0}]}, "week 1: repeat is a whole number from 1 to 30"),
    ({"week": [{"intervals": ["test"], "repeat": True}]}, "week 1: repeat"),
    ({"week": [{"intervals": ["test"], "cadence": 500}]}, "week 1: cadence"),
    ({"week": [{"intervals": ["forward 1275 s"], "repeat": 30}]}, "week 1: .*longer than two hours"),
    ({"week": [{"intervals": ["test"]}] * 13}, "13 weeks"),
    ({"week": [{"intervals": ["test"] * 6}] * 12}, "bytes"),
    ({"week": [{"intervals": ["test"]}], "sessions_per_week": 40}, "sessions_per_week"),
    ({"week": [{"intervals": ["test"]}], "title": 3}, "title"),
    ([], "not a plan"),
    ({"week": [{"intervals": ["rest 5 s"], "cadence": -0.0}]}, "week 1: cadence .*not -0.0"),
    ({"week": [{"intervals": ["rest 5 s"], "cadence": 12}]}, "week 1: cadence is 0 for none"),
    ({"week": [{"intervals": ["test"], "repeat": int("9" * 4000)}]}, "repeat .*not 9{39}…"),
    ({"week": [{"intervals": ["test"], "repeat": 16**9000}]}, "not a number of thousands of digits"),
    ({"week": [{"intervals": ["backward " + "9" * 5000 + " s"]}]}, "week 1: .*write seconds"),
    ({"week": [{"intervals": ["x" * 90000]}]}, "week 1: .*is not an interval"),
    ({"week": [{"intervals": ["test"]}], "y" * 90000: 1}, "is not known"),
    ({"week": [{"intervals": ["test"]}], "title": "z" * 201}, "at most 200"),
]


@pytest.mark.parametrize(("data", "words"), BAD)
def test_nonsense_is_named_in_one_sentence(data, words):
    with pytest.raises(BadSetting, match="(?s)my.toml.*" + words) as caught:
        plans.check(data, "my.toml")
    assert "\n" not in str(caught.value) and str(caught.value).endswith("Nothing was loaded.")


@pytest.mark.parametrize("text", ["", "week = ", "[[week]]\nrepeat", "\x00", "title = 'x'"])
def test_a_file_that_is_no_plan_is_refused(text, tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(text)
    with pytest.raises(BadSetting, match="my.toml"):
        plans.read(path)


def test_a_number_of_five_thousand_digits_and_a_file_without_end_are_sentences(tmp_path):
    path = tmp_path / "my.json"
    path.write_text('{"week":[{"repeat":' + "9" * 5000 + "}]}")
    with pytest.raises(BadSetting, match="my.json holds a number of thousands of digits"):
        plans.read(path)
    path.write_text(" " * 70000)
    with pytest.raises(BadSetting, match="70 kB long"):
        plans.read(path)
    path.write_text("[" * 60000)
    with pytest.raises(BadSetting, match="cannot be read"):
        plans.read(path)


def test_load_show_and_remove(held, tmp_path):
    assert "holds no plan" in run("show")
    assert "somebody beside you" in run("load", "six_weeks")
    assert "Six weeks of walking backward" in run("show")
    assert held.coach.training is not None
    assert "no plan now" in run("remove") and held.coach.training is None


def test_loading_the_same_plan_again_keeps_progress_unless_told(held):
    held.coach.plan(plans.Plan(plans.read("six_weeks").weeks, 3, done=7, confirmed=True).pack())
    run("load", "six_weeks")
    assert held.coach.training.done() == 7
    shown = run("show")
    assert "→ week 3" in shown and "7 sessions done" in shown
    run("load", "six_weeks", "--restart")
    assert held.coach.training.done() == 0
    held.coach.plan(plans.Plan(plans.read("six_weeks").weeks, 3, done=7, confirmed=True).pack())
    run("load", "first_steps")
    assert held.coach.training.done() == 0


def test_a_bad_file_leaves_the_board_alone(held, tmp_path):
    run("load", "first_steps")
    before = held.plan()
    path = tmp_path / "my.toml"
    path.write_text("[[week]]\nintervals = ['hop 3 s']")
    assert main._run(["plan", "load", str(path)]) == BadSetting.exit_code
    assert held.plan() == before


def test_a_copy_to_change_is_the_file_itself(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(run("show", "six_weeks", "--toml"))
    assert plans.same(plans.read(path), plans.read("six_weeks"))


def test_remove_says_in_json_what_went(held):
    run("load", "six_weeks")
    title = plans.read("six_weeks").title
    assert json.loads(run("remove", "--json")) == {"removed": title}
    assert json.loads(run("remove", "--json")) == {"removed": None}
