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
OLD_HEADER = 60  # of version 1: no number of the walk
HEADER = 64
CRC_AT = 508
ROOM = CRC_AT - HEADER
MAGIC = b"RSJB"
HOUSE = 0  # session number of housekeeping blocks
LARGEST = 0x3FFFFFFF  # session, boot, seq: no board writes more, and blocks with more are left out
NUMBER_AT = 56
NUMBER = 8  # bytes of a walk's own number
UNKNOWN = bytes(NUMBER)  # housekeeping, and walks of version 1

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
    """True when `data` (512 bytes) is a block of a version we read, with a right CRC and a possible length."""
    if not is_whole(data) or not 1 <= data[4] <= JOURNAL_VERSION:
        return False
    return data[5] >= (HEADER if data[4] > 1 else OLD_HEADER) and data[5] + data[6] + (data[7] << 8) <= CRC_AT


def empty_after(head, seq, out):
    """Fill `out` (512 bytes) with the block that follows the one whose header is `head`, nothing in it yet. Its `index`
    is the other one's `seq`."""
    out[:] = bytes(SIZE)
    out[:HEADER] = head
    out[6:8] = out[52:54] = bytes(2)
    before, nth = struct.unpack_from("<II", head, 24)
    struct.pack_into("<IIQ", out, 24, seq, nth + 1, before)
    struct.pack_into("<I", out, CRC_AT, binascii.crc32(memoryview(out)[:CRC_AT]))


class Header:
    """The header of a checked block: version, header, used, device, session, boot, seq, nth, index, utc_us,
    offset_min, battery_mv, stop, flags, rate (1/100 Hz), number (8 bytes); `end` is where the records end."""

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
        self.number = bytes(data[NUMBER_AT : NUMBER_AT + NUMBER]) if self.version > 1 else UNKNOWN


class Block:
    """A block being filled in RAM. `seq` is 0 until it has a place in the ring."""

    def __init__(self):
        self.data = bytearray(SIZE)
        self.seq = 0
        self.used = 0
        self.session = HOUSE
        self.index = 0
        self.closed = False  # nothing will be added any more

    def begin(self, device, session, boot, nth, index, utc_us, offset_min, battery_mv, stop, rate, number=UNKNOWN):
        """Start anew: empty, without a place. Units as in docs/formats.md."""
        data = self.data
        data[:] = bytes(SIZE)
        struct.pack_into(
            _FIXED, data, 0, MAGIC, JOURNAL_VERSION, HEADER, 0, device, session, boot, 0, nth, index, utc_us,
            offset_min, battery_mv, stop, 0, rate,
        )  # fmt: skip
        self.name(number)
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

    def name(self, number):
        """The walk's own number, before the first write."""
        self.data[NUMBER_AT : NUMBER_AT + NUMBER] = number

    def place(self, seq, turn):
        """`seq` as the board counts; on flash, 1 follows `turn` (docs/formats.md, "Numbers")."""
        self.seq = seq
        struct.pack_into("<I", self.data, 24, (seq - 1) % turn + 1)

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
