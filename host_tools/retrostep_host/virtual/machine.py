# SPDX-License-Identifier: MIT
"""Machine: one virtual board. Its clock, pins, bus, flash, USB and power; the shims are windows onto it.

in    a drive folder, chip models, a speed; commands from outside through `poll`
out   time that advances only by what the board does: sleeps, bus bits, flash erases, a cost per sample drained
keeps the marks of a real board: which pins are in use, what boot.py chose, who owns the flash
from  an emulated RP2040 (docs/contracts.md, "Used from outside"): 0.1 ms a bus call on top of its bits, 45 ms an erase
not   Python's own speed: a computer runs the same lines faster, so their cost is charged by the sample
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrostep_host import boards

if TYPE_CHECKING:
    from retrostep_host.virtual.disk import Disk
    from retrostep_host.virtual.usb import Usb

BUS_CALL_NS = 100_000  # a busio call from Python, without its bits
POLL_WALL_S = 0.02  # how often the outside is looked at while time runs free


class BoardStop(BaseException):
    """The program on the board stops here. Not an Exception: firmware must not be able to catch it."""


class Reset(BoardStop):
    """microcontroller.reset(), or the watchdog."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reload(BoardStop):
    """supervisor.reload(): code.py starts again, boot.py does not."""


class PowerCut(BoardStop):
    """Power is gone; what was not flushed is lost."""


class Quit(BoardStop):
    """The person at the keyboard had enough."""


