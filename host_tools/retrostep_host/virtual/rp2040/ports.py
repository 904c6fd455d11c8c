# SPDX-License-Identifier: MIT
"""PORTS: the emulated board's serial channels as pseudo-terminals, and a socket for hands.

in    a folder; bytes from the board
out   PORTS/console and PORTS/data while the cable is in, PORTS/control always; bytes for the board
keeps bytes that nobody has read yet, at most 1 MB a channel
but   Unix only; the caller says so on Windows
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retrostep_host.virtual import usb
from retrostep_host.virtual.control import parse

NAMES = ("console", "data")
_UNREAD_MAX = 1 << 20


class Channel:
    """One pseudo-terminal. `show` makes the name appear; `hide` takes it away and hangs up, as a pulled cable does."""

    def __init__(self, link: Path, on_bytes: Callable[[bytes], None]) -> None:
        self._link = link
        self._ours = self._theirs = -1
        self._unread = bytearray()
        self._on_bytes = on_bytes
        self._loop = asyncio.get_running_loop()
        self._retry: asyncio.TimerHandle | None = None
        self.hide()

    def _readable(self) -> None:
        try:
            data = os.read(self._ours, 4096)
        except OSError:  # nothing there after all
            return
        if data:
            self._on_bytes(data)

    def show(self) -> None:
        self.hide()
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self._loop.add_reader(self._ours, self._readable)
        self._link.symlink_to(os.ttyname(self._theirs))

    def hide(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._link.unlink()
        if self._ours < 0:
            return
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._loop.remove_reader(self._ours)
        os.close(self._ours)
        os.close(self._theirs)
        self._ours = self._theirs = -1
        self._unread.clear()

    def write(self, data: bytes) -> None:
        """Bytes from the board. They wait when nobody reads; beyond 1 MB the oldest go."""
        if self._ours < 0:
            return
        self._unread += data
        if len(self._unread) > _UNREAD_MAX:
            del self._unread[:-_UNREAD_MAX]
        if self._retry is None:
            self._flush()

    def _flush(self) -> None:
        self._retry = None
        try:
            while self._unread:
                del self._unread[: os.write(self._ours, self._unread[:1024])]
        except BlockingIOError:
            self._retry = self._loop.call_later(0.01, self._flush)


class Ports:
    """Both channels and the control socket in one folder. `command(name, options)` answers; it may raise
    ValueError."""

    def __init__(
        self,
        folder: Path,
        send: Callable[[int, bytes], None],
        command: Callable[[str, dict[str, Any]], dict[str, Any]],
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._command = command
        self.channels = [
            Channel(folder / name, lambda data, number=number: send(number, data)) for number, name in enumerate(NAMES)
        ]
        self._server: asyncio.AbstractServer | None = None

    async def open(self) -> None:
        path = self.folder / "control"
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        here = os.getcwd()
        try:  # a socket's path may have 107 bytes: bind by its last name
            os.chdir(self.folder)
            self._server = await asyncio.start_unix_server(self._talk, "control")
        finally:
            os.chdir(here)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError):
            while line := await reader.readline():
                try:
                    answer = self._command(*parse(line))
                except (ValueError, TypeError) as error:
                    answer = {"ok": False, "error": str(error)}
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        writer.close()

    def show(self, channels: list[int]) -> None:
        """Show these channels, hide the others."""
        for number, channel in enumerate(self.channels):
            (channel.show if number in channels else channel.hide)()
        shown = {name: str((self.folder / name).absolute()) for name in map(NAMES.__getitem__, channels)}
        usb.announce({"pid": os.getpid(), **shown} if shown else None)

    async def close(self) -> None:
        self.show([])
        if self._server is not None:
            self._server.close()
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "control").unlink()
