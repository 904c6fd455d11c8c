# SPDX-License-Identifier: MIT
"""Which way, at the wrist: what was never recorded, made of what was.

question  boards that sit anyhow, other sensors, walks that are short or two in one, ankles and shoes called a wrist
data      erciyes, weda; ankles and shoes of the whole corpus
run       bench/wrist_way.py prints it
but   two walks joined are not somebody who turns round; a board turned in numbers is one on a perfect strap
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from accuracy_play import CORPUS
from retrostep import events
from retrostep_host import recordings
from wrist_play import cell, erciyes, played, tally, turned, words_of


def weda(quick: bool) -> list[Path]:
    return sorted((CORPUS / "weda_fall").glob("weda_D01_*.npz"))[:: 6 if quick else 1]


def tilted(degrees: float, rng: np.random.Generator) -> np.ndarray:
    """A turn by so much about any axis; by anything where that is 180."""
    if degrees == 180:
        return recordings.random_rotation(int(rng.integers(1 << 30)))
    x, y, z = (v := rng.normal(size=3)) / np.linalg.norm(v)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(np.radians(degrees)) * cross + (1 - np.cos(np.radians(degrees))) * cross @ cross


def any_way_round(quick: bool) -> list[str]:
    """The board sits on the strap as it should not: nobody's edge is along the arm."""
    lines = ["| board askew, right, any axis | people wrong | erciyes, walking backward | forward | weda, forward |"]
    lines += ["|---|---|---|---|---|"]
    held = [(path, words_of(path)) for path in erciyes() + weda(quick)]
    for degrees in (10, 15, 20, 30, 180):
        rng = np.random.default_rng(7)
        count, wrong = {k: Counter() for k in ("backward", "forward", "weda")}, set()
        for path, words in held:
            kind = "weda" if "weda" in path.name else "backward" if "backward" in path.name else "forward"
            for _ in range(2 if kind == "weda" else 8):
                found = tally(played(turned(tilted(degrees, rng), words), "right"))
                count[kind] += found
                if found["F" if kind == "backward" else "B"]:
                    wrong.add(path.name.split("_")[2 if kind == "weda" else 1])
        name = "any way round" if degrees == 180 else f"by {degrees}°"
        lines.append(f"| {name} | {', '.join(sorted(wrong)) or '–'} | {' | '.join(cell(c) for c in count.values())} |")
    return lines


def sensors(quick: bool) -> list[str]:
    """Other sensors than the recorded ones."""
    dps = np.pi / 180
    sign = np.array([1.0, -1.0, 1.0])

    def at(hz: float):
        def change(r: recordings.Recording) -> None:
            grid = np.arange(r.t[0], r.t[-1], 1 / hz)
            r.acc, r.gyr = (recordings.resample(r.t, x, grid) for x in (r.acc, r.gyr))
            r.t = grid

        return change

    def noisy(r: recordings.Recording) -> None:
        rng = np.random.default_rng(len(r.t))
        r.acc, r.gyr = (x + s * rng.normal(size=x.shape) for x, s in ((r.acc, 0.2), (r.gyr, 5 * dps)))

    def off(acc: float, gyr: float):
        return lambda r: r.__dict__.update(acc=r.acc + acc * sign, gyr=r.gyr + gyr * sign)

    def scaled(acc: float, gyr: float, clock: float):
        return lambda r: r.__dict__.update(acc=r.acc * acc, gyr=r.gyr * gyr, t=r.t * clock)

    def clipped(acc: float, gyr: float):
        return lambda r: r.__dict__.update(acc=r.acc.clip(-acc, acc), gyr=r.gyr.clip(-gyr, gyr))

    rows = [("as it is", lambda r: None), ("sampled 26 times a second", at(26)), ("52 times", at(52))]
    rows += [("noise of 0.2 m/s² and 5 °/s", noisy)]
    rows += [(f"gyroscope off by {d} °/s on each axis", off(0, d * dps)) for d in (2, -2)]
    rows += [(f"accelerometer off by {g} g on each axis", off(9.8 * g, 0)) for g in (0.05, -0.05)]
    rows += [("3 % too much, 3 % too little", scaled(1.03, 0.97, 1)), ("the other way", scaled(0.97, 1.03, 1))]
    rows += [("clock 2 % slow", scaled(1, 1, 1.02)), ("clock 2 % fast", scaled(1, 1, 0.98))]
    rows += [("±2 g, ±250 °/s", clipped(19.6, 250 * dps))]
    lines = ["| another sensor, right; weda: side not said | erciyes, walking backward | forward | weda, forward |"]
    lines += ["|---|---|---|---|"]
    paths = erciyes() + weda(quick)
    for name, change in rows:
        count = {k: Counter() for k in ("backward", "forward", "weda")}
        for path in paths:
            recording = recordings.load(path)
            change(recording)
            kind = "weda" if "weda" in path.name else "backward" if "backward" in path.name else "forward"
            count[kind] += tally(played(recordings.stream(recording).words, "unknown" if kind == "weda" else "right"))
        lines.append(f"| {name} | {' | '.join(cell(c) for c in count.values())} |")
    return lines


