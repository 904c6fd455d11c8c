# SPDX-License-Identifier: MIT
"""How fast is a sync on real CircuitPython, beside raw bytes over the same channel?

question  bytes a second of `bulk`, `read`, `hash` and of bare writes; a whole sync; all in the board's own time
data      bench/on_board/link.py on an emulated RP2040 with an official build; the whole firmware with a day of walking
          on its flash, and a computer that answers at once
seed      none
run       python bench/link_on_board.py --uf2 FILE [--write]
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import re
import shutil
import struct
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep.link import frames, messages  # noqa: E402

from bench.reliability import rewrite  # noqa: E402
from tests.faults.board import Board  # noqa: E402

BOOT = """import storage, usb_cdc
usb_cdc.enable(console=True, data=True)
storage.disable_usb_drive()
storage.remount("/", readonly=False)
"""
DAY = 10000  # steps
SETTLED_S = 12.0  # of the board's time: it has started and written what it noticed meanwhile
FRAMED = 16384  # bytes of it that are read in frames
ASKED = {
    "READ": (messages.READ, (1, 0, FRAMED)),
    "BULK": (messages.BULK, (1, 0, 1 << 20)),
    "HASH": (messages.HASH, (1,)),
}


def put_log(made: Board, folder: Path) -> bytes:
    """Both mirrors of a board's log onto a drive; the bytes of its session 1."""
    for mirror, name in enumerate("ab"):
        (folder / "journal" / name).mkdir(parents=True)
        (folder / "journal" / name / "log.bin").write_bytes(made.disk.mirrors[mirror])
    data = bytearray(made.journal.table.size(1))
    made.journal.table.read(1, 0, data)
    return bytes(data)


async def run(uf2: Path) -> dict[str, int]:
    """What the board timed, in us. Fails when a byte of the session arrives wrong."""
    from retrostep_host.virtual.rp2040.board import EmulatedBoard

    made = Board(sectors=64)
    made.walk(DAY)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "boot.py").write_text(BOOT)
        shutil.copy(ROOT / "bench" / "on_board" / "link.py", folder / "code.py")
        ignore = shutil.ignore_patterns("__pycache__", "gait", "balance", "coach")
        shutil.copytree(ROOT / "lib" / "retrostep", folder / "lib" / "retrostep", ignore=ignore)
        whole = put_log(made, folder)
        board = EmulatedBoard(uf2, drive=folder)
    console = bytearray()
    arrived: dict[str, bytearray] = {}
    board.computer.on_data[0] = console.extend
    await board.boot()
    try:
        for number, (name, (verb, values)) in enumerate(ASKED.items()):
            mark = f"ASK {name}\r".encode()
            await board.until(lambda mark=mark: mark in console or b"Traceback" in console, 900)
            arrived[name] = bytearray()
            board.computer.on_data[1] = arrived[name].extend
            request = struct.pack(messages.REQUESTS[verb][0], *values)
            board.computer.send(1, frames.encode(verb, number, request))
        await board.until(lambda: b"DONE" in console or b"Traceback" in console, 900)
    finally:
        await board.halt()
    text = console.decode("utf-8", "replace")
    if "DONE" not in text:
        raise SystemExit(text[-2000:])
    framed = b"".join(payload[9:] for _, _, payload in frames.Splitter().feed(bytes(arrived["READ"])))
    poured = bytes(arrived["BULK"])
    assert framed == whole[:FRAMED] and poured[poured.index(0, 1) + 1 :] == whole, "what came is not what was there"
    return {name: int(value) for name, value in re.findall(r"(SIZE|RAW|BIG|READ|BULK|HASH) (\d+)", text)}


