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


def encode(verb, number, payload):
    """The frame on the wire, zeros included. `payload`: bytes-like, at most MOST."""
    body = struct.pack("<BH", verb, number) + bytes(payload)
    body += struct.pack("<I", binascii.crc32(body))
    parts = [b"\0"]
    for part in body.split(b"\0"):
        parts.append(bytes((len(part) + 1,)))
        parts.append(part)
    parts.append(b"\0")
    return b"".join(parts)


def decode(frame):
    """(verb, id, payload) of the bytes between two zeros, or None when they are no frame."""
    size = len(frame)
    if not HEAD + 4 < size <= LONGEST:
        return None
    parts = []
    at = 0
    while at < size:
        code = frame[at]
        if code == 0xFF or code == 0 or at + code > size:
            return None
        parts.append(bytes(frame[at + 1 : at + code]))
        at += code
    body = b"\0".join(parts)
    if binascii.crc32(body[:-4]) != struct.unpack_from("<I", body, len(body) - 4)[0]:
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
