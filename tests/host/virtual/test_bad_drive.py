# SPDX-License-Identifier: MIT
"""A drive that somebody else has been at, and one without room: the board walks on and says what it can."""

import os

import pytest
from retrostep import settings
from retrostep.coach import patterns
from retrostep_host import drive, recordings
from retrostep_host.virtual import walks

from tests.host.virtual import wearable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
SECTOR = 4096
BROKEN = b"""\xff\xfe\x00 no text at all
RETROSTEP_SIDE = "left
RETROSTEP_IDLE_MINUTES = 1.5
RETROSTEP_COACH = true
RETROSTEP_METRONOME = 0x50
RETROSTEP_CODE = "P\\u0037" # as printed
"""


def test_a_broken_line_in_settings_toml_costs_that_setting_only(tmp_path):
    """os.getenv raises ValueError for such a line (CircuitPython 10.0.3); a board that fell over it never walked."""
    folder = tmp_path / "drive"
    folder.mkdir()
    (folder / "settings.toml").write_bytes(BROKEN)
    drive.prepare(folder)
    assert (folder / "settings.toml").read_bytes().startswith(BROKEN), "a line that is no text is the owner's"
    (session,) = wearable.walk(tmp_path, recordings.stream(walks.generate("forward 8 strides", 1)), prepare=False)
    default = settings.defaults()
    for name in ("side", "idle_minutes", "coach"):
        assert session.settings[name] == default[name]
    assert session.settings["metronome"] == 80 and session.settings["code"] == "P7"


def test_the_wearer_feels_that_the_log_is_full_and_no_walk_is_overwritten(tmp_path):
    for mirror in "ab":
        folder = tmp_path / "drive" / "journal" / mirror
        folder.mkdir(parents=True)
        (folder / "log.bin").write_bytes(bytes(SECTOR))  # 8 blocks, three of them in reserve
    stream = recordings.stream(walks.generate("forward 150 strides\nstand 2 s", 1))
    (first,) = wearable.walk(tmp_path, stream)
    assert first.end == "full" and [log.reason for log in first.logs] == ["flash_full"]
    assert stops(tmp_path) == 1, "once, not with every step"
    (again,) = wearable.walk(tmp_path, stream)
    assert again == first, "an unsynced walk stays"
    assert stops(tmp_path) == 1, "who walks although the log is full is told again"


def stops(folder):
    """How often the motor played the pattern `stop`: four long pulses close together."""
    pulses = patterns.PATTERNS[patterns.STOP][3]
    starts = [row[0] for row in wearable.felt(folder)]
    runs = 0
    for at in range(len(starts) - len(pulses) + 1):
        gaps = [b - a for a, b in zip(starts[at:], starts[at + 1 : at + len(pulses)], strict=False)]
        runs += all(0.2 < gap < 0.4 for gap in gaps)
    return runs
