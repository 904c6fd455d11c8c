# SPDX-License-Identifier: MIT
"""Phase: a witness of direction that needs no mount at all.

phi = arg V2 - 2 arg S1, S1 the stride-frequency part of the rate about the main axis (either sign: the factor 2
removes it), V2 the step-frequency part of |acc|. Walking backward is nearly walking forward in reversed time, and
reversing time turns phi into -phi.

in    rings of s and |a|, a span of whole strides
out   (phi rad in (-pi, pi], strength of V2 m/s^2)
keeps nothing
"""

from math import atan2, cos, pi, sin, sqrt

from retrostep.compat import const

_MASK = const(255)


def phase(s_ring, a_ring, start, end, strides, lag):
    """Over [start, end) = `strides` strides; `lag` = ticks by which s is late against |a|."""
    n = end - start
    step = 2.0 * pi * strides / n
    c1 = cos(step)
    s1 = sin(step)
    x = 1.0
    y = 0.0
    sr = si = vr = vi = 0.0
    for t in range(start, end):
        s = s_ring[t & _MASK]
        a = a_ring[t & _MASK]
        sr += s * x
        si -= s * y
        vr += a * (x * x - y * y)
        vi -= 2.0 * a * x * y
        x, y = x * c1 - y * s1, x * s1 + y * c1
    phi = atan2(vi, vr) - 2.0 * atan2(si, sr)
    # s is late by lag: its phase at the stride frequency is -step*lag
    phi -= 2.0 * step * lag
    while phi > pi:
        phi -= 2.0 * pi
    while phi <= -pi:
        phi += 2.0 * pi
    return phi, 2.0 * sqrt(vr * vr + vi * vi) / n
