# SPDX-License-Identifier: MIT
"""Does a walk survive real power cuts with the whole firmware? The drive of `retrostep install`, on official
CircuitPython on the emulated RP2040, walks on battery and loses power again and again.

question  acknowledged records lost, records invented, sessions left open, boards that did not walk on, drives spoilt
data      generated walks, another one each boot; the power goes at a random flash operation, which is left half done:
          at power-up and in repair, while walking, in a flush (a press asks for one), at the end of a session by the
          button or by the cable
truth     bench/whole_judge.py: acknowledged = in the union of both mirrors when flash had been quiet for 0.2 s after a
          flush of this boot; the steps are those of the same engine on this computer over the same words
seed      --seed: the walks, when it is pressed, which operation is cut, how it tears
run       python bench/cuts_whole.py --uf2 FILE [--cuts 20] [--write]         (about 70 s a cut; Ctrl-C keeps the rest)
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep import units  # noqa: E402
from retrostep_host import drive as drives  # noqa: E402
from retrostep_host import journal, recordings  # noqa: E402
from retrostep_host.sync import carve  # noqa: E402
from retrostep_host.virtual import chips, walks  # noqa: E402
from retrostep_host.virtual.rp2040 import fat, flash  # noqa: E402
from retrostep_host.virtual.rp2040.board import EmulatedBoard  # noqa: E402
from retrostep_host.virtual.rp2040.start import pin  # noqa: E402

from bench import whole_judge  # noqa: E402
from bench.reliability import be_interruptible, rewrite  # noqa: E402

WALK = "forward 5 strides\nbackward 5 strides\nforward 20 strides\n"
QUIET_S = 0.2  # s of emulated time without a flash operation: whatever was being flushed is flushed
FIRST_PRESS_S, PRESS_S = 5.0, 2.0  # s after the first sample: steps are decided by then; every flush asked for later
BOOT_S, PATIENCE_S = 60.0, 45.0  # emulated: a boot that makes both mirrors takes 18 s; the longest plan 30 s
# where the power goes, how often, flash operations after that moment at most (a flush is 17: one sector)
PHASES = (("boot", 4, 36), ("walk", 5, 70), ("flush", 5, 18), ("end", 4, 70), ("cable", 2, 50))


class Cut(Exception):
    """The power went."""


@dataclass
class Life:
    """One boot: what happened until the power went."""

    content: bytes
    phase: str
    after: int
    was_walking_s: float = -1.0
    samples: int = 0
    operation: tuple[int, int] = (0, 0)  # code, address of the last flash operation
    found: Any = None
    notes: list[str] = field(default_factory=list)


class Wearer:
    """One boot of the board on a wearer; `live` returns when the power went or the walk is over."""

    def __init__(self, uf2: Path, facts: Any, content: bytes, words: Any, judge: whole_judge.Judge, rng: random.Random):
        scl, sda = pin(facts.I2C[0]), pin(facts.I2C[1])
        self.board = EmulatedBoard(uf2, content=content, plugged=False, i2c_index=sda // 2 % 2, i2c_pins=(sda, scl))
        self.imu = chips.imu(facts.IMU[0], self.board.clock_ns, facts.IMU[1])
        self.imu.feed(words, units.RATE_HZ, *units.RANGES["ankle"])
        self.board.attach(self.imu, pin(facts.IMU_INT))
        self.motor = chips.haptics(facts.HAPTICS[0], self.board.clock_ns, facts.HAPTICS[1])
        self.board.attach(self.motor)
        self.button = pin(facts.BUTTON)
        self.board.button(self.button)
        self.words, self.judge, self.rng = words, judge, rng
        self.console = bytearray()
        self.board.computer.on_data[0] = self.console.extend
        self.life = Life(content, "", 0)
        self._seen, self._at, self._looked, self._began_at = 0, 0.0, 0, -1
        self._listen()

    def _listen(self) -> None:
        """Note each flash operation, for the place of the cut."""
        ssi, times, inner = self.board.flash._ssi, self.board.flash._times, self.board.flash._ssi._apply_command

        def command() -> None:
            sent = ssi._tx_buffer
            if sent and sent[0] in times and not self.board.flash.is_cut:
                self.life.operation = (sent[0], (sent[1] << 16 | sent[2] << 8 | sent[3]) - flash.NVM_START)
            inner()

        ssi._apply_command = command

    def _watch(self) -> None:
        """Every 20 ms: has flash been quiet since a flush of this boot? Then what it holds is promised."""
        board = self.board
        if self.imu.began_ns is None or board.flash.is_cut:
            return
        if self._began_at < 0:
            self._began_at = self._looked = self._seen = board.flash.operations
        if board.flash.operations != self._seen:
            self._seen, self._at = board.flash.operations, board.now_s
        elif self._seen != self._looked and board.now_s - self._at >= QUIET_S:
            self._looked = self._seen
            found = self.judge.see(board.flash.dump(), self.words, f"{self.when}, quiet")
            self.judge.acknowledge(found)

    async def _until(self, claim: Any, emulated_s: float, what: str) -> None:
        board, end = self.board, self.board.now_s + emulated_s
        while not claim():
            if board.flash.is_cut:
                raise Cut
            if board.simulator.engine_room_error:
                raise board.simulator.engine_room_error
            if board.now_s > end:
                self.judge.faults.append(f"{self.when}: {what}. Console: {bytes(self.console[-600:])!r}")
                raise TimeoutError
            await asyncio.sleep(0.005)

    async def _sleep(self, seconds: float) -> None:
        end = self.board.now_s + seconds
        await self._until(lambda: self.board.now_s >= end, seconds + 10, "time stood still")

    def _arm(self) -> None:
        self.board.cut_after(self.life.after, self.rng)

    async def live(self, phase: str, after: int, when: str) -> Life:
        """`phase` "last": nothing is cut; "hand": neither, and the button ends the walk instead of the cable."""
        self.life.phase, self.life.after, self.when = phase, after, when
        boot = asyncio.create_task(self.board.boot(600.0))
        try:
            await self._walk(boot, phase)
        except (Cut, TimeoutError):
            pass
        finally:
            boot.cancel()
            await self.board.halt()
        life = self.life
        life.content, life.samples = self.board.flash.dump(), self.imu.read_out
        if self.imu.began_ns is not None:
            life.was_walking_s = self.board.now_s - self.imu.began_ns / 1e9
        if self.imu.lost:
            life.notes.append(f"{self.imu.lost} samples overrun")
        life.found = self.judge.see(life.content, self.words, when)
        return life

    async def _walk(self, boot: asyncio.Task[None], phase: str) -> None:
        board, imu = self.board, self.imu
        if phase == "boot":
            self._arm()
        await asyncio.sleep(0)
        board.every(0.02, self._watch)
        await self._until(lambda: boot.done() and imu.began_ns is not None, BOOT_S, "it never asked for a sample")
        if phase == "walk":
            self._arm()
        await self._until(lambda: imu.read_out >= 104, 8.0, "it read no samples")
        if (imu.acc_range_g, imu.gyro_range_dps) != (8, 1000):
            self.judge.faults.append(f"{self.when}: the sensor's ranges are {imu.acc_range_g} g, {imu.gyro_range_dps}")
        start = imu.began_ns / 1e9
        await self._until(lambda: board.now_s > start + FIRST_PRESS_S + self.rng.random(), 20.0, "time stood still")
        await self._press("it felt no answer to a press")
        await self._sleep(self.rng.uniform(0.5, 3.0))
        if phase == "flush":
            self._arm()
        if phase in ("end", "hand"):
            await self._end(phase)
        if phase in ("cable", "last"):
            await self._plug(phase)
        for _ in range(int(PATIENCE_S / PRESS_S) if phase not in ("last", "hand") else 0):
            board.press(self.button)
            await self._sleep(PRESS_S)
        if phase not in ("last", "hand"):
            self.judge.faults.append(f"{self.when}: it flushed too seldom to be cut")

    async def _press(self, complaint: str) -> None:
        felt = len(self.motor.felt)
        self.board.press(self.button)
        await self._until(lambda: len(self.motor.felt) > felt, 4.0, complaint)

    async def _end(self, phase: str) -> None:
        """A long press ends the session; one more begins the next."""
        if phase == "end":
            self._arm()
        self.board.press(self.button, 2.0)
        await self._sleep(4.0)
        if phase == "end":
            self.board.press(self.button, 2.0)
            await self._sleep(6.0)

    async def _plug(self, phase: str) -> None:
        if phase == "cable":
            self._arm()
        seen = self.board.flash.operations
        self.board.computer.plug()
        await self._until(lambda: self.board.flash.operations > seen, 20.0, "it closed nothing when plugged in")
        await self._sleep(1.5)
        if phase == "cable":  # what is left of the operations goes by in the next walk
            self.board.computer.unplug()
            await self._sleep(6.0)


@dataclass
class Run:
    """A chain of lives on one flash."""

    uf2: Path
    seed: int
    is_short: bool
    done: int = 0
    phases: Counter = field(default_factory=Counter)
    places: Counter = field(default_factory=Counter)
    made: int = 0
    lost_drives: int = 0
    steps: int = 0
    judge: Any = None

    def go(self, cuts: int, folder: Path) -> None:
        """Raises KeyboardInterrupt; what was done so far is kept."""
        drives.prepare(folder, None, {"placement": "ankle", "side": "left"}, drives.packed())
        facts = SimpleNamespace(**drives.facts(drives.board_file(None)))
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        self.judge = judge = whole_judge.Judge(files)
        fresh = fat.make(folder, flash.DRIVE_SIZE)
        content, rng = b"\xff" * flash.NVM_SIZE + fresh, random.Random(self.seed)
        lacking, begun = True, time.perf_counter()
        sectors: dict[int, set[str]] = {}
        for number in range(cuts + 1):
            words = recordings.stream(walks.generate(WALK, self.seed * 1000 + number, "ankle", "left")).words
            phase, after = self._plan(number < cuts, number == 0, lacking, rng)
            wearer = Wearer(self.uf2, facts, content, words, judge, rng)
            life = asyncio.run(wearer.live(phase, after, f"cut {number + 1}"))
            content = life.content
            if judge.faults:
                return
            if number == cuts:
                break
            if life.found.files:
                judge.after_cut(life.found)
                sectors = whole_judge.layout(content)
            place = self._place(life.operation, sectors)
            gone = not life.found.files
            self.done, lacking = number + 1, None in life.found.mirrors
            moment = "boot" if life.was_walking_s < 0 else "walk" if phase == "boot" else phase
            self.phases[moment] += 1
            self.places[place] += 1
            self.made += lacking and not gone
            walked = f"{life.was_walking_s:.1f} s walked" if life.was_walking_s >= 0 else "not walking yet"
            code = "erase" if life.operation[0] != flash.PAGE_PROGRAM else "program"
            if life.found.complaint:
                life.notes.append(f"fsck: {life.found.complaint}")
            print(
                f"cut {self.done} ({moment}): {code} of {place}, {walked}, {len(judge.acked)} records acknowledged, "
                f"{len(life.found.sessions)} sessions{', '.join(['', *life.notes])}, "
                f"after {time.perf_counter() - begun:.0f} s",
                file=sys.stderr,
                flush=True,
            )
            if os.environ.get("RETROSTEP_KEEP"):
                Path(os.environ["RETROSTEP_KEEP"], f"cut{self.done}.flash").write_bytes(content)
            if gone:
                self.lost_drives += 1
                if life.was_walking_s >= 0:  # nothing but the making of a mirror may touch more than the log
                    judge.faults.append(f"cut {self.done}: the drive went in a cut of {place}")
                    return
                self.steps += judge.steps
                judge.new_drive()
                content, lacking = content[: flash.NVM_SIZE] + fresh, True
        crowded = whole_judge.shared(whole_judge.layout(content))
        judge.faults += [f"a flush of one endangers the other: {names}" for names in crowded]
        judge.steps = sum(kind == whole_judge.STEP for _, kind, _, _ in life.found.records)
        image = folder.with_suffix(".img")
        image.write_bytes(content)
        saved = {one.session: journal.decode(one.data) for one in carve.carve([image])}
        image.unlink()
        for session in life.found.sessions:
            if session not in saved or not saved[session].complete:
                judge.faults.append(f"`retrostep recover` does not find session {session} whole")

    def _plan(self, is_cut: bool, is_first: bool, lacking: bool, rng: random.Random) -> tuple[str, int]:
        if not is_cut:
            return ("hand" if self.is_short else "last"), 0
        if self.is_short and is_first:
            return "flush", rng.randrange(17)
        phase, _, most = rng.choices(PHASES, [row[1] for row in PHASES])[0]
        if phase == "boot" and lacking:
            most = 1500  # a mirror is made anew: some 1,500 operations
        return phase, rng.randrange(most)

    @staticmethod
    def _place(operation: tuple[int, int], sectors: dict[int, set[str]]) -> str:
        names = sectors.get(operation[1] // whole_judge.SECTOR, set())
        for name in ("nvm", "FAT"):
            if name in names:
                return "nvm" if name == "nvm" else "the FAT"
        for name in sorted(names):
            if name.startswith("journal/") and name.count("/") == 1 and not name.endswith(".guard"):
                return "a mirror's folder"
        if any(name.endswith("log.bin") for name in names):
            return "a mirror's log"
        return ", ".join(sorted(names)[:3]) or "a mirror in the making"

    def rows(self) -> str:
        judge = self.judge
        phases = ", ".join(f"{count} {name}" for name, count in sorted(self.phases.items()))
        places = ", ".join(f"{count} {name}" for name, count in self.places.most_common())
        found = [
            f"| random power cuts, whole firmware, each torn in a flash operation (seed {self.seed}) | {self.done} |",
            f"| when: {phases} | {sum(self.phases.values())} |",
            f"| what was torn: {places} | {sum(self.places.values())} |",
            f"| cuts after which a mirror's file was not there yet, or gone; the next boot made it | {self.made} |",
            f"| cuts that left FAT with something to repair (fsck) | {judge.complaints if judge else 0} |",
            f"| cuts in the making of a mirror that spoilt the drive: carved, installed anew | {self.lost_drives} |",
            f"| steps on flash at the end | {self.steps + (judge.steps if judge else 0)} |",
            f"| acknowledged records looked for, after a cut or a flush | {judge.looked_for if judge else 0:,} |",
        ]
        if judge is not None and not judge.faults:
            found += [
                "| acknowledged records lost | **0** |",
                "| records invented, sessions left open or with a hole, files of the drive changed | **0** |",
                "| boots after which it did not walk, answer a press and read samples | **0** |",
            ]
        return "\n".join(["| measure | value |", "|---|---|", *found])


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--uf2", default=os.environ.get("RETROSTEP_UF2"), help="an official CircuitPython build")
    options.add_argument("--cuts", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--quick", action="store_true", help="1 cut, in a flush; the button ends the last walk")
    options.add_argument("--write", action="store_true", help="rewrite docs/reliability.md")
    chosen = options.parse_args()
    if not chosen.uf2:
        print("No CircuitPython build was named; give one with --uf2 or RETROSTEP_UF2. Nothing was run.")
        return 0
    be_interruptible()
    run = Run(Path(chosen.uf2).expanduser(), chosen.seed, chosen.quick)
    print(f"seed {chosen.seed}")
    code = 0
    with tempfile.TemporaryDirectory() as scratch:
        try:
            run.go(1 if chosen.quick else chosen.cuts, Path(scratch))
        except KeyboardInterrupt:
            print(f"interrupted; {run.done} cuts were done", file=sys.stderr)
            code = 130
    if run.done:
        print(run.rows())
    if run.judge is not None and run.judge.faults:
        print("\n".join(run.judge.faults[:5]))
        return 1
    if chosen.write and run.done:
        command = f"python bench/cuts_whole.py --uf2 FILE --cuts {run.done} --seed {chosen.seed} --write"
        rewrite("whole", command, run.rows())
    return code


if __name__ == "__main__":
    sys.exit(main())
