# SPDX-License-Identifier: MIT
"""Any bytes in: a clean result or a typed error out, in bounded memory (docs/contracts.md, promise 4).

Ten million bytes: `python bench/link.py --fuzz`.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from retrostep.link import frames

from tests.faults import fuzz
from tests.faults.board import Board

payloads = st.binary(max_size=frames.MOST)


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 0xFFFF), payloads), max_size=5), st.randoms())
def test_frames_come_out_as_they_went_in_whatever_the_pieces(sent, rng):
    wire = b"".join(frames.encode(*frame) for frame in sent)
    splitter, got = frames.Splitter(), []
    while wire:
        cut = rng.randrange(1, len(wire) + 1)
        got += splitter.feed(wire[:cut])
        wire = wire[cut:]
    assert got == sent and splitter.refused == 0


@given(st.binary(max_size=2000))
def test_any_bytes_into_the_splitter(data):
    splitter = frames.Splitter()
    splitter.feed(data)
    assert len(splitter._rest) <= frames.LONGEST


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 127), payloads), max_size=12))
def test_any_requests_into_the_server(requests):
    board = Board(sectors=2)
    board.walk(8)
    fuzz.requests(board, requests)


@settings(max_examples=200)
@given(st.binary(max_size=1600), st.integers(0, 3), st.data())
def test_any_bytes_into_the_decoder(noise, kind, data):
    fuzz.decode(noise, kind, data.draw(st.integers(0, 2**32)))


@settings(max_examples=100)
@given(st.integers(0, 2**32))
def test_any_flash_into_recovery(seed):
    fuzz.flash(seed)
