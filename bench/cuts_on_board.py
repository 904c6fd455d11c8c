# SPDX-License-Identifier: MIT
"""Does the journal survive power cuts on real CircuitPython with its real FAT?

question  acknowledged records lost, records invented, over random cuts at flash operations, torn in the middle
data      bench/on_board/cuts.py on an emulated RP2040 with an official build; only hall, journal and the disk
seed      --seed: which operation is cut, and how it tears
run       python bench/cuts_on_board.py --uf2 FILE [--cuts 200] [--write]     (about 16 s a cut; when interrupted it
          tells, and with --write writes, the cuts that were done)
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]

from bench.reliability import be_interruptible, rewrite  # noqa: E402

ROOMS = ("__init__.py", "compat.py", "errors.py", "events.py", "settings.py", "units.py", "journal")
BOOT = "import storage\nstorage.disable_usb_drive()\nstorage.remount('/', readonly=False)\n"
MOST_OPS = 24  # flash operations after READY, at most: about ten flushes


@dataclass
class Judge:
    """What was acknowledged, held against what each boot finds."""

    cuts: int = 0  # judged by the boot that came after
    acked: dict[int, int] = field(default_factory=dict)
    released: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    records: int = 0
    rebuilt: int = 0
    remade: int = 0

    def hear(self, cut: int, text: str) -> None:
        """The console of one boot, which the `cut`th cut came before."""
        found: dict[int, int] = {}
        text = re.sub(r"\x1b\].*?\x1b\\", "", text)  # the title that CircuitPython gives the terminal
        lines = [line.split() for line in text.splitlines()]
        if not any(words[:1] == ["READY"] for words in lines):
            self.faults.append(f"cut {cut}: the board did not come back: {text[-300:]!r}")
            return
        for words in lines:
            if words[:1] == ["BOOT"] and len(words) > 5:
                self.rebuilt += cut > 0 and (words[2] != "0" or words[3] != "0")
                self.remade += cut > 0 and "True" in "".join(words[4:6])
            elif words[:1] == ["FOUND"] and len(words) == 4:
                found[int(words[1])] = int(words[2])
                if words[2] == "-1":
                    self.faults.append(f"cut {cut}: session {words[1]} holds steps that nobody walked, or a hole")
                elif words[3] != "1":
                    self.faults.append(f"cut {cut}: session {words[1]} was not closed")
            elif words[:1] == ["READY"]:
                for session, count in self.acked.items():
                    have = found.get(session, 0)
                    if session not in self.released and have < count:
                        self.faults.append(f"cut {cut}: session {session} had {count} steps, {have} are there")
                self.records += sum(count for s, count in self.acked.items() if s not in self.released)
                self.acked = dict(found)
            elif words[:1] == ["ACK"] and len(words) == 3 and words[2].isdigit():
                self.acked[int(words[1])] = int(words[2])
            elif words[:1] == ["REL"] and len(words) == 2:
                self.released.add(int(words[1]))
        self.cuts = cut

    def rows(self, seed: int) -> str:
        """What was found after so many cuts, without a fault."""
        found = [
            "| measure | value |",
            "|---|---|",
            f"| random cuts at a flash operation, torn in the middle (seed {seed}) | {self.cuts} |",
            f"| boots that found a mirror behind or torn, and repaired it | {self.rebuilt} |",
            f"| boots that found a mirror's file gone and made it anew | {self.remade} |",
            f"| acknowledged steps looked for after a cut | {self.records:,} |",
            "| acknowledged steps lost | **0** |",
            "| steps invented, sessions left open | **0** |",
        ]
        return "\n".join(found)


def drive(folder: Path) -> None:
    (folder / "boot.py").write_text(BOOT)
    shutil.copy(ROOT / "bench" / "on_board" / "cuts.py", folder / "code.py")
    lib, source = folder / "lib" / "retrostep", ROOT / "lib" / "retrostep"
    (lib / "device").mkdir(parents=True)
    for name in ROOMS:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy
        copy(source / name, lib / name)
    for name in ("__init__.py", "flash.py", "mirrors.py", "nvm.py"):
        shutil.copy(source / "device" / name, lib / "device" / name)
    for cache in folder.rglob("__pycache__"):
        shutil.rmtree(cache)


async def boot(uf2: Path, content: bytes | None, folder: Path, rng: random.Random) -> tuple[str, bytes]:
    """One boot until its cut; the console's text and the flash afterwards."""
    from retrostep_host.virtual.rp2040.board import EmulatedBoard

    board = EmulatedBoard(uf2, drive=folder, content=content)
    console = bytearray()
    armed = [False]

    def hear(data: bytes) -> None:
        console.extend(data)
        if not armed[0] and b"READY\r\n" in console:
            armed[0] = True
            board.cut_after(rng.randrange(MOST_OPS), rng)

    board.computer.on_data[0] = hear
    await board.boot()
    try:
        await board.until(lambda: board.flash.is_cut or b"Traceback" in console, 300)
    finally:
        await board.halt()
    return console.decode("utf-8", "replace"), board.flash.dump()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--uf2", default=os.environ.get("RETROSTEP_UF2"), help="an official CircuitPython build")
    options.add_argument("--cuts", type=int, default=200)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--quick", action="store_true", help="3 cuts")
    options.add_argument("--write", action="store_true", help="rewrite docs/reliability.md")
    chosen = options.parse_args()
    if not chosen.uf2:
        print("No CircuitPython build was named; give one with --uf2 or RETROSTEP_UF2. Nothing was run.")
        return 0
    count = 3 if chosen.quick else chosen.cuts
    rng, judge, code = random.Random(chosen.seed), Judge(), 0
    be_interruptible()
    print(f"seed {chosen.seed}")
    try:
        run(Path(chosen.uf2), count, rng, judge)
    except KeyboardInterrupt:
        print(f"interrupted; {judge.cuts} of {count} cuts were done", file=sys.stderr)
        code = 130
    if judge.faults:
        return 1
    if judge.cuts:
        print(judge.rows(chosen.seed))
    if chosen.write and judge.cuts:
        command = f"python bench/cuts_on_board.py --uf2 FILE --cuts {judge.cuts} --seed {chosen.seed} --write"
        rewrite("board", command, judge.rows(chosen.seed))
    return code


def run(uf2: Path, count: int, rng: random.Random, judge: Judge) -> None:
    """One boot and `count` more after a cut each; stops at the first fault. Raises KeyboardInterrupt."""
    content: bytes | None = None
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        drive(folder)
        for cut in range(count + 1):
            text, content = asyncio.run(boot(uf2, content, folder, rng))
            judge.hear(cut, text)
            if os.environ.get("RETROSTEP_DEBUG"):
                print(text, file=sys.stderr)
            if judge.faults:
                print(judge.faults[0], text[-2000:], sep="\n")
                return
            if cut % 20 == 0:
                print(f"{cut} cuts, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
