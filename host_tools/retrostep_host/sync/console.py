# SPDX-License-Identifier: MIT
"""Console: read the log over a board's console, when its data channel is missing (older boot.py, safe mode).

in    the console's serial port; the board's raw REPL (repl.py)
out   the blocks of both mirrors, to be carved like an image; nothing on the board is changed or released
but   it stops the firmware, and with it a walk: the caller asks first. The board restarts afterwards
from  CircuitPython's raw REPL; the board reads and encodes 231 kB/s of log (docs/reliability.md). Only blocks that hold
      something travel, and equal ones once
"""

from __future__ import annotations

import binascii
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from retrostep.journal import block

from retrostep_host import ranges
from retrostep_host.errors import EmptyLog, LinkBroken, RetrostepError
from retrostep_host.sync import find
from retrostep_host.sync.repl import Repl

AT_ONCE = 64  # positions a request: answered within a second, well before the board's watchdog
DOG_S = 8  # s, as in the firmware; the most that an RP2040 can
LOGS_MOST = 6  # folders of mirrors that a board makes (device/mirrors.py)
BEGIN_S, SLOWEST = 60.0, 1024  # s, and bytes a second, after which a console is given up

# CircuitPython stops the watchdog with the code. Started again, it brings the firmware back when nobody reads on: a
# pulled cable must not leave a board that never walks. Wants DOG_S.
WATCH = """
try:
    import microcontroller as mc, watchdog
    if mc.watchdog.mode is None:
        mc.watchdog.timeout = DOG_S
        mc.watchdog.mode = watchdog.WatchDogMode.RESET
except Exception:
    mc = None
def feed():
    try:
        mc.watchdog.feed()
    except Exception:
        pass
"""
OPEN = WATCH + """
import os, binascii
feed()
logs = []
try:
    names = sorted(os.listdir(ROOT))
except OSError:
    names = ()
for name in names:
    try:
        logs.append(open(ROOT + "/" + name + "/log.bin", "rb"))
    except OSError:
        pass
try:
    had = int(bytes(mc.nvm[0:4]) == MARK)
except Exception:
    had = 0
print(had, len(logs), max([file.seek(0, 2) for file in logs] + [0]))
"""

READ = """
for at in range(%d, %d, 512):
    feed()
    seen = []
    for file in logs:
        try:
            file.seek(at)
            data = file.read(512)
        except OSError:
            continue
        if data[:4] == b"RSJB" and data not in seen:
            seen.append(data)
            print(str(binascii.b2a_base64(data), "ascii").strip())
"""

MARK = b"RSW1"  # as retrostep.device.nvm has it: this board has had a log
RESTART = "import microcontroller; microcontroller.reset()"


class Transport(Protocol):
    """What we need of a Repl; tests have one without a board."""

    def enter_raw_repl(self) -> None: ...
    def exec(self, command: str) -> bytes: ...
    def exec_raw_no_follow(self, command: str) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Board:
    """One board's ports: its console, its data channel ("" without one), its USB serial number ("" in software)."""

    console: str
    data: str
    serial: str


def boards() -> list[Board]:
    """Boards with a console, virtual ones first; the serial number pairs the two channels of one board."""
    from adafruit_board_toolkit import circuitpython_serial

    virtual = [Board(one["console"], one.get("data", ""), "") for one in find.virtual_boards() if "console" in one]
    data = {port.serial_number: port.device for port in circuitpython_serial.data_comports() if port.serial_number}
    found = sorted(circuitpython_serial.repl_comports(), key=lambda port: port.device)
    real = [Board(one.device, data.get(one.serial_number, ""), one.serial_number or "") for one in found]
    return virtual + real


def consoles() -> list[str]:
    """Consoles of CircuitPython boards, virtual ones first."""
    return [board.console for board in boards()]


def connect(path: str) -> Transport:
    """Open a console. Raises WrongPort, BusyPort."""
    return Repl(path)


def blocks(
    transport: Transport, progress: Callable[[int, int], None] | None = None, root: str = "/journal"
) -> list[bytes]:
    """Every whole block of the log. Raises EmptyLog, LinkBroken; restarts the board at the end."""
    logs, had, found = 0, 0, []
    end = time.monotonic() + BEGIN_S
    try:
        try:
            transport.enter_raw_repl()
            counts = transport.exec(f"ROOT, MARK, DOG_S = {root!r}, {MARK!r}, {DOG_S}\n{OPEN}").split()
            had, count, size = (int(count) for count in counts[-3:])
            if not (0 <= count <= LOGS_MOST and 0 <= size <= ranges.LOG_MOST):
                raise ValueError("no log can be so")
            logs = count
            end += size / SLOWEST
            for start in range(0, size, AT_ONCE * block.SIZE):
                after = min(size, start + AT_ONCE * block.SIZE)
                for line in transport.exec(READ % (start, after)).split()[: logs * AT_ONCE]:
                    found.append(binascii.a2b_base64(line))
                if progress:
                    progress(after, size)
                if time.monotonic() > end:
                    raise ValueError("too slow")
        except (ValueError, RetrostepError) as error:  # what it said is not what was asked for; the cable went
            raise _stopped(error, logs > 0) from error
        finally:
            with contextlib.suppress(ValueError, RetrostepError):
                transport.exec_raw_no_follow(RESTART)
    finally:
        transport.close()
    if not logs and had:
        raise EmptyLog(VANISHED)
    if not found:
        raise EmptyLog("There is no walk on the board's drive. Nothing was changed; `retrostep doctor` looks closer.")
    return [data for data in found if len(data) == block.SIZE and block.check(data)]


VANISHED = (
    "There was a log on this board and it is gone: its drive was made anew or emptied. Before anything is copied onto "
    "the drive, save it whole as an image (`sudo dd if=/dev/sdX of=board.img`) and try `retrostep recover board.img`; "
    "`retrostep install` then makes the board walk again."
)


def _stopped(error: Exception, has_answered: bool) -> RetrostepError:
    if has_answered or isinstance(error, LinkBroken):
        return LinkBroken(
            "The board's console went away; nothing was stored, and the log on the board is untouched. "
            "Plug it in again, wait 10 s and run the same command."
        )
    return LinkBroken(
        "The board's console did not answer as CircuitPython does; the log on it is untouched. "
        "Press reset, wait 10 s and try again."
    )
