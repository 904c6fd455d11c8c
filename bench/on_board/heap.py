# SPDX-License-Identifier: MIT
"""Runs on the board as code.py: starts the firmware as guard.py does, walks, and prints the heap that is left.
bench/device.py reads it."""
import gc
import json
import time


def say(when):
    gc.collect()
    print("BENCH " + json.dumps({"when": when, "free": gc.mem_free(), "s": time.monotonic() - began}))


began = time.monotonic()
say("code.py begins")
from retrostep.device import loop  # noqa: E402

say("firmware imported")
wearable = loop.Wearable()
say("parts, journal and coach made")
wearable._disconnect()
say("link unloaded")
wearable.watch()
wearable._plugged = True  # the cable is in for the sake of this print: leave the session alone
wearable.session.start()
say("session running")
least = 1 << 30
end = time.monotonic() + 8
worst = 0
while time.monotonic() < end:
    wearable.feed()
    start = time.monotonic_ns()
    wearable._drain(26)
    wearable.coach.tick(wearable.session.total)
    wearable.journal.step(wearable.session.now(), False)
    worst = max(worst, time.monotonic_ns() - start)
    time.sleep(0.02)
say("after 8 s of walking")
wearable.session.end(2)
wearable._connect()
say("session ended, link loaded")
print("BENCH-DONE")
