# SPDX-License-Identifier: MIT
"""Blocks whose CRC is right and whose content is nonsense: a firmware with a bug, or a forger. They are stored, shown
and exported as what they say, or refused in a sentence; neither the computer nor the board falls over them."""

import binascii
import json
import random
import struct

import pytest
from retrostep.journal import block, records
from retrostep_host import errors, journal
from retrostep_host.export import tables
from retrostep_host.report import page
from retrostep_host.store import Store, choose

from tests.faults.board import Board
from tests.faults.disk import Disk

CLOCKS = range(32, block.HEADER)  # of the header: index, UTC, zone, battery, stop, flags, rate
STRANGE = (0, 1, 0x7F, 0x80, 0xFF)


def sealed(data):
    data[block.CRC_AT :] = struct.pack("<I", binascii.crc32(data[: block.CRC_AT]))
    return bytes(data)


@pytest.fixture(scope="module")
def walked():
    board = Board()
    board.walk(60)
    out = bytearray(board.journal.table.size(1))
    board.journal.table.read(1, 0, out)
    return bytes(out)


def forged(walked, seed):
    """Some headers and some records overwritten, each block with a right CRC."""
    rng = random.Random(seed)
    blocks = []
    for at in range(0, len(walked), block.SIZE):
        data = bytearray(walked[at : at + block.SIZE])
        head = block.Header(data)
        harm = rng.randrange(4)
        if harm == 0:
            for place in range(head.header, head.end):
                if rng.random() < 0.05:
                    data[place] = rng.randrange(256)
        elif harm == 1:
            for _, start, size in list(records.walk(data, head.header, head.end)):
                for place in range(start, start + size):
                    if rng.random() < 0.2:
                        data[place] = rng.choice(STRANGE)
        elif harm == 2:
            for place in CLOCKS:
                if rng.random() < 0.3:
                    data[place] = rng.randrange(256)
        blocks.append(sealed(data))
    return b"".join(blocks)


@pytest.mark.parametrize("seed", range(60))
def test_nonsense_with_a_right_crc_is_stored_shown_and_exported(walked, tmp_path, seed):
    data = forged(walked, seed)
    try:
        session = journal.decode(data)
    except errors.DamagedJournal:
        return
    with Store(tmp_path / "s") as store:
        store.add(session, data)
        walks = [store.full(walk) for walk in store.walks()]
        assert sum(walks[0].counts.values()) == len(session.steps)
        page.render(walks)
        json.dumps([choose.summary(walk) for walk in walks])
        for walk in walks:
            store.traces(walk)
        tables.write(walks, tmp_path / "out")


def test_steps_at_one_instant_have_no_cadence():
    from retrostep_host.report import charts, measures

    assert charts._rate(measures.Bout("forward", 3.0, 3.0, 2)) == "–"


@pytest.fixture(scope="module")
def mirrors():
    board = Board(sectors=4)
    board.walk(200)
    board.journal.setting("code", "P7")
    board.walk(100)
    settle(board)
    return board.disk.mirrors


def settle(board):
    for _ in range(80):
        board.tick()


@pytest.mark.parametrize("field", ["session", "boot", "seq", "nth"])
@pytest.mark.parametrize("value", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_board_walks_on_from_any_number_in_a_header(mirrors, field, value):
    """One that fell over such a block fell over it at every boot."""
    at = {"session": 16, "boot": 20, "seq": 24, "nth": 28}[field]
    size = len(mirrors[0])
    places = [p for p in range(0, size, block.SIZE) if mirrors[0][p : p + 4] == block.MAGIC]
    for place in places:
        harmed = [bytearray(mirror) for mirror in mirrors]
        for mirror in harmed:
            data = mirror[place : place + block.SIZE]
            away = (value - place // block.SIZE) % (size // block.SIZE) if field == "seq" else 0
            struct.pack_into("<I", data, at, max(value - away, 0))  # a block is believed only in its own place
            mirror[place : place + block.SIZE] = sealed(data)
        board = Board(Disk(size, harmed))
        number = board.walk(20)
        settle(board)
        again = Board(board.disk.reboot())
        assert number in again.journal.table.numbers() and again.journal.boot > board.journal.boot
