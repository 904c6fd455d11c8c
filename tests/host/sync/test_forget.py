# SPDX-License-Identifier: MIT
"""The promise: a board is called erased only after its flash holds no walk any more."""

import pytest
from retrostep.journal import block
from retrostep_host import journal
from retrostep_host.errors import BoardRefused, LinkBroken
from retrostep_host.sync import forget, partials
from retrostep_host.sync.client import Client

from tests.faults.board import Board
from tests.faults.wire import Line, Wire


def linked(board, tick=None):
    client = Client(Wire(board.server, tick or board.tick, Line([]), Line([])), patience_s=0.5)
    return client, client.hello()


def owners(board):
    return {head.session for mirror in board.disk.mirrors for head, _ in journal.blocks(bytes(mirror))}


@pytest.mark.parametrize("released", [False, True])
def test_both_mirrors_hold_no_walk_when_it_returns(tmp_path, released):
    board = Board()
    for steps in (40, 200):
        board.walk(steps)
    client, hello = linked(board)
    if released:
        for entry in client.list():
            client.release(entry.session, client.hash(entry.session)[1])
    assert owners(board) >= {1, 2}
    shown = []
    assert forget.board(client, hello, tmp_path, lambda *now: shown.append(now)) == (0 if released else 2)
    assert owners(board) <= {block.HOUSE} and client.list() == []
    assert shown == sorted(shown) and shown[-1][0] >= shown[-1][1] - 8


def test_a_board_that_pauses_longer_than_it_takes_others_to_finish_is_waited_for(tmp_path):
    board = Board()
    board.walk(200)
    client, hello = linked(board)
    last = [client.port.now()]

    def slow():
        if client.port.now() - last[0] > forget.STEADY_S + 1:
            last[0] = client.port.now()
            board.tick()

    client.port.tick = slow
    forget.board(client, hello, tmp_path)
    assert owners(board) <= {block.HOUSE}


def test_a_board_that_stops_writing_is_not_called_erased(tmp_path):
    board = Board()
    board.walk(200)
    left = [8]

    def tires():
        left[0] -= 1
        if left[0] > 0:
            board.tick()

    client, hello = linked(board, tires)
    with pytest.raises(BoardRefused, match="walks may still be on it"):
        forget.board(client, hello, tmp_path)
    assert 1 in owners(board)


def test_a_drive_that_refuses_is_not_called_erased(tmp_path):
    board = Board()
    board.walk(200)
    client, hello = linked(board)

    def refuse(*_):
        raise OSError(5)

    board.disk.write = refuse
    with pytest.raises(BoardRefused, match="walks may still be on it"):
        forget.board(client, hello, tmp_path)
    assert 1 in owners(board)


def test_one_mirror_that_refuses_is_not_called_erased_even_if_the_drive_refused_before(tmp_path):
    board = Board()
    board.walk(200)
    board.journal.ring.errors = 1
    client, hello = linked(board)
    write = board.disk.write

    def refuse(mirror, *rest):
        if mirror:
            raise OSError(5)
        write(mirror, *rest)

    board.disk.write = refuse
    with pytest.raises(BoardRefused, match="walks may still be on it"):
        forget.board(client, hello, tmp_path)
    assert 1 in owners(board)


def test_a_walk_under_way_is_not_erased(tmp_path):
    board = Board()
    board.walk(40, end=None)
    client, hello = linked(board)
    with pytest.raises(BoardRefused, match="still running"):
        forget.board(client, hello, tmp_path)
    assert client.list()


def test_a_cable_out_and_erasing_again_leaves_nothing(tmp_path):
    board = Board()
    board.walk(200)
    client, hello = linked(board)
    receive = client.status
    calls = [0]

    def breaks():
        calls[0] += 1
        if calls[0] > 9:  # it is told, and has had a second
            raise LinkBroken("gone")
        return receive()

    client.status = breaks
    with pytest.raises(LinkBroken, match="was cut off"):
        forget.board(client, hello, tmp_path)
    board = board.reboot()  # the power went with the cable
    assert board.journal.table.numbers() == [], "what was asked to be forgotten is not offered again"
    client, hello = linked(board)
    assert forget.board(client, hello, tmp_path) == 0
    assert owners(board) <= {block.HOUSE}


def test_partial_copies_go_by_board_and_session(tmp_path):
    for name in ("aa-1-00.part", "aa-12-00.part", "bb-1-00.part"):
        (tmp_path / name).write_bytes(b"x")
    assert partials.remove(tmp_path, "aa-1-*.part") == 1
    assert partials.remove(tmp_path, "aa-*.part") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bb-1-00.part"]
    assert partials.remove(tmp_path / "nowhere") == 0
