# SPDX-License-Identifier: MIT
"""`list` and `report` show what is stored, and say what to do when nothing is."""

import json
from datetime import UTC, datetime

import pytest
import walks
from click.testing import CliRunner
from retrostep_host.cli import main
from retrostep_host.store import Store

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "store.sqlite3"
    with Store(path) as opened:
        opened.add(walks.walk(1, session=1, start=NINE), b"x")
        opened.add(walks.walk(2, session=2), b"y", imported_utc_us=int(NINE.timestamp() * 1e6) + 3_600_000_000)
    return path


def test_list_shows_each_walk_on_a_line(store):
    done = CliRunner().invoke(main.cli, ["list", "--store", str(store)])
    assert done.exit_code == 0
    assert "24 Nov 2026, 09:00" in done.output and "clock not set" in done.output


def test_list_json_has_the_keys_of_sync(store):
    done = CliRunner().invoke(main.cli, ["list", "--store", str(store), "--json"])
    first = json.loads(done.output)["sessions"][0]
    assert first["start"] == "2026-11-24T09:00:00+01:00"
    assert list(first["steps_by_direction"]) == ["forward", "backward", "sideways", "unknown"]
    assert first["steps"] == sum(first["steps_by_direction"].values())


def test_report_writes_one_page_and_says_where(store, tmp_path):
    out = tmp_path / "new folder" / "page.html"
    done = CliRunner().invoke(main.cli, ["report", "--store", str(store), "--out", str(out)])
    assert done.exit_code == 0 and str(out) in done.output
    assert "not a medical device" in out.read_text(encoding="utf-8")
    assert [path.name for path in out.parent.iterdir()] == ["page.html"]


def test_report_of_one_session_is_about_that_one(store, tmp_path):
    out = tmp_path / "page.html"
    CliRunner().invoke(main.cli, ["report", "--store", str(store), "--out", str(out), "--session", "2"])
    assert f"<h1>{walks.walk(2).total} steps" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", ["list", "report"])
def test_an_empty_log_says_what_to_do_next(tmp_path, capsys, verb):
    assert main._run([verb, "--store", str(tmp_path / "none.sqlite3")]) == 21
    assert "retrostep sync" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_is_not_there_is_named(store, capsys):
    assert main._run(["report", "--store", str(store), "--session", "7"]) == 25
    assert "There is no session 7 here; `retrostep list` shows the 2" in capsys.readouterr().err


def test_a_code_chooses_one_persons_walks(tmp_path):
    path = tmp_path / "store.sqlite3"
    with Store(path) as opened:
        for number, code in enumerate(("P-07", "P-08", "P-07"), 1):
            opened.add(walks.walk(number, session=number, start=NINE, settings={"code": code}), bytes((number,)))
    done = CliRunner().invoke(main.cli, ["list", "--store", str(path), "--code", "P-07", "--json"])
    assert [one["session"] for one in json.loads(done.output)["sessions"]] == [1, 3]
    for verb, out in (("report", "page.html"), ("export", "tables")):
        words = [verb, "--store", str(path), "--code", "P-08", "--out", str(tmp_path / out)]
        assert CliRunner().invoke(main.cli, words).exit_code == 0
    assert f"<h1>{walks.walk(2).total} steps" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert len((tmp_path / "tables" / "session.csv").read_text(encoding="utf-8").splitlines()) == 2
    assert main._run(["list", "--store", str(path), "--code", "P-09"]) == 25
