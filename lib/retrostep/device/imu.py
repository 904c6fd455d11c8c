# SPDX-License-Identifier: MIT
"""Motion sensor: an adafruit_lsm6ds driver plus the FIFO that it lacks, watched and restarted.

in    I2C bus, chip name and address of the board file, ranges of units.RANGES
out   `drain()`: samples in `batch` (array('h'), gyro x y z, acc x y z), at most 13 a call; `gap`, `gap_at`
      as imu/words.py names them; `take_log()`: reasons noticed; `due_ms()`: when so many samples wait
keeps its buffers and a copy of the control registers, to bring a reset chip back without waiting
from  LSM6DSOX DS12814 9.3-9.6, 9.13, 9.45-9.47; LSM6DS3TR-C DS11887 9.3-9.7, 9.34-9.37; AN5130 8 (LSM6DS33 alike)
but   a call blocks 4.4 ms for 26 tagged words at 400 kHz; `start` 0.2 s, or 30 ms where the chip runs already
"""
from array import array

from retrostep import compat
from retrostep import errors
from retrostep import units
from retrostep.device import clock
from retrostep.device.chips import CTRL1, INT1_CTRL, RESTING, STATUS, WATERMARK, WORDS  # numbers, packed in
from retrostep.imu import words

_QUIET_MS = 300  # no word for so long at 104 Hz (31 periods): look after the chip
_RETRY_MS = 200  # between two attempts, so that a chip that comes back is used within 1 s
_STUCK_SAMPLES = 520  # 5 s of one and the same sample; the 3 s of units.TAIL_S must not count as a fault
_CTRLS = 10  # CTRL1_XL to CTRL10_C


