# SPDX-License-Identifier: MIT
"""Quality: what was wrong with the samples of a chunk, as events.Q_* flags.

in    words of one chunk (int16, six a sample: gyro x y z, accelerometer x y z) and the flags the driver raised
out   flags that stand for this chunk; they linger, so a stride that began in bad samples still has them
keeps one sample index per flag
but   a stuck or restarted sensor is noticed by the driver, which has the registers; here only saturation is
not   a filter: nothing is repaired here
"""

from retrostep import events

CLIP = 32700  # counts; saturation shows as the last codes below 32767
LINGER = 208  # samples a flag stays on: 2 s, a slow stride


class Quality:
    """Flags of the chunk just seen."""

    def __init__(self):
        self.flags = 0
        self._until = {}

    def raise_flags(self, flags, index):
        """Flags that somebody else noticed (driver, engine) at sample `index`."""
        bit = 1
        while bit <= flags:
            if flags & bit:
                self._until[bit] = index + LINGER
            bit <<= 1

    def chunk(self, words, first, count, index, is_near=True):
        """Look at `count` samples from sample `first` of `words`; `index` = sample index of the first.

        is_near: some vector is as long as a saturated axis, so it is worth looking. Returns the flags that stand.
        """
        if is_near:
            view = memoryview(words)[6 * first : 6 * (first + count)]
            flags = 0
            for k in range(0, 6 * count, 3):
                if max(view[k : k + 3]) >= CLIP or min(view[k : k + 3]) <= -CLIP:
                    flags |= events.Q_ACC_CLIPPED if k % 6 else events.Q_GYRO_CLIPPED
            if flags:
                self.raise_flags(flags, index)
        self.flags = 0
        for bit in self._until:
            if self._until[bit] > index:
                self.flags |= bit
        return self.flags
