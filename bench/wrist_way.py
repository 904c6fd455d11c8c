# SPDX-License-Identifier: MIT
"""Which way, at the wrist: how often is it right, on whom, and what shakes it?

question  the sign of S_w in windows (numpy, whole recordings), with the frozen thresholds and with thresholds found on
          the other people; the labels of the engine by person, by side, by how the strap sits; what is no walk; slow
          walks are wrist_slow.py's, what was never varied wrist_shaken.py's
data      erciyes (6 people, right wrist, forward and backward), weda (15 people, side not known, forward, and acted
          daily life), accad (2 actors, both wrists, computed from motion capture)
split     one person a row; thresholds are GAIT's, frozen before people who are not in here; left out: the five others
run       python bench/wrist_way.py [--quick] [--write]  (into docs/accuracy.md); `text(quick)` for bench/accuracy.py
but       window times are arbitrary against the walk, so the engine is asked eight times, 1/8 s apart
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import wrist_slow
from accuracy_play import CORPUS
from retrostep.gait.armway import BACKWARD, FORWARD
from wrist_level import flat, hand_of, levelled, unturned
from wrist_play import LETTERS, cell, erciyes, played, tally, turned, words_of
from wrist_shaken import any_way_round, no_arms, pieces, sensors

PAGE = Path(__file__).resolve().parents[1] / "docs" / "accuracy.md"
MARKS = "<!-- bench/wrist_way.py -->", "<!-- end of wrist -->"
TILT, ANGLE = (7.0, 32.0), 60.0
TURNS = (5, -5, 10, -10, 15, -15)
ACTED = {"D02": "jogging", "D03": "stairs, up and down", "D04": "sitting down", "D05": "sinking into a chair",
         "D06": "crouching", "D07": "stumbling", "D08": "hopping", "D09": "hitting a table", "D10": "clapping",
         "D11": "doors"}  # fmt: skip


# the reference: windows of whole recordings -------------------------------------------------------------------


def surge(acc: np.ndarray, gyr: np.ndarray, turn: np.ndarray, hand: np.ndarray, fs: float) -> float | None:
    """S_w of one window, m/s^2, or None where the forearm does not hang as a walker's (GAIT, section 8)."""
    n = len(acc)
    t = np.arange(n) / fs
    turn = np.einsum("ij,njk->nik", flat(np.einsum("nij,nj->ni", turn, acc).mean(0)), turn)
    force = np.einsum("nij,nj->ni", turn, acc) - [0, 0, 9.8]
    rate = np.einsum("nij,nj->ni", turn, gyr)
    h = turn @ hand
    mean = h[:, :2].mean(0)
    tilt = np.linalg.norm(mean)
    level = rate[:, :2] - rate[:, :2].mean(0)
    across = np.linalg.eigh(level.T @ level)[1][:, 1]
    ahead = np.array([across[1], -across[0]])
    ahead = ahead if ahead @ mean > 0 else -ahead
    s = unturned(force, rate, h, fs)
    hann = np.hanning(n)

    def harmonic(x: np.ndarray, f: float) -> complex:
        return complex(2 / hann.sum() * ((x - x.mean()) * hann * np.exp(-2j * np.pi * f * t)).sum())

    grid = np.arange(1.2, 2.41, 0.02)
    power = np.array([abs(harmonic(s[:, 2], f)) ** 2 + 0.5 * abs(harmonic(force[:, 2], f)) ** 2 for f in grid])
    swing = np.array([abs(harmonic(rate[:, :2] @ across, f / 2)) ** 2 for f in grid])
    f = grid[int(np.argmax(power / power.max() + 0.5 * swing / max(swing.max(), 1e-9)))]
    v, z = harmonic(s[:, 2], f), harmonic(s[:, :2] @ ahead, f)
    hangs = TILT[0] <= np.degrees(np.arcsin(min(1, tilt))) <= TILT[1]
    if not hangs or np.degrees(np.arccos(min(1, abs(ahead @ mean) / tilt))) > ANGLE:
        return None
    return (z * v.conjugate()).imag / max(abs(v), 1e-9)


