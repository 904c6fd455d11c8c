# SPDX-License-Identifier: MIT
"""Harder than the corpus: joined walks, turned straps, slow and small strides, and generated walks. For accuracy.py.

question  first stride after a change of direction; strides lost or mislabelled when something is done to a recording
data      erciyes and urigott (real backward), their recordings joined, turned, or stretched in time and amplitude
but       joined and stretched walks were never walked by anybody: they show limits, not rates
"""

from __future__ import annotations

import numpy as np
from accuracy_play import CORPUS, events, feed, match, recordings, rows, time, units

WAYS = events.DIRECTIONS


def _words(row: dict[str, str]) -> tuple[np.ndarray, dict[str, object]]:
    recording = recordings.load(str(CORPUS / row["source"] / f"{row['id']}.npz"))
    return np.array(recordings.stream(recording).words), recording.meta


def _strides(words: np.ndarray, placement: str) -> list[object]:
    return [e for e in feed(words, placement) if e.kind == events.STEP and not e.inferred]


def _still(last: np.ndarray, seconds: float) -> np.ndarray:
    return np.repeat([np.r_[0, 0, 0, last[3:]]], int(seconds * units.RATE_HZ), axis=0)


def _walking(row: dict[str, str], before: float, after: float) -> np.ndarray:
    words, meta = _words(row)
    start, stop = next((a, b) for a, b, label in meta["segments"] if label == meta["walk"])
    return words[int((start - before) * units.RATE_HZ) : int((stop + after) * units.RATE_HZ)]


def switches() -> str:
    """One person's forward and backward walk joined end to end, either order, 0.2 and 1.2 s of standing between."""
    by_person: dict[str, dict[str, dict[str, str]]] = {}
    for _, row in rows(["erciyes"]):
        for way in ("forward", "backward"):
            if f"_{way}_" in row["id"]:
                by_person.setdefault(row["subject"], {})[way] = row
    right = n = told = 0
    late = []
    for pair in by_person.values():
        for first, then in (("forward", "backward"), ("backward", "forward")):
            for pad in (0.1, 0.6):
                a, b = _walking(pair[first], 1.0, pad), _walking(pair[then], pad, 1.0)
                found = feed(np.vstack([a, b, _still(b[-1], 3.0)]).astype(np.int16), "ankle")
                own = [e for e in found if e.kind == events.STEP and not e.inferred and e.index >= len(a)]
                n += 1
                right += bool(own) and WAYS[own[0].direction] == then
                turns = [e for e in found if e.kind == events.TURN and e.index > len(a) and WAYS[e.direction] == then]
                first_of = next((e for e in own if WAYS[e.direction] == then), None)
                if turns and first_of is not None:
                    told += 1
                    late.append((turns[0].index - first_of.index) / units.RATE_HZ)
    return (
        f"First stride of the new direction labelled right: {right} of {n} joins ({len(by_person)} people). "
        f"The coach was told in {told} of {n}; against the contact of that stride {np.median(late):+.2f} s in the "
        f"median, {np.max(late):+.2f} s at the latest."
    )


def _turned(words: np.ndarray, at: int, degrees: float) -> np.ndarray:
    """The strap turned about the leg from sample `at` on."""
    axis = words[:200, 3:].mean(0)
    axis = axis / np.linalg.norm(axis)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    angle = np.radians(degrees)
    rotation = np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k
    out = words.astype(float)
    out[at:, :3] = out[at:, :3] @ rotation.T
    out[at:, 3:] = out[at:, 3:] @ rotation.T
    return np.clip(np.round(out), -32768, 32767).astype(np.int16)


