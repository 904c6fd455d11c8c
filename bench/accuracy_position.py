# SPDX-License-Identifier: MIT
"""Where the sensor sits, and on whom: real people moved along the leg, outdoors, old, stiff. For accuracy.py.

question  right, wrong and unknown labels of own strides by source and position; strides until the polarity is decided;
          first strides with the mount of an earlier walk, and with a wrong one; the same with the weights of
          gait.witness fitted on the other sources; contacts against sole switches; who is no walker on a shank
data      erciyes, sfu_imu_fall, marpino, terrain, accad_virtual (ankles); random rotation per recording, seed 1
split     each source held out in turn where it says so; the other tables use the weights of the engine
from      a rigid body: a' = a + dw/dt x r + w x (w x r), the rate low-passed at 12 Hz before it is differentiated;
          which way is forward comes from the label and the larger lobe of the swing
but       a sensor that is moved on paper shakes like the one that was worn
"""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from accuracy_play import CORPUS, SEED, events, feed, match, recordings, rows, time, units
from accuracy_shoe import swings
from retrostep.engine import Engine
from retrostep.gait import leg, witness
from scipy.optimize import minimize
from scipy.signal import butter, filtfilt

PLACES = {  # name -> m in front of the leg's axis, up it, to one side
    "as worn": (0.0, 0.0, 0.0),
    "6 cm behind": (-0.06, 0.0, 0.0),
    "3 cm before": (0.03, 0.0, 0.0),
    "5 cm": (0.05, 0.0, 0.0),
    "7 cm": (0.07, 0.0, 0.0),
    "10 cm": (0.10, 0.0, 0.0),
    "15 cm": (0.15, 0.0, 0.0),
    "10 cm down": (0.0, -0.10, 0.0),
    "25 cm up": (0.0, 0.25, 0.0),
    "5 cm before, 25 up": (0.05, 0.25, 0.0),
    "6 cm aside": (0.0, 0.0, 0.06),
}
FEW = ("as worn", "15 cm")
SOURCES = ("erciyes", "marpino", "sfu_imu_fall", "terrain", "accad_virtual")
WALKING = ("forward", "backward", "stairs_up", "stairs_down")
NAMES = {"NW": "level", "AS": "stairs up", "DS": "stairs down"}


def moved(recording: Any, place: tuple[float, float, float], backward: bool) -> Any:
    """The recording with its sensor moved by `place`, as on a rigid leg."""
    if not any(place):
        return recording
    gyr, acc, fs = np.asarray(recording.gyr, float), np.asarray(recording.acc, float), recording.fs
    b, a = butter(2, min(12.0, 0.45 * fs) / (fs / 2))
    rate = filtfilt(b, a, gyr, axis=0)
    busy = np.linalg.norm(rate, axis=1) > 1.0
    up = acc[busy].mean(0)
    up /= np.linalg.norm(up)
    v = np.linalg.eigh(rate[busy].T @ rate[busy])[1][:, -1]
    v = v - (v @ up) * up
    v /= np.linalg.norm(v)
    swing = rate @ v
    if (abs(np.percentile(swing, 0.5)) > abs(np.percentile(swing, 99.5))) != backward:
        v = -v
    lever = place[0] * np.cross(up, v) + place[1] * up + place[2] * v
    turn = np.gradient(rate, axis=0) * fs
    return replace(recording, acc=acc + np.cross(turn, lever) + np.cross(rate, np.cross(rate, lever)))


