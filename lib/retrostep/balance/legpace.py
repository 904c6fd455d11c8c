# SPDX-License-Identifier: MIT
"""Leg pace: how fast a leg went over, so that lying down on purpose is no fall.

in    a Fall whose last second was still: its rings, the chunk of the impact, the first still chunk
out   weigh(): the pace; a fall is above LEVELS
keeps nothing
from  linear score fitted on acted falls against lying down on purpose, each person held out (bench/heldout.py)
but   lying down is a fall, slower: 70 -> 37 % of it alarm at the same falls (docs/alerts.md)
not   falls as slow as lying down
"""

from math import log, sqrt

from retrostep.balance.fall import RING

# m/s^2, chunk RMS of |a|-g: below the weakest acted fall but three of 210 (ankle); each heel strike reaches it
FLOOR = 7.0
LEVELS = {"few": -0.8, "usual": -3.6, "many": -99.0}  # per setting (docs/alerts.md)
MEASURES = 3
# of ln(RMS rate around the impact + 0.2), ln(1 + chunks of the change of posture), ln(largest rate); bias
_WEIGHTS = (5.82, -2.47, 1.24, -3.25)


def weigh(fall, impact, end, turned):
    """Pace from the old posture, `turned` (cosine) away from the one after, into the latter."""
    top = 0.0
    oldest = max(fall.first, fall.now - RING + 1)
    for c in range(max(oldest, impact - 12), min(end, impact + 9)):
        top = max(top, fall.top[c % RING])
    # from the last chunk that is still near the old posture to the first one near the new
    low = turned + 0.2 * (1.0 - turned)
    high = turned + 0.8 * (1.0 - turned)
    left = impact - 40
    for c in range(max(oldest, impact - 40), end + 1):
        if _near(fall, c) < low:
            left = c
    c = left
    while c < end and (c < oldest or _near(fall, c) < high):
        c += 1
    m = fall.measures
    m[0] = log(sqrt(fall.mean_square(impact - 8, impact + 5)) + 0.2)
    m[1] = log(1.0 + c - left)
    m[2] = log(top + 0.01)
    return _WEIGHTS[0] * m[0] + _WEIGHTS[1] * m[1] + _WEIGHTS[2] * m[2] + _WEIGHTS[3]


def _near(fall, c):
    """Cosine between chunks c-1 to c+1 and the posture after."""
    x = y = z = 0.0
    for i in (c - 1, c, c + 1):
        k = i % RING
        x += fall.x[k]
        y += fall.y[k]
        z += fall.z[k]
    a = fall.after
    size = (x * x + y * y + z * z) * (a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
    return (x * a[0] + y * a[1] + z * a[2]) / sqrt(size) if size > 0.0 else 1.0
