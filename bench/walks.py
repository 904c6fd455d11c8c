# SPDX-License-Identifier: MIT
"""How near do generated walks come to people? The same measures on both.

question  E, D and X of the gait study, swing rates, stride time and its spread, reversal to contact
data      all real ankle walks of the corpus (erciyes, sfu level walking) where it lies; generated walks, seeds 1-5
run       python bench/walks.py [--quick] [--write]   (--write puts the tables into docs/walks.md)
from      the formulas of the direction study (docs/walks.md): E = corr(S, dLN/dt), D = lobe asymmetry, X = strap-down
but       written here once more, with numpy and offline, so that it does not judge the engine with the engine
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfilt

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep import units  # noqa: E402
from retrostep_host import recordings  # noqa: E402
from retrostep_host.virtual import walks  # noqa: E402

CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or ROOT.parent / "shared" / "corpus")
PAGE = ROOT / "docs" / "walks.md"
W = 47  # samples either side of a reversal: 0.45 s
KEYS = ("E", "D", "X", "highest", "lowest")


def axes(acc: np.ndarray, gyr: np.ndarray) -> tuple[np.ndarray, ...]:
    """Sagittal rate S, leg force LN, the running E per chunk, and the axes u and v, per sample."""
    n = len(acc)
    m, cov, v = acc[:13].mean(0), np.eye(3) * 1e-3, np.array([1.0, 0, 0])
    s, ln, e, us, vs = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros((n, 3)), np.zeros((n, 3))
    for b in range(0, n, 13):
        a, w = acc[b : b + 13], gyr[b : b + 13]
        m = m + 0.049 * (a.mean(0) - m)
        u = m / np.linalg.norm(m)
        if (w**2).sum(1).mean() > 0.15:
            cov = 0.97 * cov + w.T @ w
        for _ in range(2):
            v = cov @ v / np.linalg.norm(cov @ v)
        v = v - u * (u @ v)
        v /= np.linalg.norm(v)
        s[b : b + 13], ln[b : b + 13], us[b : b + 13], vs[b : b + 13] = w @ v, a @ u, u, v
    sos = butter(2, 6 / (units.RATE_HZ / 2), output="sos")
    s, ln = sosfilt(sos, s), sosfilt(sos, ln - units.G) + units.G
    change = np.diff(ln, prepend=ln[0])
    both = own = other = 0.0
    for b in range(0, n, 13):
        x, d = s[b : b + 13], change[b : b + 13]
        if (x**2).mean() > 0.25:
            both, own, other = 0.96 * both + x @ d, 0.96 * own + x @ x, 0.96 * other + d @ d
        e[b : b + 13] = both / np.sqrt(own * other + 1e-12)
    return s, ln, e, us, vs


def reversals(s: np.ndarray, ln: np.ndarray, e: np.ndarray, vs: np.ndarray) -> list[dict]:
    """Each - to + crossing of the signed sagittal rate between two lobes, with E, D and the lobes' peaks."""
    n = len(s)
    edges = np.r_[0, np.flatnonzero(np.diff(np.sign(s))) + 1, n]
    lobes = [(a, b, s[a + np.argmax(np.abs(s[a:b]))]) for a, b in zip(edges[:-1], edges[1:], strict=True) if b > a]
    lobes = [lobe for lobe in lobes if lobe[1] - lobe[0] >= 6 and abs(lobe[2]) >= 0.35]
    found: list[dict] = []
    for before, after in zip(lobes[:-1], lobes[1:], strict=True):
        t, way = after[0], np.sign(after[2])
        if t - W < 0 or t + W > n or t - before[1] >= 12 or before[2] * after[2] > 0 or way * e[t + W - 1] < 0:
            continue
        if max(abs(before[2]), abs(after[2])) < 1.0 or (found and t - found[-1]["t"] < 52):
            continue
        x, y = s[t - W : t + W] * way, ln[t - W : t + W]
        d = np.sqrt(2 * W) * (x**3).sum() / (x**2).sum() ** 1.5
        d += 0.15 * np.clip(y[:W].mean() - y[W:].mean(), -3, 8)
        found.append({"t": t, "E": abs(e[t + W - 1]), "D": d, "highest": x.max(), "lowest": x.min(), "v": vs[t] * way})
    return found


