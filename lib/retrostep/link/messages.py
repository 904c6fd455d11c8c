# SPDX-License-Identifier: MIT
"""Messages: the verbs of the link and their layouts, one table for both ends.

from  docs/formats.md, "Verbs"; numbers are never reused
"""

HELLO = 1
LIST = 2
READ = 3
HASH = 4
RELEASE = 5
END = 6
TIME = 7
SETTINGS = 8
SET = 9
STREAM = 10
IDENTIFY = 11
CAPTURE = 12
UNLOCK = 13
PIN = 14
PLAN = 15
ERASE = 16
STATUS = 17
BULK = 18
START = 19

REPLY = 0x80

# verb -> (struct of the request, bytes may follow)
REQUESTS = {
    HELLO: ("<B", False),
    LIST: ("<I", False),
    READ: ("<III", False),
    HASH: ("<I", False),
    RELEASE: ("<I20s", False),
    END: ("<", False),
    TIME: ("<Qh", False),
    SETTINGS: ("<B", False),
    SET: ("<BB", True),
    STREAM: ("<B", False),
    IDENTIFY: ("<B", False),
    CAPTURE: ("<H", False),
    UNLOCK: ("<20s", False),
    PIN: ("<B", True),
    PLAN: ("<", True),
    ERASE: ("<8s", False),
    STATUS: ("<", False),
    BULK: ("<III", False),
    START: ("<", False),
}

# replies, after the reason byte
HELLO_REPLY = "<BB8sIQIIBQhH16s8sH"  # then firmware and board, each u8 length + text
LIST_ENTRY = "<IIIIQB"
READ_REPLY = "<II"  # then bytes
HASH_REPLY = "<II20s"
TIME_REPLY = "<Q"
STREAM_HEAD = "<QH"  # then records
STATUS_REPLY = "<IIIIIIBIB"
BULK_REPLY = "<II"  # then, after the frame, so many bytes without frames

# flags of hello
F_LOCKED = 1
F_CLOCK = 2
F_VANISHED = 4
F_REBUILT = 8
F_RUNNING = 16

# a clock that a board takes from a computer
EARLIEST_US = 1577836800000000  # 2020-01-01: a computer that says less has lost its own clock
LATEST_US = 4102444800000000  # 2100-01-01
ZONE_MIN = 840  # the farthest zones are UTC-12 and UTC+14

READ_DATA = 235  # bytes of a session in one frame: 244 - reason - READ_REPLY
LIST_PAGE = 4  # entries in one frame; each costs the board two block reads
