# SPDX-License-Identifier: MIT
"""Strap-down: how far, and which way, a leg moved between two quiet instants, in its own sagittal plane.

in    rings of raw words and of the rate about v (gait.sagittal), two ticks, axis v, scale
out   (x, tilt, range): displacement in m along ap = up x v, mean and range of the sagittal angle in rad
keeps nothing
from  docs/accuracy.md, "Length": rate less its mean (the angle comes back), velocity less its linear drift
but   one plane: turning the foot outward costs a few per cent of the length
"""

from math import cos, sin, sqrt

from retrostep.compat import const

_MASK = const(255)
_DT = 2.0 / 104.0


def displacement(raw, s_ring, start, end, v, acc_scale):
    """Ticks [start, end]; the sensor rests (or rolls slowly) at both. Returns (x, mean tilt, range)."""
    n = end - start
        # up at the start: mean over five ticks
    x = y = z = 0.0
    for t in range(start - 2, start + 3):
        k = 6 * (t & _MASK)
        x += raw[k + 3]
        y += raw[k + 4]
        z += raw[k + 5]
    size = sqrt(x * x + y * y + z * z)
    if size < 1.0 or n < 4:
        return 0.0, 0.0, 0.0
    # take out the part along v, so that up lies in the sagittal plane
    along = (x * v[0] + y * v[1] + z * v[2]) / size
    x = x / size - along * v[0]
    y = y / size - along * v[1]
    z = z / size - along * v[2]
    size = sqrt(x * x + y * y + z * z)
    if size < 0.3:
        return 0.0, 0.0, 0.0
    x /= size
    y /= size
    z /= size
    ux, uy, uz = x * acc_scale, y * acc_scale, z * acc_scale
    px, py, pz = uy * v[2] - uz * v[1], uz * v[0] - ux * v[2], ux * v[1] - uy * v[0]
    total = 0.0
    for t in range(start + 2, end + 2):  # the low-pass is two ticks late
        total += s_ring[t & _MASK]
    drift = total / n
    angle = tilt = low = high = 0.0
    speed = far = 0.0
    for t in range(start, end):
        step = (s_ring[(t + 2) & _MASK] - drift) * _DT
        middle = angle + 0.5 * step
        angle += step
        tilt += middle
        if angle > high:
            high = angle
        elif angle < low:
            low = angle
        k = 6 * (t & _MASK)
        x, y, z = raw[k + 3], raw[k + 4], raw[k + 5]
        far += speed
        speed += (x * px + y * py + z * pz) * cos(middle) - (x * ux + y * uy + z * uz) * sin(middle)
    # linear drift of the velocity: X = dt^2 (sum v - n/2 v_end)
    far += 0.5 * speed
    return (far - 0.5 * n * speed) * _DT * _DT, tilt / n, high - low
