# SPDX-License-Identifier: MIT
"""Scene: the stage of a generated walk: leg and body as tracks, impacts, and the truth as it is made.

in    a random generator, the side the sensor is worn on
out   Truth; tracks and hits that sensing.py turns into measurements
keeps the whole walk, in knots
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from . import cycle, leg

HIP_M = 0.855  # hip over the ankle joint in quiet standing
STAND = 0.03  # rad; the shank leans a little forward in quiet standing


@dataclass
class Step:
    """One contact: t s; own = the leg that wears the sensor; direction; length_m of the stride that it ends."""

    t: float
    own: bool
    direction: str
    length_m: float
    stride_s: float


@dataclass
class Truth:
    """What really happened, exactly. Segments are (t0, t1, label), events (t, kind)."""

    steps: list[Step] = field(default_factory=list)
    segments: list[tuple[float, float, str]] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)

    def times(self, own: bool | None = None, direction: str | None = None) -> list[float]:
        return [s.t for s in self.steps if own in (None, s.own) and (direction is None or s.direction == direction)]

    def count(self, direction: str) -> int:
        return len(self.times(direction=direction))

    def sidecar(self) -> dict[str, Any]:
        """The keys of NAME.json in the form that recordings of people have."""
        return {
            "real": False,
            "segments": [[round(a, 3), round(b, 3), label] for a, b, label in self.segments],
            "step_times": [round(t, 4) for t in self.times(own=True)],
            "step_kind": "own_foot",
            "all_step_times": [round(t, 4) for t in self.times()],
            "step_count": len(self.steps),
            "steps": [
                {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(s).items()} for s in self.steps
            ],
            "events": [[round(t, 3), kind] for t, kind in self.events],
        }


class Scene:
    """What has been laid down so far. t s: until when; heading rad; out: +1 when the own leg is the left one.

    foot: x y z m of the ankle joint, shank sole thigh roll yaw rad; body: x y m, z m against standing, arm and
    yaw rad; trunk: surge m, how far it is ahead of an even speed.
    """

    def __init__(self, rng: np.random.Generator, side: str, style: cycle.Style) -> None:
        self.rng = rng
        self.style = style
        self.out = 1.0 if side == "left" else -1.0  # which way is outward for the own leg (y is left)
        self.t = 0.0
        self.heading = 0.0
        self.truth = Truth()
        self.foot = leg.Track("x", "y", "z", "shank", "sole", "roll", "yaw", "thigh")
        self.body = leg.Track("x", "y", "z", "arm", "yaw")
        self.trunk = leg.Track("surge")
        self.hits: list[tuple[float, float, float, float]] = []  # t, m/s^2 forward, sideways, up
        self.landings: list[float] = []  # s, of the own foot
        self.foot.add(0.0, shank=STAND, thigh=-STAND)
        self.body.add(0.0)
        self.trunk.add(0.0)

    def land(self, at: float, speed: float, backward: bool, share: float, hard: float) -> None:
        """An impact; landing toe first is softer (docs/walks.md)."""
        size = share * (9.0 if backward else 16.0) * (0.35 + 0.55 * speed) * (1 + 0.15 * self.rng.normal())
        if hard:
            size += 20.0 * hard  # m/s^2: the foot is put down in a hurry
        if share > 0.5:
            self.landings.append(at)
        turn = self.rng.normal(size=2)
        direction = (0.30 if backward else -0.45) + 0.1 * turn[0]
        self.hits.append((at, size * direction, 0.2 * size * turn[1], size))

    def heading_at(self, when: float) -> float:
        """Which way the body faces at a time, rad."""
        t, yaw = self.body.course("yaw")
        return float(np.interp(when, t, yaw))
