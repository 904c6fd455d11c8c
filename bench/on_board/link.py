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

STEPS = 7200
flash.MIRROR = 131072

port = usb_cdc.data
disk = flash.Flash()
disk.open()
journal = Journal(disk, b"linkboar")
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
for name, most in (("RAW", 254), ("BIG", 4096)):
    piece = memoryview(bytes(most))
    start = time.monotonic_ns()
    left = size
    while left > 0:
        left -= port.write(piece[: min(most, left)])
    print(name, (time.monotonic_ns() - start) // 1000)
for name in ("READ", "BULK", "HASH"):
    print("ASK", name)
    while not server.busy:
        pump.run(server)
    start = time.monotonic_ns()
    while server.busy:
        pump.run(server)
    print(name, (time.monotonic_ns() - start) // 1000)
print("DONE")
while True:
    pump.run(server)
