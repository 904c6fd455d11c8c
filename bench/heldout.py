# SPDX-License-Identifier: MIT
"""How good are the stumble and fall scores on people they were not fitted on?

question  the weights of balance.legscore and of balance.fall at the wrist, refitted without one person, then judged on
          that person at the threshold that the others' quiet recordings ask for; and what a fit on all gives
data      sfu_imu_fall (5 people, both ankles), terrain (6 people, hours outdoors), erciyes, marpino; weda_fall (15
          people, wrist); falls and near falls are acted
split     leave one person out, walkers outdoors and actors alike; nothing random
run       python bench/heldout.py [--quick]
from      multiple-instance logistic regression: a recording is as suspicious as its most suspicious moment
but       the shape of the scores (which measures, half a second, the gate) was chosen looking at all of these people
"""

from __future__ import annotations

import argparse

import numpy as np
from alerts_play import CORPUS, Played, after_walking, corpus, play, trace
from scipy.optimize import minimize

WALKED = ("slip", "trip", "CS", "ITCS")  # near falls that follow walking
HITS = ("D09", "D10", "D11")  # weda_fall: a hand hits a table, claps, opens and closes a door


def is_near_fall(r: Played) -> bool:
    return r.kind == "Near_Falls" and r.code in WALKED


def logistic(x: np.ndarray, y: np.ndarray, ridge: float, start: np.ndarray | None = None) -> np.ndarray:
    """Weights and bias of the columns of standardised `x` for labels y = +-1."""

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = y * (x @ w[:-1] + w[-1])
        g = -y / (1 + np.exp(np.clip(z, -50, 50))) / len(y)
        return float(np.logaddexp(0, -z).mean() + ridge * (w[:-1] ** 2).sum()), np.append(
            x.T @ g + 2 * ridge * w[:-1], g.sum()
        )

    return minimize(loss, np.zeros(x.shape[1] + 1) if start is None else start, jac=True).x


def forms(every: int = 1) -> dict[str, list[Played]]:
    """Near falls out of walking as recorded, after 24 s of the same leg's walking, and as a 40 Hz sensor sees them."""
    paths = sorted(CORPUS.glob("sfu_imu_fall/*_Near_Falls_*.npz"))
    paths = [p for p in paths if p.stem.split("_")[-3] in WALKED][::every]
    out: dict[str, list[Played]] = {"as recorded": [play(trace(p)) for p in paths], "after 24 s of walking": []}
    for path in paths:
        name = path.stem.split("_")
        walks = CORPUS.glob(f"sfu_imu_fall/sfu_{name[1]}_*_NW_*_{name[-1]}.npz")
        made, first = after_walking(trace(path), [trace(p) for p in sorted(walks)])
        out["after 24 s of walking"].append(play(made, first=first))
    out["as a sensor of 40 Hz sees it"] = [play(trace(p, 40.0)) for p in paths]
    return out


def fit_leg(rows: list[Played], positive: np.ndarray) -> np.ndarray:
    """Weights on (a/usual, a/own, p/own, up/usual): best moment of a near fall, the worst 60 an hour of quiet ones."""
    bags = [(np.array(r.leg)[:, 1:], r, p) for r, p in zip(rows, positive, strict=True) if r.leg]
    every = np.concatenate([b for b, _, _ in bags])
    mean, spread = every.mean(0), every.std(0) + 1e-6
    w = np.array([1.0, 1.0, 0.4, 0.0, 0.0])
    for turn in range(5):
        x, y = [], []
        for bag, r, p in bags:
            z = (bag - mean) / spread
            chosen = apart(r, z @ w[:-1], 1 if p else max(3, int(60 * r.hours)), 8)
            x.append(z[chosen])
            y += [1.0 if p else -1.0] * len(chosen)
        w = logistic(np.concatenate(x), np.array(y), 0.01, w if turn else None)
    return w[:-1] / spread


def apart(r: Played, scores: np.ndarray, most: int, chunks: int = 16) -> list[int]:
    """The highest moments of a recording, so many chunks apart."""
    out: list[int] = []
    for i in np.argsort(-scores):
        if all(abs(r.leg[i][0] - r.leg[j][0]) >= chunks for j in out):
            out.append(int(i))
        if len(out) >= most:
            break
    return out


