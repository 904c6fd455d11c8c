# SPDX-License-Identifier: MIT
"""Liar: a board that speaks the link and says what no board says, does not stop, drips, floods or keeps silent.

in    sessions (number -> bytes); lies: verb -> a function (liar, number, payload) that yields what goes over the wire
out   `Wire`: a Port whose seconds are counted and not waited for; `Terminal`: a pseudo-terminal for whole commands
keeps what it was asked and what it was told to release
but   a piece may be (bytes, seconds): so long it takes; bytes alone take a microsecond each, as on the bus
"""

from __future__ import annotations

import hashlib
import os
import select
import struct
import threading
from collections.abc import Callable, Iterator

from retrostep import events
from retrostep.journal import block, records
from retrostep.link import frames, messages

DEVICE = bytes.fromhex("e6aabbccddeeff01")
NOW_US = 1795510809615384  # 24 November 2026
BYTE_S = 1e-6
TURN = 1 << 31  # blocks after which a board's count of them begins again: more than a test writes

Lie = Callable[["Liar", int, bytes], Iterator]


def session(number: int = 1, steps: int = 12, extra: tuple = (), **head) -> bytes:
    """The bytes of a session with right CRCs. `extra`: (kind, values, tail) of more records; `head` of its blocks."""
    field = {"device": DEVICE, "boot": 1, "index": 0, "utc_us": NOW_US, "offset_min": 60, "rate": 10400, **head}
    field.setdefault("number", struct.pack("<II", number, 77))
    made = [(events.START, 0, (104000, 8, 1000, 1), b"0.1.0"), (events.SETTING, 0, (1, 1), b"ankle")]
    made += [(kind, 0, values, tail) for kind, values, tail in extra]
    made += [(events.STEP, 100 + 60 * k, (0, 1 + k % 2, 230, 1200, 0, 500, 5, 150, 30, 200), b"") for k in range(steps)]
    made.append((events.END, 150 + 60 * steps, (events.END_BUTTON, steps, 0, 104000, 0), b""))
    blocks, record = [block.Block()], bytearray(512)

    def begin(one: block.Block) -> None:
        one.begin(
            field["device"], number, field["boot"], len(blocks) - 1, field["index"], field["utc_us"],
            field["offset_min"], 3900, 1, field["rate"], field["number"],
        )  # fmt: skip
        one.place(len(blocks), TURN)

    begin(blocks[0])
    for kind, when, values, tail in made:
        size = records.pack(record, kind, when, values, tail)
        if not blocks[-1].add(record, size):
            blocks.append(block.Block())
            begin(blocks[-1])
            blocks[-1].add(record, size)
    for one in blocks:
        one.seal()
    return b"".join(bytes(one.data) for one in blocks)


def frame(verb: int, number: int, payload: bytes) -> bytes:
    return frames.encode(verb | messages.REPLY, number, payload[: frames.MOST])


