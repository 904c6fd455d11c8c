# SPDX-License-Identifier: MIT
"""What the balance room is given of a recording, kept beside the checkout so that a sweep takes seconds.

question  none of its own: `trace(path)` runs a recording through the engine once and keeps its chunks and steps;
          `Trace.replay(parts)` feeds them to balance parts as the engine would
data      any recording of the corpus (RETROSTEP_CORPUS)
keeps     one file a recording in ~/.cache/retrostep/alerts, named after the text of the rooms before balance: a change
          there makes new ones. `python bench/alerts_trace.py` fills it on two cores (two minutes)
but       the motor never runs in a recording: bench/alerts_made.py shakes generated ones
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from array import array
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep import events, units  # noqa: E402
from retrostep.engine import _EARLY as EARLY  # noqa: E402
from retrostep.engine import Engine  # noqa: E402
from retrostep.imu.chunk import Chunk  # noqa: E402
from retrostep_host import recordings  # noqa: E402

CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or ROOT.parent / "shared" / "corpus")
KEPT = Path.home() / ".cache" / "retrostep" / "alerts"
STEP = ("index", "frac", "decided", "direction", "stride_s", "length_m", "sagittal_rad", "quality", "inferred")
# start, sum_a2, sum_w2, sum_s2, max_a, max_w, mean_acc 3, u 3, v 3 (nan: none), since_stride, quality, and of the
# chunk's first samples, which the engine judges early: sum_a2, off-axis sum
COLUMNS = 19


@dataclass
class Trace:
    """One recording as balance sees it. table (n, COLUMNS); a, w2 (n, CHUNK); steps: (chunk it was told in, values)."""

    name: str
    source: str
    placement: str
    meta: dict[str, Any]
    recorded: int
    has_gyro: bool
    table: np.ndarray
    a: np.ndarray
    w2: np.ndarray
    steps: np.ndarray

    @property
    def hours(self) -> float:
        return self.recorded / units.RATE_HZ / 3600

    def step_events(self) -> list[tuple[int, Any]]:
        out = []
        for row in self.steps:
            event = events.Event(events.STEP, int(row[1]), float(row[2]), int(row[3]))
            for name, value in zip(STEP[3:], row[4:], strict=True):
                setattr(event, name, float(value) if name.endswith(("_s", "_m", "_rad")) else int(value))
            out.append((int(row[0]), event))
        return out

    def replay(self, chunked: Iterable[Any], strided: Iterable[Any] = (), at: int = 0) -> None:
        """chunk() every part of `chunked`, stride() every part of `strided`, in the engine's order; sample indexes
        begin at `at`, so that recordings of one person can follow each other."""
        chunked, strided = tuple(chunked), tuple(strided)
        steps = self.step_events() if strided else []
        turn = 0
        chunk = Chunk(1.0, 1.0)
        for i, row in enumerate(self.table.tolist()):
            while turn < len(steps) and steps[turn][0] <= i:
                event = steps[turn][1]
                event.index += at
                event.decided += at
                turn += 1
                if not event.inferred:
                    for part in strided:
                        part.stride(event)
            chunk.start = int(row[0]) + at
            chunk.sum_a2, chunk.sum_w2, chunk.sum_s2, chunk.max_a, chunk.max_w = row[1:6]
            chunk.mean_acc[:] = row[6:9]
            chunk.u = row[9:12]
            chunk.v = row[12:15] if row[12] == row[12] else None
            chunk.since_stride = int(row[15])
            chunk.is_walking = chunk.since_stride < 229
            chunk.quality = int(row[16])
            chunk.a = self.a[i].tolist()
            chunk.w2 = self.w2[i].tolist()
            chunk.min_a = min(chunk.a)
            chunk.mean_a = sum(chunk.a) / units.CHUNK
            for part in chunked:
                if getattr(part, "is_listening", False) and part.leans(chunk, EARLY, row[17]):
                    part.early(chunk, EARLY, row[17], row[18])
                part.chunk(chunk)
        for _, event in steps[turn:]:  # told when the recording ended
            event.index += at
            event.decided += at
            if not event.inferred:
                for part in strided:
                    part.stride(event)


class _Listener:
    """In the place of the engine's balance parts: keeps what they would have been given."""

    score = 0.0
    is_listening = True

    def __init__(self) -> None:
        self.chunks: list[list[float]] = []
        self.a, self.w2 = array("f"), array("f")
        self.first = (0.0, 0.0)

    def leans(self, chunk: Any, n: int, sum_a2: float) -> bool:
        return True

    def early(self, chunk: Any, n: int, sum_a2: float, off: float) -> bool:
        self.first = (sum_a2, off)
        return False

    def chunk(self, c: Any) -> None:
        v = c.v if c.v is not None else (float("nan"),) * 3
        self.chunks.append(
            [c.start, c.sum_a2, c.sum_w2, c.sum_s2, c.max_a, c.max_w]
            + [*c.mean_acc, *(c.u or (0.0, 0.0, 0.0)), *v, c.since_stride, c.quality, *self.first]
        )
        c.fill()
        self.a.extend(c.a)
        self.w2.extend(c.w2)

    def stride(self, event: Any) -> None:
        pass

    def gap(self, lost: int) -> None:
        pass


