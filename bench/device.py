# SPDX-License-Identifier: MIT
"""What does the engine cost on the board? Runs it on real CircuitPython on an emulated RP2040 at 125 MHz.

question  ms per sample by stage, plain and ulab path; heap with everything imported; garbage per minute
data      a recording (--recording), or the built-in generated walk; the first --seconds of it
page      prints tables; with --write docs/board.md
but       emulated time: repeatable, without waiting for the bus; the FIFO read costs another 0.34 ms a sample

    python bench/device.py --uf2 ~/.cache/retrostep/circuitpython.uf2 [--recording FILE] [--seconds 20] [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]
HERE = Path(__file__).parent / "on_board"
BOOT = "import storage, usb_cdc\nusb_cdc.enable(console=True, data=True)\nstorage.remount('/', readonly=False)\n"


async def run(
    uf2: str, program: str, settings: dict[str, str], words: bytes = b"", walk=None, timeout_s: float = 900
) -> list:
    """Boot a drive whose code.py is bench/on_board/`program`; everything it says, as a list of dicts."""
    from retrostep_host import drive
    from retrostep_host.virtual import chips
    from retrostep_host.virtual.rp2040.board import EmulatedBoard

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        drive.prepare(folder, files=drive.packed(code=(HERE / program).read_text()))
        (folder / "boot.py").write_text(BOOT)
        with open(folder / "settings.toml", "a") as file:
            file.writelines(f'{key} = "{value}"\n' for key, value in settings.items())
        (folder / "words.bin").write_bytes(words)
        board = EmulatedBoard(uf2, drive=folder)
    imu, motor = chips.imu("LSM6DSOX", board.clock_ns), chips.haptics("DRV2605L", board.clock_ns)
    if walk is not None:
        imu.feed(walk)
    board.attach(imu, 10)
    board.attach(motor)
    board.button(9)
    console = bytearray()
    board.computer.on_data[0] = console.extend
    await board.boot()
    try:
        await board.until(lambda: b"BENCH-DONE" in console or b"Traceback" in console, timeout_s)
        if b"Traceback" in console:
            await asyncio.sleep(0.3)
    finally:
        await board.halt()
    text = console.decode("utf-8", "replace")
    if "Traceback" in text:
        print(text[text.index("Traceback") :], file=sys.stderr)
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("BENCH {")]


def stream(recording: str | None, seconds: float, skip: float):
    from retrostep_host import recordings

    if recording is None:
        from retrostep_host.virtual import walks

        found = recordings.stream(walks.generate(None))
    else:
        found = recordings.stream(recordings.load(recording))
    first = int(skip * 104)
    return found.placement, found.words[first : first + int(seconds * 104)].tobytes()


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as a Markdown table, the first one its head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|---" + "|---:" * (len(rows[0]) - 1) + "|")
    return lines


def page(lines: list[str], command: str) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    today = datetime.date.today().isoformat()
    head = f"""# What the firmware costs on a board

For builders. Two minutes. `{command}` at {commit.stdout.strip()}, {today}: official CircuitPython 10.0.3 on an
emulated RP2040 at 125 MHz, emulated time, plain `.py` files, generated walk. The engine uses no ulab, so a build
without it is as fast. Reading the FIFO costs 0.34 ms a sample more; at 104 Hz a sample may take 9.6 ms.
"""
    return head + "\n" + "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uf2", default=os.environ.get("RETROSTEP_UF2", "~/.cache/retrostep/circuitpython.uf2"))
    parser.add_argument("--recording", help="an .npz or .csv; default: the built-in generated walk")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--skip", type=float, default=0.0, help="seconds left out at the start")
    parser.add_argument("--quick", action="store_true", help="4 seconds, plain path only")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write docs/board.md")
    options = parser.parse_args()
    import numpy as np

    uf2 = os.path.expanduser(options.uf2)
    if not os.path.exists(uf2):
        print(f"{uf2} is not there; give an official build with --uf2 or RETROSTEP_UF2.", file=sys.stderr)
        return 2
    placement, words = stream(options.recording, 4.0 if options.quick else options.seconds, options.skip)
    results: dict[str, list] = {}
    for path in ("plain",) if options.quick else ("plain", "ulab"):
        settings = {"BENCH_PATH": path, "BENCH_PLACEMENT": placement}
        results[path] = asyncio.run(run(uf2, "stages.py", settings, words))
    walk = np.frombuffer(words, dtype="<i2").reshape(-1, 6)
    heap = asyncio.run(run(uf2, "heap.py", {}, walk=walk)) if placement == "ankle" else []
    if options.json:
        print(json.dumps({"stages": results, "heap": heap}))
        return 0
    paths = list(results)
    whole = {path: next((r for r in rows if r.get("stages") == {}), None) for path, rows in results.items()}
    parts = {path: next((r for r in rows if r.get("stages")), None) for path, rows in results.items()}
    for path in paths:
        for row in results[path]:
            if "error" in row:
                print(f"{path}: the board said {row['error']}")
    if any(w is None or p is None for w, p in zip(whole.values(), parts.values(), strict=True)):
        return 1
    names = list(parts[paths[0]]["stages"])
    heads = {"plain": "without ulab, ms a sample", "ulab": "with ulab, ms a sample"}
    rows = [(f"{placement}, {len(words) // 12} samples", *(heads[path] for path in paths))]
    rows += [(name, *(f"{parts[p]['stages'].get(name, 0):.3f}" for p in paths)) for name in sorted(names)]
    own = {p: whole[p]["whole_ms"] - sum(parts[p]["stages"].values()) for p in paths}
    rows.append(("engine: sums over the chunk", *(f"{own[p]:.3f}" for p in paths)))
    rows.append(("**whole engine**", *(f"**{whole[p]['whole_ms']:.3f}**" for p in paths)))
    rows.append(("worst chunk of 13 samples, ms", *(f"{whole[p]['worst_chunk_ms']:.1f}" for p in paths)))
    rows.append(("garbage a minute, kB", *(f"{whole[p]['garbage_per_sample'] * 6240 / 1024:.0f}" for p in paths)))
    rows.append(("modules and objects of the engine, kB", *(f"{whole[p]['engine_heap'] / 1024:.1f}" for p in paths)))
    lines = table(rows)
    if heap:
        lines += ["", *table([("heap", "free, kB"), *((row["when"], f"{row['free'] / 1024:.1f}") for row in heap)])]
    print("\n".join(lines))
    if options.write:
        command = "python bench/device.py " + " ".join(sys.argv[1:])
        (ROOT / "docs" / "board.md").write_text(page(lines, command), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
