# SPDX-License-Identifier: MIT
"""Two hours of walking and syncing without a reboot on a 192 kB heap: the heap stays, no count is lost.

24 h: `python bench/soak.py`.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(
    not (ROOT / ".venv-mp").exists(), reason="no MicroPython here; `python3 go.py test` installs it into .venv-mp"
)
def test_two_hours_of_walking_and_syncing_leave_the_heap_as_it_was():
    done = subprocess.run([sys.executable, str(ROOT / "bench" / "soak.py"), "--quick"], capture_output=True, text=True)
    assert done.returncode == 0 and "| 0 and 0 |" in done.stdout, done.stdout + done.stderr
