# SPDX-License-Identifier: MIT
"""Find: which serial ports may be a Retrostep's data channel, and which one answers.

in    the system's serial ports; RETROSTEP_HOME/virtual-ports.json (running virtual wearables)
out   a connected Client and its Hello
but   both channels of a board have the same USB ids; only the interface name "CircuitPython CDC2" tells them apart
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from retrostep import LINK_VERSION

from retrostep_host import home
from retrostep_host.errors import BoardRefused, LinkBroken, NoBoardFound, RetrostepError, SeveralBoards, WrongPort
from retrostep_host.sync.client import Client, Hello
from retrostep_host.sync.port import SerialPort

HELLO_TRIES = 4
HELLO_PATIENCE_S = 0.5


def virtual_ports(channel: str = "data") -> list[str]:
    """Ports of virtual wearables that run now; `channel`: data or console."""
    try:
        entries = json.loads((home.folder() / "virtual-ports.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    found = []
    for entry in entries if isinstance(entries, list) else []:
        path = entry.get(channel) if isinstance(entry, dict) else None
        if isinstance(path, str) and _alive(entry.get("pid")) and Path(path).exists():
            found.append(path)
    return found


def _alive(pid: object) -> bool:
    if not isinstance(pid, int):
        return True
    if os.name == "nt":
        return False  # there are none on Windows
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def data_ports() -> list[str]:
    """Data channels of CircuitPython boards, by the name of their USB interface."""
    from adafruit_board_toolkit import circuitpython_serial

    return sorted(port.device for port in circuitpython_serial.data_comports())


def all_ports() -> list[str]:
    """Every serial port the system shows, for the sentence when none is ours."""
    from serial.tools import list_ports

    return sorted(port.device for port in list_ports.comports())


def connect(port: str | None = None) -> tuple[Client, Hello]:
    """The board on `port`, or the only one that answers. Close `client.port` afterwards.

    Raises NoBoardFound, SeveralBoards, WrongPort, BusyPort.
    """
    if port is not None:
        return _greet(port)
    candidates = virtual_ports() + data_ports()
    answered: list[tuple[Client, Hello]] = []
    trouble: RetrostepError | None = None
    for path in candidates:
        try:
            answered.append(_greet(path))
        except RetrostepError as error:
            trouble = trouble or error
    if len(answered) == 1:
        return answered[0]
    for client, _ in answered:
        client.port.close()
    if answered:
        names = ", ".join(f"{client.port.name} ({hello.device})" for client, hello in answered)
        raise SeveralBoards(f"{len(answered)} boards are plugged in: {names}; name one with `--port`.")
    if trouble is not None and len(candidates) == 1:
        raise trouble
    raise NoBoardFound.among(candidates or all_ports())


def connect_all() -> list[tuple[Client, Hello]]:
    """Every board that answers. Close each `client.port` afterwards. Raises NoBoardFound."""
    candidates = virtual_ports() + data_ports()
    answered: list[tuple[Client, Hello]] = []
    for path in candidates:
        try:
            answered.append(_greet(path))
        except RetrostepError:
            continue  # a console, or another program has it
    if not answered:
        raise NoBoardFound.among(candidates or all_ports())
    return answered


def _greet(path: str) -> tuple[Client, Hello]:
    port = SerialPort(path)
    client = Client(port)
    try:
        hello = client.hello(HELLO_TRIES, HELLO_PATIENCE_S)
        if hello.link_version > LINK_VERSION:
            raise BoardRefused(
                f"The board on {path} speaks a newer link ({hello.link_version}; this computer knows {LINK_VERSION}); "
                "nothing was read and every walk is still on it. Update Retrostep on this computer.",
                number=0,
            )
        return client, hello
    except LinkBroken as error:
        port.close()
        raise WrongPort(
            f"Nothing on {path} answers as a Retrostep; it may be the console (try the board's other port; if there is "
            "none, `retrostep sync --console`), or the board is still starting. Nothing was changed. "
            "`retrostep doctor` looks closer.",
            port=path,
        ) from error
    except BaseException:
        port.close()
        raise
