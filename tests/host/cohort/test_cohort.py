# SPDX-License-Identifier: MIT
"""A cohort folder holds each walk of each site once, nothing torn, nobody deleted; and says what it left out."""

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
import walks
from click.testing import CliRunner
from retrostep_host import errors, workers
from retrostep_host.cli import main
from retrostep_host.cohort import layout, page, publishing, questions, reading, writing
from retrostep_host.store import Store, choose

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
from pyarrow import parquet

NINE = datetime(2026, 10, 28, 8, tzinfo=UTC)
PLAN = (("forward", 12), ("backward", 20), ("forward", 6))


def made(path, seed, people=2, days=3, offset=0):
    """A store of a site: a walk a day for each of its people; the second person's last has no clock."""
    with Store(path) as store:
        for number in range(people * days):
            person, day = number % people, number // people
            start = None if (person, day) == (1, days - 1) else NINE + timedelta(days=2 * day, hours=person)
            uid = f"e661{offset:04x}{person:08x}"
            walk = walks.walk(seed * 100 + number, PLAN, number + 1, start, device_uid=uid)
            store.add(
                replace(walk, settings={"code": f"P-{person + 1}"}, number=f"{offset:04x}{number:012x}"),
                f"{offset} {number}".encode(),
            )
    return path


def publish(path, folder, site, **more):
    with Store(path, write=False) as store:
        return publishing.publish(store, folder, site, **more)


def totals(folder):
    """Walks and steps by site, from `session`, and steps from `stride` and `bout`."""
    with reading.open_cohort(folder) as cohort:
        steps = "sum(steps_forward + steps_backward + steps_unknown) AS steps"
        sql = f"SELECT site, count(*) AS walks, {steps} FROM session "
        found = {row["site"]: (row["walks"], int(row["steps"])) for row in cohort.ask(sql + "GROUP BY site")}
        strides = cohort.ask("SELECT count(*) AS n FROM stride")[0]["n"]
        bouts = cohort.ask("SELECT sum(n_steps) AS n FROM bout")[0]["n"]
    assert strides == bouts == sum(steps for _, steps in found.values())
    return found


def of_store(path):
    with Store(path, write=False) as store:
        kept = store.walks()
    return len(kept), sum(walk.total for walk in kept)


@pytest.fixture
def two(tmp_path):
    """Two sites that have published: (folder, {site: store})."""
    names = ("berlin", "madrid")
    kept = {site: made(tmp_path / f"{site}.sqlite3", n, offset=n) for n, site in enumerate(names, 1)}
    for site, path in kept.items():
        done = publish(path, tmp_path / "cohort", site)
        assert (done.added, done.undated) == (6, 1)
    return tmp_path / "cohort", kept


def test_totals_are_the_stores_and_publishing_again_adds_nothing(two):
    folder, kept = two
    expected = {site: of_store(path) for site, path in kept.items()}
    assert totals(folder) == expected
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for site, path in kept.items():
        done = publish(path, folder, site)
        assert (done.added, done.changed, done.gone, done.kept, done.files) == (0, 0, 0, 6, 0)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files


def test_the_files_are_what_the_page_says_of_them(two):
    """As in docs/cohort.md: partitions, keys, the version in the metadata, no notes."""
    folder, kept = two
    with Store(kept["berlin"]) as store:
        store.say("walk", store.walks()[0].sha1, "notes", "Mrs Miller was tired")
        store.say("person", "P-1", "notes", "lives at 5 Mill Lane")
    publish(kept["berlin"], folder, "berlin")
    assert {p.parent.name for p in folder.glob("session/site=berlin/*/*")} == {"month=2026-10", "month=2026-11"}
    for path in folder.glob("*/*/*/*.parquet"):
        file = parquet.ParquetFile(path)
        assert file.schema_arrow.metadata[b"retrostep_cohort"] == b"1"
        assert {"device_uid", "session", "boot", "walk"} <= set(file.schema_arrow.names)
        text = json.dumps(file.read().to_pylist())
        assert "Miller" not in text and "Lane" not in text and "note" not in text
    rows = parquet.read_table(next(folder.glob("stride/site=madrid/*/*.parquet")), partitioning=None).to_pylist()
    keys = {(row["device_uid"], row["session"], row["boot"], row["seq"]) for row in rows}
    assert len(keys) == len(rows) > 100


