# SPDX-License-Identifier: MIT
"""Baseline: what is usual for this wearer, as median and spread of the last values, outliers ignored.

in    one float per stride
out   median, spread (1.4826 x median absolute deviation), and how many spreads a value is away
keeps the last 32 values and one scratch list; allocates nothing per value
not   a mean and SD: one stumble in the baseline would hide the next
"""

_SIZE = 32  # strides remembered


class Baseline:
    """Values one by one. `floor` is the smallest spread believed, in the unit of the values."""

    def __init__(self, floor):
        self._values = [0.0] * _SIZE
        self._scratch = [0.0] * _SIZE
        self._at = 0
        self.count = 0
        self.floor = floor
        self.median = 0.0
        self.spread = floor

    def add(self, value):
        """One stride more."""
        self._values[self._at] = value
        self._at = (self._at + 1) % _SIZE
        if self.count < _SIZE:
            self.count += 1
        self.median = self._middle(None)
        self.spread = max(self.floor, 1.4826 * self._middle(self.median))

    def away(self, value):
        """How many spreads `value` is from the median (0.0 while there is no baseline)."""
        if self.count < 2:
            return 0.0
        return (value - self.median) / self.spread

    def _middle(self, about):
        """Median of the values, or of their distances from `about`: insertion sort, 32 values at most."""
        scratch = self._scratch
        n = self.count
        for i in range(n):
            x = self._values[i]
            if about is not None:
                x = abs(x - about)
            j = i
            while j > 0 and scratch[j - 1] > x:
                scratch[j] = scratch[j - 1]
                j -= 1
            scratch[j] = x
        return scratch[n // 2] if n & 1 else 0.5 * (scratch[n // 2 - 1] + scratch[n // 2])
