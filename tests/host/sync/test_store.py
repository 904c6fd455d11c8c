# SPDX-License-Identifier: MIT
"""The promise: what the store does not hold is never released, whatever number it carries."""

from retrostep_host import journal
from retrostep_host.store.sessions import Store
from retrostep_host.sync.client import Client
from retrostep_host.sync.session import fetch_all, keeper

from tests.faults.board import Board
from tests.faults.wire import Line, Wire


def sync(board, store, tmp_path):
    client = Client(Wire(board.server, board.tick, Line([]), Line([])), patience_s=0.5)
    return fetch_all(client, client.hello(), keeper(store), tmp_path / "partial")


def test_two_boards_with_one_id_keep_both_walks(tmp_path):
    first, second = Board(), Board()
    first.walk(40)
    second.journal.now = 5000
    second.walk(70)
    with Store(tmp_path / "s.sqlite3") as store:
        for board, steps in ((first, 40), (second, 70)):
            (one,) = sync(board, store, tmp_path).fetched
            assert (one.is_new, one.released) == (True, True) and board.journal.table.numbers() == []
            assert len(one.session.steps) == steps
        assert sorted(len(journal.decode(store.raw(walk)).steps) for walk in store.walks()) == [40, 70]


def test_a_walk_that_was_stored_but_not_released_is_released_the_next_time(tmp_path):
    board = Board()
    board.walk(40)
    data = bytearray(board.journal.table.size(1))
    board.journal.table.read(1, 0, data)
    with Store(tmp_path / "s.sqlite3") as store:
        store.add(journal.decode(bytes(data)), bytes(data))
        result = sync(board, store, tmp_path)
        assert [(one.is_new, one.released) for one in result.fetched] == [(False, True)] and not result.errors
        assert board.journal.table.numbers() == []
