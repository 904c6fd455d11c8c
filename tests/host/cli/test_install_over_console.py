# SPDX-License-Identifier: MIT
"""The promise: over the console a board gets what a copy onto its drive would give it; cut anywhere, it has the old
version or all of the new one, and the same command goes on where it stopped."""

import contextlib
import hashlib
import json
import shutil

import pytest
from retrostep_host import board_side, drive, install, over_console
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
        todo = drive.changes(there, new)
        if todo:
            there.install(todo, new)
        else:
            there.tidy()
        return todo
    finally:
        there.close()


def boot(path, monkeypatch):
    """What boot.py does first on the board: end an update that lies there whole."""
    file = path / drive.FINISH
    if not file.exists():
        return
    text = file.read_text().replace('ROOT, HERE = ""', f"ROOT, HERE = {str(path)!r}").replace("import storage\n", "")
    text = text.replace("open(HERE", "open(ROOT + HERE").replace("(HERE)", "(ROOT + HERE)")
    text = text.replace("os.remove(HERE", "os.remove(ROOT + HERE").replace("os.rmdir(HERE", "os.rmdir(ROOT + HERE")
    owner = []
    storage = type("storage", (), {"remount": lambda where, readonly: owner.append(readonly)})
    exec(text, {"storage": storage})
    assert owner == [False, True], "boot.py goes on with the drive as it found it"


def version(path):
    """ "old", "new", or what is half."""
    for name, files in (("old", OLD), ("new", NEW)):
        there = {one.relative_to(path).as_posix() for one in (path / "lib/retrostep").rglob("*.mpy")}
        wanted = {where for where in files if where.startswith("lib/")}
        if there == wanted and all((path / one).read_bytes() == files[one] for one in wanted | {"code.py"}):
            return name
    return "half"


def test_the_board_ends_up_as_a_copy_onto_its_drive_would_leave_it(board, tmp_path):
    copied = tmp_path / "copied"
    shutil.copytree(board, copied)
    drive.prepare(copied, files=NEW)
    repl = Repl()
    todo = put(board, NEW, repl)
    assert snapshot(board) == snapshot(copied) and not (board / drive.STAGED).exists()
    assert [change.what for change in todo if change.where == "lib/retrostep/gone.mpy"] == ["remove"]
    assert repl.restarted and repl.closed
    assert put(board, NEW, Repl()) == [], "up to date"


def test_cut_anywhere_it_has_the_old_version_or_all_of_the_new_one_and_goes_on(board, tmp_path, monkeypatch):
    whole = Repl()
    shutil.copytree(board, tmp_path / "whole")
    put(tmp_path / "whole", NEW, whole)
    seen, mine = [], {where: data for where, data in snapshot(board).items() if where not in OLD}
    for left in range(whole.commands):
        path = tmp_path / f"cut {left}"
        shutil.copytree(board, path)
        with pytest.raises(LinkBroken) as caught:
            put(path, NEW, Repl(left))
        boot(path, monkeypatch)
        seen.append(version(path))
        said = str(caught.value)
        assert (said == over_console.AFTER) <= (seen[-1] == "new") and (said == over_console.BEFORE) <= (
            seen[-1] == "old" or (path / drive.MANIFEST).read_bytes() == drive.manifest(NEW)
        )
        again = Repl()
        put(path, NEW, again)
        assert version(path) == "new" and not (path / drive.STAGED).exists()
        after = snapshot(path)
        assert {where: after[where] for where in mine if where != drive.MANIFEST} == {
            where: data for where, data in mine.items() if where != drive.MANIFEST
        }
    assert set(seen) == {"old", "new"} and seen == sorted(seen, key=["old", "new"].index)


def test_a_finish_that_was_cut_off_does_nothing():
    for end in range(0, len(board_side.FINISH) - 2, 3):
        touched = []
        storage = type("storage", (), {"remount": lambda *_, touched=touched, **__: touched.append(1)})
        text = board_side.FINISH[:end].replace("import storage\n", "")
        with contextlib.suppress(Exception):  # as boot.py does
            exec(text, {"storage": storage})
        assert not touched, board_side.FINISH[:end]


def test_what_was_staged_is_not_sent_again(board):
    sent = []

    class Heard(Repl):
        def exec(self, command):
            if "put('/retrostep_new/" in command:
                sent.append(command.split("'")[1])
            return super().exec(command)

    with pytest.raises(LinkBroken):
        put(board, NEW, Heard(9))
    first = list(sent)
    put(board, NEW, Heard())
    assert len(first) >= 4 and set(sent[len(first) :]).isdisjoint(first[:-1])


def test_an_update_that_was_left_half_does_not_end_over_a_copied_one(board, monkeypatch):
    newer = {where: data + b"!" for where, data in NEW.items()}
    whole = Repl()
    whole.left = 10**6
    cut = Repl()
    there = over_console.Board(cut, str(board))
    there.open()
    todo = drive.changes(there, NEW)
    monkeypatch.setattr(there, "_look", lambda: cut.exec("raise KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        there.install(todo, NEW)
    assert (board / drive.FINISH).exists()
    drive.prepare(board, files=newer)
    boot(board, monkeypatch)
    assert (board / "code.py").read_bytes() == newer["code.py"]


def test_a_byte_that_arrives_wrong_is_sent_again_and_then_named(board):
    class Bad(Repl):
        wrong = 1

        def exec(self, command):
            if "put('/retrostep_new/" in command and self.wrong > 0:
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
    assert "write   lib/retrostep/one.mpy" in said and "read back; the board starts again" in said
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
