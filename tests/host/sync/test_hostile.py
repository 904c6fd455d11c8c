# SPDX-License-Identifier: MIT
"""The promise: a walk is who it is. A board that was erased, one of an older firmware and one that lies cost no walk.

Here 15 seeds; 1,000 of them: `python bench/hostile.py`. A failure names its seed."""

import pytest
from retrostep.journal import block
from retrostep_host import journal
from retrostep_host.store import Store, copies

from tests.faults import forged, hostile
from tests.faults.board import Board


@pytest.mark.parametrize("seed", range(15), ids=lambda seed: f"seed-{seed}")
def test_boards_that_begin_again_and_boards_that_lie_cost_no_walk(seed, tmp_path):
    hostile.run(seed, tmp_path)


def test_the_net_catches_a_store_that_lets_every_copy_take_the_others_place(tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "compare", lambda stored, offered: copies.SAME if stored == offered else copies.MORE)
    with pytest.raises(AssertionError, match="is gone|shows other steps"):
        for seed in range(30):
            hostile.run(seed, tmp_path / str(seed))


def sync(board, folder):
    hostile._sync(board, None, hostile.Seen(), folder)


def stored(folder):
    with Store(folder / "store.sqlite3", write=False) as store:
        return [(walk.session, walk.boot, walk.total) for walk in store.walks()]


def unnumbered(size):
    """Of an older firmware."""
    return bytes(size)


@pytest.mark.parametrize("draw", [None, unnumbered], ids=["ours", "older"])
@pytest.mark.parametrize("counts", [(32, 0), (0, 32), (32, 5), (5, 32), (0, 0)])
def test_a_board_that_was_erased_whole_keeps_both_walks(tmp_path, draw, counts):
    options = {} if draw is None else {"draw": draw}
    for turn, count in enumerate(counts):
        board = Board(**options)
        board.journal.now = 500 * turn if counts == (0, 0) and draw else 0
        board.walk(count)
        sync(board, tmp_path)
        assert board.journal.table.numbers() == []
    assert sorted(stored(tmp_path)) == sorted((1, "1", count) for count in counts)


def blocks(raw):
    return [raw[at : at + block.SIZE] for at in range(0, len(raw), block.SIZE)]


@pytest.fixture(scope="module")
def raw():
    board = Board()
    board.walk(90)
    return forged.read_raw(board, 1)


@pytest.fixture(scope="module")
def half():
    """A walk that goes on: its bytes now, and when it has ended."""
    board = Board()
    board.walk(60, None)
    board.journal.step(board.journal.now + 2080)
    before = forged.read_raw(board, 1)
    board.journal.end(1)
    return before, forged.read_raw(board, 1)


def test_a_whole_walk_can_only_be_itself_or_less(raw):
    pieces = blocks(raw)
    assert len(pieces) == 3 and copies.compare(raw, raw) == copies.SAME
    assert copies.compare(raw, b"".join(pieces[:2])) == copies.LESS
    assert copies.compare(b"".join(pieces[1:3]), raw) == copies.MORE
    last = bytearray(pieces[-1])
    last[28:32] = (3).to_bytes(4, "little")
    assert copies.compare(raw, raw + forged.sealed(last)) == copies.OTHER, "what is whole does not become more"
    for kind in ("fewer", "none", "other", "time"):
        lie = b"".join(hostile._changed(piece, kind, hostile.random.Random(3)) for piece in pieces)
        assert lie != raw and copies.compare(raw, lie) == copies.OTHER, kind


def test_a_walk_that_was_copied_too_early_becomes_more(half):
    before, after = half
    assert before != after and copies.compare(before, after) == copies.MORE
    assert copies.compare(after, before) == copies.LESS
    changed = b"".join(hostile._changed(piece, "other", hostile.random.Random(1)) for piece in blocks(after))
    assert copies.compare(before, changed) == copies.OTHER


def test_two_parts_become_one_walk_and_less_of_it_is_let_go_as_well(raw, tmp_path):
    pieces = blocks(raw)
    with Store(tmp_path / "s") as store:
        for part in (pieces[:1], pieces[2:3]):
            data = b"".join(part)
            assert store.add(journal.decode(data), data)
        assert len(store.walks()) == 2
        assert store.add(journal.decode(raw), raw)
        (walk,) = store.walks()
        assert store.raw(walk) == raw and walk.complete
        damaged = pieces[0] + bytes(block.SIZE) + b"".join(pieces[2:])
        assert not store.add(journal.decode(damaged), damaged) and store.holds(journal.decode(damaged).sha1)
        assert [store.raw(walk) for walk in store.walks()] == [raw]


def test_blocks_of_two_walks_under_one_number_are_two_walks():
    boards = [Board(), Board()]
    raws = []
    for board in boards:
        board.walk(60)
        raws.append(forged.read_raw(board, 1))
    mixed = blocks(raws[0])[:1] + blocks(raws[1])[1:]
    found = journal.decode(b"".join(mixed))
    assert not found.complete and found.gaps and len(found.steps) < 60
