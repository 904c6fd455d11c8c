# SPDX-License-Identifier: MIT
"""Strap: what a loose one lets the sensor do on its leg: slide around and down at each landing, rattle in between.

in    the force that a tight sensor would measure; landings; a random generator
out   how far it has slid, and how it is shaken against the leg, per sample
keeps nothing
from  a mass on a damped spring, driven by the leg's own acceleration
but   spring, damping and slip a landing are chosen, not measured: nobody was recorded with a loose strap
"""

from __future__ import annotations

import numpy as np
from scipy.signal import bilinear, lfilter

from .leg import FINE_HZ, smoothstep

SLIP_RAD, SLIP_S = 0.035, 0.10  # about the leg at a landing, and how long it takes
SAG_M = 0.0006  # down the leg at a landing, up to SAG_MOST_M
SAG_MOST_M = 0.03
RATTLE_HZ, DAMPING = 8.0, 0.2
ROOM_M = 0.006  # the strap holds there
CASE_M = 0.04  # a case of this length rocks by its play over its length


def slide(fine: np.ndarray, landings: list[float], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(rad about the leg's axis, m down it): a little more with every landing of the own leg, always the same way."""
    way = rng.choice([-1.0, 1.0])
    around, down = np.zeros(len(fine)), np.zeros(len(fine))
    for at, size in zip(landings, np.abs(rng.normal(1.0, 0.5, len(landings))), strict=True):
        step = size * smoothstep((fine - at) / SLIP_S)
        around += way * SLIP_RAD * step
        down += SAG_M * step
    return around, SAG_MOST_M * np.tanh(down / SAG_MOST_M)


def rattle(force: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(shift m, rotation vector rad) against the leg, (n,3) each, in its frame."""
    omega = 2 * np.pi * RATTLE_HZ
    b, a = bilinear([1.0], [1.0, 2 * DAMPING * omega, omega**2], FINE_HZ)
    shift = -lfilter(b, a, force - force.mean(axis=0), axis=0)
    shift = ROOM_M * np.tanh(shift / ROOM_M)
    return shift, np.stack([-shift[:, 1], shift[:, 0], shift[:, 1]], -1) / CASE_M
