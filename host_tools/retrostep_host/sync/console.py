# SPDX-License-Identifier: MIT
"""Console: read the log over a board's console, when its data channel is missing (older boot.py, safe mode).

in    the console's serial port; the board's REPL, reached by mpremote's transport
out   the blocks of both mirrors, to be carved like an image; nothing on the board is changed or released
but   it stops the firmware, and with it a walk: the caller asks first. The board restarts afterwards
from  CircuitPython's raw REPL; about 2.5 kB/s, so only blocks that hold something travel, and equal ones once
"""

from __future__ import annotations

import binascii
import contextlib
from collections.abc import Callable
from typing import Protocol

from retrostep.journal import block

from retrostep_host.errors import EmptyLog, LinkBroken, RetrostepError

AT_ONCE = 64  # positions a request: answered within a second, well before the board's watchdog of 8 s

OPEN = """
import os, binascii
try:
    import microcontroller as mc
except Exception:
    mc = None
def feed():
    try:
        mc.watchdog.feed()
    except Exception:
        pass
feed()
logs = []
for name in sorted(os.listdir(ROOT)):
    try:
        logs.append(open(ROOT + "/" + name + "/log.bin", "rb"))
    except OSError:
        pass
print(len(logs), max([file.seek(0, 2) for file in logs] + [0]))
"""

READ = """
for at in range(%d, %d, 512):
    feed()
    seen = []
    for file in logs:
        file.seek(at)
        data = file.read(512)
        if data[:4] == b"RSJB" and data not in seen:
            seen.append(data)
            print(str(binascii.b2a_base64(data), "ascii").strip())
"""

RESTART = "import microcontroller; microcontroller.reset()"


class Transport(Protocol):
    """What we need of mpremote.transport_serial.SerialTransport."""

    def enter_raw_repl(self, soft_reset: bool = True) -> None: ...
    def exec(self, command: str) -> bytes: ...
    def exec_raw_no_follow(self, command: str) -> None: ...
    def close(self) -> None: ...


def consoles() -> list[str]:
    """Consoles of CircuitPython boards."""
    from adafruit_board_toolkit import circuitpython_serial

    return sorted(port.device for port in circuitpython_serial.repl_comports())


def connect(path: str) -> Transport:
    """Open mpremote's transport. Raises LinkBroken."""
    from mpremote.transport_serial import SerialTransport, TransportError

    try:
        return SerialTransport(path, baudrate=115200)
    except (TransportError, OSError) as error:
        raise LinkBroken(
            f"The console on {path} cannot be opened; nothing was changed. Close other programs that use it."
        ) from error


def blocks(
    transport: Transport, progress: Callable[[int, int], None] | None = None, root: str = "/journal"
) -> list[bytes]:
    """Every whole block of the log. Raises EmptyLog, LinkBroken; restarts the board at the end."""
    try:
        try:
            transport.enter_raw_repl(soft_reset=False)
            counts = transport.exec(f"ROOT = {root!r}\n{OPEN}").split()
            logs, size = int(counts[-2]), int(counts[-1])
            found = []
            for start in range(0, size, AT_ONCE * block.SIZE):
                end = min(size, start + AT_ONCE * block.SIZE)
                for line in transport.exec(READ % (start, end)).split():
                    found.append(binascii.a2b_base64(line))
                if progress:
                    progress(end, size)
        except RetrostepError:
            raise
        except Exception as error:  # mpremote raises its own kinds, serial ones and bare ValueErrors
            raise _stopped(error) from error
        finally:
            with contextlib.suppress(Exception):
                transport.exec_raw_no_follow(RESTART)
    finally:
        transport.close()
    if not logs or not found:
        raise EmptyLog("There is no log on the board's drive. Nothing was changed; `retrostep doctor` looks closer.")
    return [data for data in found if len(data) == block.SIZE and block.check(data)]


def _stopped(error: Exception) -> RetrostepError:
    if "ENOENT" in str(error) or "No such file" in str(error):
        return EmptyLog("There is no log on the board's drive. Nothing was changed; `retrostep doctor` looks closer.")
    return LinkBroken(
        "The board's console did not answer as CircuitPython does; the log on it is untouched. "
        "Press reset, wait 10 s and try again."
    )