class Pin:
    """A pin of the virtual chip: a name, a level, and who holds it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.level = True  # everything is pulled up unless something pulls it down
        self.in_use = False
        self.was_reset = False  # a light sleep took the pin back: an input without its pull-up reads low
        self.read: Callable[[], bool] | None = None  # a chip that drives it

    def __repr__(self) -> str:
        return f"board.{self.name}"

    def value(self) -> bool:
        return self.read() if self.read else self.level

    def claim(self) -> None:
        if self.in_use:
            raise ValueError(f"{self.name} in use")
        self.in_use = True

    def release(self) -> None:
        self.in_use = False


class Machine:
    """One board. `advance` is the only way time passes."""

    def __init__(self, drive: Path, facts: Any, disk: Disk, sample_cost_ns: int = 1_000_000, chip: str = "") -> None:
        self.drive = drive
        self.facts = facts
        self.disk = disk
        self.chip = boards.CHIPS.get(chip, boards.CHIPS["RP2040"])
        self.usb: Usb | None = None
        self.now_ns = 0
        self.realtime = False
        self.sample_cost_ns = sample_cost_ns
        self.pins: dict[str, Pin] = {}
        self._held = tuple(getattr(facts, "HOLD", ()))
        self.devices: dict[int, Any] = {}
        self.wires: dict[int, tuple[str, str]] = {}  # address -> SCL, SDA, where it matters
        self.bus_hangs = False  # the next call on a bus times out, and all others until that bus is made anew
        self.has_display = self.display_is_on = False
        self.pixel = b""
        self.usb_extra = [True, True]  # HID, MIDI
        self.ble = self.chip.has_ble
        self.imu: Any = None
        self.motor: Any = None
        self.analog: dict[str, Callable[[], int]] = {}
        self.in_boot_py = False
        self.writable = False
        self.drive_shown = True
        self.cdc = [True, False]  # console, data
        self.rtc_base: tuple[int, int] | None = None  # (UTC s, now_ns) when set
        self.reset_reason = "POWER_ON"
        self.watchdog_ns = 0  # timeout; 0: off
        self.fed_ns = 0
        self.feeds = 0  # passes of the firmware's loop, as far as it has a watchdog
        self.cut_at_ns: int | None = None
        self.previous_traceback: str | None = None
        self.on_poll: Callable[[], None] | None = None
        self.readers: list[Any] = []  # things with fileno() that may have something to say
        self.charged = 0
        self.meters = dict.fromkeys(("asleep_ns", "idle_ns", "wakes", "bus_calls", "bus_bytes"), 0)
        self.console_log: Callable[[str], None] | None = None
        self._timers: list[tuple[int, Callable[[], None]]] = []
        self._wall0 = 0.0
        self._virtual0 = 0
        self._polled = 0.0
        self._calls = 0
        self._polling = False

    # time -------------------------------------------------------------------------------------------------
    def at(self, when_ns: int, action: Callable[[], None]) -> None:
        """Call `action` once virtual time passes `when_ns`."""
        self._timers.append((when_ns, action))
        self._timers.sort(key=lambda timer: timer[0])

    def run_in_real_time(self) -> None:
        """From now on a virtual second takes a second."""
        self.realtime = True
        self._wall0, self._virtual0 = time.monotonic(), self.now_ns

    def advance(self, ns: int) -> None:
        """Let `ns` pass. Raises BoardStop for power cuts, resets and the end."""
        end = self.now_ns + max(0, int(ns))
        while self._timers and self._timers[0][0] <= end:
            when, action = self._timers.pop(0)
            self.now_ns = max(self.now_ns, when)
            action()
        if self.cut_at_ns is not None and end >= self.cut_at_ns:
            self.now_ns = max(self.now_ns, self.cut_at_ns)
            raise PowerCut
        self.now_ns = max(end, self.now_ns)
        if self.imu is not None and self.imu.read_out != self.charged:
            done = self.imu.read_out - self.imu.lost  # what was overwritten in the FIFO cost the board nothing
            new, self.charged = max(0, done - self.charged), max(done, self.charged)
            self.now_ns += new * self.sample_cost_ns
        if self.watchdog_ns and self.now_ns - self.fed_ns > self.watchdog_ns:
            raise Reset("WATCHDOG")
        self._breathe()

    def _breathe(self) -> None:
        """Look outside now and then; in real time wait until the wall clock is there."""
        if self._polling:
            return
        if self.realtime:
            ahead = (self.now_ns - self._virtual0) / 1e9 - (time.monotonic() - self._wall0)
            while ahead > 0.0005:
                ready, _, _ = select.select([r for r in self.readers if r.fileno() >= 0], [], [], ahead)
                self.poll()
                if ready and self.usb is not None and self.usb.has_input():
                    if ahead < 0.05:
                        return  # input shortens the waiting a little; virtual time stays close to the wall's
                    time.sleep(0.005)
                ahead = (self.now_ns - self._virtual0) / 1e9 - (time.monotonic() - self._wall0)
            if ahead < -1.0:  # the computer was suspended or busy: do not race to catch up
                self._wall0, self._virtual0 = time.monotonic(), self.now_ns
            return
        self._calls += 1
        if self._calls & 15 == 0 and time.monotonic() - self._polled > POLL_WALL_S:
            self.poll()

    def poll(self) -> None:
        """Let the outside speak: control socket, ports."""
        self._polled = time.monotonic()
        if self.on_poll is not None and not self._polling:
            self._polling = True
            try:
                self.on_poll()
            finally:
                self._polling = False

    # pins and bus -----------------------------------------------------------------------------------------
    def pin(self, name: str) -> Pin:
        if name not in self.pins:
            self.pins[name] = Pin(name)
        return self.pins[name]

    def powered(self) -> bool:
        """Every pin that the board file holds is held so: what hangs behind it has its power."""
        return all(self.pin(name).in_use and self.pin(name).level == level for name, level in self._held)

    def bus(
        self, frequency: int, address: int, out: Any, into: int, wires: tuple[str, str] | None = None
    ) -> bytes | None:
        """One transaction: write `out`, then read `into` bytes. None when nobody answers."""
        device = self.devices.get(address)
        if not self.powered() or (wires is not None and self.wires.get(address, wires) != wires):
            device = None
        count = (len(out) + 1 if out is not None else 0) + (into + 1 if into else 0)
        self.meters["bus_calls"] += 1
        self.meters["bus_bytes"] += count
        self.advance(BUS_CALL_NS + count * 9 * 1_000_000_000 // frequency)
        if device is None or not device.present:
            return None
        if out is not None:
            if not device.start(False):
                return None
            for value in out:
                device.write(value)
        data = b""
        if into:
            if not device.start(True):
                return None
            read = device.read
            data = bytes([read() for _ in range(into)])
        device.stop()
        return data

    # power ------------------------------------------------------------------------------------------------
    def devices_shown(self) -> str:
        """What a computer sees on the cable, as board files name it."""
        shown = (("console", self.cdc[0]), ("data", self.cdc[1]), ("drive", self.drive_shown))
        return " ".join(name for name, is_there in shown if is_there)

    def usb_fits(self) -> bool:
        """Whether the chip has the IN endpoints for what boot.py left on. CircuitPython goes to safe mode otherwise."""
        needs = 1 + 2 * sum(self.cdc) + self.drive_shown + sum(self.usb_extra)
        return needs <= self.chip.usb_in

    def power_up(self) -> None:
        """What a reset undoes before boot.py runs: its choices of last time, and any watchdog."""
        self.in_boot_py, self.writable, self.drive_shown = True, False, True
        self.cdc = [True, False]
        self.usb_extra = [True, self.chip.usb_in >= 8]  # espressif/mpconfigport.mk: no MIDI unless asked for
        self.ble = self.chip.has_ble
        self.display_is_on = self.has_display
        self.watchdog_ns = 0

    def soft_reset(self) -> None:
        """What CircuitPython undoes between two programs: pins, watchdog off, open files closed."""
        for pin in self.pins.values():
            pin.release()
        if self.chip.stops_watchdog:
            self.watchdog_ns = 0
        self.disk.close_all()
