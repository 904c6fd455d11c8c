# SPDX-License-Identifier: MIT
"""Runs on the board as code.py: raw bytes over the data channel, then a session over the link, timed on the board.
bench/link_on_board.py puts the session on the drive, asks, and reads this."""

import time

import usb_cdc

from retrostep.device import flash, usb
from retrostep.journal.writer import Journal
from retrostep.link.hooks import Hooks
from retrostep.link.server import Server

port = usb_cdc.data
disk = flash.Flash()
disk.open()
journal = Journal(disk, bytes.fromhex("0102030405060708"))  # of tests/faults/board.py
journal.recover()
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
    start = time.monotonic_ns()
    while not pump.run(server):
        start = time.monotonic_ns()
    while server.busy:
        pump.run(server)
    print(name, (time.monotonic_ns() - start) // 1000)
print("DONE")
while True:
    pump.run(server)
