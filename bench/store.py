# SPDX-License-Identifier: MIT
"""How fast does a helper's store answer after years?

question  seconds and MB of `list`, `people`, `person`, and of storing one more walk: 10,000 sessions, 10 million steps
data      twelve people on five boards, one of them with a board on each leg; each session about 1,000 steps from one of
          24 templates (practice.py), with bytes, number and time of its own
seed      1
run       python bench/store.py [--sessions 10000] [--keep FILE]     (a few minutes, and 1.6 GB on disk)
"""

from __future__ import annotations

import argparse
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from dataclasses import replace
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]

import stores  # noqa: E402
from retrostep.journal import block  # noqa: E402
from retrostep_host import journal, practice  # noqa: E402
from retrostep_host.store import Store, seals, summing  # noqa: E402

UNTIL = date(2026, 11, 28)
DAY_US = 86_400_000_000


def copy_of(raw: bytes, number: bytes, session: int, later_us: int) -> bytes:
    """The same session with another number, another session and another date, in blocks that are whole."""
    out = bytearray(raw)
    for at in range(0, len(out), block.SIZE):
        struct.pack_into("<I", out, at + 16, session)
        (utc,) = struct.unpack_from("<Q", out, at + 40)
        struct.pack_into("<Q", out, at + 40, utc + later_us if utc else 0)
        out[at + 56 : at + 64] = number
        struct.pack_into("<I", out, at + block.CRC_AT, zlib.crc32(out[at : at + block.CRC_AT]))
    return bytes(out)


def fill(path: Path, sessions: int) -> int:
    """A store with so many sessions; returns how many steps it holds. `Store.insert` would take an hour: rows of steps
    are copied inside SQLite, everything else is as `insert` makes it."""
    with tempfile.TemporaryDirectory() as folder:
        made = practice.make(Path(folder), 1, UNTIL, weeks=2)
        made.store.rename(path)
    total = 0
    with Store(path) as store:
        templates = [w for w in store.walks(corrected=False) if 800 < w.total < 1500 and w.start_utc_us]
        with store.changing() as connection:
            for n in range(sessions - made.walks):
                one = templates[n % len(templates)]
                visit = n // len(templates) + 1
                number = struct.pack("<II", n + 1, 0xBEEF)
                raw = copy_of(store.raw(one), number, one.session + 1000 * visit, -visit * 2 * DAY_US)
                later = one.start_utc_us - visit * 2 * DAY_US
                copied = one.imported_utc_us - visit * 2 * DAY_US
                walk = replace(
                    one, steps=(), events=(), number=number.hex(), session=one.session + 1000 * visit,
                    start_utc_us=later, imported_utc_us=copied, sha1=seals.sha1(raw),
                )  # fmt: skip
                row = store.insert(connection, walk, raw)
                for table, columns in (("steps", seals.STEPS), ("events", seals.EVENTS)):
                    what = columns.split("SELECT ")[1].split(" FROM")[0]
                    connection.execute(
                        f"INSERT INTO {table} SELECT ?, {what} FROM {table} WHERE session_id = ?", (row, one.id)
                    )
                connection.execute("UPDATE sessions SET summary = ? WHERE id = ?", (summing.said(one.summary), row))
                content = connection.execute("SELECT content FROM sessions WHERE id = ?", (one.id,)).fetchone()[0]
                connection.execute("UPDATE sessions SET content = ? WHERE id = ?", (content, row))
                found = connection.execute(
                    f"SELECT id, {seals.COLUMNS}, content FROM sessions WHERE id = ?", (row,)
                ).fetchone()
                connection.execute("UPDATE sessions SET seal = ? WHERE id = ?", (seals.of(found), row))
                if n % 500 == 0:
                    print(f"\r{n} of {sessions}", end="", file=sys.stderr)
        print("\r", end="", file=sys.stderr)
        total = sum(walk.total for walk in store.walks())
        store.check()
        assert len(store.full(store.walks()[0]).steps) == store.walks()[0].total
    return total


def timed(*words: str) -> tuple[float, float, float]:
    """(wall s, processor s, MB) of a verb in a process of its own, the best of five: what others take of a shared
    computer is no time of ours."""
    best = (1e9, 1e9, 0.0)
    for _ in range(5):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "retrostep_host.cli.main", *words],
            stdout=subprocess.DEVNULL, check=True, cwd=ROOT, env=stores.environment(),
        )  # fmt: skip
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, (wall, cpu, after.ru_maxrss / 1024))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="the store, to go on with; used when it is there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.keep or Path(folder) / "store.sqlite3"
        if not path.exists():
            fill(path, asked.sessions)
        with Store(path, write=False) as store:
            walks = store.walks()
        print(f"{len(walks)} sessions, {sum(walk.total for walk in walks):,} steps, {path.stat().st_size / 1e6:.0f} MB")
        began = time.perf_counter()
        timed_first = timed("people", "--store", str(path), "--on", UNTIL.isoformat())
        print(f"(first `people` and four more: {time.perf_counter() - began:.1f} s; it puts views together once)")
        print("| verb | wall, s | processor, s | MB |\n|---|---:|---:|---:|")
        rows = {"people": timed_first}
        rows["list"] = timed("list", "--store", str(path))
        rows["list --json"] = timed("list", "--store", str(path), "--json")
        rows["list --code P-03"] = timed("list", "--store", str(path), "--code", "P-03")
        rows["person P-03"] = timed("person", "P-03", "--store", str(path))
        for verb, (wall, cpu, size) in rows.items():
            print(f"| `{verb}` | {wall:.2f} | {cpu:.2f} | {size:.0f} |")
        with Store(path) as store:
            one = next(walk for walk in walks if walk.total > 800)
            raw = copy_of(store.raw(one), os.urandom(8), 77, 0)
            session = journal.decode(raw)
            began = time.perf_counter()
            store.add(session, raw)
            print(f"one more walk stored in {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
