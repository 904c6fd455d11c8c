# SPDX-License-Identifier: MIT
"""Generated walks: a script becomes what a sensor would have measured, with the exact truth of every step.

in    a walk script (walkscript, docs/walks.md), a seed, where the sensor sits and how it is turned
out   Walk: a Recording at 104 Hz, and in .truth every contact, direction, length, segment and event
keeps nothing; the same script and seed give the same bytes, and the same truth for every placement
from  leg.py (angles of shank and foot over a stride); how near to people it comes is measured in docs/walks.md
but   accelerations and rates are derivatives of one track, so a strap-down integration returns the true stride
not   a person: soft tissue is noise, the arm a pendulum, a fall a sketch; accuracy is judged on people
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from retrostep import units
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfiltfilt

from .. import recordings
from ..errors import BadScript
from . import leg, walkscript

# Backward people take shorter, slower, less even strides (Laufer 2005; docs/walks.md, six people at the ankle).
# speed m/s, stride s, CV of stride time, CV of length
GAITS = {"forward": (1.25, 1.11, 0.020, 0.03), "backward": (0.78, 1.25, 0.035, 0.06)}
_STAND = 0.03  # rad; the shank leans a little forward in quiet standing
_AMPLITUDE_POWER = 0.6  # angles grow less than stride length
_LEVER = {"ankle": (0.02, 0.02, 0.10), "foot": (0.07, 0.0, -0.03), "wrist": (0.0, 0.0, -0.27)}  # m from the joint
_NOISE_ACC, _NOISE_GYR = 0.02, 0.004  # m/s^2, rad/s; LSM6DSOX 70 ug/sqrt(Hz), 3.8 mdps/sqrt(Hz), and skin
_BIAS_ACC, _BIAS_GYR = 0.12, 0.01  # m/s^2, rad/s; datasheet table 2: +-20 mg, +-1 dps typical


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
) -> Walk:
    """The walk of a script: its text, a file, the name of a built-in one, or None for the demo.

    placement and side win over the script's `wear` line; without either, ankle left. mount is "random" (any way
    round, from the seed), None (x forward, y left, z up) or a rotation matrix. Raises BadScript.
    """
    text = (
        script if isinstance(script, str) and (" " in script or "\n" in script) else walkscript.read(script or "demo")
    )
    lines = walkscript.parse(text)
    worn = [line for line in lines if line.verb == "wear"]
    placement = placement or (worn[-1].unit if worn else "ankle")
    side = side or (worn[-1].side if worn else "") or "left"
    maker = _Maker(np.random.default_rng([seed, 1]), side)
    maker.run([line for line in lines if line.verb != "wear"])
    acc, gyr = maker.measure(placement, np.random.default_rng([seed, 2]))
    if isinstance(mount, str):
        mount = recordings.random_rotation(seed, 3)
    if mount is not None:
        acc, gyr = acc @ mount.T, gyr @ mount.T
    t = np.arange(len(acc)) / units.RATE_HZ
    meta = {"id": f"generated, seed {seed}", "script": text, "seed": seed}
    return Walk(t, acc, gyr, units.RATE_HZ, placement, side, meta, "generated walk", maker.truth)


def save(walk: Walk, path: str | Path) -> Path:
    """Write NAME.npz and, beside it, NAME.json with the truth; `replay`, `walk` and `emulate` take them."""
    return recordings.save(walk, path, **walk.truth.sidecar())


@dataclass
class _Stride:
    """How one stride is asked for."""

    time_s: float
    length_m: float
    time_cv: float
    length_cv: float


class _Maker:
    """Lays the tracks of leg and body, line after line."""

    def __init__(self, rng: np.random.Generator, side: str) -> None:
        self.rng = rng
        self.out = 1.0 if side == "left" else -1.0  # which way is outward for the own leg (y is left)
        self.t = 0.0
        self.heading = 0.0
        self.truth = Truth()
        self.foot = leg.Track("x", "y", "z", "shank", "sole", "roll", "yaw")
        self.body = leg.Track("x", "y", "z", "arm", "swing", "yaw")
        self.hits: list[tuple[float, float, float, float]] = []  # t, m/s^2 forward, sideways, up
        self.foot.add(0.0, shank=_STAND)
        self.body.add(0.0)

    # ---- the lines ----

    def run(self, lines: list[walkscript.Line]) -> None:
        i = 0
        while i < len(lines):
            line = lines[i]
            if line.verb in ("forward", "backward"):
                j = i + 1
                while j < len(lines) and lines[j].verb in (line.verb, "stumble"):
                    j += 1
                self._bout(line.verb, lines[i:j])
                i = j
                if i < len(lines) and lines[i].verb in ("forward", "backward", "side", "turn"):
                    self._stand(float(line.options.get("pause", 0.8)))  # nobody reverses in mid stride
                continue
            start = self.t
            if line.verb == "stand":
                self._stand(line.amount)
            elif line.verb == "sit":
                self._sit(line.amount)
            elif line.verb == "side":
                self._side(line)
            elif line.verb == "turn":
                self._turn(line)
            elif line.verb == "fall":
                self._fall(float(line.options.get("lie", 6.0)))
            if line.verb != "fall":
                self.truth.segments.append((start, self.t, {"side": "sidestep"}.get(line.verb, line.verb)))
            if self.t > walkscript.MAX_S:
                raise BadScript(f"Line {line.number}: the walk is longer than four hours by now; nothing was made.")
            i += 1
        if self.t < 1.0:
            raise BadScript("The whole walk is shorter than one second; nothing was made.")

    def _stand(self, seconds: float) -> None:
        """Quiet standing: a slow sway, everything else stays."""
        end = self.t + seconds
        here = self.foot.last
        lean = here["shank"] if abs(here["shank"]) < 0.3 else _STAND
        at = self.t + 0.35
        while at < end - 0.2:
            self.foot.add(at, shank=lean + 0.006 * self.rng.normal(), roll=0.004 * self.rng.normal(), sole=0.0)
            at += 0.9 + 0.4 * self.rng.random()
        self.foot.add(end, shank=lean, sole=0.0, roll=0.0)
        self.body.add(end, arm=0.0, z=0.0)
        self.t = end

    def _settings(self, verb: str, line: walkscript.Line) -> _Stride:
        speed, time_s, time_cv, length_cv = GAITS[verb]
        length = speed * time_s
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
            length = GAITS[verb][0] * math.sqrt(GAITS[verb][1] / time_s) * time_s
        if not 0.7 <= time_s <= 4.0 or not 0.05 <= length <= 2.2:
            raise BadScript(
                f"Line {line.number}: that makes strides of {length:.2f} m in {time_s:.2f} s, which nobody walks."
            )
        return _Stride(time_s, length, time_cv, length_cv)

    def _bout(self, verb: str, lines: list[walkscript.Line]) -> None:
        """One stretch of walking without a stop: lines of one direction, and the stumbles between them."""
        strides: list[_Stride] = []
        stumbles: list[int] = []
        for line in lines:
            if line.verb == "stumble":
                stumbles.append(len(strides))
                continue
            asked = self._settings(verb, line)
            per = {"strides": 1.0, "steps": 0.5, "s": 1 / asked.time_s, "m": 1 / asked.length_m}[line.unit]
            strides += [asked] * max(1, round(line.amount * per))
        first = str(lines[0].options.get("first", "own" if self.rng.random() < 0.5 else "other"))
        self._walk(verb, strides, first == "own", [min(n, len(strides) - 1) for n in stumbles])

    # ---- walking ----

    def _walk(self, verb: str, strides: list[_Stride], own_first: bool, stumbles: list[int]) -> None:
        backward = verb == "backward"
        sign = -1.0 if backward else 1.0
        count = len(strides)
        start = self.t
        # contacts: two steps a stride, alternating; slow drift and step-to-step noise of the asked size
        times, lengths = [], []
        at = start + 0.62 * strides[0].time_s
        drift = 0.0
        for k in range(2 * count):
            asked = strides[k // 2]
            if k:
                drift = 0.6 * drift + 0.8 * self.rng.normal()
                at += 0.5 * asked.time_s * max(0.75, 1 + asked.time_cv * (0.9 * drift + 0.6 * self.rng.normal()))
            times.append(at)
            size = asked.length_m * max(0.5, 1 + asked.length_cv * self.rng.normal())
            lengths.append(0.5 * size if k in (0, 2 * count - 1) else size)
        own = [k for k in range(2 * count) if (k % 2 == 0) == own_first]
        trips = {}
        for number in sorted(set(stumbles)):
            k = own[number]
            usual = times[k] - times[k - 2] if k >= 2 else strides[number].time_s
            caught = times[k] - (0.20 if not backward else 0.14) * usual  # the swinging foot meets an obstacle
            recovered = caught + 0.34 + 0.04 * self.rng.random()
            late = recovered - times[k]
            for later in range(k, 2 * count):
                times[later] += late
            trips[number] = caught
            lengths[k] *= 0.9
            self.truth.events.append((caught, "stumble"))
        side = 0.4 * strides[0].time_s
        self._swing_own(backward, strides, times, lengths, own, own_first, trips)
        self._carry_body(backward, times, lengths)
        for k in range(2 * count):
            since = times[k] - times[k - 2] if k >= 2 else 0.0
            self.truth.steps.append(Step(times[k], (k % 2 == 0) == own_first, verb, sign * lengths[k], since))
        self.t = times[-1] + max(0.45, side)
        here = self.foot.last
        self.foot.add(self.t, shank=_STAND, sole=0.0, roll=0.0, z=0.0, x=here["x"], y=here["y"])
        self.truth.segments.append((start, self.t, verb))

    def _swing_own(
        self,
        backward: bool,
        strides: list[_Stride],
        times: list[float],
        lengths: list[float],
        own: list[int],
        own_first: bool,
        trips: dict[int, float],
    ) -> None:
        """The track of the own leg through its contacts."""
        sign = -1.0 if backward else 1.0
        ahead = np.array([math.cos(self.heading), math.sin(self.heading)])
        aside = np.array([-ahead[1], ahead[0]])
        base = np.array([self.foot.last["x"], self.foot.last["y"]])
        done = 0.0
        before = 0.3  # amplitude of the leg that just stands
        fine = np.arange(0, 1, 1 / 56)
        style = 0.02 * self.rng.normal(size=2)
        twist = self.out * (
            (0.16 if backward else 0.12) + 0.04 * self.rng.normal(size=2)
        )  # rad about the leg's own axis, at lift and landing
        for number, k in enumerate(own):
            length = lengths[k]
            size = min(1.35, (length / leg.LENGTH_M) ** _AMPLITUDE_POWER)
            land = times[k]
            lift = times[own[number - 1]] if number else land - strides[0].time_s
            enter = (
                (0.42, 0.68) if own_first else (0.14, 0.46)
            )  # shares of the stride in which standing becomes walking
            shank, sole, height, moved = leg.stride(fine, backward)
            weight = leg.smoothstep((fine - enter[0]) / (enter[1] - enter[0])) if number == 0 else np.ones_like(fine)
            scale = before + (size - before) * leg.smoothstep((fine - 0.15) / 0.3)
            lifted = leg.TOE_ON if backward else leg.TOE_OFF
            swing = np.clip((fine - lifted) / (1 - lifted), 0, 1)
            clear = 0.03 * np.sin(np.pi * swing) * self.out  # the foot passes the other leg on an arc
            roll = (style[0] + 0.05 * self.out * np.sin(2 * np.pi * fine + 0.6)) * scale * weight
            yaw = 0.07 * scale * weight * np.sin(2 * np.pi * fine - 0.9 + style[1])
            for middle, size_of in ((leg.TOE_OFF - 0.05, twist[0]), (0.98, -twist[1])):
                away = np.mod((leg.TOE_ON - fine if backward else fine) - middle + 0.5, 1.0) - 0.5
                yaw = yaw + scale * weight * size_of * np.exp(-((away / 0.05) ** 2))
            lift_more = 0.6 + 0.4 * scale
            caught = trips.get(number)
            for i, p in enumerate(fine):
                at = lift + p * (land - lift) if caught is None else lift + p * (self._planned(lift, caught, backward))
                if (number == 0 and p < enter[0]) or at < self.t:
                    continue
                if caught is not None and at >= caught:
                    break
                place = base + ahead * sign * (done + length * moved[i] * weight[i]) + aside * clear[i] * weight[i]
                self.foot.add(
                    at,
                    x=place[0],
                    y=place[1],
                    z=height[i] * lift_more[i] * weight[i],
                    shank=_STAND + (scale[i] * shank[i] - _STAND) * weight[i],
                    sole=scale[i] * sole[i] * weight[i],
                    roll=roll[i],
                    yaw=self.heading + yaw[i],
                )
            done += length
            place = base + ahead * sign * done
            if caught is not None:
                self._trip(caught, land, place, ahead, sign)
            self._hit(land, length / strides[min(number, len(strides) - 1)].time_s, backward, 1.0, caught is not None)
            before = size
        # whoever closes, the own leg comes to rest after its last contact
        closes = own[-1] == len(times) - 1
        last = times[own[-1]]
        usual = strides[-1].time_s
        shank, sole, height, _ = leg.stride(fine, backward)
        leave = (0.0, 0.28) if closes else (0.12, 0.55)
        weight = 1 - leg.smoothstep((fine - leave[0]) / (leave[1] - leave[0]))
        place = base + ahead * sign * done
        for i, p in enumerate(fine):
            if p > leave[1]:
                break
            self.foot.add(
                last + p * usual,
                x=place[0],
                y=place[1],
                z=height[i] * weight[i] * before,
                shank=_STAND + (before * shank[i] - _STAND) * weight[i],
                sole=before * sole[i] * weight[i],
                roll=0.0,
                yaw=self.heading,
            )
        for k in range(len(times)):
            if k not in own:  # the other leg's landing shakes this one a little
                self._hit(times[k], lengths[k] / strides[k // 2].time_s, backward, 0.12, False)

    @staticmethod
    def _planned(lift: float, caught: float, backward: bool) -> float:
        """Stride time that was under way when the foot was caught at its share of the stride."""
        return (caught - lift) / (0.86 if backward else 0.80)

    def _trip(self, caught: float, land: float, place: np.ndarray, ahead: np.ndarray, sign: float) -> None:
        """The foot is caught, the body goes on, the leg is thrown under it."""
        here = self.foot.last
        tilt = 0.24 * self.rng.choice([-1.0, 1.0])
        stop = np.array([here["x"], here["y"]]) + 0.02 * sign * ahead
        pitch = here["shank"]
        self.foot.add(
            caught + 0.06, x=stop[0], y=stop[1], shank=pitch + 0.28 * sign, roll=tilt, yaw=self.heading - tilt
        )
        span = land - caught
        up = stop + 0.25 * (place - stop)
        self.foot.add(
            caught + 0.40 * span,
            x=up[0],
            y=up[1],
            z=0.17,
            shank=0.85,
            sole=0.9,
            roll=-0.8 * tilt,
            yaw=self.heading + tilt,
        )
        self.foot.add(
            land, x=place[0], y=place[1], z=0.0, shank=-0.30 * sign, sole=-0.2 * sign, roll=0.9 * tilt, yaw=self.heading
        )
        self.foot.add(land + 0.10, shank=0.12, sole=0.0, roll=-0.7 * tilt)
        self.foot.add(land + 0.22, shank=0.16, roll=0.4 * tilt)
        self.foot.add(land + 0.36, shank=0.22, roll=0.0)
        self.hits.append((caught, -38.0 * sign, 12.0, 14.0))

    def _hit(self, at: float, speed: float, backward: bool, share: float, hard: bool) -> None:
        """An impact; landing toe first is softer (docs/walks.md)."""
        size = share * (9.0 if backward else 16.0) * (0.35 + 0.55 * speed) * (1 + 0.15 * self.rng.normal())
        if hard:
            size = 46.0
        turn = self.rng.normal(size=2)
        direction = (0.30 if backward else -0.45) + 0.1 * turn[0]
        self.hits.append((at, size * direction, 0.2 * size * turn[1], size))

    def _carry_body(self, backward: bool, times: list[float], lengths: list[float]) -> None:
        """The trunk moves half a stride a step and bobs; the arm swings against the own leg."""
        sign = -1.0 if backward else 1.0
        here = self.body.last
        x, y = here["x"], here["y"]
        c, s = math.cos(self.heading), math.sin(self.heading)
        self.body.add(self.t + 0.05, yaw=self.heading)
        for k, at in enumerate(times):
            step = 0.5 * lengths[k] * sign
            gap = times[k + 1] - at if k + 1 < len(times) else 0.5
            # the trunk is lowest just after a contact and passes over the foot half a step later
            amplitude = min(1.0, abs(lengths[k]) / 1.3) * (0.5 if k in (0, len(times) - 1) else 1.0)
            own = 1.0 if (k % 2 == 0) else -1.0
            x, y = x + c * step, y + s * step
            late = 0.10 if not backward else -0.05
            self.body.add(at + late * gap, x=x, y=y, z=-0.022 * amplitude, arm=0.34 * amplitude * own * sign)
            self.body.add(at + (0.5 + late) * gap, x=x + 0.5 * c * step, y=y + 0.5 * s * step, z=0.02 * amplitude)
            x, y = x + 0.0, y + 0.0
        self.body.add(times[-1] + 0.6, z=0.0, arm=0.0)

    # ---- everything else ----

    def _steps_on_spot(self, count: int, apart: float, label: str) -> list[tuple[float, bool]]:
        """Contacts of small alternating steps; the own leg is half of them."""
        first = self.rng.random() < 0.5
        at, made = self.t + 0.55 * apart, []
        for k in range(count):
            at += apart * (1 + 0.05 * self.rng.normal())
            made.append((at, (k % 2 == 0) == first))
        return made

    def _turn(self, line: walkscript.Line) -> None:
        """On the spot, in small steps of about 45 degrees."""
        apart = 60.0 / float(line.options.get("cadence", 95.0))
        angle = math.radians(line.amount)
        count = 2 * max(1, round(abs(angle) / math.radians(45) / 2))
        made = self._steps_on_spot(count, apart, "turn")
        start, base = self.heading, self.foot.last
        own = [at for at, mine in made if mine]
        for number, at in enumerate(own):
            held = self.foot.last["yaw"]
            self.foot.add(at - 0.42, z=0.0, shank=_STAND, sole=0.0, yaw=held)
            to = start + angle * (number + 1) / len(own)
            dx, dy = 0.05 * self.rng.normal(size=2)
            self.foot.add(at - 0.26, z=0.05, shank=_STAND + 0.30, sole=0.35, yaw=held + 0.4 * (to - held))
            self.foot.add(at - 0.10, z=0.03, shank=_STAND - 0.06, sole=0.0, yaw=held + 0.9 * (to - held))
            self.foot.add(at, z=0.0, x=base["x"] + dx, y=base["y"] + dy, shank=_STAND + 0.02, yaw=to)
            self._hit(at, 0.2, False, 0.8, False)
        for at, mine in made:
            self.truth.steps.append(Step(at, mine, "turn", 0.0, 0.0))
            if not mine:
                self._hit(at, 0.2, False, 0.1, False)
        self.heading = start + angle
        self.body.add(made[0][0] - apart, yaw=start)
        self.body.add(made[-1][0], yaw=self.heading)
        self.t = made[-1][0] + 0.4
        self.foot.add(self.t, shank=_STAND, sole=0.0, yaw=self.heading)

    def _side(self, line: walkscript.Line) -> None:
        """Side steps: the leading leg goes out, the other follows."""
        apart = 60.0 / float(line.options.get("cadence", 80.0))
        length = float(line.options.get("length", 0.40))
        per = {"strides": 2, "steps": 1, "s": 1 / apart}[line.unit]
        count = max(2, 2 * round(line.amount * per / 2))
        way = 1.0 if line.side == "left" else -1.0
        leads = way == self.out
        n = np.array([-math.sin(self.heading), math.cos(self.heading)]) * way
        at = self.t + 0.5 * apart
        for k in range(count):
            at += apart * (1 + 0.04 * self.rng.normal())
            mine = (k % 2 == 0) == leads
            size = length * (1 + 0.06 * self.rng.normal())
            self.truth.steps.append(Step(at, mine, "sideways", size, 2 * apart if k > 1 else 0.0))
            body = self.body.last
            self.body.add(at, x=body["x"] + 0.5 * size * n[0], y=body["y"] + 0.5 * size * n[1], z=-0.01)
            self.body.add(at + 0.3 * apart, z=0.01)
            if not mine:
                self._hit(at, 0.2, False, 0.1, False)
                continue
            here = self.foot.last
            lean = -way * 0.20  # the shank tilts to the side it is pushed from
            self.foot.add(at - 0.40, z=0.0, shank=_STAND + 0.05, roll=lean)
            x, y = here["x"], here["y"]
            self.foot.add(
                at - 0.22,
                z=0.055,
                x=x + 0.45 * size * n[0],
                y=y + 0.45 * size * n[1],
                shank=_STAND + 0.22,
                roll=0.3 * lean,
            )
            self.foot.add(at, z=0.0, x=x + size * n[0], y=y + size * n[1], shank=_STAND - 0.02, roll=-0.8 * lean)
            self._hit(at, 0.25, False, 0.8, False)
        self.t = at + 0.45
        self.foot.add(self.t, shank=_STAND, roll=0.0)
        self.body.add(self.t, z=0.0)

    def _sit(self, seconds: float) -> None:
        """Down on a chair, feet drawn in a little, and up again."""
        self.foot.add(self.t + 0.05)
        here = self.foot.last
        c, s = math.cos(self.heading), math.sin(self.heading)
        self.foot.add(self.t + 0.7, shank=0.20)
        self.foot.add(self.t + 1.4, shank=-0.05)
        self.foot.add(self.t + 2.0, shank=0.12, x=here["x"] - 0.05 * c, y=here["y"] - 0.05 * s)
        self.body.add(self.t + 0.2)
        self.body.add(self.t + 1.4, z=-0.42)
        at, end = self.t + 2.6, self.t + 2.0 + seconds
        while at < end - 0.5:
            self.foot.add(at, shank=0.12 + 0.03 * self.rng.normal(), roll=0.02 * self.rng.normal())
            at += 1.5 + 2 * self.rng.random()
        self.foot.add(end, shank=0.12, roll=0.0)
        self.body.add(end)
        self.foot.add(end + 0.6, shank=0.32)
        self.foot.add(end + 1.5, shank=_STAND)
        self.body.add(end + 1.4, z=0.0)
        self.t = end + 1.6

    def _fall(self, lie_s: float) -> None:
        """A loss of balance, the way down, the impact, lying still; then up again, slowly."""
        start = self.t
        here = self.foot.last
        backward = bool(self.truth.segments) and self.truth.segments[-1][2] == "backward"
        down = 1.45 if not backward else -1.4  # lying on the front or on the back
        roll = 0.5 * self.rng.normal()
        c, s = math.cos(self.heading), math.sin(self.heading)
        self.truth.events.append((start, "fall"))
        self.foot.add(start + 0.02)
        self.foot.add(start + 0.16, shank=_STAND + 0.3 * down, roll=0.3, z=0.03)
        self.foot.add(start + 0.34, shank=_STAND + 0.1 * down, roll=-0.25, z=0.10, x=here["x"] - 0.1 * c)
        land = start + 0.85
        self.foot.add(land, shank=down, sole=down, roll=roll, z=0.08, x=here["x"] - 0.25 * c, y=here["y"] - 0.25 * s)
        self.foot.add(land + 0.15, z=0.14, shank=0.92 * down)
        self.foot.add(land + 0.35, z=0.06, shank=down, roll=0.7 * roll)
        self.foot.add(land + 0.80, roll=0.6 * roll)
        self.body.add(start + 0.05)
        self.body.add(land, z=-0.75, arm=0.9)
        self.body.add(land + 0.3, z=-0.80, arm=0.7)
        for wait, size in ((0.0, 62.0), (0.11, 34.0), (0.28, 16.0)):
            self.hits.append((land + wait, 0.5 * size, 0.3 * size * self.rng.normal(), size))
        end = land + lie_s
        self.foot.add(end)
        self.body.add(end)
        self.truth.segments.append((start, end, "fall"))
        self.foot.add(end + 1.2, shank=0.55 * down, sole=0.5 * down, roll=0.2, z=0.05)
        self.foot.add(end + 2.4, shank=0.35, sole=0.0, roll=0.0, z=0.0)
        self.foot.add(end + 3.2, shank=_STAND)
        self.body.add(end + 3.2, z=0.0, arm=0.0)
        self.truth.segments.append((end, end + 3.4, "other"))
        self.t = end + 3.4

    # ---- what the sensor measures ----

    def measure(self, placement: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Acceleration and rate at 104 Hz in the segment's frame (x forward, y left, z up), noise and bias in."""
        count = int(self.t * units.RATE_HZ)
        ratio = round(leg.FINE_HZ / units.RATE_HZ)
        fine = np.arange(count * ratio) / leg.FINE_HZ
        lever = np.array(_LEVER[placement])
        if placement == "wrist":
            turn, origin = self._arm(fine)
            share = 0.22  # of a landing that reaches a wrist
        else:
            track = self.foot.sample(fine)
            pitch = track["shank"] if placement == "ankle" else track["sole"]
            turn = leg.rotations(track["yaw"], pitch, track["roll"])
            origin = np.stack([track["x"], track["y"], track["z"]], -1)
            lever[1] *= self.out
            share = 1.0 if placement == "ankle" else 1.25
        force, rate = leg.measure(turn, origin, lever, self._impacts(fine, share, placement), units.G)
        force, rate = self._skin(force, rate, rng)
        # the sensor's own band, then one sample in four
        sos = butter(2, 0.42 * units.RATE_HZ / (leg.FINE_HZ / 2), output="sos")
        force, rate = sosfiltfilt(sos, force, axis=0)[::ratio], sosfiltfilt(sos, rate, axis=0)[::ratio]
        force = force + _BIAS_ACC * rng.normal(size=3) + _NOISE_ACC * rng.normal(size=force.shape)
        rate = rate + _BIAS_GYR * rng.normal(size=3) + _NOISE_GYR * rng.normal(size=rate.shape)
        return force, rate

    def _impacts(self, fine: np.ndarray, share: float, placement: str) -> np.ndarray:
        """World accelerations of all hits: a damped swing whose integral is nothing, so that no speed is left."""
        out = np.zeros((len(fine), 3))
        tau, ring = (0.016, 24.0) if placement != "wrist" else (0.035, 11.0)
        at = np.arange(int(9 * tau * leg.FINE_HZ)) / leg.FINE_HZ
        swing = np.sin(2 * np.pi * ring * at) * np.exp(-at / tau)
        shape = np.gradient(swing * at)
        shape /= np.abs(shape).max()
        for when, forward, aside, up in self.hits:
            first = round(when * leg.FINE_HZ)
            room = min(len(shape), len(fine) - first)
            if first < 0 or room <= 0:
                continue
            # hits are few, and the heading hardly changes within one
            yaw = self._heading_at(when)
            c, s = math.cos(yaw), math.sin(yaw)
            vector = np.array([c * forward - s * aside, s * forward + c * aside, up])
            out[first : first + room] += share * shape[:room, None] * vector
        return out

    def _heading_at(self, when: float) -> float:
        if not hasattr(self, "_headings"):
            knots = np.array([(k[0], k[-1]) for k in self.body._knots])
            self._headings = knots
        return float(np.interp(when, self._headings[:, 0], self._headings[:, 1]))

    def _arm(self, fine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """An arm hanging from the shoulder, swinging with the walk; the sensor sits at its end."""
        track = self.body.sample(fine, smooth_s=0.035)
        for axis in ("x", "y"):
            track[axis] = gaussian_filter1d(track[axis], 0.11 * leg.FINE_HZ, mode="nearest")
        pitch = -(track["arm"] + 0.10)
        roll = 0.12 * self.out + 0.25 * track["arm"] * self.out
        turn = leg.rotations(track["yaw"], pitch, np.broadcast_to(roll, pitch.shape))
        shoulder = np.stack([track["x"], track["y"], track["z"] + 1.4], -1)
        return turn, shoulder + turn @ np.array([0.03, 0.0, -0.30])

    @staticmethod
    def _skin(force: np.ndarray, rate: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Soft tissue and strap: noise of 6-20 Hz that grows with how much the leg moves."""
        sos = butter(2, (6 / (leg.FINE_HZ / 2), 20 / (leg.FINE_HZ / 2)), "bandpass", output="sos")
        noise = sosfiltfilt(sos, rng.normal(size=(len(force), 6)), axis=0)
        noise /= noise.std(axis=0) + 1e-12
        effort = gaussian_filter1d(np.linalg.norm(rate, axis=1), 0.15 * leg.FINE_HZ, mode="nearest")[:, None]
        return force + 0.22 * effort * noise[:, :3], rate + 0.035 * effort * noise[:, 3:]
