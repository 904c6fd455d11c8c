# SPDX-License-Identifier: MIT
"""Chunks made by hand, and walks played through the device's engine, for the tests of the room."""

import os
from array import array
from pathlib import Path

import pytest
from retrostep import events, units
from retrostep.engine import Engine
from retrostep_host import recordings

CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or Path(__file__).parents[4] / "shared" / "corpus")


class Chunk:
    """One chunk of the engine (see engine.py), at rest unless told otherwise."""

    def __init__(self, number, acc=0.0, rate=0.0, off=0.0, up=(0.0, 0.0, 1.0), buzzing=False, tremble=0.0, mean=None):
        n = self.n = units.CHUNK
        self.start = number * n
        jolt = [acc * (-1) ** i for i in range(n - 1)] + [0.0]  # RMS about acc around g
        shake = [tremble * (-1) ** i for i in range(n)]
        self.a = array("f", [units.G + j + s for j, s in zip(jolt, shake, strict=True)])
        self.w2 = array("f", [rate * rate] * n)
        self.sum_a2 = sum((a - units.G) ** 2 for a in self.a)
        self.sum_w2 = n * rate * rate
        self.sum_s2 = n * max(0.0, rate * rate - off * off)
        self.max_a, self.min_a = max(self.a), min(self.a)
        self.max_w = rate
        self.mean_a = sum(self.a) / n
        self.mean_acc = list(mean or [units.G * x for x in up])
        self.u = up
        self.v = (1.0, 0.0, 0.0)
        self.is_walking = True
        self.since_stride = 0
        self.quality = 0
        self.is_buzzing = buzzing

    def fill(self):
        """Filled already."""


class Feeder:
    """Counts chunks into a part and keeps what it emits."""

    def __init__(self, part, placement="ankle", **options):
        self.heard = []
        self.part = part(self.heard.append, placement, **options)
        self.number = 0

    def feed(self, count=1, **chunk):
        for _ in range(count):
            self.part.chunk(Chunk(self.number, **chunk))
            self.number += 1
        return self

    def strides(self, count, acc=6.0, rate=3.5, off=1.2, soft=1.0):
        """`count` strides of nine chunks: a swing of four, a stance of five."""
        for _ in range(count):
            self.feed(3, acc=0.4 * acc * soft, rate=rate, off=off * soft)
            self.feed(1, acc=1.8 * acc * soft, rate=rate, off=off * soft)
            self.feed(5, acc=0.2 * acc * soft, rate=0.6, off=0.2)
        return self


@pytest.fixture
def feeder():
    return Feeder


def played(recording, rotate=None, alerts="usual"):
    """Events of the device's engine over a recording, those after its end dropped."""
    stream = recordings.stream(recording, rotate=rotate)
    heard = []
    engine = Engine(stream.placement, heard.append, has_gyro=stream.has_gyro, alerts=alerts)
    engine.feed(array("h", stream.words.reshape(-1).tolist()), len(stream.words))
    engine.finish()
    return [event for event in heard if event.index <= stream.recorded]


@pytest.fixture
def play():
    return played


@pytest.fixture
def people():
    """people(pattern) -> recordings of the corpus; the test is skipped where there are none."""

    def find(pattern, every=1):
        paths = sorted(CORPUS.glob(pattern))[::every]
        if not paths:
            pytest.skip(f"no recordings of people at {CORPUS}; set RETROSTEP_CORPUS to a folder that has them")
        return [recordings.load(path) for path in paths]

    return find


@pytest.fixture
def kinds():
    return events
