# SPDX-License-Identifier: MIT
"""Does the journal lose or invent anything, and what does a day of walking cost the flash?

question  every cut at every byte, every pair of cuts; bytes, flushes and erases of 10,000 steps
data      the walks of tests/faults/cuts.py; a made-up day: eight walks of 1,250 steps at 105 a minute
seed      none: exhaustive
run       python bench/journal.py [--quick] [--write]     (--write rewrites docs/reliability.md; about 6 minutes)
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep import events  # noqa: E402
from retrostep.journal.writer import Journal  # noqa: E402
from retrostep.settings import defaults  # noqa: E402

from bench.reliability import rewrite  # noqa: E402
from tests.faults import cuts  # noqa: E402
from tests.faults.disk import Disk  # noqa: E402

MIRROR = 262144  # bytes, device/mirrors.py
PER_MIN = 105  # steps a minute
ENDURANCE = 100_000  # erases a sector stands: W25Q16JV datasheet, "Endurance"


def all_cuts(every: int) -> list[str]:
    """A row per walk; raises AssertionError with the cut when something is lost or invented."""
    rows = ["| walk | cuts (bytes) | distinct | pairs of cuts | distinct pairs | lost | invented |", "|---" * 7 + "|"]
    total = cuts.Counts()
    for name, (script, sectors) in cuts.SCRIPTS.items():
        start = time.perf_counter()
        found = cuts.count(cuts.blank(sectors), script, cuts.after, every)
        print(f"{name}: {found} in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        rows.append(
            f"| {name}: {script.__doc__.strip()} | {found.single:,} | {found.distinct:,} | {found.pairs:,} | "
            f"{found.distinct_pairs:,} | 0 | 0 |"
        )
        for field in ("single", "distinct", "pairs", "distinct_pairs"):
            setattr(total, field, getattr(total, field) + getattr(found, field))
    rows.append(
        f"| all | {total.single:,} | {total.distinct:,} | {total.pairs:,} | {total.distinct_pairs:,} | **0** | **0** |"
    )
    return rows


def a_day(steps: int = 10_000, walks: int = 8) -> list[str]:
    """What a day costs: bytes, flushes, erases, and the sector that is erased most."""
    disk = Disk(MIRROR)
    erases: Counter = Counter()
    disk.on_op = lambda mirror, sector, data: erases.update([(mirror, sector)])
    journal = Journal(disk, cuts.DEVICE)
    journal.recover()
    pace = 60 * 104 / PER_MIN
    for walk in range(walks):
        journal.start(journal.now + 100, defaults(), firmware="0.1.0")
        start = journal.now
        for i in range(steps // walks):
            index = start + round(pace * (i + 1))
            for now in range(journal.now + 13, index, 13):
                journal.step(now)
            journal.append(cuts.step(index, i))
            journal.step(index)
        journal.end(events.END_BUTTON)
        for _ in range(10):
            journal.step(journal.now + 13)
        assert walk + 1 == len(journal.table.numbers())
    assert journal.dropped == 0
    stored = sum(journal.table.size(number) for number in journal.table.numbers())
    hours = steps / PER_MIN / 60
    sectors = Counter({place: count for place, count in erases.items() if place[1] >= 0})
    folders = [count for (_, sector), count in erases.items() if sector < 0]
    total = sum(erases.values())
    busiest = max(folders)
    return [
        "| measure | value |",
        "|---|---|",
        f"| stored for {steps:,} steps in {walks} walks ({hours:.2f} h) | **{stored / 1000:.0f} kB** (at most 200) |",
        f"| hours of walking in 1 MB (both mirrors count) | {hours * 1e6 / (2 * stored):.1f} h |",
        f"| hours of walking in the log of a 1 MB drive (2 × 256 KB) | {hours * MIRROR / stored:.1f} h |",
        f"| flushes an hour, both mirrors | {journal.ring.flushes / hours:.0f} |",
        f"| sector erases an hour, all | {total / hours:.0f} |",
        f"| busiest sector: a mirror's directory, erases an hour | {busiest / hours:.0f} |",
        f"| busiest data sector, erases in its turn of the ring | {max(sectors.values())} |",
        f"| hours of walking until that sector reaches {ENDURANCE:,} erases | {ENDURANCE / (busiest / hours):,.0f} h |",
        "| records at risk in a cut | those of the last 20 s, and none that was flushed |",
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="pairs from every 29th first cut, 1,000 steps")
    options.add_argument("--write", action="store_true", help="rewrite docs/reliability.md")
    chosen = options.parse_args()
    day = a_day(1000, 2) if chosen.quick else a_day()
    rows = all_cuts(29 if chosen.quick else 1)
    text = "\n".join([*rows, "", *day])
    print(text)
    if chosen.write:
        rewrite("journal", "python bench/journal.py --write", text)


if __name__ == "__main__":
    main()
