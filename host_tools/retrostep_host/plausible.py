# SPDX-License-Identifier: MIT
"""Plausible: whether numbers can be a person's motion in the unit that was said, and which unit they look like if not.

in    t, acc, gyr of a recording in SI units, after conversion; the units that were said
out   nothing, or WrongUnit (BadRecording for time) with one sentence that ends in what to type
from  at rest an accelerometer measures g: the quietest tenth of 1,844 recordings of people is 8.5-11.1 m/s^2
      but for one (7.5), nine sources; an LSM6DS ends at 2000 deg/s
      what turns gravity in one half of the chip turns in the other; in people's recordings within a factor of 4
but   a gyroscope range that is wrong by a factor of two cannot be seen so
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from retrostep import units

from . import quantity
from .errors import BadRecording, WrongUnit

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Fitting = Callable[[dict], list]

MIN_HZ, MAX_HZ = 8.0, 8000.0  # slowest source in use is 12.5 Hz (wrist watches); faster than 8 kHz is no IMU
REST = units.G / 2**0.5, units.G * 2**0.5  # m/s^2 at rest: the next range of a chip is a factor of two away
FASTEST = 40.0  # rad/s; the widest range of any LSM6DS is 2000 deg/s = 34.9 rad/s
TURNED = 0.06, 8.0  # how far gravity turned by the accelerometer, of how far by the gyroscope: people 0.22-3.1
USUAL_TURN = 0.9  # the middle of 1,677 recordings; a unit that is wrong is 17 times off at least
TURN_RAD = 0.15  # a turn within a quarter second that is worth comparing
TURNS = 4, 16  # so many at least to say that gravity turned without the gyroscope; that it did not turn with it
USUAL_PEAK = 5.0  # rad/s, of a shank: for recordings without such turns
QUIET_S = 0.25
_COUNTS = tuple(2**k for k in range(5, 15))  # a g, of raw sensors: 32 to 16384
_NEAR = 0.3  # share by which a rest may be off a unit's g


def rate(name: str, hz: float, said: dict[str, str]) -> None:
    """Raises BadRecording when no motion sensor gives samples so seldom, or so often."""
    if MIN_HZ <= hz <= MAX_HZ:
        return
    unit = said.get("t", "s")
    factors = quantity.FACTORS["t"]
    for other, factor in factors.items():
        if MIN_HZ <= (would := hz * factors[unit] / factor) <= MAX_HZ:
            raise WrongUnit(
                f"{name} has {hz:.3g} samples a second if its time is in {unit}; in {other} it has {would:.4g}: "
                f"add `--unit t={other}`."
            )
    why = "steps need more" if hz < MIN_HZ else "which no motion sensor gives"
    raise BadRecording(f"{name} has {hz:.3g} samples a second; {why}.")


def _block(t: np.ndarray) -> int:
    """Samples of a quarter second."""
    import numpy as np

    return max(2, min(t.size, round(QUIET_S / float(np.median(np.diff(t))))))


def _blocks(t: np.ndarray, acc: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(mean (k,3), spread (k,)) of the acceleration of quarter seconds."""
    n = _block(t)
    cut = acc[: t.size // n * n].reshape(-1, n, 3)
    return cut.mean(axis=1), cut.std(axis=1).max(axis=1)


def rest(t: np.ndarray, acc: np.ndarray) -> float:
    """|acc| at rest: the middle of the quietest tenth of the recording's quarter seconds."""
    import numpy as np

    mean, spread = _blocks(t, acc)
    quiet = np.argsort(spread)[: max(3, len(spread) // 10)]
    return float(np.median(np.linalg.norm(mean[quiet], axis=1)))


def turned(t: np.ndarray, acc: np.ndarray, gyr: np.ndarray) -> tuple[float, int]:
    """How far gravity turned in the sensor by its acceleration, of how far by its rotation; and in how many turns.

    Both from quarter seconds: the angle between means of acc, the mean of gyr times their length. A turn about the
    vertical turns no gravity and a blow turns acc alone, so only the order of magnitude tells.
    """
    import numpy as np

    n = _block(t)
    mean, _ = _blocks(t, acc)
    up = mean / np.linalg.norm(mean, axis=1)[:, None]
    angle = np.arccos(np.clip((up[1:] * up[:-1]).sum(axis=1), -1.0, 1.0))
    rate = np.linalg.norm(gyr[: t.size // n * n].reshape(-1, n, 3).mean(axis=1), axis=1)
    turn = 0.5 * (rate[1:] + rate[:-1]) * n * float(np.median(np.diff(t)))
    large = (angle > TURN_RAD) | (turn > TURN_RAD)
    return float(angle[large].sum() / max(turn[large].sum(), 1e-9)), int(large.sum())


def _limb(t: np.ndarray, acc: np.ndarray, gyr: np.ndarray) -> tuple[str, float]:
    """("" for a limb's rotation, or what is wrong with it; how unusual it is, from 0)."""
    import numpy as np

    peak = float(np.sort(np.abs(gyr).max(axis=1))[-min(10, t.size)])
    ratio, count = turned(t, acc, gyr)
    if peak > FASTEST or (ratio < TURNED[0] and count >= TURNS[1]):
        return "more than a limb does", 99.0
    if ratio > TURNED[1] and count >= TURNS[0]:
        return "too slow for how gravity turns", 99.0
    if count >= TURNS[0] and ratio > TURNED[0]:
        return "", abs(math.log(ratio / USUAL_TURN))
    return "", abs(math.log(max(peak, 1e-9) / USUAL_PEAK))


def motion(name: str, t: np.ndarray, acc: np.ndarray, gyr: np.ndarray | None, said: dict[str, str]) -> None:
    """Raises WrongUnit when the acceleration at rest is not g, or the rotation not a limb's."""
    import numpy as np

    unit, turn_unit = said.get("acc", "m/s2"), said.get("gyr", "rad/s")
    now, turn = quantity.factor("acc", unit), quantity.factor("gyr", turn_unit)

    def fitting(factors: dict) -> list:
        """Those of {name: factor} in which the rotation is a limb's, the likeliest first."""
        seen = {key: _limb(t, acc, gyr * (factor / turn)) for key, factor in factors.items()}
        return sorted((key for key, (fault, _) in seen.items() if not fault), key=lambda key: seen[key][1])

    still = rest(t, acc)
    if not REST[0] <= still <= REST[1]:
        whole = bool((np.abs(np.rint(acc[:500] / now) - acc[:500] / now) < 1e-6).all())
        wrong = gyr is not None and _limb(t, acc, gyr)[0]
        raise WrongUnit(
            f"{name}: the acceleration at rest is {still / now:.4g}, which in {unit} is not gravity; "
            + _acceleration(still / now, unit, whole, fitting if wrong else None, gyr is not None)
        )
    if gyr is None:
        return
    fault, _ = _limb(t, acc, gyr)
    if fault:
        peak = float(np.sort(np.abs(gyr).max(axis=1))[-min(10, t.size)])
        raise WrongUnit(
            f"{name}: rotation reaches {peak / turn:.4g}, which in {turn_unit} is {fault}; " + _rotation(fitting, said)
        )


def _acceleration(value: float, now: str, whole: bool, fitting: Fitting | None, has_gyro: bool) -> str:
    """What to type when rest is `value` in the unit `now`; whole: all of them whole numbers; fitting: None where the
    rotation is right already, or missing."""
    known = {unit: units.G / factor for unit, factor in quantity.FACTORS["acc"].items() if unit != now}
    known |= {f"{count}/g": float(count) for count in _COUNTS if whole and count != 1024}  # 1000 mg is as near
    unit = min(known, key=lambda name: abs(math.log(max(value, 1e-9) / known[name])))
    if not 1 - _NEAR < value / known[unit] < 1 + _NEAR:
        if value < 0.5:
            return "was gravity taken out of it? Steps are found with it: record the acceleration with g."
        return "say its unit, such as `--unit acc=g`, or `--unit acc=N/g` for N counts a g."
    full = round(32768 / known[unit])
    if not unit.endswith("/g"):
        fits = fitting(quantity.FACTORS["gyr"]) if fitting else []
        return f"it looks like {unit}: add `--unit acc={unit}`" + (f" and `--unit gyr={fits[0]}`." if fits else ".")
    if known[unit] < 2048:
        return f"it looks like {unit[:-2]} counts a g: add `--unit acc={unit}`."
    raw = f"lsm6dsox:{full}g"
    if not has_gyro:
        which = f"`--raw {raw}`"
    else:
        ranges = fitting({r: units.gyro_scale(r) for r in units.GYRO_MDPS_PER_LSB})[:3] if fitting else []
        which = " or ".join(f"`--raw {raw}:{r}dps`" for r in ranges or [1000]) + ", as its gyroscope was set"
    return f"it looks like raw counts of an LSM6DS at ±{full} g: add {which} (another chip: `--unit acc={unit}`)."


def _rotation(fitting: Fitting, said: dict[str, str]) -> str:
    """What to type when the rotation is no limb's."""
    if not {"/", ":"}.isdisjoint(said.get("acc", "").replace("m/s2", "")):  # who counts there, counts here
        return "the other half is in counts: say its range with `--raw CHIP:RANGEg:RANGEdps`, or `--unit gyr=N/dps`."
    if fits := fitting({u: f for u, f in quantity.FACTORS["gyr"].items() if u != said.get("gyr", "rad/s")}):
        return f"it looks like {fits[0]}: add `--unit gyr={fits[0]}`."
    return "say its unit, such as `--unit gyr=dps`, or `--unit gyr=N/dps` for N counts a degree per second."