def stress(quick: bool = False) -> str:
    cases = {
        "as recorded": lambda w, at: w,
        "begins in mid walk": lambda w, at: w[at:],
        "gyro clipped at ±250 °/s": lambda w, at: np.hstack([np.clip(w[:, :3], -7143, 7143), w[:, 3:]]),
        "gyro offset 0.1 rad/s": lambda w, at: w + np.array([164, -164, 164, 0, 0, 0]),
        "sensor 5 % slow": lambda w, at: _stretched(w, 0.95),
        "sensor 5 % fast": lambda w, at: _stretched(w, 1.05),
        "acceleration 77 ms late": lambda w, at: np.hstack([w[:, :3], np.roll(w[:, 3:], 8, 0)]),
        "strap turned 45° in mid walk": lambda w, at: _turned(w, at, 45),
        "strap turned 90°": lambda w, at: _turned(w, at, 90),
        "strap turned 180°": lambda w, at: _turned(w, at, 180),
    }
    chosen = [row for _, row in rows(["erciyes"]) if "_forward_" in row["id"] or "_backward_" in row["id"]]
    if quick:
        chosen = chosen[:4]
    lines = [
        "| done to erciyes, forward and backward | strides | right | wrong | unknown | right from the 5th on |",
        "|---|---|---|---|---|---|",
    ]
    for name, change in cases.items():
        n = right = wrong = unknown = later = later_right = 0
        for row in chosen:
            words, meta = _words(row)
            start, stop = next((a, b) for a, b, label in meta["segments"] if label == meta["walk"])
            at = int((start + 0.4 * (stop - start)) * units.RATE_HZ)
            own = _strides(np.clip(change(words, at), -32768, 32767).astype(np.int16), "ankle")
            after = [e for e in own if "turned" not in name or e.index > at]
            for i, step in enumerate(after):
                way = WAYS[step.direction]
                n += 1
                right += way == meta["walk"]
                wrong += way not in (meta["walk"], "unknown")
                unknown += way == "unknown"
                later += i >= 4
                later_right += i >= 4 and way == meta["walk"]
        lines.append(f"| {name} | {n} | {right} | {wrong} | {unknown} | {later_right} of {later} |")
    return "\n".join(lines) + "\n\n" + _slow(quick)


def _stretched(words: np.ndarray, factor: float) -> np.ndarray:
    grid = np.arange(0, len(words) - 1, factor)
    return np.stack([np.interp(grid, np.arange(len(words)), words[:, k]) for k in range(6)], axis=1)


def _smaller(words: np.ndarray, placement: str, times: float, size: float) -> np.ndarray:
    """The same motion `times` slower and `size` as large, in the sagittal plane of its main axis."""
    acc_g, dps = units.RANGES[placement]
    ka, kg = units.acc_scale(acc_g), units.gyro_scale(dps)
    w = words[:, :3] * kg
    v = np.linalg.svd(w[np.linalg.norm(w, axis=1) > 0.5], full_matrices=False)[2][0]
    a = words[:, 3:] * ka
    quiet = np.argsort(np.convolve(np.linalg.norm(w, axis=1), np.ones(25), "same"))[:200]
    u = a[quiet].mean(0)
    u -= (u @ v) * v
    u /= np.linalg.norm(u)
    p = np.cross(u, v)
    rate = w @ v
    dt = 1.0 / units.RATE_HZ
    angle = np.cumsum(rate) * dt
    rest = np.sort(quiet)
    angle -= np.interp(np.arange(len(angle)), rest, angle[rest])  # flat is flat, whenever the foot rests
    along, above = a @ p, a @ u
    far = along * np.cos(angle) - above * np.sin(angle)
    up = along * np.sin(angle) + above * np.cos(angle) - units.G
    grid = np.arange(0, len(angle) - 1, 1.0 / times)
    x = np.arange(len(angle))
    angle, far, up = (
        np.interp(grid, x, s) * k for s, k in ((angle, size), (far, size / times**2), (up, size / times**2))
    )
    noise = np.random.default_rng(1).normal(size=(len(grid), 6))
    gyr = np.gradient(angle, dt)[:, None] * v + 0.01 * noise[:, :3]
    up = up + units.G
    acc = (far * np.cos(angle) + up * np.sin(angle))[:, None] * p + (up * np.cos(angle) - far * np.sin(angle))[
        :, None
    ] * u
    out = np.hstack([gyr / kg, (acc + 0.03 * noise[:, 3:]) / ka])
    out = np.vstack([_still(out[0], 1.5), out, _still(out[-1], 3.0)])
    return np.clip(np.round(out), -32768, 32767).astype(np.int16)


