# SPDX-License-Identifier: MIT
"""What the board answers, and what it refuses."""

import hashlib
import struct
from datetime import UTC, datetime

import pytest
from retrostep import JOURNAL_VERSION, LINK_VERSION, events
from retrostep.link import frames, messages, verbs
from retrostep_host import reasons
from retrostep_host.errors import BadSetting, BoardRefused, LinkBroken
from retrostep_host.sync.client import Client
from retrostep_host.sync.session import Clock, back_date

from tests.faults import cuts
from tests.faults.board import Board
from tests.faults.wire import Line, Wire


def pair(board=None):
    board = board or Board()
    return board, Client(Wire(board.server, board.tick, Line([]), Line([])), patience_s=0.5)


def data_of(client, session, size):
    out = bytearray()
    client.read(session, 0, size, out.extend)
    return bytes(out)


def test_hello_names_board_boot_and_versions():
    board, client = pair()
    hello = client.hello()
    assert (hello.link_version, hello.journal_version) == (LINK_VERSION, JOURNAL_VERSION)
    assert hello.device == cuts.DEVICE.hex()
    assert hello.boot == board.journal.boot and hello.running == 0 and not hello.locked
    assert hello.firmware == "0.1.0" and hello.index <= board.journal.now


def test_list_reaches_every_session_over_many_pages():
    board = Board(sectors=64)
    for _ in range(11):
        board.walk(5)
    _, client = pair(board)
    entries = client.list()
    assert [entry.session for entry in entries] == list(range(1, 12))
    assert {entry.cause for entry in entries} == {events.END_BUTTON} and len({e.tag for e in entries}) == 11


def test_release_needs_the_hash_of_the_whole_session():
    board, client = pair()
    session = board.walk(100)
    size = client.list()[0].size
    data = data_of(client, session, size)
    with pytest.raises(BoardRefused, match="hash"):
        client.release(session, hashlib.sha1(data[:-512]).digest())
    assert board.journal.table.numbers() == [session]
    assert client.hash(session) == (size, hashlib.sha1(data).digest())
    client.release(session, hashlib.sha1(data).digest())
    assert board.journal.table.numbers() == [] and board.journal.settled()
    client.release(session, hashlib.sha1(data).digest())  # asked twice: fine again


def test_release_is_on_flash_when_it_is_answered():
    board, client = pair()
    session = board.walk(60)
    client.release(session, client.hash(session)[1])
    assert board.reboot().journal.table.numbers() == []


def test_a_running_session_is_neither_hashed_nor_released_and_can_be_ended():
    board, client = pair()
    session = board.walk(40, None)
    assert client.hello().running == session
    for ask in (lambda: client.hash(session), lambda: client.release(session, bytes(20))):
        with pytest.raises(BoardRefused, match="running"):
            ask()
    assert client.end() == session and client.end() == 0
    assert client.list()[0].cause == events.END_LINK


@pytest.mark.parametrize("offset", [0, 1, 511, 512, 513, 1000])
def test_reading_goes_on_at_any_offset(offset):
    board, client = pair()
    session = board.walk(90)
    whole = data_of(client, session, client.list()[0].size)
    rest = bytearray()
    client.read(session, offset, len(whole), rest.extend)
    assert bytes(rest) == whole[offset:]


def test_what_is_not_there_is_refused():
    board, client = pair()
    board.walk(10)
    with pytest.raises(BoardRefused, match="no such session"):
        data_of(client, 77, 512)
    with pytest.raises(BoardRefused, match="beyond"):
        client.read(1, 10**6, 10**6 + 1, lambda piece: None)
    with pytest.raises(BoardRefused, match="does not know"):
        client.request(99)
    with pytest.raises(BoardRefused, match="could not be read"):
        client.request(messages.READ, b"\1")


