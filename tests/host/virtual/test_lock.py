# SPDX-License-Identifier: MIT
"""Pulling the cable is no way around the wait after three wrong PINs."""

import os

import pytest
from retrostep_host.errors import BoardRefused
from retrostep_host.sync.client import Client
from retrostep_host.sync.port import SerialPort

from tests.host.virtual import wearable
from tests.host.virtual.test_walk import VirtualBoard, generated

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")


def test_wrong_tries_outlast_the_cable(tmp_path):
    ports = tmp_path / "ports"

    def attempt(pin):
        with SerialPort(str(ports / "data")) as port:
            client = Client(port)
            client.unlock(pin, client.hello())

    with VirtualBoard(tmp_path / "drive", ports, generated()) as board:
        board.wait_for("ended")
        with SerialPort(str(ports / "data")) as port:
            Client(port).set_pin("2468", rounds=160)
        board.control("unplug")
        assert wearable.until(lambda: not (ports / "data").exists())
        board.control("plug")
        assert wearable.until(lambda: (ports / "data").exists())
        for _ in range(3):
            with pytest.raises(BoardRefused, match="PIN"):
                attempt("1357")
        board.control("unplug")
        assert wearable.until(lambda: not (ports / "data").exists())
        board.control("plug")
        assert wearable.until(lambda: (ports / "data").exists())
        with pytest.raises(BoardRefused, match="(?i)busy|wait"):
            attempt("2468")
        board.control("quit")
