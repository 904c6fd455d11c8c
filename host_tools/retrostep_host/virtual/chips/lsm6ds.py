# SPDX-License-Identifier: MIT
"""What every LSM6DS motion sensor has in common: identity, rates, ranges, output registers, time.

in    register traffic; a `Stream` of samples; a clock in ns
out   register values; INT1 as a level and the time of its next change
keeps the stream and the instant at which it began: the first moment at which the firmware had both sensors and
      the FIFO running, so that the first word of the FIFO is sample 0 however long booting took
from  LSM6DSOX datasheet DS12814 (9: registers), LSM6DS3TR-C DS11914, LSM6DS33 DS10931
but   of the interrupts only wake-up, by the slope of neighbouring samples, not latched, weighed by 1/64 of full scale
not   embedded functions (pedometer, machine learning core), self-test, SPI, low-power noise, filters
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from retrostep_host.virtual.chips.registers import Clock, RegisterDevice
from retrostep_host.virtual.chips.stream import Stream

if TYPE_CHECKING:
    import numpy as np

FUNC_CFG_ACCESS, INT1_CTRL, WHO_AM_I = 0x01, 0x0D, 0x0F
WAKE_UP_SRC, TAP_CFG, WAKE_UP_THS, MD1_CFG = 0x1B, 0x58, 0x5B, 0x5E
CTRL1_XL, CTRL2_G, CTRL3_C = 0x10, 0x11, 0x12
STATUS_REG, OUT_TEMP_L, OUTX_L_G, OUTZ_H_A = 0x1E, 0x20, 0x22, 0x2D
ODR_HZ = (0.0, 12.5, 26.0, 52.0, 104.0, 208.0, 416.0, 833.0, 1666.0, 3332.0, 6664.0, 1.6)
GYRO_RANGE = (250, 500, 1000, 2000)
_AT_REST = -(1 << 40)  # sample index of a stream that is held back


class Lsm6ds(RegisterDevice):
    """Base of the models. A subclass brings the FIFO: `_fifo_rate_hz`, `_push`, `_fifo_reset`, `_int1`.

    Faults for tests: `present` (unplugged), `stuck` (repeats one sample), `rate_error` (share by which the
    chip's own clock is off; the datasheet allows 0.05).
    """

    WHO = 0x6C
    ACC_RANGE: tuple[int, ...] = (2, 16, 4, 8)
    INTERRUPTS_ENABLE = 0x80  # of TAP_CFG; the LSM6DS33 has none
    DEPTH_SAMPLES = 256

    def __init__(self, clock: Clock, address: int = 0x6A, rate_error: float = 0.0) -> None:
        self.rate_error = rate_error
        self.stuck = False
        self.stream = Stream()
        self.fed = False
        self.held = False  # at rest until `let_go`, however long the firmware has been listening
        self.began_ns: int | None = None
        self.read_out = 0  # stream samples that left the FIFO by being read
        self.lost = 0  # samples overwritten before they were read
        self.on_done: Callable[[], None] | None = None
        self.on_int1: Callable[[bool], None] | None = None
        self.int1 = False
        self._done_told = False
        super().__init__(address, clock)

    # feeding ----------------------------------------------------------------------------------------------
    def feed(self, words: np.ndarray, rate_hz: float = 104.0, acc_range_g: int = 8, gyro_range_dps: int = 1000) -> None:
        """Let the chip feel these samples, from the moment the firmware has its FIFO running."""
        self.stream = Stream(words, rate_hz, acc_range_g, gyro_range_dps)
        self.fed = True
        self.began_ns = None
        self.read_out = self.lost = 0
        self._done_told = False
        if self._armed_ns is not None:
            self._arm()

    def let_go(self) -> None:
        """A stream that was held begins with the next sample."""
        if self.held:
            self.advance()
            self.held, self.began_ns = False, self.clock()
            if self._armed_ns is not None:
                self._base = -int(self._ticks * self.stream.rate_hz / self._rate + 1e-6)

    @property
    def done(self) -> bool:
        """The last sample of the stream was read out of the FIFO (or overwritten there)."""
        return self.fed and self.read_out >= len(self.stream)

    @property
    def acc_range_g(self) -> int:
        return self.ACC_RANGE[(self.regs[CTRL1_XL] >> 2) & 3]

    @property
    def gyro_range_dps(self) -> int:
        value = self.regs[CTRL2_G]
        return 125 if value & 2 else GYRO_RANGE[(value >> 2) & 3]

    # power and registers ----------------------------------------------------------------------------------
    def power_on(self) -> None:
        """As after power-on. A stream that had begun goes on in time: whatever passes meanwhile is lost."""
        super().power_on()
        self._bank = bytearray(256)
        self.regs[WHO_AM_I] = self.WHO
        self.regs[CTRL3_C] = 0x04  # IF_INC
        self._armed_ns: int | None = None
        self._latched = bytes(12)
        self._before: tuple[int, ...] | None = None  # the acceleration one sample ago
        self._woken = False
        self._fifo_reset()
        self._set_int1(False)

    def after(self, register: int) -> int:
        return (register + 1) & 0xFF if self.regs[CTRL3_C] & 0x04 else register

    def start(self, read: bool) -> bool:
        if self.present:
            self.advance()
            if read:  # block data update: a burst never mixes two samples
                self._latched = self._sample(self._stream_index(self.clock()))
        return super().start(read)

    def stop(self) -> None:
        super().stop()
        if self.present:
            self._refresh_int1()

    def on_write(self, register: int, value: int) -> None:
        if register != FUNC_CFG_ACCESS and self.regs[FUNC_CFG_ACCESS] & 0xC0:
            self._bank[register] = value  # embedded-function and sensor-hub pages do not alias the user page
            return
        if register == CTRL3_C and value & 0x81:  # SW_RESET or BOOT: done before the next transaction
            self.power_on()
            return
        if register in (WHO_AM_I, STATUS_REG) or OUT_TEMP_L <= register <= OUTZ_H_A:
            return
        self.regs[register] = value
        self._rearm()

    def on_read(self, register: int) -> int:
        if register != FUNC_CFG_ACCESS and self.regs[FUNC_CFG_ACCESS] & 0xC0 and register != WHO_AM_I:
            return self._bank[register]
        if register == WAKE_UP_SRC:
            return 0x08 if self._woken else 0
        if register == STATUS_REG:
            return (1 if self.regs[CTRL1_XL] >> 4 else 0) | (2 if self.regs[CTRL2_G] >> 4 else 0)
        if OUTX_L_G <= register <= OUTZ_H_A:
            odr = self.regs[CTRL2_G if register < 0x28 else CTRL1_XL] >> 4
            return self._latched[register - OUTX_L_G] if odr else 0
        return self.regs[register]

    # time -------------------------------------------------------------------------------------------------
    def _fifo_rate_hz(self) -> float:
        """Samples a second that both sensors put into the FIFO; 0.0 while anything of it is off."""
        raise NotImplementedError

    def _push(self, index: int, sample: bytes) -> None:
        raise NotImplementedError

    def _fifo_reset(self) -> None:
        raise NotImplementedError

    def _int1(self) -> bool:
        """Level of INT1 from the FIFO's state."""
        raise NotImplementedError

    def _samples_until_int1(self) -> int | None:
        """Samples to come before INT1 rises, or None when it will not."""
        raise NotImplementedError

    def _rearm(self) -> None:
        rate = self._fifo_rate_hz()
        if rate and self._armed_ns is None:
            self._arm()
        elif not rate and self._armed_ns is not None:
            self._armed_ns = None
            self._fifo_reset()
        elif rate and rate != self._rate:
            self._arm()

    def _arm(self) -> None:
        now = self.clock()
        self._armed_ns, self._ticks, self._rate = now, 0, self._fifo_rate_hz()
        self._period_ns = 1e9 / (self._rate * (1.0 + self.rate_error))
        if self.began_ns is None and not self.held:
            self.began_ns = now
        self._base = self._stream_index(now)

    def _stream_index(self, now: int) -> int:
        if self.held:
            return _AT_REST + int(now * self.stream.rate_hz / 1e9)
        if self.began_ns is None:
            return 0
        return int((now - self.began_ns) * self.stream.rate_hz * (1.0 + self.rate_error) / 1e9 + 1e-6)

    def _sample(self, index: int) -> bytes:
        return self.stream.sample(0 if self.stuck else index, self.acc_range_g, self.gyro_range_dps)

    def advance(self) -> None:
        """Put into the FIFO whatever was sampled since the last look at the clock."""
        if self._armed_ns is None or not self.present:
            return
        due = int((self.clock() - self._armed_ns) / self._period_ns + 1e-6)
        skip = due - self._ticks - 4 * self.DEPTH_SAMPLES
        if skip > 0:  # a board that slept for minutes: only what can still matter is made
            self._ticks += skip
            self.lost += skip
            self._skipped(skip)
        step = self.stream.rate_hz / self._rate
        while self._ticks < due:
            index = self._base + int(self._ticks * step + 1e-6)
            sample = self._sample(index)
            self._push(index, sample)
            self._before, self._woken = self._slope(sample, self._before)
            self._ticks += 1

    def _slope(self, sample: bytes, before: tuple[int, ...] | None) -> tuple[tuple[int, ...], bool]:
        """The acceleration in counts, and whether half its change exceeds WAKE_UP_THS on an axis."""
        now = struct.unpack_from("<3h", sample, 6)
        if self.regs[TAP_CFG] & self.INTERRUPTS_ENABLE != self.INTERRUPTS_ENABLE or before is None:
            return now, False
        threshold = 2 * 512 * (self.regs[WAKE_UP_THS] & 0x3F)  # counts: full scale / 64 is 512
        return now, any(abs(a - b) > threshold for a, b in zip(now, before, strict=True))

    def _samples_until_woken(self, most: int) -> int | None:
        """Samples to come, of `most`, before somebody moves; None: nobody will."""
        if not self.regs[MD1_CFG] & 0x20:
            return None
        step, before = self.stream.rate_hz / self._rate, self._before
        for ahead in range(most):
            sample = self._sample(self._base + int((self._ticks + ahead) * step + 1e-6))
            before, woken = self._slope(sample, before)
            if woken:
                return ahead + 1
        return None

    def _skipped(self, samples: int) -> None:
        """`samples` were never made; the FIFO is about to overrun anyway."""

    def _left(self, index: int) -> None:
        """Sample `index` of the stream left the FIFO, read or overwritten."""
        if index + 1 > self.read_out:
            self.read_out = index + 1
        if self.done and not self._done_told:
            self._done_told = True
            if self.on_done:
                self.on_done()

    # INT1 -------------------------------------------------------------------------------------------------
    def next_int1_ns(self) -> int | None:
        """When INT1 will rise if nobody touches the chip, in clock time; None: it will not. Now, if it is high."""
        self.advance()
        if self._armed_ns is None or not self.present:
            return None
        wait = self._samples_until_int1()
        woken = self._samples_until_woken(self.DEPTH_SAMPLES if wait is None else wait)
        if woken is not None:
            wait = woken
        if wait is None:
            return None
        return self.clock() if wait <= 0 else int(self._armed_ns + (self._ticks + wait) * self._period_ns) + 1

    def refresh(self) -> bool:
        """The level of INT1 now; `on_int1` is told when it changed."""
        self.advance()
        self._refresh_int1()
        return self.int1

    def _refresh_int1(self) -> None:
        woken = self._woken and self.regs[MD1_CFG] & 0x20
        self._set_int1(bool(self.present and (woken or self._int1())))

    def _set_int1(self, level: bool) -> None:
        if level != self.int1:
            self.int1 = level
            if self.on_int1:
                self.on_int1(level)
