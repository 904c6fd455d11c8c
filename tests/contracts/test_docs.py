# SPDX-License-Identifier: MIT
"""The pages know every kind, reason, setting, buzz and board, and no link of theirs leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from retrostep import JOURNAL_VERSION, LINK_VERSION, events, settings
from retrostep.coach import patterns
from retrostep_host import drive, reasons

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [number for number, row in events.KINDS.items() if row[3]])
def test_every_kind_in_the_journal_is_in_formats(number):
    name = events.KINDS[number][0]
    assert re.search(rf"^\| *{number} *\| *`?{name}`?", text("docs/formats.md"), re.M), f"{number} {name}"


@pytest.mark.parametrize("name", reasons.NUMBER)
def test_every_reason_is_in_the_manual(name):
    assert f"| {reasons.NUMBER[name]} | {name} | {reasons.WORDS[name]} |" in text("docs/cli.md")


def test_the_versions_on_flash_and_wire_have_a_line_in_the_changelog():
    assert f"Journal version {JOURNAL_VERSION}, link version {LINK_VERSION}" in text("CHANGELOG.md")


@pytest.mark.parametrize("row", settings.TABLE, ids=lambda row: row[1])
def test_every_setting_is_in_settings_toml_with_its_default(row):
    _, name, _, default, *_ = row
    shown = f'"{default}"' if isinstance(default, str) else str(default)
    assert f"# {settings.PREFIX}{name.upper()} = {shown} " in text("firmware/settings.toml"), name


@pytest.mark.parametrize("row", patterns.PATTERNS[:4], ids=lambda row: row[0])
def test_the_wearer_reads_what_every_buzz_says(row):
    words = {"stop": "Stop.", "slow": "Slow down.", "turn": "direction changed", "goal": "Well done."}
    assert words[row[0]] in text("docs/wearer.md")


@pytest.mark.parametrize("name", drive.boards())
def test_every_board_says_how_it_is_wired_and_what_was_tried(name):
    said = (drive.board_file(name)).read_text(encoding="utf-8")
    assert "Wiring:" in said and "Tried:" in said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    said = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```|`[^`]*`", "", said, flags=re.S)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), f"{page.name}: {target}"
        if anchor:
            heads = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.M)
            known = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in known, f"{page.name}: {target}"


@pytest.mark.parametrize("name", ["report.png", "sheet.png"])
def test_the_pictures_are_small_enough_to_load_on_a_phone(name):
    assert (ROOT / "docs" / name).stat().st_size < 200_000