def highest(r: Played, w: np.ndarray, most: int = 12) -> list[float]:
    """Scores of its highest moments, 2 s apart."""
    if not r.leg:
        return []
    scores = np.array(r.leg)[:, 1:] @ w
    return [float(scores[i]) for i in apart(r, scores, most)]


def leg(quiet: list[Played], near: dict[str, list[Played]], rates: tuple[float, ...]) -> list[dict[str, float]]:
    """For each rate an hour at which the others' quiet hours alert: shares found and alerts of people held out."""
    rows = [*quiet, *(r for form in near.values() for r in form)]
    positive = np.array([False] * len(quiet) + [True] * (len(rows) - len(quiet)))
    form = ["quiet"] * len(quiet) + [name for name, own in near.items() for _ in own]
    group = np.array([r.person if r.source in ("sfu_imu_fall", "terrain") else "others" for r in rows])
    out: list[dict[str, float]] = [{"rate": rate} for rate in rates]
    for held in np.unique(group):
        other = group != held
        w = fit_leg([r for r, o in zip(rows, other, strict=True) if o], positive[other])
        calm = [r for r, o, p in zip(rows, other, positive, strict=True) if o and not p]
        top = np.sort([x for r in calm for x in highest(r, w)])[::-1]
        hours = sum(r.hours for r in calm)
        for row, rate in zip(out, rates, strict=True):
            threshold = top[int(rate * hours)] * 1.0001
            for r, f, o in zip(rows, form, other, strict=True):
                if not o:
                    name = f if f != "quiet" else f"alerts {r.source}"
                    above = sum(x >= threshold for x in highest(r, w))
                    row[name] = row.get(name, 0) + (min(1, above) if f != "quiet" else above)
                    row[f"hours {r.source}"] = row.get(f"hours {r.source}", 0.0) + (r.hours if f == "quiet" else 0.0)
    return out


def quiet_legs(every: int = 1) -> list[Played]:
    """Everything at the ankle in which nobody fell or nearly did."""
    rows = [
        r
        for pattern in ("sfu_imu_fall/*_ADLs_*", "terrain/*", "marpino/*ankle*")
        for r in corpus(f"{pattern}.npz", every)
    ]
    return rows + [r for r in corpus("erciyes/*ankle*.npz", every) if r.code != "stumble"]


def leg_table(quiet: list[Played], near: dict[str, list[Played]]) -> list[str]:
    names = list(near)
    lines = [
        "| others' quiet hours alert | " + " | ".join(names) + " | outdoors (terrain) | stairs and daily life (sfu) |"
    ]
    lines.append("|---|" + "---|" * (len(names) + 2))
    for row in leg(quiet, near, (0.3, 0.5, 1.0, 3.0)):
        shares = [f"{row[n]:.0f} of {len(near[n])} ({100 * row[n] / len(near[n]):.0f} %)" for n in names]
        alerts = [
            f"{count:.0f} in {hours:.2f} h ({count / hours:.1f}/h)"
            for s in ("terrain", "sfu_imu_fall")
            for count, hours in ((row.get(f"alerts {s}", 0.0), row[f"hours {s}"]),)
        ]
        lines.append(f"| {row['rate']:.1f} an hour | " + " | ".join(shares + alerts) + " |")
    return lines


def pace(falls: list[Played], lying: list[Played]) -> list[str]:
    """Lying down on purpose against falls, by the pace of each: fitted without one person, judged on that person."""
    rows = [(r, p, 1.0) for r in falls for p in r.pace] + [(r, p, -1.0) for r in lying for p in r.pace]
    x = np.array([p for _, p, _ in rows])
    y = np.array([label for _, _, label in rows])
    people = np.array([r.person for r, _, _ in rows])
    mean, spread = x.mean(0), x.std(0) + 1e-6
    z = (x - mean) / spread
    scores = np.zeros(len(z))
    copies = np.where(y > 0, 1, 8)  # as many of each
    for person in np.unique(people):
        use = np.repeat(np.flatnonzero(people != person), copies[people != person])
        w = logistic(z[use], y[use], 0.003)
        mine = people == person
        scores[mine] = z[mine] @ w[:-1] + w[-1]
    best = {id(r): -99.0 for r in [*falls, *lying]}
    for (r, _, _), score in zip(rows, scores, strict=True):
        best[id(r)] = max(best[id(r)], float(score))
    fell, lay = (np.array([best[id(r)] for r in own]) for own in (falls, lying))
    lines = ["| acted falls found | lying down on purpose that alarms |", "|---|---|"]
    for share in (0.97, 0.965, 0.955, 0.94):
        threshold = max(np.sort(fell)[int((1 - share) * len(fell))], -98.0)
        lines.append(
            f"| {(fell >= threshold).sum()} of {len(fell)} ({100 * (fell >= threshold).mean():.1f} %) | "
            f"{(lay >= threshold).sum()} of {len(lay)} ({100 * (lay >= threshold).mean():.0f} %) |"
        )
    return lines


