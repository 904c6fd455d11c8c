# SPDX-License-Identifier: MIT
"""The promise: no number, whoever put it there, costs a walk or a boot; a walk's own number cannot repeat; a log of
version 1 is read, closed and handed over.

Forged numbers here for some seeds; 1,000 of them: `python bench/hostile.py`."""

import pytest
from retrostep.journal import block, recover
from retrostep_host import journal as host
from retrostep_host.sync import carve

from tests.faults import forged, version1
from tests.faults.board import Board
from tests.faults.disk import Disk

COUNT = 24  # blocks of a ring of three sectors
EDGES = sorted({edge + by for edge in forged.EDGES for by in (-1, 0, 1)} - {-1, 0x100000000})


@pytest.mark.parametrize("seed", range(120))
def test_forged_numbers_cost_no_other_walk(seed):
    forged.run(seed)


@pytest.mark.parametrize("value", EDGES, ids=hex)
@pytest.mark.parametrize("what", ["session", "boot", "seq", "nth"])
def test_what_is_written_after_a_number_at_a_limit_is_there_at_every_later_boot(what, value):
    board = Board(sectors=3)
    board.walk(10)
    first = board.walk(10)
    forged.settle(board)
    position, _ = forged.blocks(board.disk.mirrors[0])[-1]
    if what == "seq":
        value = max(value - (value - position) % COUNT, position)
    for mirror in board.disk.mirrors:
        at = position * block.SIZE
        mirror[at : at + block.SIZE] = forged.number(bytes(mirror[at : at + block.SIZE]), what, value)
    for _ in range(5):  # more than a turn of the ring: what was forged is written over
        board = Board(board.disk.reboot())
        walked = [board.walk(30), board.walk(20)]
        forged.settle(board)
        for session in board.journal.table.numbers():
            if session not in (1, *walked):
                board.journal.release(session, bytes(20))
        forged.settle(board)
        steps = {session: board.walked[session] for session in walked}
        board = Board(board.disk.reboot())
        assert [step.index for step in forged.read(board, 1).steps] == [100 + 60 * step for step in range(1, 11)]
        for session in walked:
            found = forged.read(board, session)
            assert found.complete and [step.index for step in found.steps] == steps[session]
    assert first


@pytest.mark.parametrize("session", [recover.JUMP, block.LARGEST, 0xFFFFFFFF])
@pytest.mark.parametrize("boot", [3, block.LARGEST, 0xFFFFFFFF])
def test_numbers_from_nvm_are_believed_as_far_as_a_board_can_have_come(session, boot):
    board = Board(sectors=3, marks=(session, boot, [(session & 0xFFFF, 2)]))
    for _ in range(3):
        number = board.walk(20)
        forged.settle(board)
        assert number <= recover.JUMP + 3 and board.journal.boot <= recover.JUMP + 3
        board = Board(board.disk.reboot(), marks=(session, boot, ()))
        assert len(forged.read(board, number).steps) == 20


def test_a_log_whose_numbers_end_goes_on_with_the_first():
    board = Board(sectors=3)
    board.walk(40)
    board.walk(10)
    forged.settle(board)
    wrap = board.journal.ring.wrap
    assert wrap % COUNT == 0 and wrap + COUNT > block.LARGEST
    away = (wrap - board.journal.ring.next_seq) // COUNT * COUNT
    for mirror in board.disk.mirrors:
        for at in range(0, len(mirror), block.SIZE):
            piece = bytes(mirror[at : at + block.SIZE])
            if block.check(piece):
                mirror[at : at + block.SIZE] = forged.number(piece, "seq", block.Header(piece).seq + away)
    truth = dict(board.walked)
    for _ in range(4):
        board = Board(board.disk.reboot())
        session = board.walk(60)
        truth[session] = board.walked[session]
        forged.settle(board)
        board = Board(board.disk.reboot())
        for session, steps in truth.items():
            assert [step.index for step in forged.read(board, session).steps] == steps
        if len(truth) > 3:
            gone = min(truth)
            truth.pop(gone)
            board.journal.release(gone, bytes(20))
            forged.settle(board)
    seqs = [block.Header(bytes(m[at : at + 512])).seq for m in board.disk.mirrors for at in range(0, len(m), 512)]
    assert min(seqs) < 100 and max(seqs) > wrap - COUNT, "it never came to the end of the numbers"


