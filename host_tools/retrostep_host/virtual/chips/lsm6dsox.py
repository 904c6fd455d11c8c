# SPDX-License-Identifier: MIT
"""LSM6DSOX and its siblings with a tagged FIFO (ISM330DHCX, LSM6DSO32).

in    register traffic, samples, clock (lsm6ds.py)
out   7-byte words from 0x78: tag, x, y, z; the gyroscope's first, the accelerometer's second
keeps 512 words; in continuous mode the oldest go first and the overrun stays latched until it is read
from  LSM6DSOX datasheet DS12814: FIFO_CTRL1-4 (0x07-0x0A), FIFO_STATUS1-2 (0x3A-0x3B), FIFO_DATA_OUT (0x78-0x7E);
      AN5272 section 9 (a burst read wraps from 0x7E to 0x78)
but   1. compressed words, timestamps, temperature and sensor-hub words are not batched
      2. the word leaves the FIFO when its last byte, 0x7E, is read
"""

from __future__ import annotations

from collections import deque

from retrostep_host.virtual.chips.lsm6ds import INT1_CTRL, Lsm6ds

FIFO_CTRL1, FIFO_CTRL2, FIFO_CTRL3, FIFO_CTRL4 = 0x07, 0x08, 0x09, 0x0A
FIFO_STATUS1, FIFO_STATUS2 = 0x3A, 0x3B
FIFO_TAG, FIFO_LAST = 0x78, 0x7E
TAG_GYRO, TAG_ACC = 1, 2
MODE_FIFO, MODE_CONTINUOUS = 1, 6
BATCH_HZ = (0.0, 12.5, 26.0, 52.0, 104.0, 208.0, 417.0, 833.0, 1667.0, 3333.0, 6667.0, 6.5)
WORDS = 512


class Lsm6dsox(Lsm6ds):
    DEPTH_SAMPLES = WORDS // 2

    def _fifo_reset(self) -> None:
        self._fifo: deque[tuple[int, bytes]] = deque()  # (sample index, 7 bytes)
        self._tag_count = 0
        self._overrun = self._overrun_latched = False
        self._front: tuple[int, bytes] | None = None

    def _fifo_rate_hz(self) -> float:
        if self.regs[FIFO_CTRL4] & 7 not in (MODE_FIFO, MODE_CONTINUOUS):
            return 0.0
        batch = self.regs[FIFO_CTRL3]
        if not (batch & 15 and batch >> 4 and self.regs[0x10] >> 4 and self.regs[0x11] >> 4):
            return 0.0
        return BATCH_HZ[min(batch & 15, 11)]

    def _watermark(self) -> int:
        return self.regs[FIFO_CTRL1] | (self.regs[FIFO_CTRL2] & 1) << 8

    def _push(self, index: int, sample: bytes) -> None:
        self._tag_count = (self._tag_count + 1) & 3
        for sensor, data in ((TAG_GYRO, sample[:6]), (TAG_ACC, sample[6:])):
            tag = sensor << 3 | self._tag_count << 1
            tag |= bin(tag).count("1") & 1  # parity of the whole tag is even
            if len(self._fifo) >= WORDS:
                self._overrun = self._overrun_latched = True
                if self.regs[FIFO_CTRL4] & 7 == MODE_FIFO:
                    self.lost += sensor == TAG_ACC
                    return
                old, word = self._fifo.popleft()
                if word[0] >> 3 == TAG_ACC:
                    self.lost += 1
                    self._left(old)
            self._fifo.append((index, bytes((tag,)) + data))
        if len(self._fifo) >= WORDS:
            self._overrun = True  # FIFO_OVR_IA: completely filled

    def on_write(self, register: int, value: int) -> None:
        if FIFO_STATUS1 <= register <= FIFO_STATUS2 or FIFO_TAG <= register <= FIFO_LAST:
            return
        super().on_write(register, value)

    def on_read(self, register: int) -> int:
        if self.regs[1] & 0xC0:
            return super().on_read(register)
        if register == FIFO_STATUS1:
            return len(self._fifo) & 0xFF
        if register == FIFO_STATUS2:
            level = len(self._fifo)
            value = level >> 8 & 3 | self._overrun_latched << 3 | self._overrun << 6
            if level >= WORDS - 2:
                value |= 0x20
            if self._watermark() and level >= self._watermark():
                value |= 0x80
            self._overrun_latched = False
            return value
        if FIFO_TAG <= register <= FIFO_LAST:
            if self._front is None and self._fifo:
                self._front = self._fifo[0]
            value = self._front[1][register - FIFO_TAG] if self._front else 0
            if register == FIFO_LAST:
                self._pop()
            return value
        return super().on_read(register)

    def _pop(self) -> None:
        if self._front is not None and self._fifo and self._fifo[0] is self._front:
            self._fifo.popleft()
            self._overrun = False
            if self._front[1][0] >> 3 == TAG_ACC:
                self._left(self._front[0])
        self._front = None

    def after(self, register: int) -> int:
        following = super().after(register)
        return FIFO_TAG if register == FIFO_LAST and following != register else following

    def _int1(self) -> bool:
        enabled, level = self.regs[INT1_CTRL], len(self._fifo)
        return bool(
            enabled & 0x08
            and self._watermark()
            and level >= self._watermark()
            or enabled & 0x10
            and self._overrun
            or enabled & 0x20
            and level >= WORDS - 2
        )

    def _samples_until_int1(self) -> int | None:
        enabled = self.regs[INT1_CTRL]
        levels = []
        if enabled & 0x08 and self._watermark():
            levels.append(self._watermark())
        if enabled & 0x30:
            levels.append(WORDS - 2 if enabled & 0x20 else WORDS)
        if not levels:
            return None
        return max(0, (min(levels) - len(self._fifo) + 1) // 2)


class Ism330dhcx(Lsm6dsox):
    WHO = 0x6B


class Lsm6dso32(Lsm6dsox):
    ACC_RANGE = (4, 32, 8, 16)
