# SPDX-License-Identifier: MIT
"""The promise: a battery that runs down is told once, the log is closed, nothing is lost, and no start is in vain."""

import os

import pytest
from retrostep import battery
from retrostep_host import recordings
from retrostep_host.virtual import walks
from retrostep_host.virtual.board import VirtualBoard

from tests.host.virtual import wearable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
SCRIPT = "stand 2 s\nforward 90 strides\nbackward 20 strides\nstand 1 s\n"
FALLING = [[0, 3.62], [40, 3.49], [80, 3.29], [400, 3.2]]  # V over the seconds of the walk


@pytest.fixture(scope="module")
def stream():
    return recordings.stream(walks.generate(SCRIPT, 3))


def log(drive):
    return [path.read_bytes() for path in sorted(drive.glob("journal/*/log.bin"))]


def board(tmp_path, stream, volts, **options):
    return VirtualBoard(tmp_path / "drive", tmp_path / "ports", stream, battery=volts, plug_at_end=False, **options)


def asleep(wearable_board, seconds=60):
    """Let it wait for so long, in its own time; returns its status."""
    first = wearable_board.control("status")
    assert wearable.until(lambda: wearable_board.control("status")["t_s"] > first["t_s"] + seconds)
    return wearable_board.control("status")


def test_down_off_and_up_again(tmp_path, stream):
    drive = tmp_path / "drive"
    with board(tmp_path, stream, FALLING, board="xiao_rp2350") as one:
        one.wait_for("ready")
        assert wearable.until(lambda: one.control("status")["t_s"] > 300, 60)
        (session,) = wearable.stored(drive)
        assert session.end == "battery" and session.complete
        assert [entry.reason for entry in session.logs] == ["battery_low", "battery_empty"], "each once"
        low, empty = session.logs
        assert 20 < low.t < 95 and 80 < empty.t < 150 and battery.EMPTY_MV <= low.value < battery.LOW_MV
        assert empty.value < battery.EMPTY_MV and session.battery_mv[0][1] == pytest.approx(3620, abs=20)
        walked = [step for step in wearable.replayed(stream) if step[0] < empty.t - 3]
        assert wearable.same(wearable.walked(session)[: len(walked)], walked), "nothing up to then is lost"
        assert {buzz.cause for buzz in session.buzzes} >= {"log"}, "the warning is felt"
        kept, status = log(drive), one.control("status")
        last = status["felt"][-1][0]
        assert last < empty.t + 3 and asleep(one)["felt"][-1][0] == last, "waiting, no motor runs"
        one.control("power_cut")
        list(one.states())
    assert log(drive) == kept
    # A cell that recovered at rest starts nothing: no session, no write, no motor.
    with board(tmp_path, stream, 3.5, board="xiao_rp2350", prepare=False) as two:
        assert wearable.until(lambda: (tmp_path / "ports" / "control").exists())
        status = asleep(two)
        assert status["state"] == "booting" and status["erases"] == 0 and not status["felt"]
        assert log(drive) == kept
        two.control("battery", volts=3.9)  # somebody charges it
        two.wait_for("ready")
        assert wearable.until(lambda: two.control("status")["t_s"] > 40, 60)
        two.control("power_cut")
        list(two.states())
    sessions = wearable.stored(drive)
    assert len(sessions) == 2 and sessions[0].complete and sessions[1].steps


def test_an_empty_board_starts_nothing_and_a_cable_wakes_it(tmp_path):
    with board(tmp_path, None, 3.2) as one:
        assert wearable.until(lambda: (tmp_path / "ports" / "control").exists())
        status = asleep(one)
        assert status["erases"] == 0 and not status["felt"] and not list((tmp_path / "drive").glob("journal/*/log.bin"))
        one.control("plug")
        assert wearable.until(lambda: (tmp_path / "drive" / "journal").exists(), 30)


def test_levels():
    assert [battery.level(mv, battery.FULL) for mv in (0, 3500, 3499, 3300, 3299)] == [0, 0, 1, 1, 2]
    assert [battery.level(mv, battery.LOW) for mv in (0, 3599, 3600, 3299)] == [1, 1, 0, 2]
    assert [battery.level(mv, battery.EMPTY) for mv in (0, 3599, 3600)] == [2, 2, 0]
