# SPDX-License-Identifier: MIT
"""Strap-down: how far, and which way, a leg moved between two quiet instants, in its own sagittal plane.

in    rings of raw words (pairs of samples) and of the rate about v (gait.sagittal), two ticks, the mediolateral axis v,
out   (x, y, tilt, range): displacement in m along ap = up x v and up, mean and range of the sagittal angle in rad
keeps nothing
from  docs/accuracy.md, "Displacement": rate less its mean (the angle comes back), velocity less its linear drift
but   one plane: turning the foot outward costs a few per cent of the length
"""

from math import cos, sin, sqrt

_MASK = 255
_DT = 2.0 / 104.0


def displacement(raw, s_ring, start, end, v, acc_scale, gyro_scale):
    """Ticks [start, end]; the sensor rests (or rolls slowly) at both. Returns (x, y, mean tilt, range)."""
    n = end - start
    ka = 0.5 * acc_scale
    kg = 0.5 * gyro_scale
    # up at the start: mean over five ticks
    x = y = z = 0.0
    for t in range(start - 2, start + 3):
        k = 12 * (t & _MASK)
        x += raw[k + 3] + raw[k + 9]
        y += raw[k + 4] + raw[k + 10]
        z += raw[k + 5] + raw[k + 11]
    size = sqrt(x * x + y * y + z * z)
    if size < 1.0 or n < 4:
        return 0.0, 0.0, 0.0, 0.0
    # take out the part along v, so that up lies in the sagittal plane
    along = (x * v[0] + y * v[1] + z * v[2]) / size
    g = size * ka / 5.0
    x = x / size - along * v[0]
    y = y / size - along * v[1]
    z = z / size - along * v[2]
    size = sqrt(x * x + y * y + z * z)
    if size < 0.3:
        return 0.0, 0.0, 0.0, 0.0
    g *= size
    x /= size
    y /= size
    z /= size
    ux, uy, uz = x * ka, y * ka, z * ka
    px, py, pz = (y * v[2] - z * v[1]) * ka, (z * v[0] - x * v[2]) * ka, (x * v[1] - y * v[0]) * ka
    vx, vy, vz = v[0] * kg, v[1] * kg, v[2] * kg
    total = 0.0
    for t in range(start + 2, end + 2):  # the low-pass is two ticks late
        total += s_ring[t & _MASK]
    drift = total / n
    angle = tilt = low = high = 0.0
    speed = rise = far = up = 0.0
    for t in range(start, end):
        k = 12 * (t & _MASK)
        rate = (raw[k] + raw[k + 6]) * vx + (raw[k + 1] + raw[k + 7]) * vy + (raw[k + 2] + raw[k + 8]) * vz - drift
        ax = raw[k + 3] + raw[k + 9]
        ay = raw[k + 4] + raw[k + 10]
        az = raw[k + 5] + raw[k + 11]
        middle = angle + 0.5 * rate * _DT
        angle += rate * _DT
        tilt += middle
        if angle > high:
            high = angle
        elif angle < low:
            low = angle
        c = cos(middle)
        s = sin(middle)
        along = ax * px + ay * py + az * pz
        above = ax * ux + ay * uy + az * uz
        far += speed
        up += rise
        speed += along * c - above * s
        rise += along * s + above * c - g
    # linear drift of the velocity: X = dt^2 (sum v - n/2 v_end)
    far += 0.5 * speed
    up += 0.5 * rise
    return (
        (far - 0.5 * n * speed) * _DT * _DT,
        (up - 0.5 * n * rise) * _DT * _DT,
        tilt / n,
        high - low,
    )
