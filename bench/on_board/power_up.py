# SPDX-License-Identifier: MIT
"""Runs on the board as code.py: how long does somebody who walks wait, from power to the first step that counts?

The first run makes the log and walks until bench/device.py, which reads these prints, cuts its power, so that the
second finds what that leaves; CircuitPython itself is a second slower at its very first start, when it writes
boot_out.txt. On battery: the cable that carries these prints is not seen.
"""
import gc
import json
import time

began = time.monotonic()  # since power; CircuitPython, boot.py and the file system are behind us

import microcontroller  # noqa: E402

LEFT = 100  # byte of nvm: the first run is over
WALK_S = 12
laps = []
held = []


def lap(what):
    laps.append((what, time.monotonic()))


is_second = microcontroller.nvm[LEFT] == 7
from retrostep.device import guard  # noqa: E402

guard._load()
lap("engine imported")
from retrostep.device import loop  # noqa: E402

lap("firmware imported")
from retrostep import events  # noqa: E402
from retrostep.device import imu, usb  # noqa: E402
from retrostep.journal.writer import Journal  # noqa: E402

usb.Pump.is_plugged = lambda pump: False
recover, start = Journal.recover, imu.Imu.start


def recovered(*arguments):
    lap("log file")
    found = recover(*arguments)
    lap("log recovered")
    return found


def started(it):
    lap("pins, bus, motor")
    held.append(time.monotonic())
    out = start(it)
    held.append(it.waiting())
    lap("sensor found")
    return out


Journal.recover, imu.Imu.start = recovered, started
gc.collect()
wearable = loop.Wearable()
lap("coach, notices, session")
walk = wearable.session
tell = walk._pass
firsts = {}


def passed(event):
    if event.kind == events.STEP:
        now = time.monotonic()
        firsts.setdefault("first step counted", now)
        if event.direction == events.FORWARD or event.direction == events.BACKWARD:
            firsts.setdefault("first step with a direction", now)
    tell(event)


walk._pass = passed
read = [0, 0, 0, 0]  # samples, ns, looks, looks in vain
drain = wearable.parts.imu.drain


def drained(least):
    then = time.monotonic_ns()
    samples = drain(least)
    if is_second:
        read[1] += time.monotonic_ns() - then  # looks at an empty FIFO cost as well
        read[0] += samples
        read[2] += 1
        read[3] += samples == 0
    return samples


wearable.parts.imu.drain = drained
early = [0, 0, 0]  # batches of seven samples, ns to judge them, most
batch = walk.batch


def judged(it, samples):
    then = time.monotonic_ns()
    batch(it, samples)
    took = time.monotonic_ns() - then
    if is_second and samples == 7:
        early[0] += 1
        early[1] += took
        early[2] = max(early[2], took)


walk.batch = judged
wearable.watch()
walk.start()
lap("walk begun")
if is_second:
    print("so far:", [(what, round(at - began, 3)) for what, at in laps])
end = time.monotonic() + (WALK_S if is_second else 2)
while time.monotonic() < end and not (len(firsts) == 2 and early[0] > 20):
    wearable.once()
if is_second:
    lost = wearable.journal.lost
    for what in firsts:
        laps.append((what, firsts[what]))
    then = time.monotonic_ns()
    wearable.session.play(1, events.STUMBLE)  # the bus and one register of the motor's driver
    row = {"kind": "power", "began": began, "lost": lost, "reading_ms": read[1] / read[0] / 1e6, "held": held}
    row["dropped"], row["looks"] = wearable.parts.imu.lost, read
    row["play_ms"] = (time.monotonic_ns() - then) / 1e6
    row["early_ms"] = early[1] / max(1, early[0]) / 1e6
    row["early_most_ms"], row["early"] = early[2] / 1e6, early[0]
    row["laps"] = [(what, round(at - began, 3)) for what, at in laps]
    print("BENCH " + json.dumps(row))
    print("BENCH-DONE")
else:
    microcontroller.nvm[LEFT] = 7
    print("BENCH-AGAIN")
