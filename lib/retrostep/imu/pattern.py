# SPDX-License-Identifier: MIT
"""Pattern: FIFO words of the older dialect become samples; apart, as a board has one dialect.

in    raw bytes of a burst read: words of 2 bytes (LSM6DS33, LSM6DS3, LSM6DS3TR-C)
out   as imu.words
keeps half a sample between two reads; allocates one tuple for seven samples
from  ST LSM6DS3TR-C DS11887 9.36 FIFO_STATUS3, AN5130 8.6
but   whole samples that begin where they should are copied seven at a time
"""
from array import array

from retrostep.imu import words as fifo

PATTERN_BYTES = 2


class Pattern:
    """Pattern words: six a sample, gyro x y z then acc x y z; the chip says which one comes first."""

    word_bytes = PATTERN_BYTES
    words_per_sample = 6

    def __init__(self):
        self._half = array("h", [0] * fifo.SAMPLE)
        self.damaged = 0
        self.restart()

    def restart(self):
        """Forget the half sample: the FIFO was emptied."""
        self.held = 0  # words of half a sample: which word comes next
        self._whole = True
        self.gap = 0
        self.gap_at = 0

    def decode(self, raw, words, out, pattern=0):
        """Samples written to `out`; `pattern` is the chip's FIFO_STATUS3 for the first word of `raw`."""
        self.gap = 0
        self.gap_at = 0
        half = self._half
        if not (pattern or self.held or words % fifo.SAMPLE) and len(raw) >= fifo.room(self, words):
            fifo.copy(raw, fifo.PLAIN, fifo.SAMPLE * PATTERN_BYTES, out, words // fifo.SAMPLE)
            return words // fifo.SAMPLE
        if pattern != self.held:
            if self.held or pattern:
                self.gap = 1  # at least the sample that was cut in two
            self._whole = pattern == 0
            self.held = pattern
        count = 0
        for at in range(0, words * PATTERN_BYTES, PATTERN_BYTES):
            if self.held == 0:
                self._whole = True
            value = raw[at] | raw[at + 1] << 8
            half[self.held] = value - 65536 if value > 32767 else value
            self.held += 1
            if self.held == fifo.SAMPLE:
                self.held = 0
                if self._whole:
                    start = count * fifo.SAMPLE
                    for axis in range(fifo.SAMPLE):
                        out[start + axis] = half[axis]
                    count += 1
        return count
