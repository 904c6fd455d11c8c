# SPDX-License-Identifier: MIT
"""Every board of boards/ on the virtual wearable: it boots with its pins and its USB plan, walks, and syncs."""

import json
import os

import pytest
from retrostep_host import boards, drive, recordings
from retrostep_host.cli import main
from retrostep_host.errors import VirtualBoardFailed
from retrostep_host.sync.client import Client
from retrostep_host.sync.port import SerialPort
from retrostep_host.virtual import walks
from retrostep_host.virtual.board import VirtualBoard

from tests.host.virtual import wearable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
SCRIPT = "stand 2 s\nforward 3 strides\nbackward 3 strides\nstand 1 s\n"


@pytest.fixture(scope="module")
def stream():
    return recordings.stream(walks.generate(SCRIPT, 3))


@pytest.fixture(scope="module")
def expected(stream):
    found = wearable.replayed(stream)
    assert len(found) >= 10
    return found


@pytest.mark.parametrize("name", drive.boards())
def test_a_board_boots_walks_and_syncs(tmp_path, monkeypatch, capsys, stream, expected, name):
    """What it is told apart by: pins (the bus, the motor and the battery answer only behind the right ones), USB."""
    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path / "home"))
    path = drive.board_file(name)
    facts, chip = boards.facts(path), boards.chip(path)
    felt = str(tmp_path / "felt.json")
    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", stream, board=name, felt=felt) as board:
        board.wait_for("ended")
        status = board.control("status")
        assert status["usb"] == boards.plans(facts)[0]
        assert status["samples_lost"] == 0
        assert not status["ble"] and not status["display"]
        assert {kind for _, kind, *_ in status["felt"]} == {"pwm" if facts["HAPTICS"][0] == "PWM" else "realtime"}
        with SerialPort(str(tmp_path / "ports" / "data")) as port:
            hello = Client(port).hello()
            assert hello.board == facts["BOARD_IDS"][0]
            assert len(bytes.fromhex(hello.device)) == 8
            assert hello.device.endswith("00" * (8 - chip.uid_bytes))
            assert hello.battery_mv == pytest.approx(3900 if facts["BATTERY"] else 0, abs=20)
        assert main._run(["sync", "--port", str(tmp_path / "ports" / "data"), "--json"]) == 0
    (synced,) = json.loads(capsys.readouterr().out)["sessions"]
    assert synced["complete"] and synced["released"] and synced["steps"] == len(expected)
    (session,) = wearable.stored(tmp_path / "drive")
    assert wearable.same(wearable.walked(session), expected)


def test_a_reload_with_a_watchdog_that_nothing_stops_goes_on_walking(tmp_path):
    """As on an nRF52840: `timeout` raises from then on, and the watchdog counts while everything is imported again."""
    stream = recordings.stream(walks.generate("stand 2 s\nforward 24 strides\nstand 1 s\n", 3))
    sessions = wearable.walk(
        tmp_path, stream, board="xiao_nrf52840_sense", events=[{"at_s": 20, "command": "reload"}]
    )
    assert len(sessions) == 2 and all(session.steps for session in sessions)
    assert not [log for session in sessions for log in session.logs if log.reason in ("crash", "watchdog")]


def test_a_bus_that_hangs_costs_seconds_and_not_the_walk(tmp_path):
    stream = recordings.stream(walks.generate("stand 2 s\nforward 12 strides\nstand 1 s\n", 3))
    (session,) = wearable.walk(tmp_path, stream, board="feather_sense", events=[{"at_s": 6, "command": "bus"}])
    assert any(step.t < 6 for step in session.steps) and any(step.t > 10 for step in session.steps)
    assert "imu_restarted" in [log.reason for log in session.logs]


@pytest.mark.parametrize("sensor", ["LSM6DS33", "LSM6DS3TRC"])
def test_both_sensors_under_one_board_id_walk(tmp_path, stream, expected, sensor):
    (session,) = wearable.walk(tmp_path, stream, board="clue", sensor=sensor)
    assert wearable.same(wearable.walked(session), expected)


def test_usb_that_the_chip_cannot_carry_is_safe_mode_and_no_walk(tmp_path, stream):
    drive.prepare(tmp_path / "drive", "qtpy_esp32s3")
    path = tmp_path / "drive" / "lib" / "retrostep_board.py"
    path.write_text(path.read_text().replace('"console data"', '"console data drive"'))
    with pytest.raises(VirtualBoardFailed, match="safe mode"):
        wearable.walk(tmp_path, stream, prepare=False)
