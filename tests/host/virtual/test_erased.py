# SPDX-License-Identifier: MIT
"""The whole firmware: a board whose flash was erased whole counts from 1 again, and a block that is gone is named."""

import os
import shutil

import pytest
from retrostep.journal import block
from retrostep_host import recordings
from retrostep_host.store import Store
from retrostep_host.sync.client import Client
from retrostep_host.sync.port import SerialPort
from retrostep_host.sync.session import fetch_all, keeper
from retrostep_host.virtual import walks
from retrostep_host.virtual.board import VirtualBoard

from tests.faults import forged
from tests.host.virtual import wearable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
WALK = "stand 2 s\nforward 8 strides\nbackward 8 strides\nstand 1 s\n"


def synced(folder, script, press=False):
    """Walk and sync; what the store has then."""
    stream = recordings.stream(walks.generate(script, 3))
    with VirtualBoard(folder / "drive", folder / "ports", stream) as board, Store(folder / "s.sqlite3") as store:
        if press:
            board.wait_for("ready")
            board.control("button", press="short")
        board.wait_for("ended")
        assert wearable.until(lambda: (folder / "ports" / "data").exists())
        with SerialPort(str(folder / "ports" / "data")) as port:
            client = Client(port)
            result = fetch_all(client, client.hello(), keeper(store), folder / "partial")
        assert [one.released for one in result.fetched] and all(one.released for one in result.fetched)
        board.control("quit")
        return [(walk.session, walk.boot, walk.total, walk.complete, walk.gaps) for walk in store.walks()]


def test_two_walks_with_an_erased_flash_between_them_are_both_kept(tmp_path):
    assert synced(tmp_path, WALK) == [(1, "1", 32, True, 0)]
    shutil.rmtree(tmp_path / "drive" / "journal")
    (tmp_path / "drive" / ".nvm").unlink()
    found = synced(tmp_path, "stand 12 s\n", press=True)
    assert sorted(found) == [(1, "1", 0, True, 0), (1, "1", 32, True, 0)]


@pytest.mark.parametrize("script", [WALK, "stand 2 s\nforward 3 strides\nstand 1 s\n"], ids=["two blocks", "one block"])
def test_a_walk_whose_last_block_is_gone_from_both_mirrors_is_not_whole(tmp_path, script):
    (walk,) = wearable.walk(tmp_path, recordings.stream(walks.generate(script, 3)))
    assert walk.complete and walk.steps
    for log in sorted((tmp_path / "drive").glob("journal/*/log.bin")):
        data = bytearray(log.read_bytes())
        position, head = max(forged.blocks(data), key=lambda one: (one[1].session, one[1].nth))
        assert head.session == 1
        data[position * block.SIZE : (position + 1) * block.SIZE] = bytes(block.SIZE)
        log.write_bytes(data)
    (session, _, total, complete, gaps) = synced(tmp_path, "stand 3 s\n")[0]
    assert session == 1 and total < len(walk.steps) and not complete and gaps == 1
