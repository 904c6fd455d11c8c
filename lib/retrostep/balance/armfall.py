# SPDX-License-Identifier: MIT
"""Arm fall: a fall felt at the wrist, where hands hit tables all day.

in    a Fall whose last second was still: its rings, the chunk of the impact, the first still chunk
out   weigh(): the score, 1.0 = a fall
keeps nothing
from  linear score of ten measures, fitted on acted falls against dense acted life, each person held out
      (docs/alerts.md, bench/heldout.py)
but   1. what came before counts as much as the blow: jogging and clapping have many, a hand that hits swings
      2. a hand comes back, a body stays
      3. at equal blows the hand that turned more hit something, and the body that fell took its arm along
"""

from math import log, sqrt

from retrostep.balance.fall import RING

FLOOR = 10.0  # m/s^2: weakest impact looked at, the fit knows no weaker
LEVELS = {"few": -0.5, "usual": 0.0, "many": 0.9}  # added to the score, per setting (docs/alerts.md)
MEASURES = 10
_WEIGHTS = (-0.2024, -1.2247, -5.6241, 5.3452, -0.7446, -1.3808, -0.8587, 1.7136, -0.1945, -0.508)
_BIAS = -3.6525 - 1.1 + 1.0  # fitted, less the threshold (91 % of falls, 3 false per dense hour), plus 1.0


def weigh(fall, impact, end, turned):
    """The score; `end`: the first still chunk."""
    m = fall.measures
    m[0] = 0.0
    for c in range(max(fall.first, fall.now - RING + 1, impact - 12), impact + 9):
        if c <= fall.now:
            m[0] = max(m[0], fall.rate[c % RING])
    m[1] = _mean(fall, fall.rate, impact + 8, impact + 16)  # one second later: lying, not walking on
    m[2] = turned
    m[3] = 0.5 * log(_mean(fall, fall.power, impact - 4, impact + 5) + 0.0001)
    m[4] = 0.0
    for c in range(max(fall.first, impact - 32), impact - 6):
        if fall.power[c % RING] > 100.0 and m[4] < 6.0:
            m[4] += 1.0
    m[5] = log(0.1 + sqrt(_mean(fall, fall.power, impact - 8, impact - 1)))
    m[6] = log(0.1 + _mean(fall, fall.rate, end - 8, end))
    m[7] = fall.turned(impact - 4, impact + 1)
    m[8] = 100.0
    for c in range(impact + 1, min(impact + 6, fall.now + 1)):
        m[8] = min(m[8], fall.low[c % RING])
    m[9] = log(0.1 + _mean(fall, fall.rate, impact - 40, impact - 12))
    score = _BIAS
    for k in range(MEASURES):
        score += _WEIGHTS[k] * m[k]
    return score


def _mean(fall, ring, begin, end):
    """Mean of `ring` over chunks [begin, end), at least one."""
    begin = max(fall.first, fall.now - RING + 1, begin)
    total = 0.0
    n = 0
    for c in range(begin, max(begin + 1, min(end, fall.now + 1))):
        total += ring[c % RING]
        n += 1
    return total / n
