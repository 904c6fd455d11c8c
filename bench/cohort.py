# SPDX-License-Identifier: MIT
"""Does a cohort of five sites hold, and how long do its questions take?

question  1. seconds and peak memory of publishing 10,000 wearer-days, and of publishing them again
          2. totals equal the stores'; publishing again adds no row; a deleted person is gone from every answer; a site
             killed in mid write leaves nothing that is read
          3. seconds a question with DuckDB; the same SQL on Spark gives the same rows
data      five stores made up by bench/stores.py: 40 people, 50 days, a walk of 1,000 steps a day each (seeds 1-5)
run       python bench/cohort.py [--days N] [--people N] [--steps N] [--no-spark] [--keep DIR] [--write]
page      docs/cohort.md, between its marks, with --write
bars      90 s to write, 1 GB, 5 s a question, on two cores
but       Spark needs pyspark (pip) and Java; without them that part says so and is left out
          its start is not counted; its answers are, the first with what it compiles
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import stores
from export import measured
from reliability import rewrite
from retrostep_host.cohort import layout, questions, reading
from retrostep_host.store import Store, choose

SITES = ("aarhus", "berlin", "leiden", "madrid", "oslo")
PAGE = stores.ROOT / "docs" / "cohort.md"
FAILED: list[str] = []
HELD: list[str] = []


def check(holds: bool, words: str) -> None:
    print(f"  {'holds' if holds else 'FAILS'}: {words}", flush=True)
    (HELD if holds else FAILED).append(words)


def total(folder: Path) -> tuple[int, int, int]:
    """Walks and steps that the cohort answers with, and rows of strides."""
    with reading.open_cohort(folder, 2) as cohort:
        found = cohort.ask(questions.TOTALS)[0]
        return found["walks"], int(found["steps"] or 0), cohort.ask("SELECT count(*) AS n FROM stride")[0]["n"]


def publish(folder: Path, kept: dict[str, Path]) -> tuple[float, float, float]:
    """Seconds of all sites one after the other, of the processor, and the highest peak in MB."""
    runs = [measured(["publish", str(folder), "--site", site, "--store", str(kept[site])]) for site in SITES]
    return sum(one[0] for one in runs), sum(one[1] for one in runs), max(one[2] for one in runs)


def kill(folder: Path, store: Path) -> None:
    """Publish as a sixth site, and kill it in mid write."""
    process = subprocess.Popen(
        [sys.executable, "-m", "retrostep_host.cli.main", "publish", str(folder), "--site", "killed",
         "--store", str(store)],
        env=stores.environment(), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    place = folder / "stride" / "site=killed"
    while process.poll() is None and not list(place.rglob("*.part")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    if process.wait() == 0:
        print("  The sixth site was done before it could be killed: more walks are needed to try that.")
        shutil.rmtree(folder / "manifest" / "killed")


def on_duckdb(folder: Path) -> tuple[dict[str, list[dict]], dict[str, float]]:
    """(answers, seconds) of each question."""
    answers, seconds = {}, {}
    with reading.open_cohort(folder, 2) as cohort:
        for name, sql in questions.ALL.items():
            start = time.monotonic()
            answers[name] = cohort.ask(sql)
            seconds[name] = time.monotonic() - start
            print(f"  {name:<10}{len(answers[name]):>6} rows{seconds[name]:>8.2f} s", flush=True)
    return answers, seconds


def on_spark(folder: Path, expected: dict[str, list[dict]]) -> dict[str, float]:
    """Seconds of each question; {} where there is no Spark."""
    seconds: dict[str, float] = {}
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        print("  pyspark is not installed; Spark was not asked.")
        return seconds
    if not shutil.which("java"):
        print("  There is no Java; Spark was not asked.")
        return seconds
    spark = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.memory", "1g")
        .config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "8")
        .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false").getOrCreate()
    )  # fmt: skip
    spark.sparkContext.setLogLevel("ERROR")
    try:
        found = reading.scan(folder)
        for table in layout.TABLE_NAMES:
            files = [str(path) for path in found.files[table]]
            spark.read.option("basePath", str(folder / table)).parquet(*files).createOrReplaceTempView(f"all_{table}")
        graves = [str(path) for path in found.files[layout.TOMBSTONE]]
        place = str(folder / layout.TOMBSTONE)
        spark.read.option("basePath", place).parquet(*graves).createOrReplaceTempView("tombstone")
        for table, sql in reading.VIEWS.items():
            spark.sql(sql).createOrReplaceTempView(table)
        for name, sql in questions.ALL.items():
            start = time.monotonic()
            rows = [row.asDict() for row in spark.sql(sql).collect()]
            seconds[name] = time.monotonic() - start
            print(f"  {name:<10}{len(rows):>6} rows{seconds[name]:>8.2f} s", flush=True)
            check(alike(rows, expected[name]), f"Spark and DuckDB give the same {name}")
    finally:
        spark.stop()
    return seconds


def alike(ours: list[dict], theirs: list[dict]) -> bool:
    def same(one: object, other: object) -> bool:
        if isinstance(one, str | date) or one is None or other is None:
            return one == other
        return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-9)  # and sums in another order

    return len(ours) == len(theirs) and all(
        a.keys() == b.keys() and all(same(a[key], b[key]) for key in a) for a, b in zip(ours, theirs, strict=True)
    )


def page(asked: argparse.Namespace, of: str, load: float, table: list[str], size: str, on: dict) -> None:
    on = {name: seconds for name, seconds in on.items() if seconds}
    lines = [f"{of}; {os.cpu_count()} cores, at a load of {load:.1f} from others as it began. The folder: {size}.", ""]
    lines += [*table, "", f"| question, s | {' | '.join(on)} |", f"|---|{'---:|' * len(on)}"]
    lines += [f"| {name} | {' | '.join(f'{one[name]:.2f}' for one in on.values())} |" for name in questions.ALL]
    lines += ["", f"It held that {'; '.join(HELD)}." + ("" if "Spark" in on else " Spark was not asked.")]
    default = (asked.days, asked.people, asked.steps) == (50, 40, 1000)
    size_of = "" if default else f" --days {asked.days} --people {asked.people} --steps {asked.steps}"
    rewrite("cohort", f"python bench/cohort.py{size_of} --write", "\n".join(lines), PAGE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("--days", 50), ("--people", 40), ("--steps", 1000)):
        parser.add_argument(name, type=int, default=value)
    parser.add_argument("--no-spark", action="store_true")
    parser.add_argument("--write", action="store_true", help="write docs/cohort.md")
    parser.add_argument("--keep", metavar="DIR", help="keep the stores there, and use those that are there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(asked.keep or scratch)
        place.mkdir(parents=True, exist_ok=True)
        each = asked.days * asked.people
        kept = {site: place / f"{site}-{each}x{asked.steps}.sqlite3" for site in SITES}
        for number, path in enumerate(kept.values(), 1):
            if not path.exists():
                stores.make(path, each, asked.steps, asked.people, number, number)
        folder = Path(scratch) / "cohort"
        steps = 5 * each * asked.steps
        load = os.getloadavg()[0]
        of = f"{5 * each:,} wearer-days, {steps:,} steps, five sites one after the other"
        print(f"{of}; load {load:.1f}", flush=True)
        table = ["| | wall, s | processor, s | peak, MB |", "|---|---:|---:|---:|"]
        for words, then in (("published", "totals equal the stores'"), ("published again", "no row is added")):
            wall, used, peak = publish(folder, kept)
            print(f"{words}: {wall:.1f} s, {used:.1f} s of processor, peak {peak:.0f} MB", flush=True)
            table.append(f"| {words} | {wall:.0f} | {used:.0f} | {peak:.0f} |")
            check(total(folder) == (5 * each, steps, steps), then)
        files = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        print(f"the folder: {len(files)} files, {sum(files) / 1e6:.0f} MB")
        victim = Path(scratch) / "victim.sqlite3"
        stores.make(victim, each, asked.steps, asked.people, 6, 6)
        kill(folder, victim)
        check(total(folder) == (5 * each, steps, steps), "a site killed in mid write is in no answer")
        print("after a person was deleted:")
        copy = Path(scratch) / "deleted.sqlite3"
        shutil.copyfile(kept["oslo"], copy)
        with Store(copy) as store:
            store.delete(choose.walks(store, code="P-03"))
        wall, used, peak, _ = measured(["publish", str(folder), "--site", "oslo", "--store", str(copy)])
        print(f"  published: {wall:.1f} s, {used:.1f} s of processor, peak {peak:.0f} MB")
        table.append(f"| a person of one site deleted, that site published | {wall:.0f} | {used:.0f} | {peak:.0f} |")
        gone = asked.days * asked.steps
        check(total(folder) == (5 * each - asked.days, steps - gone, steps - gone), "a deleted person is in no table")
        print("DuckDB, two threads:")
        answers, seconds = on_duckdb(folder)
        asked_of = [row for name in ("people", "weeks", "strides") for row in answers[name]]
        of_oslo = {row["code"] for row in asked_of if row["site"] == "oslo"}
        check("P-03" not in of_oslo, "a deleted person is in no answer")
        on = {"DuckDB": seconds}
        if not asked.no_spark:
            print("Spark, two threads:")
            on["Spark"] = on_spark(folder, answers)
        if asked.write and not FAILED:
            page(asked, of, load, table, f"{len(files)} files, {sum(files) / 1e6:.0f} MB", on)
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
