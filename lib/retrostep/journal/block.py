# SPDX-License-Identifier: MIT
"""Block: 512 bytes that explain themselves.

in    a bytearray of 512
out   its header fields, whether its CRC is right, records appended to it
from  docs/formats.md, "Block"; retrostep.JOURNAL_VERSION; a reader skips versions it does not know
not   positions, mirrors, flushing: ring.py
"""

import binascii
import struct

from retrostep import JOURNAL_VERSION, events

SIZE = 512
HEADER = 60
CRC_AT = 508
ROOM = CRC_AT - HEADER
MAGIC = b"RSJB"
HOUSE = 0  # session number of housekeeping blocks

_FIXED = "<4sBBH8sIIIIQQhHBBH"

# what is inside, `flags`
HAS_START = 1
HAS_END = 2
HAS_SETTING = 4
HAS_MOUNT = 8
HAS_CLOCK = 16
HAS_RELEASE = 32
HAS_LOG = 64
HAS_PLAN = 128
HAS = {
    events.START: HAS_START,
    events.END: HAS_END,
    events.SETTING: HAS_SETTING,
    events.MOUNT: HAS_MOUNT,
    events.CLOCK: HAS_CLOCK,
    events.RELEASE: HAS_RELEASE,
    events.LOG: HAS_LOG,
    events.PLAN: HAS_PLAN,
}

# why the board started, `stop`
STOPS = ("unknown", "power", "brownout", "watchdog", "crash", "reset", "safe_mode")


def is_whole(data):
    """True when `data` (512 bytes) has our magic and a right CRC, whatever its version."""
    if data[0:4] != MAGIC:
        return False
    return binascii.crc32(memoryview(data)[:CRC_AT]) == struct.unpack_from("<I", data, CRC_AT)[0]


def check(data):
    """True when `data` (512 bytes) is a block of our version with a right CRC and a possible length."""
    if not is_whole(data) or data[4] != JOURNAL_VERSION:
        return False
    return data[5] >= HEADER and data[5] + data[6] + (data[7] << 8) <= CRC_AT


class Header:
    """The header of a checked block: version, header, used, device, session, boot, seq, nth, index, utc_us,
    offset_min, battery_mv, stop, flags, rate (1/100 Hz); `end` is where the records end."""

    def __init__(self, data):
        (
            _,
            self.version,
            self.header,
            self.used,
            self.device,
            self.session,
            self.boot,
            self.seq,
            self.nth,
            self.index,
            self.utc_us,
            self.offset_min,
            self.battery_mv,
            self.stop,
            self.flags,
            self.rate,
        ) = struct.unpack_from(_FIXED, data, 0)
        self.end = self.header + self.used


class Block:
    """A block being filled in RAM. `seq` is 0 until it has a place in the ring."""

    def __init__(self):
        self.data = bytearray(SIZE)
        self.seq = 0
        self.used = 0
        self.session = HOUSE
        self.index = 0
        self.closed = False  # nothing will be added any more

    def begin(self, device, session, boot, nth, index, utc_us, offset_min, battery_mv, stop, rate):
        """Start anew: empty, without a place. Units as in docs/formats.md."""
        data = self.data
        data[:] = bytes(SIZE)
        struct.pack_into(
            _FIXED, data, 0, MAGIC, JOURNAL_VERSION, HEADER, 0, device, session, boot, 0, nth, index, utc_us,
            offset_min, battery_mv, stop, 0, rate,
        )  # fmt: skip
        self.seq = 0
        self.used = 0
        self.session = session
        self.index = index
        self.closed = False

    def adopt(self, head):
        """Go on with the checked block that stands in `data` and whose Header is `head`."""
        self.seq = head.seq
        self.used = head.used + head.header - HEADER
        self.session = head.session
        self.index = head.index
        self.closed = False

    def place(self, seq):
        self.seq = seq
        struct.pack_into("<I", self.data, 24, seq)

    def add(self, record, size):
        """Append `size` bytes of `record`. False, and nothing changed, when they do not fit."""
        at = HEADER + self.used
        if at + size > CRC_AT:
            return False
        self.data[at : at + size] = memoryview(record)[:size]
        self.used += size
        self.data[53] |= HAS.get(record[0], 0)
        return True

    def seal(self):
        """Write length and CRC: what stands in `data` is now valid."""
        used = self.used + HEADER - self.data[5]
        self.data[6] = used & 0xFF
        self.data[7] = used >> 8
        struct.pack_into("<I", self.data, CRC_AT, binascii.crc32(memoryview(self.data)[:CRC_AT]))
