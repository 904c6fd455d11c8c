# SPDX-License-Identifier: MIT
"""On real CircuitPython in software: the drive folder boots, walks on battery, and is synced over the second channel
with the steps and directions that `replay` finds in the same samples. The sensor sits before the shin."""

import json
import shutil
import subprocess
import sys
import time

import pytest
from retrostep_host import journal, recordings
from retrostep_host.replay import replay

from tests.board.builds import FOUND, MISSING

SCRIPT = "wear ankle left front up=15\nstand 2 s\nforward 4 strides\nbackward 4 strides\nstand 1 s\n"
PATIENCE_S = 400

pytestmark = [
    pytest.mark.uf2,
    pytest.mark.timeout(PATIENCE_S + 20),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals."),
    pytest.mark.skipif(not FOUND, reason=MISSING),
    pytest.mark.skipif(not shutil.which("mcopy"), reason="mtools is not installed: apt install mtools dosfstools."),
]


def verb(*words, **options):
    return subprocess.run(
        [sys.executable, "-m", "retrostep_host.cli.main", *map(str, words)], capture_output=True, text=True, **options
    )


@pytest.fixture(scope="module", params=FOUND or [None], ids=lambda build: build.stem if build else "no build")
def walked(request, tmp_path_factory):
    """One walk, carried through and synced; everything that was said."""
    home = tmp_path_factory.mktemp("emulated")
    script = home / "short.walk"
    script.write_text(SCRIPT)
    words = [
        "emulate",
        "--uf2",
        request.param,
        "--script",
        script,
        "--drive",
        home / "drive",
        "--ports",
        home / "ports",
        "--json",
    ]
    said, complained = home / "stdout", home / "stderr"
    with said.open("w") as out, complained.open("w") as error:
        process = subprocess.Popen(
            [sys.executable, "-m", "retrostep_host.cli.main", *map(str, words), "--json"], stdout=out, stderr=error
        )
    try:
        end = time.monotonic() + PATIENCE_S
        while '"ended"' not in said.read_text() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.2)
        assert '"ended"' in said.read_text(), (said.read_text(), process.poll(), complained.read_text())
        sync = verb("sync", "--port", home / "ports" / "data", "--store", home / "store.db", "--json", timeout=120)
    finally:
        process.terminate()
        process.wait(timeout=60)
    states = [json.loads(line) for line in said.read_text().splitlines()]
    return home, states, sync, complained.read_text()


def test_it_is_ready_walks_is_plugged_in_and_switched_off(walked):
    _, states, _, error = walked
    assert [state["state"] for state in states] == ["ready", "ended", "exit"], error


def test_sync_fetches_the_session_over_the_second_channel_as_replay_counts_it(walked):
    home, _, sync, _ = walked
    assert sync.returncode == 0, sync.stderr
    found = json.loads(sync.stdout)
    replayed = replay(str(home / "drive.walk.npz"))
    assert found["left_on_board"] == 0 and len(found["sessions"]) == 1
    session = found["sessions"][0]
    assert session["complete"] and session["released"] and session["end"] == "usb"
    assert session["steps"] == replayed["steps"] > 8
    assert session["steps_by_direction"] == replayed["steps_by_direction"]
    assert replayed["steps_by_direction"]["forward"] >= 8 and replayed["steps_by_direction"]["backward"] >= 8


def test_each_step_is_the_same_within_a_sample_and_no_sample_was_lost(walked):
    home, _, _, _ = walked
    replayed = [event for event in replay(str(home / "drive.walk.npz"))["events"] if event["kind"] == "step"]
    log = next((home / "drive.out" / "journal").glob("*/log.bin")).read_bytes()
    kept = [piece for head, piece in journal.blocks(log) if head.session == 1]
    session = journal.decode(b"".join(kept))
    assert not session.gaps
    assert "fifo_overrun" not in [entry.reason for entry in session.logs]
    assert len(session.steps) == len(replayed)
    for step, event in zip(session.steps, replayed, strict=True):
        assert step.direction == event["direction"] and step.inferred == event["inferred"]
        assert step.t == pytest.approx(event["t"], abs=1 / recordings.units.RATE_HZ)
        assert step.confidence == pytest.approx(event["confidence"], abs=0.05)


def test_files_and_flash_are_kept_beside_the_drive(walked):
    home, _, _, _ = walked
    assert (home / "drive.out" / "code.py").read_bytes() == (home / "drive" / "code.py").read_bytes()
    assert (home / "drive.out" / "boot_out.txt").read_text().startswith("Adafruit CircuitPython")
    assert (home / "drive.flash").stat().st_size == 4096 + 1024 * 1024
    assert not (home / "ports" / "data").exists()
