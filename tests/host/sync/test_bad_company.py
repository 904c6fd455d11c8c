# SPDX-License-Identifier: MIT
"""A computer whose clock is wrong, a board that is newer, one that lost its power: each ends in a clear sentence."""

from datetime import UTC, datetime

import pytest
from retrostep.journal import block
from retrostep_host import examination, journal
from retrostep_host.errors import BoardRefused
from retrostep_host.reasons import NUMBER
from retrostep_host.sync import find, session
from retrostep_host.sync.client import Client

from tests.faults.board import Board
from tests.faults.wire import Line, Wire


@pytest.fixture
def board():
    return Board()


def client(board):
    return Client(Wire(board.server, board.tick, Line([]), Line([])), patience_s=0.5)


@pytest.mark.parametrize("year", [1969, 1999, 2150])
def test_a_computer_with_an_absurd_clock_copies_nothing_and_says_why(board, tmp_path, year):
    board.walk(20)
    link = client(board)
    with pytest.raises(BoardRefused, match=f"clock says {year}-01-01.*still on it"):
        session.fetch_all(link, link.hello(), lambda *_: True, tmp_path, now=datetime(year, 1, 1, 9, tzinfo=UTC))
    assert [entry.session for entry in link.list()] == [1] and link.hello().utc_us == 0


def test_a_board_with_a_newer_link_is_not_read(board, monkeypatch):
    monkeypatch.setattr("retrostep.link.verbs.LINK_VERSION", 2)
    link = client(board)
    monkeypatch.setattr(find, "SerialPort", lambda path: link.port)
    monkeypatch.setattr(find, "Client", lambda port: link)
    with pytest.raises(BoardRefused, match="newer link.*Update Retrostep on this computer"):
        find.connect("/dev/board")


def findings(board):
    link = client(board)
    return [(one.state, one.words) for one in examination._start(link, link.hello(), link.room())]


@pytest.mark.parametrize("millivolts", [0, 3290, 3900])
def test_a_lost_clock_is_told_apart_from_an_empty_battery(board, millivolts):
    board.journal.stop = block.STOPS.index("power")
    board.journal.battery_mv = millivolts
    number = board.walk(20)
    found = findings(board)
    assert [words for state, words in found if state == "trouble"] == (
        ["The battery was nearly empty when the board last wrote: 3.3 V."] if millivolts == 3290 else []
    )
    assert found[-1][0] == "ok" and "clock is not set because the power was off" in found[-1][1]
    assert ("not empty (3.9 V)" in found[-1][1]) == (millivolts == 3900)
    data = bytearray()
    link = client(board)
    link.read(number, 0, link.size(number), data.extend)
    assert journal.decode(bytes(data)).stop == "power"


def test_a_log_of_another_board_is_not_called_vanished(board):
    """Whoever copies a whole drive to a second board is told what lies on it, not that walks are lost."""
    board.walk(20)
    disk = board.disk.reboot()
    other = Board(disk, device=b"otherone")
    assert not other.journal.recover(last_session=3).vanished
    (noticed,) = [words for state, words in findings(other) if state == "note"]
    assert "another board's or a newer firmware's" in noticed
    for _ in range(20):
        other.tick()
    assert findings(Board(disk.reboot(), device=b"otherone")) == [], "said once"


def test_what_the_board_noticed_is_told(board):
    board.journal.log(NUMBER["setting_ignored"], 0, 3, "haptic_strength")
    board.journal.log(NUMBER["setting_ignored"], 0, 3, "haptic_strength")
    told = [words for _, words in findings(board)]
    words = "a line in settings.toml sets nothing (name or value not known, or the cable set the code)"
    assert told == [f"It noticed: {words} (haptic_strength)."]
    board.walk(20)
    board.disk.mirrors[0][:] = bytes(len(board.disk.mirrors[0]))
    after = board.reboot()
    after.hooks.rebuilt = after.facts.damaged[0] and 1
    words = [one.words for one in examination._status(client(after).status())]
    assert any("One copy of the log was damaged" in one for one in words)


@pytest.mark.parametrize(("stop", "state"), [("brownout", "trouble"), ("watchdog", "note"), ("crash", "note")])
def test_the_cause_of_the_last_stop_is_named(board, stop, state):
    board.journal.stop = block.STOPS.index(stop)
    board.walk(20)
    assert [one[0] for one in findings(board)] == [state]


def test_a_start_that_left_no_trace_is_not_explained(board):
    board.journal.stop = block.STOPS.index("brownout")
    board.walk(20)
    assert findings(board.reboot()) == []
    assert findings(Board()) == []
