# SPDX-License-Identifier: MIT
"""People's walks go through walk, sync and report, and the page says what `replay` counts on the same file."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CORPUS = Path(os.environ.get("RETROSTEP_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
WALKS = (
    "erciyes/erciyes_101_backward_t1_ankle_right",
    "accad_virtual/accad_Female1_B05_WalkBackwards_ankle_left",
    "sfu_imu_fall/sfu_sub1_ADLs_AXR_AS_trial1_left",
)
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals"),
]


def run(*args, cwd):
    command = [sys.executable, "-m", "retrostep_host.cli.main", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", WALKS)
def test_the_page_of_a_real_walk_says_what_replay_counts(name, tmp_path):
    recording = CORPUS / f"{name}.npz"
    if not recording.exists():
        pytest.skip("no corpus of recordings here; set RETROSTEP_CORPUS to its folder")
    counted = run("replay", recording, "--json", cwd=tmp_path)
    shown = run("demo", "--recording", recording, "--json", cwd=tmp_path)
    page = Path(shown["page"]).read_text(encoding="utf-8")
    on_page = {name: int(count) for name, count in re.findall(r'<data class="steps-(\w+)" value="(\d+)"', page)}
    expected = {name: count for name, count in counted["steps_by_direction"].items() if count}
    assert on_page == {**expected, "all": counted["steps"]}
    assert counted["steps"] > 5
