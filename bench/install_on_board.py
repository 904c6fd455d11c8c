# SPDX-License-Identifier: MIT
"""Install over the console on the emulated board with official CircuitPython and our whole firmware: cut while the new
version is sent, cut while it is put in place, and gone on with.

run       python bench/install_on_board.py [--uf2 FILE]      (ten minutes; Linux, mtools and dosfstools)
out       what ran after each cut, how long the board was busy; exit 1 when a version was half or a walk is lost
from      the older version is this one with one more name, so that packing spells every module differently
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]
OLDER = "0.0.1"


def older() -> dict[str, bytes]:
    """A drive of an older version: every module of ours differs."""
    from retrostep import __version__
    from retrostep_host import drive, packing

    files = drive.contents()
    where = "lib/retrostep/__init__.py"
    files[where] = files[where].replace(__version__.encode(), OLDER.encode())
    where = "lib/retrostep/engine.py"
    files[where] += b"\n\ndef an_older_name(one_more):\n    return one_more\n\n\nprint(an_older_name)\n"
    return packing.pack(files)


def flash(folder: Path) -> bytes:
    """A board that was installed before and has walked."""
    from retrostep_host import drive
    from retrostep_host.virtual.rp2040 import fat
    from retrostep_host.virtual.rp2040 import flash as chip

    from tests.faults.board import Board

    drive.prepare(folder, files=older(), settings={"side": "left"})
    board = Board(sectors=16)
    board.walk(150)
    for name, mirror in zip("ab", board.disk.mirrors, strict=True):
        (folder / "journal" / name).mkdir(parents=True)
        (folder / "journal" / name / "log.bin").write_bytes(mirror)
    return b"RSW1".ljust(chip.NVM_SIZE, b"\0") + fat.make(folder, chip.DRIVE_SIZE)


def runs(desk) -> str:
    """The version that answers, once one does."""
    from retrostep_host.errors import RetrostepError
    from retrostep_host.sync import find

    end = time.monotonic() + 600
    while time.monotonic() < end:
        try:
            client, hello = find.connect(str(desk.ports / "data"))
            client.port.close()
            return hello.firmware
        except RetrostepError:
            time.sleep(1)
    return "nothing"


def cut_at(desk, share: float) -> str:
    """Install, and take the power away at a share of the work. What was said then."""
    from retrostep_host import drive, over_console
    from retrostep_host.errors import LinkBroken
    from retrostep_host.sync import console

    def progress(done: int, of: int) -> None:
        if done > share * of:
            desk.say("power_cut")

    there = over_console.Board(console.connect(desk.console))
    try:
        there.open()
        new = drive.packed(None)
        todo = drive.changes(there, new)
        print(f"  {len(todo)} files to change, {there.free // 1000} kB free, {there.needs(todo) // 1000} kB needed")
        there.install(todo, new, progress)
    except LinkBroken as error:
        return str(error)
    finally:
        there.close()
    return "not cut"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--uf2", type=Path)
    asked = parser.parse_args()
    if asked.uf2:
        os.environ["RETROSTEP_UF2"] = str(asked.uf2)
    from retrostep import __version__
    from retrostep_host import over_console

    from tests.board.at_desk import Desk

    faults = []

    def claim(is_so: bool, words: str) -> None:
        print(f"  {'yes' if is_so else 'NO '} {words} ({time.monotonic() - began:.0f} s)", flush=True)
        faults.extend([words] * (not is_so))

    with tempfile.TemporaryDirectory() as home:
        began = time.monotonic()
        os.environ["RETROSTEP_HOME"] = home
        (Path(home) / "drive").mkdir()
        desk = Desk(Path(home), flash(Path(home) / "drive"))
        try:
            claim(runs(desk) == OLDER, f"the board runs {OLDER}")
            claim(cut_at(desk, 0.3) == over_console.BEFORE, "cut while it was sent, it says so")
            claim(runs(desk) == OLDER, f"and runs {OLDER}")
            before = desk.say("status")["erases"]
            claim(cut_at(desk, 0.85) == over_console.AFTER, "gone on with, and cut while it was put in place")
            print(f"  {desk.say('status')['erases'] - before} erases")
            claim(runs(desk) == __version__, f"boot.py ended it: the board runs {__version__}")
            done = desk.verb("install", "--json", limit=600)
            claim(done.returncode == 0 and json.loads(done.stdout)["changes"] == [], "and has all of it")
            print(done.stderr, end="")
            runs(desk)
            done = desk.verb("sync", "--json", limit=600)
            claim([one["steps"] for one in json.loads(done.stdout)["sessions"]] == [150], "its walk is whole")
        finally:
            desk.end()
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
