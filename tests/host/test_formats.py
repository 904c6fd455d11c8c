# SPDX-License-Identifier: MIT
"""docs/formats.md names every number that a reader of the log meets, as the tables of the hall do."""

import re
from pathlib import Path

import pytest
from retrostep import events, settings, units
from retrostep.coach import patterns
from retrostep.journal.recover import NOT_COUNTED

PAGE = " ".join((Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8").split())


def listed(names):
    return ", ".join(f"{number} {name}" for number, name in names)


def test_settings_and_patterns_are_listed_by_number():
    assert listed((row[0], row[1]) for row in settings.TABLE) in PAGE
    assert listed(enumerate(row[0] for row in patterns.PATTERNS)) in PAGE


def test_quality_is_listed_from_bit_0_on():
    said = re.search(r"`quality`, from bit 0 on: (.*?)\.", PAGE)[1]
    assert tuple(re.sub(r" \(.*?\)", "", said).split(", ")) == events.QUALITY


@pytest.mark.parametrize("scales", [units.ACC_MG_PER_LSB, units.GYRO_MDPS_PER_LSB], ids=["acc", "gyro"])
def test_a_count_of_raw_is_worth_what_the_page_says(scales):
    worth = ", ".join(f"{value:g}" for value in scales.values())
    ranges = ", ".join(str(key) for key in scales)
    assert re.search(rf"{re.escape(worth)} .*?{ranges}", PAGE)


def test_an_end_that_was_not_counted_is_told_apart():
    assert f"{NOT_COUNTED:X}, not counted" in PAGE