def windows(path: Path) -> list[float | None]:
    """S_w each second between 1.2 s after the own ankle begins to move and 1.2 s before it stops."""
    held = np.load(path)
    t, fs = held["t"].astype(float), float(held["fs"])
    acc, gyr = held["acc"].astype(float), held["gyr"].astype(float)
    hand = hand_of(acc)
    own = path.with_name(path.name.replace("wrist", "ankle"))
    moving = np.flatnonzero(np.linalg.norm(np.load(own)["gyr"], axis=1) > 1.0)
    on, off = t[moving[0]], t[moving[-1]]
    inside = (t >= on - 2) & (t < off + 1)
    acc, gyr, t = acc[inside], gyr[inside], t[inside]
    turn = levelled(acc, gyr, fs)
    found = []
    for s in np.arange(on + 1.2, off - 4.2 + 1e-6, 1.0):
        w = (t >= s) & (t < s + 3)
        found.append(surge(acc[w], gyr[w], turn[w], hand, fs))
    return found


def split(values: list[float | None], forward: float, backward: float) -> str:
    """Forward, unknown, backward windows."""
    kept = [v for v in values if v is not None]
    f, b = sum(v > forward for v in kept), sum(v < backward for v in kept)
    return f"{f} · {len(values) - f - b} · {b}"


def reference() -> list[str]:
    """By person: windows with the frozen thresholds, and with the middle found on the other people."""
    held = {}
    for path in sorted((CORPUS / "erciyes").glob("*wrist*.npz")):
        held[path.name.split("_")[1], "backward" if "backward" in path.name else "forward"] = windows(path)
    lines = ["| reference, windows of 3 s: forward · unknown · backward | walking | frozen | by the five others |"]
    lines += ["|---|---|---|---|"]
    gap = 0.5 * (FORWARD - BACKWARD)
    for (person, walk), values in held.items():
        ways = {}
        for way in ("forward", "backward"):
            ways[way] = [v for (p, w), vs in held.items() if p != person and w == way for v in vs if v is not None]
        middle = 0.5 * (np.percentile(ways["forward"], 5) + np.percentile(ways["backward"], 95))
        frozen, left_out = split(values, FORWARD, BACKWARD), split(values, middle + gap, middle - gap)
        lines.append(f"| {person} | {walk} | {frozen} | {left_out} |")
    return lines


# the engine ---------------------------------------------------------------------------------------------------