def test_a_deleted_person_is_gone_from_every_file_and_answer(two):
    folder, kept = two
    before = totals(folder)
    with Store(kept["berlin"]) as store:
        gone = choose.walks(store, code="P-2")
        store.delete(gone)
    done = publish(kept["berlin"], folder, "berlin")
    assert (done.gone, done.added, done.changed, done.tombstones) == (3, 0, 0, 3)
    assert totals(folder) == {**before, "berlin": of_store(kept["berlin"])}
    with reading.open_cohort(folder) as cohort:
        assert cohort.ignored == []
        for sql in questions.ALL.values():
            rows = cohort.ask(sql)
            assert rows and not any(row["site"] == "berlin" and row.get("code") == "P-2" for row in rows)
    names = {walk.name.encode() for walk in gone}
    for path in folder.rglob("*.parquet"):
        if "tombstone" not in path.parts:
            assert not any(row["of_walk"].encode() in names for row in parquet.read_table(path).to_pylist())


def test_a_tombstone_of_one_site_holds_at_every_other(tmp_path, two):
    """The same walks lie at a second computer, which publishes as a site of its own and never hears of it."""
    folder, kept = two
    publish(kept["berlin"], folder, "berlin-2")
    with reading.open_cohort(folder) as cohort:
        assert cohort.twice == 6 and {row["site"] for row in cohort.ask(questions.PEOPLE)} == {"berlin", "madrid"}
        assert "6 walks are published by several sites" in page.notes(page.answer(cohort))[0]
    with Store(kept["berlin"]) as store:
        store.delete(choose.walks(store, code="P-1"))
        shown = {walk.name for walk in store.walks()}
    publish(kept["berlin"], folder, "berlin")
    with reading.open_cohort(folder) as cohort:
        found = cohort.ask("SELECT walk FROM session WHERE site LIKE 'berlin%'")
        assert {row["walk"] for row in found} == shown and len(found) == 3


def test_what_was_corrected_takes_the_place_of_what_was_there(two):
    folder, kept = two
    before = totals(folder)
    with Store(kept["berlin"]) as store:
        walk = store.walks()[0]
        store.say("walk", walk.sha1, "code", "P-9")
        store.say("walk", store.walks()[1].sha1, "excluded", "somebody else wore it")
    done = publish(kept["berlin"], folder, "berlin")
    assert (done.changed, done.gone, done.added) == (1, 1, 0)
    assert totals(folder)["berlin"][0] == before["berlin"][0] - 1
    with reading.open_cohort(folder) as cohort:
        assert [row["code"] for row in cohort.ask(questions.PEOPLE) if row["site"] == "berlin"] == ["P-1", "P-2", "P-9"]
    with Store(kept["berlin"]) as store:
        for change in store.log():
            store.take_back(change.uid)
    publish(kept["berlin"], folder, "berlin")
    assert totals(folder) == before


def test_of_two_computers_of_a_site_the_later_correction_stays(tmp_path, two):
    folder, kept = two
    other = tmp_path / "other.sqlite3"
    other.write_bytes(kept["berlin"].read_bytes())

    def code(path, said):
        with Store(path) as store:
            walk = store.walks()[0]
            return store.say("walk", walk.sha1, "code", said), walk.name

    def there(name):
        with reading.open_cohort(folder) as cohort:
            return cohort.ask(f"SELECT code FROM session WHERE walk = '{name}'")[0]["code"]

    _, name = code(kept["berlin"], "P-8")
    publish(kept["berlin"], folder, "berlin")
    done = publish(other, folder, "berlin")
    assert (done.newer, done.changed, done.gone, there(name)) == (1, 0, 0, "P-8"), "it was not corrected here"
    code(other, "P-9")
    assert publish(other, folder, "berlin").changed == 1 and there(name) == "P-9", "the later holds"
    done = publish(kept["berlin"], folder, "berlin")
    assert (done.newer, done.changed, there(name)) == (1, 0, "P-9")
    assert publish(kept["berlin"], folder, "berlin").files == 0


