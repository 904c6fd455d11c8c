# SPDX-License-Identifier: MIT
"""The promise: a store that a disk has harmed shows no other numbers, lets no board forget anything, and gives every
walk back of which one copy can be read.

Here 64 seeds; 1,000 of them: `python bench/hostile.py`."""

from __future__ import annotations

import json
import random
import sqlite3

import pytest
import walks
from click.testing import CliRunner
from retrostep.journal import block
from retrostep_host import errors, examination, journal
from retrostep_host.cli import main
from retrostep_host.store import Store, migrations, pages, repair, salvage, seals
from retrostep_host.sync import carve
from retrostep_host.sync.session import keeper

from tests.faults import rot, version1
from tests.faults.board import Board


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return rot.made(tmp_path_factory.mktemp("kept"))


@pytest.mark.parametrize("seed", [*range(64), 472])  # 472: a date was lost without a word
def test_a_disk_that_forgets_costs_no_walk_and_shows_no_other_number(seed, kept, tmp_path):
    rot.run(seed, kept, tmp_path / "harmed")


def harmed(kept, folder, sql="", at=None, bytes_=b""):
    """A copy of the store, with a change that nobody meant."""
    path = folder / "store.sqlite3"
    data = bytearray(kept.path.read_bytes())
    if at is not None:
        data[at : at + len(bytes_)] = bytes_
    path.write_bytes(data)
    if sql:
        with sqlite3.connect(path) as connection:
            connection.execute(sql)
        connection.close()
    return path


CHANGES = {
    "a step": "UPDATE steps SET direction = 'sideways' WHERE session_id = 1 AND seq = 3",
    "a count": """UPDATE sessions SET counts = '{"backward": 9}' WHERE id = 2""",
    "a date": "UPDATE sessions SET start_utc_us = start_utc_us + 86400000000 WHERE id = 2",
    "a walk that is gone": "DELETE FROM sessions WHERE id = 3",
    "steps that are gone": "DELETE FROM steps WHERE session_id = 2",
    "a walk that nobody stored": "INSERT INTO sessions SELECT 99, device_uid, 77, boot, number, sha1, start_utc_us, "
    "utc_offset_min, duration_s, placement, side, ended, complete, gaps, settings, imported_utc_us, firmware, counts, "
    "alerts, noticed, content, seal, summary FROM sessions WHERE id = 1",
}


@pytest.mark.parametrize("what", CHANGES)
def test_rows_that_are_not_what_the_board_said_are_not_shown_and_are_made_again(kept, tmp_path, what, monkeypatch):
    monkeypatch.setattr(examination, "_ports", lambda _: iter(()))
    monkeypatch.setattr(examination, "_drives", lambda: iter(()))
    path = harmed(kept, tmp_path, CHANGES[what])
    option = ("--store", str(path))
    for verb in (("list",), ("report", "--out", str(tmp_path / "r.html")), ("export", "--out", str(tmp_path / "out"))):
        done = CliRunner().invoke(main.cli, [*verb, *option])
        if (what, verb[0]) not in {("a step", "list"), ("steps that are gone", "list")}:  # it shows none of them
            assert isinstance(done.exception, errors.DamagedStore), (verb, done.output)
            assert f"doctor --store {path}" in str(done.exception)
    done = CliRunner().invoke(main.cli, ["doctor", *option, "--json"])
    assert done.exit_code == 0, "everything could be made again"
    said = " ".join(one["words"] for one in json.loads(done.stdout)["findings"])
    assert "walks in" in said and "damaged-1.sqlite3" in said
    with Store(path, write=False) as store:
        assert sorted(repr(rot._shown(store, walk)) for walk in store.walks()) == sorted(map(repr, kept.shown.values()))
    assert CliRunner().invoke(main.cli, ["list", *option]).exit_code == 0


