# SPDX-License-Identifier: MIT
"""How good are the stumble and fall scores on people they were not fitted on?

question  the weights of balance.legscore and of balance.fall at the wrist, refitted without one person, then judged on
          that person at the threshold that the others' quiet recordings ask for; and what a fit on all gives
data      sfu_imu_fall (5 people, both ankles), weda_fall (15 people, wrist); falls and near falls are acted
split     leave one person out; nothing random
run       python bench/heldout.py [--quick]
from      multiple-instance logistic regression: a recording is as suspicious as its most suspicious moment
but       the shape of the scores (which measures, half a second, the gate) was chosen looking at all of these people
"""

from __future__ import annotations

import argparse

import numpy as np
from alerts_play import CORPUS, Played, corpus
from scipy.optimize import minimize

WALKED = ("slip", "trip", "CS", "ITCS")  # near falls that follow walking


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


def fit_leg(rows: list[Played], positive: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias on (a/usual, p/usual, a/own, p/own): best moment of a near fall, six of a quiet recording."""
    every = np.concatenate([np.array(r.leg) for r in rows if r.leg])
    mean, spread = every.mean(0), every.std(0) + 1e-6
    bags = [((np.array(r.leg) - mean) / spread, p) for r, p in zip(rows, positive, strict=True) if r.leg]
    w = np.append(np.ones(4), 0.0)
    for turn in range(6):
        x, y = [], []
        for bag, p in bags:
            order = np.argsort(-(bag @ w[:-1]))[: 1 if p else 6]
            x.append(bag[order])
            y += [1.0 if p else -1.0] * len(order)
        w = logistic(np.concatenate(x), np.array(y), 0.01, w if turn else None)
    return w[:-1] / spread, float(w[-1] - (w[:-1] * mean / spread).sum())


def top(rows: list[Played], w: np.ndarray, b: float) -> np.ndarray:
    """Highest score of each recording; -99 where nothing passed the gate."""
    return np.array([(np.array(r.leg) @ w + b).max() if r.leg else -99.0 for r in rows])


def leg(rows: list[Played]) -> tuple[list[str], np.ndarray]:
    """The table by held-out person, and each recording's held-out score as a multiple of its threshold (0 = quiet)."""
    rows = [r for r in rows if r.kind == "ADLs" or is_near_fall(r)]
    positive = np.array([is_near_fall(r) for r in rows])
    people = np.array([r.person for r in rows])
    relative = np.zeros(len(rows))
    head = "| held out | near falls found (acted) | false alerts in its walking, stairs, daily life |"
    lines = [head, "|---|---|---|"]
    for person in np.unique(people):
        other = people != person
        w, b = fit_leg([r for r, o in zip(rows, other, strict=True) if o], positive[other])
        scores = top(rows, w, b)
        threshold = scores[other & ~positive].max()
        mine = ~other
        relative[mine] = np.maximum(0.0, (scores[mine] - b) / (threshold - b))
        found = int((scores[mine & positive] > threshold).sum())
        false = int((scores[mine & ~positive] > threshold).sum())
        lines.append(f"| {person} | {found} of {int((mine & positive).sum())} | {false} |")
    found = int((relative[positive] > 1).sum())
    lines.append(
        f"| **all** | **{found} of {int(positive.sum())} ({100 * found / positive.sum():.0f} %)** | "
        f"**{int((relative[~positive] > 1).sum())}** |"
    )
    return lines, relative


def arm(rows: list[Played]) -> list[str]:
    """Falls at the wrist: found by held-out people at so many false alarms an hour of dense acted life."""
    bags = [(i, m) for i, r in enumerate(rows) for m in r.arm]
    index = np.array([i for i, _ in bags])
    x = np.array([m for _, m in bags])
    is_fall = np.array([r.code.startswith("F") for r in rows])
    y = np.where(is_fall[index], 1.0, -1.0)
    people = np.array([r.person for r in rows])[index]
    mean, spread = x.mean(0), x.std(0) + 1e-6
    z = (x - mean) / spread
    score = np.zeros(len(z))
    for person in np.unique(people):
        other = people != person
        w = logistic(z[other], y[other], 0.003)
        score[~other] = z[~other] @ w[:-1] + w[-1]
    best = np.full(len(rows), -99.0)
    np.maximum.at(best, index, score)
    hours = sum(r.hours for r, f in zip(rows, is_fall, strict=True) if not f)
    quiet = np.sort(best[~is_fall])[::-1]
    lines = ["| false alarms per hour of dense acted life, at most | acted falls found |", "|---|---|"]
    for limit in (2, 5, 7, 10, 15):
        found = (best[is_fall] > quiet[int(limit * hours)]).mean()
        lines.append(f"| {limit} | {100 * found:.0f} % of {int(is_fall.sum())} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every fourth recording")
    every = 4 if parser.parse_args().quick else 1
    if not CORPUS.is_dir():
        print("No corpus beside the checkout (RETROSTEP_CORPUS): nothing to fit on.")
        return
    rows = corpus("sfu_imu_fall/*.npz", every)
    lines, _ = leg(rows)
    print("Near falls out of walking at the ankle, acted by volunteers, each person held out:\n")
    print("\n".join(lines))
    used = [r for r in rows if r.kind == "ADLs" or is_near_fall(r)]
    positive = np.array([is_near_fall(r) for r in used])
    w, b = fit_leg(used, positive)
    quiet = top(used, w, b)[~positive].max()
    print(f"\nFitted on all: weights over threshold {np.round(w / (quiet - b), 3)} (balance.legscore._WEIGHTS)")
    print("\nFalls at the wrist, acted by volunteers, each person held out:\n")
    print("\n".join(arm(corpus("weda_fall/*.npz", every))))


if __name__ == "__main__":
    main()
