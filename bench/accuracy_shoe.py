# SPDX-License-Identifier: MIT
"""Shoes where it is hard: U-turns, the way back, walks of four to twelve steps, sensors elsewhere on the shoe.

question  own contacts found and true in each part of a walk out and back; steps counted in short walks; contact times
          against switches under the sole; direction with the sensor moved
data      ipol_gait (12 people, hand marks), marpino (one walk each of young and old people, many of one person, one in
          braces with two sticks), gdin_own, urigott
truth     of a short walk: swings of both shanks, found offline in the recordings at the ankles (`swings`)
but       hand marks of turning steps scatter by 0.14 s, and some turning steps were not marked; a moved sensor is the
          recorded one on a rigid foot: a shoe bends at the toes
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from accuracy_play import CORPUS, SEED, Played, events, feed, match, play, recordings, rows, time, units

WITHIN = 0.2  # s
PARTS = ("way out", "U-turn", "way back", "standing about afterwards")
GROUPS = {
    "young": "young, one walk each",
    "elderly": "old, one walk each",
    "longdistance": "one longer walk",
    "marzia": "one person, straight, rectangles, circles",
    "disability": "one person in braces with two sticks",
}
MOVES = ((0.0, 0.0, 0.0), (0.05, 0, 0), (-0.05, 0, 0), (0.10, 0, 0), (-0.10, 0, 0), (0, 0.05, 0), (0, 0, 0.05))


def _parts(meta: dict) -> list[tuple[float, float, str]]:
    """Start, end and name of the parts of an ipol_gait recording."""
    named, walks = [], 0
    for start, end, label in meta["segments"]:
        walks += label == "forward"
        name = PARTS[1] if label == "turn" else PARTS[0] if walks == 1 and label == "forward" else PARTS[2]
        named.append((start, end, name if label != "stand" else PARTS[3] if walks else "before"))
    return named


def turns(played: list[Played]) -> str:
    """Own contacts by part of the walk, all people, then the U-turns by person."""
    count: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    errors: dict[str, list[float]] = defaultdict(list)
    for one in played:
        if one.source != "ipol_gait":
            continue
        truth = one.meta["step_times"]
        mine = [time(step) for step in one.own]
        pairs = _pairs(truth, mine)
        hit = {a for a, _ in pairs}
        right = {b for _, b in pairs}
        for start, end, part in _parts(one.meta):
            for who in ("all", one.person) if part == PARTS[1] else ("all",):
                c = count[part, who]
                c["people " + one.person] = 1
                c["true"] += sum(start <= t < end for t in truth)
                c["found"] += sum(start <= t < end for t in hit)
                c["false"] += sum(start <= t < end and t not in right for t in mine)
                c["mine"] += sum(start <= t < end for t in mine)
                for step in one.own:
                    if start <= time(step) < end:
                        c[events.DIRECTIONS[step.direction]] += 1
            errors[part] += [b - a for a, b in pairs if start <= a < end]
    lines = [
        "| part | people | contacts | found % | true % | lost | invented | forward | backward | unknown | error, ms |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for part in PARTS:
        for who in sorted((w for p, w in count if p == part), key=lambda w: (w != "all", w)):
            c = count[part, who]
            people = sum(key.startswith("people ") for key in c) if who == "all" else who
            off = errors[part] if who == "all" else []
            lines.append(
                f"| {part} | {people} | {c['true']} | {_share(c['found'], c['true'])} | "
                f"{_share(c['mine'] - c['false'], c['mine'])} | {c['true'] - c['found']} | {c['false']} | "
                f"{c['forward']} | {c['backward']} | {c['unknown']} | "
                f"{f'{1000 * np.mean(off):+.0f} ± {1000 * np.std(off):.0f}' if off else ''} |"
            )
    return "\n".join(lines)


def _pairs(truth: list[float], mine: list[float]) -> list[tuple[float, float]]:
    """Pairs (true, mine) within WITHIN, nearest first, each used once."""
    near = sorted((abs(a - b), a, b) for a in truth for b in mine if abs(a - b) <= WITHIN)
    pairs: list[tuple[float, float]] = []
    for _, a, b in near:
        if all(a != c and b != d for c, d in pairs):
            pairs.append((a, b))
    return pairs


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}" if whole else "–"


def swings(name: str) -> list[float] | None:
    """Times of the swings of one shank, from its recording `name` of marpino; None where there is none.

    Rate about the main axis, zero-phase 5 Hz; a swing is a lobe above 0.9 rad/s (the smallest first steps reach 1.2).
    """
    from scipy.signal import butter, find_peaks, sosfiltfilt

    path = CORPUS / "marpino" / f"{name}.npz"
    if not path.exists():
        return None
    recording = recordings.load(str(path))
    rate = sosfiltfilt(butter(2, 5, fs=recording.fs, output="sos"), recording.gyr, axis=0)
    v = np.linalg.svd(rate[np.linalg.norm(rate, axis=1) > 1.0], full_matrices=False)[2][0]
    s = rate @ v
    s *= np.sign(s.max() + s.min())
    peaks, _ = find_peaks(s, height=0.9, prominence=0.9, distance=int(0.4 * recording.fs))
    return list(recording.t[peaks] - recording.t[0])


def short_walks() -> str:
    """Steps of short walks, counted at one shoe, against the swings of both legs; directions; soles."""
    wrong: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    c: dict[str, Counter[str]] = defaultdict(Counter)
    soles: dict[str, list[float]] = defaultdict(list)
    for position, row in rows(["marpino"]):
        if row["placement"] != "foot":
            continue
        one = play(position, row)
        group = row["id"].split("_")[1]
        true = [swings(row["id"].replace("_foot_", "_ankle_").replace(row["side"], s)) for s in ("left", "right")]
        for step in one.own:
            c[group][events.DIRECTIONS[step.direction]] += 1
        marks = one.meta.get("step_times") or []
        off = match(marks, [time(step) for step in one.own], WITHIN)
        soles[group] += off
        c[group]["marks"] += len(marks)
        if true[0] is None or true[1] is None:
            continue
        n = len(true[0]) + len(true[1])
        c[group]["steps"] += n
        wrong[group][one.person].append(abs(len(one.own) + len(one.other) - n) / n)
    lines = [
        "| marpino, shoes | people | recordings | steps | count error %, mean of people | worst person % | forward | "
        "backward | unknown | sole marks found | contact − sole, ms |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for group, name in GROUPS.items():
        people = [100 * float(np.mean(e)) for e in wrong[group].values()]
        if not people:
            continue
        off = soles[group]
        lines.append(
            f"| {name} | {len(people)} | {sum(map(len, wrong[group].values()))} | {c[group]['steps']} | "
            f"{np.mean(people):.1f} | {max(people):.1f} | {c[group]['forward']} | {c[group]['backward']} | "
            f"{c[group]['unknown']} | {len(off)} of {c[group]['marks']} | "
            f"{f'{1000 * np.mean(off):+.0f} ± {1000 * np.std(off):.0f}' if off else '–'} |"
        )
    return "\n".join(lines)


def _moved(words: np.ndarray, recorded: int, moves: tuple) -> Iterator[np.ndarray]:
    """The same walk with the sensor moved by (ahead, up, left) m on a rigid foot: a + dw/dt x r + w x (w x r).

    Up is the mean force at rest; left the main axis of the rate, signed so that the mean tilt about it is positive:
    the heel lifts more than the toe, walking either way. Rate low-passed at 12 Hz for its derivative.
    """
    from scipy.signal import butter, sosfiltfilt

    ka, kg = (scale(r) for scale, r in zip((units.acc_scale, units.gyro_scale), units.RANGES["foot"], strict=True))
    rate = sosfiltfilt(butter(2, 12, fs=units.RATE_HZ, output="sos"), words[:, :3] * kg, axis=0)
    acc = words[:, 3:] * ka
    size = np.linalg.norm(rate[:recorded], axis=1)
    quiet = np.flatnonzero(np.convolve(size, np.ones(9) / 9, "same") < 0.6)
    up = acc[quiet].mean(0)
    up /= np.linalg.norm(up)
    left = np.linalg.svd(rate[:recorded][size > 1.0], full_matrices=False)[2][0]
    left -= (left @ up) * up
    left /= np.linalg.norm(left)
    angle = np.cumsum(rate[:recorded] @ left)
    left *= np.sign((angle - np.interp(np.arange(recorded), quiet, angle[quiet])).mean())
    axes = np.stack([np.cross(left, up), up, left])
    turning = np.gradient(rate, 1.0 / units.RATE_HZ, axis=0)
    for move in moves:
        r = np.array(move) @ axes
        a = acc + np.cross(turning, r) + np.cross(rate, np.cross(rate, r))
        out = words.astype(float)
        out[:recorded, 3:] = a[:recorded] / ka
        yield np.clip(np.rint(out), -32768, 32767).astype(np.int16)


def positions(quick: bool = False) -> str:
    """Direction of own strides with the sensor moved on the shoe."""
    count: dict[tuple[str, tuple], Counter[str]] = defaultdict(Counter)
    people: dict[str, set[str]] = defaultdict(set)
    for source, every in (("ipol_gait", 6), ("marpino", 1), ("gdin_own", 1), ("urigott", 1)):
        for position, row in rows([source], every * (4 if quick else 1)):
            if row["placement"] != "foot" or "disability" in row["id"]:
                continue
            recording = recordings.load(str(CORPUS / source / f"{row['id']}.npz"))
            stream = recordings.stream(recording, rotate=(SEED, position))
            way = "backward" if "_BW_" in row["id"] else "forward"
            name = f"{source}, {'old' if 'elderly' in row['id'] else way}"
            people[name].add(row["subject"])
            for move, words in zip(MOVES, _moved(stream.words, stream.recorded, MOVES), strict=True):
                for step in feed(words, "foot"):
                    if step.kind == events.STEP and not step.inferred:
                        said = events.DIRECTIONS[step.direction]
                        kind = "right" if said == way else "unknown" if said in ("unknown", "sideways") else "wrong"
                        count[name, move][kind] += 1
    lines = [
        "| shoes, right / wrong / unknown | people | as worn | "
        + " | ".join(f"{100 * a:+.0f}, {100 * b:+.0f}, {100 * c:+.0f} cm" for a, b, c in MOVES[1:])
        + " |",
        "|---" * (len(MOVES) + 2) + "|",
    ]
    for name in people:
        cells = (count[name, move] for move in MOVES)
        cells = " | ".join(f"{c['right']} / {c['wrong']} / {c['unknown']}" for c in cells)
        lines.append(f"| {name} | {len(people[name])} | {cells} |")
    return "\n".join(lines)
