# SPDX-License-Identifier: MIT
"""The promise: over the console a new version goes into the folder that is not in use; cut anywhere, the board has the
old version or all of the new one, and the same command goes on where it stopped."""

import hashlib
import json
import shutil

import pytest
from retrostep_host import drive, install, libs, over_console
from retrostep_host.cli import main
from retrostep_host.errors import BadDrive, BoardRefused, LinkBroken, NoBoardFound
from retrostep_host.sync import console

from tests.faults.repl import Repl
from tests.host.cli.test_install import BOOT_OUT, snapshot

PORT = "/dev/ttyFAKE0"
OLD = {
    "lib/retrostep/one.mpy": b"C\x06old one",
    "lib/retrostep/gone.mpy": b"C\x06old gone",
    "boot.py": b"# old boot\n",
    "code.py": b"# old code\n",
}
NEW = {
    "lib/retrostep/one.mpy": b"C\x06new one" * 400,  # two pieces
    "lib/retrostep/deep/two.mpy": b"C\x06new two",
    "lib/retrostep/empty.mpy": b"",
    "boot.py": b"# new boot\n",
    "code.py": b"# new code\n",
}


class Cut(Exception):
    """The cable is out."""


@pytest.fixture
def board(tmp_path):
    """The drive of a board with an older version of ours, a walk, settings and a file of somebody's own."""
    path = tmp_path / "board"
    drive.apply(path, drive.changes(drive.Folder(path), OLD, {"side": "left"}), OLD)
    (path / "boot_out.txt").write_text(BOOT_OUT.format(board="raspberry_pi_pico", version="10.0.3"))
    for where in ("journal/a/log.bin", "notes.txt", "lib/neopixel.mpy"):
        (path / where).parent.mkdir(parents=True, exist_ok=True)
        (path / where).write_bytes(b"mine" * 300)
    return path


def put(path, new, repl):
    there = over_console.Board(repl, str(path))
    try:
        there.open()
        todo = over_console.switched(there, new)
        if todo:
            there.install(todo, new)
        return todo
    finally:
        there.close()


def uses(path):
    """What code.py takes: the files of the folder that /lib2/chosen names."""
    chosen = path / libs.CHOSEN
    return (chosen.read_bytes()[:5].decode().strip() if chosen.exists() else "/lib").strip("/") or "lib"


def version(path):
    """ "old", "new", or what is half."""
    lib = uses(path)
    for name, files in (("old", OLD), ("new", NEW)):
        wanted = {lib + where[3:]: data for where, data in files.items() if where.startswith("lib/")}
        there = {one.relative_to(path).as_posix() for one in (path / lib / "retrostep").rglob("*.mpy")}
        if there == set(wanted) and all(is_there(path, one, data) for one, data in wanted.items()):
            return name
    return "half"


def is_there(path, where, data):
    there = (path / where).read_bytes()
    return there == libs.padded(where, data, len(there))


def test_a_new_version_goes_into_the_other_folder_and_back_again(board):
    before = snapshot(board)
    repl = Repl()
    todo = put(board, NEW, repl)
    assert todo[-1].where == libs.CHOSEN and version(board) == "new" and uses(board) == "lib2"
    assert is_there(board, "code.py", NEW["code.py"]) and repl.restarted and repl.closed
    after = snapshot(board)
    assert {where for where in before if after[where] != before[where]} == {"boot.py", "code.py"}, "and no other file"
    assert put(board, NEW, Repl()) == [], "up to date"
    held = {where: len(data) for where, data in after.items()}
    third = {**NEW, "lib/retrostep/one.mpy": b"C\x06third"}
    todo = put(board, third, Repl())
    assert uses(board) == "lib" and is_there(board, "lib/retrostep/one.mpy", b"C\x06third")
    assert [one.where for one in todo if one.what == "remove"] == ["lib/retrostep/gone.mpy"]
    put(board, NEW, Repl())
    assert version(board) == "new" and uses(board) == "lib2"
    now = {where: len(data) for where, data in snapshot(board).items()}
    assert all(now[where] == size for where, size in held.items() if where.startswith("lib2")), "nothing grew"


def test_what_is_not_in_the_modules_is_written_without_a_switch(board):
    put(board, NEW, Repl())
    (board / "code.py").write_bytes(b"# a weekend\n")
    todo = put(board, NEW, Repl())
    assert [(one.what, one.where) for one in todo] == [("replace", "code.py")] and uses(board) == "lib2"
    assert (board / "before-retrostep/code.py").read_bytes() == b"# a weekend\n"
    assert put(board, NEW, Repl()) == []


