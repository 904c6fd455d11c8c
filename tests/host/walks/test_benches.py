# SPDX-License-Identifier: MIT
"""The benches of replay and walks run; their numbers are for reading, no time decides here."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(("bench", "word"), [("replay", "generated"), ("walks", "generated, `backward 25 strides`")])
def test_bench_runs(bench, word):
    command = [sys.executable, str(ROOT / "bench" / f"{bench}.py"), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and word in done.stdout, done.stderr
