# SPDX-License-Identifier: MIT
"""How fast is a sync on real CircuitPython, beside raw bytes over the same channel?

question  bytes a second of `read` and of bare writes of 254 bytes, in the board's own time
data      bench/on_board/link.py on an emulated RP2040 with an official build
seed      none
run       python bench/link_on_board.py --uf2 FILE [--write]
"""

from __future__ import annotations

import argparse
import asyncio
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

BOOT = "import usb_cdc\nusb_cdc.enable(console=True, data=True)\n"


async def run(uf2: Path) -> tuple[dict[str, int], int]:
    """What the board timed, and the bytes of the session that arrived whole."""
    from retrostep_host.virtual.rp2040.board import EmulatedBoard

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "boot.py").write_text(BOOT)
        shutil.copy(ROOT / "bench" / "on_board" / "link.py", folder / "code.py")
        ignore = shutil.ignore_patterns("__pycache__", "gait", "balance", "coach")
        shutil.copytree(ROOT / "lib" / "retrostep", folder / "lib" / "retrostep", ignore=ignore)
        board = EmulatedBoard(uf2, drive=folder)
    console, data = bytearray(), bytearray()
    board.computer.on_data[0] = console.extend
    board.computer.on_data[1] = data.extend
    await board.boot()
    try:
        await board.until(lambda: b"ASK" in console or b"Traceback" in console, 900)
        if b"ASK" in console:
            size = int(console.split(b"SIZE ")[1].split()[0])
            data.clear()
            board.computer.send(1, frames.encode(messages.READ, 9, struct.pack("<III", 1, 0, size)))
            await board.until(lambda: b"DONE" in console or b"Traceback" in console, 900)
    finally:
        await board.halt()
    text = console.decode("utf-8", "replace")
    if "DONE" not in text:
        raise SystemExit(text[-2000:])
    times = {name: int(value) for name, value in re.findall(r"(SIZE|RAW|READ|FRAME) (\d+)", text)}
    reply = messages.READ | messages.REPLY
    got = sum(len(payload) - 9 for verb, _, payload in frames.Splitter().feed(bytes(data)) if verb == reply)
    return times, got


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--uf2", default=os.environ.get("RETROSTEP_UF2"), help="an official CircuitPython build")
    options.add_argument("--quick", action="store_true", help="the same: it is one run")
    options.add_argument("--write", action="store_true", help="rewrite docs/reliability.md")
    chosen = options.parse_args()
    if not chosen.uf2:
        print("No CircuitPython build was named; give one with --uf2 or RETROSTEP_UF2. Nothing was run.")
        return 0
    times, got = asyncio.run(run(Path(chosen.uf2)))
    assert got >= times["SIZE"], (got, times)
    raw, read = times["SIZE"] * 1000 / times["RAW"], times["SIZE"] * 1000 / times["READ"]
    text = "\n".join(
        [
            "| measure, real CircuitPython on an emulated RP2040 | value |",
            "|---|---|",
            f"| raw writes of 254 bytes, {times['SIZE']:,} bytes | {raw:.0f} kB/s |",
            f"| the same bytes by `read`, every frame whole | {read:.0f} kB/s, **{100 * read / raw:.0f} %** |",
            f"| the board's work on one frame of 235 bytes | {times['FRAME'] / 1000:.1f} ms |",
        ]
    )
    print(text)
    if chosen.write:
        rewrite("speed", "python bench/link_on_board.py --write", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
