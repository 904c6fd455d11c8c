# SPDX-License-Identifier: MIT
"""Baseline: what is usual for this wearer, as median and spread of the last values, outliers ignored.

in    one float per stride
out   median, spread (1.4826 x median absolute deviation), and how many spreads a value is away
keeps 32 values twice, by age and by size (256 B); allocates nothing; one insertion per value, no sort
not   a mean and SD: one stumble in the baseline would hide the next
"""

from array import array

SIZE = 32  # strides remembered


class Baseline:
    """Values one by one. `floor` is the smallest spread believed, in the unit of the values."""

    def __init__(self, floor):
        self._by_age = array("f", [0.0] * SIZE)
        self._by_size = array("f", [0.0] * SIZE)
        self._at = 0
        self.count = 0
        self.floor = floor
        self.median = 0.0
        self.spread = floor

    def add(self, value):
        """One stride more; the oldest is forgotten when there are SIZE."""
        if value != value:  # not a number
            return
        ages = self._by_age
        sizes = self._by_size
        n = self.count
        if n == SIZE:
            old = ages[self._at]
            i = 0
            while sizes[i] != old:
                i += 1
            n -= 1
            while i < n:
                sizes[i] = sizes[i + 1]
                i += 1
        ages[self._at] = value
        value = ages[self._at]  # as the array rounds it, so that it is found again
        self._at = (self._at + 1) % SIZE
        i = n
        while i > 0 and sizes[i - 1] > value:
            sizes[i] = sizes[i - 1]
            i -= 1
        sizes[i] = value
        n += 1
        self.count = n
        half = n // 2
        self.median = sizes[half] if n & 1 else 0.5 * (sizes[half - 1] + sizes[half])
        self.spread = max(self.floor, 1.4826 * self._deviation(n, half))

    def _deviation(self, n, half):
        """Median of the distances from the median: walk outwards from the middle, the nearer side first."""
        sizes = self._by_size
        median = self.median
        low = half - 1
        high = half
        near = before = 0.0
        for _ in range(half + 1):
            before = near
            if high >= n or (low >= 0 and median - sizes[low] < sizes[high] - median):
                near = median - sizes[low]
                low -= 1
            else:
                near = sizes[high] - median
                high += 1
        return near if n & 1 else 0.5 * (before + near)

    def away(self, value):
        """How many spreads `value` is from the median (0.0 while there is no baseline)."""
        if self.count < 2:
            return 0.0
        return (value - self.median) / self.spread