@cache
def chosen(every: int = 1) -> tuple[tuple[int, str, str, str, str], ...]:
    """(position in the index, source, id, group, true way) of the ankles that walk one way."""
    found = []
    for position, row in rows(SOURCES, every):
        if row["placement"] != "ankle":
            continue
        meta = json.loads((CORPUS / row["source"] / f"{row['id']}.json").read_text(encoding="utf-8"))
        labels = {label for _, _, label in meta["segments"]}
        walked = labels & set(WALKING)
        if not walked or len({label == "backward" for label in walked}) > 1 or "sidestep" in labels:
            continue
        if row["source"] == "sfu_imu_fall" and meta.get("code") not in NAMES:
            continue
        group = {"sfu_imu_fall": f"sfu, {NAMES.get(meta.get('code', ''), '')}", "terrain": "terrain"}.get(row["source"])
        if row["source"] == "marpino":
            group = next((f"marpino, {k}" for k in ("elderly", "disability") if k in row["id"]), "marpino, young")
        way = "backward" if "backward" in labels else "forward"
        found.append((position, row["source"], row["id"], group or f"{row['source']}, {meta.get('walk', way)}", way))
    return tuple(found)


@cache
def words(position: int, source: str, name: str, place: str, backward: bool) -> np.ndarray:
    recording = recordings.load(str(CORPUS / source / f"{name}.npz"))
    return np.array(recordings.stream(moved(recording, PLACES[place], backward), rotate=(SEED, position)).words)


def person_of(source: str, name: str) -> str:
    meta = json.loads((CORPUS / source / f"{name}.json").read_text(encoding="utf-8"))
    return str(meta.get("subject", name))


def labelled(samples: np.ndarray, mount: bytes | None = None, see: Any = None) -> tuple[list[Any], bytes]:
    """Own strides of an ankle, and what it learnt of the mount."""
    found: list[Any] = []
    engine = Engine("ankle", found.append, mount=mount)
    if see is not None:
        engine.probe(see)
    flat = array("h")
    flat.frombytes(samples.astype("<i2").tobytes())
    engine.feed(flat, len(samples))
    engine.finish()
    return [e for e in found if e.kind == events.STEP and not e.inferred], engine.mount_memory()


def kinds(own: Iterable[Any], way: str) -> Counter[str]:
    """How many are right, wrong, unknown."""
    count: Counter[str] = Counter()
    for step in own:
        name = events.DIRECTIONS[step.direction]
        count["right" if name == way else "wrong" if name in ("forward", "backward") else "unknown"] += 1
    return count


def ends_of(count: Counter[str]) -> str:
    n = sum(count.values())
    return f"{n} · {count['wrong']} · {count['unknown']}" if n else "–"


