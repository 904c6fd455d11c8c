# SPDX-License-Identifier: MIT
"""Work in several processes comes back in order, and no process outlives the one that began it."""

import os
import signal
import subprocess
import sys
import time

from retrostep_host import workers

ASLEEP = """
import os, sys, time
from retrostep_host import workers

def begin(path): open(path, "a").write(f"{os.getpid()}\\n")
def work(piece): time.sleep(piece); return piece

if __name__ == "__main__":
    for _ in workers.in_order(2, begin, (sys.argv[1],), work, [60, 60]): pass
"""



def test_as_many_processes_as_asked_else_a_few():
    assert workers.how_many(7) == 7 and 1 <= workers.how_many(None) <= workers.MOST


def test_processes_end_with_the_one_that_began_them_however_it_ends(tmp_path):
    """concurrent.futures leaves them waiting for ever after kill -9."""
    (tmp_path / "asleep.py").write_text(ASLEEP)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    command = [sys.executable, tmp_path / "asleep.py", tmp_path / "pids"]
    one = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path})
    until = time.monotonic() + 60
    while time.monotonic() < until and len(_pids(tmp_path)) < 2:
        time.sleep(0.05)
    begun = _pids(tmp_path)
    assert len(begun) == 2 and all(map(_lives, begun))
    one.send_signal(signal.SIGKILL)
    one.wait()
    while time.monotonic() < until and any(map(_lives, begun)):
        time.sleep(0.05)
    assert not any(map(_lives, begun))


def _pids(folder):
    return [int(line) for line in (folder / "pids").read_text().split()] if (folder / "pids").exists() else []


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") if os.path.exists(f"/proc/{pid}/stat") else open(os.devnull) as file:
        return ") Z " not in file.read()
