# SPDX-License-Identifier: MIT
"""What does a flash image prove? The judge of bench/cuts_whole.py: lost, invented, open, overwritten.

question  are all acknowledged records there, does each step come from the samples that were walked, is the drive whole
data      nvm and drive as `Flash.dump` gives them; the words that each boot walked
method    the independent reader of tests/oracle over both mirrors' files, found through the FAT by mtools; the engine
          on this computer over the same words
run       not by hand
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retrostep.engine import Engine
from retrostep_host.virtual.rp2040 import fat, flash

from tests.oracle import reader

NAMES = (("a", "c", "e"), ("b", "d", "f"))  # lib/retrostep/device/mirrors.py
SECTOR, BLOCK = 4096, 512
END, STEP, MOUNT, START, LOG = 20, 1, 22, 19, 18
CRASH = 37  # retrostep.errors
JUDGED = (1, 2, 3, 4)  # step, stumble, fall, wobble
POWER = 4  # events.END_POWER
Record = tuple[int, int, int, tuple[Any, ...]]  # session, kind, sample index, fields


@dataclass
class Image:
    """What stands on a flash image."""

    mirrors: list[bytes | None]
    records: set[Record] = field(default_factory=set)
    sessions: dict[int, list[dict]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    complaint: str = ""  # of fsck.vfat

    def of(self, session: int) -> set[Record]:
        return {record for record in self.records if record[0] == session}


def _records(blocks: list[dict]) -> set[Record]:
    return {(one["session"], k, at, tuple(sorted(f.items()))) for one in blocks for k, at, f in one["records"]}


def look(dump: bytes) -> Image:
    """Read an image as the board would: the mirrors by their names, through the FAT."""
    volume = dump[flash.NVM_SIZE :]
    with tempfile.TemporaryDirectory() as scratch:
        image, folder = Path(scratch) / "image", Path(scratch) / "drive"
        image.write_bytes(volume)
        checked = subprocess.run(["fsck.vfat", "-n", str(image)], capture_output=True, text=True, env=_environment())
        try:
            fat.extract(volume, folder)
        except Exception:  # a folder that the cut destroyed; whatever could be copied is there
            folder.mkdir(exist_ok=True)
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    mirrors: list[bytes | None] = []
    for names in NAMES:
        there = (files.get(f"journal/{name}/log.bin", b"") for name in names)
        mirrors.append(next((log for log in there if log and len(log) % SECTOR == 0), None))
    size = max((len(mirror) for mirror in mirrors if mirror), default=0)
    whole = [mirror if mirror and len(mirror) == size else bytes(size) for mirror in mirrors]
    found = Image(mirrors, _records(reader.union(whole)), reader.sessions(whole), files)
    if checked.returncode:
        found.complaint = " ".join(checked.stdout.split())[:200]
    return found


def carve(dump: bytes) -> set[Record]:
    """Records of every whole block anywhere, for a drive whose file system is gone."""
    blocks = (reader.block(dump[at : at + BLOCK]) for at in range(flash.NVM_SIZE, len(dump), BLOCK))
    return _records([one for one in blocks if one])


def _environment() -> dict[str, str]:
    return dict(os.environ, MTOOLS_SKIP_CHECK="1", PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def layout(dump: bytes) -> dict[int, set[str]]:
    """4 KB sector of the flash image -> what lies in it."""
    volume = dump[flash.NVM_SIZE :]
    reserved, fats = int.from_bytes(volume[14:16], "little"), volume[16]
    roots, length = int.from_bytes(volume[17:19], "little"), int.from_bytes(volume[22:24], "little")
    data = reserved + fats * length + roots * 32 // BLOCK
    found: dict[int, set[str]] = {0: {"nvm"}}
    for sector in range(1, 1 + -(-data * BLOCK // SECTOR)):
        found.setdefault(sector, set()).add("FAT")
    names = list(look(dump).files)
    names = sorted(names + list({str(p) for name in names for p in Path(name).parents if str(p) != "."}))
    with tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / "image"
        image.write_bytes(volume)
        command = ["mshowfat", "-i", str(image), *(f"::{name}" for name in names)]
        shown = subprocess.run(command, capture_output=True, text=True, env=_environment()).stdout
    for line in shown.splitlines():
        name, _, ranges = line.partition(" ")
        for first, last in re.findall(r"<(\d+)(?:-(\d+))?>", ranges):
            for cluster in range(int(first), int(last or first) + 1):
                sector = ((data + cluster - 2) * BLOCK + flash.NVM_SIZE) // SECTOR
                found.setdefault(sector, set()).add(name.removeprefix("::/"))
    return found


def shared(sectors: dict[int, set[str]]) -> list[str]:
    """Names that share a sector with what a flush rewrites: a mirror's folder or its log. Empty when all is well."""
    out = []
    for names in NAMES:
        for name in names:
            ours = {f"journal/{name}{end}" for end in ("", ".guard", "/guard", "/log.bin", "/tail")}
            for there in sectors.values():
                if f"journal/{name}" in there or f"journal/{name}/log.bin" in there:
                    out += [f"{other} and journal/{name}" for other in there - ours if not _is_idle(other)]
    return sorted(set(out))


def _is_idle(name: str) -> bool:
    """Guards hold nothing: it does not matter what becomes of them."""
    return name.endswith(("/tail", "/guard", ".guard"))


