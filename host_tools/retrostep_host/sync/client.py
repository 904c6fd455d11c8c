# SPDX-License-Identifier: MIT
"""Client: the computer's end of the link. Asks, waits, asks again.

in    a Port
out   the board's answers, typed; LinkBroken when it stays silent, BoardRefused when it says no
from  docs/formats.md, "Link"; the layouts are retrostep.link.messages
but   a reply to an earlier try of the same request counts: every request may be repeated
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable

from retrostep import LINK_VERSION, errors, settings
from retrostep.journal import block
from retrostep.link import frames, lock
from retrostep.link import messages as m

from retrostep_host import ranges
from retrostep_host.errors import BadAnswer, BadSetting, BoardRefused, LinkBroken
from retrostep_host.sync import pins
from retrostep_host.sync.answers import Entry, Hello, Status, unpack
from retrostep_host.sync.patience import BEGIN_S, Patience
from retrostep_host.sync.port import Port

PATIENCE_S = 1.0  # for an answer; a board answers within two passes of its loop, 0.25 s
HASH_RATE = 20_000  # bytes a second that any board adds up; a real one 922,000 (bench/link_on_board.py)
HOUSE_MOST = 32768  # bytes of housekeeping that anybody here looks at: the newest
TRIES = 6
WINDOW = 65536  # bytes asked for at once in frames


class Client:
    """`on_stream(payload)` is called for live frames while any request waits."""

    def __init__(self, port: Port, tries: int = TRIES, patience_s: float = PATIENCE_S) -> None:
        self.port = port
        self.tries = tries
        self.patience_s = patience_s
        self.on_stream: Callable[[bytes], None] | None = None
        self.repeats = 0  # requests that had to be asked again
        self._splitter = frames.Splitter()
        self._number = int.from_bytes(os.urandom(2), "little")
        self._rest = b""  # arrived, not looked at yet
        self._has_bulk = True  # until the board or the line shows otherwise
        self.patience = Patience(lambda: self.port.now(), port.name)
        self.doubtful: list[str] = []  # settings whose value cannot be

    # one request ------------------------------------------------------------------------------------------
    def _send(self, verb: int, payload: bytes) -> int:
        self._number = (self._number + 1) & 0xFFFF
        self.port.write(frames.encode(verb, self._number, payload))
        return self._number

    def _receive(self, until: float) -> tuple[int, int, bytes] | None:
        """The next frame, or None when `until` has passed."""
        found: list[tuple[int, int, bytes]] = []
        while not found:
            left = min(until - self.port.now(), self.patience.left())
            if left <= 0:
                return None
            if not self._rest:
                self._rest = self.port.read(left)
            end = self._rest.find(0) + 1 or len(self._rest)
            found = self._splitter.feed(self._rest[:end])
            self._rest = self._rest[end:] if found else self._rest[end:].lstrip(b"\0")  # a flood of zeros says nothing
        frame = found[0]
        if frame[0] == m.STREAM | m.REPLY and self.on_stream and len(frame[2]) > 2:
            self.on_stream(frame[2])
        return frame

    def request(self, verb: int, payload: bytes = b"", patience_s: float | None = None, tries: int = 0) -> bytes:
        """The reply after its reason byte. Raises LinkBroken, BoardRefused."""
        asked = set()
        for attempt in range(tries or self.tries):
            self.repeats += attempt > 0
            asked.add(self._send(verb, payload))
            until = self.port.now() + (patience_s or self.patience_s)
            while (frame := self._receive(until)) is not None:
                if frame[0] == verb | m.REPLY and frame[1] in asked and frame[2]:
                    if frame[2][0]:
                        raise BoardRefused.reason(frame[2][0], _DOING.get(verb, "that"), frame[2][1:])
                    return frame[2][1:]
        raise _silent(self.port.name)

    # verbs ------------------------------------------------------------------------------------------------
    def hello(self, tries: int = 0, patience_s: float | None = None) -> Hello:
        reply = self.request(m.HELLO, bytes((LINK_VERSION,)), patience_s, tries)
        return Hello.of(reply)

    def room(self) -> int:
        """Bytes of the board's log: no session and no list of sessions can be longer."""
        try:
            return self.status().blocks * block.SIZE
        except (BoardRefused, BadAnswer):  # other answers may be right; those of the largest board are still bounded
            return ranges.LOG_MOST

    def list(self, room: int | None = None) -> list[Entry]:
        """Every session that is not released, in order, from a log of `room` bytes. Raises BadAnswer."""
        most = (self.room() if room is None else room) // block.SIZE
        found: list[Entry] = []
        with self.patience.within(BEGIN_S + most / 4, "the list of its walks"):
            while True:
                after = found[-1].session if found else 0
                reply = self.request(m.LIST, struct.pack("<I", after))
                left = unpack("<H", reply)[0]
                page = Entry.page(reply[2:], after)
                found += page
                if len(found) > most:
                    raise BadAnswer.of(f"The board lists more than {most} walks in a log of {most} blocks")
                if not left or not page:
                    return found

    def size(self, session: int) -> int:
        """Bytes of a session; of session 0: of the housekeeping blocks."""
        return unpack(m.READ_REPLY, self.request(m.READ, struct.pack("<III", session, 0, 0)))[1]

    def house(self, room: int) -> bytes:
        """The newest housekeeping blocks. `room`: bytes of the log."""
        size = self.size(block.HOUSE)
        if size > room:
            raise BadAnswer.of(f"The board has {size} bytes of housekeeping in a log of {room}")
        out = bytearray()
        self.read(block.HOUSE, max(0, size - HOUSE_MOST) // block.SIZE * block.SIZE, size, out.extend)
        return bytes(out)

    def read(self, session: int, offset: int, size: int, take: Callable[[bytes], None]) -> None:
        """Hand the bytes [offset, size) of a session to `take`, in order, each once. Raises LinkBroken; what was
        taken before stays good. Whole blocks come without frames as long as that goes well, the rest in frames."""
        what = f"session {session}" if session else "its housekeeping"

        def keep(piece: bytes) -> None:
            self.patience.moved(len(piece))
            take(piece)

        with self.patience.transfer(size - offset, f"{what} ({size} bytes)"):
            self._read(session, offset, size, keep)

    def _read(self, session: int, offset: int, size: int, take: Callable[[bytes], None]) -> None:
        asked: set[int] = set()
        silent = 0
        while offset < size:
            at = offset % block.SIZE
            if self._has_bulk and not at and size - offset >= block.SIZE:
                before = offset
                offset, whole = self._bulk(session, offset, size, take)
                if offset == size:
                    return
                if whole and offset > before:
                    continue  # a locked board gives piece by piece
                self.repeats += 1
            end = min(offset + (block.SIZE - at if self._has_bulk else WINDOW), size)
            asked.add(self._send(m.READ, struct.pack("<III", session, offset, end - offset)))
            before = offset
            offset = self._take(session, offset, end, asked, take)
            if offset == end:
                silent = 0
                continue
            self.repeats += 1
            silent = 0 if offset > before else silent + 1
            if silent >= self.tries:
                raise _silent(self.port.name)

    def _bulk(self, session: int, offset: int, end: int, take: Callable[[bytes], None]) -> tuple[int, bool]:
        """Blocks without frames, as long as each is whole and the one that was asked for; the offset reached, and
        whether all came that the board said would."""
        try:
            reply = self.request(m.BULK, struct.pack("<III", session, offset, end - offset), tries=1)
            _, count = unpack(m.BULK_REPLY, reply)
        except BoardRefused:  # an older board, or no such session: frames will say
            self._has_bulk = False
            return offset, False
        except LinkBroken:  # frames ask again, and say so when the cable is out
            return offset, False
        end = min(end, offset + count)
        while offset < end:
            while len(self._rest) < block.SIZE:
                piece = self.port.read(min(self.patience_s, self.patience.left()))
                if not piece:
                    return offset, False
                self._rest += piece
            data = self._rest[: block.SIZE]
            if not _is_block(data, session, offset):
                return offset, False
            self._rest = self._rest[block.SIZE :]
            take(data)
            offset += block.SIZE
        return offset, True

    def _take(self, session: int, offset: int, end: int, asked: set[int], take: Callable[[bytes], None]) -> int:
        """Frames of a read while they come without a hole; returns the offset reached."""
        until = self.port.now() + self.patience_s
        while offset < end:
            frame = self._receive(until)
            if frame is None:
                return offset
            verb, number, payload = frame
            if verb != m.READ | m.REPLY or number not in asked or not payload:
                continue
            if payload[0]:
                raise BoardRefused.reason(payload[0], f"the reading of session {session}")
            at, _ = unpack(m.READ_REPLY, payload[1:])
            data = payload[1 + struct.calcsize(m.READ_REPLY) :]
            if at > offset and number == self._number:
                return offset  # one was lost: ask again from here
            if at == offset and data:
                take(data[: end - offset])
                offset += min(len(data), end - offset)
                until = self.port.now() + self.patience_s
        return offset

    def hash(self, session: int, size: int = ranges.LOG_MOST) -> tuple[int, bytes]:
        """(size, SHA-1) of a session of about `size` bytes, by the board's own count."""
        reply = self._hashed(m.HASH, struct.pack("<I", session), size, f"the sum of session {session}")
        _, size, digest = unpack(m.HASH_REPLY, reply)
        return size, digest

    def release(self, session: int, digest: bytes, size: int = ranges.LOG_MOST) -> None:
        """The board may overwrite the session, if `digest` is its SHA-1."""
        self._hashed(m.RELEASE, struct.pack("<I20s", session, digest), size, f"the release of session {session}")

    def _hashed(self, verb: int, payload: bytes, size: int, doing: str) -> bytes:
        """The board adds up all of a session before it answers; asked again, it goes on with the same sum."""
        takes = size / HASH_RATE
        with self.patience.within(BEGIN_S + 2 * takes, doing):
            return self.request(verb, payload, max(2.0 + takes, self.patience_s), max(self.tries, 100))

    def start(self) -> None:
        """Begin a walk with the cable in, with the board's next pass; hello tells its number. Raises BoardRefused
        (unknown_verb: a board from before this)."""
        self.request(m.START)

    def end(self) -> int:
        """End the running session; its number, 0 when none ran."""
        return unpack("<I", self.request(m.END))[0]

    def set_time(self, utc_us: int, offset_min: int) -> int:
        """Set the board's clock; the sample index at which it was taken."""
        return unpack(m.TIME_REPLY, self.request(m.TIME, struct.pack("<Qh", utc_us, offset_min)))[0]

    def settings(self) -> dict[str, object]:
        """Settings in force on the board, by name; those this computer does not know are left out, and those whose
        value is not allowed are named in `doubtful`. Raises BadAnswer."""
        found: dict[str, object] = {}
        self.doubtful = []
        last = 0
        with self.patience.within(BEGIN_S, "its settings"):
            while True:
                reply, at, before = self.request(m.SETTINGS, bytes((last,))), 0, last
                while at + 3 <= len(reply):
                    number, kind, length = reply[at : at + 3]
                    raw = reply[at + 3 : at + 3 + length]
                    at += 3 + length
                    if number <= last or at > len(reply):
                        raise BadAnswer.of(f"The board's answer names setting {number} out of turn, or half of it")
                    last = number
                    name, value = ranges.setting(number, bool(kind & 1), raw)
                    if value is None:
                        self.doubtful.append(name)
                    elif not name.startswith("setting_"):
                        found[name] = value
                if last == before:
                    return found

    def set(self, name: str, value: object) -> bool | None:
        """Set one setting; whether a new wearer begins with it (None: an older firmware, which knows of none). Raises
        BadSetting before anything is sent when the value is not allowed."""
        row = settings.row(name)
        try:
            value = settings.check(name, value)
        except (ValueError, TypeError) as error:
            raise BadSetting(
                f"{name} cannot be {value}; it stays as it is. `retrostep settings` lists what is allowed."
            ) from error
        data = struct.pack("<i", value) if row[2] == "int" else str(value).encode()
        reply = self.request(m.SET, bytes((row[0], 0 if row[2] == "int" else 1)) + data)
        return bool(reply[1]) if len(reply) > 1 else None

    def stream(self, on: bool) -> None:
        self.request(m.STREAM, bytes((1 if on else 0,)))

    def listen(self, seconds: float) -> None:
        """Hand live frames to `on_stream` for so long."""
        until = self.port.now() + seconds
        while self._receive(until) is not None:
            pass

    def identify(self, pattern: int = 0) -> None:
        self.request(m.IDENTIFY, bytes((pattern,)))

    def capture(self, seconds: int) -> None:
        self.request(m.CAPTURE, struct.pack("<H", seconds))

    def plan(self, state: bytes = b"") -> bytes:
        return self.request(m.PLAN, state)

    def erase(self, device: str) -> int:
        """Erase every session on the board whose id is `device`; how many there were."""
        return unpack("<I", self.request(m.ERASE, bytes.fromhex(device)))[0]

    def status(self) -> Status:
        return Status.of(self.request(m.STATUS))

    def unlock(self, pin: str, hello: Hello) -> None:
        """Prove that we know the PIN; closing the port takes it back. Raises BoardRefused (wrong_pin, busy), BadAnswer
        for a board that asks so that whoever hears the proof could try all PINs."""
        self.may_be_told(hello)
        key = pins.stretch(hello.salt, pin, hello.rounds)
        try:
            self.request(m.UNLOCK, lock.hmac(key, hello.nonce), tries=1)
        except BoardRefused as error:
            raise _shut(error) from None
        self._part()

    def may_be_told(self, hello: Hello) -> None:
        """Raises BadAnswer for a board to which no PIN should be proven."""
        if hello.rounds < lock.LEAST_ROUNDS:
            raise BadAnswer(
                f"The board on {self.port.name} asks for its PIN so that whoever listens could find it out, with "
                f"{hello.rounds} rounds instead of {lock.LEAST_ROUNDS:,}; it was told nothing. If it is yours, hold "
                "its button while plugging in, which keeps the walks, and lock it again."
            )

    def set_pin(self, pin: str | None, rounds: int = pins.ROUNDS) -> None:
        """Lock the board with a PIN, or unlock it for good with None."""
        if pin is None:
            self.request(m.PIN, b"\0")
            return
        salt = os.urandom(8)
        key = pins.stretch(salt, pin, rounds // 16 * 16)
        self.request(m.PIN, bytes((8,)) + salt + struct.pack("<H", rounds // 16) + key)
        self._part()

    def _part(self) -> None:
        """The last word before the port is closed is out of turn: it locks the board, should it not see the closing."""
        self.port.farewell = frames.encode(m.HELLO, (self._number + 0x8000) & 0xFFFF, bytes((LINK_VERSION,)))


def _shut(error: BoardRefused) -> BoardRefused:
    """The sentence for a PIN that was not taken."""
    wait = int.from_bytes(getattr(error, "data", b"")[:2], "little")
    listens = f" It listens again in {wait} s." if wait else ""
    if error.number == errors.WRONG_PIN:
        return BoardRefused(f"The PIN is wrong; nothing was read.{listens}", number=error.number)
    if error.number == errors.BUSY:
        said = "The board is busy waiting, since wrong PINs were tried; nothing was read and this one not looked at."
        return BoardRefused(said + listens, number=error.number)
    return error


_DOING = {
    m.HASH: "the check of a session",
    m.RELEASE: "the release of a session",
    m.SET: "the change of a setting",
    m.START: "the start of a walk",
    m.UNLOCK: "the unlocking",
    m.ERASE: "the erasing",
    m.CAPTURE: "the capture",
    m.PLAN: "the change of the plan",
}


def _is_block(data: bytes, session: int, offset: int) -> bool:
    """These bytes are the block that stands at `offset` of the session. Session 0 is made of blocks of any number."""
    if not block.check(data):
        return False
    head = block.Header(data)
    return head.session == session and (session == block.HOUSE or head.nth * block.SIZE == offset)


def _silent(name: str) -> LinkBroken:
    return LinkBroken(
        f"The board on {name} stopped answering; every session is still on it or already stored. "
        "Plug it in again and run the same command: it goes on where it stopped."
    )
