# SPDX-License-Identifier: MIT
"""Does every command end, whatever a board says? Lying boards on a pseudo-terminal, commands as a person types them.

question  seconds, memory and exit code of sync, doctor, settings, plan and erase, for each lie; what becomes of what a
          forger made
data      tests/faults/lies.py; forged sessions from seeds (tests/faults/forgers.py)
page      prints; with --write the tables of docs/reliability.md
but       seconds are real and contain half a second for Python; a busy computer makes them longer

    python bench/liars.py [--forged 1000] [--only "endless list"] [--write]
"""

from __future__ import annotations

import argparse
import collections
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]

VERBS = (("sync",), ("doctor",), ("settings",), ("plan", "show"), ("settings", "--erase", "--yes"))
LIMIT_S = 120


def run(words: tuple[str, ...], path: str, home: Path) -> tuple[int | None, float, int, str]:
    """(exit code or None, seconds, MB at most, last words) of a command at a board."""
    env = {**os.environ, "RETROSTEP_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path[:3])}
    with tempfile.TemporaryFile() as out:
        began = time.monotonic()
        command = [sys.executable, "-m", "retrostep_host.cli.main", *words, "--port", path]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env)
        while time.monotonic() - began < LIMIT_S:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                out.seek(0)
                said = out.read().decode("utf-8", "replace").strip()
                return process.returncode, time.monotonic() - began, used.ru_maxrss // 1024, said
            time.sleep(0.02)
        process.kill()
        process.wait()
        return None, LIMIT_S, 0, ""


def lies(only: str | None) -> list[str]:
    """A row for each lie: how `sync` ends, and what is the most that any command takes."""
    from tests.faults import lies as told
    from tests.faults.liar import Terminal

    rows = ["| board | sync: exit code, s | slowest of doctor, settings, plan, erase: s | MB |", "|---|---|---|---|"]
    for name in told.LIES:
        if only not in (None, name):
            continue
        codes, times, most = [], [], 0
        for words in VERBS:
            with tempfile.TemporaryDirectory() as home, Terminal(told.liar(name)) as board:
                code, seconds, memory, said = run(words, board.path, Path(home))
            assert code is not None, f"{name}: {' '.join(words)} did not end"
            assert code != 70 and "Traceback" not in said, f"{name}: {' '.join(words)}: {said}"
            codes.append(code)
            times.append(seconds)
            most = max(most, memory)
        rows.append(f"| {name} | {codes[0]}, {times[0]:.1f} | {max(times[1:]):.1f} | {most} |")
        print(rows[-1], flush=True)
    return rows


def forged(count: int) -> list[str]:
    """What became of so many forged sessions."""
    from tests.faults import forgers

    fates: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(count):
            fates[forgers.judged(seed, Path(folder) / str(seed))] += 1
    rows = ["| forged sessions | of " + f"{count:,} |", "|---|---|"]
    names = {"shown": "shown, what cannot be left out", "unreadable": "kept as bytes, named, deletable"}
    rows += [f"| {names.get(fate, fate)} | {number:,} |" for fate, number in sorted(fates.items())]
    rows.append("| honest walks beside them lost, or kept away | **0** |")
    print("\n".join(rows))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forged", type=int, default=100)
    parser.add_argument("--only")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    made = [*lies(args.only), "", *forged(args.forged)]
    if args.write:
        from bench.reliability import rewrite

        rewrite("liars", f"python bench/liars.py --forged {args.forged} --write", "\n".join(made))


if __name__ == "__main__":
    main()
