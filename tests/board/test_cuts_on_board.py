# SPDX-License-Identifier: MIT
"""Two power cuts on real CircuitPython with its real FAT; 200 of them: `python bench/cuts_on_board.py`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.board.builds import FIRST, FOUND, MISSING

ROOT = Path(__file__).parents[2]


@pytest.mark.uf2
@pytest.mark.slow
@pytest.mark.skipif(not FOUND, reason=MISSING)
def test_acknowledged_steps_survive_cuts_on_real_circuitpython():
    script = str(ROOT / "bench" / "cuts_on_board.py")
    command = [sys.executable, script, "--uf2", str(FIRST), "--cuts", "2", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0 and "| acknowledged steps lost | **0** |" in done.stdout, done.stdout + done.stderr
