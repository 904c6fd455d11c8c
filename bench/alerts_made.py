# SPDX-License-Identifier: MIT
"""Generated walks: stumbles forward and backward, and does the motor alarm itself?

question  share of stumbles found by direction, size and setting; stumble, fall and wobble alerts of a walk in which
          nothing happens, with metronome and patterns on, and stumbles still found meanwhile
data      generated walks (host_tools, ankle, wrist, shoe); the shaking is a sine of 6-20 m/s^2 and 0.3 rad/s that
          beats at 20-45 Hz (what 150-220 Hz look like at 104 Hz), as long as the drive and 0.1 s of running out
run       python bench/alerts_made.py [--quick]; bench/alerts.py prints it as well
but       a generator proves little: its usual stumble is made to score what acted near falls score
          no motor of ours was strapped to a leg: the size of the shaking is taken from a phone's motor on a wrist
"""

from __future__ import annotations

import argparse
import math
from array import array
from pathlib import Path

import numpy as np
from alerts_trace import events, units
from retrostep.coach import patterns
from retrostep.engine import Engine
from retrostep_host import recordings
from retrostep_host.virtual import walks

RUNS_OUT_S = 0.1
KINDS = (events.STUMBLE, events.FALL, events.WOBBLE)
WAYS = ("forward", "backward")
SETTINGS = ("few", "usual", "many")


