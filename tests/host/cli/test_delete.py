# SPDX-License-Identifier: MIT
"""`delete` shows and asks before it deletes, and a board is only erased by somebody who knows what is on it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import walks
from retrostep_host import journal
from retrostep_host.store import Store
from retrostep_host.sync import find

from tests.faults import cuts
from tests.host.virtual import wearable

ROOT = Path(__file__).parents[3]
NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
BOARD = cuts.DEVICE.hex()
RETROSTEP = [sys.executable, "-m", "retrostep_host.cli.main"]
needs_terminals = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")


WHOSE = {1: ("P-07", BOARD), 2: ("P-08", BOARD), 3: ("P-07", BOARD), 4: ("P-07", "e66138935f2c8a27")}


def a_walk(number):
    code, device = WHOSE[number]
    start = NINE + timedelta(days=number)
    return walks.walk(number, session=number, start=start, settings={"code": code}, device_uid=device)


@pytest.fixture
def home(tmp_path):
    """Two people: P-07 on the board BOARD and on another one, P-08 on BOARD."""
    with Store(tmp_path / "retrostep.sqlite3") as store:
        for number in WHOSE:
            store.add(a_walk(number), b"raw %d" % number)
    return tmp_path


def bring_home(home, port, *numbers):
    """These walks are stored with the very bytes that the board has, and still on it."""
    client, _ = find.connect(port)
    with Store(home / "retrostep.sqlite3") as store:
        store.delete([walk for walk in store.walks() if walk.session in numbers])
        for number in numbers:
            data = bytearray()
            client.read(number, 0, client.size(number), data.extend)
            store.add(a_walk(number), bytes(data))
    client.port.close()


def environment(home):
    path = os.pathsep.join([str(ROOT / "lib"), str(ROOT / "host_tools"), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "RETROSTEP_HOME": str(home)}


def retrostep(home, *args):
    return subprocess.run(
        [*RETROSTEP, *args], capture_output=True, text=True, env=environment(home), stdin=subprocess.DEVNULL, timeout=90
    )


def at_a_terminal(home, answers, *args):
    """The same with a person: what `answers` types."""
    import pty

    master, slave = pty.openpty()
    os.write(master, answers.encode())
    try:
        return subprocess.run(
            [*RETROSTEP, *args], capture_output=True, text=True, env=environment(home), stdin=slave, timeout=90
        )
    finally:
        os.close(master)
        os.close(slave)


def kept(home):
    with Store(home / "retrostep.sqlite3", write=False) as store:
        return [walk.session for walk in store.walks()]


LOCKED = """
from retrostep_host.sync import pins
from tests.faults import board
one = board.Board()
one.walk(40)
one.hooks.lock = (bytes(8), 20000, pins.stretch(bytes(8), "2468", 20000))
board.serve(one)
"""


DIES = """
import os
from tests.faults import board
one = board.Board()
one.walk(40), one.walk(50)
erase, tick, left = one.journal.erase, one.tick, [None]
def told():
    left[0] = {passes}
    return erase()
def dies():
    if left[0] is not None:
        left[0] -= 1
        if left[0] < 0:
            os._exit(0)
    tick()
one.journal.erase, one.tick = told, dies
board.serve(one)
"""
SILENT = """
from tests.faults import board
one = board.Board()
one.walk(40)
def told():
    print("told", flush=True)
    one.tick = lambda: time.sleep(0.05)
    return 1
