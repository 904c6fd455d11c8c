# SPDX-License-Identifier: MIT
"""How well does the wrist count steps, and how quiet is it when nobody walks?

question  count error on walks and on hand-counted 100-step bouts; steps an hour at a desk, driving, in acted life;
          short forward and backward walks against the ankle of the same person; the same for a threshold counter and
          for windowed autocorrelation
data      bangle_steps (12.5 Hz watch; only `100_*` are hand-counted, others are another tracker's count), weda_fall,
          erciyes (truth: twice the swings of the own ankle)
split     by person in every row; the constants of gait.wrist were chosen looking at all of them, so all is in-sample
run       python bench/wrist.py [--quick] [--write] (into docs/alerts.md); `table(quick)` for other benches
"""

from __future__ import annotations

import argparse
from datetime import date

import numpy as np
from alerts import PAGE, at_most
from alerts_play import CORPUS, events, units
from retrostep.engine import Engine
from retrostep.units import G
from retrostep_host import recordings
from scipy.signal import butter, sosfilt

DRIVES = {"HughB-drive-29min-0": 0, "HughB-drive-18": 18, "0_HughB_train_journey_b31": 0}
DESKS = {"HughB-work-0": 0, "HughB-static-0": 0, "MrPloppy-stationary-0": 0, "HughB-nosteps1": 0}
DESKS |= {"HughB-nosteps2": 0, "HughB-nosteps3": 0}
ACTED = {"D04": "sitting down", "D05": "sinking into a chair", "D06": "crouching", "D08": "hopping",
         "D09": "hitting a table", "D10": "clapping", "D11": "doors"}  # fmt: skip


def magnitude(stream: recordings.Stream) -> np.ndarray:
    """|acc| of the recording itself in m/s^2."""
    acc = stream.words[: stream.recorded, 3:].astype(float) * units.acc_scale(8)
    return np.sqrt((acc**2).sum(1))


def ours(stream: recordings.Stream) -> int:
    """The device's own engine."""
    heard: list = []
    engine = Engine("wrist", heard.append, has_gyro=stream.has_gyro)
    engine.feed(memoryview(np.ascontiguousarray(stream.words).reshape(-1)), len(stream.words))
    engine.finish()
    return sum(e.kind == events.STEP and e.index <= stream.recorded for e in heard)


def threshold(stream: recordings.Stream) -> int:
    """A peer: low-pass 3 Hz, a step when |acc| rises 0.6 m/s^2 above g, at most 3.3 a second."""
    x = sosfilt(butter(2, 3.0, fs=units.RATE_HZ, output="sos"), magnitude(stream) - G)
    count, last = 0, -99
    for i in np.flatnonzero((x[1:] > 0.6) & (x[:-1] <= 0.6)):
        if i - last > 31:
            count, last = count + 1, i
    return count


def autocorrelation(stream: recordings.Stream) -> int:
    """A peer: 0.5-3.2 Hz, 5.1 s windows every 1.28 s, SD > 0.8, r > 0.5 at the step lag, 3 in a row."""
    x = magnitude(stream)[::4] - G
    x = sosfilt(butter(2, (0.5, 3.2), "band", fs=26, output="sos"), x)
    total, row, pending = 0.0, 0, 0.0
    for end in range(133, len(x), 33):
        s = x[end - 133 : end] - x[end - 133 : end].mean()
        r = np.correlate(s, s, "full")[132:] * 133 / (133 - np.arange(133)) / (s @ s + 1e-9)
        lag = 10 + int(np.argmax(r[10:23]))
        if s.std() > 0.8 and r[lag] > 0.5:
            row, pending = row + 1, pending + 33 / lag
            if row >= 3:
                total, pending = total + pending, 0.0
        else:
            row, pending = 0, 0.0
    return round(total)


COUNTERS = (("ours", ours), ("threshold", threshold), ("autocorrelation", autocorrelation))