def run(words: array[int], count: int, placement: str, has_gyro: bool = True) -> tuple[np.ndarray, ...]:
    """table, a, w2, steps of `count` samples of words."""
    listener: Any = _Listener()
    steps: list[list[float]] = []

    def heard(event: Any) -> None:
        if event.kind == events.STEP:
            steps.append([len(listener.chunks), *(getattr(event, name) or 0 for name in STEP)])

    engine = Engine(placement, heard, has_gyro=has_gyro)
    engine._balance = [listener]
    engine._stumble = engine._wobble = listener
    engine.feed(words, count)
    engine.finish()
    n = units.CHUNK
    return (
        np.array(listener.chunks).reshape(-1, COLUMNS),
        np.array(listener.a, np.float32).reshape(-1, n),
        np.array(listener.w2, np.float32).reshape(-1, n),
        np.array(steps).reshape(-1, 1 + len(STEP)),
    )


@cache
def version() -> str:
    """Of everything before balance."""
    digest = hashlib.sha256(str(COLUMNS).encode())
    lib = ROOT / "lib" / "retrostep"
    parts = [
        lib / "engine.py",
        lib / "units.py",
        *sorted(p for r in ("imu", "mount", "gait") for p in (lib / r).rglob("*.py")),
    ]
    for path in [*parts, ROOT / "host_tools" / "retrostep_host" / "recordings.py"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def at_rate(path: Path, hz: float) -> recordings.Recording:
    """The recording as a slower sensor would have given it: low-pass at 0.375 of its rate, then fewer samples."""
    from scipy.signal import butter, sosfiltfilt

    whole = recordings.load(path)
    assert whole.gyr is not None
    sos = butter(4, 0.375 * hz, fs=whole.fs, output="sos")
    t = np.arange(whole.t[0], whole.t[-1], 1 / hz)

    def slower(x: np.ndarray) -> np.ndarray:
        y = sosfiltfilt(sos, x, axis=0)
        return np.stack([np.interp(t, whole.t, y[:, k]) for k in range(3)], 1)

    return replace(whole, t=t, acc=slower(whole.acc), gyr=slower(whole.gyr), fs=hz)


def trace(path: Path, hz: float = 0.0) -> Trace:
    """From the cache, or run now and kept; with `hz` as a sensor of that rate would have seen it."""
    kept = KEPT / f"{path.stem}{f'@{hz:.0f}' if hz else ''}.{version()}.npz"
    if not kept.exists():
        recording = at_rate(path, hz) if hz else recordings.load(path)
        stream = recordings.stream(recording)
        words = array("h", stream.words.reshape(-1).tolist())
        table, a, w2, steps = run(words, len(stream.words), stream.placement, stream.has_gyro)
        KEPT.mkdir(parents=True, exist_ok=True)
        for old in KEPT.glob(kept.name.replace(version(), "*")):
            old.unlink()
        whole = KEPT / f".{path.stem}.{os.getpid()}.npz"
        facts = np.array([stream.recorded, stream.has_gyro])
        np.savez(whole, table=table, a=a, w2=w2, steps=steps, facts=facts, placement=stream.placement)
        whole.rename(kept)
    meta = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    with np.load(kept) as f:
        facts = f["facts"]
        return Trace(
            path.stem, path.parent.name, str(f["placement"]), meta, int(facts[0]), bool(facts[1]),
            f["table"], f["a"], f["w2"], f["steps"],
        )  # fmt: skip


def traces(pattern: str, every: int = 1) -> list[Trace]:
    """All recordings of a pattern, or every n-th of them."""
    return [trace(path) for path in sorted(CORPUS.glob(pattern))[::every]]


def _walked(t: Trace) -> tuple[int, int]:
    """Its first chunk with a swing in it, and the one after the last."""
    swings = np.flatnonzero(np.sqrt(t.table[: t.recorded // units.CHUNK, 2] / units.CHUNK) > 2.5)
    return (int(swings[0]), int(swings[-1]) + 1) if len(swings) > 1 else (0, 0)


def after_walking(t: Trace, walks: list[Trace], seconds: float = 24.0) -> tuple[Trace, int]:
    """`t` with its standing start replaced by the same leg's level walking, and the number of chunks put before: what
    the wearer's own strides are is known by then. Steps are left out."""
    first, _ = _walked(t)
    pieces = []
    while sum(b - a for _, a, b in pieces) * units.CHUNK < seconds * units.RATE_HZ:
        walk = walks[len(pieces) % len(walks)]
        pieces.append((walk, *_walked(walk)))
    before = sum(b - a for _, a, b in pieces)

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(w, name)[a:b] for w, a, b in pieces] + [getattr(t, name)[first:]])

    table = joined("table")
    table[:, 0] = np.arange(len(table)) * units.CHUNK
    recorded = t.recorded + (before - first) * units.CHUNK
    made = replace(t, table=table, a=joined("a"), w2=joined("w2"), steps=t.steps[:0], recorded=recorded)
    return made, before


def _fill(path: Path) -> str:
    trace(path)
    return path.stem


def main() -> None:
    paths = sorted(CORPUS.glob("*/*.npz"), key=lambda path: -path.stat().st_size)
    with ProcessPoolExecutor(2) as pool:
        for done, _ in enumerate(pool.map(_fill, paths, chunksize=4), 1):
            if done % 200 == 0:
                print(f"{done} of {len(paths)}", flush=True)


if __name__ == "__main__":
    main()
