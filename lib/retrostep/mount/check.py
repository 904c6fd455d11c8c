# SPDX-License-Identifier: MIT
"""Check: eight steps forward on purpose tell the polarity of a leg whose strides do not.

in    log odds of forward of each stride, read from a side of v
out   the side that makes them forward, once they agree
keeps a sum and a count; loaded only when somebody asks for it
from  a stiff knee leaves the witnesses of gait.witness weak; the lobes and the displacement of its strides are not, and
      whoever walks forward on purpose says which way those lobes turn
"""

STRIDES = 3  # of this leg, in eight steps: the first and the last may be half ones
CLEAR = 9.0  # log odds together; usual strides give 5 each
WITHIN = 3120  # samples to do it in: 30 s


class Check:
    def __init__(self, index):
        self.until = index + WITHIN
        self._sum = 0.0
        self._count = 0

    def stride(self, l):
        """Log odds of forward if +v is the forward-swing axis. Returns the side, +1 or -1, or 0: not yet."""
        self._sum += l
        self._count += 1
        if self._count < STRIDES or -CLEAR < self._sum < CLEAR:
            return 0
        return 1 if self._sum > 0.0 else -1
