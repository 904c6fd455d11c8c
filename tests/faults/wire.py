# SPDX-License-Identifier: MIT
"""Wire: a line between computer and board that does harm, repeatably.

Small filters, one harm each, stacked per direction (after Pigweed's pw_transfer proxy): drop, flip, duplicate, swap,
stall, cut. They see whole frames, and what comes without frames in packets as on the bus. Everything is drawn from one
seed; time is counted in passes of the board's loop, nobody sleeps, so a seed fails the same way twice.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from retrostep.link import frames
from retrostep_host.errors import LinkBroken

PASS_S = 0.02  # virtual seconds of one pass of the board's loop while plugged in
PACKET = 64  # bytes: a full-speed bulk packet

Filter = Callable[[bytes], list[bytes]]


def drop(rng: random.Random, rate: float) -> Filter:
    return lambda frame: [] if rng.random() < rate else [frame]


def duplicate(rng: random.Random, rate: float) -> Filter:
    return lambda frame: [frame, frame] if rng.random() < rate else [frame]


def flip(rng: random.Random, rate: float) -> Filter:
    """`rate` is per frame: one bit of one byte."""

    def run(frame: bytes) -> list[bytes]:
        if rng.random() >= rate or not frame:
            return [frame]
        harmed = bytearray(frame)
        harmed[rng.randrange(len(harmed))] ^= 1 << rng.randrange(8)
        return [bytes(harmed)]

    return run


def chop(rng: random.Random, rate: float) -> Filter:
    """Bytes in the middle are lost, as with a full receive buffer."""

    def run(frame: bytes) -> list[bytes]:
        if rng.random() >= rate or len(frame) < 4:
            return [frame]
        at = rng.randrange(1, len(frame))
        return [frame[:at] + frame[at + rng.randrange(1, 8) :]]

    return run


def swap(rng: random.Random, rate: float) -> Filter:
    """A frame is held back and comes after the next one."""
    held: list[bytes] = []

    def run(frame: bytes) -> list[bytes]:
        if held:
            return [frame, held.pop()]
        if rng.random() < rate:
            held.append(frame)
            return []
        return [frame]

    return run


def stall(rng: random.Random, rate: float, most: int = 6) -> Filter:
    """Frames are kept until so many more have come, then all come at once."""
    kept: list[bytes] = []
    until = [0]

    def run(frame: bytes) -> list[bytes]:
        kept.append(frame)
        if until[0] == 0 and rng.random() < rate:
            until[0] = rng.randrange(2, most)
        if until[0]:
            until[0] -= 1
            if until[0]:
                return []
        out = kept[:]
        kept.clear()
        return out

    return run


HARMS = {"drop": drop, "flip": flip, "duplicate": duplicate, "swap": swap, "stall": stall, "chop": chop}


class Line:
    """One direction: a stack of filters, given a frame or a packet at a time."""

    def __init__(self, filters: list[Filter]) -> None:
        self.filters = filters

    def carry(self, data: bytes) -> bytes:
        size = len(data) if len(data) <= frames.LONGEST + 2 else PACKET
        pieces = [data[at : at + size] for at in range(0, len(data), size or 1)]
        for one in self.filters:
            pieces = [out for piece in pieces for out in one(piece)]
        return b"".join(pieces)


class Wire:
    """A Port whose other end is a link server. Reading lets the board run, a pass at a time.

    `cut_after`: bytes (both directions) until the cable is pulled; None = never. `tick()` is called each pass.
    """

    name = "wire"
    farewell = b""

    def __init__(self, server, tick: Callable[[], None], up: Line, down: Line, cut_after: int | None = None) -> None:
        self.server = server
        self.tick = tick
        self.up = up
        self.down = down
        self.left = cut_after
        self.carried = 0  # bytes from the board
        self.passes = 0
        self._arrived = bytearray()

    def write(self, data: bytes) -> None:
        self._spend(len(data))
        harmed = self.up.carry(data)
        if harmed:
            self.server.feed(harmed)

    def read(self, timeout: float) -> bytes:
        until = self.passes + max(1, round(timeout / PASS_S))
        while not self._arrived and self.passes < until:
            self.passes += 1
            self.tick()
            frame = bytes(self.server.poll())
            if frame:
                self.server.sent(len(frame))
                self.carried += len(frame)
                self._spend(len(frame))
                self._arrived += self.down.carry(frame)
        data = bytes(self._arrived)
        self._arrived.clear()
        return data

    def _spend(self, count: int) -> None:
        if self.left is not None:
            self.left -= count
            if self.left < 0:
                raise LinkBroken("The cable was pulled.")

    def now(self) -> float:
        return self.passes * PASS_S

    def close(self) -> None:
        self.server.disconnect()


def lines(seed: int, worst: float = 0.25) -> tuple[Line, Line]:
    """Up and down with harms drawn from `seed`: each direction gets some of them at rates up to `worst`."""
    rng = random.Random(seed)
    result = []
    for _ in range(2):
        names = [name for name in HARMS if rng.random() < 0.5]
        result.append(Line([HARMS[name](random.Random(rng.random()), rng.random() * worst) for name in names]))
    return result[0], result[1]
