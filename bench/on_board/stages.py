# SPDX-License-Identifier: MIT
"""Runs on the board as code.py: the engine over words.bin, timed by stage. bench/device.py reads what it prints.

One line each, after "BENCH ": a JSON object. Emulated time is repeatable, so one run is enough.
"""
import gc
import json
import os
import time
from array import array

ns = time.monotonic_ns
CHUNK = 13


def say(values):
    print("BENCH " + json.dumps(values))


class Timed:
    """Stands in for a stage: counts the time that its method `name` takes."""

    def __init__(self, part, name):
        self._part = part
        self._call = getattr(part, name)
        self.ns = 0
        self.calls = 0
        setattr(self, name, self._timed)

    def _timed(self, *arguments):
        start = ns()
        result = self._call(*arguments)
        self.ns += ns() - start
        self.calls += 1
        return result

    def __getattr__(self, name):
        return getattr(self._part, name)


class Nothing:
    def chunk(self, *arguments):
        pass


def samples(words):
    """words.bin in chunks, no allocation."""
    with open("/words.bin", "rb") as file:
        while True:
            n = file.readinto(words)
            if n < 12:
                return
            yield n // 12


def run(placement, stages):
    from retrostep import engine

    counts = {}

    def emit(event):
        key = "%d/%d" % (event.kind, event.direction)
        counts[key] = counts.get(key, 0) + 1

    gc.collect()
    before = gc.mem_free()
    it = engine.Engine(placement, emit)
    gc.collect()
    heap = before - gc.mem_free()
    timed = {}
    if stages:
        for name, attribute, method in (
            ("quality", "_quality", "chunk"),
            ("mount: axis", "_axis", "chunk"),
            ("gait: sagittal", "_sagittal", "chunk"),
            ("gait: strides", "_leg", "chunk"),
            ("gait: wrist", "_wrist", "feed"),
            ("gait: wrist, direction", "_way", "chunk"),
        ):
            if getattr(it, attribute, None) is not None:
                timed[name] = Timed(getattr(it, attribute), method)
                setattr(it, attribute, timed[name])
        for at, part in enumerate(getattr(it, "_balance", ())):
            name = "balance: " + type(part).__name__
            timed[name] = it._balance[at] = Timed(part, "chunk")
        empty = Timed(Nothing(), "chunk")
        for _ in range(200):
            empty.chunk(1, 2, 3)
        overhead = empty.ns // 200
    words = array("h", bytes(12 * CHUNK))
    total = worst = count = garbage = 0
    gc.collect()
    gc.disable()
    free = gc.mem_free()
    start = ns()
    took = ns() - start
    own = free - gc.mem_free()  # of these readings themselves
    for n in samples(words):
        free = gc.mem_free()
        start = ns()
        it.feed(words, n)
        took = ns() - start
        left = gc.mem_free()
        garbage += free - left - own
        if left < 20000:
            gc.collect()
        total += took
        count += n
        if took > worst:
            worst = took
    gc.enable()
    start = ns()
    it.finish()
    parts = {name: max(0, part.ns - part.calls * overhead) / count / 1e6 for name, part in timed.items()}
    say({
        "placement": placement,
        "whole_ms": total / count / 1e6,
        "worst_chunk_ms": worst / 1e6,
        "finish_ms": (ns() - start) / 1e6,
        "samples": count,
        "engine_heap": heap,
        "garbage_per_sample": garbage / count,
        "events": counts,
        "stages": parts,
    })


def main():
    gc.collect()
    say({"heap_free_at_start": gc.mem_free()})
    placement = os.getenv("BENCH_PLACEMENT")
    from retrostep import engine

    gc.collect()
    say({"heap_free_with_engine": gc.mem_free()})
    run(placement, False)
    run(placement, True)
    del engine


try:
    main()
except Exception as error:
    say({"error": repr(error)})
    raise
print("BENCH-DONE")