def test_settings_are_checked_on_both_sides_kept_and_read_back():
    board, client = pair()
    client.set("steps_goal", 1500)
    client.set("code", "P-11")
    assert client.settings()["steps_goal"] == 1500 and client.settings()["code"] == "P-11"
    with pytest.raises(BadSetting, match="cannot be 90000"):
        client.set("steps_goal", 90000)
    for payload in (b"\6\0" + struct.pack("<i", 90000), b"\1\1sock", b"\xfa\0" + bytes(4), b"\6\0"):
        with pytest.raises(BoardRefused, match="not allowed"):
            client.request(messages.SET, payload)
    for _ in range(20):
        board.tick()
    assert board.reboot().facts.settings == {"steps_goal": 1500, "code": "P-11"}


def test_a_setting_sent_twice_is_one_record():
    board, client = pair()
    client.set("steps_goal", 1500)
    before = board.journal.records
    client.set("steps_goal", 1500)
    assert board.journal.records == before


def test_time_dates_a_session_that_ran_without_a_clock():
    board, client = pair()
    board.walk(104)
    index = client.set_time(1_795_510_800_000_000, 60)
    entry = client.list()[0]
    from retrostep_host import journal

    session = journal.decode(data_of(client, 1, entry.size))
    assert session.start_utc is None
    back_date(session, Clock(entry.boot, index, 1_795_510_800_000_000, 60))
    ago = (index - session.start_index) / 104
    assert datetime(2026, 11, 24, 9, 0, tzinfo=UTC).timestamp() - session.start_utc.timestamp() == pytest.approx(ago)
    assert session.start_utc.utcoffset().total_seconds() == 3600
    session.start_utc = None
    back_date(session, Clock(entry.boot + 1, index, 1_795_510_800_000_000, 60))
    assert session.start_utc is None, "another boot's clock says nothing"


@pytest.mark.parametrize(("utc_us", "offset"), [(2**64 - 1, 0), (0, 0), (1_795_510_800_000_000, 10_000)])
def test_a_time_nobody_lives_in_is_refused(utc_us, offset):
    """Found by bench/fuzz.py: a clock near 2^64 stopped the server at the next block."""
    board, client = pair()
    with pytest.raises(BoardRefused):
        client.set_time(utc_us, offset)
    assert board.journal.clock is None and board.walk(5)


def test_live_events_arrive_while_a_session_is_read():
    board, client = pair()
    board.walk(150)
    got = []
    client.on_stream = got.append
    client.stream(True)
    for i in range(5):
        board.server.event(cuts.step(1000 + i, i))
    data_of(client, 1, client.list()[0].size)
    client.listen(0.1)  # a bulk is not interrupted
    from retrostep.journal import records

    kinds = [kind for payload in got for kind, _, _ in records.walk(payload, 11, len(payload))]
    assert kinds == [events.STEP] * 5
    client.stream(False)
    board.server.event(cuts.step(2000))
    assert not board.server.busy


def test_a_slow_computer_loses_live_frames_and_is_told_how_many():
    board, client = pair()
    client.stream(True)
    got = []
    client.on_stream = got.append
    for i in range(200):
        board.server.event(cuts.step(1000 + 60 * i, 2 * i))
    while client._receive(client.port.now() + 0.2):
        pass
    lost = sum(struct.unpack_from(messages.STREAM_HEAD, payload, 1)[1] for payload in got)
    assert lost > 100


def test_a_silent_board_is_a_sentence_and_not_a_hang():
    board, client = pair()
    board.server.feed = lambda data: None
    with pytest.raises(LinkBroken, match="stopped answering"):
        client.hello()
    assert client.port.now() < 5


def test_erase_needs_the_boards_own_id():
    board, client = pair()
    board.walk(30)
    with pytest.raises(BoardRefused):
        client.erase("00" * 8)
    assert client.erase(cuts.DEVICE.hex()) == 1 and client.list() == []


def test_a_frame_never_holds_a_zero_and_never_exceeds_its_limit():
    for size in range(frames.MOST + 1):
        for fill in (0, 1, 255):
            wire = frames.encode(1, 0x100, bytes([fill]) * size)
            assert len(wire) <= 254 and b"\0" not in wire[1:-1] and 0xFF not in wire[1:2]
            assert frames.Splitter().feed(wire) == [(1, 0x100, bytes([fill]) * size)]


