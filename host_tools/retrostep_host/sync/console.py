# SPDX-License-Identifier: MIT
"""Console: read the log over a board's console, when its data channel is missing (older boot.py, safe mode).

in    the console's serial port; the board's REPL, reached by mpremote's transport
out   the blocks of both mirrors, to be carved like an image; nothing on the board is changed or released
but   it stops the firmware, and with it a walk: the caller asks first. The board restarts afterwards
from  CircuitPython's raw REPL; the board reads and encodes 231 kB/s of log (docs/reliability.md). Only blocks that hold
      something travel, and equal ones once
"""

from __future__ import annotations

import binascii
import contextlib
import io
import time
from collections.abc import Callable
from typing import Any, Protocol

from retrostep.journal import block

from retrostep_host.errors import EmptyLog, LinkBroken, RetrostepError
from retrostep_host.sync import find
from retrostep_host.sync.port import SerialPort

AT_ONCE = 64  # positions a request: answered within a second, well before the board's watchdog
DOG_S = 8  # s, as in the firmware; the most that an RP2040 can
SILENT_S = 10.0  # a board that says nothing for so long is gone
STOP_S = 3.0  # for the firmware to stop and for the prompt to come; tried TRIES times, as a board may be busy
QUIET_S = 0.4  # the board has said what it had to say
TRIES = 3

# CircuitPython stops the watchdog with the code. Started again, it brings the firmware back when nobody reads on: a
# pulled cable must not leave a board that never walks.
OPEN = """
import os, binascii
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
    """What we need of mpremote.transport_serial.SerialTransport."""

    def enter_raw_repl(self, soft_reset: bool = True) -> None: ...
    def exec(self, command: str) -> bytes: ...
    def exec_raw_no_follow(self, command: str) -> None: ...
    def close(self) -> None: ...


def consoles() -> list[str]:
    """Consoles of CircuitPython boards, virtual ones first."""
    from adafruit_board_toolkit import circuitpython_serial

    return find.virtual_ports("console") + sorted(port.device for port in circuitpython_serial.repl_comports())


class Console:
    """mpremote's transport, with the patience that a busy CircuitPython needs."""

    def __init__(self, path: str) -> None:
        from mpremote.transport_serial import SerialTransport

        # Without a timeout, two of its reads would wait for ever for a board that is gone.
        self._transport = SerialTransport(path, baudrate=115200, timeout=SILENT_S)
        self._serial: Any = self._transport.serial

    def enter_raw_repl(self, soft_reset: bool = True) -> None:
        """CircuitPython forgets the keys that arrive with a Ctrl-C, and asks for a key when the code has stopped: so
        one key after the other, each when the board is quiet. Its words are not read: they come in many languages."""
        for _ in range(TRIES):
            for keys in (b"\x03", b"\r\x02"):
                self._serial.write(keys)
                self._hear()
            self._serial.write(b"\x01")
            sign = b"raw REPL; CTRL-B to exit\r\n"
            if self._transport.read_until(1, sign, timeout=STOP_S).endswith(sign):
                self._transport.in_raw_repl = True
                return
        raise ValueError("no raw REPL")

    def _hear(self) -> None:
        """Wait until the board has said something and is quiet, at most STOP_S."""
        end, quiet = time.monotonic() + STOP_S, None
        while (now := time.monotonic()) < min(end, quiet or end):
            if self._serial.read(self._serial.in_waiting):
                quiet = now + QUIET_S
            time.sleep(0.01)

    def exec(self, command: str) -> bytes:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does not understand
            return self._transport.exec(command)

    def exec_raw_no_follow(self, command: str) -> None:
        """Raises when the board is not at its raw prompt; then it is asked to reload, as by hand."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                self._transport.exec_raw_no_follow(command)
        except Exception:
            self._serial.write(b"\x03\r\x02\x04")
            raise

    def close(self) -> None:
        with contextlib.suppress(OSError):  # a board that is gone has no lines to set
            self._transport.close()
        self._serial.close()


def connect(path: str) -> Transport:
    """Open mpremote's transport. Raises WrongPort, BusyPort."""
    SerialPort(path).close()  # mpremote does not say why it cannot open a port
    return Console(path)


def blocks(
    transport: Transport, progress: Callable[[int, int], None] | None = None, root: str = "/journal"
) -> list[bytes]:
    """Every whole block of the log. Raises EmptyLog, LinkBroken; restarts the board at the end."""
    logs, had, found = 0, 0, []
    try:
        try:
            transport.enter_raw_repl(soft_reset=False)
            counts = transport.exec(f"ROOT, MARK, DOG_S = {root!r}, {MARK!r}, {DOG_S}\n{OPEN}").split()
            had, logs, size = (int(count) for count in counts[-3:])
            for start in range(0, size, AT_ONCE * block.SIZE):
                end = min(size, start + AT_ONCE * block.SIZE)
                for line in transport.exec(READ % (start, end)).split():
                    found.append(binascii.a2b_base64(line))
                if progress:
                    progress(end, size)
        except Exception as error:  # mpremote raises its own kinds, serial ones and bare ValueErrors
            raise _stopped(error, logs > 0) from error
        finally:
            with contextlib.suppress(Exception):
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
    if has_answered or isinstance(error, OSError):
        return LinkBroken(
            "The board's console went away; nothing was stored, and the log on the board is untouched. "
            "Plug it in again, wait 10 s and run the same command."
        )
    return LinkBroken(
        "The board's console did not answer as CircuitPython does; the log on it is untouched. "
        "Press reset, wait 10 s and try again."
    )