def _slow(quick: bool) -> str:
    lines = [
        "| real backward strides, made slower and smaller | true | found | right | wrong |",
        "|---|---|---|---|---|",
    ]
    for source, key, placement in (("urigott", "_BW_", "foot"), ("erciyes", "_backward_", "ankle")):
        chosen = [row for _, row in rows([source]) if key in row["id"]]
        for times, size in ((1.0, 1.0), (1.5, 1.0), (2.0, 1.0), (1.0, 0.5), (1.5, 0.5), (1.5, 0.3)):
            true = found = right = wrong = 0
            for row in chosen[:2] if quick else chosen:
                words, meta = _words(row)
                marks = meta.get("step_times") or meta.get("swing_times")
                part = words[int(max(0.0, marks[0] - 1.0) * 104) : int((marks[-1] + 1.0) * 104)]
                own = _strides(_smaller(part, placement, times, size), placement)
                true += len(marks)
                found += len(own)
                right += sum(WAYS[e.direction] == "backward" for e in own)
                wrong += sum(WAYS[e.direction] == "forward" for e in own)
            name = f"{'shoe' if placement == 'foot' else 'ankle'}, {times:g} times slower, {100 * size:.0f} % as large"
            lines.append(f"| {name} | {true} | {found} | {right} | {wrong} |")
    return "\n".join(lines)


def reversed_shoes() -> str:
    """Forward walks of twelve people on shoes, played in reversed time: nearly backward walking; slower, smaller."""
    lines = ["| shoes of ipol_gait, every tenth pass | true | found | right | wrong |", "|---|---|---|---|---|"]
    chosen = [row for _, row in rows(["ipol_gait"], 10)]
    for way in ("forward", "backward"):
        for times, size in ((1.0, 1.0), (1.5, 0.5), (2.0, 0.7), (2.0, 0.4), (1.5, 0.2)):
            true = found = right = wrong = 0
            for row in chosen:
                words, meta = _words(row)
                start, stop, _ = meta["segments"][1]
                part = words[int(max(0.0, start - 1.0) * 104) : int((stop + 0.5) * 104)]
                if way == "backward":
                    part = np.clip(part[::-1] * np.array([-1.0, -1, -1, 1, 1, 1]), -32768, 32767).astype(np.int16)
                own = _strides(_smaller(part, "foot", times, size), "foot")
                true += sum(start - 0.3 <= t <= stop for t in meta["step_times"])
                found += len(own)
                right += sum(WAYS[e.direction] == way for e in own)
                wrong += sum(WAYS[e.direction] not in (way, "unknown", "sideways") for e in own)
            name = f"{'reversed' if way == 'backward' else 'as walked'}, {times:g} times slower, {100 * size:.0f} %"
            lines.append(f"| {name} | {true} | {found} | {right} | {wrong} |")
    return "\n".join(lines)


