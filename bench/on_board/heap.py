# SPDX-License-Identifier: MIT
"""Runs on the board as code.py: starts the firmware as guard.py does, walks, and prints the heap that is left and its
largest piece. bench/device.py reads it."""
import gc
import json
import os
import time

WALK_S = int(os.getenv("BENCH_WALK_S") or 8)
EVERY_S = 60  # a long walk says what is free so often


def largest(free):
    """Bytes of the largest block that can be had, within 256."""
    low = 0
    while free - low > 256:
        middle = (low + free) // 2
        try:
            bytearray(middle)
            low = middle
        except MemoryError:
            free = middle
        gc.collect()
    return low


def say(when, is_grown=True):
    """Before the heap has grown a probe would make it grow in other pieces than the firmware does, and run out."""
    gc.collect()
    free = gc.mem_free()
    row = {"when": when, "free": free, "s": round(time.monotonic() - began, 2)}
    if is_grown:
        row["largest"] = largest(free)
    print("BENCH " + json.dumps(row))


def walk(seconds):
    global told
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if time.monotonic() - told >= EVERY_S:
            told = time.monotonic()
            gc.collect()
            row = {"walked": round(told - walking), "free": gc.mem_free(), "lost": wearable.journal.lost}
            print("BENCH " + json.dumps(row))
        wearable.feed()
        wearable._drain()
        wearable.coach.tick(wearable.session.total)
        wearable.journal.step(wearable.session.now(), False)
        time.sleep(0.02)


began = time.monotonic()
say("code.py begins", False)
from retrostep.device import guard  # noqa: E402

guard._load()
say("engine loaded", False)
from retrostep.device import loop  # noqa: E402

say("firmware loaded", False)
wearable = loop.Wearable()
say("parts, journal, coach, link made")
if wearable.server is not None:
    wearable._disconnect()
say("link unloaded")
wearable.watch()
wearable._plugged = True  # the cable is in for the sake of this print: leave the session alone
wearable.session.start()
say("session running")
walking = told = time.monotonic()
walk(WALK_S)
say("after %d s of walking" % WALK_S)
told = time.monotonic()
wearable._connect()
say("link loaded beside it")
walk(4)
say("after 4 s more, both loaded")
wearable.session.end(2)
say("session ended, link loaded")
print("BENCH-DONE")
