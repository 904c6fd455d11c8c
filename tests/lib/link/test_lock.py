# SPDX-License-Identifier: MIT
"""The lock: only who knows the PIN is answered, as long as that computer goes on talking, whatever others try."""

import hashlib
import struct

import pytest
from retrostep.link import frames, lock, messages, verbs
from retrostep_host.errors import BadAnswer, BoardRefused
from retrostep_host.sync import pins
from retrostep_host.sync.client import Client

from tests.faults import cuts
from tests.faults.board import Board
from tests.faults.wire import Line, Wire

from .test_link import data_of, pair

PIN = "730528"


def locked(steps=20):
    board, client = pair()
    board.walk(steps)
    client.set_pin(PIN, rounds=lock.LEAST_ROUNDS)
    board.server.disconnect()
    return board, client


def another(board):
    """A second program at the same port, which the board did not see being opened."""
    return Client(Wire(board.server, board.tick, Line([]), Line([])), patience_s=0.5)


def test_a_locked_board_answers_hello_only():
    board, client = locked()
    assert client.hello().locked
    asked = {messages.LIST: bytes(4), messages.END: b"", messages.PIN: b"\0", messages.ERASE: cuts.DEVICE}
    for verb, payload in asked.items():
        with pytest.raises(BoardRefused, match="locked"):
            client.request(verb, payload)
    assert board.journal.table.numbers() == [1]


def test_the_pin_opens_it_until_the_port_is_closed():
    board, client = locked()
    client.unlock(PIN, client.hello())
    assert len(client.list()) == 1
    board.server.disconnect()
    with pytest.raises(BoardRefused, match="locked"):
        client.list()


def test_who_takes_over_the_port_is_locked_out_though_nobody_saw_it_closed():
    board, client = locked()
    for seed in range(64):
        client.unlock(PIN, client.hello())
        assert len(client.list()) == 1
        thief = another(board)
        thief._number = (client._number + 1000 + 997 * seed) & 0xFFFF
        with pytest.raises(BoardRefused, match="locked"):
            thief.request(messages.LIST, bytes(4))
        with pytest.raises(BoardRefused, match="locked"):
            client.list()


def test_a_takeover_ends_what_was_under_way():
    board, client = locked(900)
    client.unlock(PIN, client.hello())
    client.stream(True)
    client._send(messages.BULK, struct.pack("<III", 1, 0, 1 << 20))
    board.server.sent(len(board.server.poll()))
    assert board.server.bulk and board.server.stream_id >= 0
    thief = another(board)
    thief._number = (client._number + 5000) & 0xFFFF
    assert thief.hello().locked
    assert not board.server.bulk and board.server.stream_id < 0 and not board.server.busy


def test_a_locked_board_gives_a_walk_piece_by_piece_and_whole():
    board, client = locked(900)
    client.unlock(PIN, client.hello())
    size = client.list()[0].size
    assert size > 2 * verbs.PIECE
    client._send(messages.BULK, struct.pack("<III", 1, 0, size))
    out = bytearray()
    while board.server.busy:
        out += board.server.poll()
        board.server.sent(len(board.server.poll()))
    assert len(out) < verbs.PIECE + 64, "whoever takes over the port gets one piece at most"
    data = data_of(client, 1, size)
    assert client.hash(1) == (size, hashlib.sha1(data).digest()) and client.repeats == 0


def test_a_line_that_loses_some_requests_stays_open():
    board, client = locked()
    client.unlock(PIN, client.hello())
    for lost in range(lock.STRAY):
        client._number += lost
        assert len(client.list(1 << 18)) == 1
    client._number += lock.STRAY + 1
    with pytest.raises(BoardRefused, match="locked"):
        client.list(1 << 18)


def test_closing_the_port_locks_the_board_though_it_did_not_see_it_closed():
    board, client = locked()
    client.unlock(PIN, client.hello())
    assert client.list()
    board.server.feed(client.port.farewell)
    board.server.poll()
    assert not board.server.lock.is_open


def test_an_answer_that_was_overheard_opens_nothing():
    board, client = locked()
    hello = client.hello()
    proof = lock.hmac(pins.stretch(hello.salt, PIN, hello.rounds), hello.nonce)
    client.request(messages.UNLOCK, proof)
    board.server.disconnect()
    with pytest.raises(BoardRefused, match="PIN is wrong"):
        client.request(messages.UNLOCK, proof)


