# SPDX-License-Identifier: MIT
"""How much faster than the walk itself is `retrostep replay`, on one core?

question  seconds of recording per second of computing: reading, resampling, engine, JSON
data      a generated walk (seed 1), and a few recordings of the corpus where it lies; no split, nothing is chosen
run       python bench/replay.py [--quick]
but       a number of this computer, printed and never a test's verdict
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep_host import replay  # noqa: E402
from retrostep_host.virtual import walks  # noqa: E402

SOURCES = ("erciyes/*_ankle_*", "sfu_imu_fall/*_ankle*", "ipol_gait/*", "bangle_steps/bangle_100*", "weda_fall/*")


def measure(path: str, repeats: int) -> tuple[float, float, int]:
    """Seconds of recording, best seconds of computing, steps."""
    best = 1e9
    for _ in range(repeats):
        start = time.process_time()
        result = replay.replay(path)
        json.dumps(result)
        best = min(best, time.process_time() - start)
    return result["duration_s"], best, result["steps"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short walk, once")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        walk = walks.generate("stand 2 s\nforward 20 strides\nbackward 20 strides", seed=1)
        files = [("generated", str(walks.save(walk, Path(folder) / "walk")))]
        corpus = Path(os.environ.get("RETROSTEP_CORPUS") or ROOT.parent / "shared" / "corpus")
        if not corpus.is_dir():
            print("No corpus beside the checkout (RETROSTEP_CORPUS): the generated walk only.")
        elif not quick:
            for pattern in SOURCES:
                files += [(pattern.split("/")[0], str(p)) for p in sorted(corpus.glob(pattern + ".npz"))[:3]]
        replay.replay(files[0][1])  # scipy's import is not the engine's cost
        print(f"{'source':<14} {'recording s':>12} {'computing s':>12} {'times real':>11} {'steps':>6}")
        total = spent = 0.0
        for source, path in files:
            seconds, used, steps = measure(path, 1 if quick else 3)
            total, spent = total + seconds, spent + used
            print(f"{source:<14} {seconds:>12.1f} {used:>12.3f} {seconds / used:>11.0f} {steps:>6}")
        print(f"{'all':<14} {total:>12.1f} {spent:>12.3f} {total / spent:>11.0f}")


if __name__ == "__main__":
    main()
