# SPDX-License-Identifier: MIT
"""Contacts: when a leg's foot lands, heel or toe first, from the rate of its shank.

in    a reversal of the rate (gait.swings), the next one, the one to the other side between them
out   sample index and fraction of contact going forward, going backward, and of both if the sides are exchanged
keeps nothing
from  jerk of |acc|: six people backward, eleven forward (docs/accuracy.md, "Steps and contacts")
but   a shank only guesses which part of the foot lands first: toe_confidence is 0.75 at most, 0.55 for short strides
"""

from retrostep import events
from retrostep.compat import const
from retrostep.gait.sagittal import DELAY

_TOUCH = const(5.0)  # ticks from reversal to touch-down going backward: jerk of |acc| peaks there on six people
_LAND = const(2.2)  # ticks from the crossing to landing forward: jerk of |acc| peaks 0.04 s later on eleven people
_OVER = const(0.05)  # share of its peak at which a swing is over
_ROLL = const(14)  # ticks after contact in which the shank rolls: 0.27 s
_HEEL = const(0.2)  # rad of that
_TOE = const(-0.12)
_MASK = const(255)


def going_forward(tick, fraction, offset):
    """Landing at the crossing that ends the swing."""
    return _sample(tick, fraction + _LAND, offset)


def going_backward(tick, fraction, offset):
    """Touch-down just after the reversal."""
    return _sample(tick, fraction + _TOUCH, offset)


def _sample(tick, later, offset):
    """(sample index, fraction) of what stands `later` ticks after tick - 1 in the delayed rate."""
    at = 2.0 * (later - DELAY)
    whole = int(at + 64.0) - 64
    return offset + 2 * tick - 1 + whole, at - whole


def fill(stride, r, following, opposite, t1, s_ring, newest, offset):
    """Contacts, swings and stance of a stride of t1 ticks that begins at r; following: None if it is the last.

    opposite, the reversal to the other side within it, gives the same for the other side; None: nobody will ask.
    """
    end, fraction = _end_of_lobe(r, s_ring, newest)
    stride.contact, stride.fraction = going_forward(end, fraction, offset)
    stride.contact_backward, stride.fraction_backward = going_backward(r.tick, r.fraction, offset)
    stride.swing_forward = r.after * r.side
    stride.swing_backward = -r.before * r.side
    if opposite is not None:
        stride.other = going_forward(*_end_of_lobe(opposite, s_ring, newest), offset)[0]
        stride.other_backward = going_backward(opposite.tick, opposite.fraction, offset)[0]
        stride.other_swing = opposite.after * opposite.side
    else:
        stride.other, stride.other_backward = stride.contact_backward, stride.contact
    if following is not None:
        swing = end - r.tick
        stride.stance = (t1 - swing + following.fraction - fraction - _LAND) / t1
        stride.stance_backward = (swing + fraction - r.fraction - _TOUCH) / t1


def _end_of_lobe(r, s_ring, newest):
    """Where the lobe after a reversal is over: a leg that stands still afterwards crosses zero much later."""
    peak = before = s = 0.0
    t = r.tick
    while t < newest - 1:
        s = s_ring[t & _MASK] * r.side
        if s > peak:
            peak = s
        elif s < _OVER * peak:
            break
        before = s
        t += 1
    return t, (before - _OVER * peak) / (before - s) if before > s else 0.0


def first_touch(stride, side, is_backward, s_ring, newest, offset):
    """Heel or toe first, as far as a shank can tell: how much it rolls just after the contact.

    A leg that lands ahead of its knee lands on the heel. Wrong on stairs down, so short strides are half believed.
    """
    first = ((stride.contact_backward if is_backward else stride.contact) - offset) // 2 + 2
    roll = 0.0
    for t in range(first, min(first + _ROLL, newest)):
        roll -= s_ring[t & _MASK]
    roll *= side * 2.0 / 104.0
    if roll > _HEEL:
        stride.toe = events.HEEL
    elif roll < _TOE:
        stride.toe = events.TOE
    else:
        return
    stride.toe_confidence = 0.75 if stride.length > 0.8 or is_backward else 0.55