@pytest.fixture
def both(tmp_path, two):
    """Two computers of berlin with the same walks: (say, publish, what the folder answers)."""
    folder, kept = two
    paths = {"one": kept["berlin"], "other": tmp_path / "other.sqlite3"}
    paths["other"].write_bytes(kept["berlin"].read_bytes())

    def say(which, field, value, at=0, about="walk"):
        with Store(paths[which]) as store:
            walk = store.walks()[at]
            return store.say(about, walk.sha1 if about == "walk" else walk.person, field, value)

    def there():
        with reading.open_cohort(folder) as cohort:
            sql = "SELECT walk, code, side, aid FROM session WHERE site = 'berlin' ORDER BY start_utc_us, walk"
            return cohort.ask(sql)

    return say, lambda which: publish(paths[which], folder, "berlin"), there, paths


def test_what_one_computer_excluded_does_not_come_back_from_another_until_it_is_taken_back(both, two):
    say, out, there, paths = both
    before = there()
    done = say("one", "excluded", "Erika Mustermann wore it")
    out("one")
    assert len(there()) == len(before) - 1
    again = out("other")
    assert (again.newer, again.added, again.files) == (1, 0, 0) and len(there()) == len(before) - 1
    assert not any(b"Mustermann" in path.read_bytes() for path in two[0].rglob("*") if path.is_file())
    with Store(paths["other"], write=False) as store:
        assert not any(walk.excluded for walk in store.walks()), "its own store is as it was"
    with Store(paths["one"]) as store:
        store.take_back(done.uid)
    assert out("one").added == 1 and there() == before
    assert out("other").files == 0 and there() == before


def test_of_each_field_the_later_correction_holds_in_whichever_order_they_publish(both):
    say, out, there, _ = both
    say("one", "aid", "cane")
    say("other", "code", "P-8")
    say("one", "code", "P-9", 1)
    for which in ("one", "other", "one"):
        out(which)
    found = there()
    assert (found[0]["code"], found[0]["aid"], found[1]["code"]) == ("P-8", "cane", "P-9")
    assert [out(which).files for which in ("one", "other", "one")] == [0, 0, 0]
    say("other", "aid", "none")
    say("one", "code", None, 1)  # as the board said it: nothing else was said, so nothing is taken back
    out("other")
    out("one")
    assert there()[0]["aid"] == "none"


def test_more_of_a_walk_that_another_computer_excluded_stays_out(tmp_path):
    folder = tmp_path / "cohort"
    for name, plan in (("less", PLAN[:1]), ("more", PLAN)):
        with Store(tmp_path / name) as store:
            walk = walks.walk(1, plan, 1, NINE, device_uid="e661", number="ab" * 8)
            store.add(walk, name.encode())
            store.add(walks.walk(2, PLAN, 2, NINE + timedelta(days=1), device_uid="e661"), b"kept")
    with Store(tmp_path / "less") as store:
        store.say("walk", next(w for w in store.walks() if w.number == "ab" * 8).sha1, "excluded", "a visitor")
    publish(tmp_path / "less", folder, "berlin")
    assert publish(tmp_path / "more", folder, "berlin").newer == 1 and totals(folder)["berlin"][0] == 1


def test_what_was_said_of_a_person_stays_where_it_is_later(both):
    say, out, there, _ = both
    say("one", "code", "P-77", about="person")
    out("one")
    codes = [row["code"] for row in there()]
    assert "P-77" in codes and out("other").newer == codes.count("P-77") and [row["code"] for row in there()] == codes


