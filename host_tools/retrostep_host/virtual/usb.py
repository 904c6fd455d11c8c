# SPDX-License-Identifier: MIT
"""USB of the virtual board: two serial channels as pseudo-terminals, there only while it is plugged in.

in    bytes a program on the computer writes to PORTS/console or PORTS/data
out   bytes the firmware writes; PORTS/* are links that appear when plugged in and go when pulled out
keeps at most 256 received bytes a channel; what is printed before somebody opens the port is lost, as on a board
but   a list of what is plugged in lies in the data folder (virtual-ports.json), because the board toolkit never
      finds pseudo-terminals
"""

from __future__ import annotations

import contextlib
import json
import os
import select
from pathlib import Path

from retrostep_host import home

LIST_NAME = "virtual-ports.json"
RX_BYTES = 256  # CircuitPython's receive buffer for usb_cdc
TX_BYTES = 256


class Channel:
    """One CDC channel."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.rx = bytearray()
        self.tx = bytearray()
        self._master = -1

    def open(self) -> None:
        import pty
        import tty

        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)  # so that a hang-up tells whether somebody has the port open
        os.set_blocking(self._master, False)
        self.link.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self.link.unlink()
        self.link.symlink_to(self.path)

    def close(self) -> None:
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
        with contextlib.suppress(FileNotFoundError):
            self.link.unlink()
        self.rx.clear()
        self.tx.clear()

    def connected(self) -> bool:
        """Somebody on the computer has the port open (DTR)."""
        if self._master < 0:
            return False
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def fileno(self) -> int:
        return self._master if self.connected() else -1

    def pump(self) -> None:
        """Move bytes between the terminal and the two small buffers."""
        if self._master < 0:
            return
        if not self.connected():
            self.rx.clear()
            self.tx.clear()
            return
        room = RX_BYTES - len(self.rx)
        if room > 0:
            with contextlib.suppress(OSError):  # nothing there, or nobody
                self.rx += os.read(self._master, room)
        if self.tx:
            with contextlib.suppress(OSError):
                del self.tx[: os.write(self._master, self.tx)]

    def write(self, data: bytes) -> int:
        """Bytes taken, as far as the buffer has room."""
        if not self.connected():
            return len(data)
        if len(self.tx) >= TX_BYTES:
            self.pump()
        taken = data[: TX_BYTES - len(self.tx)]
        self.tx += taken
        self.pump()
        return len(taken)


class Usb:
    """The plug. `plug` and `unplug` are what a hand does."""

    def __init__(self, ports: Path) -> None:
        self.ports = ports
        self.plugged = False
        self.console = Channel(ports / "console")
        self.data = Channel(ports / "data")

    def plug(self, console: bool, data: bool) -> None:
        if self.plugged:
            return
        self.plugged = True
        entry: dict[str, object] = {"pid": os.getpid()}
        for name, wanted in (("data", data), ("console", console)):
            if wanted:
                channel: Channel = getattr(self, name)
                channel.open()
                entry[name] = str(channel.link.absolute())
        announce(entry)

    def unplug(self) -> None:
        if not self.plugged:
            return
        self.plugged = False
        self.console.close()
        self.data.close()
        announce(None)

    def pump(self) -> None:
        if self.plugged:
            self.console.pump()
            self.data.pump()

    def has_input(self) -> bool:
        return bool(self.data.rx)  # nobody on the board reads the console


def _alive(pid: object) -> bool:
    try:
        os.kill(int(pid), 0)  # type: ignore[call-overload]
    except (OSError, TypeError, ValueError):
        return False
    return True


def announce(entry: dict[str, object] | None) -> None:
    """Add this process to the list of virtual boards, or take it out; the dead are dropped."""
    path = home.folder() / LIST_NAME
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = []
    known = [one for one in known if isinstance(one, dict) and _alive(one.get("pid"))]
    known = [one for one in known if one.get("pid") != os.getpid()]
    if entry is not None:
        known.append(entry)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(known), encoding="utf-8")
        os.replace(new, path)