async def sync(uf2: Path) -> tuple[int, float, float]:
    """A day of walking from the whole firmware: its bytes, seconds of `bulk`, seconds from `hello` to released."""
    from retrostep import units
    from retrostep_host import drive, recordings
    from retrostep_host.virtual import chips, walks
    from retrostep_host.virtual.rp2040.board import EmulatedBoard

    uid = bytes.fromhex("e661000000000001")
    made = Board(sectors=64, device=uid)
    session = made.walk(DAY)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        drive.prepare(folder, files=drive.packed())
        whole = put_log(made, folder)
        board = EmulatedBoard(uf2, drive=folder, uid=uid)
    imu = chips.imu("LSM6DSOX", board.clock_ns, 0x6A, 0.0)
    still = recordings.stream(walks.generate("stand 60 s"))
    imu.feed(still.words, units.RATE_HZ, *units.RANGES[still.placement])
    board.attach(imu)
    times: dict[str, float] = {}
    data = bytearray()

    def talk():
        """Yields requests, gets what the board said to each."""
        yield messages.HELLO, b"\1"
        times["began"] = board.now_s
        reply = yield messages.LIST, struct.pack("<I", 0)
        number, _, size = struct.unpack_from("<III", reply, 3)
        assert number == session, (number, session)
        times["bulk"] = board.now_s
        while len(data) < size:
            yield messages.BULK, struct.pack("<III", session, len(data), size - len(data))
        times["read"] = board.now_s
        reply = yield messages.HASH, struct.pack("<I", session)
        digest = hashlib.sha1(data, usedforsecurity=False).digest()
        assert reply[9:] == digest, "the board counts another hash"
        yield messages.RELEASE, struct.pack("<I", session) + digest
        times["ended"] = board.now_s

    asking = talk()
    rest, wanted = bytearray(), [0]

    def send(reply=None) -> None:
        request = next(asking, None) if reply is None else asking.send(reply)
        if request is not None:
            board.computer.send(1, frames.encode(request[0], 1, request[1]))

    def hear(piece: bytes) -> None:
        rest.extend(piece)
        while rest:
            if wanted[0]:
                taken = rest[: wanted[0]]
                data.extend(taken)
                wanted[0] -= len(taken)
                del rest[: len(taken)]
                reply = b""
                if wanted[0]:
                    return
            else:
                end = rest.find(0, 1) + 1
                if not end:
                    return
                (frame,) = frames.Splitter().feed(bytes(rest[:end]))
                del rest[:end]
                reply = frame[2]
                assert reply[0] == 0, frame
                if frame[0] == messages.BULK | messages.REPLY:
                    wanted[0] = struct.unpack_from("<II", reply, 1)[1]
                    continue
            try:
                send(reply)
            except StopIteration:
                return

    board.computer.on_data[1] = hear
    await board.boot()
    try:
        booted = board.now_s
        await board.until(lambda: board.now_s > booted + SETTLED_S, 900)
        send()
        await board.until(lambda: "ended" in times, 900)
    finally:
        await board.halt()
    assert data == whole, "what came is not what was there"
    return len(data), times["read"] - times["bulk"], times["ended"] - times["began"]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--uf2", default=os.environ.get("RETROSTEP_UF2"), help="an official CircuitPython build")
    options.add_argument("--quick", action="store_true", help="the same: it is one run")
    options.add_argument("--write", action="store_true", help="rewrite docs/reliability.md")
    chosen = options.parse_args()
    if not chosen.uf2:
        print("No CircuitPython build was named; give one with --uf2 or RETROSTEP_UF2. Nothing was run.")
        return 0
    times = asyncio.run(run(Path(chosen.uf2)))
    size, bulk_s, sync_s = asyncio.run(sync(Path(chosen.uf2)))
    sizes = dict.fromkeys(times, times["SIZE"]) | {"READ": FRAMED}

    def speed(name: str) -> str:
        return f"{sizes[name] * 1000 / times[name]:,.0f} kB/s"

    def share(name: str) -> str:
        return f"**{100 * sizes[name] * times['BIG'] / times[name] / sizes['BIG']:.0f} %** of the best"

    text = "\n".join(
        [
            f"| measure, emulated RP2040 with a full-speed bus, {times['SIZE']:,} bytes from its flash | value |",
            "|---|---|",
            f"| raw: writes of 254 bytes | {speed('RAW')} |",
            f"| raw: writes of 4,096 bytes | {speed('BIG')} |",
            f"| `bulk`: blocks without frames | {speed('BULK')}, {share('BULK')} |",
            f"| `read`: the same in frames | {speed('READ')}, {share('READ')} |",
            f"| `hash`: the board's SHA-1 of it | {speed('HASH')} |",
            f"| the firmware, {DAY:,} steps, {size:,} bytes: `bulk` | {size / bulk_s / 1000:,.0f} kB/s |",
            f"| the same with list, hash and release | {sync_s:.2f} s |",
        ]
    )
    print(text)
    if chosen.write:
        rewrite("speed", "python bench/link_on_board.py --write", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
