# SPDX-License-Identifier: MIT
"""The promise: docs/formats.md is enough. A reader written from it alone reads what we write, and its examples."""

import re
from pathlib import Path

from retrostep import events
from retrostep.journal import records
from retrostep.link import frames, messages
from retrostep_host import journal as host

from tests.faults import cuts, version1
from tests.faults.board import Board
from tests.oracle import reader

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")


def example_block():
    text = re.search(r"```hex block\n(.*?)```", PAGE, re.S).group(1)
    data = bytearray(512)
    for line in text.splitlines():
        at, *digits = line.split()
        data[int(at) : int(at) + 16] = bytes.fromhex("".join(digits))
    return bytes(data)


def test_the_block_on_the_page_reads_as_the_page_says():
    data = example_block()
    for found in (reader.block(data),):
        assert (found["session"], found["boot"], found["seq"], found["nth"], found["index"]) == (1, 1, 2, 0, 1000)
        assert reader.steps([found]) == [(1104, 128, "backward", False, 230), (1166, 64, "backward", True, 230)]
        assert reader.end([found]) == (True, events.END_BUTTON)
        assert found["number"] == "5ae3914c07b26fd8"
    session = host.decode(data)
    assert session.number == "5ae3914c07b26fd8"
    assert session.complete and session.end == "button" and session.side == "left" and session.firmware == "0.1.0"
    assert [(s.index, s.direction, s.inferred, s.stride_time_s) for s in session.steps] == [
        (1104, "backward", False, 1.21),
        (1166, "backward", True, None),
    ]
    assert session.start_utc.isoformat(timespec="milliseconds") == "2026-11-24T10:00:09.615+01:00"


def test_the_frames_on_the_page_read_as_the_page_says():
    wires = [bytes.fromhex(text) for text in re.findall(r"```hex frame\n(.*?)```", PAGE, re.S)]
    hello, hashed = (reader.frame(wire.strip(b"\0")) for wire in wires)
    assert hello == (messages.HELLO, 7, b"\1") and frames.encode(*hello) == wires[0]
    assert hashed[:2] == (messages.HASH | messages.REPLY, 8) and frames.encode(*hashed) == wires[1]
    for wire, frame in zip(wires, (hello, hashed), strict=True):
        assert frames.Splitter().feed(wire) == [frame]


def test_the_oracle_reads_version_1():
    there = reader.sessions(version1.mirrors())
    assert {session: [step[0] for step in reader.steps(blocks)] for session, blocks in there.items()} == version1.STEPS
    assert {one["number"] for blocks in there.values() for one in blocks} == {"00" * 8}


def test_the_oracle_and_our_reader_agree_on_what_boards_write():
    board = Board(sectors=8)
    for count, end in ((3, events.END_BUTTON), (150, events.END_USB), (60, None)):
        board.walk(count, end)
    board.journal.release(1, bytes(20))
    board.journal.append(cuts.step(board.journal.now + 10))
    board.walked[3].append(board.journal.now + 10)
    board = board_after_settling(board).reboot()
    there = reader.sessions(board.disk.mirrors)
    assert sorted(there) == board.journal.table.numbers() == [2, 3]
    for session, blocks in there.items():
        data = bytearray(board.journal.table.size(session))
        board.journal.table.read(session, 0, data)
        ours = host.decode(bytes(data))
        theirs = reader.steps(blocks)
        assert [(s.index, s.direction, s.inferred) for s in ours.steps] == [(i, d, f) for i, _, d, f, _ in theirs]
        assert [s.index for s in ours.steps] == board.walked[session][: len(ours.steps)]
        if session == 2:  # 3 is closed in RAM only so far
            assert (ours.complete, events.ENDS.index(ours.end)) == reader.end(blocks)


def board_after_settling(board):
    for _ in range(20):
        board.journal.step(board.journal.now + 2080)
    assert board.journal.settled()
    return board


def test_every_event_kind_and_layout_is_on_the_page():
    section = PAGE.split("### Record")[1].split("### A session")[0]
    rows = re.findall(r"^\| (\d+) \| (\w+) \| ([^|]*)\|", section, re.M)
    cells = {int(kind): (name, fields) for kind, name, fields in rows}
    types = {"B": "u8", "H": "u16", "I": "u32", "Q": "u64", "h": "i16"}
    for kind, (name, _, _, stored) in events.KINDS.items():
        if not stored:
            continue
        assert cells[kind][0] == name
        words, tail = records.NAMES[kind]
        ours = [f"{types[code]} {word}" for code, word in zip(records.LAYOUT[kind][1:], words.split(), strict=True)]
        page = cells[2 if "as stumble" in cells[kind][1] else kind][1]
        assert re.findall(r"[ui]\d+ \w+", page) == ours, f"{name}: the page and records.py differ"
        assert reader.FIELDS[kind] == (" ".join(ours), tail or None), f"{name}: the oracle is out of date"


def test_every_verb_is_on_the_page():
    for name, number in vars(messages).items():
        if name.isupper() and "_" not in name and isinstance(number, int) and number in messages.REQUESTS:
            assert f"| {number} | {name.lower()} |" in PAGE, f"verb {name} is not in formats.md"