def displacement(acc: np.ndarray, gyr: np.ndarray, found: list[dict]) -> None:
    """X of each stride that has neighbours: sagittal strap-down from mid stance to mid stance, in m."""
    size = np.convolve(np.linalg.norm(gyr, axis=1), np.ones(9) / 9, "same")
    middles = []
    for a, b in zip(found[:-1], found[1:], strict=True):
        span = b["t"] - a["t"]
        lo, hi = a["t"] + int(0.35 * span), a["t"] + int(0.88 * span)
        middles.append(lo + int(np.argmin(size[lo:hi])) if span < 300 else None)
    for k in range(1, len(found) - 1):
        m0, m1, v = middles[k - 1], middles[k], found[k]["v"]
        if m0 is None or m1 is None:
            continue
        u0 = acc[m0] / np.linalg.norm(acc[m0])
        ahead = np.cross(u0, v)
        even = np.linspace(0, 1, m1 - m0)
        turned = np.cumsum(gyr[m0:m1] @ v) / units.RATE_HZ
        turned -= turned[-1] * even
        force = acc[m0:m1] @ ahead * np.cos(turned) - acc[m0:m1] @ u0 * np.sin(turned)
        speed = np.cumsum(force) / units.RATE_HZ
        found[k]["X"] = (speed - speed[-1] * even).sum() / units.RATE_HZ


def measure(recording: recordings.Recording, contacts: list[float] | None = None) -> dict:
    """Medians of one recording."""
    words = recordings.stream(recording).words
    words = words[: len(words) // 13 * 13]
    acc, gyr = words[:, 3:] * units.acc_scale(8), words[:, :3] * units.gyro_scale(1000)
    s, ln, e, _, vs = axes(acc, gyr)
    found = reversals(s, ln, e, vs)
    displacement(acc, gyr, found)
    row = {key: float(np.median([f[key] for f in found if key in f] or [np.nan])) for key in KEYS}
    times = np.diff([f["t"] for f in found])[1:-1] / units.RATE_HZ
    times = times[times < 2.5]
    row.update(n=len(found), stride=float(np.median(times)), cv=100 * float(times.std() / times.mean()))
    if contacts:
        later = [
            min((c - f["t"] / units.RATE_HZ for c in contacts if c > f["t"] / units.RATE_HZ - 0.1), default=9)
            for f in found
        ]
        row["contact"] = float(np.median(later))
    return row


def line(name: str, row: dict) -> str:
    contact = f"{row['contact']:.2f}" if "contact" in row else ""
    return (
        f"| {name} | {row['n']} | {row['E']:.2f} | {row['D']:+.2f} | {row['X']:+.2f} | {row['highest']:.1f} | "
        f"{row['lowest']:.1f} | {row['stride']:.2f} | {row['cv']:.1f} | {contact} |"
    )


def table(quick: bool) -> list[str]:
    head = (
        "| walk | strides | E | D | X m | highest rad/s | lowest rad/s | stride s | its CV % | reversal to contact s |"
    )
    out = [head, "|---|---|---|---|---|---|---|---|---|---|"]
    if CORPUS.is_dir() and not quick:
        for kind in ("forward", "backward"):
            for path in sorted(CORPUS.glob(f"erciyes/*_{kind}_*_ankle_*.npz")):
                out.append(line(f"person {path.name.split('_')[1]}, {kind}", measure(recordings.load(path))))
        for path in sorted(CORPUS.glob("sfu_imu_fall/*_NW_trial1_left.npz")):
            out.append(line(f"person {path.name.split('_')[1]}, forward", measure(recordings.load(path))))
    cases = [
        "forward 25 strides",
        "backward 25 strides",
        "forward 25 strides speed=0.8",
        "backward 25 strides speed=0.5",
    ]
    for case in cases:
        rows = []
        for seed in range(1, 2 if quick else 6):
            walk = walks.generate(f"stand 2 s\n{case}\nstand 2 s", seed)
            rows.append(measure(walk, walk.truth.times(own=True)))
        middle = {key: float(np.median([row[key] for row in rows])) for key in rows[0]}
        out.append(line(f"generated, `{case}`", dict(middle, n=sum(row["n"] for row in rows))))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="generated walks only, one seed")
    parser.add_argument("--write", action="store_true", help="put the table into docs/walks.md")
    options = parser.parse_args()
    lines = table(options.quick)
    print("\n".join(lines))
    if not CORPUS.is_dir():
        print("No corpus beside the checkout (RETROSTEP_CORPUS): nothing to compare with.")
    elif options.write:
        text = PAGE.read_text(encoding="utf-8")
        before, _, rest = text.partition("<!-- bench/walks.py -->\n")
        after = rest.partition("<!-- end -->")[2]
        PAGE.write_text(
            before + "<!-- bench/walks.py -->\n" + "\n".join(lines) + "\n<!-- end -->" + after, encoding="utf-8"
        )


if __name__ == "__main__":
    main()
