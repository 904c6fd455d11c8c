# SPDX-License-Identifier: MIT
"""When does the device alert, and when should it have? Stumbles, falls and wobble on recordings of people.

question  share found of near falls and falls, false alerts an hour outdoors, on stairs, in daily life, by person;
          delay of the decision; what each `alerts` setting costs; what wobble can find
data      terrain (ankle, 4.4 h outdoors), sfu_imu_fall, marpino, erciyes (ankle), weda_fall, bangle_steps (wrist),
          ipol_gait, gdin_own, urigott, marpino (shoe)
split     the shipped thresholds were chosen on these people; bench/heldout.py refits without each of them
run       python bench/alerts.py [--quick] [--write]      (--write rewrites docs/alerts.md and docs/alerts.svg);
          the first run fills alerts_trace.py's cache (eight minutes), the next take one
but       every fall, near fall and stumble is ACTED by volunteers on mats; the hours are few, so bounds stand beside
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Callable, Iterable
from datetime import date

import alerts_made
import numpy as np
from alerts_drawing import curve
from alerts_hertz import LEVELS, quicker
from alerts_play import CORPUS, ROOT, Played, after_walking, corpus, events, judged_strides, play, trace, units
from alerts_unsteady import graded, unsteady
from heldout import HITS, WALKED, arm, forms, is_near_fall, leg_table, pace, quiet_legs
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

KINDS = (events.STUMBLE, events.FALL, events.WOBBLE)


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


def alarmed(rows: Iterable[Played]) -> str:
    """Share in which anything alerted that should not have, with the upper end of its interval."""
    rows = list(rows)
    if not rows:
        return "no recording"
    n, found = len(rows), sum(any(r.has(kind) for kind in KINDS) for r in rows)
    most = 100 * float(beta.ppf(0.975, found + 1, n - found)) if found < n else 100.0
    return f"{found} of {n} ({100 * found / n:.1f} %; 95 %: ≤ {most:.0f} %)"


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


def life(rows: list[Played]) -> list[str]:
    """Ordinary life at the ankle and on the shoe, by person where there are hours of it."""
    body = []
    outdoors = people(rows, lambda r: r.source == "terrain")
    for person, own in outdoors.items():
        body.append([f"outdoors, {person}", *(rate(own, k) for k in KINDS)])
    sets = (
        ("**outdoors, all six (terrain)**", lambda r: r.source == "terrain"),
        (
            "level, 5 m at a time, 30 people, 7 of them old (marpino)",
            lambda r: r.source == "marpino" and r.placement == "ankle",
        ),
        ("level, forward and backward, 6 people (erciyes)", lambda r: r.code in ("forward", "backward")),
        ("limping (acted), 2 people (erciyes)", lambda r: r.code == "limp"),
        (
            "shoe: level, 12 people (ipol), 1 (urigott), 1 (gdin)",
            lambda r: r.placement == "foot" and r.source != "marpino",
        ),
        ("shoe: 5 m at a time, 30 people (marpino)", lambda r: r.placement == "foot" and r.source == "marpino"),
    )
    for title, keep in sets:
        own = [r for r in rows if keep(r)]
        body.append([title, *(rate(own, k) for k in KINDS)])
    lines = table(["ordinary walking", "stumble alerts", "fall alarms", "wobble alerts"], body)
    acted = [r for r in rows if r.code == "stumble"]
    return [*lines, "", f"Two people acted a stumble there (erciyes): {share(acted, events.STUMBLE)} found."]


def levels(every: int) -> list[str]:
    """What each setting finds and costs, everything as shipped."""
    paths = [p for p in sorted(CORPUS.glob("sfu_imu_fall/*.npz"))][::every]
    sfu = [trace(p) for p in paths]
    near = [t for t in sfu if t.meta.get("kind") == "Near_Falls" and t.meta["code"] in WALKED]
    slow = [trace(CORPUS / "sfu_imu_fall" / f"{t.name}.npz", 40.0) for t in near]
    warm = []
    for t in near:
        walks = [
            w
            for w in sfu
            if w.meta["code"] == "NW" and (w.meta["subject"], w.meta["side"]) == (t.meta["subject"], t.meta["side"])
        ]
        if walks:
            warm.append(after_walking(t, walks))
    columns = []
    for level in LEVELS:
        outdoors = corpus("terrain/*.npz", every, level)
        acted = [play(t, level) for t in sfu]
        weda = corpus("weda_fall/*.npz", every, level)
        calm = [r for r in weda if r.code.startswith("D")]
        life = [r for r in acted if r.kind == "ADLs" and r.code not in ("NW", "DSL")]
        still = [r for r in weda if r.code in HITS]
        columns.append(
            [
                share((r for r in acted if is_near_fall(r)), events.STUMBLE),
                share((play(t, level, first) for t, first in warm), events.STUMBLE),
                share((play(t, level) for t in slow), events.STUMBLE),
                rate(outdoors, events.STUMBLE),
                rate(life, events.STUMBLE),
                rate(outdoors, events.WOBBLE),
                share((r for r in acted if r.kind == "Falls"), events.FALL),
                share((r for r in acted if r.code == "DSL"), events.FALL),
                rate(outdoors + life, events.FALL),
                share((r for r in weda if r.code.startswith("F")), events.FALL),
                rate(calm, events.FALL),
                share((r for r in weda if r.code == "D07"), events.STUMBLE) if level == "many" else "off",
                alarmed(still),
            ]
        )
    names = (
        "ankle: near falls out of walking found (acted)",
        "the same after 24 s of the wearer's own walking",
        "the same as a 40 Hz sensor sees them",
        "ankle: stumble alerts outdoors",
        "ankle: stumble alerts on stairs and in daily life",
        "ankle: wobble alerts outdoors",
        "ankle: falls found (acted)",
        "ankle: lying down on purpose that alarms",
        "ankle: fall alarms outdoors, on stairs, in daily life but lying down",
        "wrist: falls found (acted)",
        "wrist: fall alarms in dense acted life",
        "wrist: stumbles found (acted)",
        "wrist: claps, table hits and doors that alarm as a fall or a stumble",
    )
    return table(
        ["", *(f"`{level}`" for level in LEVELS)],
        [[n, *row] for n, row in zip(names, zip(*columns, strict=True), strict=True)],
    )


def shaken(every: int) -> list[str]:
    """People's own recordings with a motor's shaking put on: near falls, hours outdoors."""
    near = [p for p in sorted(CORPUS.glob("sfu_imu_fall/*_Near_Falls_*.npz")) if p.stem.split("_")[-3] in WALKED]
    body = []
    for title, paths, cadence, every_s in (
        ("acted near falls, motor off", near, 0, 0.0),
        ("acted near falls, metronome 60", near, 60, 0.0),
        ("acted near falls, metronome 110", near, 110, 0.0),
        ("outdoors (terrain), metronome 110 and a pattern every 10 s", sorted(CORPUS.glob("terrain/*.npz")), 110, 10.0),
    ):
        rows = [alerts_made.over(p, cadence, every_s, n) for n, p in enumerate(paths[::every])]
        told, hours = sum(r[0] for r in rows), sum(r[1] for r in rows)
        if paths is near:
            body.append([title, f"{sum(r[0] > 0 for r in rows)} of {len(rows)} found"])
        else:
            body.append(
                [title, f"{told} in {hours:.2f} h ({told / hours:.1f}/h; 95 %: ≤ {at_most(told, hours):.1f}/h)"]
            )
    return table(["people's recordings shaken with 20 m/s², ankle, `usual`", "stumble alerts"], body)


def usual(quick: bool) -> list[str]:
    """Wobble needs a session of one walker: recordings of the same person joined."""
    one = {
        "ankle, outdoors, 6 people (terrain)": [f"terrain/terrain_00{k}_*.npz" for k in range(1, 7)],
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
        body.append([name, rate(own, events.FALL)])
    falls = [r for r in rows if r.code.startswith("F")]
    calm = [r for r in rows if r.code.startswith("D")]
    body.append(["**all of these (dense acted life)**", "**" + rate(calm, events.FALL) + "**"])
    body.append(["**falls (acted)**", "**" + share(falls, events.FALL) + " found**"])
    body.append(["ordinary life of one man, no gyroscope (bangle)", rate(corpus("bangle_steps/*.npz"), events.FALL)])
    out = table(["wrist, all but the last acted by 15 volunteers (weda)", "fall alarms"], body)
    body = [[p, share(own, events.FALL)] for p, own in people(rows, lambda r: r.code.startswith("F")).items()]
    return [*out, "", *table(["person", "falls found at the wrist (acted)"], body)]


def delays(rows: list[Played]) -> list[str]:
    body = []
    for name, kind, keep in (
        ("stumble (acted), ankle", events.STUMBLE, is_near_fall),
        ("fall (acted), ankle", events.FALL, lambda r: r.kind == "Falls"),
        ("fall (acted), wrist", events.FALL, lambda r: r.code.startswith("F")),
    ):
        s = [(e.decided - e.index) / units.RATE_HZ for r in rows if keep(r) for e in r.events if e.kind == kind]
        if s:
            low, middle, high, last = np.percentile(s, [5, 50, 95, 100])
            body.append([name, str(len(s)), f"{low:.2f}", f"{middle:.2f}", f"{high:.2f}", f"{last:.2f}"])
    return table(["onset to decision, s", "events", "5 %", "median", "95 %", "longest"], body)


def aims(sfu: list[Played], weda: list[Played], other: list[Played]) -> list[str]:
    """What was asked of `usual`, and whether it is so."""
    outdoors = [r for r in other if r.source == "terrain"]
    life = outdoors + [r for r in sfu if r.kind == "ADLs" and r.code != "DSL"]
    hours = sum(r.hours for r in outdoors)
    near, falls = [r for r in sfu if is_near_fall(r)], [r for r in sfu if r.kind == "Falls"]
    lying, dropped = [r for r in sfu if r.code == "DSL"], [r for r in weda if r.code.startswith("F")]
    dense = [r for r in weda if r.code.startswith("D")]
    hits = [r for r in weda if r.code in HITS]

    def found(rows: list[Played], *kinds: int) -> float:
        return 100 * sum(any(r.has(k) for k in kinds) for r in rows) / len(rows)

    def hourly(rows: list[Played], *kinds: int) -> float:
        return sum(r.count(k) for r in rows for k in kinds) / sum(r.hours for r in rows)

    asked = (  # what, measured, must, aim; a negative limit is an upper one
        (
            "ankle, outdoors at 40 Hz: stumble and fall alarms an hour",
            hourly(outdoors, events.STUMBLE, events.FALL),
            -1.0,
            -0.3,
        ),
        ("ankle, outdoors: wobble alerts an hour", hourly(outdoors, events.WOBBLE), -1.0, -0.3),
        ("ankle: near falls out of walking found, %", found(near, events.STUMBLE), 85, 92),
        ("ankle: falls found, %", found(falls, events.FALL), 97, 98),
        ("ankle: false fall alarms an hour, lying down apart", hourly(life, events.FALL), -0.3, -0.1),
        ("ankle: lying down on purpose that alarms, %", found(lying, events.FALL), -50, -25),
        (
            f"wrist: falls found, %, at {hourly(dense, events.FALL):.1f} wrong an hour",
            found(dropped, events.FALL),
            88,
            93,
        ),
        ("wrist: claps, table hits, doors that alarm, %", found(hits, events.STUMBLE, events.FALL), -2, -1),
    )
    body = []
    for what, value, must, aim in asked:
        met = [value >= limit if limit > 0 else value <= -limit for limit in (must, aim)]
        sign = "≥" if must > 0 else "≤"
        verdict = "aim met" if met[1] else "must met" if met[0] else "**missed**"
        body.append([what, f"{sign} {abs(must):g}", f"{sign} {abs(aim):g}", f"{value:.1f}", verdict])
    lines = table(["`usual`", "must", "aim", "measured", ""], body)
    return [*lines, "", f"In-sample, {hours:.1f} h outdoors; the tables below hold each person out."]


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
    walking = (
        "terrain/*.npz",
        "erciyes/*ankle*.npz",
        "marpino/*.npz",
        "ipol_gait/*.npz",
        "urigott/*.npz",
        "gdin_own/*.npz",
    )
    other = [r for pattern in walking for r in corpus(pattern, every)]
    quiet, near = quiet_legs(every), forms(every)
    falls, lying = [r for r in sfu if r.kind == "Falls"], [r for r in sfu if r.code == "DSL"]
    page = ["### What was asked", "", *aims(sfu, weda, other), ""]
    page += ["### What each setting costs", "", *levels(every), ""]
    page += [*table(*quicker(sfu, [r for r in other if r.source == "terrain"])), ""]
    page += ["### Ordinary walking, `usual`", "", *life(other), ""]
    page += ["### Ankle, acted, `usual`", "", *ankle(sfu), "", "### Near falls at the ankle, each person held out", ""]
    page += [*leg_table(quiet, near), "", "### Falls at the ankle, each person held out", "", *pace(falls, lying), ""]
    page += ["### What wobble can find", "", *usual(options.quick), "", *graded(every), "", *unsteady(), ""]
    page += [
        "### Backward, and the motor",
        "",
        *alerts_made.directions(),
        "",
        *alerts_made.table(),
        "",
        *shaken(every),
        "",
    ]
    page += ["### Wrist, `usual`", "", *wrist(weda), "", "### Falls at the wrist, each person held out", "", *arm(weda)]
    page += ["", "### Delay", "", *delays(sfu + weda)]
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
        PICTURE.write_text(curve(quiet, near), encoding="utf-8")


if __name__ == "__main__":
    main()
