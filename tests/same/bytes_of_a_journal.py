# SPDX-License-Identifier: MIT
"""Prints what the journal and the link make of a walk; runs on CPython, MicroPython and CircuitPython.

out   per line: the CRC of every block and every frame, and what recovery finds after a reboot
not   a test: test_same_bytes.py runs it everywhere and compares
"""

import binascii
import gc
import struct

from retrostep import events
from retrostep.journal.writer import Journal
from retrostep.link import frames, lock, messages
from retrostep.link.hooks import Hooks
from retrostep.link.server import Server

SIZE = 16384


class Disk:
    def __init__(self):
        self.mirrors = (bytearray(SIZE), bytearray(SIZE))

    def size(self):
        return SIZE

    def read(self, mirror, offset, buffer):
        buffer[:] = self.mirrors[mirror][offset : offset + len(buffer)]

    def write(self, mirror, offset, data):
        self.mirrors[mirror][offset : offset + len(data)] = data

    def flush(self, mirror):
        pass


def ask(server, journal, verb, payload):
    server.feed(frames.encode(verb, 7, payload))
    for _ in range(40):
        journal.step(journal.now + 13)
        out = server.poll()
        while len(out):
            print("frame", verb, len(out), binascii.crc32(bytes(out)))
            server.sent(len(out))
            out = server.poll()


gc.collect()  # as a board has before it recovers; else compiling leaves the heap in pieces
disk = Disk()
for boot in range(3):
    journal = Journal(disk, b"\1\2\3\4\5\6\7\x08")
    facts = journal.recover()
    print("boot", journal.boot, facts.closed, facts.damaged, facts.blank, journal.table.numbers(), facts.memory)
    if boot == 1:
        journal.set_clock(0, 1795510800000000, -300)
        journal.setting("code", "P-17")
        journal.log(35, 10, 12, "late")
    journal.start(50, {"placement": "ankle", "side": "left", "haptic_strength": 80}, firmware="0.1.0")
    for i in range(90):
        e = events.Event(events.STEP, 200 + 61 * i, (i % 8) / 8.0, 0)
        e.direction = 1 + i % 3
        e.confidence = 0.005 * i
        e.inferred = i % 2 == 1
        if not e.inferred:
            e.stride_s, e.length_m, e.stance, e.sagittal_rad, e.length_sd_m = 1.171, 0.7345, 0.613, 0.977, 0.083
        journal.append(e)
        if i == 40:
            e = events.Event(events.STUMBLE, e.index + 5, 0.5, e.index + 40)
            e.score = 1.37
            journal.append(e)
            journal.note(events.ALERT, e.index + 41, (2, events.STUMBLE, 0))
        journal.step(e.index)
    journal.mount(bytes(range(boot + 4)))
    if boot != 1:
        journal.end(events.END_BUTTON, 6000)
    server = Server(journal, Hooks())
    ask(server, journal, messages.HELLO, b"\1")
    ask(server, journal, messages.LIST, b"\0\0\0\0")
    ask(server, journal, messages.READ, struct.pack("<III", boot + 1, 0, 5000))
    ask(server, journal, messages.HASH, struct.pack("<I", 1))
    ask(server, journal, messages.TIME, struct.pack("<Qh", 1795510900000000, 60))
    ask(server, journal, messages.SET, b"\4\0" + struct.pack("<i", 150))
    ask(server, journal, messages.SETTINGS, b"\0")
    ask(server, journal, 99, b"")
    for p in range(0, SIZE, 512):
        print("block", p // 512, [binascii.crc32(mirror[p : p + 512]) for mirror in disk.mirrors])
    del journal, server
    gc.collect()
print("lock", binascii.hexlify(lock.hmac(bytes(range(20)), b"nonce")))
