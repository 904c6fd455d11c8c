# SPDX-License-Identifier: MIT
"""Generated walks: a script becomes what a sensor would have measured, with the exact truth of every step.

in    a walk script (walking/script.py, docs/walks.md), a seed, where the sensor sits and how it is turned
out   Walk: a Recording at 104 Hz, and in .truth every contact, direction, length, segment and event
keeps nothing; the same script and seed give the same bytes, and the same truth wherever the sensor sits
from  walking/cycle.py (the leg over a stride); how near to people it comes stands in docs/walks.md
but   accelerations and rates are derivatives of one track, so a strap-down integration returns the true stride
not   a person: soft tissue is noise, the arm two pendulums, a fall a sketch; accuracy is judged on people
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from retrostep import units

from .. import recordings
from ..errors import BadScript
from .walking import bouts, cycle, moves, sensing
from .walking import script as script_file
from .walking.scene import Scene, Step, Truth
from .walking.worn import Worn

__all__ = ["Step", "Truth", "Walk", "generate", "save"]


@dataclass
class Walk(recordings.Recording):
    """A Recording, and the truth of it."""

    truth: Truth = field(default_factory=Truth)


def generate(
    script: str | Path | None = None,
    seed: int = 1,
    placement: str | None = None,
    side: str | None = None,
    mount: str | np.ndarray | None = "random",
    wear: str | None = None,
) -> Walk:
    """The walk of a script: its text, a file, the name of a built-in one, or None for the demo.

    wear ("ankle left front up=25", as after `wear` in a script) wins over the script's line, placement (the usual
    place at ankle, foot or wrist) and side win over both; without any, ankle left. mount is "random" (any way round,
    from the seed), None (x forward, y left, z up) or a rotation matrix. Raises BadScript.
    """
    is_text = isinstance(script, str) and (" " in script or "\n" in script)
    text = script if is_text else script_file.read(script or "demo")
    lines = script_file.parse(text)
    if wear is not None:
        lines += script_file.parse(f"wear {wear}", complete=False)
    worn = [line.worn for line in lines if line.worn is not None]
    sits = worn[-1] if worn else Worn.at("ankle")
    if placement and placement != sits.placement:
        sits = Worn.at(placement, sits.side)
    sits = replace(sits, side=side or sits.side or "left")
    scene = Scene(
        np.random.default_rng([seed, 1]), sits.side, cycle.Style.of(np.random.default_rng([seed, 4]))
    )
    _play(scene, [line for line in lines if line.verb != "wear"])
    acc, gyr = sensing.measure(scene, sits, np.random.default_rng([seed, 2]), np.random.default_rng([seed, 5]))
    if isinstance(mount, str):
        mount = recordings.random_rotation(seed, 3)
        if sits.placement == "wrist":
            mount = _along_the_arm(mount)
    if mount is not None:
        acc, gyr = acc @ mount.T, gyr @ mount.T
    t = np.arange(len(acc)) / units.RATE_HZ
    meta = {"id": f"generated, seed {seed}", "script": text, "seed": seed, "worn": sits.meta()}
    return Walk(t, acc, gyr, units.RATE_HZ, sits.placement, sits.side, meta, "generated walk", truth=scene.truth)


def save(walk: Walk, path: str | Path) -> Path:
    """Write NAME.npz and, beside it, NAME.json with the truth; `replay`, `walk` and `emulate` take them."""
    return recordings.save(walk, path, **walk.truth.sidecar())


def _along_the_arm(turn: np.ndarray) -> np.ndarray:
    """The nearest rotation that has an edge of the board along the forearm (z), as a strap holds it, either way up."""
    k = int(np.argmax(np.abs(turn[:, 2])))
    z = np.sign(turn[k, 2]) * np.eye(3)[k]
    x = turn[:, 0] - z * (z @ turn[:, 0])
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], axis=1)


def _play(scene: Scene, lines: list[script_file.Line]) -> None:
    """Lay down line after line; walking lines of one direction, and stumbles between them, are one bout."""
    i = 0
    while i < len(lines):
        line = lines[i]
        first, start = i, scene.t
        i += 1
        if line.verb in ("forward", "backward"):
            while i < len(lines) and lines[i].verb in (line.verb, "stumble"):
                i += 1
            bouts.bout(scene, line.verb, lines[first:i])
            if i < len(lines) and lines[i].verb in ("forward", "backward", "side", "turn"):
                moves.stand(scene, float(line.options.get("pause", 0.8)))  # nobody reverses in mid stride
        elif line.verb == "stand":
            moves.stand(scene, line.amount)
        elif line.verb == "sit":
            moves.sit(scene, line.amount)
        elif line.verb == "side":
            moves.side(scene, line)
        elif line.verb == "dangle":
            moves.dangle(scene, line)
        elif line.verb == "pedal":
            moves.pedal(scene, line)
        elif line.verb == "turn":
            moves.turn(scene, line)
        elif line.verb == "fall":
            moves.fall(scene, float(line.options.get("lie", 6.0)))
        if line.verb in ("stand", "sit", "side", "turn", "dangle", "pedal"):
            scene.truth.segments.append((start, scene.t, "sidestep" if line.verb == "side" else line.verb))
        if scene.t > script_file.MAX_S:
            raise BadScript(f"Line {line.number}: the walk is longer than four hours by now; nothing was made.")
    if scene.t < 1.0:
        raise BadScript("The whole walk is shorter than one second; nothing was made.")
