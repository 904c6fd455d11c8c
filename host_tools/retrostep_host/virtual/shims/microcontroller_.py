# SPDX-License-Identifier: MIT
"""microcontroller: id, non-volatile memory, reset, watchdog."""

from retrostep_host.virtual.machine import Pin, Reset
from retrostep_host.virtual.shims import module

_SECTOR_NS = 51_400_000  # an assignment erases and writes a sector
_PAGE_NS = 700_000  # one to bytes that are all ones programs a page


class Nvm:
    """4 KB that survive everything but the end of the board; kept in the drive folder, where a board cannot see it."""

    def __init__(self, machine):
        self._machine = machine
        self._path = machine.drive / ".nvm"
        self._bytes = bytearray(b"\xff" * 4096)
        if self._path.exists():
            kept = self._path.read_bytes()[:4096]
            self._bytes[: len(kept)] = kept

    def __len__(self):
        return len(self._bytes)

    def __bool__(self):
        return True

    def __getitem__(self, at):
        got = self._bytes[at]
        return bytearray(got) if isinstance(at, slice) else got

    def __setitem__(self, at, value):
        if isinstance(at, slice) and len(range(*at.indices(4096))) != len(value):
            raise ValueError("array/bytes required on right side")
        before = self._bytes[at] if isinstance(at, slice) else [self._bytes[at]]
        self._bytes[at] = value
        self._machine.advance(_PAGE_NS if all(byte == 255 for byte in before) else _SECTOR_NS)
        self._path.write_bytes(self._bytes)


class Cpu:
    def __init__(self, machine):
        self._machine = machine
        self.uid = machine.uid
        self.frequency = 125_000_000
        self.temperature = 27.0
        self.voltage = None

    @property
    def reset_reason(self):
        return getattr(ResetReason, self._machine.reset_reason)


class ResetReason:
    POWER_ON = "microcontroller.ResetReason.POWER_ON"
    BROWNOUT = "microcontroller.ResetReason.BROWNOUT"
    SOFTWARE = "microcontroller.ResetReason.SOFTWARE"
    DEEP_SLEEP_ALARM = "microcontroller.ResetReason.DEEP_SLEEP_ALARM"
    RESET_PIN = "microcontroller.ResetReason.RESET_PIN"
    WATCHDOG = "microcontroller.ResetReason.WATCHDOG"
    UNKNOWN = "microcontroller.ResetReason.UNKNOWN"
    RESCUE_DEBUG = "microcontroller.ResetReason.RESCUE_DEBUG"


class RunMode:
    NORMAL = "microcontroller.RunMode.NORMAL"
    SAFE_MODE = "microcontroller.RunMode.SAFE_MODE"
    UF2 = "microcontroller.RunMode.UF2"
    BOOTLOADER = "microcontroller.RunMode.BOOTLOADER"


class WatchDog:
    """watchdog.WatchDogTimer: RESET mode only, as on the RP2040."""

    def __init__(self, machine):
        self._machine = machine
        self._timeout = machine.watchdog_ns / 1e9  # one that nothing stops outlives a reload
        self._mode = "watchdog.WatchDogMode.RESET" if machine.watchdog_ns else None

    @property
    def timeout(self):
        return self._timeout

    @timeout.setter
    def timeout(self, seconds):
        if self._mode and not self._machine.chip.stops_watchdog:
            raise RuntimeError("timeout cannot be changed once mode is set to RESET")
        if not 0 < seconds <= 8.388607:  # RP2040: 24 bits of microseconds
            raise ValueError("timeout must be 1-8.388607")
        self._timeout = seconds
        if self._mode:
            self.mode = self._mode

    @property
    def mode(self):
        return self._mode

    @mode.setter
    def mode(self, mode):
        if mode is not None and "RAISE" in str(mode):
            raise NotImplementedError
        if mode is not None and not self._timeout:
            raise ValueError("timeout must be set first")
        if mode is None and self._mode and not self._machine.chip.stops_watchdog:
            raise RuntimeError("WatchDogTimer cannot be deinitialized once mode is set to RESET")
        self._mode = mode
        self._machine.watchdog_ns = int(self._timeout * 1e9) if mode else 0
        self._machine.fed_ns = self._machine.now_ns

    def feed(self):
        if not self._mode:
            raise ValueError("WatchDogTimer is not currently running")
        self._machine.fed_ns = self._machine.now_ns
        self._machine.feeds += 1

    def deinit(self):
        self.mode = None


def make(machine, interpreter):
    def reset():
        raise Reset("SOFTWARE")

    def delay_us(us):
        machine.advance(us * 1000)

    return module(
        "microcontroller",
        nvm=Nvm(machine),
        cpu=Cpu(machine),
        watchdog=WatchDog(machine),
        reset=reset,
        delay_us=delay_us,
        on_next_reset=lambda mode: None,
        disable_interrupts=lambda: None,
        enable_interrupts=lambda: None,
        ResetReason=ResetReason,
        RunMode=RunMode,
        Pin=Pin,
    )
