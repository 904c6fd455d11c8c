# SPDX-License-Identifier: MIT
"""Install over the console on the emulated board with official CircuitPython and our whole firmware: which flash
sectors are erased, and what a board runs after its power was cut at a random moment of it.

question  how often is the sector of FAT and root folder rewritten, by an update and by a copy onto the drive; after a
          cut: does the board run the old or the new version, does its walk come home, is the drive lost
data      three updates, uncut: from the layout before there were two folders of modules, from there into lib, and
          into lib2 again; each flash operation with its time. Versions differ in a third of the modules or in all (one
          more name, so that packing spells others anew). A copy: the same files written one by one by mtools, synced
          after each as `install` does on a mounted drive, the changed blocks through CircuitPython's cache of a sector
method    a cut at a moment drawn evenly over the whole procedure: the flash as the operations until then left it, the
          one under way torn. It is read through its FAT (whole_judge.py); some boards are started from it
seed      --seed: the moments and how they tear
run       python bench/install_on_board.py [--uf2 FILE] [--record FILE] [--cuts 200] [--boots 21] [--write]
          (an hour; Linux, mtools and dosfstools; --record keeps the three updates, or takes them from there)
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep import __version__  # noqa: E402
from retrostep_host import drive, libs, over_console, packing  # noqa: E402
from retrostep_host.errors import RetrostepError  # noqa: E402
from retrostep_host.sync import console, find, repl  # noqa: E402
from retrostep_host.virtual.rp2040 import fat  # noqa: E402
from retrostep_host.virtual.rp2040 import flash as chip  # noqa: E402

from bench import whole_judge  # noqa: E402
from bench.reliability import rewrite  # noqa: E402
from tests.board.at_desk import Desk  # noqa: E402

UPDATES = (("first", "0.0.1", "0.0.2"), ("back", "0.0.2", "0.0.3"), ("again", "0.0.1", __version__))
OLDEST = UPDATES[0][1]
SECTOR = 4096
STEPS = 150
# what stood in the root before there were two folders of modules
ROOT_OF_0_2 = {
    "boot.py": b"try:\n    from retrostep.device import boot\n\n    boot.prepare()\nexcept Exception as error:\n"
    b'    print("retrostep:", error)\n',
    "code.py": b"from retrostep.device import guard\n\nguard.run()\n",
}
PATIENCE_S = 900  # of wall time, for a board that starts


@dataclass(frozen=True)
class Operation:
    """One command to the flash chip: s, its code, where (from nvm on), what is programmed."""

    at_s: float
    code: int
    address: int
    data: bytes

    @property
    def takes_s(self) -> float:
        return chip.PROGRAM_S if self.code == chip.PAGE_PROGRAM else chip.ERASE_S

    @property
    def is_erase(self) -> bool:
        return self.code != chip.PAGE_PROGRAM

    def do(self, content: bytearray, torn: random.Random | None = None) -> None:
        """Onto nvm and drive; half of it (as virtual/rp2040/flash.py tears) with `torn`."""
        at = self.address
        if self.code == chip.PAGE_PROGRAM:
            data = self.data if torn is None else self.data[: torn.randrange(len(self.data) + 1)]
            old = content[at : at + len(data)]
            content[at : at + len(data)] = bytes(one & other for one, other in zip(old, data, strict=True))
        elif torn is None:
            content[at : at + SECTOR] = b"\xff" * SECTOR
        else:
            content[at : at + SECTOR] = bytes(old | torn.getrandbits(8) for old in content[at : at + SECTOR])


@dataclass(frozen=True)
class Update:
    """One uncut update: its name, the flash before, what was done, how long the board took."""

    name: str
    before: bytes
    operations: list[Operation]
    seconds: float
    to: str

    def cut(self, moment: float, torn: random.Random) -> tuple[bytes, str]:
        """(flash when the power goes at `moment` s after the first operation, what that tore)."""
        content, start = bytearray(self.before), self.operations[0].at_s
        for one in self.operations:
            begun = moment - (one.at_s - start)
            if begun < 0:
                break
            if begun < one.takes_s:
                one.do(content, torn)
                return bytes(content), f"{'erase' if one.is_erase else 'program'} of {self.place(one)}"
            one.do(content)
        return bytes(content), "nothing"

    @cached_property
    def _layout(self) -> dict[int, set[str]]:
        after = bytearray(self.before)
        for one in self.operations:
            one.do(after)
        return whole_judge.layout(bytes(after))

    def place(self, one: Operation) -> str:
        """What lies in the sector that an operation changes, when all is done."""
        names = self._layout.get(one.address // SECTOR, set())
        kinds = {"FAT and root" if name == "FAT" else name.split("/")[0] for name in names}
        return ", ".join(sorted(kinds)) or "nothing"


def version(name: str, extra: str) -> dict[str, bytes]:
    """A drive of a version called `name`, whose modules all differ from another one's."""
    files = drive.contents()
    where = "lib/retrostep/__init__.py"
    files[where] = files[where].replace(__version__.encode(), name.encode())
    where = "lib/retrostep/engine.py"
    files[where] += f"\n\ndef {extra}(one_more):\n    return one_more\n\n\nprint({extra})\n".encode()
    return packing.pack(files)