def pulses(pattern: int, at: int) -> list[tuple[int, int]]:
    """(first sample, samples) of each pulse of a pattern that begins at sample `at`."""
    out, ms = [], 0
    for on, off in patterns.pulses(pattern):
        out.append((at + ms * 104 // 1000, on * 104 // 1000))
        ms += on + off
    return out


def shaken(
    words: np.ndarray, runs: list[tuple[int, int]], size: float, hz: float, acc_g: float, gyro_dps: float
) -> np.ndarray:
    out, chance = words.astype(float), np.random.default_rng(1)
    for begin, count in runs:
        count = min(count + int(RUNS_OUT_S * units.RATE_HZ), len(out) - begin)
        if count <= 0:
            continue
        t = np.arange(count) / units.RATE_HZ
        rise = np.minimum(1.0, t / 0.03) * np.where(
            t > t[-1] - RUNS_OUT_S, np.maximum(0.0, (t[-1] - t) / RUNS_OUT_S), 1.0
        )
        phase = 2 * math.pi * hz * t + chance.uniform(0, 6.28)
        for k, axis in enumerate((0, 2)):
            out[begin : begin + count, 3 + axis] += (
                rise * size / units.acc_scale(acc_g) * np.sin(phase + k * math.pi / 2)
            )
            out[begin : begin + count, axis] += (
                rise * 0.3 / units.gyro_scale(gyro_dps) * np.cos(phase + k * math.pi / 2)
            )
    return np.clip(np.rint(out), -32768, 32767).astype(np.int16)


def heard(
    words: np.ndarray, placement: str, buzzes: list[tuple[int, int]], alerts: str = "usual"
) -> list[events.Event]:
    """Alerts; the engine is told of a buzz when it begins, as device/session.py does."""
    told: list[events.Event] = []
    engine = Engine(placement, told.append, alerts=alerts)
    data, at = array("h", words.reshape(-1).tolist()), 0
    for begin, samples in buzzes:
        if begin > at:
            engine.feed(data, begin - at, at)
            at = begin
        engine.buzzing(samples)
    engine.feed(data, len(words) - at, at)
    engine.finish()
    return [event for event in told if event.kind in KINDS]


def schedule(count: int, cadence: int, every_s: float) -> list[tuple[int, int]]:
    """(sample, pattern): the metronome's ticks, and every so often a stop, a slow, a turn or a goal over them."""
    out = (
        [(at, patterns.TICK) for at in range(208, count - 400, round(units.RATE_HZ * 60 / cadence))] if cadence else []
    )
    if every_s:
        kinds = (patterns.STOP, patterns.SLOW, patterns.TURN, patterns.GOAL)
        for n, at in enumerate(range(520, count - 400, round(every_s * units.RATE_HZ))):
            out = [(a, p) for a, p in out if not at - 20 < a < at + 150]
            out.append((at, kinds[n % 4]))
    return sorted(out)


def row(script: str, placement: str, cadence: int, every_s: float, seed: int, alerts: str = "usual") -> list[int]:
    """Alerts of one walk: stumbles, falls, wobbles, the highest of three sizes and beats."""
    stream = recordings.stream(walks.generate(script, seed, placement))
    acc_g, gyro_dps = units.RANGES[placement]
    plan = schedule(len(stream.words), cadence, every_s)
    runs = [pulse for at, pattern in plan for pulse in pulses(pattern, at)]
    buzzes = [(at, patterns.duration_ms(pattern) * 104 // 1000 + 1) for at, pattern in plan]
    worst = [0, 0, 0]
    for size, hz in ((6.0, 37.0), (12.0, 20.0), (20.0, 45.0)) if plan else ((0.0, 1.0),):
        told = heard(shaken(stream.words, runs, size, hz, acc_g, gyro_dps), placement, buzzes, alerts)
        worst = [max(w, sum(e.kind == kind for e in told)) for w, kind in zip(worst, KINDS, strict=True)]
    return worst


def table(seeds: int = 3) -> list[str]:
    lines = [
        "| generated walk, motor shaking 6, 12 and 20 m/s² (the worst of them) | stumble | fall | wobble |",
        "|---|---|---|---|",
    ]
    quiet = "stand 3 s\nforward 120 s\nstand 3 s\nbackward 60 s\nstand 3 s"
    for placement in ("ankle", "foot", "wrist"):
        for what, cadence, every_s in (
            ("motor off", 0, 0.0),
            ("metronome 110", 110, 0.0),
            ("a pattern every 10 s", 0, 10.0),
            ("both", 110, 10.0),
        ):
            total = np.sum(
                [row(quiet, placement, cadence, every_s, seed, "many") for seed in range(1, seeds + 1)], axis=0
            )
            lines.append(
                f"| {placement}, nothing happens, {seeds} × 3 min, `many`, {what} | "
                + " | ".join(map(str, total))
                + " |"
            )
    return lines


def over(path: Path, cadence: int, every_s: float, number: int) -> tuple[int, float]:
    """Stumble alerts and hours of a recording of a person, shaken with 20 m/s^2; the beat begins elsewhere in each."""
    stream = recordings.stream(recordings.load(path))
    off = 17 * number % 57
    plan = [(at + off, pattern) for at, pattern in schedule(len(stream.words) - 57, cadence, every_s)]
    runs = [pulse for at, pattern in plan for pulse in pulses(pattern, at)]
    buzzes = [(at, patterns.duration_ms(pattern) * 104 // 1000 + 1) for at, pattern in plan]
    words = shaken(stream.words, runs, 20.0, 45.0, *units.RANGES["ankle"])
    told = [e for e in heard(words, "ankle", buzzes) if e.kind == events.STUMBLE and e.index <= stream.recorded]
    return len(told), stream.recorded / units.RATE_HZ / 3600


def directions(walks_each: int = 8) -> list[str]:
    """Stumbles found by size; 1.0 scores as the median acted near fall does."""
    head = "| generated stumbles found, ankle | " + " | ".join(f"{way}, `{a}`" for way in WAYS for a in SETTINGS) + " |"
    lines = [head, "|---|" + "---|" * (len(WAYS) * len(SETTINGS))]
    for size in (0.5, 0.75, 1.0, 1.5):
        row = []
        for way in WAYS:
            script = f"stand 2 s\n{way} 16 strides\n" + f"stumble size={size}\n{way} 14 strides\n" * 2 + "stand 2 s"
            made = [walks.generate(script, seed, "ankle") for seed in range(1, walks_each + 1)]
            for alerts in SETTINGS:
                found = 0
                for walk in made:
                    told = [e.index for e in heard(recordings.stream(walk).words, "ankle", [], alerts)]
                    found += sum(any(abs(i / units.RATE_HZ - at) < 1.0 for i in told) for at, _ in walk.truth.events)
                row.append(f"{found} of {2 * walks_each}")
        lines.append(f"| {size} of the usual | " + " | ".join(row) + " |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one walk of each")
    quick = parser.parse_args().quick
    print("\n".join([*directions(2 if quick else 8), ""]))
    print("\n".join(table(1 if quick else 3)))


if __name__ == "__main__":
    main()
