# SPDX-License-Identifier: MIT
"""Words: what an LSM6DS FIFO hands out becomes samples, in both dialects; a gyro word never meets a foreign acc word.

in    raw bytes of a burst read: tagged words of 7 bytes (LSM6DSOX, ISM330DHCX, LSM6DSO32) or pattern words of 2
      (LSM6DS33, LSM6DS3, LSM6DS3TR-C)
out   int16 counts gyro x y z, acc x y z, in chip axes, into a preallocated array('h'); `gap` samples known to
      be lost and `gap_at`, the sample of this batch before which they are missing
keeps half a sample between two reads; allocates nothing per sample
from  ST LSM6DSOX DS12814 9.46 FIFO_DATA_OUT_TAG; LSM6DS3TR-C DS11887 9.36 FIFO_STATUS3, AN5130 8.6
but   1. the tag's parity is even over all eight bits; a word that breaks it is dropped and counted
not   how many samples an overrun lost: a tag counts slots modulo 4 only, device/imu.py adds the clock
"""
from array import array

SAMPLE = 6  # counts a sample
TAG_GYRO = 1
TAG_ACC = 2
TAGGED_BYTES = 7
PATTERN_BYTES = 2


def _odd(value):
    value ^= value >> 4
    value ^= value >> 2
    value ^= value >> 1
    return value & 1


class Tagged:
    """Tagged words.  bit 7..3 sensor | 2..1 time slot modulo 4 | 0 parity, then x y z, little-endian int16."""

    word_bytes = TAGGED_BYTES
    words_per_sample = 2

    def __init__(self):
        self._half = array("h", [0] * SAMPLE)
        self.damaged = 0
        self.restart()

    def restart(self):
        """Forget the half sample and the slot: the FIFO was emptied."""
        self._slot = -1
        self._have = 0
        self.gap = 0
        self.gap_at = 0

    def decode(self, raw, words, out, pattern=0):
        """Samples written to `out` from its start; `gap` and `gap_at` are set for this batch."""
        self.gap = 0
        self.gap_at = 0
        half = self._half
        count = 0
        at = 0
        for _ in range(words):
            tag = raw[at]
            sensor = tag >> 3
            if _odd(tag):
                self.damaged += 1
            elif sensor == TAG_GYRO or sensor == TAG_ACC:
                slot = (tag >> 1) & 3
                if slot != self._slot or self._have & sensor:
                    missing = (slot - self._slot - 1) & 3 if self._slot >= 0 else 0
                    if self._have == TAG_GYRO or self._have == TAG_ACC:
                        missing += 1  # the slot before never got its other half
                    if missing:
                        if not self.gap:
                            self.gap_at = count
                        self.gap += missing
                    self._slot = slot
                    self._have = 0
                base = 0 if sensor == TAG_GYRO else 3
                for axis in range(3):
                    value = raw[at + 1 + 2 * axis] | raw[at + 2 + 2 * axis] << 8
                    half[base + axis] = value - 65536 if value > 32767 else value
                self._have |= sensor
                if self._have == 3:
                    start = count * SAMPLE
                    for axis in range(SAMPLE):
                        out[start + axis] = half[axis]
                    count += 1
            at += TAGGED_BYTES
        return count


class Pattern:
    """Pattern words: six a sample, gyro x y z then acc x y z; the chip says which one comes first."""

    word_bytes = PATTERN_BYTES
    words_per_sample = 6

    def __init__(self):
        self._half = array("h", [0] * SAMPLE)
        self.damaged = 0
        self.restart()

    def restart(self):
        """Forget the half sample: the FIFO was emptied."""
        self._next = 0
        self._whole = True
        self.gap = 0
        self.gap_at = 0

    def decode(self, raw, words, out, pattern=0):
        """Samples written to `out`; `pattern` is the chip's FIFO_STATUS3 for the first word of `raw`."""
        self.gap = 0
        self.gap_at = 0
        half = self._half
        if pattern != self._next:
            if self._next or pattern:
                self.gap = 1  # at least the sample that was cut in two
            self._whole = pattern == 0
            self._next = pattern
        count = 0
        for at in range(0, words * PATTERN_BYTES, PATTERN_BYTES):
            if self._next == 0:
                self._whole = True
            value = raw[at] | raw[at + 1] << 8
            half[self._next] = value - 65536 if value > 32767 else value
            self._next += 1
            if self._next == SAMPLE:
                self._next = 0
                if self._whole:
                    start = count * SAMPLE
                    for axis in range(SAMPLE):
                        out[start + axis] = half[axis]
                    count += 1
        return count
