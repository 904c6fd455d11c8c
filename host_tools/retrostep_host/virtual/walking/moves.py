# SPDX-License-Identifier: MIT
"""Moves: everything that is no walk: standing, turning, side steps, sitting, dangling, pedalling, falling.

in    a Scene and one line of the script
out   knots of leg and body, impacts, and the truth of every contact
from  bicycle: crank 0.17 m, saddle as high as leaves the knee bent 35 degrees below; the knee follows from hip and
      pedal. Lower leg: a pendulum on the knee, rests near 0.8 swings a second
not   a model of a fall: a sketch with its impact, its posture and its stillness; nor of a road under the wheels
"""

from __future__ import annotations

import math

import numpy as np
from scipy.interpolate import CubicSpline

from . import leg
from .cycle import SHANK_M, THIGH_M
from .scene import HIP_M, STAND, Scene, Step
from .script import Line

CRANK_M, SEAT_M, SEAT_RAD, BRACKET_M = 0.17, 0.76, math.radians(73), 0.19  # hip to bracket; bracket over ankle height
BALL_M = (0.13, -0.08)  # of the foot, ahead of and below the ankle
TABLE_M = 0.80  # height of hip and knee over the ankle's, feet off the ground


def stand(scene: Scene, seconds: float) -> None:
    """Quiet standing: a slow sway, everything else stays."""
    end = scene.t + seconds
    here = scene.foot.last
    lean = here["shank"] if abs(here["shank"]) < 0.3 else STAND
    at = scene.t + 0.35
    while at < end - 0.2:
        scene.foot.add(at, shank=lean + 0.006 * scene.rng.normal(), roll=0.004 * scene.rng.normal(), sole=0.0)
        at += 0.9 + 0.4 * scene.rng.random()
    scene.foot.add(end, shank=lean, sole=0.0, roll=0.0)
    scene.body.add(end, arm=0.0, z=0.0)
    scene.t = end


def turn(scene: Scene, line: Line) -> None:
    """On the spot, in small steps of about 45 degrees."""
    apart = 60.0 / float(line.options.get("cadence", 95.0))
    angle = math.radians(line.amount)
    count = 2 * max(1, round(abs(angle) / math.radians(45) / 2))
    made = _steps_on_spot(scene, count, apart, "turn")
    start, base = scene.heading, scene.foot.last
    own = [at for at, mine in made if mine]
    for number, at in enumerate(own):
        held = scene.foot.last["yaw"]
        scene.foot.add(at - 0.42, z=0.0, shank=STAND, sole=0.0, yaw=held)
        to = start + angle * (number + 1) / len(own)
        dx, dy = 0.05 * scene.rng.normal(size=2)
        scene.foot.add(at - 0.26, z=0.05, shank=STAND + 0.30, thigh=0.25, sole=0.35, yaw=held + 0.4 * (to - held))
        scene.foot.add(at - 0.10, z=0.03, shank=STAND - 0.06, thigh=0.05, sole=0.0, yaw=held + 0.9 * (to - held))
        scene.foot.add(at, z=0.0, x=base["x"] + dx, y=base["y"] + dy, shank=STAND + 0.02, thigh=-STAND, yaw=to)
        scene.land(at, 0.2, False, 0.8, 0.0)
    for at, mine in made:
        scene.truth.steps.append(Step(at, mine, "turn", 0.0, 0.0))
        if not mine:
            scene.land(at, 0.2, False, 0.1, 0.0)
    scene.heading = start + angle
    scene.body.add(made[0][0] - apart, yaw=start)
    scene.body.add(made[-1][0], yaw=scene.heading)
    scene.t = made[-1][0] + 0.4
    scene.foot.add(scene.t, shank=STAND, sole=0.0, yaw=scene.heading)


def side(scene: Scene, line: Line) -> None:
    """Side steps: the leading leg goes out, the other follows."""
    apart = 60.0 / float(line.options.get("cadence", 80.0))
    length = float(line.options.get("length", 0.40))
    per = {"strides": 2, "steps": 1, "s": 1 / apart}[line.unit]
    count = max(2, 2 * round(line.amount * per / 2))
    way = 1.0 if line.side == "left" else -1.0
    leads = way == scene.out
    n = np.array([-math.sin(scene.heading), math.cos(scene.heading)]) * way
    at = scene.t + 0.5 * apart
    for k in range(count):
        at += apart * (1 + 0.04 * scene.rng.normal())
        mine = (k % 2 == 0) == leads
        size = length * (1 + 0.06 * scene.rng.normal())
        scene.truth.steps.append(Step(at, mine, "sideways", size, 2 * apart if k > 1 else 0.0))
        body = scene.body.last
        scene.body.add(at, x=body["x"] + 0.5 * size * n[0], y=body["y"] + 0.5 * size * n[1], z=-0.01)
        scene.body.add(at + 0.3 * apart, z=0.01)
        if not mine:
            scene.land(at, 0.2, False, 0.1, 0.0)
            continue
        here = scene.foot.last
        lean = -way * 0.20  # the shank tilts to the side it is pushed from
        scene.foot.add(at - 0.40, z=0.0, shank=STAND + 0.05, roll=lean)
        x, y = here["x"], here["y"]
        scene.foot.add(
            at - 0.22,
            z=0.055,
            x=x + 0.45 * size * n[0],
            y=y + 0.45 * size * n[1],
            shank=STAND + 0.22,
            thigh=0.20,
            roll=0.3 * lean,
        )
        x, y = x + size * n[0], y + size * n[1]
        scene.foot.add(at, z=0.0, x=x, y=y, shank=STAND - 0.02, thigh=-STAND, roll=-0.8 * lean)
        scene.land(at, 0.25, False, 0.8, 0.0)
    scene.t = at + 0.45
    scene.foot.add(scene.t, shank=STAND, roll=0.0)
    scene.body.add(scene.t, z=0.0)