def all_versions() -> dict[str, dict[str, bytes]]:
    older = {one: version(one, f"one_more_name_{number}") for number, (_, one, _) in enumerate(UPDATES[:2])}
    return {**older, UPDATES[1][2]: version(UPDATES[1][2], "a_third_name"), __version__: drive.packed()}


def first_flash(folder: Path, files: dict[str, bytes]) -> bytes:
    """A board that was installed before there were two folders of modules, and has walked."""
    from tests.faults.board import Board

    drive.prepare(folder, files={**files, **ROOT_OF_0_2}, settings={"side": "left"})
    board = Board(sectors=64)
    board.walk(STEPS)
    for name, mirror in zip("ab", board.disk.mirrors, strict=True):
        (folder / "journal" / name).mkdir(parents=True)
        (folder / "journal" / name / "log.bin").write_bytes(mirror)
    return b"RSW1".ljust(chip.NVM_SIZE, b"\0") + fat.make(folder, chip.DRIVE_SIZE)


def runs(desk: Desk) -> str:
    """The version that answers, once one does."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            client, hello = find.connect(str(desk.ports / "data"))
            client.port.close()
            return hello.firmware
        except RetrostepError:
            time.sleep(1)
    return "nothing"


def heard(log: Path) -> list[Operation]:
    found = []
    for line in log.read_text().splitlines():
        at_s, code, address, *data = line.split()
        where = int(address, 16) - chip.NVM_START
        if where >= 0:
            found.append(Operation(float(at_s), int(code, 16), where, bytes.fromhex("".join(data))))
    return found


def update(folder: Path, content: bytes, name: str, files: dict[str, bytes], to: str) -> tuple[Update, bytes]:
    """Install `files` uncut; the console stops the firmware while it starts. The update, and the flash after it."""
    log = folder / "operations"
    log.write_text("")
    desk = Desk(folder, content)
    try:
        there = over_console.Board(console.connect(desk.console))
        there.open()
        skip = len(heard(log))
        todo = over_console.switched(there, files)
        print(f"{name}: {len(todo)} files, {there.free // 1000} kB free, {there.needs(todo) // 1000} kB needed")
        there.install(todo, files)
        operations = heard(log)
    finally:
        desk.end()
    before = bytearray(content)
    for one in operations[:skip]:
        one.do(before)
    now = bytearray(before)
    for one in operations[skip:]:
        one.do(now)
    done = operations[skip:]
    return Update(name, bytes(before), done, done[-1].at_s - done[0].at_s, to), bytes(now)


def copied(old: dict[str, bytes], new: dict[str, bytes], folder: Path) -> Update:
    """A copy of one version over the other on a mounted drive, synced after each file, as `install` does it."""
    before = first_flash(folder, old)
    image, operations, at_s = folder / "image", [], 0.0
    image.write_bytes(before[chip.NVM_SIZE :])
    there = bytearray(before[chip.NVM_SIZE :])
    data = min(sector for sector, names in whole_judge.layout(before).items() if sector and "FAT" not in names) - 1
    environment = dict(os.environ, MTOOLS_SKIP_CHECK="1")
    for where, content in new.items():
        (folder / "one").write_bytes(content)
        for words in (  # a computer looks for room behind what it wrote last, mtools from the beginning
            ["mren", "-i", image, f"::{where}", "old.xyz"],
            ["mcopy", "-i", image, folder / "one", f"::{where}"],
            ["mdel", "-i", image, f"::{PurePosixPath(where).with_name('old.xyz')}"],
        ):
            subprocess.run(list(map(str, words)), check=True, env=environment)
        after = image.read_bytes()
        blocks = [at for at in range(0, len(after), 512) if there[at : at + 512] != after[at : at + 512]]
        for sector, some in groupby(sorted(blocks, key=lambda at: (at // SECTOR < data, at)), lambda at: at // SECTOR):
            for at in some:
                there[at : at + 512] = after[at : at + 512]
            address = sector * SECTOR + chip.NVM_SIZE
            pages = [(chip.SECTOR_ERASE, address, b"")]
            pages += [
                (chip.PAGE_PROGRAM, at, bytes(there[at - chip.NVM_SIZE : at - chip.NVM_SIZE + 256]))
                for at in range(address, address + SECTOR, 256)
            ]
            for code, at, bytes_ in pages:
                operations.append(Operation(at_s, code, at, bytes_))
                at_s += operations[-1].takes_s
    return Update("copy", before, operations, at_s, __version__)


def started(flash: bytes, steps: int) -> tuple[str, str]:
    """(what a board with that flash runs, what becomes of its walk)."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["RETROSTEP_HOME"] = home
        desk = Desk(Path(home), flash)
        try:
            answers = runs(desk)
            if answers == "nothing":
                return answers, ""
            done = desk.verb("sync", "--json", limit=PATIENCE_S)
            walks = [one["steps"] for one in json.loads(done.stdout or '{"sessions": []}')["sessions"]]
            return answers, "home" if walks == [steps] else f"{walks} {done.stderr[-200:]}"
        finally:
            desk.end()