class Liar:
    """An honest board but for its `lies`."""

    def __init__(self, sessions: dict[int, bytes] | None = None, lies: dict[int, Lie] | None = None, **facts) -> None:
        self.sessions = {1: session()} if sessions is None else sessions
        self.lies = lies or {}
        self.facts = {"flags": messages.F_CLOCK, "rounds": 0, "board": b"liar", "blocks": 504, "rate": 104000, **facts}
        self.settings = {1: (1, b"ankle"), 2: (1, b"left"), 6: (0, bytes(4))}
        self.house = b""
        self.released: dict[int, bytes] = {}
        self.asked: list[int] = []
        self.flushes = 5

    def answer(self, verb: int, number: int, payload: bytes) -> Iterator:
        """What goes over the wire for a request."""
        self.asked.append(verb)
        if verb in self.lies:
            yield from self.lies[verb](self, number, payload)
            return
        said = getattr(self, f"_{verb}", None)
        if said is None:
            yield frame(verb, number, b"\2")
            return
        yield from said(number, payload)

    def data(self, number: int) -> bytes | None:
        return self.house if number == 0 else self.sessions.get(number)

    def entry(self, number: int, size: int | None = None) -> bytes:
        data = self.sessions[number]
        return struct.pack(messages.LIST_ENTRY, number, 1, len(data) if size is None else size, 7, 0, 1)

    def hello(self) -> bytes:
        f = self.facts
        return b"\0" + struct.pack(
            messages.HELLO_REPLY, 1, 1, DEVICE, 1, 10**6, 0, f["rate"], f["flags"], NOW_US, 60, 3900, b"N" * 16,
            b"S" * 8, f["rounds"] // 16,
        ) + b"\x050.1.0" + bytes((len(f["board"]),)) + f["board"]  # fmt: skip

    def _1(self, number, payload):
        yield frame(messages.HELLO, number, self.hello())

    def _2(self, number, payload):
        after = struct.unpack("<I", payload)[0]
        left = [one for one in sorted(self.sessions) if one > after and one not in self.released]
        page = b"".join(map(self.entry, left[:4]))
        yield frame(messages.LIST, number, b"\0" + struct.pack("<H", len(left[4:])) + page)

    def _3(self, number, payload):
        one, at, count = struct.unpack("<III", payload)
        data = self.data(one)
        if data is None:
            yield frame(messages.READ, number, b"\3")
            return
        end = min(at + count, len(data))
        while True:
            piece = data[at : min(at + messages.READ_DATA, end)]
            yield frame(messages.READ, number, b"\0" + struct.pack("<II", at, len(data)) + piece)
            at += len(piece)
            if at >= end:
                return

    def _4(self, number, payload):
        one = struct.unpack("<I", payload)[0]
        digest = hashlib.sha1(self.data(one)).digest()
        yield frame(messages.HASH, number, b"\0" + payload + struct.pack("<I", len(self.data(one))) + digest)

    def _5(self, number, payload):
        self.released[struct.unpack_from("<I", payload)[0]] = payload[4:24]
        yield frame(messages.RELEASE, number, b"\0" + payload[:4])

    def _7(self, number, payload):
        yield frame(messages.TIME, number, b"\0" + struct.pack("<Q", 10**6))

    def _8(self, number, payload):
        rows = [(one, *self.settings[one]) for one in sorted(self.settings) if one > payload[0]]
        said = b"".join(bytes((one, kind, len(value))) + value for one, kind, value in rows)
        yield frame(messages.SETTINGS, number, b"\0" + said)

    def _15(self, number, payload):
        yield frame(messages.PLAN, number, b"\0")

    def _16(self, number, payload):
        yield frame(messages.ERASE, number, b"\0" + struct.pack("<I", len(self.sessions)))

    def _17(self, number, payload):
        free = self.facts.get("free", self.facts["blocks"] - 100)
        said = struct.pack(messages.STATUS_REPLY, free, self.facts["blocks"], 0, 10, self.flushes, 0, 0, 0, 0)
        yield frame(messages.STATUS, number, b"\0" + said)

    def _18(self, number, payload):
        one, at, count = struct.unpack("<III", payload)
        data = self.data(one)
        if data is None:
            yield frame(messages.BULK, number, b"\3")
            return
        count = min(count, len(data) - at) // block.SIZE * block.SIZE
        yield frame(messages.BULK, number, b"\0" + struct.pack("<II", at, count))
        yield data[at : at + count]


class Wire:
    """A Port to a Liar. A new request ends what an earlier one still had to say."""

    name = "liar"
    farewell = b""

    def __init__(self, liar: Liar) -> None:
        self.liar = liar
        self.seconds = 0.0
        self._splitter = frames.Splitter()
        self._speech: list[Iterator] = []
        self._held: tuple[bytes, float] | None = None  # a piece and when it has arrived

    def write(self, data: bytes) -> None:
        heard = self._splitter.feed(data)
        if heard:
            self._speech = [self.liar.answer(*one) for one in heard]
            self._held = None

    def read(self, timeout: float) -> bytes:
        until = self.seconds + timeout
        while self._held is None and self._speech:
            piece = next(self._speech[0], None)
            if piece is None:
                self._speech.pop(0)
                continue
            data, took = piece if isinstance(piece, tuple) else (piece, len(piece) * BYTE_S)
            self._held = (data, self.seconds + took)
        if self._held is None or self._held[1] > until:
            self.seconds = until
            return b""
        data, self.seconds = self._held
        self._held = None
        return data

    def now(self) -> float:
        return self.seconds

    def close(self) -> None:
        self._speech = []


class Terminal:
    """A Liar on a pseudo-terminal, in a thread; `path` for `--port`."""

    def __init__(self, liar: Liar) -> None:
        import pty
        import tty

        self.liar = liar
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self._master, False)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Terminal:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)
        os.close(self._master)

    def _is_open(self) -> bool:
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def _run(self) -> None:
        splitter = frames.Splitter()
        while not self._ended.is_set():
            if not self._is_open():
                splitter = frames.Splitter()
                self._ended.wait(0.002)
                continue
            try:
                heard = splitter.feed(os.read(self._master, 4096))
            except OSError:
                self._ended.wait(0.002)
                continue
            for one in heard:
                for piece in self.liar.answer(*one):
                    self._put(*piece if isinstance(piece, tuple) else (piece, 0.0))
                    if self._ended.is_set() or not self._is_open():
                        break

    def _put(self, data: bytes, seconds: float) -> None:
        self._ended.wait(seconds)
        while data and not self._ended.is_set() and self._is_open():
            try:
                data = data[os.write(self._master, data) :]
            except OSError:
                self._ended.wait(0.001)
