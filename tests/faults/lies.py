# SPDX-License-Identifier: MIT
"""Lies: what hostile and broken boards say, one function each; the tests and bench/liars.py go through all of them.

`LIES[name]` is (facts and lies of a Liar, sessions or None). Each must end in a sentence, in bounded time and memory.
"""

from __future__ import annotations

import random
import struct
from itertools import count

from retrostep import events
from retrostep.journal import block
from retrostep.link import messages as m

from tests.faults.liar import Liar, frame, session

HUGE = 0xFFFFFFFF


def endless_list(liar, number, payload):
    after = struct.unpack("<I", payload)[0]
    page = b"".join(struct.pack(m.LIST_ENTRY, after + 1 + k, 1, 512, 7, 0, 1) for k in range(9))
    yield frame(m.LIST, number, b"\0\xff\xff" + page)


def falling_list(liar, number, payload):
    page = [struct.pack(m.LIST_ENTRY, one, 1, 512, 7, 0, 1) for one in (0x30000000, len(liar.asked))]
    yield frame(m.LIST, number, b"\0\xff\xff" + b"".join(page))


def million_list(liar, number, payload):
    after = struct.unpack("<I", payload)[0]
    page = b"".join(struct.pack(m.LIST_ENTRY, after + 1 + k, 1, 512, 7, 0, 1) for k in range(min(9, 10**6 - after)))
    yield frame(m.LIST, number, b"\0" + struct.pack("<H", min(65535, 10**6 - after)) + page)


def same_list(liar, number, payload):
    yield frame(m.LIST, number, b"\0\0\0" + liar.entry(1) * 5)


def huge_sizes(liar, number, payload):
    first = payload == bytes(4)
    yield frame(m.LIST, number, b"\0\0\0" + (liar.entry(1, HUGE) if first else b""))


def endless_bulk(liar, number, payload):
    one, at, size = struct.unpack("<III", payload)
    yield frame(m.BULK, number, b"\0" + struct.pack("<II", at, size))
    for _ in count():
        yield session(one)[: block.SIZE]


def endless_frames(liar, number, payload):
    one, at, size = struct.unpack("<III", payload)
    while True:
        yield frame(m.READ, number, b"\0" + struct.pack("<II", at, HUGE) + b"x" * m.READ_DATA)
        at = at + m.READ_DATA & HUGE


def dripping_bulk(liar, number, payload):
    one, at, size = struct.unpack("<III", payload)
    yield frame(m.BULK, number, b"\0" + struct.pack("<II", at, size))
    for byte in liar.data(one)[at:]:
        yield bytes((byte,)), 0.9


def dripping_frames(liar, number, payload):
    one, at, size = struct.unpack("<III", payload)
    for byte in liar.data(one)[at:]:
        yield frame(m.READ, number, b"\0" + struct.pack("<II", at, len(liar.data(one))) + bytes((byte,))), 0.8
        at += 1


def no_bulk(liar, number, payload):
    yield frame(m.BULK, number, b"\2")


def slow(verb):
    def said(liar, number, payload):
        for byte in frame(verb, number, bytes(20)):
            yield bytes((byte,)), 1.0

    return said


def silent(liar, number, payload):
    return iter(())


def endless_frame(liar, number, payload):
    while True:
        yield b"A" * 4000


def zeros(liar, number, payload):
    while True:
        yield bytes(4000)


def other_frames(liar, number, payload):
    while True:
        yield frame(m.STREAM, 5, b"\0" + bytes(10) + b"\x01\x04abcd") * 50, 0.05


def reason(verb, value):
    def said(liar, number, payload):
        yield frame(verb, number, bytes((value,)))

    return said


def noise(verb):
    def said(liar, number, payload):
        rng = random.Random(len(liar.asked))
        yield frame(verb, number, b"\0" + rng.randbytes(rng.randrange(240)))

    return said


def huge_house(liar, number, payload):
    one, at, size = struct.unpack("<III", payload)
    if one:
        yield from liar._3(number, payload)
    elif not size:
        yield frame(m.READ, number, b"\0" + struct.pack("<II", at, HUGE))
    else:
        yield from endless_frames(liar, number, payload)


def rising_flushes(liar, number, payload):
    liar.flushes += 1
    yield from liar._17(number, payload)


def wrong_hash(liar, number, payload):
    yield frame(m.HASH, number, b"\0" + payload + struct.pack("<I", 512) + b"h" * 20)


