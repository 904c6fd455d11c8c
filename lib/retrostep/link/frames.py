# SPDX-License-Identifier: MIT
"""Frames: a verb, an id and at most 244 bytes, safe on a line that drops, flips and stalls.

in    bytes in pieces of any size
out   whole frames whose CRC is right; everything else is counted and dropped
keeps at most LONGEST bytes of an unfinished frame
from  docs/formats.md, "Frame"; COBS: Cheshire & Baker 1999, IEEE/ACM Trans. Networking 7:159
not   what the verbs mean: messages.py
"""

import binascii
import struct

HEAD = 3  # verb, id
MOST = 244  # bytes of payload
BODY = HEAD + MOST + 4
LONGEST = BODY + 1  # COBS of a body, without the zeros around it


def write(out, verb, number, payload):
    """Write a frame, zeros included, to the start of the bytearray `out` (LONGEST + 2) and return its length.
    Allocates next to nothing: each zero of the body is replaced by the way to the next one, in place."""
    end = 2 + HEAD + len(payload)
    out[0] = 0
    struct.pack_into("<BH", out, 2, verb, number)
    out[2 + HEAD : end] = payload
    struct.pack_into("<I", out, end, binascii.crc32(memoryview(out)[2:end]))
    end += 4
    at = 1
    zero = out.find(b"\0", 2, end)
    while zero >= 0:
        out[at] = zero - at
        at = zero
        zero = out.find(b"\0", at + 1, end)
    out[at] = end - at
    out[end] = 0
    return end + 1


def encode(verb, number, payload):
    """The frame as new bytes. `payload`: at most MOST bytes."""
    out = bytearray(LONGEST + 2)
    return bytes(out[: write(out, verb, number, payload)])


def decode(frame):
    """(verb, id, payload) of the bytes between two zeros, or None when they are no frame."""
    size = len(frame)
    if not HEAD + 4 < size <= LONGEST:
        return None
    body = bytearray(frame)
    at = frame[0]
    while 0 < at < size:
        step = body[at]
        body[at] = 0
        if step == 0 or step == 0xFF:
            return None
        at += step
    if at != size or frame[0] == 0xFF:
        return None
    body = bytes(body[1:])
    if binascii.crc32(memoryview(body)[:-4]) != struct.unpack_from("<I", body, size - 5)[0]:
        return None
    verb, number = struct.unpack_from("<BH", body, 0)
    return verb, number, body[HEAD:-4]


class Splitter:
    """Cuts a stream at its zeros. `refused` counts what was no frame."""

    def __init__(self):
        self.refused = 0
        self._rest = b""
        self._skip = False  # an overlong frame: drop until the next zero

    def feed(self, data):
        """List of (verb, id, payload) that `data` (bytes) completed."""
        found = []
        parts = bytes(data).split(b"\0")
        for i in range(len(parts)):
            if not self._skip:
                self._rest += parts[i]
                if len(self._rest) > LONGEST:
                    self._skip = True
                    self._rest = b""
            if i == len(parts) - 1:
                break
            if self._rest:
                frame = decode(self._rest)
                if frame is None:
                    self.refused += 1
                else:
                    found.append(frame)
            elif self._skip:
                self.refused += 1
            self._rest = b""
            self._skip = False
        return found