def test_a_changed_bit_in_the_boards_bytes_is_found_and_put_right(kept, tmp_path):
    raw = kept.raws[0]
    at = kept.path.read_bytes().find(raw[600:1000])
    assert at > 0
    path = harmed(kept, tmp_path, at=at + 50, bytes_=bytes([raw[650] ^ 4]))
    with Store(path, write=False) as store, pytest.raises(errors.DamagedStore, match="bytes of session"):
        [store.raw(walk) for walk in store.walks()]
    verdict = repair.check(path)
    assert not verdict.lost and "put right" in verdict.made[0]
    with Store(path, write=False) as store:
        assert [store.raw(walk) for walk in store.walks()] == kept.raws


def test_where_the_bytes_are_lost_the_rows_stay_and_a_board_that_still_has_them_mends_them(kept, tmp_path):
    raw = kept.raws[0]
    at = kept.path.read_bytes().find(raw[600:1000])
    path = harmed(kept, tmp_path, at=at, bytes_=bytes(400))
    verdict = repair.check(path)
    assert len(verdict.lost) == 1 and "1 of its 7 blocks" in verdict.lost[0] and "steps are all here" in verdict.lost[0]
    with Store(path) as store:
        shown = [rot._shown(store, walk) for walk in store.walks()]
        assert shown == list(kept.shown.values())
        assert not store.holds(seals.sha1(raw)) and keeper(store)(journal.decode(raw), raw)
        assert store.holds(seals.sha1(raw)) and [rot._shown(store, walk) for walk in store.walks()] == shown
    assert repair.check(path).lost == []


def test_a_sync_releases_nothing_into_a_store_that_is_damaged(kept, tmp_path):
    path = harmed(kept, tmp_path, CHANGES["a count"])
    board = Board()
    board.walk(20)
    with Store(path) as store, pytest.raises(errors.DamagedStore):
        rot._sync(board, store, tmp_path)
    assert board.journal.table.numbers() == [1]


def test_a_sync_releases_nothing_that_does_not_read_back(tmp_path, monkeypatch):
    board = Board()
    board.walk(20)
    monkeypatch.setattr(Store, "holds", lambda self, sha1: False)
    with Store(tmp_path / "s") as store, pytest.raises(errors.DamagedStore, match="reads back as something else"):
        rot._sync(board, store, tmp_path)
    assert board.journal.table.numbers() == [1]


def test_recover_finds_walks_in_a_store_that_cannot_be_opened(kept, tmp_path):
    path = harmed(kept, tmp_path, at=16, bytes_=bytes(3))
    other = tmp_path / "other.sqlite3"
    done = CliRunner().invoke(main.cli, ["recover", str(path), "--store", str(other), "--json"])
    assert done.exit_code == 0 and [row["complete"] for row in json.loads(done.stdout)["sessions"]] == [True] * 4
    with Store(other, write=False) as store:
        assert {store.raw(walk) for walk in store.walks()} == set(kept.raws)


def test_blocks_that_run_on_over_a_page_are_found(kept):
    found = {bytes(piece) for piece in pages.blocks(kept.path.read_bytes())}
    assert found >= {raw[at : at + block.SIZE] for raw in kept.raws for at in range(0, len(raw), block.SIZE)}
    assert len({one.number for one in carve.gather(found)}) == 4


def test_a_file_that_is_no_store_is_left_alone(tmp_path):
    for content in (b"a picture", random.Random(1).randbytes(9000), b""):
        path = tmp_path / "file"
        path.write_bytes(content)
        with pytest.raises(errors.StoreError) if content else pytest.raises(errors.EmptyLog):
            if not content:
                path.unlink()
            repair.check(path)
        assert not content or path.read_bytes() == content
        assert list(tmp_path.iterdir()) == ([path] if content else [])


def test_a_whole_store_stays_as_it_is(kept, tmp_path):
    path = harmed(kept, tmp_path)
    before = path.read_bytes()
    shown = []
    verdict = repair.check(path, lambda *now: shown.append(now))
    assert (verdict.walks, verdict.made, verdict.lost, verdict.aside) == (4, [], [], None) and len(shown) == 4
    assert path.read_bytes() == before