def sit(scene: Scene, seconds: float) -> None:
    """Down on a chair, feet drawn in a little, and up again."""
    scene.foot.add(scene.t + 0.05)
    here = scene.foot.last
    c, s = math.cos(scene.heading), math.sin(scene.heading)
    scene.foot.add(scene.t + 0.7, shank=0.20)
    scene.foot.add(scene.t + 1.4, shank=-0.05, thigh=1.2)
    scene.foot.add(scene.t + 2.0, shank=0.12, thigh=1.4, x=here["x"] - 0.05 * c, y=here["y"] - 0.05 * s)
    scene.body.add(scene.t + 0.2)
    scene.body.add(scene.t + 1.4, z=-0.42)
    at, end = scene.t + 2.6, scene.t + 2.0 + seconds
    while at < end - 0.5:
        scene.foot.add(at, shank=0.12 + 0.03 * scene.rng.normal(), roll=0.02 * scene.rng.normal())
        at += 1.5 + 2 * scene.rng.random()
    scene.foot.add(end, shank=0.12, roll=0.0)
    scene.body.add(end)
    scene.foot.add(end + 0.6, shank=0.32, thigh=1.3)
    scene.foot.add(end + 1.5, shank=STAND, thigh=-STAND)
    scene.body.add(end + 1.4, z=0.0)
    scene.t = end + 1.6


def dangle(scene: Scene, line: Line) -> None:
    """Up on a table, the lower leg swings from the knee as a pendulum does, wider and narrower."""
    rate = float(line.options.get("rate", 0.8))
    at, swings = _meanwhile(scene, line.amount)
    wide = 0.30 + 0.06 * _wander(scene, at, 3.0)
    shank = 0.05 + wide * swings * np.sin(2 * np.pi * rate * (at - at[0]) * (1 + 0.01 * _wander(scene, at, 5.0)))
    ahead = SHANK_M * (math.sin(0.05) - np.sin(shank))
    base = scene.foot.last
    level = np.full_like(shank, 0.5 * math.pi)
    _place(scene, at, (ahead, TABLE_M - SHANK_M * np.cos(shank)), shank, shank + 0.35, level, 0.0 * shank)
    _get_up(scene, base, at, TABLE_M)


def pedal(scene: Scene, line: Line) -> None:
    """On a bicycle: the foot goes round with the crank, the knee follows between it and the saddle."""
    cadence = float(line.options.get("cadence", 70.0))
    at, pace = _meanwhile(scene, line.amount)
    pace = pace * (1 + 0.03 * _wander(scene, at, 2.0))
    turned = 2 * np.pi * (scene.rng.random() + np.cumsum(pace) * cadence / 60 / leg.FINE_HZ)
    sole = 0.32 - 0.18 * np.cos(turned - 0.6)  # the heel is lower over the top and higher at the bottom
    c, s = np.cos(sole), np.sin(sole)
    ball = c * BALL_M[0] + s * BALL_M[1], c * BALL_M[1] - s * BALL_M[0]
    ahead = SEAT_M * math.cos(SEAT_RAD) + CRANK_M * np.sin(turned) - ball[0]
    up = BRACKET_M + CRANK_M * np.cos(turned) - ball[1]
    saddle = BRACKET_M + SEAT_M * math.sin(SEAT_RAD)  # hip at 0, saddle
    off = np.hypot(ahead, up - saddle)
    bulge = np.sqrt(SHANK_M * THIGH_M - off**2 / 4) / off  # both are as long
    knee = ahead / 2 + bulge * (saddle - up), (saddle + up) / 2 + bulge * ahead
    base = scene.foot.last
    shank, thigh = np.arctan2(knee[0] - ahead, knee[1] - up), np.arctan2(knee[0], saddle - knee[1])
    _place(scene, at, (ahead, up), shank, sole, thigh, 0.02 * pace * np.sin(turned))
    _get_up(scene, base, at, saddle)


