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
