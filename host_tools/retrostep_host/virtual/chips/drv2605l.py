# SPDX-License-Identifier: MIT
"""DRV2605L haptic driver: what the wearer would feel, and when.

in    register traffic, clock in ns
out   `felt`: one `Buzz` for every stretch of constant drive
keeps the registers and the list of buzzes
from  TI DRV2605L datasheet SLOS854D: register map 8.6, waveform library table 8.7.2, real-time playback 8.3.5.2
but   the datasheet does not print how long library effects last; apart from the two alerts that carry their
      length in the name, lengths are nominal (kind of effect), good for "it buzzed now", not for measuring
not   audio-to-vibe, PWM input, external trigger, auto-calibration (accepted, silent)
"""

from __future__ import annotations

from typing import NamedTuple

from retrostep_host.virtual.chips.registers import Clock, RegisterDevice

STATUS, MODE, RTP, LIBRARY, SLOT0, GO = 0x00, 0x01, 0x02, 0x03, 0x04, 0x0C
CONTROL3 = 0x1D
INTERNAL_TRIGGER, REALTIME = 0, 5
POWER_ON = {
    STATUS: 0xE0,  # device id 7: DRV2605L
    MODE: 0x40,  # standby
    LIBRARY: 0x01,
    SLOT0: 0x01,
    0x11: 0x05,
    0x12: 0x19,
    0x13: 0xFF,
    0x14: 0x19,
    0x15: 0xFF,
    0x16: 0x3E,
    0x17: 0x8C,
    0x18: 0x0C,
    0x19: 0x6C,
    0x1A: 0x36,
    0x1B: 0x93,
    0x1C: 0xF5,
    CONTROL3: 0xA0,
    0x1E: 0x20,
}
_LONG_BUZZ_S = 10.0  # effect 118, "for programmatic stopping": the library's longest, 10 s at most


class Buzz(NamedTuple):
    """`t_s` since clock zero; kind "realtime" or "effect 14"; amplitude 0-1; seconds."""

    t_s: float
    kind: str
    amplitude: float
    duration_s: float


def effect(number: int) -> tuple[float, float]:
    """(amplitude 0-1, nominal seconds) of a library effect; (0, 0) for an empty slot."""
    if number in (15, 16):
        return 1.0, 0.75 if number == 15 else 1.0
    if number == 14:
        return 1.0, 0.2
    if 47 <= number <= 51:
        return 1.0 - 0.2 * (number - 47), 0.2
    if 52 <= number <= 57:
        return 1.0 if number % 2 == 0 else 0.6, 0.3
    if 70 <= number <= 117:  # transitions, ramp down and up
        return (1.0 if number < 94 or number >= 106 else 0.5), 0.5
    if number == 118:
        return 1.0, _LONG_BUZZ_S
    if 119 <= number <= 123:
        return 0.5 - 0.1 * (number - 119), 0.5
    if number in (10, 11, 12, 13) or 27 <= number <= 46:  # double, triple, sharp ticks in a row
        return 1.0, 0.25
    if 1 <= number <= 69:
        return (1.0, 0.6, 0.3)[(number - 1) % 3], 0.06
    return 0.0, 0.0


class Drv2605l(RegisterDevice):
    def __init__(self, clock: Clock, address: int = 0x5A) -> None:
        self._ended: list[Buzz] = []
        super().__init__(address, clock)

    def power_on(self) -> None:
        if hasattr(self, "_plan"):
            self._stop()
        super().power_on()
        for register, value in POWER_ON.items():
            self.regs[register] = value
        self._plan: list[tuple[int, int, str, float]] = []  # (start ns, end ns or -1, kind, amplitude)

    # what is felt -----------------------------------------------------------------------------------------
    @property
    def felt(self) -> list[Buzz]:
        """Every buzz so far, oldest first; one that still runs has its length up to now."""
        now = self.clock()
        running = [
            Buzz(start / 1e9, kind, amplitude, ((min(end, now) if end >= 0 else now) - start) / 1e9)
            for start, end, kind, amplitude in self._plan
            if start <= now
        ]
        return self._ended + running

    @property
    def buzzing(self) -> float:
        """Amplitude 0-1 now."""
        now = self.clock()
        return max((a for start, end, _, a in self._plan if start <= now and (end < 0 or now < end)), default=0.0)

    def _stop(self) -> None:
        """Whatever runs ends now; what has not begun never will."""
        now = self.clock()
        for start, end, kind, amplitude in self._plan:
            stop = now if end < 0 else min(end, now)
            if stop > start:
                self._ended.append(Buzz(start / 1e9, kind, amplitude, (stop - start) / 1e9))
        self._plan = []

    # registers --------------------------------------------------------------------------------------------
    def on_write(self, register: int, value: int) -> None:
        if register == STATUS:
            return
        if register == MODE and value & 0x80:  # DEV_RESET
            self.power_on()
            return
        before = self.regs[register]
        self.regs[register] = value
        mode = self.regs[MODE]
        if register == GO:
            self._stop()
            if value & 1 and mode & 0x47 == INTERNAL_TRIGGER:
                self._play()
        elif register == MODE and value != before or register == RTP and mode & 7 == REALTIME and value != before:
            self._stop()
            if mode & 0x47 == REALTIME and self._drive():
                self._plan = [(self.clock(), -1, "realtime", self._drive())]

    def on_read(self, register: int) -> int:
        if register == GO:
            now = self.clock()
            return int(any(now < end for _, end, kind, _ in self._plan if kind != "realtime"))
        return self.regs[register]

    def _drive(self) -> float:
        """Amplitude of the real-time register: signed unless CONTROL3's DATA_FORMAT_RTP says unsigned."""
        value = self.regs[RTP]
        if self.regs[CONTROL3] & 0x08:
            return value / 255
        return min(127, value if value < 128 else 256 - value) / 127

    def _play(self) -> None:
        at = self.clock()
        if not self.regs[LIBRARY] & 7:
            return
        for slot in range(8):
            value = self.regs[SLOT0 + slot]
            if value == 0:
                break
            if value & 0x80:  # a pause of 10 ms units
                at += (value & 0x7F) * 10_000_000
                continue
            amplitude, seconds = effect(value)
            if amplitude > 0.0:
                end = at + int(seconds * 1e9)
                self._plan.append((at, end, f"effect {value}", amplitude))
                at = end
