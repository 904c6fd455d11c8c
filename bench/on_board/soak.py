# SPDX-License-Identifier: MIT
"""Walks for hours of sample time over journal and link, syncing now and then; prints heap and counts each hour.

Runs on MicroPython with a small heap and on CPython: `soak.py FOLDER HOURS`. bench/soak.py reads it.
"""
import binascii
import gc
import hashlib
import struct
import sys

from retrostep import events
from retrostep.journal.writer import Journal
from retrostep.link import frames, messages
from retrostep.link.hooks import Hooks
from retrostep.link.server import Server

SIZE = 262144
HOUR = 374400  # samples
PACE = 59  # samples a step: 106 a minute
WALK = 3180  # steps a session: half an hour


class Files:
    def __init__(self, folder):
        self.files = []
        for name in ("a", "b"):
            path = folder + "/" + name
            try:
                file = open(path, "r+b")
            except OSError:
                with open(path, "wb") as new:
                    for _ in range(SIZE // 512):
                        new.write(bytes(512))
                file = open(path, "r+b")
            self.files.append(file)

    def size(self):
        return SIZE

    def read(self, mirror, offset, buffer):
        self.files[mirror].seek(offset)
        self.files[mirror].readinto(buffer)

    def write(self, mirror, offset, data):
        self.files[mirror].seek(offset)
        self.files[mirror].write(data)

    def flush(self, mirror):
        self.files[mirror].flush()


class Computer:
    """Asks for everything, checks the hash, releases."""

    def __init__(self, journal, server):
        self.journal, self.server = journal, server
        self.splitter = frames.Splitter()
        self.number = 0
        self.bytes = 0

    def ask(self, verb, payload, many=False):
        self.number = (self.number + 1) & 0xFFFF
        self.server.feed(frames.encode(verb, self.number, payload))
        idle = 0
        while idle < 20000:
            self.journal.step(self.journal.now + 2)
            out = bytes(self.server.poll())
            self.server.sent(len(out))
            for frame in self.splitter.feed(out):
                if frame[0] == verb | messages.REPLY and frame[1] == self.number:
                    if frame[2][0]:
                        raise ValueError("reason %d to verb %d" % (frame[2][0], verb))
                    return frame[2][1:]
            idle += 1
        raise ValueError("no answer to verb %d" % verb)

    def sync(self):
        fetched = 0
        while True:
            reply = self.ask(messages.LIST, struct.pack("<I", 0))
            if len(reply) < 25:
                return fetched
            session, _, size = struct.unpack_from("<III", reply, 2)
            sha = hashlib.sha1()
            at = 0
            while at < size:
                piece = self.ask(messages.READ, struct.pack("<III", session, at, messages.READ_DATA))[8:]
                sha.update(piece)
                at += len(piece)
            self.bytes += at
            digest = self.ask(messages.HASH, struct.pack("<I", session))[8:28]
            if digest != sha.digest():
                raise ValueError("hash of session %d differs" % session)
            self.ask(messages.RELEASE, struct.pack("<I20s", session, digest))
            fetched += 1


def free():
    gc.collect()
    return gc.mem_free() if hasattr(gc, "mem_free") else 0


def soak(folder, hours):
    journal = Journal(Files(folder), b"soakboar")
    journal.recover()
    server = Server(journal, Hooks())
    computer = Computer(journal, server)
    steps = sessions = 0
    hour = 1
    event = events.Event(events.STEP, 0)
    while hour <= hours:
        if not journal.running:
            start = journal.now + 500
            journal.start(start, {"placement": "ankle", "side": "left"}, firmware="0.1.0")
            count = 0
        count += 1
        event.index = start + PACE * count
        event.inferred = count % 2 == 0
        event.direction = 1 + count % 3
        event.confidence = 0.9
        event.stride_s, event.length_m, event.stance = (0.0, 0.0, 0.0) if event.inferred else (1.13, 0.8, 0.6)
        if not journal.append(event):
            raise ValueError("a step found no room")
        steps += 1
        for ahead in range(0, PACE, 13):
            journal.step(event.index + ahead)
        if count == WALK:
            journal.end(events.END_BUTTON)
            sessions += 1
            for _ in range(6):
                journal.step(journal.now + 13)
            if sessions % 3 == 0:
                computer.sync()
        if journal.now >= hour * HOUR:
            ring = journal.ring
            print("HOUR", hour, steps, sessions, ring.flushes, ring.free, journal.dropped, ring.errors, free())
            hour += 1
    journal.end(events.END_BUTTON)
    computer.sync()
    print("END", steps, sessions + 1, computer.bytes, binascii.hexlify(journal.device).decode())


soak(sys.argv[1], int(sys.argv[2]))
