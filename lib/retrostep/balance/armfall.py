# SPDX-License-Identifier: MIT
"""Arm fall: a fall felt at the wrist, where hands hit tables all day.

in    a Fall whose last second was still: its rings, the chunk of the impact, the first still chunk
out   weigh(): the score, 1.0 = a fall
keeps nothing
from  linear score of nine measures, fitted on acted falls against dense acted life, each person held out
      (docs/alerts.md)
but   1. what came before counts as much as the blow: jogging and clapping have many, a hand that hits swings
      2. a hand comes back, a body stays
"""

from math import log, sqrt

from retrostep.balance.fall import RING

FLOOR = 10.0  # m/s^2: weakest impact looked at, the fit knows no weaker
LEVELS = {"few": -0.9, "usual": 0.0, "many": 1.0}  # added to the score, per setting (docs/alerts.md)
MEASURES = 9
_WEIGHTS = (0.0379, -1.3303, -5.4176, 3.5684, -0.7277, -1.3955, -1.0159, 1.8823, -0.1922)
_BIAS = -3.0128 - 1.0 + 1.0  # fitted, less the threshold (93 % of falls, 5 false per dense hour), plus 1.0


def weigh(fall, impact, end, turned):
    """The score; `end`: the first still chunk."""
    m = fall.measures
    m[0] = 0.0
    for c in range(max(fall.first, impact - 1), impact + 2):
        m[0] = max(m[0], fall.top[c % RING])
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
