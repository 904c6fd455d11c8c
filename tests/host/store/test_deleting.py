# SPDX-License-Identifier: MIT
"""What is deleted is gone from every byte of the store's folder, whole or not at all, and does not come in again."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import walks
from retrostep_host import errors, journal
from retrostep_host.store import Store, choose
from retrostep_host.sync.client import Client
from retrostep_host.sync.session import fetch_all, keeper

from tests.faults.board import Board
from tests.faults.wire import Line, Wire

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
RAW = {number: random.Random(number).randbytes(30_000) for number in (1, 2, 3)}
CODES = {1: "Q-ANNA", 2: "Q-BERT", 3: "Q-ANNA"}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "home" / "store.sqlite3"
    with Store(path) as store:
        for number, raw in RAW.items():
            start = NINE + timedelta(days=number)
            store.add(walks.walk(number, session=number, start=start, settings={"code": CODES[number]}), raw)
    return path


def on_disk(path):
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def traces(path, number):
    """How many 64-byte pieces of the walk's own bytes still lie in the folder."""
    data = on_disk(path)
    return sum(RAW[number][at : at + 64] in data for at in range(0, len(RAW[number]) - 64, 64))


def delete(store, **chosen):
    return store.delete(choose.walks(store, **chosen))


def test_nothing_of_a_deleted_walk_is_left_on_disk_and_the_others_are_whole(path):
    assert traces(path, 1) > 400 and b"Q-ANNA" in on_disk(path)
    with Store(path) as store:
        assert delete(store, code="Q-ANNA") == ""
        (kept,) = store.walks()
        assert (kept.session, store.raw(kept)) == (2, RAW[2])
        assert len(store.full(kept).steps) == walks.walk(2).total
        counts = [store._connection.execute(f"SELECT count(DISTINCT session_id) FROM {name}") for name in TABLES]
        assert [count.fetchone()[0] for count in counts] == [1, 1, 1]
        assert traces(path, 1) == traces(path, 3) == 0, "already while the store is open"
    assert traces(path, 1) == traces(path, 3) == 0 and b"Q-ANNA" not in on_disk(path)
    assert traces(path, 2) > 400


TABLES = ("steps", "events", "journals")


def test_what_more_of_the_same_bytes_replaced_is_gone_as_well(path):
    with Store(path) as store:
        store.add(walks.walk(4, session=4, complete=False, settings={"code": "Q-HALF"}), b"x" * 9000)
        assert store.add(walks.walk(4, session=4, settings={"code": "Q-WHOLE"}), b"x" * 9001)
    assert b"Q-HALF" not in on_disk(path) and b"Q-WHOLE" in on_disk(path)


class NoVacuum:
    """A connection whose VACUUM meets a full disk."""

    def __init__(self, inner):
        self.inner = inner

    def execute(self, statement, *values):
        if statement == "VACUUM":
            raise sqlite3.OperationalError("database or disk is full")
        return self.inner.execute(statement, *values)

    def __getattr__(self, name):
        return getattr(self.inner, name)


def test_without_room_to_tidy_the_bytes_are_zeros_all_the_same(path):
    with Store(path) as store:
        store._connection = NoVacuum(store._connection)
        assert "did not become smaller" in delete(store, session=1)
    assert traces(path, 1) == 0 and traces(path, 2) > 400


def test_a_reader_delays_the_end_and_is_named(path):
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM sessions").fetchone()
    with Store(path, wait_s=0.05) as store:
        assert "when that one is closed" in delete(store, session=1)
        assert [walk.session for walk in store.walks()] == [2, 3]
    reader.close()
    assert traces(path, 1) == 0 and traces(path, 2) > 400


def test_a_locked_store_keeps_every_walk(path):
    other = sqlite3.connect(path, isolation_level=None)
    with Store(path, wait_s=0.05) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(errors.StoreBusy, match="is as it was"):
            delete(store, code="Q-ANNA")
        assert len(store.walks()) == 3
    other.close()


def test_a_mistake_in_the_middle_keeps_every_walk(path):
    with Store(path) as store:
        store._connection.execute(
            "CREATE TEMP TRIGGER late BEFORE DELETE ON main.sessions WHEN old.session = 3 "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        with pytest.raises(errors.StoreError):
            delete(store, code="Q-ANNA")
        assert len(store.walks()) == 3
        assert not store._connection.execute("SELECT 1 FROM deleted").fetchone()


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot limit the size of files")
def test_a_disk_that_refuses_to_write_keeps_every_walk(path):
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "import resource\n"
        "from retrostep_host import errors\n"
        "from retrostep_host.store import Store\n"
        f"with Store({str(path)!r}) as store:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "    try: store.delete(store.walks())\n"
        "    except errors.RetrostepError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "What was stored before is untouched" in done.stdout or "stored before is safe" in done.stdout, done
    with Store(path) as store:
        assert [store.raw(walk) for walk in store.walks()] == list(RAW.values())


# the board brings it back, or something else under its number ---------------------------------------------
def sync(board, store, tmp_path):
    client = Client(Wire(board.server, board.tick, Line([]), Line([])), patience_s=0.5)
    return fetch_all(client, client.hello(), keeper(store), tmp_path / "partial")


def bytes_of(board, number):
    data = bytearray(board.journal.table.size(number))
    board.journal.table.read(number, 0, data)
    return bytes(data)


def test_a_deleted_walk_that_the_board_still_offers_is_released_and_not_stored(tmp_path):
    board = Board()
    board.walk(40)
    data = bytes_of(board, 1)
    with Store(tmp_path / "s.sqlite3") as store:
        assert store.add(journal.decode(data), data)
        store.delete(store.walks())
        board.walk(70)
        result = sync(board, store, tmp_path)
        assert [(one.session.session, one.is_new, one.released) for one in result.fetched] == [
            (1, False, True),
            (2, True, True),
        ]
        assert store.was_deleted(result.fetched[0].session.sha1)
        assert [walk.session for walk in store.walks()] == [2] and board.journal.table.numbers() == []


def test_another_walk_under_the_number_of_a_deleted_one_is_stored(tmp_path):
    first, second = Board(), Board()
    first.walk(40)
    second.walk(41)
    with Store(tmp_path / "s.sqlite3") as store:
        sync(first, store, tmp_path)
        store.delete(store.walks())
        assert [one.is_new for one in sync(second, store, tmp_path).fetched] == [True]
        assert [walk.total for walk in store.walks()] == [41]


# choosing ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        ({"code": "Q-ANNA"}, [1, 3]),
        ({"session": (1, 2)}, [1, 2]),
        ({"since": "2026-11-26"}, [2, 3]),
        ({"until": "2026-11-26"}, [1, 2]),
        ({"since": "2026-11-26", "until": "2026-11-26", "code": "Q-BERT", "device": "E661"}, [2]),
        ({}, [1, 2, 3]),
    ],
)
def test_walks_are_chosen_by_what_all_filters_say(path, chosen, numbers):
    with Store(path) as store:
        assert [walk.session for walk in choose.walks(store, **chosen)] == numbers


def test_a_code_that_is_not_there_is_answered_with_those_that_are(path):
    with Store(path) as store, pytest.raises(errors.NoSuchSession, match=r"walk with the code Q-ANN .*Q-ANNA, Q-BERT"):
        choose.walks(store, code="Q-ANN")
