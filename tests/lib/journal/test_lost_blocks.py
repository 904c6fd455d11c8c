# SPDX-License-Identifier: MIT
"""The promise: a block that is gone from both mirrors is named, the last one of a walk too.

Here some seeds; 1,000 of them: `python bench/hostile.py`."""

import pytest
from retrostep import events
from retrostep.journal import block

from tests.faults import forged
from tests.faults.board import Board
from tests.oracle import reader


@pytest.mark.parametrize("seed", range(150))
def test_a_block_that_is_gone_from_both_mirrors_is_named(seed):
    forged.lose(seed)


def destroy(board, session, which=-1):
    """One block of a session, in both mirrors. Returns the drive at the next power-up."""
    disk = board.disk.reboot()
    for mirror in disk.mirrors:
        there = sorted((head.nth, position) for position, head in forged.blocks(mirror) if head.session == session)
        if there:
            at = there[which][1] * block.SIZE
            mirror[at : at + block.SIZE] = bytes(block.SIZE)
    return disk


@pytest.mark.parametrize("end", [events.END_BUTTON, None], ids=["ended", "power"])
@pytest.mark.parametrize("steps", [5, 60, 200])
def test_the_last_block_of_the_newest_walk_leaves_a_hole(steps, end):
    board = Board()
    session = board.walk(steps, end)
    for _ in range(4):
        board.journal.step(board.journal.now + 2080)
    whole = forged.read(board, session)
    disk = destroy(board, session)
    assert reader.lost_tail(disk.mirrors) == (session, len(forged.read_raw(board, session)) // block.SIZE - 1)
    board = Board(disk)
    for _ in range(2):
        found = forged.read(board, session)
        assert not found.complete and sum(gap.blocks for gap in found.gaps) == 1 and found.end == "power"
        assert len(found.steps) < len(whole.steps) == steps
        forged.settle(board)
        board = board.reboot()


def test_a_walk_of_one_block_that_is_gone_is_named_by_what_nvm_keeps():
    board = Board()
    for steps in (3, 4, 5):
        board.walk(steps)
    forged.settle(board)
    disk = destroy(board, 1)
    board = Board(disk, marks=board.marks())
    assert board.journal.table.numbers() == [1, 2, 3]
    found = forged.read(board, 1)
    assert found.gaps and not found.complete and not found.steps
    assert [len(forged.read(board, session).steps) for session in (2, 3)] == [4, 5]


def test_what_was_released_is_never_missed():
    board = Board()
    for _ in range(2):
        board.walk(30)
    marks = board.marks()
    board.journal.release(1, bytes(20))
    board.journal.release(2, bytes(20))
    forged.settle(board)
    assert Board(board.disk.reboot(), marks=marks).journal.table.numbers() == []


def test_an_empty_log_is_told_as_such_and_not_as_walks_that_are_missing():
    board = Board(marks=(5, 3, [(4, 2), (5, 1)]))
    assert board.facts.vanished and board.journal.table.numbers() == [] and board.walk(3) == 6


def test_the_empty_block_ahead_is_no_part_of_the_walk():
    board = Board()
    board.walk(60)
    forged.settle(board)
    data = forged.read_raw(board, 1)
    empty = [head for mirror in board.disk.mirrors for head in every(mirror) if not head.used]
    assert [(head.session, head.nth) for head in empty] == [(1, len(data) // block.SIZE)] * 2
    assert all(head.used for head in every(data))
    board.journal.setting("code", "P-07")
    forged.settle(board)
    assert not [head for mirror in board.disk.mirrors for head in every(mirror) if not head.used], "its place was taken"


def every(data):
    pieces = (bytes(data[at : at + block.SIZE]) for at in range(0, len(data), block.SIZE))
    return [block.Header(piece) for piece in pieces if block.check(piece)]
