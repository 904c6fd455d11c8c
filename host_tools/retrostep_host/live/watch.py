# SPDX-License-Identifier: MIT
"""Watch: begins a walk on a board, tells what happens on it, waits when the cable is out, and ends in what is true.

in    `connect() -> (Client, Hello)`, unlocked; the live stream, hello now and then
out   `happenings()`: dicts as they come; `finish()`: the last one, from the board's own log
keeps the Tally of the walk under way; whether this computer began it
from  docs/formats.md, "Verbs": start, stream, hello, end
but   what the stream lost (a cable that was out, a slow terminal) comes from the log; the last words always do
not   a terminal: cli/live.py; copying: the walk stays on the board, `sync` fetches it like any other
"""

from __future__ import annotations

import contextlib
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

from retrostep import events
from retrostep.journal import records
from retrostep.link import messages as m

from retrostep_host import quarantine, ranges
from retrostep_host.errors import BoardRefused, LinkBroken, NoBoardFound, RetrostepError, WrongPort
from retrostep_host.live.tally import Tally
from retrostep_host.reasons import NUMBER
from retrostep_host.sync.answers import Entry, Hello
from retrostep_host.sync.client import Client
from retrostep_host.sync.session import set_clock

LISTEN_S = 0.2
ASK_S = 2.0  # between two looks at battery, rate and whether the walk goes on
BEGIN_S = 15.0  # for an engine to be made and the sensor set anew: 2 s on a board, more where it is made of software
RATE_S = 8.0  # time over which the sensor's rate is told apart from the loop's own 125 ms
RETRY_S = 0.5

Connect = Callable[[], tuple[Client, Hello]]


