# SPDX-License-Identifier: MIT
"""Is a walk who it is, whatever the board, the flash and the disk do?

question  erased, older, lying boards; forged and destroyed blocks; stores with changed bits; killed programs
data      boards of tests/faults/board.py; the kinds of tests/faults/{hostile,forged,rot,kills}.py
seed      0 … N-1, one a schedule of each kind; a failure names its kind and its seed
run       python bench/hostile.py [--seeds 1000] [--kills 60] [--write]     (--write rewrites docs/reliability.md)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]

from bench.reliability import rewrite  # noqa: E402
from tests.faults import forged, hostile, kills, rot  # noqa: E402


def every(kind: str, seeds: range, one: Callable[[int], object]) -> list:
    """What each seed gave; ends the bench with the seed that failed."""
    start, found = time.perf_counter(), []
    for seed in seeds:
        try:
            found.append(one(seed))
        except Exception as error:
            raise SystemExit(f"{kind}, seed {seed}: {type(error).__name__}: {error}") from error
        if seed % 100 == 99:
            print(f"{kind}: {seed + 1} seeds, {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return found


def rows(seeds: range, killed: int) -> list[str]:
    """A row a kind."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        seen = every("boards", seeds, lambda seed: hostile.run(seed, folder / f"boards-{seed}"))
        forgeries = every("forged", seeds, forged.run)
        lost = Counter(every("destroyed", seeds, forged.lose))
        kept = rot.made(folder / "kept")
        harms = Counter(every("rot", seeds, lambda seed: rot.run(seed, kept, folder / f"rot-{seed}")))
        syncs = every("killed syncs", range(killed // 6), lambda seed: kills.sync(seed, folder / f"kill-{seed}"))
        mends = every("killed mends", range(killed // 3), lambda seed: kills.mend(seed, kept, folder / f"mend-{seed}"))
    count = len(seeds)
    total = Counter()
    for one in seen:
        total.update(syncs=one.syncs, erased=one.erased, forged=one.forged, walks=len(one.stored), beside=one.beside)
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(harms.items()))
    return [
        "| what was attacked | how often | came out |",
        "|---|---|---|",
        f"| identity: {total['erased']:,} boards erased whole, {total['forged']:,} lying boards between honest ones | "
        f"{count:,} schedules, {total['syncs']:,} syncs, some cut | {total['walks']:,} walks stored byte for byte, "
        f"{total['beside']:,} beside another of the same number; lost, replaced, released without a copy: **0** |",
        f"| numbers at their limits in a block with a right CRC, or in a whole log | {sum(forgeries):,} in {count:,} "
        "schedules of walks, releases and power cuts | other walks lost, boots that fell over: **0** |",
        f"| a block of a walk destroyed in both mirrors ({lost['last']:,} the last one) | "
        f"{lost['last'] + lost['other']:,} | not named: **0** |",
        f"| a store whose disk forgets: {kinds} | {count:,} stores of {len(kept.raws)} walks | other numbers shown, "
        "readable blocks lost, boards let go without a copy: **0** |",
        f"| `sync` killed (SIGKILL) | {sum(syncs)} while it ran, of {6 * len(syncs)} | lost, twice: **0** |",
        f"| `doctor --store` killed while it mends | {sum(mends)} while it ran, of {3 * len(mends)} | lost: **0** |",
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seeds", type=int, default=1000)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--kills", type=int, default=60)
    options.add_argument("--quick", action="store_true", help="10 seeds, 6 kills")
    options.add_argument("--write", action="store_true", help="rewrite docs/reliability.md")
    chosen = options.parse_args()
    seeds = range(chosen.first, chosen.first + (10 if chosen.quick else chosen.seeds))
    text = "\n".join(rows(seeds, 6 if chosen.quick else chosen.kills))
    print(text)
    if chosen.write:
        rewrite("hostile", f"python bench/hostile.py --seeds {chosen.seeds} --write", text)


if __name__ == "__main__":
    main()
