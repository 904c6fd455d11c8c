# SPDX-License-Identifier: MIT
"""The promise: half-made copies lie in a folder of our own; what somebody else put there is not written through."""

import os
import stat

import pytest
from retrostep_host.errors import NotOurs
from retrostep_host.store import Store
from retrostep_host.sync import partials
from retrostep_host.sync.client import Client
from retrostep_host.sync.session import fetch_all, keeper

from tests.faults.board import Board
from tests.faults.wire import Line, Wire

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no links, pipes and owners of this kind")


def sync(board, folder, cut=None):
    wire = Wire(board.server, board.tick, Line([]), Line([]), cut)
    client = Client(wire, tries=2, patience_s=0.2)
    with Store(folder / "s.sqlite3") as store:
        try:
            return fetch_all(client, client.hello(), keeper(store), folder / "partial")
        finally:
            wire.close()


@pytest.fixture
def half(tmp_path):
    """A sync that was cut in the second of two walks; the name of the half-made copy."""
    board = Board()
    board.walk(40)
    board.walk(300)
    with pytest.raises(Exception, match="pulled|answering"):
        sync(board, tmp_path, cut=6000)
    (path,) = (tmp_path / "partial").iterdir()
    return board, path


def test_folder_and_copies_are_for_their_owner_only(half, tmp_path):
    old = os.umask(0)
    try:
        board, path = half
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700 and stat.S_IMODE(path.stat().st_mode) == 0o600
        path.parent.chmod(0o777)
        path.chmod(0o666)
        with partials.open_copy(path):
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700 and stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(old)
    assert [one.released for one in sync(board, tmp_path).fetched] == [True] and not list(path.parent.iterdir())


PLANTED = {
    "a link": lambda path, other: path.symlink_to(other),
    "a link to nothing": lambda path, other: path.symlink_to(other.parent / "new"),
    "a second name": lambda path, other: path.hardlink_to(other),
    "a pipe": lambda path, other: os.mkfifo(path),
    "a folder": lambda path, other: path.mkdir(),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_stands_in_the_place_of_a_copy_is_left_alone(half, tmp_path, what):
    board, path = half
    other = tmp_path / "precious"
    other.write_bytes(b"mine")
    path.unlink()
    PLANTED[what](path, other)
    result = sync(board, tmp_path)
    assert [type(error) for error in result.errors] == [NotOurs] and str(path) in str(result.errors[0])
    assert other.read_bytes() == b"mine" and not (tmp_path / "new").exists()
    assert board.journal.table.numbers() == [2], "the walk is still on the board"
    assert partials.remove(path.parent) == (1 if what == "a second name" else 0) and other.read_bytes() == b"mine"


@pytest.mark.parametrize("what", ["a link", "a pipe"])
def test_another_folder_in_the_place_of_ours_is_left_alone(tmp_path, what):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "old.part").write_bytes(b"mine")
    PLANTED[what](tmp_path / "partial", tmp_path / "elsewhere")
    board = Board()
    board.walk(20)
    result = sync(board, tmp_path)
    assert [type(error) for error in result.errors] == [NotOurs] and board.journal.table.numbers() == [1]
    with pytest.raises(NotOurs):
        partials.remove(tmp_path / "partial")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["old.part"]
