# SPDX-License-Identifier: MIT
"""LSM6DS3TR-C and its elders with an untagged FIFO (LSM6DS33, LSM6DS3).

in    register traffic, samples, clock (lsm6ds.py)
out   16-bit words at 0x3E/0x3F in the pattern gyro x y z, accelerometer x y z; the pattern register says which
      word comes next
keeps 2048 words (4 kB; the LSM6DS33 and LSM6DS3: 4096); in continuous mode the oldest words go first, so after an
      overrun the next word may stand in mid-pattern
from  LSM6DS3TR-C datasheet DS11914: FIFO_CTRL1-5 (0x06-0x0A), FIFO_STATUS1-4 (0x3A-0x3D); AN5130 section 8
but   decimation is 1 or off; third and fourth data set are not there
"""

from __future__ import annotations

from collections import deque

from retrostep_host.virtual.chips.lsm6ds import INT1_CTRL, ODR_HZ, Lsm6ds

FIFO_CTRL1, FIFO_CTRL2, FIFO_CTRL3, FIFO_CTRL4, FIFO_CTRL5 = 0x06, 0x07, 0x08, 0x09, 0x0A
FIFO_STATUS1, FIFO_STATUS2, FIFO_STATUS3, FIFO_STATUS4 = 0x3A, 0x3B, 0x3C, 0x3D
FIFO_DATA_L, FIFO_DATA_H = 0x3E, 0x3F
MODE_FIFO, MODE_CONTINUOUS = 1, 6
PATTERN = 6


class Lsm6ds3trc(Lsm6ds):
    WHO = 0x6A
    WORDS = 2048
    DEPTH_SAMPLES = WORDS // PATTERN

    def _fifo_reset(self) -> None:
        self._fifo: deque[tuple[int, int, bytes]] = deque()  # (sample index, place in the pattern, 2 bytes)
        self._overrun = False

    def _fifo_rate_hz(self) -> float:
        control = self.regs[FIFO_CTRL5]
        decimation = self.regs[FIFO_CTRL3]
        if control & 7 not in (MODE_FIFO, MODE_CONTINUOUS) or not (decimation & 7 and decimation >> 3 & 7):
            return 0.0
        if not (self.regs[0x10] >> 4 and self.regs[0x11] >> 4):
            return 0.0
        return ODR_HZ[min(control >> 3 & 15, 10)]

    def _watermark(self) -> int:
        return self.regs[FIFO_CTRL1] | (self.regs[FIFO_CTRL2] & self._high()) << 8

    def _high(self) -> int:
        return (self.WORDS >> 8) - 1  # bits of the level that stand in the second register

    def _push(self, index: int, sample: bytes) -> None:
        full = self.WORDS - PATTERN + 1
        if self.regs[FIFO_CTRL5] & 7 == MODE_FIFO and len(self._fifo) >= full:
            self._overrun = True
            self.lost += 1
            return
        for place in range(PATTERN):
            if len(self._fifo) >= self.WORDS - 1:
                self._overrun = True
                old, where, _ = self._fifo.popleft()
                if where == PATTERN - 1:
                    self.lost += 1
                    self._left(old)
            self._fifo.append((index, place, sample[2 * place : 2 * place + 2]))

    def on_write(self, register: int, value: int) -> None:
        if FIFO_STATUS1 <= register <= FIFO_DATA_H:
            return
        super().on_write(register, value)

    def on_read(self, register: int) -> int:
        if self.regs[1] & 0x80:
            return super().on_read(register)
        level = len(self._fifo)
        if register == FIFO_STATUS1:
            return level & 0xFF
        if register == FIFO_STATUS2:
            value = level >> 8 & self._high() | self._overrun << 6
            if not level:
                value |= 0x10
            if level >= self.WORDS - PATTERN:
                value |= 0x20
            if self._watermark() and level >= self._watermark():
                value |= 0x80
            return value
        if register in (FIFO_STATUS3, FIFO_STATUS4):
            return self._fifo[0][1] if register == FIFO_STATUS3 and self._fifo else 0
        if register == FIFO_DATA_L:
            return self._fifo[0][2][0] if self._fifo else 0
        if register == FIFO_DATA_H:
            if not self._fifo:
                return 0
            index, place, word = self._fifo.popleft()
            self._overrun = False
            if place == PATTERN - 1:
                self._left(index)
            return word[1]
        return super().on_read(register)

    def after(self, register: int) -> int:
        following = super().after(register)
        return FIFO_DATA_L if register == FIFO_DATA_H and following != register else following

    def _int1(self) -> bool:
        enabled, level = self.regs[INT1_CTRL], len(self._fifo)
        return bool(
            enabled & 0x08
            and self._watermark()
            and level >= self._watermark()
            or enabled & 0x10
            and self._overrun
            or enabled & 0x20
            and level >= self.WORDS - PATTERN
        )

    def _samples_until_int1(self) -> int | None:
        enabled = self.regs[INT1_CTRL]
        levels = []
        if enabled & 0x08 and self._watermark():
            levels.append(self._watermark())
        if enabled & 0x30:
            levels.append(self.WORDS - PATTERN)
        if not levels:
            return None
        return max(0, -(-(min(levels) - len(self._fifo)) // PATTERN))


class Lsm6ds33(Lsm6ds3trc):
    WHO = 0x69
    INTERRUPTS_ENABLE = 0
    WORDS = 4096
    DEPTH_SAMPLES = WORDS // PATTERN