def arm_bags(rows: list[Played]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each impact judged at the wrist: number of its recording, measures, +1 in a fall and -1 in daily life."""
    index = np.array([i for i, r in enumerate(rows) for _ in r.arm])
    x = np.array([m for r in rows for m in r.arm])
    return index, x, np.array([1.0 if rows[i].code.startswith("F") else -1.0 for i in index])


def arm_weights(rows: list[Played]) -> tuple[np.ndarray, float]:
    """Fitted on all: weights (balance.armfall._WEIGHTS) and bias before the threshold is taken off."""
    _, x, y = arm_bags(rows)
    mean, spread = x.mean(0), x.std(0) + 1e-6
    w = logistic((x - mean) / spread, y, 0.001)
    return w[:-1] / spread, float(w[-1] - mean @ (w[:-1] / spread))


def arm(rows: list[Played]) -> list[str]:
    """Falls at the wrist: found by held-out people at so many false alarms an hour of dense acted life."""
    index, x, y = arm_bags(rows)
    is_fall = np.array([r.code.startswith("F") for r in rows])
    is_hit = np.array([r.code in HITS for r in rows])
    people = np.array([r.person for r in rows])[index]
    mean, spread = x.mean(0), x.std(0) + 1e-6
    z = (x - mean) / spread
    score = np.zeros(len(z))
    for person in np.unique(people):
        other = people != person
        w = logistic(z[other], y[other], 0.001)
        score[~other] = z[~other] @ w[:-1] + w[-1]
    best = np.full(len(rows), -99.0)
    np.maximum.at(best, index, score)
    hours = sum(r.hours for r, f in zip(rows, is_fall, strict=True) if not f)
    quiet = np.sort(best[~is_fall])[::-1]
    lines = ["| false alarms per hour of dense acted life, at most | acted falls found | claps, table hits, doors |"]
    lines.append("|---|---|---|")
    for limit in (2, 3, 4, 5, 6, 8, 12):
        above = best > quiet[int(limit * hours)]
        hits, n = int(above[is_hit].sum()), int(is_hit.sum())
        lines.append(
            f"| {limit} | {100 * above[is_fall].mean():.0f} % of {int(is_fall.sum())} | "
            f"{hits} of {n} ({100 * hits / n:.1f} %) |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every fourth recording")
    every = 4 if parser.parse_args().quick else 1
    if not CORPUS.is_dir():
        print("No corpus beside the checkout (RETROSTEP_CORPUS): nothing to fit on.")
        return
    quiet, near = quiet_legs(every), forms(every)
    print("Near falls out of walking at the ankle, acted by volunteers, each person held out:\n")
    print("\n".join(leg_table(quiet, near)))
    rows = [*quiet, *(r for form in near.values() for r in form)]
    w = fit_leg(rows, np.array([False] * len(quiet) + [True] * (len(rows) - len(quiet))))
    top = np.sort([x for r in quiet for x in highest(r, w)])[::-1]
    threshold = top[int(0.3 * sum(r.hours for r in quiet))]
    print(
        f"\nFitted on all, 0.3 an hour: weights over threshold {np.round(w / threshold, 3)} (balance.legscore._WEIGHTS)"
    )
    falls, lying = (corpus(f"sfu_imu_fall/{p}.npz", every) for p in ("sfu_sub?_Falls_*", "*_DSL_*"))
    print("\nFalls at the ankle against lying down on purpose, each person held out:\n")
    print("\n".join(pace(falls, lying)))
    print("\nFalls at the wrist, acted by volunteers, each person held out:\n")
    wrist = corpus("weda_fall/*.npz", every)
    print("\n".join(arm(wrist)))
    weights, bias = arm_weights(wrist)
    print(f"\nFitted on all: weights {np.round(weights, 4)}, bias {bias:.4f} (balance.armfall)")


if __name__ == "__main__":
    main()
