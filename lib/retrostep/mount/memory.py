# SPDX-License-Identifier: MIT
"""Memory: the forward-swing axis this wearer's strap usually has, kept across boots. Evidence, never law.

in    v and its polarity after each stride that this walk alone was sure of; or a guided check
out   `axis` (unit, + is forward swing), `strides` behind it, odds(v): what it says of an axis found today
keeps six numbers; 12 bytes across a reboot
but   a strap that was turned makes it wrong: so many strides about another axis, or against it, and it gives way
"""

from math import sqrt
from struct import pack, unpack

from retrostep.compat import const

_VERSION = const(2)  # 1 was learnt by a rule that took the back of a leg for its front: not believed
_FORMAT = "<BBhhhHH"
_SHARE = const(0.1)  # of a new stride in the learnt axis
_KNOWN = const(4)  # strides before the memory has an opinion
_ALONG = const(0.8)  # |v . axis| from which an axis is the learnt one; stairs 0.8 and more, turning 0.97
_ODDS = const(4.0)  # log odds of a remembered axis: enough for the first stride, less than three clear ones against it
_CHECKED = const(8.0)  # of one that the wearer showed by walking forward on purpose
_GIVE_WAY = const(3)  # strides against it


class Memory:
    def __init__(self, kept=None):
        self.axis = [0.0, 0.0, 0.0]
        self.strides = 0
        self.is_checked = False
        self._is_kept = False  # known before this walk: evidence of its own
        self._against = 0
        if kept:
            self._load(kept)

    def _load(self, kept):
        if len(kept) < 12 or kept[0] != _VERSION:
            return
        _, flags, x, y, z, strides, check = unpack(_FORMAT, kept[:12])
        size = sqrt(x * x + y * y + z * z)
        if check != self._check(flags, x, y, z, strides) or not 30000 < size < 34000:
            return
        self.axis = [x / size, y / size, z / size]
        self.strides = strides
        self.is_checked = flags == 1
        self._is_kept = True

    def _check(self, flags, x, y, z, strides):
        return (flags * 7919 + x * 3 + y * 5 + z * 7 + strides * 11 + 23) & 0xFFFF

    def pack(self):
        """Bytes for the next boot, empty while nothing is known."""
        if not self.is_known():
            return b""
        x, y, z = [int(32000.0 * part) for part in self.axis]
        strides = min(self.strides, 65535)
        flags = 1 if self.is_checked else 0
        return pack(_FORMAT, _VERSION, flags, x, y, z, strides, self._check(flags, x, y, z, strides))

    def is_known(self):
        """Enough strides stand behind the axis."""
        return self.strides >= _KNOWN

    def along(self, v):
        """Cosine between an axis of today and the learnt one."""
        a = self.axis
        return a[0] * v[0] + a[1] * v[1] + a[2] * v[2]

    def odds(self, v):
        """Log odds that +v is the forward-swing axis."""
        if not self._is_kept:
            return 0.0
        most = _CHECKED if self.is_checked else _ODDS
        along = self.along(v)
        return most if along > _ALONG else (-most if along < -_ALONG else 0.0)

    def show(self, v, side):
        """The wearer walked forward on purpose: side * v is the axis."""
        for k in range(3):
            self.axis[k] = side * v[k]
        self.strides = max(self.strides, _KNOWN)
        self.is_checked = self._is_kept = True
        self._against = 0

    def stride(self, v, side):
        """Learn from one stride whose polarity this walk alone was sure of."""
        a = self.axis
        if self.strides and side * self.along(v) < _ALONG:
            self._against += 1
            if self._against < _GIVE_WAY:
                return
            self.strides = 0  # the strap was turned
            self.is_checked = self._is_kept = False
        self._against = 0
        share = _SHARE if self.strides else 1.0
        x = a[0] + share * (side * v[0] - a[0])
        y = a[1] + share * (side * v[1] - a[1])
        z = a[2] + share * (side * v[2] - a[2])
        size = sqrt(x * x + y * y + z * z)
        if size < 0.1:
            return
        a[0], a[1], a[2] = x / size, y / size, z / size
        self.strides += 1
