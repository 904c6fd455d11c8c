# SPDX-License-Identifier: MIT
"""Memory: the forward-swing axis this wearer's strap usually has, kept across boots and doubted at every stride.

in    v with its polarity after each stride that was sure of its direction; mount.sign's e
out   `axis` (unit, + is forward swing) and `strides` behind it; is_aside: the leg turns about another axis today
keeps four numbers; 12 bytes across a reboot
from  docs/accuracy.md, "Side steps": |v . learnt axis| is 0.3-0.6 going sideways, >= 0.94 level, >= 0.8 on stairs
but   a strap that turned looks the same, except that e is clear: three such strides and the memory gives way
"""

from math import sqrt
from struct import pack, unpack

_VERSION = 1
_FORMAT = "<BBhhhHH"
_SHARE = 0.1  # of a new stride in the learnt axis
_KNOWN = 4  # strides before the memory has an opinion
_ASIDE = 0.85  # |v . axis| below which the leg turns about another axis
_CLEAR = 0.2  # e from which a stride is surely forward or backward; side steps stay below
_GIVE_WAY = 3  # clear strides about another axis


class Memory:
    def __init__(self, kept=None):
        self.axis = [0.0, 0.0, 0.0]
        self.strides = 0
        self._against = 0
        if kept:
            self._load(kept)

    def _load(self, kept):
        if len(kept) < 12 or kept[0] != _VERSION:
            return
        _, _, x, y, z, strides, check = unpack(_FORMAT, kept[:12])
        size = sqrt(x * x + y * y + z * z)
        if check != self._check(x, y, z, strides) or not 30000 < size < 34000:
            return
        self.axis = [x / size, y / size, z / size]
        self.strides = strides

    def _check(self, x, y, z, strides):
        return (x * 3 + y * 5 + z * 7 + strides * 11 + 23) & 0xFFFF

    def pack(self):
        """Bytes for the next boot, empty while nothing is known."""
        if self.strides < _KNOWN:
            return b""
        x, y, z = [int(32000.0 * part) for part in self.axis]
        strides = min(self.strides, 65535)
        return pack(_FORMAT, _VERSION, 0, x, y, z, strides, self._check(x, y, z, strides))

    def is_known(self):
        """Enough strides stand behind the axis."""
        return self.strides >= _KNOWN

    def is_aside(self, v):
        """The leg turns about an axis far from the learnt one."""
        if self.strides < _KNOWN:
            return False
        a = self.axis
        along = a[0] * v[0] + a[1] * v[1] + a[2] * v[2]
        return -_ASIDE < along < _ASIDE

    def stride(self, v, polarity, e):
        """Learn from one stride; e is signed like mount.sign's."""
        clear = e * polarity
        if clear < _CLEAR:
            self._against = 0
            return
        a = self.axis
        along = polarity * (a[0] * v[0] + a[1] * v[1] + a[2] * v[2])
        if self.strides and along < 0.8:
            self._against += 1
            if self._against < _GIVE_WAY:
                return
            self.strides = 0  # the strap was turned
        self._against = 0
        share = _SHARE if self.strides else 1.0
        x = a[0] + share * (polarity * v[0] - a[0])
        y = a[1] + share * (polarity * v[1] - a[1])
        z = a[2] + share * (polarity * v[2] - a[2])
        size = sqrt(x * x + y * y + z * z)
        if size < 0.1:
            return
        a[0], a[1], a[2] = x / size, y / size, z / size
        self.strides += 1
