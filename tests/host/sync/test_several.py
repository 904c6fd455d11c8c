# SPDX-License-Identifier: MIT
"""The promise: a shelf of boards is synced at once, and whichever is plugged in next; one that fails stops no other."""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from retrostep_host.cli import _syncing, main
from retrostep_host.store import Store
from retrostep_host.sync import find

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
ROOT = Path(__file__).parents[3]
PATH = os.pathsep.join([str(ROOT / "lib"), str(ROOT / "host_tools"), str(ROOT)])
IDS = ("0101010101010101", "0202020202020202", "0303030303030303")


@pytest.fixture
def shelf():
    """Three boards with 40, 50 and 60 steps, each on a pseudo-terminal of its own."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.board", f":{device}", str(40 + 10 * n)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": PATH},
        )
        for n, device in enumerate(IDS)
    ]  # fmt: skip
    yield [process.stdout.readline().strip() for process in processes]
    for process in processes:
        process.stdin.close()
        process.wait(10)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path))
    monkeypatch.setattr(find, "HELLO_TRIES", 2)
    return tmp_path / "retrostep.sqlite3"


def stored(path):
    with Store(path, write=False) as store:
        return sorted((walk.device_uid, walk.total) for walk in store.walks())


def run(*words):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main._run(list(words))
    return code, out.getvalue()


def test_all_boards_come_home_at_once_and_a_dead_port_is_named(shelf, here, monkeypatch, capsys):
    master, slave = os.openpty()  # something that never answers
    monkeypatch.setattr(find, "candidates", lambda: [*shelf, os.ttyname(slave)])
    code, said = run("sync", "--all", "--json")
    found = json.loads(said)
    assert [(one["device"], one["sessions"][0]["steps"]) for one in found["boards"]] == [
        (IDS[0], 40), (IDS[1], 50), (IDS[2], 60)]  # fmt: skip
    assert code == 4 and len(found["not_reached"]) == 1 and all(not one["errors"] for one in found["boards"])
    assert stored(here) == [(IDS[0], 40), (IDS[1], 50), (IDS[2], 60)]
    os.close(master)
    os.close(slave)
    monkeypatch.setattr(find, "candidates", lambda: shelf)
    code, said = run("sync", "--all")
    assert code == 0 and said.count("Nothing new on the board.") == 3 and "3 boards, 0 new walks." in said


def test_watching_syncs_what_is_plugged_in_and_ends_cleanly(shelf, here, monkeypatch, capsys):
    looks = iter([[], [shelf[0]], [shelf[0]], shelf[:2], []])

    def there():
        try:
            return next(looks)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(find, "candidates", there)
    monkeypatch.setattr(_syncing.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(_syncing, "LOOK_S", 0)
    monkeypatch.setattr("retrostep_host.notice.show", lambda words: told.append(words) or False)
    told: list[str] = []
    code, said = run("sync", "--watch")
    assert code == 0 and "Ended: 2 syncs, 2 new walks." in said
    assert told == [f"Board {device[:4]}: 1 new walk. It may be unplugged." for device in IDS[:2]]
    assert stored(here) == [(IDS[0], 40), (IDS[1], 50)]


def test_all_and_one_do_not_go_together(here, capsys):
    assert main._run(["sync", "--all", "--port", "x"]) == 2
