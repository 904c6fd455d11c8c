# SPDX-License-Identifier: MIT
"""Does a day of walking without a reboot leak memory, lose a count or grow a file?

question  free heap, counts and file sizes over 24 h of walking with a sync every 90 min, on a MicroPython VM
data      bench/on_board/soak.py: journal and link over two files of 256 KB, made-up steps at 106 a minute
seed      none
run       python bench/soak.py [--hours 24] [--write]      (--write rewrites docs/reliability.md)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from bench.reliability import rewrite  # noqa: E402

MP = ROOT / ".venv-mp" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
HEAP = "192k"


def soak(hours: int) -> tuple[list[list[int]], list[str], list[int]]:
    """The numbers of each hour, the last line, and the sizes of the files."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(MP), "-m", "micropython", "-X", f"heapsize={HEAP}", str(ROOT / "bench/on_board/soak.py")]
        environment = {**os.environ, "MICROPYPATH": str(ROOT / "lib")}
        done = subprocess.run([*command, folder, str(hours)], capture_output=True, text=True, env=environment)
        lines = done.stdout.splitlines()
        if not lines or not lines[-1].startswith("END"):
            raise SystemExit(f"the soak stopped: {done.stdout[-1500:]}{done.stderr[-500:]}")
        sizes = [file.stat().st_size for file in sorted(Path(folder).iterdir())]
    rows = [[int(word) for word in line.split()[1:]] for line in lines if line.startswith("HOUR")]
    return rows, lines[-1].split(), sizes


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--hours", type=int, default=24)
    options.add_argument("--quick", action="store_true", help="2 hours")
    options.add_argument("--write", action="store_true", help="rewrite docs/reliability.md")
    chosen = options.parse_args()
    if not MP.exists():
        print("No MicroPython here; `python3 go.py test` installs it. Nothing was run.")
        return 0
    hours = 2 if chosen.quick else chosen.hours
    start = time.perf_counter()
    rows, last, sizes = soak(hours)
    heaps = [row[-1] for row in rows]
    settled = heaps[1:] or heaps
    assert rows[-1][5] == 0 and rows[-1][6] == 0, "records were dropped or the drive refused"
    assert min(settled) > max(settled) - 4096, f"the heap shrinks: {heaps}"
    assert sizes == [262144, 262144], sizes
    text = "\n".join(
        [
            "| measure | value |",
            "|---|---|",
            f"| walked without a reboot, MicroPython VM with a {HEAP} heap | {hours} h, {int(last[1]):,} steps, "
            f"{last[2]} sessions |",
            f"| synced on the way, every hash right | {int(last[3]):,} bytes |",
            f"| free heap after hour 1; least, most later | {heaps[0]:,}; {min(settled):,}, {max(settled):,} |",
            "| steps dropped, refused writes | 0 and 0 |",
            f"| flushes | {rows[-1][3]:,} |",
            f"| size of each mirror before and after | {sizes[0]:,} |",
        ]
    )
    print(text)
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    if chosen.write:
        rewrite("soak", f"python bench/soak.py --hours {hours} --write", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
