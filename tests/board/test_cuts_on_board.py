# SPDX-License-Identifier: MIT
"""Two power cuts on real CircuitPython with its real FAT; 200 of them: `python bench/cuts_on_board.py`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UF2 = Path(os.environ.get("RETROSTEP_UF2") or "~/.cache/retrostep/circuitpython.uf2").expanduser()


@pytest.mark.uf2
@pytest.mark.slow
@pytest.mark.skipif(not UF2.exists(), reason="no CircuitPython build; name one with RETROSTEP_UF2 (circuitpython.org)")
def test_acknowledged_steps_survive_cuts_on_real_circuitpython():
    script = str(ROOT / "bench" / "cuts_on_board.py")
    command = [sys.executable, script, "--uf2", str(UF2), "--cuts", "2", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0 and "| acknowledged steps lost | **0** |" in done.stdout, done.stdout + done.stderr
