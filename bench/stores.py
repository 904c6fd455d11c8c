# SPDX-License-Identifier: MIT
"""Stores of a study, made up and seeded, for benches that need many walks: bench/export.py, bench/cohort.py.

in    where, how many sessions of how many steps, whose, since when, a seed
out   a store that `doctor --store` finds whole but for the board's bytes, which are short and of no board
from  a few walks are made step by step and stored as `sync` would; the others are copies of their rows, renamed
but   so every walk of a person has one of TEMPLATES patterns: right for time and memory, wrong for gait
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]
_KEPT = tempfile.TemporaryDirectory()  # of what Python compiled

from retrostep_host.store import Event, Step, Store, Walk, seals  # noqa: E402

TEMPLATES = 20
DAY_US = 86_400_000_000
FIRST = int(datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp() * 1e6)
LENGTH_M = {"forward": 1.28, "backward": 0.74}


def environment() -> dict[str, str]:
    """To run the command in as it runs once installed: compiled before, whatever this shell says."""
    ours = os.pathsep.join(str(ROOT / name) for name in ("lib", "host_tools"))
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": ours, "PYTHONPYCACHEPREFIX": _KEPT.name}


def template(number: int, count: int, rng: random.Random) -> Walk:
    """One walk of `count` steps, forward and backward in turn, as an ankle gives them."""
    steps, events, t = [], [], 3.0
    while len(steps) < count:
        way = "backward" if len(steps) // 80 % 2 else "forward"
        beat = (1.34 if way == "backward" else 1.08) * rng.gauss(1, 0.04)
        t = round(t * 104 * 256) / 104 / 256  # contacts are fractions of samples, and so are long numbers
        length = round(LENGTH_M[way] * rng.gauss(1, 0.07), 3)
        known = (round(beat, 3), length, 0.06, "toe" if way == "backward" else "heel", 0)
        met = (rng.randint(140, 170) / 255, rng.randint(120, 255) / 255, rng.randint(40, 110) / 100)
        steps.append(Step(len(steps), t, way, rng.randint(200, 255) / 255, False, *known, *met))
        if len(steps) < count:
            steps.append(Step(len(steps), t + beat / 2, way, rng.randint(180, 230) / 255, True))
        t += beat
        if len(steps) % 80 == 0:
            events.append(Event(len(events), t, "alert", "turn", "step"))
            t += rng.choice((0.0, 0.0, 4.0))
    if number % 4 == 0:
        events.append(Event(len(events), t / 2, "stumble", "backward", None, 1.4))
    events = [replace(event, seq=seq) for seq, event in enumerate(sorted(events, key=lambda one: one.t_s))]
    return Walk(
        0, "0" * 16, number + 1, "1", FIRST, 60, round(t + 4, 2), "ankle", "left", "usb", True, 0, {"code": "X"}, FIRST,
        "0.1.0", f"{number:016x}", steps=tuple(steps), events=tuple(events),
    )  # fmt: skip


def make(path: Path, sessions: int, steps: int, people: int, seed: int = 1, offset: int = 0, boards: int = 4) -> None:
    """A store of `sessions` walks, one a day for each of `people` in turn. `offset` sets boards and codes apart."""
    rng = random.Random(seed)
    with Store(path) as store:
        for number in range(min(TEMPLATES, sessions)):
            store.add(template(number, steps, rng), f"bytes {seed} {number}".encode(), FIRST)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN IMMEDIATE")
    kept = connection.execute(f"SELECT id, {seals.COLUMNS}, content FROM sessions ORDER BY id").fetchall()
    names = seals.COLUMNS.split(", ")
    for number in range(sessions):
        source, *values = kept[number % len(kept)]
        content = values.pop()
        row = dict(zip(names, values, strict=True))
        person, day = number % people, number // people
        raw = f"bytes {seed} {offset} {number}".encode()
        start = FIRST + day * DAY_US + person * 40 * 60_000_000
        row.update(
            device_uid=f"e6613{offset:03d}{person % boards:08x}", session=1 + number,
            number=f"{offset:04x}{number:012x}",
            sha1=seals.sha1(raw), start_utc_us=start, imported_utc_us=start + DAY_US // 2,
            settings=json.dumps({"code": f"P-{person + 1:02d}"}),
        )  # fmt: skip
        new = source if number < len(kept) else len(kept) + number + 1
        if new == source:
            sets = ", ".join(f"{name} = ?" for name in names)
            connection.execute(f"UPDATE sessions SET {sets} WHERE id = ?", (*row.values(), new))
            sets = "sha1 = ?, raw = ?, start_utc_us = ?, imported_utc_us = ?"
            said = (row["sha1"], raw, start, row["imported_utc_us"], new)
            connection.execute(f"UPDATE journals SET {sets} WHERE session_id = ?", said)
        else:
            marks = ", ".join("?" * len(names))
            connection.execute(
                f"INSERT INTO sessions (id, {seals.COLUMNS}, content, seal) VALUES (?, {marks}, ?, '')",
                (new, *row.values(), content),
            )
            for table in ("steps", "events", "contacts"):
                rest = [one[1] for one in connection.execute(f"PRAGMA table_info({table})")][1:]
                connection.execute(
                    f"INSERT INTO {table} SELECT ?, {', '.join(rest)} FROM {table} WHERE session_id = ?", (new, source)
                )
            connection.execute(
                "INSERT INTO journals VALUES (?, ?, ?, ?, ?, '', ?)",
                (new, row["sha1"], row["start_utc_us"], row["utc_offset_min"], row["imported_utc_us"], raw),
            )
        found = connection.execute(f"SELECT id, {seals.COLUMNS}, content FROM sessions WHERE id = ?", (new,)).fetchone()
        connection.execute("UPDATE sessions SET seal = ? WHERE id = ?", (seals.of(found), new))
        dated = connection.execute(f"SELECT {seals.DATED} FROM journals WHERE session_id = ?", (new,)).fetchone()
        connection.execute("UPDATE journals SET seal = ? WHERE session_id = ?", (seals.of(dated), new))
    seals.take_census(connection)
    connection.execute("COMMIT")
    connection.close()
