# SPDX-License-Identifier: MIT
"""A store can be carried away, put back, and brought together with another; nothing of either is lost or torn."""

import json
import sqlite3
import struct
import zlib
from datetime import date

import pytest
from click.testing import CliRunner
from retrostep.journal import block
from retrostep_host import errors, journal, practice, recordings, replay
from retrostep_host.cli import main
from retrostep_host.store import Store, migrations, moving
from retrostep_host.virtual import walks


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return practice.make(tmp_path_factory.mktemp("practice"), 1, date(2026, 11, 28), 1, only=("P-01", "P-02"))


@pytest.fixture
def store(made, tmp_path):
    path = tmp_path / "store.sqlite3"
    path.write_bytes(made.store.read_bytes())
    return path


def shown(path):
    with Store(path, write=False) as store:
        store.check()
        walks = store.walks()
        return [(w.name, w.code, w.excluded, store.raw(w), store.full(w).steps) for w in walks], store.log()


def run(*words):
    done = CliRunner().invoke(main.cli, [str(word) for word in words])
    assert done.exception is None, (done.output, done.exception)
    return done.output


def test_a_backup_is_the_store_and_restore_gives_it_back(store, tmp_path):
    target = tmp_path / "stick"
    target.mkdir()
    told = json.loads(run("backup", target, "--store", store, "--json"))
    before = shown(store)
    assert shown(told["backup"]) == before and not list(target.glob("*.part"))
    with Store(store) as opened:
        opened.delete(opened.walks()[:2])
    assert len(shown(store)[0]) == len(before[0]) - 2
    run("restore", told["backup"], "--store", store)
    assert shown(store) == before and list(tmp_path.glob("store.before-restore*"))


def test_restore_asks_before_walks_go_out_of_sight(store, tmp_path, capsys):
    copy = moving.backup(store, tmp_path / "copy.sqlite3")
    with Store(copy) as opened:
        opened.delete(opened.walks()[:1])
    before = shown(store)
    assert main._run(["restore", str(copy), "--store", str(store)]) == 29
    assert "1 walk" in capsys.readouterr().err and shown(store) == before


def test_a_damaged_store_makes_room_for_its_backup(store, tmp_path):
    copy, before = moving.backup(store, tmp_path / "copy.sqlite3"), shown(store)
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE sessions SET duration_s = duration_s + 1")
    connection.close()
    run("restore", copy, "--store", store)
    assert shown(store) == before


def test_corrections_outlive_a_mending(store):
    with Store(store) as here:
        here.say("walk", here.walks()[0].sha1, "notes", "a windy day")
    before = shown(store)
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE steps SET direction = 'sideways' WHERE session_id = 1 AND seq = 3")
    connection.close()
    assert CliRunner().invoke(main.cli, ["doctor", "--store", str(store)]).exception is None
    assert shown(store) == before and any(walk.notes for walk in Store(store, write=False).walks())


def test_a_backup_never_writes_over_anything(store, tmp_path):
    target = tmp_path / "there"
    target.write_bytes(b"mine")
    with pytest.raises(errors.CannotWrite):
        moving.backup(store, target)
    assert target.read_bytes() == b"mine"


def test_merging_twice_adds_nothing_and_two_stores_give_the_union(store, tmp_path):
    other = moving.backup(store, tmp_path / "other.sqlite3")
    with Store(store) as here, Store(other) as there:
        every = {walk.name for walk in here.walks()}
        with here.changing() as connection:  # as if it had never been here
            connection.execute("DELETE FROM sessions WHERE id = (SELECT min(id) FROM sessions)")
        with there.changing() as connection:
            connection.execute("DELETE FROM sessions WHERE id = (SELECT max(id) FROM sessions)")
        here.say("person", "P-01", "mass_kg", 70.0)
        there.say("person", "P-01", "mass_kg", 68.0)
        there.say("walk", there.walks()[0].sha1, "excluded", "a visitor")
    found = moving.merge(store, other)
    assert found.new == 1 and found.had == len(every) - 2
    assert any("mass_kg of p-01 is 70.0 here and 68.0 there" in one for one in found.said)
    with Store(store, write=False) as here:
        assert {walk.name for walk in here.walks()} == every
        assert here.profiles()["p-01"].mass_kg == 68.0 and any(walk.excluded == "a visitor" for walk in here.walks())
        values = [change.value for change in here.log() if change.field == "mass_kg" and change.which == "p-01"]
        assert {70.0, 68.0} <= set(values), "what lost is still in the log"
    before = shown(store)
    again = moving.merge(store, other)
    assert (again.new, again.more, again.corrections) == (0, 0, 0) and shown(store) == before