class Watch:
    """One walk after the other, until somebody ends it."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._client: Client | None = None
        self._hello: Hello | None = None
        self._found: list[dict[str, Any]] = []
        self._anchor: tuple[float, int] | None = None  # (s, sample index) at this connection
        self._asked = 0.0
        self.session = 0  # of the walk under way
        self.ours = False
        self.missed = 0  # frames of the stream that found no room
        self.tally: Tally | None = None

    # the way there ----------------------------------------------------------------------------------------
    def happenings(self) -> Iterator[dict[str, Any]]:
        """Until the walk is ended on the board. Raises what `connect` raises when there is no board at first."""
        self._client, self._hello = self._connect()
        yield self._who()
        while True:
            try:
                over = False
                for row in self._meet():
                    over = over or row["kind"] == "end"
                    yield row
                while not over:
                    for row in self._listen():
                        over = over or row["kind"] == "end"
                        yield row
                return
            except LinkBroken:
                self.close()
                yield {"kind": "lost"}
                self._wait()
                yield {"kind": "back", "port": self._client.port.name}

    def _wait(self) -> None:
        """Until the same board answers again."""
        device = self._hello.device
        while self._client is None:
            time.sleep(RETRY_S)
            with contextlib.suppress(NoBoardFound, WrongPort, LinkBroken, RetrostepError):
                client, hello = self._connect()
                if hello.device == device:
                    self._client, self._hello = client, hello
                else:
                    client.port.close()

    def _who(self) -> dict[str, Any]:
        hello = self._hello
        return {
            "kind": "board", "device": hello.device, "board": hello.board, "firmware": hello.firmware,
            "port": self._client.port.name, "battery_v": _volts(hello),
        }  # fmt: skip

    def _meet(self) -> Iterator[dict[str, Any]]:
        """A connection: go on with the walk under way, or begin one."""
        client, before = self._client, (self._boot, self.session)
        self._anchor = None
        client.on_stream = self._take
        with contextlib.suppress(BoardRefused):  # a computer whose clock is wrong; the walk can do without
            set_clock(client, self._hello)
        client.stream(True)
        if self.session and before != (self._hello.boot, self._hello.running):
            was = self._final()
            self.session = 0
            if was["ended_by"] == "button":
                yield was
                return
            yield {**was, "kind": "ended"}
        if not self._hello.running:
            yield from self._begin()
        if self.session != self._hello.running:
            self.session = self._hello.running
            self._boot = self._hello.boot
            self.tally = Tally(self._hello.index)
            yield {"kind": "begin", "session": self.session, "joined": not self.ours}
        self._catch_up()
        self._asked = 0.0

    _boot = 0

    def _begin(self) -> Iterator[dict[str, Any]]:
        """Ask for a walk; an older board, or one without the memory for it, is begun by its button."""
        client = self._client
        try:
            client.start()
            self.ours = True
        except BoardRefused as error:
            if error.number != NUMBER["unknown_verb"]:
                raise
            self.ours = False
            yield {"kind": "press"}
        asked = client.port.now()
        while not self._hello.running:
            client.listen(LISTEN_S)
            self._hello = client.hello()
            if self.ours and client.port.now() - asked > BEGIN_S:
                raise BoardRefused(
                    "The board has too little memory for a walk with the cable in; nothing was begun or changed. "
                    "Unplug it, walk, plug it in again, then `retrostep sync`.",
                    number=NUMBER["busy"],
                )

    def _listen(self) -> Iterator[dict[str, Any]]:
        client, tally = self._client, self.tally
        client.listen(LISTEN_S)
        found, self._found = self._found, []
        yield from found
        if client.port.now() - self._asked < ASK_S:
            return
        self._asked = client.port.now()
        self._hello = hello = client.hello()
        if hello.running != self.session:
            yield self._final()
            return
        tally.newest = max(tally.newest, hello.index)
        yield {
            "kind": "status", "t": tally.t(tally.newest), **tally.counts(), "cadence_spm": tally.cadence_spm,
            "direction": tally.direction if tally.walks else "standing", "battery_v": _volts(hello),
            "rate_hz": self._rate(hello), "missed": self.missed,
        }  # fmt: skip

    def _rate(self, hello: Hello) -> float | None:
        """Samples a second by this computer's clock."""
        now = self._client.port.now()
        if self._anchor is None:
            self._anchor = (now, hello.index)
        passed = now - self._anchor[0]
        rate = ranges.rate((hello.index - self._anchor[1]) / passed) if passed >= RATE_S else None
        return None if rate is None else round(rate, 1)

    def _take(self, payload: bytes) -> None:
        """A frame of the stream."""
        head = 1 + struct.calcsize(m.STREAM_HEAD)
        if len(payload) < head:
            return
        base, lost = struct.unpack_from(m.STREAM_HEAD, payload, 1)
        self.missed += lost
        for kind, at, size in records.walk(payload, head, len(payload)):
            if kind not in records.LAYOUT or self.tally is None:
                continue
            when, values, tail = records.unpack(kind, bytes(payload[at : at + size]))
            if 0 <= base + when <= ranges.INDEX_MOST:
                row = self.tally.record(kind, base + when, values, tail)
                if row:
                    self._found.append(row)

    # the log ----------------------------------------------------------------------------------------------
    def _entry(self) -> Entry | None:
        return next((one for one in self._client.list() if one.session == self.session), None)

    def _catch_up(self) -> Entry | None:
        """What the log holds of the walk, into the tally."""
        entry = self._entry()
        if entry is not None and entry.size:
            data = bytearray()
            self._client.read(entry.session, 0, entry.size, data.extend)
            session = quarantine.read(bytes(data), self._hello.device, entry.session, entry.boot)
            if not session.trouble:
                self.tally.logged(session)
                self._end = (session.end, session.duration_s)
        return entry

    _end: tuple[str, float] = ("open", 0.0)

    # the end ----------------------------------------------------------------------------------------------
    def finish(self) -> dict[str, Any]:
        """End what this computer began; what the walk came to, from the board's log. Raises nothing."""
        try:
            if self._client is None or not self.session:
                raise LinkBroken("")
            with self._client.patience.within(15.0, "the end of the walk"):
                if self.ours:
                    self._client.end()
                return self._final()
        except RetrostepError:
            counts = self.tally.counts() if self.tally else {}
            return {"kind": "end", "session": self.session or None, "kept": None, "ended_by": None, **counts}
        finally:
            self.close()

    def _final(self) -> dict[str, Any]:
        self._end = ("open", 0.0)
        entry = self._catch_up()
        end, seconds = self._end
        return {
            "kind": "end", "session": self.session, "kept": entry is not None,
            "ended_by": None if entry is None else events.ENDS[entry.cause] if entry.cause < len(events.ENDS) else end,
            "duration_s": round(seconds, 3), **self.tally.counts(),
        }  # fmt: skip

    def close(self) -> None:
        if self._client is not None:
            self._client.port.close()
        self._client = None


def _volts(hello: Hello) -> float | None:
    return round(hello.battery_mv / 1000, 2) if hello.battery_mv else None
