# SPDX-License-Identifier: MIT
"""Runs on the board as code.py: raw bytes over the data channel, then a session over the link, timed on the board.
bench/link_on_board.py reads it."""
import time

import usb_cdc

from retrostep import events
from retrostep.device import flash, usb
from retrostep.journal.writer import Journal
from retrostep.link.hooks import Hooks
from retrostep.link.server import Server

STEPS = 1200

port = usb_cdc.data
journal = Journal(flash.Ram(24576), b"linkboar")
journal.recover()
journal.start(0, {"placement": "ankle"})
for i in range(STEPS):
    event = events.Event(events.STEP, 60 * (i + 1))
    event.direction = 2
    event.confidence = 0.9
    event.inferred = i % 2 == 1
    if not event.inferred:
        event.stride_s, event.length_m, event.stance, event.sagittal_rad = 1.13, 0.8, 0.6, 1.0
    journal.append(event)
    journal.step(event.index)
journal.end(events.END_BUTTON)
for i in range(6):
    journal.step(journal.now + 13)
size = journal.table.size(1)
server = Server(journal, Hooks())
pump = usb.Pump()
print("SIZE", size)
while not port.connected:
    pass
piece = memoryview(bytes(254))
start = time.monotonic_ns()
left = size
while left > 0:
    left -= port.write(piece[: min(254, left)])
print("RAW", (time.monotonic_ns() - start) // 1000)
print("ASK")
while not server.busy:
    pump.run(server)
start = time.monotonic_ns()
while server.busy:
    pump.run(server)
print("READ", (time.monotonic_ns() - start) // 1000)
start = time.monotonic_ns()
for i in range(40):
    server.read = [1, 1, 235 * i, size]
    server._work()
print("FRAME", (time.monotonic_ns() - start) // 40000)
print("DONE")
while True:
    pump.run(server)
