# SPDX-License-Identifier: MIT
"""The store takes a walk in once and whole, and says in a sentence why it cannot."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import walks
from retrostep_host import errors
from retrostep_host.store import Store, choose, migrations

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder with a space" / "store.sqlite3"


def filled(path, *numbers):
    with Store(path) as store:
        for number in numbers or (1,):
            store.add(walks.walk(number, session=number, start=NINE), b"bytes of %d" % number)
    return path


def test_a_walk_comes_back_as_it_went_in(path):
    walk = walks.walk(start=NINE, settings={"aid": "cane", "code": "P-07"}, firmware="0.1.0")
    with Store(path) as store:
        assert store.add(walk, b"journal")
        (found,) = store.walks()
        assert replace(store.full(found), id=walk.id, imported_utc_us=walk.imported_utc_us, sha1="") == walk
        assert store.raw(found) == b"journal"


def test_importing_twice_changes_nothing(path):
    with Store(path) as store:
        assert store.add(walks.walk(), b"journal")
        assert not store.add(walks.walk(), b"journal")
        assert len(store.walks()) == 1


def test_a_more_complete_copy_takes_the_place_of_the_old_one(path):
    half = walks.walk(plan=(("forward", 5),), complete=False)
    with Store(path) as store:
        store.add(half, b"jour")
        assert store.add(walks.walk(), b"journal")
        assert not store.add(half, b"jour")
        (found,) = store.walks()
        assert found.complete and found.total == walks.walk().total


def test_session_numbers_that_start_again_do_not_collide(path):
    with Store(path) as store:
        assert store.add(walks.walk(1), b"a")
        assert store.add(walks.walk(2, boot="2"), b"b")
        assert store.add(walks.walk(3, device_uid="0123456789abcdef"), b"c")
        assert len(store.walks()) == 3


def test_an_interrupted_import_leaves_nothing_behind(path):
    broken = walks.walk()
    broken = replace(broken, steps=(*broken.steps, broken.steps[0]))  # the last row repeats a key
    with Store(path) as store:
        with pytest.raises(errors.StoreError):
            store.add(broken, b"journal")
        assert store.walks() == []
        assert store.add(walks.walk(), b"journal")


def test_a_journal_session_is_taken_in_with_all_that_it_holds(path):
    from retrostep_host import journal

    start = datetime.fromisoformat("2026-11-24T09:00:00+01:00")
    session = journal.Session("e66138935f2c8a27", 3, 7, start, 61.2, placement="ankle", side="left", end="usb")
    session.steps = [
        journal.Step(3.0, 312, "forward", 0.9, False, 1.1, 1.2, 0.1, quality=("gyro_clipped", "gap")),
        journal.Step(3.5, 364, "backward", 0.8, True),
    ]
    session.alerts = [journal.Alert(17.9, "stumble", 1.4, "backward")]
    session.buzzes = [journal.Buzz(18.0, 0, "stumble"), journal.Buzz(19.0, 99, "step")]
    session.logs = [journal.Log(2.0, "fifo_overrun", 4)]
    session.events = [journal.Note(1.0, "button", {"press": "short"})]
    session.gaps = [journal.Gap(4.0, blocks=1)]
    with Store(path) as store:
        assert store.add(session, b"x")
        (head,) = store.walks()
        full = store.full(head)
    assert head.start.isoformat() == "2026-11-24T09:00:00+01:00"
    assert head.counts == {"forward": 1, "backward": 1} and head.alerts == {"stumble": 1} and head.gaps == 1
    assert full.steps[0].quality == 1 + 4 and full.steps[1].stride_s is None
    kinds = [(event.kind, event.value) for event in full.events]
    assert kinds == [
        ("button", "press=short"),
        ("log", "fifo_overrun"),
        ("stumble", "backward"),
        ("alert", "stop"),
        ("alert", "pattern 99"),
    ]


def test_a_newer_store_is_refused_and_untouched(path):
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {migrations.LATEST ^ 0b11000}")
    connection.close()
    before = path.read_bytes()
    for write in (True, False):
        with pytest.raises(errors.NewerStore, match="Update Retrostep"):
            Store(path, write=write)
    assert path.read_bytes() == before


def test_an_older_store_is_brought_up_to_date(path):
    later = (*migrations.STEPS, ("ALTER TABLE sessions ADD COLUMN mood TEXT",))
    filled(path)
    connection = sqlite3.connect(path, isolation_level=None)
    assert migrations.migrate(connection, later) == 1
    assert migrations.migrate(connection, later) == 0
    assert migrations.version(connection) == migrations.LATEST + 1
    assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    connection.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(path):
    filled(path)
    connection = sqlite3.connect(path, isolation_level=None)
    bad = (*migrations.STEPS, ("ALTER TABLE sessions ADD COLUMN mood TEXT", "ALTER TABLE nowhere ADD COLUMN x"))
    with pytest.raises(sqlite3.OperationalError):
        migrations.migrate(connection, bad)
    assert migrations.version(connection) == migrations.LATEST
    assert "mood" not in [row[1] for row in connection.execute("PRAGMA table_info(sessions)")]
    connection.close()


def test_a_file_of_another_kind_is_untouched(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is my diary and not a database, and it is long enough to be read as a header" * 9)
    before = path.read_bytes()
    with pytest.raises(errors.NotAStore):
        Store(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_untouched(path):
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(errors.NotAStore):
        Store(path)
    assert path.read_bytes() == before


def test_a_locked_store_says_that_another_program_writes(path):
    filled(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Store(path, wait_s=0.05) as store, pytest.raises(errors.StoreBusy):
        store.add(walks.walk(2, session=2), b"x")
    other.close()


def test_a_full_disk_says_so_and_keeps_the_store(path):
    filled(path)
    with Store(path) as store:
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(errors.FullDisk, match="Free some room"):
            store.add(walks.walk(2, session=2), b"x" * 90000)
        assert len(store.walks()) == 1


def test_reading_where_nobody_ever_synced_says_what_to_do(path):
    with pytest.raises(errors.EmptyLog, match="retrostep sync"):
        Store(path, write=False)
    assert not path.parent.exists()
    with Store(path) as store, pytest.raises(errors.EmptyLog):
        choose.walks(store)


@pytest.mark.skipif(
    os.name != "posix" or (os.geteuid() == 0 and not shutil.which("setpriv")),
    reason="root writes anywhere; as root this needs setpriv (Debian: util-linux)",
)
def test_a_write_protected_folder_can_still_be_read(path):
    filled(path)
    for folder in (path.parent, *path.parents[:4]):
        if "pytest" in str(folder):
            folder.chmod(0o755)
    path.chmod(0o444)
    path.parent.chmod(0o555)
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "from retrostep_host.store import Store\n"
        "from retrostep_host import errors\n"
        f"print(len(Store({str(path)!r}, write=False).walks()))\n"
        f"try: Store({str(path)!r}).add(1, b'')\n"
        "except errors.CannotWrite: print('refused')\n"
    )
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    reachable = subprocess.run([*drop, "test", "-r", str(path)], check=False).returncode == 0
    readable = subprocess.run([*drop, sys.executable, "-c", ""], capture_output=True, check=False).returncode == 0
    if not (reachable and readable):
        path.parent.chmod(0o755)
        pytest.skip("an ordinary user cannot reach this temporary folder or this Python")
    done = subprocess.run([*drop, sys.executable, "-c", code], capture_output=True, text=True, check=False)
    path.parent.chmod(0o755)
    assert done.stdout.split() == ["1", "refused"], done.stderr


def test_a_network_share_is_used_without_the_write_ahead_log(path, monkeypatch):
    from retrostep_host.store import places

    monkeypatch.setattr(places, "file_system", lambda path: "nfs4")
    with Store(path) as store:
        assert store.on_network
        assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert store.add(walks.walk(), b"x")


def test_reading_leaves_nothing_beside_the_store(path):
    filled(path)
    with Store(path, write=False) as store:
        assert len(store.walks()) == 1
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_sessions_are_chosen_by_number_and_board(path):
    filled(path, 1, 2)
    with Store(path) as store:
        assert [walk.session for walk in choose.walks(store, session=2)] == [2]
        assert len(choose.walks(store, device="E661")) == 2
        with pytest.raises(errors.NoSuchSession, match="retrostep list"):
            choose.walks(store, session=9)
