# SPDX-License-Identifier: MIT
"""Turning: whether a foot was put down elsewhere, whichever way it went and turned (three dimensions).

in    ring of raw words (gait.sagittal), two ticks at which the foot rests, scales; up as the flat foot felt it
out   turned: rad about the vertical; stepped: m from where it stood, 0 if it only pivoted
keeps nothing
from  strap-down of two axes, up and a horizontal one; velocity less its linear drift, as in gait.strapdown
but   only for strides that the sagittal plane does not explain: it costs three times as much
"""

from math import sqrt

from retrostep.compat import const

_MASK = const(255)
_DT = const(0.019230769230769232)  # s, a pair of samples at 104 Hz
# m, a foot that goes this far, or is this high in the mean of the time (twice at most), has stepped; else the shares
# add up. Fitted on 187 turning and shuffling motions of 12 people, each left out in turn: 154 as their hand marks say;
# half to twice either number costs 9 at most
_FAR = const(0.3)
_HIGH = const(0.006)


def turned(raw, start, end, up, gyro_scale):
    """Rad about `up` (unit, sensor frame) in ticks [start, end), unsigned."""
    x, y, z = up
    total = 0.0
    for t in range(start, end):
        k = 6 * (t & _MASK)
        total += raw[k] * x + raw[k + 1] * y + raw[k + 2] * z
    total *= gyro_scale * _DT
    return total if total > 0.0 else -total


def upward(raw, tick):
    """Unit vector up as a resting sensor feels it about `tick`, and the size of five values in counts."""
    x = y = z = 0
    for t in range(tick - 2, tick + 3):
        k = 6 * (t & _MASK)
        x += raw[k + 3]
        y += raw[k + 4]
        z += raw[k + 5]
    size = sqrt(x * x + y * y + z * z) + 0.001
    return x / size, y / size, z / size, size


def stepped(raw, start, end, v, acc_scale, gyro_scale):
    """Horizontal distance in m between ticks start and end, 0.0 where the foot kept its place.

    v: any axis that is not vertical.
    """
    n = end - start
    dt = gyro_scale * _DT
    ux, uy, uz, size = upward(raw, start)
    g = 0.2 * size * acc_scale
    px, py, pz = uy * v[2] - uz * v[1], uz * v[0] - ux * v[2], ux * v[1] - uy * v[0]  # horizontal, and so is u x p
    size = sqrt(px * px + py * py + pz * pz)
    if size < 0.3 or n < 4:
        return 0.0
    px, py, pz = px / size, py / size, pz / size
    vp = vq = vu = fp = fq = fu = high = 0.0
    for t in range(start, end):
        k = 6 * (t & _MASK)
        wx, wy, wz = raw[k] * dt, raw[k + 1] * dt, raw[k + 2] * dt
        # what stands still turns the other way in the sensor frame: u + u x w, and back to length 1
        x, y, z = ux + uy * wz - uz * wy, uy + uz * wx - ux * wz, uz + ux * wy - uy * wx
        size = 1.5 - 0.5 * (x * x + y * y + z * z)
        ux, uy, uz = x * size, y * size, z * size
        x, y, z = px + py * wz - pz * wy, py + pz * wx - px * wz, pz + px * wy - py * wx
        size = 1.5 - 0.5 * (x * x + y * y + z * z)
        px, py, pz = x * size, y * size, z * size
        x, y, z = raw[k + 3] * acc_scale, raw[k + 4] * acc_scale, raw[k + 5] * acc_scale
        fp += vp
        fq += vq
        fu += vu
        high += fu
        vp += x * px + y * py + z * pz
        vq += x * (uy * pz - uz * py) + y * (uz * px - ux * pz) + z * (ux * py - uy * px)
        vu += x * ux + y * uy + z * uz - g
    # less the linear drift of the velocity; height as the mean above the line from start to end
    half = 0.5 - 0.5 * n
    fp += half * vp
    fq += half * vq
    high = (high / n - n * vu / 6.0 - 0.5 * (fu + half * vu)) * _DT * _DT
    far = sqrt(fp * fp + fq * fq) * _DT * _DT
    return far if far / _FAR + high / _HIGH > 1.0 else 0.0
