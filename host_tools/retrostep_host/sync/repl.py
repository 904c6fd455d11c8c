# SPDX-License-Identifier: MIT
"""Repl: run a few lines on a board over its console, with an end to what it may say and how long it may take.

in    the path of a console; lines of Python
out   what they print; ValueError when the board does not answer as CircuitPython does, LinkBroken when it goes
keeps what has arrived and was not read yet, at most MOST bytes
from  the raw REPL of MicroPython and CircuitPython (ctrl-A, code, ctrl-D, "OK", output, ctrl-D, error, ctrl-D)
but   mpremote's transport waits for as long as bytes come, however slowly, and keeps them all: a console that drips or
      floods would never end, so these sixty lines are ours
"""

from __future__ import annotations

import time

from retrostep_host.sync.port import SerialPort

ENTER_S = 15.0  # until the prompt is there, all tries together
STOP_S = 3.0  # for the firmware to stop and for the prompt to come; tried again, as a board may be busy
QUIET_S = 0.4  # the board has said what it had to say
ANSWER_S = 60.0  # for all of one answer; a board in software on a busy computer takes 20 s for the longest
STALL_S, STALL_BYTES = 10.0, 64  # a board that says less in so long is gone, or drips
MOST = 1 << 20  # bytes of one answer; the longest is a tenth of it
CHUNK, PAUSE_S = 256, 0.01  # what a console's buffer takes at once
BANNER = b"raw REPL; CTRL-B to exit\r\n"


class Repl:
    """`enter_raw_repl`, then `exec` as often as you like, `exec_raw_no_follow` once, `close`."""

    def __init__(self, path: str) -> None:
        self._port = SerialPort(path)
        self._rest = b""

    def enter_raw_repl(self) -> None:
        """CircuitPython forgets the keys that arrive with a Ctrl-C, and asks for a key when the code has stopped: so
        one key after the other, each when the board is quiet. Its words are not read: they come in many languages."""
        end = time.monotonic() + ENTER_S
        while (left := end - time.monotonic()) > 0:
            for keys in (b"\x03", b"\r\x02"):
                self._port.write(keys)
                self._hear(min(STOP_S, left))
            self._port.write(b"\x01")
            if self._until(BANNER, min(STOP_S, left)) is not None:
                return
            self._rest = b""
        raise ValueError("no raw REPL")

    def _hear(self, seconds: float) -> None:
        """Wait until the board has said something and is quiet, at most so long; what it said is dropped."""
        end = time.monotonic() + seconds
        wait = seconds
        while (left := end - time.monotonic()) > 0 and self._port.read(min(wait, left)):
            wait = QUIET_S
        self._rest = b""

    def _until(self, sign: bytes, seconds: float = ANSWER_S) -> bytes | None:
        """What comes before `sign`; None when it does not come. Raises ValueError when too much or too little does."""
        end = time.monotonic() + seconds
        since, seen = time.monotonic(), len(self._rest)
        while sign not in self._rest:
            now = time.monotonic()
            if now >= end:
                return None
            if now - since > STALL_S:
                if len(self._rest) - seen < STALL_BYTES:
                    raise ValueError("too slow")
                since, seen = now, len(self._rest)
            if len(self._rest) > MOST:
                raise ValueError("too much")
            self._rest += self._port.read(min(1.0, end - now))
        found, _, self._rest = self._rest.partition(sign)
        return found

    def exec_raw_no_follow(self, command: str) -> None:
        """Start a command and do not wait for what it says. When the board is not at its raw prompt it is asked to
        reload, as by hand."""
        if self._until(b">", STOP_S) is None:
            self._port.write(b"\x03\r\x02\x04")
            raise ValueError("no prompt")
        data = command.encode()
        for at in range(0, len(data), CHUNK):
            self._port.write(data[at : at + CHUNK])
            time.sleep(PAUSE_S)
        self._port.write(b"\x04")
        if self._until(b"OK", STOP_S) is None:
            raise ValueError("not taken")

    def exec(self, command: str) -> bytes:
        """What a command prints. Raises ValueError when it throws."""
        self.exec_raw_no_follow(command)
        said, error = self._until(b"\x04"), self._until(b"\x04", STOP_S)
        if said is None or error is None or error:
            raise ValueError(f"an error: {error[-200:]!r}" if error else "no end")
        return said

    def close(self) -> None:
        self._port.close()
