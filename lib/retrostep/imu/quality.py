# SPDX-License-Identifier: MIT
"""Quality: what was wrong with the samples of a chunk, as events.Q_* flags.

in    words of one chunk (int16, six a sample: gyro x y z, accelerometer x y z) and the flags the driver raised
out   flags that stand for this chunk and linger for LINGER samples, so a stride that began in bad samples has them
keeps the last sample and a few counters
but   not a filter: nothing is repaired here
"""

from retrostep import events

CLIP = 32700  # counts; the sensor's own saturation shows as the last codes below 32767
STUCK = 26  # samples that repeat all six words exactly: 0.25 s; a live LSM6DS has noise in its last bits
LINGER = 208  # samples a flag stays on, about one slow stride


class Quality:
    """Flags of the chunk just seen."""

    def __init__(self):
        self.flags = 0
        self._until = {}
        self._repeats = 0
        self._last = None
        self.is_stuck = False

    def raise_flags(self, flags, index):
        """Flags that somebody else noticed (driver, engine) at sample `index`."""
        bit = 1
        while bit <= flags:
            if flags & bit:
                self._until[bit] = index + LINGER
            bit <<= 1

    def chunk(self, words, first, count, index):
        """Look at `count` samples from sample `first` of `words`; `index` = sample index of the first.

        Returns the flags that stand.
        """
        view = memoryview(words)
        high = max(view[6 * first : 6 * (first + count)])
        low = min(view[6 * first : 6 * (first + count)])
        flags = 0
        if high >= CLIP or low <= -CLIP:
            for k in range(6 * first, 6 * (first + count), 6):
                if max(view[k : k + 3]) >= CLIP or min(view[k : k + 3]) <= -CLIP:
                    flags |= events.Q_GYRO_CLIPPED
                if max(view[k + 3 : k + 6]) >= CLIP or min(view[k + 3 : k + 6]) <= -CLIP:
                    flags |= events.Q_ACC_CLIPPED
        if flags:
            self.raise_flags(flags, index)
        self.flags = 0
        for bit in self._until:
            if self._until[bit] > index:
                self.flags |= bit
        return self.flags
