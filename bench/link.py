# SPDX-License-Identifier: MIT
"""Does a sync over a bad line lose, invent or wrongly release anything, and how fast is it over a good one?

question  syncs over harmful lines, seed by seed; bytes on the wire; noise into parsers
          (speed on a board: bench/link_on_board.py)
data      boards of tests/faults/board.py with three sessions each
seed      0 … N-1, one a sync campaign (6 harmful syncs with cable pulls and power cuts, then a clean one)
run       python bench/link.py [--seeds 10000] [--fuzz] [--write]     (--write rewrites docs/reliability.md)
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep.link import frames  # noqa: E402
from retrostep_host.sync.client import Client  # noqa: E402

from bench.reliability import rewrite  # noqa: E402
from tests.faults import fuzz, syncs  # noqa: E402
from tests.faults.board import Board  # noqa: E402
from tests.faults.wire import Line, Wire  # noqa: E402

FUZZ_BYTES = 10_000_000


def campaigns(first: int, count: int) -> list[str]:
    """Run so many seeds; raises with the seed when something is lost."""
    totals = dict.fromkeys(("syncs", "broken", "repeats", "sessions"), 0)
    start = time.perf_counter()
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory() as folder:
            try:
                outcome = syncs.run(seed, Path(folder))
            except AssertionError as error:
                raise SystemExit(f"seed {seed}: {error}") from error
        totals["syncs"] += outcome.syncs
        totals["broken"] += len(outcome.errors)
        totals["repeats"] += outcome.repeats
        totals["sessions"] += len(outcome.stored)
        if seed % 500 == 499:
            print(f"{seed + 1} seeds, {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return [
        "| measure | value |",
        "|---|---|",
        f"| seeds | {first} … {first + count - 1} |",
        f"| syncs | {totals['syncs']:,}, of which {totals['broken']:,} ended in a sentence |",
        f"| requests asked again | {totals['repeats']:,} |",
        f"| sessions brought home | {totals['sessions']:,} of {3 * count:,} |",
        "| lost, invented, released without a copy | **0** |",
    ]


def efficiency() -> list[str]:
    """Bytes on the wire for the bytes of a session."""
    board = Board(sectors=64)
    session = board.walk(5000)
    wire = Wire(board.server, board.tick, Line([]), Line([]))
    client = Client(wire)
    size = client.list()[0].size
    before = wire.carried
    client.read(session, 0, size, lambda piece: None)
    share = size / (wire.carried - before)
    return [f"| share of the wire that is the session's own bytes, {size:,} B | {100 * share:.1f} % |"]


def noise(total: int, seed: int = 0) -> list[str]:
    """Random bytes into both parsers."""
    rng = random.Random(seed)
    fed, longest, splitter = 0, 0, frames.Splitter()
    start = time.perf_counter()
    while fed < total // 2:
        piece = rng.randbytes(rng.randrange(1, 4096))
        if rng.random() < 0.5:
            piece = piece.replace(b"\0", b"\1")
        splitter.feed(piece)
        longest = max(longest, len(splitter._rest))
        fed += len(piece)
    while fed < total * 9 // 10:
        piece = rng.randbytes(rng.randrange(0, 8192))
        fed += fuzz.decode(piece, rng.randrange(4), rng.randrange(1 << 32))
    while fed < total:
        fuzz.flash(rng.randrange(1 << 32))
        fed += 2 * 8192
    return [
        f"| noise into frames, decoder, recovery (seed {seed}) | {fed:,} bytes, {time.perf_counter() - start:.1f} s: "
        f"no hang, no crash, at most {longest} bytes held |"
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seeds", type=int, default=200)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--fuzz", action="store_true", help=f"also {FUZZ_BYTES:,} bytes of noise")
    options.add_argument("--quick", action="store_true", help="10 seeds, 200,000 bytes of noise")
    options.add_argument("--write", action="store_true", help="rewrite docs/reliability.md")
    chosen = options.parse_args()
    rows = campaigns(chosen.first, 10 if chosen.quick else chosen.seeds)
    rows += efficiency()
    if chosen.fuzz or chosen.quick:
        rows += noise(200_000 if chosen.quick else FUZZ_BYTES)
    print("\n".join(rows))
    if chosen.write:
        rewrite("link", f"python bench/link.py --seeds {chosen.seeds} --fuzz --write", "\n".join(rows))


if __name__ == "__main__":
    main()
