# SPDX-License-Identifier: MIT
"""Twelve people on four boards: nobody is added up, and a number that fits several walks is asked about."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import walks
from click.testing import CliRunner
from retrostep_host.cli import _whose, main
from retrostep_host.store import Store

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
BOARDS = [f"e66{n}38935f2c8a27" for n in range(4)]


@pytest.fixture
def study(tmp_path):
    """P-01 to P-12, two visits each, on four shared boards whose sessions all begin at 1."""
    path = tmp_path / "store.sqlite3"
    with Store(path) as store:
        for n in range(24):
            code = f"P-{n % 12 + 1:02d}"
            store.add(
                walks.walk(
                    n + 1,
                    plan=(("forward", 10 + n), ("backward", 5)),
                    session=n // 4 + 1,
                    start=NINE + timedelta(days=n),
                    device_uid=BOARDS[n % 4],
                    settings={"code": code.lower() if n >= 12 else code},
                    number=f"{n + 1:02x}" * 8,
                ),
                b"%d" % n,
                int((NINE + timedelta(days=n, hours=1)).timestamp() * 1e6),
            )
    return path


def run(*words):
    return CliRunner().invoke(main.cli, [str(word) for word in words])


def test_a_page_of_everybody_is_asked_about_and_not_made(study, tmp_path, capsys):
    out = tmp_path / "page.html"
    assert main._run(["report", "--store", str(study), "--out", str(out)]) == 25
    said = capsys.readouterr().err
    assert "--code" in said and "--all" in said and "p-12" in said and not out.exists()


def test_a_session_that_each_board_has_is_asked_about(study, tmp_path, capsys):
    out = tmp_path / "page.html"
    assert main._run(["report", "--store", str(study), "--out", str(out), "--session", "1"]) == 25
    said = capsys.readouterr().err
    assert said.count("--walk") == 4 and "0101" in said and "P-04" in said and not out.exists()
    assert main._run(["export", "--store", str(study), "--out", str(tmp_path / "t"), "--session", "1"]) == 25
    assert main._run(["report", "--store", str(study), "--out", str(out), "--walk", "0101"]) == 0
    assert "<h1>30 steps" in out.read_text(encoding="utf-8")


def test_somebody_who_sits_there_is_asked(study, tmp_path, monkeypatch):
    out = tmp_path / "page.html"
    monkeypatch.setattr(_whose, "asks", lambda: True)
    monkeypatch.setattr(_whose, "ask", lambda question: "p-03" if "Whose?" in question else "0202")
    assert run("report", "--store", study, "--out", out).exit_code == 0
    assert "2 walks" in out.read_text(encoding="utf-8")
    assert run("report", "--store", study, "--out", out, "--session", 1).exit_code == 0
    assert "<h1>32 steps" in out.read_text(encoding="utf-8")


def test_several_people_stand_apart(study, tmp_path):
    out = tmp_path / "page.html"
    assert run("report", "--store", study, "--out", out, "--code", "p-01", "--code", "P-02").exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert "<h1>2 people, 4 walks.</h1>" in text and "All walks together" not in text
    for code, steps in (("p-01", 30 + 54), ("p-02", 32 + 56)):
        assert f'<th scope="row">{code}</th><td>2</td>' in text and f"<td>{steps}</td>" in text
    assert run("report", "--store", study, "--out", out, "--all").exit_code == 0
    assert "<h1>12 people, 24 walks.</h1>" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", ["list", "report", "export"])
def test_every_code_that_is_named_counts_however_it_is_written(study, tmp_path, verb):
    words = [verb, "--store", str(study), "--code", "p-01", "--code", "P-02"]
    words += ["--json"] if verb == "list" else ["--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main.cli, words)
    assert done.exit_code == 0, done.output
    if verb == "list":
        assert len(json.loads(done.output)["sessions"]) == 4
    elif verb == "export":
        assert len((tmp_path / "out" / "session.csv").read_text().splitlines()) == 5
    else:
        assert "4 walks" in (tmp_path / "out").read_text(encoding="utf-8")


def test_the_list_says_who_where_which_leg_and_when_last(study):
    said = run("list", "--store", study).output
    assert "p-12: 2 walks, the last on 17 Dec 2026; left ankle; board e66338935f2c8a27" in said
    assert "last visit" in said and "0101" in said
    found = json.loads(run("list", "--store", study, "--json").output)
    assert len(found["people"]) == 12
    last = next(one for one in found["people"] if one["code"] == "p-12")
    assert last["last"] == "2026-12-17" and last["devices"] == [BOARDS[3]] and last["walks"] == 2
    assert {"code", "side", "device", "day", "copied", "walk"} <= found["sessions"][0].keys()


def test_what_the_list_shows_is_what_every_verb_takes(study, tmp_path):
    names = [one["walk"] for one in json.loads(run("list", "--store", study, "--json").output)["sessions"]]
    assert len(set(names)) == 24
    for name in (names[0], names[0][:4], names[0][:6].upper()):
        assert run("report", "--store", study, "--out", tmp_path / "p", "--walk", name).exit_code == 0
        assert run("export", "--store", study, "--out", tmp_path / "t", "--walk", name).exit_code == 0
        assert len((tmp_path / "t" / "session.csv").read_text().splitlines()) == 2


def test_delete_takes_the_same_number_and_nothing_beside_it(study, capsys):
    assert main._run(["delete", "--store", str(study), "--walk", "0", "--yes", "--no-board"]) == 25
    assert "`--walk 0101`" in capsys.readouterr().err
    assert main._run(["delete", "--store", str(study), "--walk", "0303", "--yes", "--no-board"]) == 0
    names = [one["walk"] for one in json.loads(run("list", "--store", study, "--json").output)["sessions"]]
    assert len(names) == 23 and "03" * 8 not in names


def test_walks_without_a_code_are_nobody_elses(tmp_path):
    path, out = tmp_path / "s", tmp_path / "page.html"
    with Store(path) as store:
        store.add(walks.walk(1, session=1, start=NINE), b"1")
        store.add(walks.walk(2, session=2, start=NINE + timedelta(days=1), settings={"code": "P-1"}), b"2")
    assert main._run(["report", "--store", str(path), "--out", str(out)]) == 25
    assert main._run(["report", "--store", str(path), "--out", str(out), "--code="]) == 0
    assert f"<h1>{walks.walk(1).total} steps" in out.read_text(encoding="utf-8")


def test_the_list_says_which_kind_of_alert(tmp_path):
    with Store(tmp_path / "s") as store:
        store.add(walks.walk(1, start=NINE, number="ab" * 8), b"1")
    said = run("list", "--store", tmp_path / "s").output
    assert "1 stumble: walk abab" in said and "1 wobble: walk abab" in said


@pytest.mark.parametrize("verb", ["report", "delete", "sync"])
def test_an_option_that_takes_one_value_never_takes_the_last_of_two(tmp_path, capsys, verb):
    words = [verb, "--store", str(tmp_path / "a"), "--store", str(tmp_path / "b")]
    assert main._run(words) == 2
    assert "twice" in capsys.readouterr().err