def test_a_code_that_looks_like_a_name_does_not_go_along_with_a_correction(both, two):
    say, out, there, _ = both
    say("one", "code", "Erika Muster")
    say("one", "excluded", "the name slipped in")
    out("one")
    assert not any(b"Erika" in path.read_bytes() for path in two[0].rglob("*") if path.is_file())


def test_less_of_a_walk_than_another_computer_has_takes_nothing_away(tmp_path):
    folder = tmp_path / "cohort"
    for name, plan in (("more", PLAN), ("less", PLAN[:1])):
        with Store(tmp_path / name) as store:
            walk = walks.walk(1, plan, 1, NINE, device_uid="e661", number="ab" * 8)
            store.add(replace(walk, duration_s=walk.steps[-1].t_s), name.encode())
    publish(tmp_path / "more", folder, "berlin")
    before = totals(folder)
    assert publish(tmp_path / "less", folder, "berlin").newer == 1 and totals(folder) == before
    publish(tmp_path / "less", tmp_path / "new", "berlin")
    assert publish(tmp_path / "more", tmp_path / "new", "berlin").changed == 1 and totals(tmp_path / "new") == before


def test_whoever_deletes_is_told_where_it_still_stands(tmp_path):
    path, folder = made(tmp_path / "s.sqlite3", 1), tmp_path / "the cohort"
    run = lambda *words: CliRunner().invoke(main.cli, [*map(str, words), "--store", str(path)])  # noqa: E731
    assert run("publish", folder, "--site", "oslo").exit_code == 0
    done = run("delete", "--code", "P-1", "--no-board", "--yes")
    assert f"still there: `retrostep publish '{folder}' --site oslo --store {path}` takes it out" in done.output
    done = run("delete", "--all", "--no-board", "--yes", "--json")
    assert json.loads(done.stdout)["published"] == [{"folder": str(folder), "site": "oslo"}]


def test_more_of_a_walk_takes_the_place_of_less(tmp_path):
    """A second computer of the site that has other walks takes nothing away."""
    folder = tmp_path / "cohort"
    publish(made(tmp_path / "one.sqlite3", 1, offset=1), folder, "berlin")
    done = publish(made(tmp_path / "two.sqlite3", 2, offset=2), folder, "berlin")
    assert (done.added, done.gone) == (6, 0) and totals(folder)["berlin"][0] == 12
    with Store(tmp_path / "one.sqlite3") as store:  # as Store.add does when more of it came: other bytes, more steps
        walk = store.full(store.walks()[0])
        with store.changing() as connection:
            connection.execute("DELETE FROM sessions WHERE id = ?", (walk.id,))
            more = (*walk.steps, replace(walk.steps[-1], seq=len(walk.steps), t_s=walk.steps[-1].t_s + 0.5))
            counts = {**walk.counts, more[-1].direction: walk.counts[more[-1].direction] + 1}
            store.insert(connection, replace(walk, steps=more, counts=counts, sha1="ab" * 20), b"more")
    before = totals(folder)["berlin"][1]
    done = publish(tmp_path / "one.sqlite3", folder, "berlin")
    assert (done.changed, done.added, done.gone) == (1, 0, 0) and totals(folder)["berlin"] == (12, before + 1)


STOPPED = """
import os, sys
from pathlib import Path
from retrostep_host.cohort import layout, publishing
from retrostep_host.store import Store
left = int(sys.argv[3])
def count(real):
    def call(*given, **more):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*given, **more)
    return call
layout.flush = count(layout.flush)
Path.replace = count(Path.replace)
os.link = count(os.link)
with Store(sys.argv[1], write=False) as store:
    publishing.publish(store, Path(sys.argv[2]), "oslo")
"""


@pytest.mark.parametrize("at", [0, 1, 2, 9, 20, 25])
def test_a_site_killed_in_mid_write_is_in_no_answer_and_the_next_time_is_whole(tmp_path, two, at):
    folder, _ = two
    before = totals(folder)
    path = made(tmp_path / "oslo.sqlite3", 3, offset=3)
    paths = os.pathsep.join(sys.path)
    command = [sys.executable, "-c", STOPPED, path, folder, str(at)]
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths})
    assert ended.returncode == 9, "it was to be killed"
    assert totals(folder) == before
    publish(path, folder, "oslo")
    assert totals(folder) == {**before, "oslo": of_store(path)}
    assert not list(folder.rglob("*.part")) and reading.scan(folder).ignored == []