def test_what_was_deleted_stays_deleted_through_a_mending(kept, tmp_path):
    path = harmed(kept, tmp_path)
    with Store(path) as store:
        gone = store.walks()[0]
        raw = store.raw(gone)
        store.delete([gone])
    with sqlite3.connect(path) as connection:
        connection.execute(CHANGES["a count"])
    connection.close()
    assert repair.check(path).aside
    with Store(path) as store:
        assert store.was_deleted(gone.sha1) and not store.add(journal.decode(raw), raw) and len(store.walks()) == 3


# older stores ------------------------------------------------------------------------------------------------
def version2(path):
    """A store as version 2 left it: the two walks of tests/faults/version1.py, and one whose bytes nobody can read."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.migrate(connection, migrations.STEPS[:2])
    pieces = [piece for mirror in version1.mirrors() for _, piece in journal.blocks(bytes(mirror))]
    found = [(one.data, journal.decode(one.data)) for one in carve.gather(pieces)]
    from retrostep_host.store.intake import as_walk

    connection.execute("BEGIN")
    for row, (raw, walk) in enumerate([(raw, as_walk(one, 5)) for raw, one in found] + [(b"x", walks.walk(9))], 1):
        values = (row, walk.device_uid, walk.session, walk.boot, walk.start_utc_us, walk.utc_offset_min)
        values += (walk.duration_s, walk.placement, walk.side, walk.ended, int(walk.complete), walk.gaps)
        values += (json.dumps(walk.settings), 5, walk.firmware)
        connection.execute(f"INSERT INTO sessions VALUES ({', '.join('?' * 15)})", values)
        seals.write(connection, row, walk)
        connection.execute("INSERT INTO journals VALUES (?, ?)", (row, raw))
    connection.execute("INSERT INTO deleted VALUES ('aa')")
    connection.execute("COMMIT")
    return connection


def test_a_store_of_version_2_is_brought_up_to_date_by_who_reads_it_first(tmp_path):
    path = tmp_path / "s"
    version2(path).close()
    with Store(path, write=False) as store:
        store.check()
        found = {walk.session: walk for walk in store.walks() if walk.sha1 != seals.sha1(b"x")}
        assert {session: walk.total for session, walk in found.items()} == {1: 40, 2: 30}
        assert all(walk.number == "" and walk.sha1 == seals.sha1(store.raw(walk)) for walk in found.values())
        (strange,) = [walk for walk in store.walks() if walk.sha1 == seals.sha1(b"x")]
        assert len(store.full(strange).steps) == walks.walk(9).total == strange.total
        assert store.was_deleted("aa")
    assert repair.check(path).aside is None


def test_a_store_of_version_2_whose_rows_a_disk_has_harmed_gets_them_from_the_bytes(tmp_path):
    path = tmp_path / "s"
    connection = version2(path)
    connection.execute("UPDATE steps SET direction = 'sideways'")
    connection.execute("DELETE FROM steps WHERE session_id = 2 AND seq > 9")
    connection.close()
    with Store(path, write=False) as store:
        found = {walk.session: walk for walk in store.walks() if walk.boot == "1" and walk.placement == "ankle"}
        assert found[2].total == 30 and found[2].counts == {"backward": 10, "forward": 10, "sideways": 10}


def test_a_store_of_version_2_whose_file_is_damaged_is_salvaged_with_its_dates(tmp_path):
    path = tmp_path / "s"
    connection = version2(path)
    connection.execute("UPDATE sessions SET start_utc_us = 1795510800000000, utc_offset_min = 60 WHERE id = 1")
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE events (nothing)' WHERE name = 'events'")
    connection.close()
    data = bytearray(path.read_bytes())
    path.write_bytes(data)
    verdict = repair.check(path)
    assert verdict.aside and verdict.walks == 3
    with Store(path, write=False) as store:
        assert {walk.session: walk.start_utc_us for walk in store.walks()}[1] == 1795510800000000


def test_the_net_catches_a_store_without_seals(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(seals, "is_ours", lambda *_: True)
    path = harmed(kept, tmp_path, CHANGES["a walk that is gone"])
    with pytest.raises(AssertionError, match="other numbers were shown"):
        rot._look(path, kept, "a walk that is gone")
    assert salvage.mended(b"", seals.sha1(b"")) == b""
