# SPDX-License-Identifier: MIT
"""Direction: three witnesses of one stride, weighed, and the strides before and after it.

in    d (lobe asymmetry), x (signed displacement, m), phi (mount-free phase, rad) with its strength (m/s^2)
out   evidence: log odds that the stride went forward; carry: what one stride says about the next
keeps nothing
from  a two-state chain, forward and backward; people turn round seldom (SWITCH), and rarely while striding on
but   weights are round numbers that leave real level strides at least 2 away from zero (docs/accuracy.md, "Witnesses")
"""

from math import exp, log

from retrostep.compat import const

SWITCH = 0.03  # chance that the next stride of a bout goes the other way
SURE = 2.2  # log odds from which a label stands: 9 to 1
_ODDS = log((1.0 - SWITCH) / SWITCH)

_D_MIDDLE = -0.12  # between the classes: forward above, backward below
_D_WEIGHT = const(4.0)
_D_MOST = const(3.6)
_X_LEAST = const(0.15)  # m, shorter displacements have no opinion
_X_WEIGHT = const(2.5)
_X_MOST = const(2.0)
_WAY_MOST = const(2.0)


def of_asymmetry(d):
    """Log odds of forward from the lobe asymmetry alone."""
    l = _D_WEIGHT * (d - _D_MIDDLE)
    return _D_MOST if l > _D_MOST else (-_D_MOST if l < -_D_MOST else l)


def of_displacement(x):
    """Log odds of forward from the signed displacement alone."""
    if -_X_LEAST < x < _X_LEAST:
        return 0.0
    l = _X_WEIGHT * x
    return _X_MOST if l > _X_MOST else (-_X_MOST if l < -_X_MOST else l)


def of_way(way):
    """Log odds of forward from what needs no polarity (gait.witness)."""
    return _WAY_MOST if way > _WAY_MOST else (-_WAY_MOST if way < -_WAY_MOST else way)


def polarity(l, way):
    """Log odds that a stride's lobes were read from the right side: do they go the way that needs no polarity?"""
    a = 0.5 * (l + way)
    b = 0.5 * (way - l)
    return _log_cosh(a) - _log_cosh(b)


def _log_cosh(x):
    if x < 0.0:
        x = -x
    return x + log(0.5 + 0.5 * exp(-2.0 * x))


def carry(l):
    """Log odds of a stride from those of its neighbour."""
    if l > 12.0:
        return _ODDS
    if l < -12.0:
        return -_ODDS
    e = exp(l)
    return log(((1.0 - SWITCH) * e + SWITCH) / (SWITCH * e + 1.0 - SWITCH))


def sigmoid(l):
    """Probability of log odds."""
    return 1.0 / (1.0 + exp(-l)) if l > -20.0 else 0.0


def confidence(l):
    """0.5 to 1 from log odds of either sign."""
    if l < 0.0:
        l = -l
    return 1.0 / (1.0 + exp(-l)) if l < 20.0 else 1.0
