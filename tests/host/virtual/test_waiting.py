# SPDX-License-Identifier: MIT
"""The promise: while nobody moves the board waits a second at a time, and the walk is the same as if it had not."""

import os

import pytest
from retrostep_host import recordings
from retrostep_host.virtual import walks
from retrostep_host.virtual.board import VirtualBoard

from tests.host.virtual import wearable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
STOOD_S = 60
SCRIPT = f"stand 2 s\nforward 4 strides\nstand {STOOD_S} s\nbackward 5 strides\nstand 1 s\n"


@pytest.fixture(scope="module")
def stream():
    return recordings.stream(walks.generate(SCRIPT, 3))


@pytest.mark.parametrize("name", ["pico_lsm6dsox", "xiao_nrf52840_sense", "xiao_rp2350"])
def test_standing_costs_little_and_nothing_is_lost(tmp_path, stream, name):
    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", stream, board=name) as board:
        board.wait_for("ended")
        status = board.control("status")
    (session,) = wearable.stored(tmp_path / "drive")
    assert status["samples_lost"] == 0 and session.lost_samples == 0
    assert wearable.same(wearable.walked(session), wearable.replayed(stream))
    assert session.duration_s == pytest.approx(len(stream.words) / 104, abs=1.0), "time is still counted by samples"
    meters = status["meters"]
    walked_s = len(stream.words) / 104 - STOOD_S
    batches = len(stream.words) / 13
    halved = 2 * 8 * (walked_s + 14)  # where a stumble is possible a batch is read in two halves
    assert meters["bus_calls"] < 2 * batches + halved + 400, "a look and a batch; every 20 ms it would be 5 more"
    if name != "xiao_rp2350":
        assert meters["wakes"] < 17 * (walked_s + 14) + 1.3 * (STOOD_S - 12), "16 a second, one while it stands"
