# SPDX-License-Identifier: MIT
"""What does the engine cost on the board? Runs it on real CircuitPython on an emulated RP2040 at 125 MHz.

question  ms per sample by stage, plain and ulab path; heap with everything imported; garbage per minute
data      a recording (--recording), or the built-in generated walk; the first --seconds of it
page      prints a table; docs/accuracy.md quotes it with date and commit
but       emulated time: repeatable, without waiting for the bus; the FIFO read costs another 0.34 ms a sample

    python bench/device.py --uf2 ~/.cache/retrostep/circuitpython.uf2 [--recording FILE] [--seconds 20] [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]
HERE = Path(__file__).parent / "on_board"


def libraries(folder: Path) -> None:
    """lib/ and the Adafruit drivers on the drive."""
    import importlib.util

    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lib" / "retrostep", folder / "lib" / "retrostep", ignore=ignore)
    for name in ("adafruit_lsm6ds", "adafruit_register"):
        origin = importlib.util.find_spec(name)
        assert origin is not None and origin.origin is not None
        shutil.copytree(Path(origin.origin).parent, folder / "lib" / name, ignore=ignore)
    motor = importlib.util.find_spec("adafruit_drv2605")
    assert motor is not None and motor.origin is not None
    shutil.copy(motor.origin, folder / "lib")
    shutil.copy(ROOT / "boards" / "pico_lsm6dsox.py", folder / "lib" / "retrostep_board.py")


async def run(uf2: str, program: str, settings: dict[str, str], words: bytes = b"", timeout_s: float = 900) -> list:
    """Boot a drive whose code.py is bench/on_board/`program`; everything it says, as a list of dicts."""
    from retrostep_host.virtual.rp2040.board import EmulatedBoard

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        libraries(folder)
        shutil.copy(HERE / program, folder / "code.py")
        (folder / "settings.toml").write_text("".join(f'{key} = "{value}"\n' for key, value in settings.items()))
        (folder / "words.bin").write_bytes(words)
        board = EmulatedBoard(uf2, drive=folder)
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


def table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print(
            "  ".join(
                cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
        )
        if number == 0:
            print("  ".join("-" * w for w in widths))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uf2", default=os.environ.get("RETROSTEP_UF2", "~/.cache/retrostep/circuitpython.uf2"))
    parser.add_argument("--recording", help="an .npz or .csv; default: the built-in generated walk")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--skip", type=float, default=0.0, help="seconds left out at the start")
    parser.add_argument("--quick", action="store_true", help="4 seconds, plain path only")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    uf2 = os.path.expanduser(options.uf2)
    if not os.path.exists(uf2):
        print(f"{uf2} is not there; give an official build with --uf2 or RETROSTEP_UF2.", file=sys.stderr)
        return 2
    placement, words = stream(options.recording, 4.0 if options.quick else options.seconds, options.skip)
    results: dict[str, list] = {}
    for path in ("plain",) if options.quick else ("plain", "ulab"):
        settings = {"BENCH_PATH": path, "BENCH_PLACEMENT": placement}
        results[path] = asyncio.run(run(uf2, "stages.py", settings, words))
    heap = asyncio.run(run(uf2, "heap.py", {}))
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
    print(f"{len(words) // 12} samples, {placement}; milliseconds per sample on an RP2040 at 125 MHz\n")
    names = list(parts[paths[0]]["stages"])
    rows = [("stage", *paths)]
    rows += [(name, *(f"{parts[p]['stages'].get(name, 0):.3f}" for p in paths)) for name in names]
    rows.append(("whole engine", *(f"{whole[p]['whole_ms']:.3f}" for p in paths)))
    rows.append(("worst chunk of 13, ms", *(f"{whole[p]['worst_chunk_ms']:.1f}" for p in paths)))
    rows.append(("garbage a minute, kB", *(f"{whole[p]['garbage_per_sample'] * 6240 / 1024:.0f}" for p in paths)))
    rows.append(("engine's objects, kB", *(f"{whole[p]['engine_heap'] / 1024:.1f}" for p in paths)))
    table(rows)
    print(f"\nevents (kind/direction): {whole[paths[0]]['events']}\n")
    table(
        [
            ("heap free after importing", "kB"),
            *((h["module"], h.get("error") or f"{h['free'] / 1024:.1f}") for h in heap),
        ]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