one.journal.erase = told
board.serve(one)
"""
LETTERS = """
from tests.faults import board
one = board.Board()
one.walk(40)
one.hooks.values["code"] = "\\u0141\\u00d3-7"
board.serve(one)
"""


@contextlib.contextmanager
def plugged_in(*steps, program=("-m", "tests.faults.board")):
    """A board process with the id BOARD and walks 1, 2, … that nobody fetched; its port and its process."""
    process = subprocess.Popen(
        [sys.executable, *program, *map(str, steps)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(ROOT),
    )
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.stdin.close()
        process.wait(10)


def on_board(port):
    client, _ = find.connect(port)
    try:
        return [entry.session for entry in client.list()]
    finally:
        client.port.close()


# on the computer --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "Say which walks"),
        (("--all", "--code", "P-07"), "Say which walks"),
        (("--code", "", "--yes"), "--all says so"),
        (("--device", "", "--yes"), "--all says so"),
        (("--session", "1", "--session", "4", "--yes"), "fits walks of 2 boards"),
    ],
)
def test_a_choice_that_may_mean_too_much_is_refused(home, options, says):
    done = retrostep(home, "delete", *options)
    assert done.returncode == 2 and says in done.stderr and kept(home) == [1, 2, 3, 4]


def test_without_a_terminal_and_without_yes_it_says_what_it_would_do(home):
    before = (home / "retrostep.sqlite3").read_bytes()
    done = retrostep(home, "delete", "--code", "P-07")
    assert done.returncode == 29 and done.stdout == "" and done.stderr.count("\n") == 1
    assert "3 walks" in done.stderr and "sessions 1, 3, 25 Nov 2026 to 27 Nov 2026" in done.stderr
    assert (home / "retrostep.sqlite3").read_bytes() == before


def test_a_script_deletes_one_person_and_reads_what_went(home):
    partial = home / "partial"
    partial.mkdir()
    for name in (f"{BOARD}-3-0000abcd.part", f"{BOARD}-2-0000abcd.part"):
        (partial / name).write_bytes(b"half")
    done = retrostep(home, "delete", "--code", "P-07", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [one["session"] for one in said["deleted"]] == [1, 3, 4]
    assert said["boards_erased"] == [] and said["boards_not_erased"] == [BOARD, "e66138935f2c8a27"]
    assert kept(home) == [2] and [path.name for path in partial.iterdir()] == [f"{BOARD}-2-0000abcd.part"]


def test_it_names_the_boards_that_may_still_hold_them_and_what_was_made_before(home):
    done = retrostep(home, "delete", "--device", "e661", "--yes")
    assert "1 walk, 300 steps (board e66138935f2c8a27: session 4, 28 Nov 2026; code P-07)" in done.stdout
    assert "Pages, tables and copies" in done.stdout
    assert "Board e66138935f2c8a27 may still hold" in done.stdout and "settings --erase" in done.stdout


def test_where_nothing_was_ever_stored_nothing_is_made(tmp_path):
    done = retrostep(tmp_path / "new", "delete", "--all", "--yes")
    assert done.returncode == 21 and not (tmp_path / "new").exists()


@needs_terminals
def test_a_person_is_asked_and_a_no_keeps_everything(home):
    done = at_a_terminal(home, "n\n", "delete", "--all")
    assert done.returncode == 130 and "This deletes 4 walks" in done.stderr and kept(home) == [1, 2, 3, 4]
    assert at_a_terminal(home, "y\n", "delete", "--all", "--no-board").returncode == 0
    with Store(home / "retrostep.sqlite3") as store:
        assert store.walks() == []


# on the board -----------------------------------------------------------------------------------------------
@needs_terminals
def test_a_board_with_walks_that_were_not_fetched_is_not_erased_unless_that_is_said(home):
    with plugged_in(40, 50, 60, 70) as (port, _):
        done = retrostep(home, "delete", "--device", BOARD, "--board", "--port", port, "--yes")
        assert "would lose 4 walks on it" in done.stderr, "the same numbers are not the same walks"
        bring_home(home, port, 1, 2, 3)
        chosen = ("delete", "--code", "P-07", "--device", BOARD, "--board", "--port", port, "--yes")
        done = retrostep(home, *chosen)
        assert done.returncode == 29 and "would lose 1 walk on it" in done.stderr
        assert kept(home) == [1, 2, 3, 4] and on_board(port) == [1, 2, 3, 4]
        done = retrostep(home, *chosen, "--unsynced-too", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["boards_erased"] == [{"device": BOARD, "unsynced_erased": 4}]
        assert kept(home) == [2, 4] and on_board(port) == []


@needs_terminals
@pytest.mark.parametrize(
    ("answers", "left", "asks"),
    [
        ("y\nn\n", [1, 2, 3, 4], "as a whole, with other people's walks"),
        ("y\ny\nn\n", [1, 2, 3, 4], "1 walk on board 0102030405060708 is not on this computer"),
        ("y\ny\ny\n", [], "is erased"),
    ],
)
def test_a_person_is_offered_the_board(home, answers, left, asks):
    with plugged_in(40, 50, 60, 70) as (port, _):
        bring_home(home, port, 1, 2, 3)
        done = at_a_terminal(home, answers, "delete", "--device", BOARD, "--port", port)
        assert done.returncode == 0 and asks in done.stderr, done.stderr
        assert kept(home) == [4] and on_board(port) == left
        assert ("may still hold" in done.stdout) == bool(left)


@needs_terminals
def test_another_board_is_never_erased(home):
    with plugged_in(40) as (port, _):
        done = retrostep(home, "delete", "--device", "e661", "--board", "--unsynced-too", "--port", port, "--yes")
        assert done.returncode == 3 and "nothing was deleted" in done.stderr
        assert kept(home) == [1, 2, 3, 4] and on_board(port) == [1]


@needs_terminals
@pytest.mark.parametrize("passes", [0, 4])
def test_a_cable_out_while_erasing_deletes_nothing_here_so_that_the_same_command_finishes(home, passes):
    chosen = ("delete", "--device", BOARD, "--board", "--yes", "--port")
    with plugged_in(program=("-c", DIES.format(passes=passes))) as (port, _):
        bring_home(home, port, 1, 2)
        done = retrostep(home, *chosen, port, "--unsynced-too")
        assert done.returncode == 7 and done.stdout == "", done.stderr
        assert f"erasing of board {BOARD} was cut off" in done.stderr
        assert "Here nothing was deleted yet; the same `retrostep delete` finishes both" in done.stderr
        assert kept(home) == [1, 2, 3, 4]
    with plugged_in(40, 50) as (port, _):  # what the same board has when it is plugged in again
        bring_home(home, port, 1, 2)
        assert retrostep(home, *chosen, port).returncode == 0
        assert kept(home) == [4] and on_board(port) == []


WAYS = {  # what stdout is, what comes of it
    "closed pipe": (lambda: open_closed_pipe(), {}, 0),
    "full disk": (lambda: open("/dev/full", "w"), {}, 26),  # noqa: SIM115
    "cp1252": (lambda: subprocess.PIPE, {"PYTHONIOENCODING": "cp1252:strict"}, 0),
}


def open_closed_pipe():
    read, write = os.pipe()
    os.close(read)
    return os.fdopen(write, "w")


@needs_terminals
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("way", "stderr_too"), [("closed pipe", True), ("full disk", False), ("full disk", True), ("cp1252", False)]
)
def test_no_output_stops_a_deletion_half_way(home, way, stderr_too):
    make, more, code = WAYS[way]
    with plugged_in(program=("-c", LETTERS)) as (port, _):
        bring_home(home, port, 1)
        out = make()
        done = subprocess.run(
            [*RETROSTEP, "delete", "--device", BOARD, "--board", "--yes", "--port", port],
            stdout=out,
            stderr=out if stderr_too else subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env={**environment(home), **more},
            timeout=90,
        )
        assert done.returncode == code, done.stderr
        said = (done.stdout or b"") + (done.stderr or b"")
        assert b"mistake of its own" not in said and b"untouched" not in said
        assert kept(home) == [4] and on_board(port) == []


@needs_terminals
def test_ctrl_c_while_erasing_says_what_holds(home):
    """The board is told, and answers nothing more."""
    with plugged_in(program=("-c", SILENT)) as (port, process):
        bring_home(home, port, 1)
        running = subprocess.Popen(
            [*RETROSTEP, "delete", "--device", BOARD, "--board", "--yes", "--port", port],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(home),
        )
        assert process.stdout.readline() == "told\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
        assert running.returncode == 130 and out == "", err
        assert f"Walks may still be on board {BOARD}. Here nothing was deleted yet; the same `retrostep delete`" in err
        assert kept(home) == [1, 2, 3, 4]


@needs_terminals
def test_a_store_that_cannot_be_written_after_the_board_was_erased_says_both(home, monkeypatch, capsys):
    from retrostep_host.cli import main
    from retrostep_host.errors import FullDisk

    def full(*_):
        raise FullDisk("The disk is full.")

    with plugged_in(40) as (port, _):
        bring_home(home, port, 1)
        monkeypatch.setenv("RETROSTEP_HOME", str(home))
        monkeypatch.setattr(Store, "delete", full)
        chosen = ["delete", "--device", BOARD, "--board", "--yes", "--port", port]
        assert main._run(chosen) == 27
        said = capsys.readouterr().err
        assert f"Board {BOARD} is erased. The disk is full. Here nothing was deleted yet" in said
        monkeypatch.undo()
        monkeypatch.setenv("RETROSTEP_HOME", str(home))
        assert main._run(chosen) == 0 and kept(home) == [4]


@needs_terminals
def test_a_locked_board_needs_its_pin_before_anything_is_deleted(home):
    with plugged_in(program=("-c", LOCKED)) as (port, _):
        chosen = ("delete", "--device", BOARD, "--board", "--port", port, "--yes", "--unsynced-too")
        done = retrostep(home, *chosen)
        assert done.returncode == 8 and "locked" in done.stderr and kept(home) == [1, 2, 3, 4]
        done = retrostep(home, *chosen, "--pin", "2468")
        assert done.returncode == 0 and "is erased" in done.stderr, done.stderr


# what a board still offers ----------------------------------------------------------------------------------
@needs_terminals
def test_a_deleted_walk_does_not_come_back_and_sync_and_recover_say_why(tmp_path):
    with plugged_in(40) as (port, _):
        client, _ = find.connect(port)
        data = bytearray()
        client.read(1, 0, client.size(1), data.extend)
        client.port.close()
        image = tmp_path / "flash.img"
        image.write_bytes(data)
        assert retrostep(tmp_path, "recover", str(image)).stdout.endswith("whole; stored.\n")
        assert retrostep(tmp_path, "delete", "--all", "--yes").returncode == 0
        assert "deleted here before and not stored again" in retrostep(tmp_path, "recover", str(image)).stdout
        said = retrostep(tmp_path, "sync", "--port", port).stdout
        assert "Deleted here before, not stored, verified, released." in said
        assert kept(tmp_path) == [] and on_board(port) == []
        other = str(tmp_path / "other.sqlite3")
        assert retrostep(tmp_path, "recover", str(image), "--store", other).stdout.endswith("whole; stored.\n")


@needs_terminals
def test_a_walked_walk_is_gone_from_the_computer_and_from_the_flash(tmp_path):
    """The whole way with the real firmware on the virtual board."""
    board = subprocess.Popen(
        [*RETROSTEP, "walk", "--drive", "drive", "--ports", "ports", "--json", "--set", "code=P-07"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
    )
    try:
        assert any(json.loads(line)["state"] == "ended" for line in board.stdout)
        synced = retrostep(tmp_path, "sync", "--json")
        (walk,) = json.loads(synced.stdout)["sessions"]
        assert walk["released"] and wearable.stored(tmp_path / "drive"), "a released walk lies on the flash"
        done = retrostep(tmp_path, "delete", "--code", "P-07", "--board", "--yes", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["boards_erased"] == [{"device": walk["device"], "unsynced_erased": 0}]
        assert "still carries the code P-07" in done.stderr
        assert wearable.until(lambda: wearable.stored(tmp_path / "drive") == [], 5)
    finally:
        board.terminate()
        board.wait(20)
    logs = [file.read_bytes() for file in sorted((tmp_path / "drive").glob("journal/*/log.bin"))]
    assert len(logs) == 2 and all({head.session for head, _ in journal.blocks(log)} <= {0} for log in logs)
    assert retrostep(tmp_path, "recover", str(tmp_path / "drive")).returncode == 21
    assert retrostep(tmp_path, "list").returncode == 21