def erases(one: Update) -> Counter[str]:
    found: Counter[str] = Counter()
    for operation in one.operations:
        if operation.is_erase:
            found["FAT and root" if "FAT" in one.place(operation) else "other"] += 1
    return found


def seen(flash: bytes, files: dict[str, dict[str, bytes]], walks: bytes) -> str:
    """What a board with that flash would run, read through its FAT: "old", "new", "half", "no root" or "no drive"."""
    volume, found = flash[chip.NVM_SIZE :], {}
    for where in ("boot.py", "code.py", "which_lib.py", libs.CHOSEN, "journal/a/log.bin", "journal/b/log.bin"):
        if (data := fat.get(volume, where)) is not None:  # one by one: mtools stops at a folder that is torn
            found[where] = data
    if not found.get("journal/a/log.bin") and not found.get("journal/b/log.bin"):
        return "no drive"
    if walks not in (found.get("journal/a/log.bin"), found.get("journal/b/log.bin")):
        return "half"
    for where in ("boot.py", "code.py"):
        if not any(_same(where, found, one) for one in (*files.values(), ROOT_OF_0_2)):
            return "no root"
    is_older = _same("code.py", found, ROOT_OF_0_2)
    if not is_older and not _same("which_lib.py", found, files["new"]):
        return "no root"
    chosen = found.get(libs.CHOSEN, b"")[: libs.CHOICE].strip()
    lib = "lib2" if chosen == b"/lib2" and not is_older else "lib"
    found = extracted(volume, lib)
    for name, one in files.items():
        there = {lib + where[3:]: data for where, data in one.items() if where.startswith("lib/")}
        if all(_same(where, found, there) for where in there):
            return name
    return "half"


def extracted(volume: bytes, lib: str) -> dict[str, bytes]:
    """The files of a folder of modules."""
    with tempfile.TemporaryDirectory() as scratch:
        image, out = Path(scratch) / "fat", Path(scratch) / "out"
        image.write_bytes(volume)
        out.mkdir()
        command = ["mcopy", "-s", "-n", "-i", str(image), f"::{lib}", str(out)]
        subprocess.run(command, capture_output=True, env=dict(os.environ, MTOOLS_SKIP_CHECK="1"))
        files = (one for one in out.rglob("*") if one.is_file())
        return {one.relative_to(out).as_posix(): one.read_bytes() for one in files}


