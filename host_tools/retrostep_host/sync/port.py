# SPDX-License-Identifier: MIT
"""Port: a byte stream to one board. The only file that knows pyserial.

in    the path of a serial port
out   bytes; LinkBroken when the cable goes, BusyPort or WrongPort when it cannot be opened
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from pathlib import Path
from typing import Protocol

from retrostep_host.errors import BusyPort, LinkBroken, WrongPort

WRITE_S = 5.0  # a board that takes no byte for so long is gone


class Port(Protocol):
    """What the client needs. Tests put an in-memory wire here."""

    name: str
    farewell: bytes  # sent when the port is closed

    def read(self, timeout: float) -> bytes:
        """What has arrived; waits up to `timeout` s for the first byte; b"" = nothing came."""

    def write(self, data: bytes) -> None:
        """Send all of it."""

    def now(self) -> float:
        """Seconds that only rise."""

    def close(self) -> None:
        """Let go of the port."""


class SerialPort:
    """A serial port or a pseudo-terminal, ours alone while it is open."""

    def __init__(self, path: str) -> None:
        import serial

        self.name = path
        self.farewell = b""
        self._errors = (serial.SerialException, OSError)
        try:
            self._serial = serial.Serial(path, 115200, timeout=0, write_timeout=WRITE_S, exclusive=True)
        except self._errors as error:
            raise _refused(path, error) from error
        with contextlib.suppress(*self._errors):
            self._serial.reset_input_buffer()

    def read(self, timeout: float) -> bytes:
        try:
            self._serial.timeout = max(timeout, 0)
            first = self._serial.read(1)
            return first + self._serial.read(self._serial.in_waiting) if first else b""
        except (*self._errors, TypeError) as error:  # pyserial trips over its own closed handle
            raise _broken(self.name) from error

    def write(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except self._errors as error:
            raise _broken(self.name) from error

    def now(self) -> float:
        return time.monotonic()

    def close(self) -> None:
        farewell, self.farewell = self.farewell, b""
        with contextlib.suppress(*self._errors, TypeError):
            if farewell and self._serial.is_open:
                self._serial.write(farewell)
        with contextlib.suppress(*self._errors):
            self._serial.close()

    def __enter__(self) -> SerialPort:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _broken(name: str) -> LinkBroken:
    return LinkBroken(
        f"The connection on {name} broke off; every session is still on the board or already stored. "
        "Plug the board in again and run the same command: it goes on where it stopped."
    )


def may_open(path: str) -> str:
    """What to do about a port that may not be opened."""
    if os.name != "posix" or sys.platform == "darwin":
        return "Close the program that holds it, or plug the board in again."
    import grp

    with contextlib.suppress(OSError, KeyError):
        found = os.stat(path)
        group = grp.getgrgid(found.st_gid).gr_name
        if found.st_mode & 0o060 == 0o060 and group != "root":
            return f"Join the group: sudo usermod -a -G {group} $USER, then log in again."
    return f"Ask who may open it: ls -l {path}"


def modem_manager() -> str:
    """What to do where it runs: on Linux it holds a new port for 10-20 s (circuitpython issue 1210)."""
    with contextlib.suppress(OSError):
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):  # a program may end while it is looked at
                if entry.name.isdigit() and (entry / "comm").read_text(errors="replace").strip() == "ModemManager":
                    return "ModemManager holds a new port for up to 20 s: wait, then try again."
    return ""


def _refused(path: str, error: Exception) -> Exception:
    number = getattr(error, "errno", None)
    if number == errno.ENOENT or (number is None and "FileNotFound" in str(error)):
        return WrongPort(f"There is no port {path}; check the name, or leave `--port` out to search.", port=path)
    if number in (errno.EACCES, errno.EPERM):
        return BusyPort(f"The system does not let you open {path}. {may_open(path)}", port=path)
    if number in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK) or "exclusively lock" in str(error):
        who = modem_manager() or "Close it (a serial monitor, a live view) and try again."
        return BusyPort(f"Another program uses {path}. {who}", port=path)
    return WrongPort(f"{path} cannot be opened as a serial port; check the name, or leave `--port` out.", port=path)