def _meanwhile(scene: Scene, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """(times, 0-1): after 2.5 s to get there, `seconds` in which something begins, goes on and ends."""
    scene.foot.add(scene.t + 0.05)
    scene.body.add(scene.t + 0.05)
    at = scene.t + 2.5 + np.arange(int(seconds * leg.FINE_HZ)) / leg.FINE_HZ
    return at, leg.smoothstep(np.minimum(at - at[0], at[-1] - at) / min(1.5, seconds / 3))


def _wander(scene: Scene, at: np.ndarray, every_s: float) -> np.ndarray:
    """Slow noise around 0, of about 1."""
    knots = np.arange(at[0] - every_s, at[-1] + 2 * every_s, every_s)
    return CubicSpline(knots, scene.rng.normal(size=len(knots)))(at)


def _place(
    scene: Scene,
    at: np.ndarray,
    way: tuple[np.ndarray, np.ndarray],
    shank: np.ndarray,
    sole: np.ndarray,
    thigh: np.ndarray,
    roll: np.ndarray,
) -> None:
    """The ankle `way` (forward, up) m from where it stood."""
    base, c, s = scene.foot.last, math.cos(scene.heading), math.sin(scene.heading)
    x, y = base["x"] + c * way[0], base["y"] + s * way[0]
    scene.foot.extend(at, x=x, y=y, z=way[1], shank=shank, sole=sole, thigh=thigh, roll=roll)


def _get_up(scene: Scene, base: dict[str, float], at: np.ndarray, hip_m: float) -> None:
    """Down from it, on both feet where one stood before."""
    scene.body.add(at[0], z=hip_m - HIP_M)
    scene.body.add(at[-1], z=hip_m - HIP_M)
    end = at[-1] + 2.0
    scene.foot.add(end, x=base["x"], y=base["y"], z=0.0, shank=STAND, sole=0.0, thigh=-STAND, roll=0.0)
    scene.body.add(end, z=0.0)
    scene.t = end + 0.2
    scene.foot.add(scene.t)


def fall(scene: Scene, lie_s: float) -> None:
    """A loss of balance, the way down, the impact, lying still; then up again, slowly."""
    start = scene.t
    here = scene.foot.last
    backward = bool(scene.truth.segments) and scene.truth.segments[-1][2] == "backward"
    down = 1.45 if not backward else -1.4  # lying on the front or on the back
    roll = 0.5 * scene.rng.normal()
    c, s = math.cos(scene.heading), math.sin(scene.heading)
    scene.truth.events.append((start, "fall"))
    scene.foot.add(start + 0.02)
    scene.foot.add(start + 0.16, shank=STAND + 0.3 * down, roll=0.3, z=0.03)
    scene.foot.add(start + 0.34, shank=STAND + 0.1 * down, roll=-0.25, z=0.10, x=here["x"] - 0.1 * c)
    land = start + 0.85
    scene.foot.add(
        land,
        shank=down,
        sole=down,
        thigh=-0.8 * down,
        roll=roll,
        z=0.08,
        x=here["x"] - 0.25 * c,
        y=here["y"] - 0.25 * s,
    )
    scene.foot.add(land + 0.15, z=0.14, shank=0.92 * down)
    scene.foot.add(land + 0.35, z=0.06, shank=down, roll=0.7 * roll)
    scene.foot.add(land + 0.80, roll=0.6 * roll)
    scene.body.add(start + 0.05)
    scene.body.add(land, z=-0.75, arm=0.9)
    scene.body.add(land + 0.3, z=-0.80, arm=0.7)
    for wait, size in ((0.0, 62.0), (0.11, 34.0), (0.28, 16.0)):
        scene.hits.append((land + wait, 0.5 * size, 0.3 * size * scene.rng.normal(), size))
    end = land + lie_s
    scene.foot.add(end)
    scene.body.add(end)
    scene.truth.segments.append((start, end, "fall"))
    scene.foot.add(end + 1.2, shank=0.55 * down, sole=0.5 * down, roll=0.2, z=0.05)
    scene.foot.add(end + 2.4, shank=0.35, sole=0.0, roll=0.0, thigh=0.2, z=0.0)
    scene.foot.add(end + 3.2, shank=STAND, thigh=-STAND)
    scene.body.add(end + 3.2, z=0.0, arm=0.0)
    scene.truth.segments.append((end, end + 3.4, "other"))
    scene.t = end + 3.4


def _steps_on_spot(scene: Scene, count: int, apart: float, label: str) -> list[tuple[float, bool]]:
    """Contacts of small alternating steps; the own leg is half of them."""
    first = scene.rng.random() < 0.5
    at, made = scene.t + 0.55 * apart, []
    for k in range(count):
        at += apart * (1 + 0.05 * scene.rng.normal())
        made.append((at, (k % 2 == 0) == first))
    return made