def _same(where: str, found: dict[str, bytes], files: dict[str, bytes]) -> bool:
    there = found.get(where)
    return there is not None and there == libs.padded(where, files[where], len(there))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--uf2", type=Path)
    parser.add_argument("--cuts", type=int, default=200, help="of each update, read from the flash that the cut leaves")
    parser.add_argument("--boots", type=int, default=21, help="so many of them are started")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, help="where the uncut updates are kept")
    parser.add_argument("--write", action="store_true", help="rewrite docs/reliability.md")
    asked = parser.parse_args()
    if asked.uf2:
        os.environ["RETROSTEP_UF2"] = str(asked.uf2)
    repl.ENTER_S, repl.STOP_S, repl.ANSWER_S, repl.STALL_S = 120.0, 20.0, 600.0, 300.0  # emulated, on a busy computer
    versions = all_versions()
    updates = recorded(versions, asked.record)
    with tempfile.TemporaryDirectory() as folder:
        updates.append(copied(versions[OLDEST], versions[__version__], Path(folder)))
    return judge(updates, versions, asked)


def recorded(versions: dict[str, dict[str, bytes]], record: Path | None) -> list[Update]:
    """Three updates, uncut; the second and the third both from the flash that the first left, for the third with `lib`
    chosen again: so both write what differs everywhere from what lies there."""
    kept = pickle.loads(record.read_bytes()) if record and record.exists() else []
    updates = [one for one, _ in kept]
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(RETROSTEP_HOME=home, RETROSTEP_FLASH_LOG=str(Path(home) / "operations"))
        (Path(home) / "drive").mkdir()
        for name, before, to in UPDATES[len(kept) :]:
            content = kept[0][1] if kept else first_flash(Path(home) / "drive", versions[before])
            if name == "again":
                content = content.replace(libs.choice("lib2"), libs.choice("lib"))
            one, after = update(Path(home), content, name, versions[to], to)
            updates.append(one)
            kept.append((one, after))
            print(f"{name}: {one.seconds:.1f} s, erases: {dict(erases(one))}", flush=True)
            if record:
                record.write_bytes(pickle.dumps(kept))
        del os.environ["RETROSTEP_FLASH_LOG"]
    return updates


NAMES = {
    "first": "console, the first: from one folder to two",
    "back": "console, the second: into `lib`, as a copy had made it",
    "again": "console, every later one",
    "copy": "the same files copied onto the drive",
}
SEEN = ("old", "new", "half", "no root", "no drive")


def judge(updates: list[Update], versions: dict[str, dict[str, bytes]], asked: argparse.Namespace) -> int:
    faults, boots = 0, Counter[str]()
    rows = ["| update | s | erases | of FAT and root | " + " | ".join(f"{one}, of {asked.cuts}" for one in SEEN) + " |"]
    rows.append("|---|---:|---:|---:|" + "---:|" * len(SEEN))
    for one in updates:
        rng, tally = random.Random(f"{one.name} {asked.seed}"), Counter[str]()
        before = next((old for name, old, _ in UPDATES if name == one.name), OLDEST)
        files = {"old": versions[before], "new": versions[one.to]}
        walks = whole_judge.look(one.before).files["journal/a/log.bin"]
        cuts = sorted(rng.uniform(0, one.seconds) for _ in range(asked.cuts))
        started_at = set() if one.name == "copy" else set(rng.sample(range(asked.cuts), asked.boots // 3))
        for number, moment in enumerate(cuts):
            flash, torn = one.cut(moment, rng)
            says = seen(flash, files, walks)
            tally[says] += 1
            if says not in ("old", "new"):
                print(f"{one.name}, cut at {moment:.2f} s, torn: {torn}: {says}", flush=True)
            if number in started_at:
                answers, walk = started(flash, STEPS)
                runs_it = "nothing" if answers == "nothing" else "new" if answers == one.to else "old"
                boots[f"{says}, and runs {runs_it}, walk {walk or 'not asked'}"] += 1
                faults += says in ("old", "new") and (runs_it != says or walk != "home")
                print(f"{one.name}, cut at {moment:.2f} s: {says}, runs {answers}, walk {walk}", flush=True)
        found = erases(one)
        cells = [f"{one.seconds:.0f}", found["FAT and root"] + found["other"], found["FAT and root"]]
        cells += [tally[what] for what in SEEN]
        rows.append(f"| {NAMES[one.name]} | " + " | ".join(map(str, cells)) + " |")
        print(rows[-1], flush=True)
    said = "; ".join(f"{count} {what}" for what, count in boots.items())
    text = "\n".join([*rows, "", f"Of the cuts over the console {sum(boots.values())} were started: {said}."])
    print(text)
    if asked.write:
        counts = f"--cuts {asked.cuts} --boots {asked.boots} --seed {asked.seed}"
        rewrite("install", f"python bench/install_on_board.py {counts} --write", text)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