def test_what_differs_under_one_number_stands_beside(store, tmp_path):
    other = tmp_path / "other.sqlite3"
    with Store(store, write=False) as here:
        walk = here.walks()[0]
        raw = bytearray(here.raw(walk))
    head = block.Header(raw[: block.SIZE])
    raw[head.header + 5] ^= 1  # another rate in START: another walk under the same number
    struct.pack_into("<I", raw, block.CRC_AT, zlib.crc32(raw[: block.CRC_AT]))
    with Store(other) as there:
        there.add(journal.decode(bytes(raw)), bytes(raw))
    count = len(shown(store)[0])
    found = moving.merge(store, other)
    with Store(other, write=False) as there:
        (name,) = [walk.name for walk in there.walks()]
    assert f"stand beside each other: walk {name[:4]}" in "".join(found.said)
    assert found.new == 1 and len(shown(store)[0]) == count + 1


def test_what_was_deleted_here_stays_out_and_there_stays_in(store, tmp_path):
    other = moving.backup(store, tmp_path / "other.sqlite3")
    with Store(store) as here:
        gone = here.walks()[0]
        here.delete([gone])
    with Store(other) as there:
        kept = there.walks()[1]
        there.delete([kept])
    found = moving.merge(store, other)
    names = [row[0] for row in shown(store)[0]]
    assert gone.name not in names and kept.name in names
    assert found.gone == 1 and any("still here" in one for one in found.said)


@pytest.mark.parametrize("verb", ["merge", "restore"])
def test_a_store_from_the_future_is_refused_in_one_sentence(store, tmp_path, capsys, verb):
    other = moving.backup(store, tmp_path / "other.sqlite3")
    with sqlite3.connect(other) as connection:
        connection.execute(f"PRAGMA user_version = {migrations.LATEST + 40}")
    connection.close()
    before, theirs = shown(store), other.read_bytes()
    assert main._run([verb, str(other), "--store", str(store), *(["--yes"] if verb == "restore" else [])]) == 22
    assert capsys.readouterr().err.count("\n") == 1
    assert shown(store) == before and other.read_bytes() == theirs


@pytest.mark.parametrize("at", [1, 3])
def test_a_merge_that_is_stopped_leaves_the_store_as_it_was(store, tmp_path, at, monkeypatch):
    other = moving.backup(store, tmp_path / "other.sqlite3")
    with Store(store) as here, here.changing() as connection:
        connection.execute("DELETE FROM sessions WHERE id > 2")
    before = shown(store)

    def stop(done, of):
        if done == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moving.merge(store, other, stop)
    assert shown(store) == before
    with pytest.raises(KeyboardInterrupt):
        monkeypatch.setattr(moving, "_tidy", lambda path: stop(at, 0))
        moving.restore(store, other)
    assert shown(store) == before
    monkeypatch.undo()
    moving.merge(store, other)
    assert len(shown(store)[0]) > 2


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_a_full_disk_is_not_left_fuller(store, tmp_path, verb, monkeypatch, capsys):
    there = tmp_path / "there"
    there.mkdir()
    source = moving.backup(store, tmp_path / "copy.sqlite3")
    (there / "new.sqlite3.part-journal").write_bytes(b"of one that was killed")
    words = {"backup": [there / "new.sqlite3", "--store", store], "restore": [source, "--store", there / "new.sqlite3"]}

    def full(_, half, __):
        half.write_bytes(b"half of it")
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    before = shown(store)
    for name, value in (("_copy", full), ("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))):
        with monkeypatch.context() as patch:
            patch.setattr(f"retrostep_host.store.moving.{name}", value)
            assert main._run([verb, *map(str, words[verb])]) == errors.FullDisk.exit_code
        assert capsys.readouterr().err.count("\n") == 1 and not list(there.iterdir())
    assert shown(store) == before
    run(verb, *words[verb])
    assert [one.name for one in there.iterdir()] == ["new.sqlite3"] and shown(there / "new.sqlite3") == before


def test_a_merge_counts_nothing_anew_that_was_counted(store, tmp_path, monkeypatch):
    from retrostep_host.store import summing

    monkeypatch.setattr(summing, "of", lambda *_: pytest.fail("it was counted there"))
    new = tmp_path / "new.sqlite3"
    moving.merge(new, store)
    assert shown(new) == shown(store)
    with Store(new, write=False) as one, Store(store, write=False) as other:
        assert [walk.summary for walk in one.walks()] == [walk.summary for walk in other.walks()]


def test_a_recording_becomes_a_walk_once(tmp_path):
    store, file = tmp_path / "store.sqlite3", tmp_path / "walk.npz"
    recordings.save(walks.generate("forward 20 strides\nbackward 20 strides", 5), file)
    told = json.loads(run("import", file, "--code", "P-07", "--at", "2026-11-24 09:00", "--store", store, "--json"))
    (one,) = told["imported"]
    counted = replay.replay(str(file))
    assert one["steps_by_direction"] == counted["steps_by_direction"] and one["steps"] > 50
    (listed,) = json.loads(run("list", "--store", store, "--json"))["sessions"]
    assert listed["code"] == "P-07" and listed["start"].startswith("2026-11-24T09:00") and listed["complete"]
    again = json.loads(run("import", file, "--store", store, "--json"))["imported"]
    assert not again[0]["new"] and len(json.loads(run("list", "--store", store, "--json"))["sessions"]) == 1
