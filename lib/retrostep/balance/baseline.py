# SPDX-License-Identifier: MIT
"""Baseline: what is usual for this wearer, as median and spread of the last values, outliers ignored.

in    one float per stride
out   median, spread (1.4826 x median absolute deviation), and how many spreads a value is away
keeps 32 values by age, and their places by size (160 B); allocates nothing; one insertion per value, no sort
not   a mean and SD: one stumble in the baseline would hide the next
"""

from array import array

SIZE = 32  # strides remembered


class Baseline:
    """Values one by one. `floor` is the smallest spread believed, in the unit of the values."""

    def __init__(self, floor):
        self._values = array("f", [0.0] * SIZE)
        self._order = bytearray(SIZE)  # places in it, the smallest value first
        self._at = 0
        self.count = 0
        self.floor = floor
        self.median = 0.0
        self.spread = floor

    def add(self, value):
        """One stride more; the oldest is forgotten when there are SIZE."""
        if value != value:  # not a number
            return
        values = self._values
        order = self._order
        at = self._at
        n = self.count
        if n == SIZE:
            i = 0
            while order[i] != at:
                i += 1
            n -= 1
            while i < n:
                order[i] = order[i + 1]
                i += 1
        values[at] = value
        value = values[at]  # as the array rounds it
        self._at = (at + 1) % SIZE
        i = n
        while i > 0 and values[order[i - 1]] > value:
            order[i] = order[i - 1]
            i -= 1
        order[i] = at
        n += 1
        self.count = n
        half = n // 2
        middle = values[order[half]]
        self.median = middle if n & 1 else 0.5 * (values[order[half - 1]] + middle)
        self.spread = max(self.floor, 1.4826 * self._deviation(n, half))

    def _deviation(self, n, half):
        """Median of the distances from the median: walk outwards from the middle, the nearer side first."""
        values = self._values
        order = self._order
        median = self.median
        low = half - 1
        high = half
        near = before = 0.0
        for _ in range(half + 1):
            before = near
            if high >= n or (low >= 0 and median - values[order[low]] < values[order[high]] - median):
                near = median - values[order[low]]
                low -= 1
            else:
                near = values[order[high]] - median
                high += 1
        return near if n & 1 else 0.5 * (before + near)

    def away(self, value):
        """How many spreads `value` is from the median (0.0 while there is no baseline)."""
        if self.count < 2:
            return 0.0
        return (value - self.median) / self.spread
