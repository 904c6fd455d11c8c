# SPDX-License-Identifier: MIT
"""A power cut in a flush with the whole firmware on real CircuitPython; more of them: `python bench/cuts_whole.py`.
And the judge of it, which must be able to say no."""

import os
import shutil
import subprocess
import sys
from array import array
from pathlib import Path

import pytest
from retrostep import events
from retrostep.engine import Engine
from retrostep.journal.writer import Journal
from retrostep_host import recordings
from retrostep_host.virtual import walks
from retrostep_host.virtual.rp2040 import fat, flash

from tests.board.builds import FIRST, FOUND, MISSING
from tests.faults.disk import Disk

ROOT = Path(__file__).parents[2]
CODE = b"print('walking')\n"
tools = pytest.mark.skipif(
    not (shutil.which("mcopy") and shutil.which("mkfs.vfat", path=os.environ["PATH"] + ":/usr/sbin:/sbin")),
    reason="mtools or dosfstools is not installed: apt install mtools dosfstools.",
)


@pytest.fixture(scope="module")
def words():
    return recordings.stream(walks.generate("forward 5 strides\nbackward 5 strides\n", 1, "ankle", "left")).words


def walk(words, change=lambda event: None):
    """Both mirrors after a walk that the button ended."""
    disk, found = Disk(16384), []
    journal = Journal(disk, b"12345678")
    journal.recover()
    journal.start(0, {"placement": "ankle"})
    engine = Engine("ankle", found.append)
    engine.feed(array("h", words.tobytes()), len(words))
    engine.finish()
    for event in found:
        change(event)
        journal.append(event)
        journal.step(len(words))
    journal.end(events.END_BUTTON, len(words))
    while journal.step(len(words)):
        pass
    return disk.mirrors


def image(tmp_path, mirrors, code=CODE):
    (tmp_path / "code.py").write_bytes(code)
    for name, mirror in zip("ab", mirrors, strict=True):
        shutil.rmtree(tmp_path / "journal" / name, ignore_errors=True)
        if mirror is not None:
            (tmp_path / "journal" / name).mkdir(parents=True)
            (tmp_path / "journal" / name / "log.bin").write_bytes(mirror)
    return b"\xff" * flash.NVM_SIZE + fat.make(tmp_path, flash.DRIVE_SIZE)


@pytest.fixture
def judge(tmp_path, words):
    """A judge who has seen the whole walk acknowledged, and what it saw."""
    from bench.whole_judge import Judge

    judge = Judge({"code.py": CODE})
    judge.acknowledge(judge.see(image(tmp_path, walk(words)), words, "before"))
    assert not judge.faults and sum(kind == 1 for _, kind, _, _ in judge.acked) > 10
    return judge


@tools
def test_the_judge_is_content_with_one_mirror(judge, tmp_path, words):
    judge.see(image(tmp_path, [None, walk(words)[1]]), words, "after")
    assert not judge.faults


@tools
def test_the_judge_misses_a_block_that_is_torn_in_both_mirrors(judge, tmp_path, words):
    mirrors = walk(words)
    for mirror in mirrors:
        mirror[mirror.index(b"RSJB") + 100] ^= 1
    judge.see(image(tmp_path, mirrors), words, "after")
    assert judge.faults and "lost" in judge.faults[0]


@tools
def test_the_judge_knows_a_step_that_nobody_walked(tmp_path, words):
    from bench.whole_judge import Judge

    def turn(event):
        if event.kind == events.STEP and event.index > 500:
            event.direction = events.FORWARD if event.direction == events.BACKWARD else events.BACKWARD

    judge = Judge({"code.py": CODE})
    judge.see(image(tmp_path, walk(words, turn)), words, "after")
    assert judge.faults and "holds kind 1" in judge.faults[0]


@tools
def test_the_judge_reads_the_other_files_of_the_drive(judge, tmp_path, words):
    judge.see(image(tmp_path, walk(words), CODE[:-1]), words, "after")
    assert judge.faults == ["after: code.py on the drive is not what it was"]


@tools
def test_when_the_file_system_is_gone_the_judge_carves(judge, tmp_path, words):
    whole = bytearray(image(tmp_path, walk(words)))
    whole[flash.NVM_SIZE : flash.NVM_SIZE + 4 * 4096] = b"\xff" * 4 * 4096
    found = judge.see(bytes(whole), words, "after")
    assert not judge.faults and not found.files and judge.carved == len(judge.acked) > 10


@tools
def test_folders_that_share_a_sector_are_named(tmp_path, words):
    from bench.whole_judge import layout, shared

    assert "journal and journal/" in " ".join(shared(layout(image(tmp_path, walk(words)))))


@tools
@pytest.mark.uf2
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not FOUND, reason=MISSING)
def test_the_whole_firmware_walks_on_after_a_cut_with_nothing_lost():
    script = str(ROOT / "bench" / "cuts_whole.py")
    command = [sys.executable, script, "--uf2", str(FIRST), "--quick", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=590)
    assert done.returncode == 0 and "| acknowledged records lost | **0** |" in done.stdout, done.stdout + done.stderr
