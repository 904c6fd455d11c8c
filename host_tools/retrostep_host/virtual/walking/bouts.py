# SPDX-License-Identifier: MIT
"""Bouts: walking without a stop, forward or backward, with its first step, its closing step and its stumbles.

in    a Scene and the script's lines of one direction
out   knots of leg and body, impacts, and the truth of every contact
from  leg.py; spread and speed of people in docs/walks.md
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ...errors import BadScript
from . import cycle, leg
from .scene import STAND, Scene, Step
from .script import Line

# Backward people take shorter, slower, less even strides (Laufer 2005; docs/walks.md, six people at the ankle).
# speed m/s, stride s, CV of stride time, CV of length
GAITS = {"forward": (1.25, 1.11, 0.020, 0.03), "backward": (0.78, 1.25, 0.035, 0.06)}
# with a brace or a bad knee: slow and short (one walk of one person was at hand)
STIFF = {"forward": (0.50, 1.75, 0.030, 0.05), "backward": (0.40, 1.80, 0.045, 0.07)}
STIFF_DEG = 30.0
# fore and aft of the trunk within a step; people surge 1 to 2 cm from end to end (Zijlstra & Hof 1997, Gait & Posture
# 6:1, walk of an inverted pendulum). The arm's witness is its phase against the bob, so that is what must be honest.
SURGE_M = 0.010
# backward the knee bends less and the trunk runs more evenly: s2 and ca of six people (docs/walks.md)
BACKWARD_KNEE_DEG, BACKWARD_SWAY = 12.0, 0.2
# A stumble: how far the caught foot tips (rad, sideways and along) and how hard it meets the obstacle (m/s^2), so that
# the scores are those of acted near falls (bench/alerts.py; no recording of a stumble in backward walking is at hand)
TRIP_TILT, TRIP_PITCH, TRIP_HIT = 0.14, 0.20, 24.0
# The steps that catch the body, counted from the caught one: how much sooner and shorter. Behind oneself sooner.
CATCH = ((1, 0.18, 0.20), (2, 0.08, 0.10))
CATCH_BACKWARD = ((1, 0.25, 0.15), (2, 0.12, 0.10))


@dataclass
class _Stride:
    """How one stride is asked for."""

    time_s: float
    length_m: float
    time_cv: float
    length_cv: float
    style: cycle.Style


def bout(scene: Scene, verb: str, lines: list[Line]) -> None:
    """One stretch of walking without a stop: lines of one direction, and the stumbles between them."""
    strides: list[_Stride] = []
    stumbles: list[tuple[int, float]] = []
    for line in lines:
        if line.verb == "stumble":
            stumbles.append((len(strides), float(line.options.get("size", 1.0))))
            continue
        asked = _settings(scene, verb, line)
        per = {"strides": 1.0, "steps": 0.5, "s": 1 / asked.time_s, "m": 1 / asked.length_m}[line.unit]
        strides += [asked] * max(1, round(line.amount * per))
    first = str(lines[0].options.get("first", "own" if scene.rng.random() < 0.5 else "other"))
    _walk(scene, verb, strides, first == "own", {min(n, len(strides) - 1): size for n, size in stumbles})


def _settings(scene: Scene, verb: str, line: Line) -> _Stride:
    style = scene.style
    if verb == "backward":
        style = replace(style, knee_deg=style.knee_deg - BACKWARD_KNEE_DEG, sway=style.sway * BACKWARD_SWAY)
    style = replace(style, knee_deg=float(line.options.get("knee", style.knee_deg)))
    speed, time_s, time_cv, length_cv = (STIFF if style.knee_deg < STIFF_DEG else GAITS)[verb]
    length, usual_s = speed * time_s, time_s
    asked = line.options
    if "cadence" in asked:
        time_s = 120.0 / float(asked["cadence"])
    if "length" in asked:
        length = float(asked["length"])
    if "speed" in asked:
        wanted = float(asked["speed"])
        if "cadence" in asked and "length" in asked:
            raise BadScript(f"Line {line.number}: give two of speed, cadence and length; the third follows.")
        if "length" in asked:
            time_s = length / wanted
        elif "cadence" in asked:
            length = wanted * time_s
        else:  # the walk ratio stays: cadence and length share a change of speed (Sekiya 1997)
            grow = math.sqrt(wanted / speed)
            time_s, length = time_s / grow, length * grow
    elif "cadence" in asked and "length" not in asked:
        length *= math.sqrt(time_s / usual_s)
    if not 0.7 <= time_s <= 4.0 or not 0.05 <= length <= 2.2:
        raise BadScript(
            f"Line {line.number}: that makes strides of {length:.2f} m in {time_s:.2f} s, which nobody walks."
        )
    return _Stride(time_s, length, time_cv, length_cv, style)


def _walk(scene: Scene, verb: str, strides: list[_Stride], own_first: bool, stumbles: dict[int, float]) -> None:
    backward = verb == "backward"
    sign = -1.0 if backward else 1.0
    count = len(strides)
    start = scene.t
    # contacts: two steps a stride, alternating; slow drift and step-to-step noise of the asked size
    times, lengths = [], []
    at = start + 0.62 * strides[0].time_s
    drift = 0.0
    for k in range(2 * count):
        asked = strides[k // 2]
        if k:
            drift = 0.6 * drift + 0.8 * scene.rng.normal()
            at += 0.5 * asked.time_s * max(0.75, 1 + asked.time_cv * (0.9 * drift + 0.6 * scene.rng.normal()))
        times.append(at)
        size = asked.length_m * max(0.5, 1 + asked.length_cv * scene.rng.normal())
        lengths.append(0.5 * size if k in (0, 2 * count - 1) else size)
    own = [k for k in range(2 * count) if (k % 2 == 0) == own_first]
    trips: dict[int, tuple[float, float]] = {}  # number of the own stride -> when it was caught, how badly
    for number in sorted(stumbles):
        k = own[number]
        usual = times[k] - times[k - 2] if k >= 2 else strides[number].time_s
        caught = times[k] - (0.20 if not backward else 0.14) * usual  # the swinging foot meets an obstacle
        recovered = caught + 0.34 + 0.04 * scene.rng.random()
        late = min(1.0, stumbles[number]) * (recovered - times[k])
        for later in range(k, 2 * count):
            times[later] += late
        trips[number] = caught, stumbles[number]
        lengths[k] *= 0.9
        for later, sooner, shorter in (CATCH_BACKWARD if backward else CATCH):
            if k + later < 2 * count:
                ahead = sooner * stumbles[number] * (times[k + later] - times[k + later - 1])
                lengths[k + later] *= 1 - shorter * min(1.0, stumbles[number])
                for n in range(k + later, 2 * count):
                    times[n] -= ahead
        scene.truth.events.append((caught, "stumble"))
    side = 0.4 * strides[0].time_s
    _swing_own(scene, backward, strides, times, lengths, own, own_first, trips)
    _carry_body(scene, backward, times, lengths, [trips[n] for n in sorted(trips)])
    for k in range(2 * count):
        since = times[k] - times[k - 2] if k >= 2 else 0.0
        scene.truth.steps.append(Step(times[k], (k % 2 == 0) == own_first, verb, sign * lengths[k], since))
    scene.t = times[-1] + max(0.45, side)
    here = scene.foot.last
    scene.foot.add(scene.t, shank=STAND, sole=0.0, roll=0.0, thigh=-STAND, z=0.0, x=here["x"], y=here["y"])
    scene.truth.segments.append((start, scene.t, verb))


def _swing_own(
    scene: Scene,
    backward: bool,
    strides: list[_Stride],
    times: list[float],
    lengths: list[float],
    own: list[int],
    own_first: bool,
    trips: dict[int, tuple[float, float]],
) -> None:
    """The track of the own leg through its contacts."""
    sign = -1.0 if backward else 1.0
    ahead = np.array([math.cos(scene.heading), math.sin(scene.heading)])
    base = np.array([scene.foot.last["x"], scene.foot.last["y"]])
    done = 0.0
    was, before = None, 0.3  # cycle and size of the stride before; a leg that just stands hangs in a small one
    style = 0.02 * scene.rng.normal(size=2)
    twist = scene.out * (
        (0.16 if backward else 0.12) + 0.04 * scene.rng.normal(size=2)
    )  # rad about the leg's own axis, at lift and landing
    for number, k in enumerate(own):
        length = lengths[k]
        asked = strides[min(number, len(strides) - 1)]
        made = cycle.cycle(round(asked.length_m, 2), asked.style)
        was = was or made
        size = min(1.35, (length / asked.length_m) ** cycle.AMPLITUDE_POWER)
        land = times[k]
        lift = times[own[number - 1]] if number else land - strides[0].time_s
        caught, hard = trips.get(number, (None, 0.0))
        lasts = land - lift if caught is None else _planned(lift, caught, backward)
        fine = np.arange(0, 1, 1 / max(56, int(lasts * leg.FINE_HZ)))
        enter = (0.42, 0.68) if own_first else (0.14, 0.46)  # shares of the stride in which standing becomes walking
        weight = leg.smoothstep((fine - enter[0]) / (enter[1] - enter[0])) if number == 0 else np.ones_like(fine)
        pose = _pose(scene, was, before, made, size, fine, backward, style, twist)
        arc = 0.03 + 0.07 * max(0.0, 1 - asked.style.knee_deg / STIFF_DEG)  # a stiff leg is swung around
        lifted = made.toe_on if backward else made.toe_off
        clear = arc * np.sin(np.pi * np.clip((fine - lifted) / (1 - lifted), 0, 1)) * scene.out
        at = lift + fine * lasts
        kept = (at >= scene.t) & (fine >= (enter[0] if number == 0 else 0.0))
        kept &= at < (land if caught is None else caught - 0.02)
        along = sign * (done + length * pose["moved"] * weight)
        _put(scene, at, pose, weight, base, along, clear * weight, kept)
        done += length
        if caught is not None:
            _trip(scene, caught, land, base + ahead * sign * done, ahead, sign, hard)
        scene.land(land, length / asked.time_s, backward, 1.0, hard)
        was, before = made, size
    # whoever closes, the own leg comes to rest after its last contact
    closes = own[-1] == len(times) - 1
    leave = (0.0, 0.28) if closes else (0.04, 0.36)
    fine = np.arange(0, leave[1], 1 / max(56, int(strides[-1].time_s * leg.FINE_HZ)))
    weight = 1 - leg.smoothstep((fine - leave[0]) / (leave[1] - leave[0]))
    pose = _pose(scene, was, before, was, before, fine, backward, style, twist)
    at = times[own[-1]] + fine * strides[-1].time_s
    _put(scene, at, pose, weight, base, sign * done * np.ones_like(fine), np.zeros_like(fine), np.ones_like(fine, bool))
    for k in range(len(times)):
        if k not in own:  # the other leg's landing shakes this one a little
            scene.land(times[k], lengths[k] / strides[k // 2].time_s, backward, 0.12, 0.0)


def _pose(
    scene: Scene,
    was: cycle.Cycle,
    before: float,
    made: cycle.Cycle,
    size: float,
    fine: np.ndarray,
    backward: bool,
    style: np.ndarray,
    twist: np.ndarray,
) -> dict[str, np.ndarray]:
    """The leg over a stride that begins like the one before and turns into its own."""
    turns = leg.smoothstep((fine - 0.15) / 0.3)
    scale = before + (size - before) * turns
    old, new = was.stride(fine, backward), made.stride(fine, backward)
    shank, sole, height, thigh, moved = (a + (b - a) * turns for a, b in zip(old, new, strict=True))
    yaw = 0.07 * scale * np.sin(2 * np.pi * fine - 0.9 + style[1])
    for middle, size_of in ((made.toe_off - 0.05, twist[0]), (0.98, -twist[1])):
        away = np.mod((made.toe_on - fine if backward else fine) - middle + 0.5, 1.0) - 0.5
        yaw = yaw + scale * size_of * np.exp(-((away / 0.05) ** 2))
    roll = (style[0] + 0.05 * scene.out * np.sin(2 * np.pi * fine + 0.6)) * scale
    angles = {"shank": scale * shank, "sole": scale * sole, "thigh": scale * thigh, "roll": roll, "yaw": yaw}
    return {**angles, "z": height * (0.6 + 0.4 * scale), "moved": moved}


def _put(
    scene: Scene,
    at: np.ndarray,
    pose: dict[str, np.ndarray],
    weight: np.ndarray,
    base: np.ndarray,
    along: np.ndarray,
    aside: np.ndarray,
    kept: np.ndarray,
) -> None:
    """Knots of the leg, as far as it walks (weight) and no longer stands."""
    c, s = math.cos(scene.heading), math.sin(scene.heading)
    values = {name: pose[name] * weight for name in ("z", "sole", "roll")}
    values.update(x=base[0] + c * along - s * aside, y=base[1] + s * along + c * aside)
    values.update(shank=STAND + (pose["shank"] - STAND) * weight, thigh=-STAND + (pose["thigh"] + STAND) * weight)
    values.update(yaw=scene.heading + pose["yaw"] * weight)
    scene.foot.extend(at[kept], **{name: value[kept] for name, value in values.items()})


def _planned(lift: float, caught: float, backward: bool) -> float:
    """Stride time that was under way when the foot was caught at its share of the stride."""
    return (caught - lift) / (0.86 if backward else 0.80)


def _trip(
    scene: Scene, caught: float, land: float, place: np.ndarray, ahead: np.ndarray, sign: float, size: float
) -> None:
    """The foot is caught, the body goes on, the leg is thrown under it."""
    here = scene.foot.last
    thrown = min(1.0, size)
    tilt = TRIP_TILT * size * scene.rng.choice([-1.0, 1.0])
    stop = np.array([here["x"], here["y"]]) + 0.02 * sign * ahead
    stop += (1 - thrown) * 0.06 / (land - caught) * (place - stop)  # a foot that only grazes goes on
    pitch = here["shank"]
    pitch += TRIP_PITCH * size * sign
    scene.foot.add(caught + 0.06, x=stop[0], y=stop[1], shank=pitch, roll=tilt, yaw=scene.heading - tilt)
    span = land - caught
    up = stop + (0.25 + 0.15 * (1 - thrown)) * (place - stop)
    scene.foot.add(
        caught + 0.40 * span,
        x=up[0],
        y=up[1],
        z=0.05 + 0.12 * thrown,
        shank=0.45 + 0.40 * thrown,
        sole=0.4 + 0.5 * thrown,
        thigh=0.35 + 0.20 * thrown,
        roll=-0.8 * tilt,
        yaw=scene.heading + tilt,
    )
    thigh = 0.45 * sign
    scene.foot.add(
        land,
        x=place[0],
        y=place[1],
        z=0.0,
        shank=-0.30 * sign,
        sole=-0.2 * sign,
        thigh=thigh,
        roll=0.9 * tilt,
        yaw=scene.heading,
    )
    scene.foot.add(land + 0.10, shank=0.12, sole=0.0, thigh=0.6 * thigh, roll=-0.7 * tilt)
    scene.foot.add(land + 0.22, shank=0.16, thigh=0.2 * thigh, roll=0.4 * tilt)
    scene.foot.add(land + 0.36, shank=0.22, thigh=-0.4 * thigh, roll=0.0)
    scene.hits.append((caught, -TRIP_HIT * size * sign, 0.3 * TRIP_HIT * size, 0.4 * TRIP_HIT * size))


def _carry_body(
    scene: Scene, backward: bool, times: list[float], lengths: list[float], trips: list[tuple[float, float]]
) -> None:
    """The trunk moves half a stride a step and bobs; the arm swings against the own leg. After a trip it sinks, turns
    and the arm goes up, until the foot is under it again."""
    sign = -1.0 if backward else 1.0
    here = scene.body.last
    x, y = here["x"], here["y"]
    c, s = math.cos(scene.heading), math.sin(scene.heading)
    scene.body.add(scene.t + 0.05, yaw=scene.heading)
    for k, at in enumerate(times):
        step = 0.5 * lengths[k] * sign
        gap = times[k + 1] - at if k + 1 < len(times) else 0.5
        # the trunk is lowest just after a contact and passes over the foot half a step later
        amplitude = min(1.0, abs(lengths[k]) / 1.3) * (0.5 if k in (0, len(times) - 1) else 1.0)
        own = 1.0 if (k % 2 == 0) else -1.0
        for caught, size in trips:
            if k and times[k - 1] < caught < at:
                turned = 0.15 * size * own
                part = x + 0.6 * c * step, y + 0.6 * s * step
                scene.body.add(caught + 0.12, x=part[0], y=part[1], yaw=scene.heading + turned, arm=0.9 * size)
                scene.body.add(at - 0.02, z=-0.05 * size, yaw=scene.heading - 0.5 * turned, arm=-0.3 * size)
        x, y = x + c * step, y + s * step
        late = 0.10 if not backward else -0.05
        arm = 0.34 * amplitude * own * sign
        scene.body.add(at + late * gap, x=x, y=y, yaw=scene.heading, z=-0.022 * amplitude, arm=arm)
        scene.body.add(at + (0.5 + late) * gap, x=x + 0.5 * c * step, y=y + 0.5 * s * step, z=0.02 * amplitude)
        # an inverted pendulum is fastest where it is lowest, whichever way it goes
        for share, ahead in ((0.0, 0.0), (0.25, 1.0), (0.5, 0.0), (0.75, -1.0)):
            scene.trunk.add(at + (share + late) * gap, surge=SURGE_M * amplitude * sign * ahead)
    scene.body.add(times[-1] + 0.6, z=0.0, arm=0.0)
    scene.trunk.add(times[-1] + 0.6, surge=0.0)
