# SPDX-License-Identifier: MIT
"""Plausible: whether numbers can be a person's motion in the unit that was said, and which unit they look like if not.

in    t, acc, gyr of a recording in SI units, after conversion; the units that were said
out   nothing, or WrongUnit (BadRecording for time) with one sentence that ends in what to type
from  at rest an accelerometer measures g: the quietest tenth of 1,844 recordings of people is 8.5-11.1 m/s^2
      but for one (7.5), nine sources; an LSM6DS ends at 2000 deg/s
but   a gyroscope range that is wrong by a factor of two cannot be seen: rest has no rotation
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from retrostep import units

from . import quantity
from .errors import BadRecording, WrongUnit

if TYPE_CHECKING:
    import numpy as np

MIN_HZ, MAX_HZ = 8.0, 8000.0  # slowest source in use is 12.5 Hz (wrist watches); faster than 8 kHz is no IMU
REST = units.G / 2**0.5, units.G * 2**0.5  # m/s^2 at rest: the next range of a chip is a factor of two away
FASTEST = 40.0  # rad/s; the widest range of any LSM6DS is 2000 deg/s = 34.9 rad/s
SLOWEST = 0.25  # rad/s that a limb which turns in gravity reaches: somebody who stands up 0.42 (sfu), walkers 0.9
MOVES = 1.5  # m/s^2, spread of the mean acceleration of quarter seconds: a limb turns in gravity
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


def _blocks(t: np.ndarray, acc: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(mean (k,3), spread (k,)) of the acceleration of quarter seconds."""
    import numpy as np

    n = max(2, min(t.size, round(QUIET_S / float(np.median(np.diff(t))))))
    cut = acc[: t.size // n * n].reshape(-1, n, 3)
    return cut.mean(axis=1), cut.std(axis=1).max(axis=1)


def rest(t: np.ndarray, acc: np.ndarray) -> float:
    """|acc| at rest: the middle of the quietest tenth of the recording's quarter seconds."""
    import numpy as np

    mean, spread = _blocks(t, acc)
    quiet = np.argsort(spread)[: max(3, len(spread) // 10)]
    return float(np.median(np.linalg.norm(mean[quiet], axis=1)))


def motion(name: str, t: np.ndarray, acc: np.ndarray, gyr: np.ndarray | None, said: dict[str, str]) -> None:
    """Raises WrongUnit when the acceleration at rest is not g, or the rotation not a limb's."""
    import numpy as np

    now = quantity.factor("acc", said.get("acc", "m/s2"))
    still = rest(t, acc)
    whole = bool((np.abs(np.rint(acc[:500] / now) - acc[:500] / now) < 1e-6).all())
    peak = 0.0 if gyr is None else float(np.sort(np.abs(gyr).max(axis=1))[-min(10, t.size)])
    turn = quantity.factor("gyr", said.get("gyr", "rad/s"))
    if not REST[0] <= still <= REST[1]:
        unit = said.get("acc", "m/s2")
        raise WrongUnit(
            f"{name}: the acceleration at rest is {still / now:.4g}, which in {unit} is not gravity; "
            + _acceleration(still / now, unit, whole, peak / turn, turn)
        )
    if gyr is None:
        return
    unit = said.get("gyr", "rad/s")
    if peak > FASTEST:
        raise WrongUnit(
            f"{name}: rotation reaches {peak / turn:.4g}, which no limb does in {unit}; " + _rotation(peak / turn, said)
        )
    if peak < SLOWEST and float(np.linalg.norm(_blocks(t, acc)[0].std(axis=0))) > MOVES:
        raise WrongUnit(
            f"{name}: it moves, but rotation reaches only {peak / turn:.4g}, which in {unit} is too slow; "
            + _rotation(peak / turn, said)
        )


def _acceleration(value: float, now: str, whole: bool, peak: float, turn: float) -> str:
    """What to type when rest is `value` in the unit `now`; whole: all of them whole numbers; peak: of the rotation as
    it stands there, in units of `turn` rad/s."""
    known = {unit: units.G / factor for unit, factor in quantity.FACTORS["acc"].items() if unit != now}
    known |= {f"{count}/g": float(count) for count in _COUNTS if whole and count != 1024}  # 1000 mg is as near
    unit = min(known, key=lambda name: abs(math.log(max(value, 1e-9) / known[name])))
    if not 1 - _NEAR < value / known[unit] < 1 + _NEAR:
        if value < 0.5:
            return "was gravity taken out of it? Steps are found with it: record the acceleration with g."
        return "say its unit, such as `--unit acc=g`, or `--unit acc=N/g` for N counts a g."
    full = round(32768 / known[unit])
    if not unit.endswith("/g"):
        fits = _fitting(peak) if peak * turn > FASTEST else []
        return f"it looks like {unit}: add `--unit acc={unit}`" + (f" and `--unit gyr={fits[0]}`." if fits else ".")
    if known[unit] < 2048:
        return f"it looks like {unit[:-2]} counts a g: add `--unit acc={unit}`."
    raw = f"lsm6dsox:{full}g"
    ranges = [r for r in units.GYRO_MDPS_PER_LSB if peak and 1.0 < peak * units.gyro_scale(r) < FASTEST]
    which = " or ".join(f"`--raw {raw}:{r}dps`" for r in ranges) if peak else f"`--raw {raw}`"
    which = which or f"`--raw {raw}:1000dps`"
    as_set = ", as its gyroscope was set" if len(ranges) > 1 else ""
    return (
        f"it looks like raw counts of an LSM6DS at ±{full} g: add {which}{as_set} (another chip: `--unit acc={unit}`)."
    )


def _fitting(peak: float) -> list[str]:
    """The units in which a rotation that reaches `peak` is a limb's."""
    return [unit for unit, factor in quantity.FACTORS["gyr"].items() if 1.0 < peak * factor < FASTEST]


def _rotation(peak: float, said: dict[str, str]) -> str:
    """What to type when rotation reaches `peak`, as it stands in the file."""
    if not {"/", ":"}.isdisjoint(said.get("acc", "").replace("m/s2", "")):  # who counts there, counts here
        return "the other half is in counts: say its range with `--raw CHIP:RANGEg:RANGEdps`, or `--unit gyr=N/dps`."
    if fits := _fitting(peak):
        return f"it looks like {fits[0]}: add `--unit gyr={fits[0]}`."
    return "say its unit, such as `--unit gyr=dps`, or `--unit gyr=N/dps` for N counts a degree per second."