def position(quick: bool = False) -> str:
    """Source by place: own strides, wrong ones, unknown ones."""
    places = FEW if quick else tuple(PLACES)
    count: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    people: dict[str, set[str]] = defaultdict(set)
    for where, source, name, group, way in chosen(8 if quick else 1):
        people[group].add(person_of(source, name))
        for place in places:
            own, _ = labelled(words(where, source, name, place, way == "backward"))
            count[group][place] += kinds(own, way)
    lines = ["| strides · wrong · unknown | people | " + " | ".join(places) + " |", "|---" * (len(places) + 2) + "|"]
    for group in sorted(count):
        cells = [ends_of(count[group][place]) for place in places]
        lines.append(f"| {group} | {len(people[group])} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def polarity(quick: bool = False) -> str:
    """How many strides until labels lean on a polarity; what a remembered mount, right or wrong, does."""
    until: dict[str, list[int]] = defaultdict(list)
    first: dict[str, Counter[str]] = defaultdict(Counter)
    again: dict[str, Counter[str]] = defaultdict(Counter)
    reversed_: dict[str, Counter[str]] = defaultdict(Counter)
    for where, source, name, group, way in chosen(8 if quick else 1):
        samples = words(where, source, name, "15 cm" if source != "terrain" else "as worn", way == "backward")
        seen: list[dict[str, Any]] = []
        _, mount = labelled(samples, None, seen.append)
        whole = [w for w in seen if w["whole"]]
        sure = [k for k, w in enumerate(whole, 1) if abs(w["odds"]) >= SURE]
        if len(whole) >= 3:
            until[group].append(sure[0] if sure else 99)
        if not mount:
            continue
        own, _ = labelled(samples, mount)
        first[group] += kinds(own[:1], way)
        again[group] += kinds(own, way)
        own, _ = labelled(samples, turned(mount))
        reversed_[group] += kinds(own, way)
    head = (
        "| ankle, 15 cm before the leg | decided after, median | 95 % | never | with its mount: first stride right | "
        "strides · wrong · unknown | with the opposite one |"
    )
    lines = [head, "|---" * 7 + "|"]
    for group, counts in sorted(until.items()):
        n = sum(first[group].values())
        never = sum(c == 99 for c in counts)
        share = f"{first[group]['right']} of {n}" if n else "–"
        middle, most = np.percentile([c for c in counts if c < 99] or [0], (50, 95))
        cells = (f"{middle:.0f}", f"{most:.0f}", f"{never} of {len(counts)}", share)
        lines.append(f"| {group} | " + " | ".join((*cells, ends_of(again[group]), ends_of(reversed_[group]))) + " |")
    return "\n".join(lines)


SURE = 3.0  # log odds; equal to mount.polarity.SURE, which the test of this bench holds


def turned(mount: bytes) -> bytes:
    """The same memory of the opposite axis."""
    from retrostep.mount.memory import Memory

    memory = Memory(mount)
    memory.axis = [-part for part in memory.axis]
    return memory.pack()


class Parts(witness.Witness):
    """The witness, and its four parts without their weights, for a fit."""

    parts: tuple[float, ...] = ()

    def look(self, *arguments: Any) -> None:
        kept = witness._S2, witness._A2, witness._A1, witness._L2
        parts = []
        for one in np.eye(2):
            witness._S2, witness._A2 = one
            witness._A1, witness._L2 = one
            super().look(*arguments)
            parts.append((self.mirror, self.way))
        witness._S2, witness._A2, witness._A1, witness._L2 = kept
        super().look(*arguments)
        self.parts = (parts[0][0], parts[1][0], parts[0][1], parts[1][1])


def strides(every: int) -> Iterator[tuple[str, str, float, tuple[float, ...], float, float]]:
    """(source, group, polarity the engine was sure of, parts, log odds of the lobes for +v, way +-1) per stride."""
    from retrostep.gait.direction import of_asymmetry

    usual = leg.Witness
    leg.Witness = Parts
    try:
        for where, source, name, group, way in chosen(every):
            for place in FEW if source != "terrain" else FEW[:1]:
                seen: list[tuple[np.ndarray, tuple[float, ...], float, int]] = []
                part: list[Parts] = []

                def see(w: dict[str, Any], seen=seen, part=part) -> None:
                    if w["whole"]:
                        seen.append((np.array(w["v"]), part[0].parts, w["d"], w["side"]))

                found: list[Any] = []
                engine = Engine("ankle", found.append)
                engine.probe(see)
                part.append(engine._leg._witness)
                flat = array("h")
                flat.frombytes(words(where, source, name, place, way == "backward").astype("<i2").tobytes())
                engine.feed(flat, len(flat) // 6)
                engine.finish()
                axis = np.array(engine._memory.axis)
                if not engine._memory.is_known():
                    continue
                sign = 1.0 if way == "forward" else -1.0
                for v, parts, d, side in seen:
                    yield source, group, float(np.sign(v @ axis)), parts, side * of_asymmetry(d), sign
    finally:
        leg.Witness = usual


def fit(data: list[tuple[Any, ...]]) -> np.ndarray:
    """Weights of S2, A2, A1, L2 and of the lobes: logistic, four states (polarity x way), no intercept; groups weigh
    as the root of their strides."""
    group = [row[1] for row in data]
    size = Counter(group)
    weight = np.array([size[g] ** -0.5 for g in group])
    pol, way = np.array([row[2] for row in data]), np.array([row[5] for row in data])
    parts, lobes = np.array([row[3] for row in data]), np.array([row[4] for row in data])
    state = np.where(pol > 0, np.where(way > 0, 0, 1), np.where(way > 0, 2, 3))

    def loss(w: np.ndarray) -> float:
        mirror, forward = parts[:, :2] @ w[:2], parts[:, 2:] @ w[2:4]
        score = [0.5 * (p * mirror + d * (forward + p * w[4] * lobes)) for p in (1, -1) for d in (1, -1)]
        table = np.stack(score, 1)
        top = table.max(1)
        total = top + np.log(np.exp(table - top[:, None]).sum(1))
        return float((weight * (total - table[np.arange(len(table)), state])).sum() / weight.sum() + 1e-5 * (w @ w))

    return minimize(loss, np.array([1.0, -1.0, -1.0, -1.0, 1.0]), method="L-BFGS-B").x


def held_out(quick: bool = False) -> str:
    """Labels of each source with weights that were fitted on the others."""
    every = 8 if quick else 1
    data = list(strides(every))
    lines = ["| held out | S2 | A2 | A1 | L2 | strides · wrong · unknown, " + " | ".join(FEW) + " |", "|---" * 7 + "|"]
    kept = witness._S2, witness._A2, witness._A1, witness._L2
    for source in (*SOURCES, ""):
        w = fit([row for row in data if row[0] != source])
        cells = [f"{x:+.1f}" for x in w[:4]]
        if not source:
            used = ", ".join(f"{x:+.1f}" for x in kept)
            lines.append(f"| none (the engine has {used}) | " + " | ".join((*cells, "–", "–")) + " |")
            continue
        witness._S2, witness._A2, witness._A1, witness._L2 = (float(x) for x in w[:4])
        count: dict[str, Counter[str]] = defaultdict(Counter)
        for where, which, name, group, way in chosen(every):
            if which == source and "disability" not in group:
                for place in FEW:
                    count[place] += kinds(labelled(words(where, which, name, place, way == "backward"))[0], way)
        witness._S2, witness._A2, witness._A1, witness._L2 = kept
        lines.append(f"| {source} | " + " | ".join((*cells, *(ends_of(count[place]) for place in FEW))) + " |")
    return "\n".join(lines)


def soles() -> str:
    """Contacts of ankles against switches under the same foot, one in ten of which is missing or late."""
    lines = ["| marpino, ankle | people | marks | found within 0.15 s | error, ms: median | SD |", "|---" * 6 + "|"]
    errors_: dict[str, list[float]] = defaultdict(list)
    marks: Counter[str] = Counter()
    people: dict[str, set[str]] = defaultdict(set)
    for where, source, name, group, _ in chosen():
        if source != "marpino" or "disability" in group:
            continue
        meta = json.loads((CORPUS / source / f"{name}.json").read_text(encoding="utf-8"))
        if not meta["step_times"]:
            continue
        own, _ = labelled(words(where, source, name, "as worn", False))
        marks[group] += len(meta["step_times"])
        people[group].add(person_of(source, name))
        errors_[group] += match(meta["step_times"], [time(e) for e in own])
    for group, found in sorted(errors_.items()):
        late, spread = 1000.0 * np.median(found), 1000.0 * np.std(found)
        n = f"{len(people[group])} | {marks[group]} | {len(found)}"
        lines.append(f"| {group} | {n} | {late:+.0f} | {spread:.0f} |")
    return "\n".join(lines)


def short() -> str:
    """Steps of both legs in short walks, counted at one ankle."""
    wrong: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    steps: Counter[str] = Counter()
    for where, source, name, group, way in chosen():
        meta = json.loads((CORPUS / source / f"{name}.json").read_text(encoding="utf-8"))
        if source == "marpino":
            both = [swings(name.replace(meta["side"], side)) for side in ("left", "right")]
            n = len(both[0]) + len(both[1]) if both[0] is not None and both[1] is not None else 0
        elif source == "accad_virtual":
            n = meta.get("step_count") or 0
            n = n if 4 <= n <= 12 else 0
        else:
            continue
        if n:
            found = feed(words(where, source, name, "as worn", way == "backward"), "ankle")
            counted = sum(e.kind == events.STEP for e in found)
            wrong[group][person_of(source, name)].append((counted - n) / n)
            steps[group] += n
    lines = [
        "| ankle | people | recordings | steps | count error %, mean of people | worst person % | bias % |",
        "|---" * 7 + "|",
    ]
    for group, people in sorted(wrong.items()):
        mean = [100.0 * float(np.mean(np.abs(e))) for e in people.values()]
        sign = [100.0 * float(np.mean(e)) for e in people.values()]
        n = f"{len(people)} | {sum(map(len, people.values()))} | {steps[group]}"
        lines.append(f"| {group} | {n} | {np.mean(mean):.1f} | {max(mean):.1f} | {np.mean(sign):+.1f} |")
    return "\n".join(lines)


def doubtful() -> str:
    """What should get no direction, generated: own strides, wrong ones, unknown ones, and what the engine says."""
    from retrostep_host import reasons
    from retrostep_host.virtual import walks

    both = "stand 3 s\nforward 12 strides{0}\nstand 2 s\nbackward 12 strides{0}\nstand 2 s"
    cases = [
        ("thigh", both.format(""), "thigh left"),
        ("thigh, in front", both.format(""), "thigh right front"),
        ("loose strap", both.format(""), "ankle left loose"),
        ("loose strap, in front", both.format(""), "ankle left front loose"),
        ("stiff knee", both.format(" knee=stiff"), "ankle left"),
        ("stiff knee, in front", both.format(" knee=stiff"), "ankle left front"),
        ("knee that bends little", both.format(" knee=small"), "ankle left front"),
        ("side steps", "stand 3 s\nside left 12 strides\nstand 2 s", "ankle left"),
        ("pedals, 50/min", "stand 3 s\npedal 60 s cadence=50\nstand 2 s", "ankle left"),
        ("pedals, 70/min", "stand 3 s\npedal 60 s\nstand 2 s", "ankle left front"),
        ("pedals, 95/min", "stand 3 s\npedal 60 s cadence=95\nstand 2 s", "ankle left"),
        ("dangling, 0.8/s", "stand 3 s\ndangle 60 s\nstand 2 s", "ankle left"),
        ("dangling, 1.1/s", "stand 3 s\ndangle 60 s rate=1.1\nstand 2 s", "ankle left front"),
    ]
    lines = ["| generated, 8 seeds each | true strides | counted | wrong | unknown | said |", "|---" * 6 + "|"]
    for name, script, wear in cases:
        true, count, said = 0, Counter(), Counter()
        for seed in range(1, 9):
            walk = walks.generate(script, seed=seed, wear=wear)
            truth = [(step.t, step.direction) for step in walk.truth.steps if step.own]
            found = feed(np.array(recordings.stream(walk).words), "ankle")
            true += len(truth)
            said.update(reasons.REASONS[e.reason][0] for e in found if e.kind == events.DOUBT)
            for e in found:
                if e.kind == events.STEP and not e.inferred:
                    near = min(truth, key=lambda s, e=e: abs(s[0] - time(e)), default=(0.0, "nothing"))
                    way = events.DIRECTIONS[e.direction]
                    count["unknown" if way == "unknown" else "right" if way == near[1] else "wrong"] += 1
        words_ = ", ".join(f"{name} in {n}" for name, n in sorted(said.items())) or "–"
        lines.append(f"| {name} | {true} | {sum(count.values())} | {count['wrong']} | {count['unknown']} | {words_} |")
    return "\n".join(lines)


def hours() -> str:
    """How long the terrain set is, and its people."""
    mine = [row for row in chosen() if row[1] == "terrain"]
    seconds = sum(len(words(row[0], row[1], row[2], "as worn", False)) for row in mine) / units.RATE_HZ
    return f"{seconds / 3600.0:.1f} h, {len({person_of(row[1], row[2]) for row in mine})} people"