def test_several_processes_write_the_files_that_one_writes_and_one_goes_on_where_they_end(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 40)
    monkeypatch.setattr(writing.making, "ENOUGH", 0)
    path = made(tmp_path / "s.sqlite3", 1, days=5)
    begun, elsewhere = workers.in_order, []

    def files(name, jobs, until=None):
        monkeypatch.setattr(
            workers, "in_order", lambda *a: islice((elsewhere.append(1) or one for one in begun(*a)), until)
        )
        shown = []
        publish(path, tmp_path / name, "oslo", jobs=jobs, progress=lambda done, of: shown.append((done, of)))
        assert shown == sorted(shown) and {of for _, of in shown} == {10}
        every = sorted((tmp_path / name).rglob("*"))
        return {one.relative_to(tmp_path / name): one.read_bytes() for one in every if one.is_file()}

    alone = files("alone", 1)
    assert not elsewhere and len([one for one in alone if "stride" in one.parts]) > 4
    assert files("several", 2) == alone and len(elsewhere) > 4
    assert files("stopped", 2, 2) == alone


def test_nothing_stays_of_a_publication_that_ends_in_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 40)
    path = made(tmp_path / "s.sqlite3", 1)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE steps SET confidence = 0.123 WHERE session_id = 3 AND seq = 3")
    with pytest.raises(errors.DamagedStore):
        publish(path, tmp_path / "cohort", "oslo")
    assert not [one for one in (tmp_path / "cohort").rglob("*") if one.is_file()]


def test_what_two_boards_saw_is_published_without_reading_it_twice(tmp_path, monkeypatch):
    path = tmp_path / "s.sqlite3"
    with Store(path) as store:
        for side, device in (("left", "a" * 16), ("right", "f" * 16)):
            one = walks.walk(1, PLAN, 1, NINE, device_uid=device, settings={"code": "P-1"})
            store.add(replace(one, side=side), side.encode())
        (walk,) = choose.joined(store)
        assert len(walk.views) == 2
    monkeypatch.setattr(Store, "full", lambda *_: pytest.fail("its steps are read as columns, and once"))
    publish(path, tmp_path / "cohort", "oslo")
    assert totals(tmp_path / "cohort") == {"oslo": (1, walk.total)}


def test_foreign_files_are_named_and_not_read(two):
    folder, _ = two
    before = totals(folder)
    real = next(folder.glob("session/site=berlin/*/*.parquet"))
    foreign = [folder / "notes.docx", real.with_name("copy of walks.parquet"), folder / "session" / "old.parquet"]
    for path in foreign:
        path.write_bytes(real.read_bytes())
    assert totals(folder) == before
    with reading.open_cohort(folder) as cohort:
        assert sorted(cohort.ignored) == sorted(path.relative_to(folder).as_posix() for path in foreign)
        assert "copy of walks.parquet" in page.notes(page.answer(cohort))[0]
    publish_again = CliRunner().invoke(main.cli, ["report", "--cohort", str(folder), "--json"])
    assert len(json.loads(publish_again.stdout)["ignored"]) == 3
    assert all(path.exists() for path in foreign)


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-40])])
def test_a_site_that_is_half_there_is_left_out_and_named(two, harm):
    """A part of it would be a wrong answer."""
    folder, _ = two
    harm(next(folder.glob("stride/site=berlin/*/*.parquet")))
    assert set(totals(folder)) == {"madrid"}
    done = CliRunner().invoke(main.cli, ["report", "--cohort", str(folder), "--out", str(folder.parent / "page.html")])
    assert done.exit_code == 0 and "Site berlin is left out" in done.stderr
    assert "Site berlin is left out" in (folder.parent / "page.html").read_text()