def no_walk() -> str:
    """Two minutes each of what turns a shank and is no walk: own strides by direction."""
    rng = np.random.default_rng(2)
    t = np.arange(104 * 120) / 104.0
    ka, kg = units.acc_scale(units.RANGES["ankle"][0]), units.gyro_scale(units.RANGES["ankle"][1])

    def turning(angle: np.ndarray, along: np.ndarray, up: np.ndarray) -> np.ndarray:
        out = rng.normal(0, 8, (len(t), 6))
        out[:, 0] += np.gradient(angle, 1 / 104) / kg
        out[:, 4] += (along * np.cos(angle) - (units.G + up) * np.sin(angle)) / ka
        out[:, 5] += (along * np.sin(angle) + (units.G + up) * np.cos(angle)) / ka
        return np.clip(np.round(out), -32768, 32767).astype(np.int16)

    lines = ["| what is no walk | own strides | forward | backward | unknown |", "|---|---|---|---|---|"]
    cases = []
    for f in (1.0, 1.25, 1.5):
        round_ = 0.17 * (2 * np.pi * f) ** 2
        cases.append(
            (
                f"pedals, {f:g} turns/s",
                turning(
                    0.45 * np.sin(2 * np.pi * f * t),
                    -round_ * np.cos(2 * np.pi * f * t),
                    -round_ * np.sin(2 * np.pi * f * t),
                ),
            )
        )
    for f, size in ((1.5, 0.3), (2.0, 0.15), (4.0, 0.1), (5.0, 0.05)):
        bob = 3.0 * np.sin(4 * np.pi * f * t)
        cases.append((f"knee bounces, {f:g} Hz", turning(size * np.sin(2 * np.pi * f * t), 0.0 * t, bob)))
    for f in (1.0, 2.0, 5.0, 10.0):
        s = np.sin(2 * np.pi * f * t)
        sine = np.stack([20000 * s, 0 * s, 0 * s, 3000 * s, 0 * s, 4096 + 1000 * s], 1).astype(np.int16)
        cases.append((f"sine of {f:g} Hz on two axes", sine))
    for name, words in cases:
        own = _strides(words, "ankle")
        n = [sum(WAYS[e.direction] == way for e in own) for way in ("forward", "backward", "unknown")]
        lines.append(f"| {name} | {len(own)} | {n[0]} | {n[1]} | {n[2]} |")
    return "\n".join(lines)


def hundred() -> str:
    """Bouts of 100 steps: generated ones at every placement, and counted by a person at the wrist."""
    from retrostep_host.virtual import walks

    lines = ["| 100 steps | bouts | counted |", "|---|---|---|"]
    for placement in ("ankle", "foot", "wrist"):
        for bout in ("forward", "backward", "forward, speed=0.5", "backward, speed=0.4"):
            way, _, option = bout.partition(", ")
            got = []
            for seed in range(1, 5):
                script = f"stand 3 s\n{way} 100 steps {option}\nstand 4 s"
                words = np.array(recordings.stream(walks.generate(script, seed, placement)).words)
                got.append(sum(e.kind == events.STEP for e in feed(words, placement)))
            lines.append(f"| generated, {placement}, {bout} | {len(got)} | {', '.join(str(n) for n in sorted(got))} |")
    got = []
    for path in sorted(CORPUS.glob("bangle_steps/bangle_100*.npz")):
        stream = recordings.stream(recordings.load(str(path)), rotate=(1, 0))
        got.append(sum(e.kind == events.STEP for e in feed(np.array(stream.words), "wrist")))
    if got:
        lines.append(f"| one man's wrist, counted aloud | {len(got)} | {', '.join(str(n) for n in sorted(got))} |")
    return "\n".join(lines)


def generated() -> str:
    from retrostep_host.virtual import walks

    lines = [
        "| generated walk | seeds | true steps | counted | own contacts within 0.15 s | wrong way |",
        "|---|---|---|---|---|---|",
    ]
    for placement in ("ankle", "foot"):
        true = counted = own_true = hit = wrong = 0
        for seed in range(1, 6):
            walk = walks.generate(None, seed=seed, placement=placement)
            found = [e for e in feed(np.array(recordings.stream(walk).words), placement) if e.kind == events.STEP]
            own = [step for step in walk.truth.steps if step.own]
            mine = [e for e in found if not e.inferred]
            true += len(walk.truth.steps)
            counted += len(found)
            own_true += len(own)
            hit += len(match([s.t for s in own], [time(e) for e in mine]))
            for e in mine:
                near = min(own, key=lambda s, e=e: abs(s.t - time(e)))
                wrong += WAYS[e.direction] not in (near.direction, "unknown")
        lines.append(f"| demo script, {placement} | 5 | {true} | {counted} | {hit} of {own_true} | {wrong} |")
    return "\n".join(lines)