def test_the_nonce_is_new_after_each_try_and_each_connection():
    board, client = locked()
    seen = {client.hello().nonce}
    client.unlock(PIN, client.hello())
    seen.add(client.hello().nonce)
    with pytest.raises(BoardRefused):
        client.unlock("111111", client.hello())
    seen.add(client.hello().nonce)
    board.server.disconnect()
    seen.add(client.hello().nonce)
    assert len(seen) == 4


def test_three_wrong_tries_slow_down_and_double_by_the_clock():
    board, client = locked()
    for _ in range(2):
        with pytest.raises(BoardRefused, match="PIN is wrong; nothing was read.$"):
            client.unlock("000000", client.hello())
    with pytest.raises(BoardRefused, match="listens again in 10 s"):
        client.unlock("000000", client.hello())
    board.journal.now += 10**6  # samples are no clock: a dead sensor gives none
    board.hooks.clock += 4000
    with pytest.raises(BoardRefused, match="busy.*again in 6 s"):
        client.unlock(PIN, client.hello())
    waits = []
    for _ in range(8):
        board.hooks.clock += 1000 * board.server.lock.left_s()
        with pytest.raises(BoardRefused, match="wrong"):
            client.unlock("000000", client.hello())
        waits.append(board.server.lock.left_s())
    assert waits == [20, 40, 80, 160, 320, 640, 640, 640]
    board.hooks.clock += 640_000
    client.unlock(PIN, client.hello())
    assert board.hooks.wrong == 0 and client.list()


def test_a_sensor_that_is_dead_does_not_keep_the_right_pin_out():
    board, client = locked()
    for _ in range(3):
        with pytest.raises(BoardRefused):
            client.unlock("000000", client.hello())
    board.hooks.clock += 10_000
    client.unlock(PIN, client.hello())


def test_power_off_and_on_is_no_way_around_the_wait():
    board, client = locked()
    for _ in range(4):
        with pytest.raises(BoardRefused):
            client.unlock("000000", client.hello())
        board.hooks.clock += 10_000
    after = Board(board.disk.reboot())
    after.hooks.lock, after.hooks.wrong = board.hooks.lock, board.hooks.wrong  # nvm keeps these
    after.server = type(after.server)(after.journal, after.hooks)
    client = another(after)
    with pytest.raises(BoardRefused, match="busy.*again in 20 s"):
        client.unlock(PIN, client.hello())
    after.hooks.clock += 20_000
    client.unlock(PIN, client.hello())


@pytest.mark.parametrize("rounds", [0, 16, 4096, lock.LEAST_ROUNDS - 16])
def test_a_board_that_asks_for_a_weak_proof_is_told_nothing(rounds):
    board, client = locked()
    salt, _, key = board.hooks.lock
    board.hooks.lock = (salt, rounds, key)
    heard = []
    board.server.feed = lambda data, feed=board.server.feed: (heard.append(data), feed(data))[1]
    hello = client.hello()
    with pytest.raises(BadAnswer, match="rounds"):
        client.unlock(PIN, hello)
    sent = frames.Splitter().feed(b"".join(heard))
    assert [verb for verb, _, _ in sent] == [messages.HELLO]


def test_the_key_is_the_standard_hmac():
    import hmac

    assert lock.hmac(b"key" * 6 + b"xx", b"nonce") == hmac.new(b"key" * 6 + b"xx", b"nonce", "sha1").digest()


# PINs ------------------------------------------------------------------------------------------------------
WEAK = ["", "1234", "12345", "1" * 6, "123456", "987654", "135791", "121212", "123123", "112233", "24111962", "241162"]
WEAK += ["abc", "password1", "password", "aaaaaaaaaaaa", "qwertyuiop", "abcabcabcabc", " 739146", "73914\x006"]
WEAK += ["ab cd ef gh " * 6]


@pytest.mark.parametrize("pin", WEAK)
def test_a_weak_pin_is_refused_with_the_reason(pin):
    assert pins.weakness(pin)


@pytest.mark.parametrize("pin", ["739146", "90417365", "271828", "red shoes on ice", "Schuhe-im-Eis"])
def test_six_digits_or_a_phrase_will_do(pin):
    assert not pins.weakness(pin)
