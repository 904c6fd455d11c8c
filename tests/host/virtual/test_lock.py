# SPDX-License-Identifier: MIT
"""The lock on the whole firmware: neither the cable, nor the power, nor being quick is a way around it."""

import os

import pytest
from retrostep.link import messages
from retrostep_host.errors import BoardRefused
from retrostep_host.sync.client import Client
from retrostep_host.sync.port import SerialPort

from tests.host.virtual import wearable
from tests.host.virtual.test_walk import VirtualBoard, generated

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
PIN = "730528"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A drive whose board has walked, and is locked."""
    folder = tmp_path_factory.mktemp("locked")
    with VirtualBoard(folder / "drive", folder / "ports", generated()) as board:
        board.wait_for("ended")
        with SerialPort(str(folder / "ports" / "data")) as port:
            Client(port).set_pin(PIN, rounds=20000)
        board.control("quit")
    return folder


def plugged(place):
    """The same board, switched on again."""
    return VirtualBoard(place / "drive", place / "ports", generated())


def attempt(place, pin):
    with SerialPort(str(place / "ports" / "data")) as port:
        client = Client(port)
        client.unlock(pin, client.hello())


def replug(place, board):
    board.control("unplug")
    assert wearable.until(lambda: not (place / "ports" / "data").exists())
    board.control("plug")
    assert wearable.until(lambda: (place / "ports" / "data").exists())


def test_a_program_that_is_quick_finds_a_locked_board(place):
    """It opens the port within a millisecond after an unlocked one was closed, or killed: no closing is seen."""
    data = str(place / "ports" / "data")
    with plugged(place) as board:
        board.wait_for("ended")
        seen = 0
        for turn in range(24):
            port = SerialPort(data)
            owner = Client(port)
            owner.unlock(PIN, owner.hello())
            seen += len(owner.list())
            if turn % 2:
                port.farewell = b""  # killed: it had no time for a last word
            port.close()
            with SerialPort(data) as port, pytest.raises(BoardRefused, match="locked"):
                Client(port).request(messages.LIST, bytes(4))
        assert seen >= 24, "the owner saw the walk each time"
        board.control("quit")


def test_wrong_tries_outlast_cable_and_power_and_the_wait_goes_by_the_clock(place):
    with plugged(place) as board:
        board.wait_for("ended")
        for _ in range(3):
            with pytest.raises(BoardRefused, match="PIN is wrong"):
                attempt(place, "135824")
        replug(place, board)
        with pytest.raises(BoardRefused, match="busy"):
            attempt(place, PIN)
        board.control("power_cut")
    with plugged(place) as board:
        board.wait_for("ended")
        with pytest.raises(BoardRefused, match="busy"):
            attempt(place, PIN)
        assert wearable.until(lambda: not refused(place), 20), "ten seconds by the clock, without a walk under way"
        board.control("quit")


def refused(place):
    try:
        attempt(place, PIN)
    except BoardRefused:
        return True
    return False