def test_facts_that_somebody_changed_in_the_folder_in_use_are_kept(board):
    mine = {**NEW, "lib/retrostep_board.py": b"BUTTON = 'GP9'\n"}
    put(board, mine, Repl())
    (board / "lib2/retrostep_board.py").write_bytes(b"BUTTON = 'GP8'\n")
    where = "lib2/retrostep_board.py"
    todo = put(board, mine, Repl())
    assert (todo[0].what, todo[0].where, todo[0].kept) == ("replace", where, "before-retrostep/" + where)
    assert (board / todo[0].kept).read_bytes() == b"BUTTON = 'GP8'\n" and uses(board) == "lib"
    assert is_there(board, "lib/retrostep_board.py", mine["lib/retrostep_board.py"])
    assert put(board, mine, Repl()) == []


@pytest.mark.parametrize("used", ["lib", "lib2"])
def test_cut_anywhere_it_has_the_old_version_or_all_of_the_new_one_and_goes_on(board, tmp_path, used):
    for files in ({**NEW, "lib/retrostep/one.mpy": b"C\x06"}, NEW, OLD)[: 3 * (used == "lib2")]:
        put(board, files, Repl())
    assert uses(board) == used and version(board) == "old"
    whole = Repl()
    shutil.copytree(board, tmp_path / "whole")
    put(tmp_path / "whole", NEW, whole)
    seen, kept = [], ("journal", "notes", "settings")
    mine = {where: data for where, data in snapshot(board).items() if where.startswith(kept)}
    for left in range(whole.commands):
        path = tmp_path / f"cut {left}"
        shutil.copytree(board, path)
        with pytest.raises(LinkBroken) as caught:
            put(path, NEW, Repl(left))
        seen.append(version(path))
        if str(caught.value) != over_console.BEFORE:
            assert str(caught.value) == over_console.LOOKING and snapshot(path) == snapshot(board)
        put(path, NEW, Repl())
        assert version(path) == "new"
        after = snapshot(path)
        assert {where: after[where] for where in mine} == mine
    assert set(seen) <= {"old", "new"} and seen == sorted(seen, key=["old", "new"].index) and "old" in seen


def test_an_older_update_that_was_left_half_goes(board):
    for name in ("list", "abcd1234", "finish.py"):
        (board / drive.STAGED).mkdir(exist_ok=True)
        (board / drive.STAGED / name).write_bytes(b"raise SystemExit")
    assert put(board, NEW, Repl())[0].where == drive.FINISH
    assert not (board / drive.STAGED).exists() and version(board) == "new"


def test_a_copy_onto_the_drive_goes_into_the_folder_in_use(board):
    put(board, NEW, Repl())
    assert drive.prepare(board, files=NEW) == [], "padding is no difference"
    newer = {where: data + b"!" for where, data in NEW.items()}
    assert "lib2/retrostep/one.mpy" in drive.prepare(board, files=newer)
    assert (board / "lib2/retrostep/one.mpy").read_bytes() == newer["lib/retrostep/one.mpy"] and uses(board) == "lib2"
    assert drive.prepare(board, files=newer) == []


def test_a_byte_that_arrives_wrong_is_sent_again_and_then_named(board):
    class Bad(Repl):
        wrong = 1

        def exec(self, command):
            if "put('/lib" in command and self.wrong > 0:
                self.wrong -= 1
                command = command.replace("b'Qw", "b'Rw")
            return super().exec(command)

    once = Bad()
    put(board, NEW, once)
    assert version(board) == "new" and once.wrong == 0
    always = Bad()
    always.wrong = 10**6
    with pytest.raises(BadDrive, match="does not hold what was written"):
        put(board, {**NEW, "lib/retrostep/one.mpy": b"C\x06newest"}, always)


# the verb -------------------------------------------------------------------------------------------------
@pytest.fixture
def plugged(board, monkeypatch, tmp_path):
    """The verb meets that board's console, and no drive."""
    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(install, "drives", lambda: [])
    monkeypatch.setattr(console, "boards", lambda: [console.Board(PORT, "", "")])
    repls = []

    def connect(path):
        assert path == PORT
        repls.append(Repl())
        return repls[-1]

    real = over_console.Board
    monkeypatch.setattr(console, "connect", connect)
    monkeypatch.setattr(over_console, "Board", lambda transport: real(transport, str(board)))
    monkeypatch.setattr(drive, "packed", lambda name: NEW)
    monkeypatch.setattr(over_console, "greet", lambda port, device: None)
    monkeypatch.setattr(over_console, "wait", lambda port: None)
    return board, repls