def engine_says(words: Any, start: int, end: int | None, memory: bytes | None) -> list[tuple[int, float, int, bool]]:
    """(kind, sample index with fraction, direction, inferred) of what the engine makes of `words` from sample `start`
    on; `end` None: the power went, so nothing that was held is told."""
    found: list[Any] = []
    engine = Engine("ankle", found.append, mount=memory)
    part = words[start:] if end is None else words[start:end]
    flat = array("h", part.astype("<i2").tobytes())
    engine.feed(flat, len(part))
    if end is not None:
        engine.finish()
    return [(e.kind, e.index + start + e.frac, e.direction, bool(e.inferred)) for e in found]


@dataclass
class Judge:
    """Hears of every image; `faults` stays empty while all is well."""

    drive: dict[str, bytes]  # files that must stay as they are
    faults: list[str] = field(default_factory=list)
    acked: set[Record] = field(default_factory=set)
    walked: dict[int, Any] = field(default_factory=dict)  # session -> the words its boot walked
    frozen: dict[int, set[Record]] = field(default_factory=dict)  # sessions that a cut ended, as the cut left them
    looked_for: int = 0
    steps: int = 0
    complaints: int = 0
    carved: int = 0

    def see(self, dump: bytes, words: Any, when: str) -> Image:
        """Judge an image of a boot that walked `words`."""
        found = look(dump)
        if found.files.get("code.py") != self.drive["code.py"] and not found.sessions:
            return self._without_a_drive(dump, found, when)
        spoilt = [name for name, data in self.drive.items() if found.files.get(name) != data]
        if spoilt and not self.walked:  # the log was being made for the first time: install again, nothing is lost
            return self._without_a_drive(dump, found, when)
        self.looked_for += len(self.acked)
        for record in sorted(self.acked - found.records)[:1]:
            self.faults.append(f"{when}: lost {len(self.acked - found.records)} records, the first is {record}")
        self.faults += [f"{when}: {name} on the drive is not what it was" for name in spoilt]
        for session, kind, _, fields in found.records - self.acked:
            if kind == LOG and dict(fields)["reason"] == CRASH:
                self.faults.append(f"{when}: session {session}: the firmware crashed: {dict(fields)['text'][-200:]!r}")
        before = max(self.walked, default=0)
        for session in sorted(found.sessions):
            if session not in self.walked:
                if self.walked and session != before + 1:
                    self.faults.append(f"{when}: session {session} follows session {before}")
                self.walked[session] = words
                before = session
        for session, blocks in found.sessions.items():
            self._session(session, blocks, session == max(found.sessions), when)
            if session in self.frozen:
                new = {r for r in found.of(session) - self.frozen[session] if r[1] != END}
                if new:
                    self.faults.append(f"{when}: session {session} grew after its power cut: {sorted(new)[:2]}")
        return found

    def _without_a_drive(self, dump: bytes, found: Image, when: str) -> Image:
        """The file system is gone. Carving must still find what was acknowledged."""
        found.files = {}
        missing = self.acked - carve(dump)
        if missing:
            self.faults.append(f"{when}: with the file system went {len(missing)} records, beyond carving")
        self.carved += len(self.acked)
        return found

    def _session(self, session: int, blocks: list[dict], is_last: bool, when: str) -> None:
        if [one["nth"] for one in blocks] != list(range(len(blocks))):
            self.faults.append(f"{when}: session {session} has a hole")
            return
        whole, cause = reader.end(blocks)
        if not is_last and not whole:
            self.faults.append(f"{when}: session {session} was left open")
        told = [(k, at, f) for one in blocks for k, at, f in one["records"]]
        if sum(kind == END for kind, _, _ in told) > 1:
            self.faults.append(f"{when}: session {session} ended twice")
        start = next(at for kind, at, _ in told if kind == START)
        memory = next((f["memory"] for kind, at, f in told if kind == MOUNT and at == start), None)
        ended = next((at for kind, at, _ in told if kind == END), None) if cause not in (None, POWER) else None
        said = engine_says(self.walked[session], start, ended, memory)
        for kind, at, f in told:
            if kind not in JUDGED:
                continue
            t, flags = at + f["frac"] / 256, f["flags"]
            same = [
                one
                for one in said
                if one[0] == kind and abs(one[1] - t) <= (1.01 if kind == STEP else 14)
                and (kind != STEP or (one[2] == flags & 3 and one[3] == bool(flags & 4)))
            ]  # fmt: skip
            if not same:
                near = [one for one in said if abs(one[1] - t) <= 30]
                self.faults.append(f"{when}: session {session} holds kind {kind} at {t:.2f} ({flags}), near it: {near}")
                return
            said.remove(same[0])

    def acknowledge(self, found: Image) -> None:
        """What stands on flash while the board is quiet is promised from now on."""
        self.acked |= found.records

    def after_cut(self, found: Image) -> None:
        """Freeze the sessions that the cut ended."""
        self.steps = sum(kind == STEP for _, kind, _, _ in found.records)
        self.complaints += bool(found.complaint)
        for session in found.sessions:
            self.frozen.setdefault(session, found.of(session))

    def new_drive(self) -> None:
        """The wearer installed the firmware again: what was carved is with the computer now."""
        self.acked, self.frozen, self.walked = set(), {}, {}