def counts(path) -> tuple[list[int], float]:
    """Steps by each counter, and the hours."""
    stream = recordings.stream(recordings.load(path))
    return [count(stream) for _, count in COUNTERS], stream.recorded / units.RATE_HZ / 3600


def table(quick: bool = False) -> list[str]:
    """Markdown lines."""
    lines = ["| wrist | people | truth | " + " | ".join(name for name, _ in COUNTERS) + " |", "|" + "---|" * 6]

    def row(name: str, people: str, truth: str, cells: list[str]) -> None:
        lines.append(f"| {name} | {people} | {truth} | " + " | ".join(cells) + " |")

    bangle = CORPUS / "bangle_steps"
    bouts = [counts(p)[0] for p in sorted(bangle.glob("bangle_100*.npz"))]
    if bouts:
        cells = [
            f"{np.mean([b[k] - 100 for b in bouts]):+.1f} (worst {max((b[k] - 100 for b in bouts), key=abs):+d})"
            for k in range(3)
        ]
        row("100-step bouts, error in steps", "1", "5 bouts, counted by hand", cells)
    for path in sorted(bangle.glob("*-walk-*.npz"))[: 1 if quick else None]:
        meta = recordings.load(path).meta
        truth = meta["step_count"]
        cells = [f"{100 * (c / truth - 1):+.1f} %" for c in counts(path)[0]]
        row(path.stem[7:], "1", f"{truth}, another tracker's", cells)
    for name, quiet in (("driving and train", DRIVES), ("desk and still", DESKS)):
        files = list(quiet.items())[: 2 if quick else None]
        got = [(counts(bangle / f"bangle_{stem}.npz"), truth) for stem, truth in files]
        hours = sum(h for (_, h), _ in got)
        cells = []
        for k in range(3):
            extra = sum(max(0, c[k] - truth) for (c, _), truth in got)
            cells.append(f"{extra / hours:.1f}/h" + (f" (95 %: ≤ {at_most(extra, hours):.0f}/h)" if not extra else ""))
        row(f"{name}, false steps", "1-2", f"{sum(t for _, t in got)} in {hours:.2f} h", cells)
    for code, name in ACTED.items():
        got = [counts(p) for p in sorted(CORPUS.glob(f"weda_fall/weda_{code}_*.npz"))[:: 8 if quick else 1]]
        hours = sum(h for _, h in got)
        row(
            f"{name} (acted), false steps",
            "9-15",
            f"0 in {hours:.2f} h",
            [str(sum(c[k] for c, _ in got)) for k in range(3)],
        )
    short: dict[str, list] = {"forward": [], "backward": []}
    for path in sorted(CORPUS.glob("erciyes/*_wrist_*.npz")):
        ankle = path.with_name(path.name.replace("wrist", "ankle"))
        meta = recordings.load(ankle).meta if ankle.exists() else {}
        if meta.get("swing_times") and meta.get("walk") in short:
            short[meta["walk"]].append((counts(path)[0], 2 * len(meta["swing_times"])))
    for walk, got in short.items():
        if got:
            truth = sum(t for _, t in got)
            cells = [f"{100 * (sum(c[k] for c, _ in got) / truth - 1):+.0f} %" for k in range(3)]
            row(f"short walks {walk}, 10 s each (erciyes)", str(len(got)), f"{truth}, from the own ankle", cells)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few recordings: a smoke run, not a result")
    parser.add_argument("--write", action="store_true", help="put the table into docs/alerts.md")
    options = parser.parse_args()
    if not CORPUS.is_dir():
        print("No corpus beside the checkout (RETROSTEP_CORPUS): nobody to count.")
        return
    text = "\n".join(table(options.quick))
    print(text)
    if options.write and not options.quick:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition("<!-- bench/wrist.py -->\n")
        after = rest.partition("<!-- end of wrist -->")[2]
        run = f"`python bench/wrist.py --write`, {date.today()}."
        PAGE.write_text(
            f"{before}<!-- bench/wrist.py -->\n{run}\n\n{text}\n<!-- end of wrist -->{after}", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
