# SPDX-License-Identifier: MIT
"""Does the wrist count slow and uneven walkers, and what tells a step from a stride? Part of bench/wrist_way.py.

question  counts of walks as they are and made slower, whole and with either help switched off; the log odds of
          gait.armway fitted again, and each person by the weights of the others
data      weda (15 people, six of them old: their walks have no count), erciyes (6 people, right wrist)
truth     found offline from the whole recording: where the energy of |acc| begins and ends, over the period at which
          |acc| and the bob repeat best within 5 s. It sees the future, and is no counted truth
run       python bench/wrist_slow.py [--quick]; `text(quick)` for bench/wrist_way.py, which writes docs/accuracy.md
but       a walk made slower is not a slow walker: its parts keep their proportions, 72 to 90 % as strong
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from accuracy_play import CORPUS
from retrostep.gait import armway, wrist
from retrostep.gait.forearm import WINDOW
from retrostep_host import recordings
from scipy.optimize import minimize
from scipy.signal import butter, sosfiltfilt
from wrist_level import hand_of, levelled, unturned
from wrist_play import erciyes, played

SLOWER = ((1.0, 1.0), (1.15, 0.9), (1.3, 0.8), (1.45, 0.72))
QUICKER = ((0.9, 1.1), (0.8, 1.2))
FS = 50


def walks() -> list[Path]:
    return sorted((CORPUS / "weda_fall").glob("weda_D01_*.npz"))


def person(path: Path) -> str:
    return path.name.split("_")[1 if "erciyes" in path.name else 2]


def stretched(path: Path, times: float, size: float, has_gyro: bool = True) -> recordings.Stream:
    """The walk `times` longer, accelerations about their mean `size` as large."""
    recording = recordings.load(path)
    up = recording.acc.mean(0)
    recording.t = recording.t * times
    recording.acc = up + size * (recording.acc - up)
    recording.gyr = recording.gyr / times if has_gyro else None
    return recordings.stream(recording)


def counted(stream: recordings.Stream) -> int:
    return len(played(stream.words, "unknown", has_gyro=stream.has_gyro))


# truth ----------------------------------------------------------------------------------------------------------


def trunk(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The bob and |acc|, m/s^2, 0.5 to 4 Hz, 50 a second."""
    held = np.load(path)
    t = held["t"].astype(float)
    even = np.arange(t[0], t[-1], 1 / FS)
    acc, gyr = (np.stack([np.interp(even, t, held[name][:, k]) for k in range(3)], 1) for name in ("acc", "gyr"))
    turn = levelled(acc, gyr, FS)
    force, rate = (np.einsum("nij,nj->ni", turn, x) for x in (acc, gyr))
    up = unturned(force, rate, turn @ hand_of(acc), FS)[:, 2]
    band = butter(3, (0.5, 4), "band", fs=FS, output="sos")
    return sosfiltfilt(band, up), sosfiltfilt(band, np.linalg.norm(acc, axis=1))


