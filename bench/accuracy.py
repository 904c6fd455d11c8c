# SPDX-License-Identifier: MIT
"""How right is every step? Steps, contacts, directions, lengths at ankle and shoe, by person, beside simple peers.

question  direction per stride (right, wrong, unknown), first stride after a change, time to decide; steps found,
          invented, counted; contact times; false steps in daily life; length; each witness of direction alone
data      erciyes, sfu_imu_fall (ankles of 11 people), ipol_gait, gdin_own, urigott (shoes of 14 people),
          accad_virtual (two actors, computed), marpino (shoes of 29 people, eight of them old); random rotation per
          recording, seed 1. Ankles with the sensor moved: accuracy_position.py (marpino, terrain besides)
split     most thresholds come from an earlier study on these same people; the table of witnesses fits its boundary
          on the others and judges the one left out
run       python bench/accuracy.py [--quick] [--write]     (--write rewrites docs/accuracy.md and docs/accuracy.svg)
not       the wrist: bench/wrist.py; alerts: bench/alerts.py; ms on the board: bench/device.py
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from time import perf_counter

import accuracy_drawing
import accuracy_position
import accuracy_shoe
import accuracy_stress
import numpy as np
import wrist_way
from accuracy_play import (
    CORPUS,
    ROOT,
    TRUE_WAY,
    Played,
    autocorrelation_steps,
    events,
    magnitude,
    match,
    play,
    pydometer_steps,
    rows,
    threshold_steps,
    time,
    units,
)

PAGE = ROOT / "docs" / "accuracy.md"
PICTURE = ROOT / "docs" / "accuracy.svg"
SOURCES = ("erciyes", "sfu_imu_fall", "ipol_gait", "gdin_own", "urigott", "accad_virtual")
LIFE = {"DSL": "lying down", "DSS": "sitting down", "RSS": "rising", "POG": "picking up", "SQ": "squatting"}
WALK_NAMES = {"NW": "level", "AS": "stairs up", "DS": "stairs down"}
WALKS = tuple(WALK_NAMES)


def percent(part: float, whole: float) -> str:
    return f"{100.0 * part / whole:.1f}" if whole else "–"


def table(head: tuple[str, ...], lines: list[tuple[object, ...]]) -> str:
    cells = [head, *[tuple(str(cell) for cell in line) for line in lines]]
    out = ["| " + " | ".join(row) + " |" for row in cells]
    out.insert(1, "|" + "---|" * len(head))
    return "\n".join(out)


def directions(played: list[Played]) -> str:
    """Direction of each own stride against the label it falls into."""
    count: dict[tuple[str, str, str, str], Counter[str]] = defaultdict(Counter)
    for one in played:
        if one.source == "sfu_imu_fall" and one.label not in WALKS:
            continue
        for step in one.own:
            label = one.label_at(time(step))
            if label in TRUE_WAY and time(step) < one.end:
                way = events.DIRECTIONS[step.direction]
                kind = "unknown" if way == "unknown" else "right" if way == TRUE_WAY[label] else "wrong"
                for person in (one.person, "all"):
                    count[one.source, one.placement, label, person][kind] += 1
    lines = []
    for key in sorted(count, key=lambda k: (k[0], k[2], k[3] != "all", k[3])):
        c = count[key]
        n = sum(c.values())
        person = key[3] if key[3] != "all" else f"**all {len([k for k in count if k[:3] == key[:3]]) - 1}**"
        decided = percent(c["right"], c["right"] + c["wrong"])
        lines.append((*key[:3], person, n, decided, c["wrong"], percent(c["unknown"], n)))
    return table(("source", "worn", "walking", "person", "strides", "right of decided %", "wrong", "unknown %"), lines)


def steps(played: list[Played]) -> tuple[str, list[float]]:
    """Own-foot contacts and both-feet counts against annotated ones; two peers on the same recordings."""
    found: dict[tuple[str, str], list[object]] = {}
    all_errors: list[float] = []
    for one in played:
        truth = one.meta.get("step_times") or []
        if one.placement != "foot" or not truth:
            continue
        truth = [t for t in truth if t < one.end - 0.3]
        mine = [t for t in one.times(one.own) if t < truth[-1] + 0.25]
        errors = match(truth, mine)
        all_errors += errors
        both = [t for t in one.meta["all_step_times"] if t < one.end - 1.0]
        counted = [t for t in one.times([*one.own, *one.other]) if t < one.end - 1.0]
        acc = magnitude(one.words, one.placement)
        peers = [
            sum(t < one.end - 1.0 for t in found_by) if (found_by := peer(acc)) is not None else None
            for peer in (threshold_steps, autocorrelation_steps, pydometer_steps)
        ]
        for person in (one.person, "all"):
            label = one.label if one.label != "stand" else "forward"
            row = found.setdefault((f"{one.source}, {label}", person), [0, 0, 0, [], 0, [], [], [], []])
            row[0] += len(truth)
            row[1] += len(errors)
            row[2] += len(mine)
            row[3] += errors
            row[4] += len(both)
            for k, value in enumerate((len(counted), *peers), 5):
                if value is not None:
                    row[k].append(abs(value - len(both)))
    lines = []
    for (label, person), (n, hit, mine, errors, both, own, peer, other, third) in found.items():
        lines.append(
            (
                label,
                f"**{person}**" if person == "all" else person,
                n,
                percent(hit, n),
                percent(hit, mine),
                f"{1000 * np.mean(errors):+.0f} ± {1000 * np.std(errors):.0f}",
                percent(sum(own), both),
                percent(sum(peer), both),
                percent(sum(other), both),
                percent(sum(third), both) if third else "–",
            )
        )
    lines.sort(key=lambda line: (line[0], line[1] != "**all**"))
    head = (
        "source",
        "person",
        "contacts",
        "found %",
        "true %",
        "error, ms",
        "count error %",
        "threshold %",
        "autocorr. %",
        "pydometer %",
    )
    return table(head, lines), all_errors


def counts(played: list[Played]) -> str:
    """Recordings with counts only."""
    lines = []
    for one in played:
        if one.source == "gdin_own":
            lines.append((one.name[-2:], "strides", one.meta["step_count"], len(one.own)))
    true, got = sum(line[2] for line in lines), sum(line[3] for line in lines)
    lines.append(("**gdin_own, one person**", "strides", true, got))
    swings = [(len(one.meta["swing_times"]), len(one.own)) for one in played if one.source == "erciyes"]
    lines.append(("**erciyes, six people**", "swings", sum(a for a, _ in swings), sum(b for _, b in swings)))
    pairs: dict[str, dict[str, int]] = defaultdict(dict)
    for one in played:
        if one.source == "sfu_imu_fall" and one.label in WALKS:
            name, side = one.name.rsplit("_", 1)
            pairs[name][side] = len(one.own) + len(one.other)
    apart = Counter(abs(pair["left"] - pair["right"]) for pair in pairs.values() if len(pair) == 2)
    text = ", ".join(f"{n} walks differ by {k}" for k, n in sorted(apart.items()))
    return (
        table(("recording", "what", "true", "counted"), lines)
        + f"\n\nSteps that the left and the right ankle of one walk count (sfu_imu_fall, five people): {text}."
    )


def life(played: list[Played]) -> str:
    """False strides in daily life at the ankle."""
    hours: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for one in played:
        if one.source == "sfu_imu_fall" and one.label in LIFE:
            hours[one.label] += one.end / 3600.0
            false[one.label] += len(one.own)
    lines = [(LIFE[code], f"{hours[code]:.3f}", false[code]) for code in LIFE if hours[code]]
    total = sum(hours.values())
    lines.append(("**all**", f"{total:.2f}", sum(false.values())))
    bound = 3.0 / total if total and not sum(false.values()) else 0.0
    note = f" Nothing seen in {total:.2f} h still allows {bound:.0f} an hour (95 %)." if bound else ""
    return table(("acted by five people", "hours", "false own strides"), lines) + "\n" + note


def witnesses(played: list[Played]) -> tuple[str, dict[str, list[tuple[float, bool]]]]:
    """Each witness alone, its boundary fitted on all other people, judged on the one left out."""
    seen: dict[str, list[tuple[str, str, float, bool]]] = defaultdict(list)
    for one in played:
        if one.source == "accad_virtual" or (one.source == "sfu_imu_fall" and one.label != "NW"):
            continue
        for w in one.witnesses:
            label = one.label_at(time_of(w))
            if label not in TRUE_WAY or time_of(w) > one.end:
                continue
            back = label == "backward"
            if one.placement == "ankle":
                seen["ankle D, lobes"].append((one.person, label, w["d"], back))
                seen["ankle X, displacement"].append((one.person, label, w["x"], back))
                if w["whole"]:
                    seen["ankle way, needs no polarity"].append((one.person, label, w["way"], back))
            else:
                seen["shoe heel tilt × X"].append((one.person, label, -w["tilt"] * np.sign(w["x"]), back))
                if w["strength"] > 0.5:
                    seen["shoe φ, phase (−sin)"].append((one.person, label, -np.sin(w["phi"]), back))
    lines, points = [], {}
    for name, all_of in sorted(seen.items()):
        right = wrong_forward = wrong_backward = 0
        for person in sorted({row[0] for row in all_of}):
            others = [row for row in all_of if row[0] != person]
            forward = [row[2] for row in others if not row[3]]
            backward = [row[2] for row in others if row[3]]
            if not backward:  # the only person who walked backward on shoes: zero by symmetry
                backward = [-value for value in forward]
            middle = 0.5 * (np.percentile(forward, 5) + np.percentile(backward, 95))
            for _, _, value, back in (row for row in all_of if row[0] == person):
                ok = (value < middle) == back
                right += ok
                wrong_forward += not ok and not back
                wrong_backward += not ok and back
        n, people = len(all_of), len({row[0] for row in all_of})
        back_n = sum(row[3] for row in all_of)
        lines.append((name, people, f"{n - back_n} / {back_n}", percent(right, n), wrong_forward, wrong_backward))
        points[name] = [(row[2], row[3]) for row in all_of]
    head = (
        "witness alone",
        "people",
        "forward / backward",
        "right %",
        "forward called backward",
        "backward called forward",
    )
    return table(head, lines), points


def time_of(witness: dict[str, object]) -> float:
    stride = witness["stride"]
    return (stride.contact + stride.fraction) / units.RATE_HZ


def delays(played: list[Played]) -> str:
    lines = []
    for placement in ("ankle", "foot"):
        own = [
            step for one in played if one.placement == placement and one.source != "accad_virtual" for step in one.own
        ]
        early = [(step.provisional - step.index) / units.RATE_HZ for step in own if step.direction]
        final = [(step.decided - step.index) / units.RATE_HZ for step in own if step.direction]
        if own:
            lines.append((placement, *(f"{np.percentile(x, q):.2f}" for x in (early, final) for q in (50, 95))))
    return table(("worn", "provisional, median s", "95 % s", "final, median s", "95 % s"), lines)


def lengths(played: list[Played]) -> str:
    sums, spread = [], []
    for one in played:
        if one.source == "ipol_gait":
            own = [step.length_m for step in one.own if time(step) < one.end]
            sums.append(sum(own))
            if len(own) > 5:
                spread.append(float(np.std(np.diff(own[1:-1])) / np.sqrt(2.0)))
    if not sums:
        return ""
    middle = defaultdict(list)
    for one in played:
        for step in one.own:
            if one.source not in ("erciyes", "sfu_imu_fall", "urigott") or not (step.length_m and step.direction):
                continue
            if one.source != "sfu_imu_fall" or one.label in WALKS:
                middle[one.source, WALK_NAMES.get(one.label, one.label)].append(step.length_m)
    lines = [
        (f"{s}, {w}", len(v), *(f"{np.percentile(v, q):.2f}" for q in (10, 50, 90))) for (s, w), v in middle.items()
    ]
    return (
        f"On shoes (ipol_gait, 12 people) the strides of a first pass, marked 10 m, add up to "
        f"{np.mean(sums):.2f} ± {np.std(sums):.2f} m (strides begin and end beside the marks, so ± half a stride is in "
        f"it); from stride to stride in mid pass the length scatters by {np.median(spread):.3f} m.\n\n"
        + table(("strides", "n", "10 % m", "median m", "90 % m"), lines)
    )


def variability(played: list[Played]) -> str:
    """Stride-time CV, less what the error of two contacts adds, beside the annotated one, where there are enough."""
    lines = []
    for source in ("urigott", "ipol_gait"):
        by: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
        for one in played:
            truth = one.meta.get("step_times") or []
            if one.source != source or one.placement != "foot" or len(truth) < 6:
                continue
            pairs = [(min(one.own, key=lambda e, t=t: abs(time(e) - t)), t) for t in truth if t < one.end - 0.3]
            pairs = [(time(e), t) for e, t in pairs if abs(time(e) - t) < 0.15]
            if len(pairs) < 6:
                continue
            mine, true = np.diff([p[0] for p in pairs])[1:-1], np.diff([p[1] for p in pairs])[1:-1]
            error = float(np.var([p[0] - p[1] for p in pairs]))
            by[one.label if one.label != "stand" else "forward"].append(
                (float(np.var(mine)), float(np.var(true)), error, float(np.mean(true)))
            )
        for label, rows_ in by.items():
            v, t, e, m = (float(np.mean([row[k] for row in rows_])) for k in range(4))
            floor = 100.0 * np.sqrt(2.0 * e) / m
            less = 100.0 * np.sqrt(max(0.0, v - 2.0 * e)) / m
            cells = (f"{100.0 * np.sqrt(x) / m:.1f}" for x in (v, t))
            lines.append((f"{source}, {label}", len(rows_), *cells, f"{floor:.1f}", f"{less:.1f}"))
    head = ("shoes", "recordings", "CV counted %", "CV annotated %", "floor of two contacts %", "CV less floor %")
    return table(head, lines)


def toes(played: list[Played]) -> str:
    lines = []
    for source, label in (
        ("ipol_gait", "forward"),
        ("gdin_own", "forward"),
        ("urigott", "forward"),
        ("urigott", "backward"),
        ("erciyes", "forward"),
        ("erciyes", "backward"),
        ("sfu_imu_fall", "forward"),
        ("sfu_imu_fall", "stairs_down"),
    ):
        c = Counter(
            events.CONTACTS[step.contact]
            for one in played
            if one.source == source
            for step in one.own
            if time(step) < one.end and one.label_at(time(step)) == label
        )
        if c:
            lines.append((f"{source}, {label}", c["heel"], c["toe"], c["unknown"]))
    return table(("shoes, then ankles", "heel first", "toe first", "unknown"), lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every eighth recording of the big sources")
    parser.add_argument("--write", action="store_true", help="rewrite docs/accuracy.md and its picture")
    arguments = parser.parse_args()
    if not (CORPUS / "index.csv").exists():
        print(f"No corpus at {CORPUS}; set RETROSTEP_CORPUS. Generated walks only.")
        print(accuracy_stress.generated())
        return 0
    began = perf_counter()
    played = [
        play(*row)
        for s in SOURCES
        for row in rows([s], 8 if arguments.quick and s in ("ipol_gait", "sfu_imu_fall", "accad_virtual") else 1)
    ]
    print(f"{len(played)} recordings, {sum(one.end for one in played) / 3600:.2f} h", file=sys.stderr)
    step_table, errors = steps(played)
    witness_table, points = witnesses(played)
    parts: dict[str, Callable[[], str] | str] = {
        "direction": directions(played),
        "steps": step_table,
        "turns": accuracy_shoe.turns(played),
        "short_shoes": accuracy_shoe.short_walks(),
        "shoe_positions": accuracy_shoe.positions(arguments.quick),
        "counts": counts(played),
        "life": life(played),
        "witnesses": witness_table,
        "delays": delays(played),
        "lengths": lengths(played),
        "toes": toes(played),
        "variability": variability(played),
        "slow_shoes": accuracy_stress.reversed_shoes(),
        "no_walk": accuracy_stress.no_walk(),
        "hundred": accuracy_stress.hundred(),
        "switch": accuracy_stress.switches(),
        "stress": accuracy_stress.stress(arguments.quick),
        "generated": accuracy_stress.generated(),
        "position": accuracy_position.position(arguments.quick),
        "polarity": accuracy_position.polarity(arguments.quick),
        "held_out": accuracy_position.held_out(arguments.quick),
        "soles": accuracy_position.soles(),
        "short_ankles": accuracy_position.short(),
        "doubtful": accuracy_position.doubtful(),
        "hours": accuracy_position.hours(),
        "wrist": wrist_way.text(arguments.quick),
    }
    print("".join(f"\n## {name}\n{text}\n" for name, text in parts.items()))
    print(f"\n{perf_counter() - began:.0f} s", file=sys.stderr)
    if arguments.write:
        head = ["git", "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(head, cwd=ROOT, capture_output=True, text=True).stdout
        page = (ROOT / "bench" / "accuracy_page.md").read_text(encoding="utf-8")
        for name, text in parts.items():
            page = page.replace("{" + name + "}", str(text))
        run = f"`python bench/accuracy.py --write`, {date.today()}, on {commit.strip()}"
        PAGE.write_text(page.replace("{run}", run), encoding="utf-8")
        accuracy_drawing.picture(PICTURE, points, errors)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