def test_without_a_drive_the_verb_takes_the_console(plugged, capsys):
    path, repls = plugged
    assert main._run(["install", "--dry-run"]) == 0
    assert "over its console" in capsys.readouterr().out and version(path) == "old" and repls[-1].restarted
    assert main._run(["install"]) == 0
    said = capsys.readouterr().out
    assert "write   lib2/retrostep/one.mpy" in said and "read back; the board starts again" in said
    assert version(path) == "new"
    assert main._run(["install", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["over"] == "console" and told["port"] == PORT and told["changes"] == [] and not told["written"]
    assert told["board"] == "pico_lsm6dsox" and told["uid"] == "E66138935F2C8A27"


def test_a_drive_that_is_read_only_leads_to_the_console_of_the_same_board(plugged, monkeypatch, capsys):
    path, _ = plugged
    found = install.look(path)
    monkeypatch.setattr(install, "drives", lambda: [found])
    monkeypatch.setattr(install, "is_writable", lambda found: False)
    other = console.Board("/dev/ttyOTHER", "", "E000000000000000")
    monkeypatch.setattr(console, "boards", lambda: [other, console.Board(PORT, "", found.uid)])
    assert main._run(["install"]) == 0 and version(path) == "new"
    monkeypatch.setattr(console, "boards", lambda: [other])
    assert main._run(["install", "--over", "console", "--path", str(path)]) == NoBoardFound.exit_code
    assert "nothing was written" in capsys.readouterr().err


def test_a_drive_that_may_be_written_is_written_as_before(plugged, monkeypatch):
    path, repls = plugged
    monkeypatch.setattr(install, "drives", lambda: [install.look(path)])
    assert main._run(["install"]) == 0 and version(path) == "new" and repls == []


def test_files_of_somebodys_own_are_asked_about_and_kept(plugged, capsys):
    path, repls = plugged
    (path / "code.py").write_bytes(b"# two weekends\n")
    before = snapshot(path)
    assert main._run(["install"]) == 29 and snapshot(path) == before and repls[-1].restarted
    assert "Not written" not in capsys.readouterr().out
    assert main._run(["install", "--yes"]) == 0
    assert (path / "before-retrostep/code.py").read_bytes() == b"# two weekends\n" and version(path) == "new"


def test_a_walk_that_runs_is_not_stopped(plugged, monkeypatch, capsys):
    from retrostep_host.sync import find
    from retrostep_host.sync.client import Client

    from tests.faults.board import Board
    from tests.faults.wire import Line, Wire

    path, repls = plugged
    walking = Board()
    walking.journal.start(0, {"placement": "ankle"})
    client = Client(Wire(walking.server, walking.tick, Line([]), Line([])), patience_s=0.5)
    monkeypatch.setattr(console, "boards", lambda: [console.Board(PORT, "/dev/ttyDATA", "")])
    monkeypatch.setattr(find, "connect", lambda port: (client, client.hello()))
    assert main._run(["install"]) == BoardRefused.exit_code
    assert "runs on the board" in capsys.readouterr().err and repls == [] and version(path) == "old"


def test_a_walk_that_is_on_no_computer_stops_an_install_until_it_is_synced(plugged, monkeypatch, capsys):
    from retrostep_host import home
    from retrostep_host.sync import find
    from retrostep_host.sync.client import Client

    from tests.faults.board import Board
    from tests.faults.wire import Line, Wire

    path, _ = plugged
    walked = Board()
    walked.walk(20)
    client = Client(Wire(walked.server, walked.tick, Line([]), Line([])), patience_s=0.5)
    monkeypatch.setattr(console, "boards", lambda: [console.Board(PORT, "/dev/ttyDATA", "")])
    monkeypatch.setattr(find, "connect", lambda port: (client, client.hello()))
    monkeypatch.setattr(over_console, "SETTLED_S", 0.0)
    assert main._run(["install"]) == 29 and version(path) == "old"
    assert "1 walk on the board is not on this computer" in capsys.readouterr().err
    assert main._run(["install", "--dry-run"]) == 0
    for name, mirror in zip("ab", walked.disk.mirrors, strict=True):
        (path / "journal" / name).mkdir(parents=True, exist_ok=True)
        (path / "journal" / name / "log.bin").write_bytes(mirror)
    monkeypatch.setattr(install, "drives", lambda: [install.look(path)])
    assert main._run(["install"]) == 29 and version(path) == "old", "over the drive as well"
    assert "`retrostep sync` first" in capsys.readouterr().err
    assert main._run(["recover", str(path)]) == 0 and home.store_path(None).exists()
    monkeypatch.setattr(install, "drives", lambda: [])
    assert main._run(["install"]) == 0 and version(path) == "new", "it is here now"


def test_without_walks_goes_on(plugged, monkeypatch):
    path, _ = plugged
    monkeypatch.setattr(over_console, "ask_the_firmware", lambda port: ("e0", ["ab" * 20]))
    assert main._run(["install", "--yes"]) == 29 and version(path) == "old"
    assert main._run(["install", "--without-walks"]) == 0 and version(path) == "new"


def test_a_full_drive_is_left_as_it_was(plugged, monkeypatch, capsys):
    path, _ = plugged
    before = hashlib.sha1(repr(snapshot(path)).encode()).hexdigest()
    monkeypatch.setattr(over_console.os, "statvfs", lambda _: (512, 0, 0, 4), raising=False)
    assert main._run(["install"]) == 14
    assert "nothing was written" in capsys.readouterr().err
    assert hashlib.sha1(repr(snapshot(path)).encode()).hexdigest() == before