def test_a_site_from_the_future_is_left_out_and_not_written_over(two):
    folder, kept = two
    path = layout.MANIFEST and next((folder / "manifest" / "berlin").glob("*.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": layout.VERSION + 1}))
    assert set(totals(folder)) == {"madrid"}
    with pytest.raises(errors.NewerStore, match="Update Retrostep"):
        publish(kept["berlin"], folder, "berlin")


def test_two_computers_of_a_site_at_one_moment_lose_nothing(two, monkeypatch):
    folder, _ = two
    manifest = layout.newest(folder, "berlin")
    with pytest.raises(errors.StoreBusy, match="Run this again"):
        layout.put(folder, replace(manifest))
    assert layout.newest(folder, "berlin").batches == manifest.batches


@pytest.mark.parametrize(("lang", "words"), [("de", "4 Personen an 2 Standorten"), ("es", "4 personas en 2 centros")])
def test_the_page_speaks_the_language_that_is_asked_for(tmp_path, two, lang, words):
    out = tmp_path / "page.html"
    told = ["report", "--cohort", two[0], "--out", out, "--lang", lang]
    assert CliRunner().invoke(main.cli, [str(word) for word in told]).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert f'<html lang="{lang}">' in text and f"<h1>{words}</h1>" in text and "minutes backward" not in text


def test_what_looks_like_a_name_is_not_published_unless_it_is_a_code(tmp_path):
    path = tmp_path / "s.sqlite3"
    with Store(path) as store:
        store.add(walks.walk(settings={"code": "Anna Miller"}), b"x")
    with pytest.raises(errors.NotConfirmed, match="Anna Miller looks like a name"):
        publish(path, tmp_path / "cohort", "berlin")
    assert not (tmp_path / "cohort").exists()
    assert publish(path, tmp_path / "cohort", "berlin", names_are_codes=True).added == 1
    with pytest.raises(errors.BadSetting, match="cannot name a site"):
        publish(path, tmp_path / "cohort", "../Berlin")


def test_people_are_compared_and_codes_of_two_sites_are_two_people(two):
    folder, kept = two
    done = CliRunner().invoke(main.cli, ["report", "--cohort", str(folder), "--json"])
    found = json.loads(done.stdout)
    assert [(row["site"], row["code"]) for row in found["people"]] == [
        ("berlin", "P-1"), ("berlin", "P-2"), ("madrid", "P-1"), ("madrid", "P-2"),
    ]  # fmt: skip
    with Store(kept["madrid"], write=False) as store:
        mine = choose.walks(store, code="P-1")
    row = found["people"][2]
    assert row["steps"] == sum(walk.total for walk in mine) and row["walks"] == 3 and row["days"] == 3
    seconds = sum(walk.summary.walked_s["backward"] for walk in mine)
    assert row["minutes_backward"] == pytest.approx(seconds / 60, abs=0.01)
    assert sum(week["walks"] for week in found["weeks"] if week["site"] == "madrid") == 6
    out = folder.parent / "page.html"
    done = CliRunner().invoke(main.cli, ["report", "--cohort", str(folder), "--out", str(out)])
    text = out.read_text()
    assert "4 people at 2 sites" in done.stdout and "default-src 'none'" in text and "<script" not in text


@pytest.mark.parametrize(("verb", "extra"), [("publish", "tables"), ("report", "cohort")])
def test_what_is_missing_is_named(two, monkeypatch, verb, extra):
    folder, kept = two
    monkeypatch.setitem(sys.modules, "pyarrow" if verb == "publish" else "duckdb", None)
    more = ["publish", str(folder), "--site", "berlin", "--store", str(kept["berlin"])]
    done = CliRunner().invoke(main.cli, more if verb == "publish" else ["report", "--cohort", str(folder)])
    assert isinstance(done.exception, errors.MissingTool) and f"retrostep[{extra}]" in str(done.exception)


def test_an_empty_folder_says_what_fills_it(tmp_path):
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(errors.EmptyLog, match="retrostep publish"):
            reading.open_cohort(folder)