def truth(path: Path) -> tuple[float, float]:
    """Steps of a walk and seconds of one."""
    both = trunk(path)
    window = np.hanning(int(0.9 * FS))
    energy = np.convolve(both[1] ** 2, window / window.sum(), "same")
    n = len(energy)
    moving = np.flatnonzero(energy > 0.2 * np.median(energy[n // 4 : 3 * n // 4]))
    parts = [p for p in np.split(moving, np.flatnonzero(np.diff(moving) > 0.8 * FS) + 1) if np.ptp(p) > 2.5 * FS]

    def repeats(begin: int, end: int) -> np.ndarray:
        total = np.zeros(end - begin)
        for x in both:
            x = x[begin:end] - x[begin:end].mean()
            r = np.correlate(x, x, "full")[len(x) - 1 :]
            total += r / r[0]
        return total

    def best(r: np.ndarray, lags: range) -> int:
        return max((k for k in lags if 2 * k < len(r)), key=lambda k: r[k] + r[2 * k])

    period = best(repeats(parts[0][0], parts[-1][-1]), range(int(0.42 * FS), FS))
    steps = 0.0
    for part in parts:
        for at in range(part[0], part[-1], FS):
            r = repeats(max(0, at - 2 * FS), min(n, at + 3 * FS))
            near = range(int(0.85 * period), int(1.15 * period) + 1)
            steps += min(FS, part[-1] - at) / best(r, near)
    return steps, period / FS


# counts ---------------------------------------------------------------------------------------------------------


def _asks_nobody(self: armway.ArmWay, counter: wrist.WristSteps) -> None:
    self._is_open = False


@contextmanager
def without(*helps: str):
    """The counter as it was: "bob" does not speak, a "steady" rhythm is worth no more."""
    kept = armway.ArmWay._weigh, wrist.WristSteps._is_steady
    if "bob" in helps:
        armway.ArmWay._weigh = _asks_nobody
    if "steady" in helps:
        wrist.WristSteps._is_steady = lambda *_: False
    try:
        yield
    finally:
        armway.ArmWay._weigh, wrist.WristSteps._is_steady = kept


def counts(quick: bool) -> list[str]:
    lines = ["| weda walks | cadence, median | people | within 5 % or a step | a fifth too many | a fifth too few |"]
    lines[0] += " error %, mean | without bob | without steadiness | without a gyroscope |"
    lines += ["|---|---|---|---|---|---|---|---|---|---|"]
    paths = walks()[:: 5 if quick else 1]
    true = {path: truth(path) for path in paths}
    old = [path for path in paths if recordings.load(path).meta["elderly"]]
    for times, size, which in [(*SLOWER[0], old), *((*both, paths) for both in SLOWER)]:
        asked = [path for path in which if 60 / true[path][1] / times > 59.5]
        steps = np.array([true[path][0] for path in asked])

        def errors(*helps: str, has_gyro: bool = True, asked: list = asked, steps=steps, by=(times, size)):
            with without(*helps):
                return np.array([counted(stretched(path, *by, has_gyro)) for path in asked]) - steps

        def within(error: np.ndarray, steps: np.ndarray = steps) -> int:
            return int((abs(error) <= np.maximum(1.5, 0.05 * steps)).sum())

        e = errors()
        others = [errors("bob"), errors("steady"), errors(has_gyro=False)]
        cells = [f"{within(o)} ({100 * (abs(o) / steps).mean():.0f} %)" for o in others]
        own = "old people, as they are" if which is old else "all, as they are"
        name = own if times == 1 else f"{times:g} times slower, {100 * size:.0f} % as strong"
        lines.append(
            f"| {name} | {np.median([60 / true[p][1] / times for p in asked]):.0f} | {len(set(map(person, asked)))} | "
            f"{within(e)} of {len(asked)} | {(e > 0.2 * steps).sum()} | {(e < -0.2 * steps).sum()} | "
            f"{100 * (abs(e) / steps).mean():.0f} | {' | '.join(cells)} |"
        )
    return lines


# the bob --------------------------------------------------------------------------------------------------------


def windows(quick: bool) -> list[tuple[str, bool, str, float, float, float]]:
    """Person, are they half steps, kind, steps a second counted, bob at half of that and at that, m/s^2."""
    found: list[tuple[str, bool, str, float, float, float]] = []
    hann = np.hanning(WINDOW)
    rows: list[tuple[float, float, float, float]] = []

    def weigh(self: armway.ArmWay, counter: wrist.WristSteps) -> None:
        rate = counter.step_hz
        if rate > 0:
            up = np.roll(np.array(self.arm.s).reshape(-1, 3)[:, 2], -(self.arm.at // 3)) / 256
            t = np.arange(WINDOW) / 13.0

            def size(f: float) -> float:
                return 2 / hann.sum() * abs((up * hann * np.exp(-2j * np.pi * f * t)).sum())

            rows.append((rate, size(rate / 2), size(rate), size(2 * rate)))
        self._is_open = False

    def heard(path: Path, times: float, size: float) -> list[tuple[float, float, float, float]]:
        rows.clear()
        counted(stretched(path, times, size))
        return list(rows)

    with without("bob", "steady"):
        armway.ArmWay._weigh = weigh
        for path in walks()[:: 5 if quick else 1]:
            hz = 1 / truth(path)[1]
            for times, size in SLOWER:
                for rate, half, whole, twice in heard(path, times, size):
                    if rate > 1.6 * hz / times:
                        found.append((person(path), True, "made slower, counted double", rate, half, whole))
                    elif times == 1 and rate > 0.75 * hz:
                        found.append((person(path), False, "as they are", rate, half, whole))
                        if rate < 1.25:
                            found.append((person(path), True, "slow, at twice their rate", 2 * rate, whole, twice))
            for times, size in QUICKER:
                found += [(person(path), False, "made quicker", *row[:3]) for row in heard(path, times, size)]
        for path in erciyes():
            found += [(person(path), False, "as they are", *row[:3]) for row in heard(path, 1.0, 1.0)]
    return [row for row in found if row[3] > 1.6]


def fit(x: np.ndarray, y: np.ndarray, who: np.ndarray) -> np.ndarray:
    """Logistic regression, each person of either kind with the same weight."""
    weight = np.zeros(len(y))
    for kind in (True, False):
        people = set(who[y == kind])
        for one in people:
            own = (y == kind) & (who == one)
            weight[own] = 1 / own.sum() / len(people)

    def loss(b: np.ndarray) -> float:
        z = x @ b
        return float((weight * np.logaddexp(0, np.where(y, -z, z))).sum() + 1e-3 * (b[1:] ** 2).sum())

    return minimize(loss, np.zeros(x.shape[1])).x


def bobs(quick: bool) -> list[str]:
    rows = windows(quick)
    who, y, kind = (np.array([row[k] for row in rows]) for k in (0, 1, 2))
    rate, half, whole = (np.array([row[k] for row in rows]) for k in (3, 4, 5))
    x = np.stack([np.ones(len(y)), np.log(half**2 + armway._LEAST_BOB2), np.log(whole**2 + armway._LEAST_BOB2)], 1)
    frozen = x @ np.array([armway._L_BOB, armway._L_HALF, armway._L_WHOLE])
    held, weights = np.zeros(len(y)), []
    for one in sorted(set(who)):
        weights.append(fit(x[who != one], y[who != one], who[who != one]))
        held[who == one] = x[who == one] @ weights[-1]
    low, high = np.min(weights, 0), np.max(weights, 0)
    lines = ["| windows counted above 96 steps/min: half steps? | people | windows | bob at the rate, m/s², median |"]
    lines[0] += " engine: above 0 % | worst person % | by the others: above 0 % |"
    lines += ["|---|---|---|---|---|---|---|"]
    names = [name for name in dict.fromkeys(kind) if name.startswith(("made slower", "slow"))]
    names += [name for name in dict.fromkeys(kind) if name not in names]
    for name in names:
        own = kind == name
        shares = defaultdict(list)
        for one, above in zip(who[own], frozen[own] > 0, strict=True):
            shares[one].append(above)
        several = [np.mean(values) for values in shares.values() if len(values) >= 5]
        worst = (min if y[own][0] else max)(several) if several else float("nan")
        lines.append(
            f"| {name} | {len(shares)} | {own.sum()} | {np.median(whole[own]):.2f} | "
            f"{100 * (frozen[own] > 0).mean():.0f} | {100 * worst:.0f} | {100 * (held[own] > 0).mean():.0f} |"
        )
    fast = ~y & (rate > armway._DOUBLE_HZ)
    above = [100 * (z[fast] > 0).mean() for z in (frozen, held)]
    lines.append(
        f"| of the last two, above {60 * armway._DOUBLE_HZ:.0f} a minute, where the engine asks | "
        f"{len(set(who[fast]))} | {fast.sum()} | {np.median(whole[fast]):.2f} | {above[0]:.0f} |  | {above[1]:.0f} |"
    )
    ranges = ", ".join(f"{a:+.1f} to {b:+.1f}" for a, b in zip(low, high, strict=True))
    engine = f"{armway._L_BOB}, {armway._L_HALF}, {armway._L_WHOLE}"
    lines += ["", f"Weights without one person each: {ranges}; the engine has two thirds: {engine}."]
    return lines


def text(quick: bool = False) -> str:
    """Markdown."""
    return "\n\n".join("\n".join(part) for part in (counts(quick), bobs(quick)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few recordings: a smoke run, not a result")
    print(text(parser.parse_args().quick))
