# SPDX-License-Identifier: MIT
"""Sensing: what a sensor on shank, thigh, foot or forearm measures of a scene.

in    a Scene, where the sensor is worn, random generators
out   specific force and rate at 104 Hz in the segment's frame (x forward, y left, z up), noise and bias in
from  noise and bias: LSM6DSOX datasheet, table 2
but   an impact leaves no speed behind, so a strap-down integration still returns the true stride
"""

from __future__ import annotations

import math

import numpy as np
from retrostep import units
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfiltfilt

from . import cycle, leg, strap
from .scene import Scene
from .worn import Worn

# segment -> share of a landing that reaches it, decay s, ringing Hz
IMPACT = {
    "shank": (1.0, 0.016, 24.0),
    "foot": (1.25, 0.016, 24.0),
    "thigh": (0.5, 0.022, 18.0),
    "forearm": (0.22, 0.035, 11.0),
}
NOISE_ACC, NOISE_GYR = 0.02, 0.004  # m/s^2, rad/s; LSM6DSOX 70 ug/sqrt(Hz), 3.8 mdps/sqrt(Hz), and skin
ELBOW, UPPER_BACK = 0.35, 0.08  # rad, at rest; forearms of nine people hang 7 to 32 degrees ahead (docs/accuracy.md)
UPPER_SHARE = 0.7  # of the swing that the shoulder does, the elbow the rest
BIAS_ACC, BIAS_GYR = 0.12, 0.01  # m/s^2, rad/s; datasheet table 2: +-20 mg, +-1 dps typical


def measure(
    scene: Scene, worn: Worn, rng: np.random.Generator, shaking: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Acceleration and rate at 104 Hz in the segment's frame (x forward, y left, z up), noise and bias in.

    rng draws noise and bias, shaking what a loose strap does.
    """
    count = int(scene.t * units.RATE_HZ)
    ratio = round(leg.FINE_HZ / units.RATE_HZ)
    fine = np.arange(count * ratio) / leg.FINE_HZ
    lever = np.array(worn.lever_m) * (1.0, scene.out, 1.0)
    turn, origin = SEGMENTS[worn.segment](scene, fine)
    extra = _impacts(scene, fine, worn.segment)
    force, rate = leg.measure(turn, origin + turn @ lever, extra, units.G)
    if worn.loose:
        around, down = strap.slide(fine, scene.landings, shaking)
        shift, rocking = strap.rattle(force)
        none = np.zeros_like(around)
        turned = leg.rotations(around, none, none)
        place = (turned @ lever) + shift - np.stack([none, none, down], -1)
        origin = origin + np.einsum("nij,nj->ni", turn, place)
        force, rate = leg.measure(turn @ turned @ leg.vectors(rocking), origin, extra, units.G)
    force, rate = _skin(force, rate, rng)
    # the sensor's own band, then one sample in four
    sos = butter(2, 0.42 * units.RATE_HZ / (leg.FINE_HZ / 2), output="sos")
    force, rate = sosfiltfilt(sos, force, axis=0)[::ratio], sosfiltfilt(sos, rate, axis=0)[::ratio]
    force = force + BIAS_ACC * rng.normal(size=3) + NOISE_ACC * rng.normal(size=force.shape)
    rate = rate + BIAS_GYR * rng.normal(size=3) + NOISE_GYR * rng.normal(size=rate.shape)
    return force, rate


def _shank(scene: Scene, fine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn and ankle joint."""
    track = scene.foot.sample(fine)
    return leg.rotations(track["yaw"], track["shank"], track["roll"]), _joint(track)


def _foot(scene: Scene, fine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn and ankle joint."""
    track = scene.foot.sample(fine)
    return leg.rotations(track["yaw"], track["sole"], track["roll"]), _joint(track)


def _thigh(scene: Scene, fine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn and knee joint. Muscles take the sharpest off; sideways the leg leans as one."""
    track, body = scene.foot.sample(fine, smooth_s=0.02), scene.body.sample(fine, smooth_s=0.035)
    shank = leg.rotations(body["yaw"], track["shank"], track["roll"])  # its twist does not move the knee
    turn = leg.rotations(body["yaw"], -track["thigh"], track["roll"])
    return turn, _joint(track) + cycle.SHANK_M * shank[:, :, 2]


def _joint(track: dict[str, np.ndarray]) -> np.ndarray:
    return np.stack([track["x"], track["y"], track["z"]], -1)


def _impacts(scene: Scene, fine: np.ndarray, segment: str) -> np.ndarray:
    """World accelerations of all hits: a damped swing whose integral is nothing, so that no speed is left."""
    out = np.zeros((len(fine), 3))
    share, tau, ring = IMPACT[segment]
    at = np.arange(int(9 * tau * leg.FINE_HZ)) / leg.FINE_HZ
    swing = np.sin(2 * np.pi * ring * at) * np.exp(-at / tau)
    shape = np.gradient(swing * at)
    shape /= np.abs(shape).max()
    for when, forward, aside, up in scene.hits:
        first = round(when * leg.FINE_HZ)
        room = min(len(shape), len(fine) - first)
        if first < 0 or room <= 0:
            continue
        # hits are few, and the heading hardly changes within one
        yaw = scene.heading_at(when)
        c, s = math.cos(yaw), math.sin(yaw)
        vector = np.array([c * forward - s * aside, s * forward + c * aside, up])
        out[first : first + room] += share * shape[:room, None] * vector
    return out


def _forearm(scene: Scene, fine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An upper arm that swings from the shoulder, a forearm that swings a little more; the sensor is at its end. The
    elbow is bent, as people's are, so the hand hangs in front whichever way they walk."""
    track = scene.body.sample(fine, smooth_s=0.035)
    for axis in ("x", "y"):
        track[axis] = gaussian_filter1d(track[axis], 0.11 * leg.FINE_HZ, mode="nearest")
    scene.trunk.add(scene.t)
    surge = scene.trunk.sample(fine, smooth_s=0.035)["surge"]
    upper = UPPER_SHARE * track["arm"] - UPPER_BACK  # positive = hand forward
    elbow = ELBOW + (1 - UPPER_SHARE) * track["arm"]
    roll = np.broadcast_to(0.12 * scene.out + 0.25 * track["arm"] * scene.out, upper.shape)
    above, turn = leg.rotations(track["yaw"], -upper, roll), leg.rotations(track["yaw"], -upper - elbow, roll)
    ahead = np.stack([np.cos(track["yaw"]), np.sin(track["yaw"])], -1) * surge[:, None]
    shoulder = np.stack([track["x"] + ahead[:, 0], track["y"] + ahead[:, 1], track["z"] + 1.4], -1)
    return turn, shoulder - 0.30 * above[:, :, 2]


def _skin(force: np.ndarray, rate: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Soft tissue and strap: noise of 6-20 Hz that grows with how much the leg moves."""
    sos = butter(2, (6 / (leg.FINE_HZ / 2), 20 / (leg.FINE_HZ / 2)), "bandpass", output="sos")
    noise = sosfiltfilt(sos, rng.normal(size=(len(force), 6)), axis=0)
    noise /= noise.std(axis=0) + 1e-12
    effort = gaussian_filter1d(np.linalg.norm(rate, axis=1), 0.15 * leg.FINE_HZ, mode="nearest")[:, None]
    return force + 0.22 * effort * noise[:, :3], rate + 0.035 * effort * noise[:, 3:]


# segment -> its turn (n,3,3) to the world and its joint (n,3) m, at FINE_HZ
SEGMENTS = {"shank": _shank, "thigh": _thigh, "foot": _foot, "forearm": _forearm}
