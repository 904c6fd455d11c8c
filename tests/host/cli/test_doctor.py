# SPDX-License-Identifier: MIT
"""`doctor` names what is in the way and what to do, and changes nothing."""

import json
import os
import pty
import time
from pathlib import Path

import numpy as np
import pytest
import walks
from click.testing import CliRunner
from retrostep_host import examination, sensing
from retrostep_host.cli import main
from retrostep_host.store import Store
from retrostep_host.sync import find
from retrostep_host.sync import port as serial_port
from retrostep_host.virtual.board import VirtualBoard


@pytest.fixture(autouse=True)
def no_boards(monkeypatch):
    for name in ("virtual_ports", "data_ports", "all_ports"):
        monkeypatch.setattr(find, name, lambda *_: [])


def test_no_board_is_trouble_with_a_way_out(tmp_path):
    done = CliRunner().invoke(main.cli, ["doctor", "--store", str(tmp_path / "none")])
    assert "!! board" in done.output and "cable that carries data" in done.output and "-- store" in done.output
    assert list(tmp_path.iterdir()) == []


def test_the_exit_code_says_whether_something_is_in_the_way(tmp_path, monkeypatch):
    assert main._run(["doctor", "--store", str(tmp_path / "none")]) == 1
    monkeypatch.setattr(examination, "_ports", lambda _: iter(()))
    assert main._run(["doctor", "--store", str(tmp_path / "none")]) == 0


def test_a_store_with_walks_is_fine(tmp_path):
    with Store(tmp_path / "s") as store:
        store.add(walks.walk(), b"x")
    done = CliRunner().invoke(main.cli, ["doctor", "--store", str(tmp_path / "s"), "--json"])
    found = json.loads(done.output)["findings"]
    words = f"walks in {tmp_path / 's'}: 1, each checked against the board's bytes"
    assert {"state": "ok", "about": "store", "words": words, "advice": ""} in found
    (plain,) = [one.words for one in examination.examine(str(tmp_path / "s")) if one.about == "store"]
    assert plain == f"walks in {tmp_path / 's'}: 1", "without --store it only looks"


def test_a_port_that_stays_silent_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(find, "HELLO_TRIES", 1)
    monkeypatch.setattr(find, "HELLO_PATIENCE_S", 0.05)
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    found = [one for one in examination.examine(str(tmp_path / "none"), path) if one.about == "board"]
    os.close(master)
    os.close(slave)
    assert found[0].state == "trouble" and path in found[0].words


def test_a_running_modem_manager_is_named(monkeypatch, tmp_path):
    (tmp_path / "77").mkdir()
    (tmp_path / "77" / "comm").write_text("ModemManager\n")
    monkeypatch.setattr(serial_port, "Path", lambda name: tmp_path if name == "/proc" else Path(name))
    assert "ModemManager" in serial_port.modem_manager()


@pytest.mark.parametrize(("group", "mode", "words"), [("uucp", 0o660, "-G uucp $USER"), ("uucp", 0o600, "ls -l")])
def test_sync_and_doctor_name_the_ports_own_group(monkeypatch, tmp_path, capsys, group, mode, words):
    """Arch and Manjaro have uucp; a port that its group may not open helps nobody in it."""
    import errno
    import grp
    import types

    path = tmp_path / "ttyACM0"
    path.write_text("")
    path.chmod(mode)
    monkeypatch.setattr(grp, "getgrgid", lambda _: types.SimpleNamespace(gr_name=group))
    error = serial_port._refused(str(path), OSError(errno.EACCES, "Permission denied"))
    assert words in str(error) and "dialout" not in str(error) and error.exit_code == 6
    monkeypatch.setattr(os, "access", lambda *_: False)
    (found,) = [one for one in examination.examine(str(tmp_path / "none"), str(path)) if one.about == "board"]
    assert words in found.advice


def test_a_busy_port_names_modem_manager_where_it_runs(monkeypatch):
    import errno

    busy = OSError(errno.EBUSY, "busy")
    monkeypatch.setattr(serial_port, "modem_manager", lambda: "ModemManager holds a new port.")
    assert str(serial_port._refused("p", busy)) == "Another program uses p. ModemManager holds a new port."
    monkeypatch.setattr(serial_port, "modem_manager", lambda: "")
    assert "Close it (a serial monitor" in str(serial_port._refused("p", busy))


def counts(axes, noise=1.0, n=208):
    """n x 6 words around `axes` with a sensor's noise in counts; an axis of None repeats one value."""
    rng = np.random.default_rng(5)
    return np.column_stack([np.full(n, 7) if a is None else a + rng.normal(0, noise, n).round() for a in axes])


@pytest.mark.parametrize(
    "state, words",
    [
        ("rests", counts((3, -5, 8, 0, 0, 4098))),  # 1 g at 8 g full scale
        ("counts", counts((0, 0, 0, 0, 0, 4098), noise=400)),
        ("silent", np.empty((0, 6))),
        ("late", counts((3, -5, 8, 0, 0, 4098), n=40)),
        ("stuck", counts((None,) * 6)),
        ("half", counts((None, None, None, 0, 0, 4098))),
        ("half", counts((1, 2, 3, None, None, None))),
        ("wrong", counts((0, 0, 0, 0, 0, 2000))),
    ],
)
def test_a_sensor_that_does_not_count_is_told_from_one_that_is_not_worn(state, words):
    assert sensing.judge(words, "ankle", 2.0).state == state


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_board_on_the_table_is_told_from_one_whose_sensor_is_stuck_or_gone(tmp_path):
    def sensor():
        found = examination.examine(str(tmp_path / "none"), str(tmp_path / "ports" / "data"))
        (one,) = [one for one in found if one.about == "sensor"]
        return one.state, one.words

    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", cable=True) as board:
        board.wait_for("waiting")
        assert sensor() == ("ok", "It runs and lies still; worn and walked, it counts.")
        board.control("sensor", stuck=True)
        time.sleep(0.5)  # what was in the FIFO is read
        assert sensor() == ("trouble", "It repeats one value, so the board counts nothing, worn or not.")
        board.control("sensor", present=False)
        assert sensor() == ("trouble", "It says nothing, so the board counts nothing, worn or not.")
        board.control("quit")
