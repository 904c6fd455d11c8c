# SPDX-License-Identifier: MIT
"""Prints what the engine makes of a file of int16 words; runs on CPython, MicroPython and CircuitPython.

in    sys.argv[1]: the words file, little endian, gyro x y z acc x y z; the placement stands in its first line
out   one line per event: kind, index, t in ms, direction, confidence in %, inferred, decided, stride ms; one per buzz
not   a test: test_same.py runs it everywhere and compares
"""

import gc
import sys
from array import array

from retrostep import settings
from retrostep.coach.policy import Coach
from retrostep.engine import Engine

BATCH = 26


def show(event):
    t_ms = int((event.index + event.frac) * 1000.0 / 104.0 + 0.5)
    print(
        event.kind,
        event.index,
        t_ms,
        event.direction,
        int(event.confidence * 100 + 0.5),
        1 if event.inferred else 0,
        event.decided,
        int(event.stride_s * 1000 + 0.5),
    )


def hear(event):
    show(event)
    coach.on_event(event)


def feel(pattern, cause):
    print("buzz", pattern, cause, coach.now)


coach = Coach(settings.defaults(), feel)
# week: twice (forward 10 s, backward 10 s, rest 5 s); the safety question is answered
coach.plan(bytes((1, 1, 0, 0, 3, 1, 2, 0, 3, 1, 2, 2, 2, 0, 1)))


def run(path):
    with open(path, "rb") as file:
        placement, has_gyro = file.readline().decode().split()
        engine = Engine(placement, hear, has_gyro=has_gyro == "1")
        words = array("h", [0] * (6 * BATCH))
        samples = 0
        while True:
            data = file.read(12 * BATCH)
            count = len(data) // 12
            if not count:
                break
            for i in range(6 * count):
                value = data[2 * i] | data[2 * i + 1] << 8
                words[i] = value - 65536 if value > 32767 else value
            engine.feed(words, count)
            samples += count
            coach.tick(engine.index)
        engine.finish()
    gc.collect()
    print("end", samples, engine.index)


run(sys.argv[1] if len(sys.argv) > 1 else "words.bin")
