# SPDX-License-Identifier: MIT
"""The promise: without a data channel the log still comes home over the console; nothing on the board changes."""

import json

import pytest
from click.testing import CliRunner
from retrostep_host import journal
from retrostep_host.cli import main
from retrostep_host.errors import EmptyLog, LinkBroken
from retrostep_host.sync import carve, console, repl

from tests.faults.board import Board
from tests.faults.repl import Repl


@pytest.fixture
def drive(tmp_path):
    board = Board(sectors=8)
    for count in (30, 150):
        board.walk(count)
    for name, mirror in zip("ab", board.disk.mirrors, strict=True):
        (tmp_path / "journal" / name).mkdir(parents=True)
        (tmp_path / "journal" / name / "log.bin").write_bytes(mirror)
        (tmp_path / "journal" / name / "guard").write_bytes(bytes(4096))
    return board, tmp_path / "journal"


def test_every_walk_comes_over_the_console_and_the_board_restarts(drive):
    board, root = drive
    repl, seen = Repl(), []
    found = carve.gather(console.blocks(repl, lambda at, size: seen.append((at, size)), str(root)))
    assert {one.session: [s.index for s in journal.decode(one.data).steps] for one in found} == board.walked
    assert repl.restarted and repl.closed and seen[-1] == (32768, 32768)


def test_the_union_of_both_mirrors_is_read(drive):
    board, root = drive
    for name, half in (("a", slice(0, 4096)), ("b", slice(4096, 32768))):
        path = root / name / "log.bin"
        data = bytearray(path.read_bytes())
        data[half] = bytes(len(data[half]))
        path.write_bytes(data)
    found = carve.gather(console.blocks(Repl(), None, str(root)))
    assert {one.session: len(journal.decode(one.data).steps) for one in found} == {1: 30, 2: 150}


def test_a_board_without_a_log_and_a_strange_device_are_sentences(tmp_path):
    with pytest.raises(EmptyLog, match="no walk"):
        console.blocks(Repl(), None, str(tmp_path / "nowhere"))

    class Modem(Repl):
        def exec(self, command):
            return b"ERROR\r\n"

    modem = Modem()
    with pytest.raises(LinkBroken, match="did not answer"):
        console.blocks(modem, None, str(tmp_path))
    assert modem.closed


class Wire:
    """A console by its bytes: `say(heard)` returns what comes next, seconds are counted."""

    name = "wire"

    def __init__(self, say):
        self.say, self.heard, self.seconds = say, b"", 0.0

    def write(self, data):
        self.heard += data

    def read(self, timeout):
        said = self.say(self)
        self.seconds += 0.9 if len(said) == 1 else timeout if not said else len(said) * 1e-6
        return said

    def close(self):
        pass


def flood(wire):
    return b"x" * 4000


def drip(wire):
    return b"x"


def after_the_prompt(answer):
    """A board that stops and takes a command, and then answers like this."""

    def say(wire):
        if wire.heard.endswith(b"\x01"):
            wire.heard = b""
            return repl.BANNER + b">"
        if wire.heard.endswith(b"\x04"):
            wire.heard = b"+"
            return b"OK"
        return answer(wire) if wire.heard == b"+" else b""

    return say


def sizes(wire):
    return b"1 99999999 99999999999999\r\n\x04\x04>"


@pytest.mark.parametrize("say", [flood, drip, *map(after_the_prompt, (flood, drip, sizes, lambda wire: b""))])
def test_a_console_that_floods_drips_lies_or_keeps_silent_is_left(say, monkeypatch):
    """mpremote's transport waited for as long as bytes came, and kept them all."""
    wire = Wire(say)
    monkeypatch.setattr(repl, "SerialPort", lambda path: wire)
    monkeypatch.setattr(repl.time, "monotonic", lambda: wire.seconds)
    monkeypatch.setattr(repl.time, "sleep", lambda seconds: None)
    with pytest.raises(LinkBroken, match="did not answer as CircuitPython does"):
        console.blocks(console.connect("x"))
    assert wire.seconds < 80


def test_a_console_that_answers_is_read(monkeypatch):
    def answers(wire):
        wire.heard = b""
        return b"0 0 0\r\n\x04\x04>"

    wire = Wire(after_the_prompt(answers))
    monkeypatch.setattr(repl, "SerialPort", lambda path: wire)
    monkeypatch.setattr(repl.time, "monotonic", lambda: wire.seconds)
    monkeypatch.setattr(repl.time, "sleep", lambda seconds: None)
    with pytest.raises(EmptyLog, match="no walk"):
        console.blocks(console.connect("x"))


def test_sync_console_stores_and_releases_nothing(drive, tmp_path, monkeypatch):
    board, root = drive
    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path / "home"))
    real = console.blocks
    monkeypatch.setattr(console, "connect", lambda path: Repl())
    monkeypatch.setattr(console, "blocks", lambda transport, progress: real(transport, progress, str(root)))
    done = CliRunner().invoke(main.cli, ["sync", "--console", "--port", "/dev/console", "--json"])
    found = json.loads(done.stdout)
    assert [one["steps"] for one in found["sessions"]] == [30, 150]
    assert all(one["complete"] and not one["released"] for one in found["sessions"])
    assert found["left_on_board"] == 2
    again = json.loads(CliRunner().invoke(main.cli, ["sync", "--console", "--port", "x", "--json"]).stdout)
    assert again == {"sessions": [], "left_on_board": 2}


def test_with_a_console_only_sync_asks_before_it_stops_a_walk(monkeypatch, tmp_path):
    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path))
    from retrostep_host.sync import find

    monkeypatch.setattr(find, "data_ports", lambda: [])
    monkeypatch.setattr(console, "consoles", lambda: ["/dev/ttyACM0"])
    monkeypatch.setattr(console, "connect", lambda path: pytest.fail("it did not ask"))
    done = CliRunner().invoke(main.cli, ["sync"])
    assert "sync --console" in str(done.exception) and "stops a walk" in str(done.exception)