def about(axis: int, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.eye(3)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    turn[i, i] = turn[j, j] = c
    turn[i, j], turn[j, i] = -s, s
    return turn


def people(phases: range) -> list[str]:
    held = [(p.name.split("_")[1], "backward" in p.name, words_of(p)) for p in erciyes()]
    head = "| engine, erciyes; steps: forward · unknown · backward | walking backward | walking forward |"
    lines = [head, "|---|---|---|"]
    every = {True: Counter(), False: Counter()}
    for person in dict.fromkeys(p for p, _, _ in held):
        row = []
        for back in (True, False):
            count: Counter[str] = Counter()
            for words in (w for p, b, w in held if p == person and b is back):
                for late in phases:
                    count += tally(played(words, "right", late))
            every[back] += count
            row.append(cell(count))
        lines.append(f"| {person} | {row[0]} | {row[1]} |")
    name = f"**all 6**, {len(phases)} phases of the windows"
    lines.append(f"| {name} | **{cell(every[True])}** | **{cell(every[False])}** |")
    return lines


def straps() -> list[str]:
    """What is done to the erciyes recordings; their forearm is the sensor's x axis."""
    held = [("backward" in p.name, words_of(p)) for p in erciyes()]
    rows = [("as worn", "right", None), ("side left or not said", "left", None)]
    rows += [(f"strap turned {d}° round the arm", "right", about(0, d)) for d in (15, -15, 90)]
    rows += [("inner side", "right", about(0, 180)), ("upside down", "right", about(2, 180))]
    rows += [
        (f"board askew on the strap, {d:+}° about {'xyz'[k]}", "right", about(k, d)) for k in (1, 2) for d in TURNS
    ]
    lines = ["| erciyes, steps: forward · unknown · backward | walking backward | walking forward |", "|---|---|---|"]
    for name, side, turn in rows:
        count = {True: Counter(), False: Counter()}
        for back, words in held:
            count[back] += tally(played(words if turn is None else turned(turn, words), side))
        lines.append(f"| {name} | {cell(count[True])} | {cell(count[False])} |")
    drift = {True: Counter(), False: Counter()}
    for back, words in held:
        off = words.copy()
        off[:, :3] += np.array([29, -29, 29], dtype=np.int16)  # 1 degree/s
        drift[back] += tally(played(off, "right"))
    lines.append(f"| gyroscope off by 1 °/s on each axis | {cell(drift[True])} | {cell(drift[False])} |")
    return lines


def others(quick: bool) -> list[str]:
    lines = ["| weda, 15 people; steps: forward · unknown · backward | side not said, as it is | called right |"]
    lines += ["|---|---|---|"]
    step = 6 if quick else 1
    walks = sorted((CORPUS / "weda_fall").glob("weda_D01_*.npz"))[::step]
    rows: dict[str, list[Counter[str]]] = {}
    for path in walks:
        words = words_of(path)
        elderly = json.loads(path.with_suffix(".json").read_text())["elderly"]
        both = [played(words, side) for side in ("unknown", "right")]
        rate = 120 / np.median([s.stride_s for s in both[0]]) if both[0] else 0
        pace = "below 90" if rate < 90 else "90 to 100" if rate < 100 else "above 100"
        for name in ("walking", f"walking, {'old' if elderly else 'young'}", f"walking, {pace} steps/min"):
            row = rows.setdefault(name, [Counter(), Counter()])
            for k in range(2):
                row[k] += tally(both[k])
    for name in sorted(rows):
        lines.append(f"| {name} | {cell(rows[name][0])} | {cell(rows[name][1])} |")
    for code, name in ACTED.items():
        count = [Counter(), Counter()]
        for path in sorted((CORPUS / "weda_fall").glob(f"weda_{code}_*.npz"))[::step]:
            words = words_of(path)
            for k, side in enumerate(("unknown", "right")):
                count[k] += tally(played(words, side))
        lines.append(f"| {name} | {cell(count[0])} | {cell(count[1])} |")
    return lines


def actors(quick: bool) -> list[str]:
    lines = ["| accad, 2 actors, computed; steps: forward · unknown · backward | right | left | left, called right |"]
    lines += ["|---|---|---|---|"]
    count: dict[str, list[Counter[str]]] = {}
    for path in sorted((CORPUS / "accad_virtual").glob("*wrist_right.npz"))[:: 6 if quick else 1]:
        segments = json.loads(path.with_suffix(".json").read_text())["segments"]
        left = path.with_name(path.name.replace("right", "left"))
        for k, (one, side) in enumerate(((path, "right"), (left, "left"), (left, "right"))):
            for step in played(words_of(one), side):
                label = next((name for a, b, name in segments if a <= step.index / 104 < b), "stand")
                count.setdefault(label, [Counter(), Counter(), Counter()])[k][LETTERS[step.direction]] += 1
    return lines + [f"| {label} | {' | '.join(cell(c) for c in row)} |" for label, row in sorted(count.items())]


def text(quick: bool = False) -> str:
    """Markdown."""
    if not CORPUS.is_dir():
        return "No corpus beside the checkout (RETROSTEP_CORPUS)."
    phases = range(0, 104, 52 if quick else 13)
    parts = [people(phases), reference(), straps(), any_way_round(quick), sensors(quick), pieces(range(0, 104, 26))]
    parts += [others(quick), actors(quick), no_arms(quick)]
    return "\n\n".join(["\n".join(part) for part in parts] + [wrist_slow.text(quick)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few recordings: a smoke run, not a result")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/accuracy.md")
    options = parser.parse_args()
    made = text(options.quick)
    print(made)
    if options.write and not options.quick:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0] + "\n")
        after = rest.partition(MARKS[1])[2]
        run = f"`python bench/wrist_way.py --write`, {date.today()}."
        PAGE.write_text(f"{before}{MARKS[0]}\n{run}\n\n{made}\n\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
