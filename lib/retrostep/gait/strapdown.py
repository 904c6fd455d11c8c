# SPDX-License-Identifier: MIT
"""Strap-down: how far, and which way, a leg moved between two quiet instants, in its own sagittal plane.

in    rings of raw words and of the rate about v (gait.sagittal), two ticks, axis v, scale
out   (x, tilt, range): displacement in m along ap = up x v, mean and range of the sagittal angle in rad
keeps nothing
from  docs/accuracy.md, "Length": rate less its mean (the angle comes back), velocity less its linear drift
but   one plane: turning the foot outward costs a few per cent of the length
"""

from math import cos, sin, sqrt

from retrostep.gait.sagittal import place

_DT = 2.0 / 104.0


def displacement(raw, s_ring, start, end, v, acc_scale):
    """Ticks [start, end]; the sensor rests (or rolls slowly) at both. Returns (x, mean tilt, range)."""
    n = end - start
    if n < 4:
        return 0.0, 0.0, 0.0
    t = place(start - 2, n + 4)
    # up at the start: mean over five ticks
    first = 6 * t + 3
    x = y = z = 0
    for k in range(first, first + 30, 6):
        x += raw[k]
        y += raw[k + 1]
        z += raw[k + 2]
    size = sqrt(x * x + y * y + z * z)
    if size < 1.0:
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
    t += 4
    for t in range(t, t + n):  # the low-pass is two ticks late
        total += s_ring[t]
    t -= n - 1
    drift = total / n
    angle = tilt = low = high = 0.0
    speed = far = 0.0
    cosine, sine = cos, sin
    first += 12
    for k in range(first, first + 6 * n, 6):
        step = (s_ring[t] - drift) * _DT
        t += 1
        middle = angle + 0.5 * step
        angle += step
        tilt += middle
        if angle > high:
            high = angle
        elif angle < low:
            low = angle
        x = raw[k]
        y = raw[k + 1]
        z = raw[k + 2]
        far += speed
        speed += (x * px + y * py + z * pz) * cosine(middle) - (x * ux + y * uy + z * uz) * sine(middle)
    # linear drift of the velocity: X = dt^2 (sum v - n/2 v_end)
    far += 0.5 * speed
    return (far - 0.5 * n * speed) * _DT * _DT, tilt / n, high - low