def pieces(phases: range) -> list[str]:
    """Walks that are short, that begin in mid walk, and two walks of one person in one recording."""
    lines = ["| pieces of erciyes, right, 4 phases | walking backward | walking forward | new way said after, steps |"]
    lines += ["|---|---|---|---|"]
    held = {(p.name.split("_")[1], "backward" in p.name): words_of(p) for p in erciyes()}
    feet = {key: [step.index for step in played(words, "right")] for key, words in held.items()}

    def tell(name: str, made: dict[tuple[str, bool], tuple[np.ndarray, int, int, bool]]) -> None:
        """words, end of the first way, begin of the second, first way is backward"""
        count, waits = {True: Counter(), False: Counter()}, []
        for words, end, begin, back in made.values():
            for late in phases:
                steps = played(words, "right", late)
                count[back] += tally([s for s in steps if s.index < end])
                after = [s.direction for s in steps if s.index >= begin]
                count[not back] += tally([s for s in steps if s.index >= begin])
                if begin < len(words):
                    want = events.FORWARD if back else events.BACKWARD
                    waits.append(after.index(want) if want in after else 99)
        mid = "–" if not waits else f"{np.median(waits):.0f}; never in {waits.count(99)} of {len(waits)}"
        lines.append(f"| {name} | {cell(count[True])} | {cell(count[False])} | {mid} |")

    def whole(words: np.ndarray, back: bool) -> tuple[np.ndarray, int, int, bool]:
        return words, len(words) + 104, len(words) + 104, back

    for n in (6, 8, 10):
        made = {}
        for (who, back), words in held.items():
            at = feet[who, back]
            k = (len(at) - n) // 2 * 2  # whole strides are left out
            made[who, back] = whole(np.vstack([words[: at[n - 3]], words[at[n - 3 + k] :]]), back)
        tell(f"{n} or {n + 1} steps, from standing to standing", made)
    for s in (0.0, 2.0):
        made = {key: whole(words[max(0, feet[key][0] - 26 + int(104 * s)) :], key[1]) for key, words in held.items()}
        tell(f"begins {s:g} s into the walk", made)
    for name in ("stands between", "does not stop", "turns round in 1.5 s"):
        for back in (False, True):
            made = {}
            for who in dict.fromkeys(who for who, _ in held):
                first, second = held[who, back], held[who, not back]
                if name == "stands between":
                    made[who, back] = np.vstack([first, second]), len(first), len(first), back
                    continue
                end, begin = feet[who, back][-2], feet[who, not back][1]
                mean = first[end - 104 : end].mean(0)
                turn = np.repeat(mean[None], 156 if "turns" in name else 0, 0)
                turn[:, :3] = mean[3:] / np.linalg.norm(mean[3:]) * (np.pi / 1.5 / np.radians(0.035))
                words = np.vstack([first[:end], np.rint(turn).astype(np.int16), second[begin:]])
                made[who, back] = words, end, end + len(turn), back
            tell(f"{'backward, then forward' if back else 'forward, then backward'}; {name}", made)
    return lines


def no_arms(quick: bool) -> list[str]:
    """What was not worn at a wrist, while the setting says it was."""
    lines = ["| worn elsewhere, called a wrist; steps: forward · unknown · backward | side not said | right |"]
    lines += ["|---|---|---|"]
    kinds = [("ankle, erciyes", "erciyes/*ankle*"), ("ankle, marpino", "marpino/*ankle*")]
    kinds += [("ankle, sfu", "sfu_imu_fall/*ankle*"), ("ankle, terrain, ten minutes each", "terrain/*")]
    kinds += [("shoe, marpino", "marpino/*foot*"), ("shoe, ipol_gait", "ipol_gait/*"), ("heel, urigott", "urigott/*")]
    for name, pattern in kinds:
        paths = sorted(CORPUS.glob(pattern + ".npz"))
        count = {"unknown": Counter(), "right": Counter()}
        for path in paths[:: max(1, len(paths) // (4 if quick else 60))]:
            recording = recordings.load(path)
            keep = recording.t < recording.t[0] + 600
            recording.t, recording.acc = recording.t[keep], recording.acc[keep]
            recording.gyr = recording.gyr[keep]
            words = recordings.stream(recording, placement="wrist").words
            for side, found in count.items():
                found += tally(played(words, side))
        lines.append(f"| {name} | {cell(count['unknown'])} | {cell(count['right'])} |")
    return lines
