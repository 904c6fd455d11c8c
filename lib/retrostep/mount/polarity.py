# SPDX-License-Identifier: MIT
"""Polarity: is +v the axis a leg swings forward about, or -v? Added up over strides, remembered, doubted.

in    of each whole stride: log odds that +v is (gait.witness and how well it fits the way), and v itself
out   odds, log odds of all that is known; side, +1 or -1, the likelier one; is_sure, whether labels may lean on it
keeps a sum and a weight; what a memory of this wearer's strap says comes on top and is never added up
from  strides of one person resemble each other, so their evidence adds up as correlated measurements do: the sum
      of n strides over 1 + (n - 1) r. Ten weak strides of a stiff leg stay weak; three clear ones are enough
but   forgets in five strides, so that a strap that turned is believed after some six
"""

from retrostep.compat import const

SURE = 3.0  # log odds below which no stride has a direction: strides of usual legs add up to 5 and more
_MOST = const(6.0)  # of one stride's evidence that counts
_KEEP = const(0.8)  # a stride
_ALIKE = const(0.7)  # r, correlation between strides of one person
_ASIDE = const(0.85)  # |v . learnt axis| below which the leg turns about another axis
_CLEAR = const(4.0)  # evidence of a stride that surely swings about v: side steps stay below
_PLAIN = const(0.7)  # share of the rate about v from which nothing else is asked; real walking 0.64 and more
_ABOUT = const(0.55)  # share about the learnt axis below which a stride went aside or turned; side steps 0.1-0.45
_ROLL = const(0.22)  # share about the fore-aft axis of side steps (0.36-0.74); turning on the spot 0.01-0.19
_BACK = const(0.5)  # log odds against the side taken before it is changed: no swaying about zero


class Polarity:
    def __init__(self, memory):
        self._memory = memory
        self._sum = 0.0
        self._weight = 0.0
        self._about = [0.0, 0.0, 0.0]  # v that the sum speaks of
        self.odds = 0.0
        self.side = 1
        self.check = None  # a mount.check.Check, while one is under way

    def begin(self, v):
        """An axis was found: what the memory says of it stands before the first stride."""
        self.odds = self._own() + self._memory.odds(v)
        if self.odds * self.side < 0.0:
            self.side = -self.side

    def stride(self, v, evidence):
        """One more whole stride. Returns True when the other side has become the likelier one."""
        if evidence > _MOST:
            evidence = _MOST
        elif evidence < -_MOST:
            evidence = -_MOST
        a = self._about
        self._sum = _KEEP * self._sum * (a[0] * v[0] + a[1] * v[1] + a[2] * v[2]) + evidence
        a[0], a[1], a[2] = v
        self._weight = _KEEP * self._weight + 1.0
        own = self._own()
        if own > SURE:
            self._memory.stride(v, 1)
        elif own < -SURE:
            self._memory.stride(v, -1)
        return self._weigh(v)

    def shown(self, v, l):
        """A stride of a guided check: l, log odds that it went forward if +v is the forward-swing axis.

        Returns None while the check goes on, else as stride().
        """
        side = self.check.stride(l)
        if not side:
            return None
        self.check = None
        self._memory.show(v, side)
        return self._weigh(v)

    def _weigh(self, v):
        self.odds = self._own() + self._memory.odds(v)
        if self.odds * self.side > -_BACK:
            return False
        self.side = -self.side
        return True

    def is_aside(self, v, evidence, sagittal, tick, u):
        """The leg rolls about its fore-aft axis instead of swinging about the learnt one: a side step."""
        memory = self._memory
        if not memory.is_known() or -_CLEAR > evidence or evidence > _CLEAR:
            return False  # else the strap was turned
        along = memory.along(v)
        if not -_ASIDE < along < _ASIDE and sagittal.share(tick) >= _PLAIN:
            return False
        learnt, roll = sagittal.shares(tick, memory.axis, u)
        return learnt < _ABOUT and roll > _ROLL

    def _own(self):
        """Log odds from this walk's strides alone."""
        return self._sum / (1.0 + _ALIKE * (self._weight - 1.0)) if self._weight else 0.0

    @property
    def is_proven(self):
        """This walk alone is sure of it."""
        return not -SURE < self._own() < SURE

    @property
    def is_sure(self):
        """Labels may lean on the side."""
        return not -SURE < self.odds < SURE
