# SPDX-License-Identifier: MIT
"""The whole way of a plan: file, link, flash, reboot, cues at the right times, progress read back."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from retrostep_host import plans
from retrostep_host.store import Store
from retrostep_host.sync import find
from retrostep_host.sync.session import fetch_all, keeper

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals; the virtual board needs them")

WALK = "stand 2 s\nforward 12 s\nbackward 10 s\nstand 3 s\nforward 11 s\nbackward 12 s\nstand 8 s\n"
PLAN = {"week": [{"repeat": 2, "intervals": ["forward 10 s", "backward 10 s", "rest 5 s"]}]}
RETROSTEP = [sys.executable, "-m", "retrostep_host.cli.main"]


def walk(folder, script):
    (folder / "my.walk").write_text(script)
    return [*RETROSTEP, "walk", "--drive", "drive", "--ports", "ports", "--script", "my.walk", "--json"]


@contextlib.contextmanager
def plugged_in(folder, script="stand 1 s\nforward 5 strides\n"):
    """The link to a virtual board after its walk."""
    board = subprocess.Popen(walk(folder, script), cwd=folder, stdout=subprocess.PIPE, text=True)
    late = threading.Timer(90, board.kill)  # a board that keeps crashing must not hold up every other test
    late.start()
    try:
        for line in board.stdout:
            if json.loads(line)["state"] == "ended":
                break
        client, _ = find.connect(str(folder / "ports" / "data"))
        yield client
        time.sleep(1.0)  # the board writes within a pass or two, in real time
        client.port.close()
    finally:
        late.cancel()
        board.send_signal(signal.SIGTERM)
        board.wait(20)


def test_a_plan_is_felt_on_the_next_walk_and_its_progress_kept(tmp_path):
    wanted = replace(plans.check(PLAN), confirmed=True)
    with plugged_in(tmp_path) as client:
        assert client.plan(wanted.pack()) == wanted.pack()
    subprocess.run([*walk(tmp_path, WALK), "--exit"], cwd=tmp_path, check=True, timeout=120, stdout=subprocess.DEVNULL)
    felt = [pulse[0] for pulse in json.loads((tmp_path / "drive.felt.json").read_text())]
    first = felt[0]
    # the first interval begins when the first strides are sure; the rest follow its clock
    assert 4 < first < 9
    assert [round(at - first, 1) for at in felt[:7]] == [0, 10, 20, 25, 35, 45, 50.0]
    assert len(felt) == 9, "and three short ones at the end"
    cut = WALK[: WALK.rindex("stand")]  # the cable comes before the plan is over, and after enough of it
    with plugged_in(tmp_path, cut) as client, Store(tmp_path / "s.sqlite3") as store:
        assert plans.unpack(client.plan()).done == 2
        fetch_all(client, client.hello(), keeper(store), tmp_path / "partial")
        first, whole, broken = [walk.summary.training for walk in store.walks()]
    assert first is None, "the plan came afterwards"
    assert (whole.number, whole.week, whole.counted, whole.planned_s) == (1, 1, True, 20)
    assert (broken.number, broken.counted) == (2, True) and 0.6 <= broken.done <= 1
