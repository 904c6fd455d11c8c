# SPDX-License-Identifier: MIT
"""The promise: without a data channel the walks still come home from a real CircuitPython over its console, a pulled
cable harms nothing, safe mode is no obstacle, and a drive that CircuitPython made anew is not called empty."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from retrostep_host import libs, over_console, packing
from retrostep_host.errors import EmptyLog, LinkBroken
from retrostep_host.sync import carve, console
from retrostep_host.virtual.rp2040 import fat, flash

from tests.board.at_desk import Desk
from tests.board.builds import FOUND, MISSING
from tests.faults.board import Board

STEPS = {1: 150, 2: 900}
NVM = b"RSW1".ljust(flash.NVM_SIZE, b"\0")
OLD_BOOT = "import storage\nstorage.remount('/', readonly=False)\n"  # as if before the data channel
BUSY_CODE = """
import microcontroller, time, watchdog
microcontroller.watchdog.timeout = 8
microcontroller.watchdog.mode = watchdog.WatchDogMode.RESET
while True:
    microcontroller.watchdog.feed()
    time.sleep(0.02)
"""
SAFE_MODE = """
import microcontroller
microcontroller.on_next_reset(microcontroller.RunMode.SAFE_MODE)
microcontroller.reset()
"""

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.uf2,
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals."),
    pytest.mark.skipif(not FOUND, reason=MISSING),
    pytest.mark.skipif(not shutil.which("mcopy"), reason="mtools is not installed: apt install mtools dosfstools."),
]


def content(folder: Path, board: Board) -> bytes:
    for name, mirror in zip("ab", board.disk.mirrors, strict=True):
        (folder / "journal" / name).mkdir(parents=True)
        (folder / "journal" / name / "log.bin").write_bytes(mirror)
    (folder / "boot.py").write_text(OLD_BOOT)
    (folder / "code.py").write_text(BUSY_CODE)
    return NVM + fat.make(folder, flash.DRIVE_SIZE)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    board = Board(sectors=16)
    for count in STEPS.values():
        board.walk(count)
    made = Desk(tmp_path_factory.mktemp("desk"), content(tmp_path_factory.mktemp("drive"), board))
    yield made
    made.end()


def log(desk: Desk) -> list[bytes]:
    """What the log on the flash of the running board holds, read over its console."""
    before = desk.say("status")["resets"]
    found = console.blocks(console.connect(desk.console))
    desk.restarted(before)
    return found


def test_without_a_data_channel_sync_and_doctor_say_how_to_go_on(desk):
    assert not (desk.ports / "data").exists()
    done = desk.verb("sync")
    assert done.returncode == 3 and "`retrostep sync --console`" in done.stderr and "stops a walk" in done.stderr
    done = desk.verb("doctor")
    assert done.returncode == 1 and "no data channel" in done.stdout and "sync --console" in done.stdout


def test_every_walk_comes_over_the_console_once_and_the_board_restarts(desk):
    before = desk.say("status")["resets"]
    found = json.loads(desk.verb("sync", "--console", "--json").stdout)
    assert {one["session"]: one["steps"] for one in found["sessions"]} == STEPS
    assert all(one["complete"] and not one["released"] for one in found["sessions"])
    desk.restarted(before)
    again = json.loads(desk.verb("sync", "--console", "--json").stdout)
    assert again == {"sessions": [], "left_on_board": 2}
    desk.restarted(before + 1)


def test_a_pulled_cable_is_one_sentence_and_the_board_comes_back_by_itself(desk, monkeypatch):
    monkeypatch.setattr(console, "DOG_S", 1)  # a prompt that waits is busy: 8 s of it take the emulator over a minute
    before = desk.say("status")["resets"]
    with pytest.raises(LinkBroken, match="went away; nothing was stored") as caught:
        console.blocks(console.connect(desk.console), lambda at, size: desk.say("unplug"))
    assert str(caught.value).endswith("run the same command.")
    desk.until(lambda status: status["resets"] > before)  # by its watchdog, which nobody feeds
    desk.say("plug")
    desk.until(lambda status: status["plugged"])
    assert {one.session for one in carve.gather(log(desk))} == set(STEPS)


def test_an_install_over_the_console_is_cut_off_gone_on_with_and_then_runs(desk):
    """Not the whole firmware: bench/install_on_board.py has that. A few modules and our which_lib.py, on real
    CircuitPython; what is padded is imported from the folder that was chosen."""
    files = {f"lib/retrostep/{name}": b"" for name in ("__init__.py", "device/__init__.py")}
    files |= {"lib/retrostep/device/guard.py": b"WHERE = __file__\n", "boot.py": OLD_BOOT.encode()}
    files |= {"which_lib.py": (ROOT / "firmware/which_lib.py").read_bytes()}
    code = BUSY_CODE.replace("0.02", "0.03").encode()
    new = packing.pack({**files, "code.py": code}, groups={})

    def put(cut=None):
        there = over_console.Board(console.connect(desk.console))
        before = desk.say("status")["resets"]
        try:
            there.open()
            todo = over_console.switched(there, new)
            if todo:
                there.install(todo, new, lambda done, of: cut and done >= of * cut and desk.say("power_cut"))
            runs = there.read("which_lib.py") and there._exec(
                "import which_lib, sys\nprint(sys.modules['retrostep.device.guard'].__file__)"
            )
            return runs, [change.where for change in todo]
        finally:
            there.close()
            desk.restarted(before)

    with pytest.raises(LinkBroken) as caught:
        put(cut=0.6)
    assert str(caught.value) == over_console.BEFORE
    _, todo = put()
    assert todo[-1] == libs.CHOSEN and len(todo) >= 2
    runs, todo = put()
    assert todo == [] and runs.startswith(b"/lib2/retrostep/device/guard.")


def test_in_safe_mode_the_walks_are_read_as_well(desk):
    before = desk.say("status")["resets"]
    line = console.connect(desk.console)
    line.enter_raw_repl()
    line.exec_raw_no_follow(SAFE_MODE)
    line.close()
    desk.restarted(before)
    line = console.connect(desk.console)
    line.enter_raw_repl()
    safe = line.exec("import storage; print(storage.getmount('/').readonly)")
    line.close()
    assert b"True" in safe  # boot.py, which makes the drive writable for the code, did not run
    assert {one.session for one in carve.gather(log(desk))} == set(STEPS)


def test_a_drive_that_circuitpython_made_anew_is_said_to_be_lost_and_its_walks_are_carved(tmp_path):
    board = Board(sectors=16)
    board.walk(150)
    made = bytearray(content(tmp_path / "drive", board))
    made[flash.NVM_SIZE : flash.NVM_SIZE + 4096] = b"\xff" * 4096  # no file system: CircuitPython makes one, unasked
    desk = Desk(tmp_path, bytes(made))
    try:
        with pytest.raises(EmptyLog, match="There was a log on this board and it is gone"):
            console.blocks(console.connect(desk.console))
    finally:
        desk.end()
    fat.extract(desk.flash.read_bytes()[flash.NVM_SIZE :], tmp_path / "anew")
    assert not (tmp_path / "anew" / "journal").exists()
    found = desk.verb("recover", str(desk.flash), "--json")
    assert [one["steps"] for one in json.loads(found.stdout)["sessions"]] == [150]