class Imu:
    """The sensor behind a FIFO. Construct, `start()`, then `drain()` at least every 2 s."""

    def __init__(self, i2c, name, address, acc_range_g, gyro_range_dps, others=()):
        """`others`: chips of the same dialect that may be there instead of `name`."""
        from retrostep.device import chips

        self._i2c = i2c
        self.renew = None  # gives the bus made anew, or None: not now
        self._address = address
        self._names = (name,) + tuple(others)
        self._tagged = chips.is_tagged(name)
        self._ranges = (acc_range_g, gyro_range_dps)
        self._fifo, self._data, self._depth, self._pace = chips.TAGGED if self._tagged else chips.PATTERN
        self._overrun = 0x48 if self._tagged else 0x40  # of the status' second byte
        if self._tagged:
            self._words = words.Tagged()
        else:
            from retrostep.imu.pattern import Pattern

            self._words = Pattern()
        self._most = WORDS if self._tagged else 3 * WORDS
        self._raw = bytearray(words.room(self._words, self._most))
        self._register = bytearray(1)
        self._two = bytearray(2)
        self._status = bytearray(4)
        self._controls = bytearray(_CTRLS + 1)
        self.batch = array("h", [0] * (words.SAMPLE * (WORDS // 2 + 1)))
        self.gap = 0
        self.gap_at = 0
        self.level = 0  # samples left in the FIFO after the last drain
        self.is_alive = False
        self.is_resting = False
        self.restarts = 0
        self.lost = 0  # samples that the FIFO overwrote, since boot
        self._is_set_up = False
        self._log = 0
        self._told_missing = False
        self._seen_ms = self._tried_ms = clock.ms()
        self._held_ms = self._seen_ms
        self._held = self._same = 0

    def ranges(self, acc_range_g, gyro_range_dps):
        """Other full scales, from the next `start` on. True when they differ from those in force."""
        if self._ranges == (acc_range_g, gyro_range_dps):
            return False
        self._ranges = (acc_range_g, gyro_range_dps)
        return True

    # bus --------------------------------------------------------------------------------------------------
    def _read(self, register, buffer, count):
        i2c = self._i2c
        while not i2c.try_lock():
            pass
        try:
            self._register[0] = register
            i2c.writeto_then_readfrom(self._address, self._register, buffer, in_end=count)
        finally:
            i2c.unlock()

    def _write(self, buffer):
        i2c = self._i2c
        while not i2c.try_lock():
            pass
        try:
            i2c.writeto(self._address, buffer)
        finally:
            i2c.unlock()

    def _set(self, register, value):
        self._two[0] = register
        self._two[1] = value
        self._write(self._two)

    def _set_all(self, pairs):
        for at in range(0, len(pairs), 2):
            self._set(pairs[at], pairs[at + 1])

    # life -------------------------------------------------------------------------------------------------
    def start(self):
        """Find and configure the chip. True when its FIFO runs; else the reason is in the log."""
        from retrostep.device import find

        self._tried_ms = clock.ms()
        try:
            codes = find.codes(self._names[0], *self._ranges)
            level = find.going(self, codes)
            if level < 0:
                find.begin(self)
            controls = self._controls
            self._read(CTRL1, controls, _CTRLS)
            for at in range(_CTRLS, 0, -1):  # leave room for the register number in front
                controls[at] = controls[at - 1]
            controls[0] = CTRL1
            if level >= 0:
                self._begin(level)
            else:
                controls[1] = controls[1] & 0xF3 | codes[0]
                controls[2] = controls[2] & 0xF1 | codes[1]
                self._write(controls)
                self._start_fifo()
        except (OSError, ValueError, RuntimeError, AttributeError):  # the last: there is no bus
            self._missing()
            return False
        finally:
            del find  # with the drivers 23 kB, for a moment only
            compat.forget("retrostep.device.find")
            compat.forget("retrostep.device.chips")
            compat.forget("adafruit_lsm6ds")
            compat.forget("adafruit_register")
        self._is_set_up = True
        return True

    def _start_fifo(self):
        self._set(INT1_CTRL, WATERMARK)
        self._set_all(self._fifo)
        self._begin(0)

    def _begin(self, level):
        """The FIFO runs and holds `level` words."""
        self._words.restart()
        self.is_resting = False
        self._watermark = WORDS // 2
        self._seen_ms = clock.ms()
        self._held_ms = self._seen_ms
        self._held = level // self._words.words_per_sample  # samples in the FIFO at that moment
        self._same = 0
        self.is_alive = True
        self._told_missing = False

    def _missing(self):
        """Nobody answers. After a time-out an nRF52840's bus is dead until it is made anew."""
        self.is_alive = False
        if self.renew is not None:
            self._i2c = self.renew()
        if not self._told_missing:
            self._told_missing = True
            self._note(errors.IMU_MISSING)

    def _restart(self, reason):
        """Bring a chip that was reset, unplugged or stuck back, in about 2 ms. True when the FIFO runs again."""
        self._tried_ms = clock.ms()
        if not self._is_set_up:
            return self.start()
        try:
            self._set(0x12, 0x01)  # CTRL3_C, SW_RESET: 50 us (DS12814 table 4)
            self._read(0x12, self._status, 1)
            if self._status[0] & 1:
                raise OSError(reason)
            self._write(self._controls)
            quiet = clock.since(self._seen_ms)
            self._start_fifo()
        except (OSError, AttributeError):
            self._missing()
            return False
        self.gap = max(1, int(quiet * units.RATE_HZ / 1000))
        self.gap_at = 0
        self.restarts += 1
        if reason:
            self._note(reason)
        self._note(errors.IMU_RESTARTED)
        return True

    def _note(self, reason):
        self._log |= 1 << (reason - errors.IMU_MISSING)

    def waiting(self):
        """Samples made since the last drain, by the clock: what the FIFO holds now, roughly."""
        if not self.is_alive:
            return 0
        made = self._held + clock.since(self._held_ms) * 104 // 1000
        return min(made, self._depth // self._words.words_per_sample)

    def is_full(self):
        """Nobody has drained the FIFO for as long as it holds."""
        return self.waiting() * self._words.words_per_sample >= self._depth

    def due_ms(self, samples=0):
        """Milliseconds until so many samples wait (INT1 rises then, or a sample sooner), at rest until a second of them
        does; or until a sensor that is away is looked for again."""
        if not self.is_alive:
            return _RETRY_MS + 1 - clock.since(self._tried_ms)
        if self.is_resting:
            samples = RESTING
        else:
            at = WORDS // 2 if samples > 7 else 6
            if at != self._watermark:
                try:
                    self._set(self._fifo[2], at * self._words.words_per_sample)
                    self._watermark = at
                except OSError:  # `drain` finds out
                    pass
        return (samples - self.waiting()) * 1000 // 104

    def rest(self, is_resting):
        """Nobody moves: the chip hands its samples over once a second, and calls when somebody begins to. It goes on
        sampling at full rate with both sensors, so nothing that leads up to a step is missing."""
        if is_resting == self.is_resting or not self.is_alive:
            return
        try:
            self._set_all(self._pace[is_resting])
            self.is_resting = is_resting
            self._watermark = WORDS // 2
        except OSError:  # `drain` finds out
            pass

    def silence(self, least):
        """Samples that should have come since the last one, if at least so many; they are not told again."""
        missed = clock.since(self._seen_ms) * 104 // 1000
        if missed < least:
            return 0
        self._seen_ms = clock.ms()
        return missed

    def take_log(self):
        """Bit n set: reason 32 + n of retrostep.errors was noticed since the last call."""
        log = self._log
        self._log = 0
        return log

    # samples ----------------------------------------------------------------------------------------------
    def drain(self, least=WORDS // 2):
        """Samples read into `batch` once `least` of them wait, else 0. Never raises for the bus's sake.

        A whole batch at a time costs the fewest bus bits; `least` 1 empties the FIFO at the end of a session."""
        decoder = self._words
        per = decoder.words_per_sample
        least *= per
        self.gap = 0
        self.level = 0
        if not self.is_alive:
            if clock.since(self._tried_ms) >= _RETRY_MS:
                self._restart(None)
            return 0
        i2c, register = self._i2c, self._register  # of four in a line the board makes a tuple
        status, raw = self._status, self._raw
        most = self._most
        count = 0
        try:
            while not i2c.try_lock():
                pass
            try:
                register[0] = STATUS
                i2c.writeto_then_readfrom(self._address, register, status, in_end=2 if self._tagged else 4)
                level = self._level()
                count = level if level < most else most
                if count < least and count < most:
                    count = 0
                count -= (count + decoder.held) % per  # what ends whole is copied at once
                if count > 0:
                    now = clock.ms()
                    register[0] = self._data
                    i2c.writeto_then_readfrom(self._address, register, raw, in_end=count * decoder.word_bytes)
            finally:
                i2c.unlock()
        except OSError:
            count = 0
        if count <= 0:
            if clock.since(self._seen_ms) > _QUIET_MS and clock.since(self._tried_ms) >= _RETRY_MS:
                self._restart(None)
            return 0
        lost = 0
        overrun = status[1] & self._overrun
        if overrun:
            passed = clock.since(self._held_ms) - clock.since(now)
            made = self._held + (passed * 104 + 999) // 1000
            lost = max(0, made - level // per)
            self._note(errors.FIFO_OVERRUN)
        samples = decoder.decode(raw, count, self.batch, status[2] if not self._tagged else 0)
        self.level = (level - count) // per
        self.gap = decoder.gap
        self.gap_at = decoder.gap_at
        if overrun:  # the slots tell the loss modulo 4, the clock tells it within a few samples
            self.gap = max(self.gap, lost + 1 - ((lost + 1 - self.gap) & 3) if self._tagged else lost)
            self.lost += self.gap
        self._held = self.level
        self._held_ms = self._seen_ms = now
        if samples and self._is_stuck(samples):
            self._restart(errors.IMU_STUCK)
            self.gap = 0
        return samples

    def _level(self):
        """Words in the FIFO, as its status says."""
        return self._status[0] | (self._status[1] & (3 if self._tagged else 15)) << 8

    def _is_stuck(self, samples):
        batch = self.batch
        last = (samples - 1) * words.SAMPLE
        for axis in range(words.SAMPLE):
            if batch[axis] != batch[last + axis]:
                self._same = 0
                return False
        self._same += samples
        return self._same >= _STUCK_SAMPLES
