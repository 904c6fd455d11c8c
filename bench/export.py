# SPDX-License-Identifier: MIT
"""How long does a table of everything take, and how much memory?

question  seconds (wall and processor) and peak memory of `retrostep export`, of each format, all its processes together
data      a store made up by bench/stores.py: 10,000 walks of 1,000 steps, 25 people, seed 1 (2.5 GB of disk)
run       python bench/export.py [--sessions N] [--steps N] [--format csv] [--jobs N] [--keep DIR] [--store FILE]
          (--store: of bench/store.py --keep, whose walks several boards saw: its other_stride.csv is large)
bars      csv: 60 s, 300 MB
but       XLSX is measured only when asked for (--format xlsx): ten million rows are no workbook
          memory is what /proc says the processes have to themselves, with their part of what they share, twice a second
          on a busy computer the wall's time says more of the others; processor seconds are this program's
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import stores


def measured(arguments: list[str]) -> tuple[float, float, float, str]:
    """(wall s, processor s, peak MB, stdout) of one run of the command."""
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "retrostep_host.cli.main", *arguments],
        stdout=subprocess.PIPE, text=True, env=stores.environment(), start_new_session=True,
    )  # fmt: skip
    peak, is_over = [0.0], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.5):
            peak[0] = max(peak[0], memory(process.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    is_over.set()
    watching.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"retrostep {' '.join(arguments)} ended with {process.returncode}")
    return wall, used.ru_utime + used.ru_stime, max(peak[0], used.ru_maxrss / 1024), said.strip()


def memory(group: int) -> float:
    """MB that the processes of a session take together (Linux)."""
    found = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == group:
                lines = stat.with_name("smaps_rollup").read_text().splitlines()
                found += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return found / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--format", action="append", dest="formats")
    parser.add_argument("--jobs", type=int, help="processes of csv; as the program chooses by default")
    parser.add_argument("--store", type=Path, help="a store that is there already")
    parser.add_argument("--keep", metavar="DIR", help="keep store and tables there, and use a store that is there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(asked.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        store = asked.store or folder / f"{asked.sessions}x{asked.steps}.sqlite3"
        if not store.exists():
            start = time.monotonic()
            stores.make(store, asked.sessions, asked.steps, 25)
            print(f"made {store.name} in {time.monotonic() - start:.0f} s, {store.stat().st_size / 1e6:.0f} MB")
        what = asked.store or f"{asked.sessions} walks, {asked.sessions * asked.steps:,} steps"
        print(f"{what}; load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", flush=True)
        print(f"{'format':<10}{'wall s':>9}{'processor s':>13}{'peak MB':>9}{'files MB':>10}")
        for kind in asked.formats or ("csv", "parquet", "json"):
            out = folder / f"tables-{kind}"
            more = ["--jobs", str(asked.jobs)] if asked.jobs else []
            wall, used, peak, _ = measured(
                ["export", "--store", str(store), "--out", str(out), "--format", kind, *more]
            )  # fmt: skip
            size = sum(path.stat().st_size for path in out.iterdir()) / 1e6
            print(f"{kind:<10}{wall:>9.1f}{used:>13.1f}{peak:>9.0f}{size:>10.0f}", flush=True)


if __name__ == "__main__":
    main()