def pour(board, session, offset, count):
    """What leaves the board for a bulk request, with nobody who understands it."""
    return said(board, messages.BULK, struct.pack("<III", session, offset, count))


def said(board, verb, payload):
    board.server.feed(frames.encode(verb, 5, payload))
    out = bytearray()
    while board.server.busy:
        piece = bytes(board.server.poll())
        board.server.sent(len(piece))
        out += piece
    return bytes(out)


def test_a_bulk_is_one_frame_and_the_bytes_as_they_are():
    board, client = pair()
    session = board.walk(200)
    size = client.list()[0].size
    assert size > 3 * 512
    out = pour(board, session, 512, size)
    head, raw = out[: out.index(0, 1) + 1], out[out.index(0, 1) + 1 :]
    (frame,) = frames.Splitter().feed(head)
    assert frame == (messages.BULK | messages.REPLY, 5, b"\0" + struct.pack("<II", 512, size - 512))
    framed = frames.Splitter().feed(said(board, messages.READ, struct.pack("<III", session, 512, size)))
    assert raw == b"".join(payload[9:] for _, _, payload in framed)


@pytest.mark.parametrize(
    ("session", "offset", "reason"),
    [(1, 100, "bad_offset"), (1, 512 * 99, "bad_offset"), (9, 0, "no_session")],
)
def test_a_bulk_that_cannot_be_is_refused(session, offset, reason):
    board, _ = pair()
    board.walk(30)
    (frame,) = frames.Splitter().feed(pour(board, session, offset, 512))
    assert frame[2][0] == reasons.NUMBER[reason]


def test_a_request_ends_a_bulk():
    board, client = pair()
    session = board.walk(900)
    size = client.list()[0].size
    assert size > 2 * verbs.PIECE
    board.server.feed(frames.encode(messages.BULK, 5, struct.pack("<III", session, 0, size)))
    for _ in range(2):  # the head, the first piece
        board.server.sent(len(board.server.poll()))
    board.server.feed(frames.encode(messages.END, 6, b""))
    assert frames.Splitter().feed(bytes(board.server.poll()))[0][:2] == (messages.END | messages.REPLY, 6)
    board.server.sent(len(board.server.poll()))
    assert not board.server.poll() and not board.server.busy


def test_a_walk_comes_whole_from_a_board_that_has_little_room_or_knows_no_bulk(monkeypatch):
    small = bytearray(512)
    for change in (lambda board: monkeypatch.setattr(board.server, "_piece", small), forget_bulk(monkeypatch)):
        board, client = pair()
        session = board.walk(200)
        change(board)
        data = data_of(client, session, client.list()[0].size)
        assert client.hash(session) == (len(data), hashlib.sha1(data).digest())


def forget_bulk(monkeypatch):
    return lambda board: monkeypatch.delitem(messages.REQUESTS, messages.BULK)


def test_a_block_that_went_bad_on_one_mirror_comes_from_the_other():
    board, client = pair()
    session = board.walk(300)
    size = client.list()[0].size
    whole = data_of(client, session, size)
    poured = board.journal.ring.turn ^ 1
    mirror = board.disk.mirrors[poured]
    at = mirror.find(whole[1024:1536])
    assert at >= 0
    mirror[at + 100] ^= 0xFF
    assert whole not in pour(board, session, 0, size), "the bulk does not hold the harm: the test shows nothing"
    assert data_of(client, session, size) == whole and client.repeats == 1


def test_what_is_said_to_the_coach_alone_stays_off_the_stream():
    board, client = pair()
    client.stream(True)
    for kind in (events.TURN, events.DOUBT, events.CHECK):
        board.server.event(events.Event(kind, 10))
    assert not board.server.busy


def test_a_walk_is_asked_for_and_an_older_board_says_that_it_does_not_know(monkeypatch):
    board, client = pair()
    asked = []
    board.server.hooks.start = lambda: asked.append(1)
    client.start()
    assert asked == [1]
    monkeypatch.delitem(messages.REQUESTS, messages.START)
    with pytest.raises(BoardRefused) as refused:
        client.start()
    assert refused.value.number == reasons.NUMBER["unknown_verb"] and asked == [1]