# a walk's own number ---------------------------------------------------------------------------------------
def heads(board):
    return [head for mirror in board.disk.mirrors for _, head in forged.blocks(mirror)]


def test_every_block_of_a_walk_carries_its_number_and_no_two_walks_share_one():
    numbers = set()
    for _ in range(20):  # erased whole each time: session 1, boot 1, sample 0 again
        board = Board()
        board.walk(60)
        board.walk(3)
        forged.settle(board)
        found: dict[int, set[bytes]] = {}
        for head in heads(board):
            found.setdefault(head.session, set()).add(head.number)
        assert sorted(found) == [1, 2] and all(len(one) == 1 for one in found.values())
        numbers |= found[1] | found[2]
    assert len(numbers) == 40 and block.UNKNOWN not in numbers


def test_a_walk_that_the_power_ended_keeps_its_number():
    board = Board(sectors=2)
    board.walk(58, None)
    for _ in range(3):
        board.journal.step(board.journal.now + 2080)
    before = {head.number for head in heads(board)}
    board = board.reboot()
    forged.settle(board)
    assert {head.number for head in heads(board)} == before and len(before) == 1
    assert forged.read(board, 1).number == before.pop().hex()


def test_housekeeping_has_no_number():
    board = Board()
    board.walk(3)
    board.journal.setting("code", "P-07")
    forged.settle(board)
    assert [head.number for head in heads(board) if head.session == block.HOUSE] == [block.UNKNOWN] * 2


# version 1 -------------------------------------------------------------------------------------------------
def test_a_board_with_a_log_of_version_1_keeps_it_closes_it_and_hands_it_over():
    board = Board(Disk(0, version1.mirrors()))
    assert board.facts.settings == {"code": "P-07"} and board.facts.memory == bytes(range(24))
    assert board.facts.closed == 2 and not board.facts.newer
    third = board.walk(20)
    forged.settle(board)
    for _ in range(2):
        for session, steps in {**version1.STEPS, third: board.walked[third]}.items():
            found = forged.read(board, session)
            assert found.complete and [step.index for step in found.steps] == steps
            assert bool(found.number) == (session == third) and found.journal_version == (2 if session == third else 1)
        walked = board.walked
        board = board.reboot()
        board.walked = walked


def test_a_walk_of_version_1_is_read_on_the_computer():
    pieces = [piece for mirror in version1.mirrors() for _, piece in host.blocks(bytes(mirror))]
    found = {one.session: host.decode(one.data) for one in carve.gather(pieces)}
    assert {session: [step.index for step in one.steps] for session, one in found.items()} == version1.STEPS
    assert all(one.number == "" for one in found.values())


def test_version_2_needs_its_longer_header():
    board = Board()
    board.walk(3)
    data = bytearray(forged.read_raw(board, 1)[: block.SIZE])
    assert (data[4], data[5]) == (2, 64) and block.check(data)
    data[5] = 60
    assert not block.check(forged.sealed(data))
    data[4] = 1
    assert block.check(forged.sealed(data)) and block.Header(data).number == block.UNKNOWN


def test_a_session_counts_on_over_a_number_whose_low_half_is_taken():
    board = Board(sectors=4)
    session = board.walk(3)
    forged.settle(board)
    for mirror in board.disk.mirrors:
        for position, head in forged.blocks(mirror):
            if head.session == session:
                at = position * block.SIZE
                mirror[at : at + block.SIZE] = forged.number(bytes(mirror[at : at + 512]), "session", 0x20003)
    board = Board(board.disk.reboot(), marks=(2, 1, ()))
    board.journal.last_session = 2
    assert board.walk(5) == 4, "3 has the low half of 20003h, which nobody fetched"