def endless_settings(liar, number, payload):
    said = b"".join(bytes((min(255, payload[0] + 1 + k), 0, 4)) + b"\xff\xff\xff\x7f" for k in range(30))
    yield frame(m.SETTINGS, number, b"\0" + said)


def half_settings(liar, number, payload):
    yield frame(m.SETTINGS, number, b"\0" + bytes((3, 0, 4)) + bytes(4) + bytes((200, 1, 255)) + b"abc")


def twice(liar, number, payload):
    """Other bytes at each read."""
    liar.sessions[1] = session(1, 12 + len(liar.asked) % 7)
    yield from liar._18(number, payload)


AFTER_HELLO = range(2, 19)
LONG = {1: session(steps=900)}
LIES = {
    "honest": ({}, None),
    "endless list": ({m.LIST: endless_list}, None),
    "falling list": ({m.LIST: falling_list}, None),
    "a list of a million": ({m.LIST: million_list}, None),
    "one session five times": ({m.LIST: same_list}, None),
    "4 GB, silent": ({m.LIST: huge_sizes}, None),
    "4 GB in frames": ({m.LIST: huge_sizes, m.BULK: no_bulk, m.READ: endless_frames}, None),
    "4 GB in bulk": ({m.LIST: huge_sizes, m.BULK: endless_bulk}, None),
    "endless bulk": ({m.BULK: endless_bulk}, LONG),
    "dripping bulk": ({m.BULK: dripping_bulk}, LONG),
    "dripping frames": ({m.BULK: no_bulk, m.READ: dripping_frames}, LONG),
    "drips after hello": ({verb: slow(verb) for verb in AFTER_HELLO}, None),
    "silent after hello": ({verb: silent for verb in AFTER_HELLO}, None),
    "endless frame after hello": ({verb: endless_frame for verb in AFTER_HELLO}, None),
    "zeros after hello": ({verb: zeros for verb in AFTER_HELLO}, None),
    "other frames after hello": ({verb: other_frames for verb in AFTER_HELLO}, None),
    "refuses after hello": ({verb: reason(verb, 200) for verb in AFTER_HELLO}, None),
    "empty after hello": ({verb: reason(verb, 0) for verb in AFTER_HELLO}, None),
    "noise after hello": ({verb: noise(verb) for verb in AFTER_HELLO}, None),
    "hash never comes": ({m.HASH: silent}, None),
    "hash is wrong": ({m.HASH: wrong_hash}, None),
    "release never comes": ({m.RELEASE: silent}, None),
    "release is refused": ({m.RELEASE: reason(m.RELEASE, 5)}, None),
    "housekeeping without end": ({m.READ: huge_house}, None),
    "flushes without end": ({m.STATUS: rising_flushes}, None),
    "settings without end": ({m.SETTINGS: endless_settings}, None),
    "half a setting": ({m.SETTINGS: half_settings}, None),
    "other bytes each time": ({m.BULK: twice}, None),
}
TEN_THOUSAND = 253402300800 * 10**6  # us: the year 10000
FORGED = {
    "year 10000": {"utc_us": TEN_THOUSAND, "offset_min": -840},
    "year 9999": {"utc_us": TEN_THOUSAND - 10**12},
    "year 586000": {"utc_us": 2**64 - 1},
    "a zone of 22 days": {"offset_min": 32000},
    "a clock record of 1971": {"utc_us": 0, "extra": ((events.CLOCK, (10**12, 0, 1), b""),)},
    "sample 2^63": {"index": 2**63},
    "sample 2^64": {"index": 2**64 - 200},
    "no rate": {"rate": 0, "extra": ((events.START, (0, 0, 0, 0), b""),)},
    "650 Hz, then 4 MHz": {"rate": 65000, "extra": ((events.START, (HUGE, 255, 65535, 255), b"x" * 200),)},
    "a number of 200 bytes": {"extra": ((events.SETTING, (1, 0), b"\x7f" * 200),)},
    "a text of 240 bytes": {"extra": ((events.SETTING, (8, 1), b"P" * 240),)},
    "a placement that is none": {"extra": ((events.SETTING, (1, 1), b"head"),)},
    "a setting nobody knows": {"extra": ((events.SETTING, (250, 0), b"\xff" * 9),)},
    "an end of 4 billion": {"extra": ((events.END, (255, HUGE - 1, HUGE, HUGE, HUGE), b""),)},
    "another board's blocks": {"device": b"otherone"},
}


def liar(name: str) -> Liar:
    """A board with one of the LIES."""
    lies, sessions = LIES[name]
    return Liar(None if sessions is None else dict(sessions), lies)
