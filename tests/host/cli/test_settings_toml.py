# SPDX-License-Identifier: MIT
"""A line of settings.toml that sets nothing is named: by doctor, in the log of each walk, on its page."""

from __future__ import annotations

import os

import pytest
from retrostep import events, misspelt, settings
from retrostep_host import drive, examination, install, journal
from retrostep_host.reasons import NUMBER
from retrostep_host.report import measures
from retrostep_host.store import intake

from tests.faults.board import Board
from tests.host.cli import test_new_wearer as boards
from tests.host.virtual import wearable

MEANT = """\
RETROSTEP_STEP_GOAL = 600
retrostep_aid = "cane"
RETROSTEP_HAPTIC_STRENGTH = "loud"
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (MEANT, ["RETROSTEP_STEP_GOAL", "retrostep_aid"]),
        ('aid = "cane"\nCODE = "P-1"\n', ["aid", "CODE"]),
        ('RETROSETP_AID = "cane"\nRetrostep_Aid="cane"\n', ["RETROSETP_AID", "Retrostep_Aid"]),
        ('RETROSTEP_AID = "cane"\nRETROSTEP_AID = "none"\n', ["RETROSTEP_AID"]),
        ('[retrostep]\nRETROSTEP_AID = "cane"\n', ["RETROSTEP_AID"]),
        ('# RETROSTEP_AIDS = "cane"\nCIRCUITPY_WIFI_SSID = "x"\nRETROSTEP_AID = "cane"\n\nMY_OWN = 1\n', []),
    ],
)
def test_a_line_that_sets_nothing_is_found(text, names):
    assert misspelt.strange(line.encode() for line in text.splitlines()) == names


def test_a_line_that_is_no_text_is_left_alone():
    assert misspelt.strange([b"\xff\xfe = 1", b"RETROSTEP_AIDS = 1"]) == ["RETROSTEP_AIDS"]


def test_the_settings_file_of_a_new_drive_is_clean(tmp_path):
    drive.prepare(tmp_path)
    assert misspelt.strange((tmp_path / "settings.toml").read_bytes().splitlines()) == []


def test_doctor_reads_the_drive_and_says_what_was_meant(tmp_path, monkeypatch):
    found = install.Found(tmp_path, "raspberry_pi_pico", "10.0.3", "")
    (tmp_path / "settings.toml").write_text(MEANT + 'RETROSTEP_AID = "cane"\nRETROSTEP_AID = "none"\n')
    monkeypatch.setattr(install, "drives", lambda: [found])
    found = [one for one in examination._drives() if "sets nothing" in one.words]
    said = {one.words.split(" with ")[1].split()[0]: one.advice for one in found}
    assert "RETROSTEP_STEPS_GOAL" in said["RETROSTEP_STEP_GOAL"] and "RETROSTEP_AID?" in said["retrostep_aid"]
    assert "twice" in said["RETROSTEP_AID"]


@pytest.mark.skipif(os.name == "nt", reason="the virtual board needs pseudo-terminals")
def test_the_board_says_it_to_doctor_and_on_the_page(tmp_path):
    drive.prepare(tmp_path / "drive")
    with open(tmp_path / "drive" / "settings.toml", "a") as file:
        file.write(MEANT)
    with boards.plugged_in(tmp_path) as port:
        done = boards.run(tmp_path, "doctor", "--port", port)
        assert "(haptic_strength, RETROSTEP_STEP_GOAL, retrostep_aid)" in done.stdout, done.stdout
    (session,) = wearable.stored(tmp_path / "drive")
    walk = intake.as_walk(session, 0)
    assert walk.noticed["setting_ignored"] == 1
    (said,) = [one for one in measures.noticed(walk) if "settings.toml" in one]
    assert said.endswith("set the code): haptic_strength, RETROSTEP_STEP_GOAL, retrostep_aid.")


def test_a_walk_that_never_was_leaves_no_trace_for_it():
    board = Board()
    board.journal.start(0, {"placement": "ankle"})
    board.journal.log(NUMBER["setting_ignored"], 0, 0, "x" * 60)
    assert not board.journal.material and board.journal.end(events.END_IDLE) == 0
    board.journal.start(0, settings.defaults() | {"code": "P-01-23456-78"[:12]})
    board.journal.log(NUMBER["setting_ignored"], 0, 0, "x" * 60)
    board.journal.append(events.Event(events.STEP, 9, 0.0, 0))
    board.journal.end(events.END_BUTTON)
    (log,) = journal.decode(_bytes(board)).logs
    assert (log.reason, log.text) == ("setting_ignored", "x" * 60)


def _bytes(board):
    out = bytearray(4096)
    return bytes(out[: board.journal.table.copy(1, 0, memoryview(out))])
