# SPDX-License-Identifier: MIT
"""The promise: the bundle tells a helper what is wrong, and nobody who or when."""

import json
import zipfile
from pathlib import Path

import pytest
from retrostep_host import bundle
from retrostep_host.errors import FullDisk
from retrostep_host.examination import Finding
from retrostep_host.sync import find
from retrostep_host.sync.client import Client

from tests.faults.board import Board
from tests.faults.wire import Line, Wire


@pytest.fixture
def wired(monkeypatch):
    board = Board()
    board.walk(30)
    board.journal.log(37, None, 2, f"Traceback in {Path.home()}/code.py on 2026-11-24 10:00:00")
    board.journal.setting("code", "Maria K")
    client = Client(Wire(board.server, board.tick, Line([]), Line([])), patience_s=0.5)
    monkeypatch.setattr(find, "connect", lambda port: (client, client.hello()))
    return board


def test_the_bundle_holds_counters_and_troubles_without_names_and_dates(wired, tmp_path, monkeypatch):
    monkeypatch.setenv("USER", "mkowalski")
    words = f"walks in {Path.home()}/x for mkowalski since 2026-11-24T09:00:00+01:00: 3"
    findings = [Finding("ok", "store", words, "")]
    bundle.write(tmp_path / "b.zip", findings, None)
    with zipfile.ZipFile(tmp_path / "b.zip") as file:
        texts = {name: file.read(name).decode() for name in file.namelist()}
    whole = "".join(texts.values())
    for secret in (str(Path.home()), "mkowalski", "2026", "Maria", wired.journal.device.hex()):
        assert secret not in whole, f"{secret} is in the bundle"
    board = json.loads(texts["board.json"])
    assert board["log"][0]["reason"] == "crash" and "Traceback in ~/code.py" in board["log"][0]["text"]
    assert board["sessions"][0]["session"] == 1 and board["status"]["blocks"] == wired.journal.ring.n


def test_without_a_board_the_bundle_says_so(tmp_path):
    bundle.write(tmp_path / "b.zip", [], str(tmp_path / "nowhere"))
    with zipfile.ZipFile(tmp_path / "b.zip") as file:
        assert file.namelist() == ["report.json"]
        assert "There is no port" in json.loads(file.read("report.json"))["board"]


def test_the_bundle_names_no_folder_in_which_a_name_may_stand(tmp_path, monkeypatch):
    monkeypatch.setenv("USER", "al")
    store = tmp_path / "Maria Kowalski" / "walks of Maria.db"
    store.parent.mkdir()
    store.write_bytes(b"x")
    sentences = {
        f"walks in {store}: 3": "walks in <path>: 3",
        f"{store} was made by a newer Retrostep (store 9).": "<path> was made by a newer Retrostep (store 9).",
        f"No walk yet in {tmp_path / 'Maria Kowalski.db'}.": "No walk yet in <path>.",
        "No walk yet in /home/al/none.db.": "No walk yet in <path>.",
        "/media/al/CIRCUITPY: pico, CircuitPython 10.0.3": "<path>: pico, CircuitPython 10.0.3",
        "The board on /dev/ttyACM0 has a console": "The board on /dev/ttyACM0 has a console",
        "ranges of 8 g/s and 3/4": "ranges of 8 g/s and 3/4",
    }
    assert {words: bundle.without_paths(words) for words in sentences} == sentences
    bundle.write(tmp_path / "b.zip", [Finding("ok", "store", words, "") for words in sentences], "/home/al/port")
    with zipfile.ZipFile(tmp_path / "b.zip") as file:
        assert not [secret for secret in (b"Maria", b"/al/") if secret in file.read("report.json")]


def test_a_bundle_that_found_no_room_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(self, *_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(FullDisk):
        bundle.write(tmp_path / "b.zip", [], "/nowhere")
    assert list(tmp_path.iterdir()) == []
