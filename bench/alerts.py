# SPDX-License-Identifier: MIT
"""When does the device alert, and when should it have? Stumbles, falls and wobble on recordings of people.

question  share found of near falls and falls, false alerts an hour of walking, stairs and daily life, by person;
          delay of the decision; what another threshold would cost; wobble alerts in usual walking
data      sfu_imu_fall (ankle), weda_fall (wrist), erciyes (ankle), ipol_gait, gdin_own, urigott (shoe)
split     the shipped thresholds were chosen on these people; bench/heldout.py refits without each of them
run       python bench/alerts.py [--quick] [--write]     (--write rewrites docs/alerts.md and docs/alerts.svg)
but       every fall, near fall and stumble is ACTED by volunteers on mats; the hours are few, so bounds stand beside
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Callable, Iterable
from datetime import date

import numpy as np
from alerts_play import CORPUS, ROOT, Played, corpus, events, judged_strides, units
from heldout import WALKED, arm, is_near_fall, leg
from scipy.stats import beta, chi2

PAGE = ROOT / "docs" / "alerts.md"
PICTURE = ROOT / "docs" / "alerts.svg"
GROUPS = (  # sfu_imu_fall codes
    ("level walking", ("NW",)),
    ("stairs", ("AS", "DS")),
    ("sitting, rising, picking up, standing", ("DSS", "RSS", "POG", "SQ")),
    ("lying down on purpose", ("DSL",)),
)
WRIST = {
    "D01": "walking", "D02": "jogging", "D03": "stairs", "D04": "sitting down", "D05": "sinking into a chair",
    "D06": "crouching", "D07": "stumbling while walking", "D08": "hopping", "D09": "hitting a table",
    "D10": "clapping", "D11": "opening and closing a door",
}  # fmt: skip
NEAR = {"slip": "slip", "trip": "trip", "CS": "CS", "ITCS": "wrong transfer of weight (ITCS)"}
STUDY = ((0.0, 75), (0.0, 77), (4.4, 81), (13.0, 86), (57.0, 89))  # the gait study's score, walking and stairs


def at_least(found: int, n: int) -> float:
    """Lower end of the two-sided 95 % interval of a share (Clopper-Pearson), in %."""
    return 100 * float(beta.ppf(0.025, found, n - found + 1)) if found else 0.0


def at_most(count: int, hours: float) -> float:
    """One-sided 95 % upper bound of a Poisson rate an hour: 3 / hours when nothing happened."""
    return float(chi2.ppf(0.95, 2 * (count + 1))) / 2 / hours


def share(rows: Iterable[Played], kind: int) -> str:
    rows = list(rows)
    if not rows:
        return "no recording"
    found = sum(r.has(kind) for r in rows)
    return f"{found} of {len(rows)} ({100 * found / len(rows):.0f} %; 95 %: ≥ {at_least(found, len(rows)):.0f} %)"


def rate(rows: Iterable[Played], kind: int) -> str:
    rows = list(rows)
    if not rows:
        return "no recording"
    count, hours = sum(r.count(kind) for r in rows), sum(r.hours for r in rows)
    return f"{count} in {hours:.2f} h ({count / hours:.1f}/h; 95 %: ≤ {at_most(count, hours):.1f}/h)"


def table(head: list[str], body: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(r) + " |" for r in body)]


def people(rows: list[Played], keep: Callable[[Played], bool]) -> dict[str, list[Played]]:
    out: dict[str, list[Played]] = {}
    for r in rows:
        if keep(r):
            out.setdefault(r.person, []).append(r)
    return dict(sorted(out.items()))


def ankle(rows: list[Played]) -> list[str]:
    near = [r for r in rows if is_near_fall(r)]
    falls = [r for r in rows if r.kind == "Falls"]
    body = [[name, share((r for r in near if r.code == code), events.STUMBLE)] for code, name in NEAR.items()]
    body.append(["**all near falls out of walking (acted)**", "**" + share(near, events.STUMBLE) + "**"])
    slips = (r for r in near if r.code in ("slip", "trip"))
    body.append(["slips and trips alone (acted)", share(slips, events.STUMBLE)])
    rest = (r for r in rows if r.kind == "Near_Falls" and r.code not in WALKED)
    body.append(["near falls out of standing or sitting (not meant to be found)", share(rest, events.STUMBLE)])
    out = table(["acted near falls, ankle", "stumble alert"], body)
    body = [
        [
            person,
            share((r for r in own if is_near_fall(r)), events.STUMBLE),
            share((r for r in own if r.kind == "Falls"), events.FALL),
        ]
        for person, own in people(rows, lambda r: r.kind != "ADLs").items()
    ]
    body.append(["**all**", "**" + share(near, events.STUMBLE) + "**", "**" + share(falls, events.FALL) + "**"])
    out += ["", *table(["person", "near falls found (acted)", "falls found (acted)"], body), ""]
    body = []
    for name, codes in GROUPS:
        quiet = [r for r in rows if r.kind == "ADLs" and r.code in codes]
        body.append([name, rate(quiet, events.STUMBLE), rate(quiet, events.FALL), rate(quiet, events.WOBBLE)])
    quiet = [r for r in rows if r.kind == "ADLs" and r.code not in ("NW", "DSL")]
    body.append(
        [
            "**stairs and daily life but lying down**",
            *("**" + rate(quiet, k) + "**" for k in (events.STUMBLE, events.FALL)),
            rate(quiet, events.WOBBLE),
        ]
    )
    what = "quiet recordings, ankle, by volunteers on request (hours of one sensor)"
    head = [what, "stumble alerts", "fall alarms", "wobble alerts"]
    return [*out, *table(head, body)]


def walks(rows: list[Played]) -> list[str]:
    body = []
    for title, keep in (
        ("ankle: level, forward and backward, 6 people (erciyes)", lambda r: r.code in ("forward", "backward")),
        ("ankle: limping (acted), 2 people (erciyes)", lambda r: r.code == "limp"),
        ("shoe: level walking, 12 people (ipol), 1 (urigott), 1 (gdin)", lambda r: r.placement == "foot"),
    ):
        own = [r for r in rows if keep(r)]
        strides = sum(e.kind == events.STEP and not e.inferred for r in own for e in r.events)
        wobbles = f"{sum(r.count(events.WOBBLE) for r in own)} in {strides} strides"
        body.append([title, rate(own, events.STUMBLE), rate(own, events.FALL), wobbles])
    lines = table(["walking of people", "stumble alerts", "fall alarms", "wobble alerts"], body)
    acted = [r for r in rows if r.code == "stumble"]
    return [*lines, "", f"Two people acted a stumble there (erciyes): {share(acted, events.STUMBLE)} found."]


def usual(quick: bool) -> list[str]:
    """Wobble needs a session of one walker: recordings of the same person joined."""
    one = {
        "shoe, level, 12 people (ipol)": [f"ipol_gait/ipol_{k}-*_left.npz" for k in range(1, 13)],
        "shoe, level, 1 person (gdin)": ["gdin_own/*_3[1-6].npz"],
        "ankle, stairs, 5 people (sfu)": [f"sfu_imu_fall/sfu_sub{k}_ADLs_*_[AD]S_*_left.npz" for k in range(1, 6)],
        "ankle, forward and backward, each as if one person (erciyes)": [
            "erciyes/*_forward_*ankle*.npz",
            "erciyes/*_backward_*ankle*.npz",
        ],
    }
    body = []
    for name, patterns in one.items():
        rows = [judged_strides(sorted(CORPUS.glob(pattern))) for pattern in patterns[: 1 if quick else None]]
        body.append([name, str(sum(r[0] for r in rows)), str(sum(r[1] for r in rows))])
    body.append(["**all**", f"**{sum(int(r[1]) for r in body)}**", f"**{sum(int(r[2]) for r in body)}**"])
    return table(["usual walking, one session a person", "strides judged", "wobble alerts"], body)


def wrist(rows: list[Played]) -> list[str]:
    body = []
    for code, name in WRIST.items():
        own = [r for r in rows if r.code == code]
        alarmed = sum(r.has(events.STUMBLE) for r in own)
        body.append([name, f"{alarmed} of {len(own)} recordings", rate(own, events.FALL)])
    falls = [r for r in rows if r.code.startswith("F")]
    calm = [r for r in rows if r.code.startswith("D")]
    body.append(["**all of these (dense acted life)**", "", "**" + rate(calm, events.FALL) + "**"])
    body.append(["**falls (acted)**", "", "**" + share(falls, events.FALL) + " found**"])
    out = table(["wrist, all of it acted by 15 volunteers (weda)", "stumble alert", "fall alarms"], body)
    still = [r for r in rows if r.code in ("D09", "D10", "D11")]
    found = share((r for r in rows if r.code == "D07"), events.STUMBLE)
    alarmed = sum(r.has(events.STUMBLE) for r in still)
    out += ["", f"Acted stumbles found: {found}; claps, table hits and doors that alarmed: {alarmed} of {len(still)}."]
    body = [[p, share(own, events.FALL)] for p, own in people(rows, lambda r: r.code.startswith("F")).items()]
    return [*out, "", *table(["person", "falls found at the wrist (acted)"], body)]


def delays(rows: list[Played]) -> list[str]:
    body = []
    for name, kind, keep in (
        ("stumble (acted), ankle", events.STUMBLE, is_near_fall),
        ("stumble (acted), wrist", events.STUMBLE, lambda r: r.code == "D07"),
        ("fall (acted), ankle", events.FALL, lambda r: r.kind == "Falls"),
        ("fall (acted), wrist", events.FALL, lambda r: r.code.startswith("F")),
    ):
        s = [(e.decided - e.index) / units.RATE_HZ for r in rows if keep(r) for e in r.events if e.kind == kind]
        if s:
            low, middle, high, last = np.percentile(s, [5, 50, 95, 100])
            body.append([name, str(len(s)), f"{low:.2f}", f"{middle:.2f}", f"{high:.2f}", f"{last:.2f}"])
    return table(["onset to decision, s", "events", "5 %", "median", "95 %", "longest"], body)


def curve(rows: list[Played], relative: np.ndarray) -> str:
    """An SVG: near falls found against false alerts an hour, for every threshold; and its held-out twin."""
    used = [r for r in rows if r.kind == "ADLs" or is_near_fall(r)]
    positive = np.array([is_near_fall(r) for r in used])
    hours = sum(r.hours for r, p in zip(used, positive, strict=True) if not p)
    width, height, left, foot = 640, 380, 60, 320
    last = 60.0

    def x(value: float) -> float:
        return left + 560 * np.log1p(min(value, last)) / np.log1p(last)

    def y(percent: float) -> float:
        return foot - (percent - 50) * 5.6

    def line(scores: np.ndarray, colour: str) -> str:
        points = []
        for threshold in np.unique(scores[scores > 0])[::-1]:
            false = (scores[~positive] >= threshold).sum() / hours
            found = 100 * (scores[positive] >= threshold).mean()
            if found >= 50 and false <= last:
                points.append(f"{x(false):.1f},{y(found):.1f}")
        return f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2.5"/>'

    shipped = np.array([r.score_top for r in used])
    parts = [f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for v in (0, 1, 2, 5, 10, 20, 60):
        parts.append(f'<line x1="{x(v):.0f}" x2="{x(v):.0f}" y1="40" y2="{foot}" stroke="#ddd"/>')
        parts.append(f'<text x="{x(v):.0f}" y="{foot + 18}" text-anchor="middle">{v}</text>')
    for v in (50, 60, 70, 80, 90, 100):
        parts.append(f'<line x1="{left}" x2="620" y1="{y(v):.0f}" y2="{y(v):.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y(v) + 4:.0f}" text-anchor="end">{v} %</text>')
    parts += [line(shipped, "#0b6e4f"), line(relative, "#c05621")]
    parts += [f'<circle cx="{x(a):.0f}" cy="{y(b):.0f}" r="4" fill="none" stroke="#555"/>' for a, b in STUDY]
    now_false = (shipped[~positive] >= 1).sum() / hours
    now_found = 100 * (shipped[positive] >= 1).mean()
    parts.append(f'<circle cx="{x(now_false):.0f}" cy="{y(now_found):.0f}" r="5" fill="#0b6e4f"/>')
    parts.append(
        '<text x="340" y="356" text-anchor="middle">false stumble alerts per hour of walking, stairs, daily life</text>'
        '<text x="62" y="20" fill="#0b6e4f">shipped score; dot: shipped threshold</text>'
        '<text x="300" y="20" fill="#c05621">each person held out</text>'
        '<text x="455" y="20" fill="#555">o gait study (fixed score)</text>'
        f'<text x="340" y="374" text-anchor="middle" fill="#555">{int(positive.sum())} near falls acted '
        f"by 5 volunteers; {hours:.1f} sensor hours</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="13" role="img" aria-label="Near falls found against false alerts per hour">'
        + "".join(parts)
        + "</svg>\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every sixth recording: a smoke run, not a result")
    parser.add_argument("--write", action="store_true", help="rewrite docs/alerts.md and docs/alerts.svg")
    options = parser.parse_args()
    if not CORPUS.is_dir():
        print("No corpus beside the checkout (RETROSTEP_CORPUS): nobody to judge on.")
        return
    every = 6 if options.quick else 1
    sfu, weda = corpus("sfu_imu_fall/*.npz", every), corpus("weda_fall/*.npz", every)
    walking = ("erciyes/*ankle*.npz", "ipol_gait/*.npz", "urigott/*.npz", "gdin_own/*.npz")
    other = [r for pattern in walking for r in corpus(pattern, every)]
    lines, relative = leg(sfu)
    page = ["### Ankle, shipped thresholds", "", *ankle(sfu), "", "### Ankle, each person held out", "", *lines, ""]
    page += ["### Usual walking", "", *walks(other), "", *usual(options.quick), ""]
    page += ["### Wrist, shipped thresholds", "", *wrist(weda), ""]
    page += ["### Falls at the wrist, each person held out", "", *arm(weda), "", "### Delay", "", *delays(sfu + weda)]
    text = "\n".join(page)
    print(text)
    if options.write and not options.quick:
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()
        old = PAGE.read_text(encoding="utf-8")
        before, _, rest = old.partition("<!-- bench/alerts.py -->\n")
        after = rest.partition("<!-- end -->")[2]
        run = f"`python bench/alerts.py --write`, {date.today()}, commit {commit}."
        PAGE.write_text(f"{before}<!-- bench/alerts.py -->\n{run}\n\n{text}\n<!-- end -->{after}", encoding="utf-8")
        PICTURE.write_text(curve(sfu, relative), encoding="utf-8")


if __name__ == "__main__":
    main()
