# SPDX-License-Identifier: MIT
"""What the code names as its source is there: pages, sections, decisions, files; and never the number of an issue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("lib", "firmware", "boards", "host_tools", "bench", "tests")
FILES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts and path != Path(__file__)
)
PAGES = {f"docs/{page.name}": page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")}


def sections(page: str) -> list[str]:
    """Headings, and the bold words that begin a paragraph or a cell."""
    said = re.findall(r"^#+ (.+)$", page, re.M) + re.findall(r"^[|\s>-]*\*\*(.+?)\*\*", page, re.M)
    return [one.strip(" .:").lower() for one in said]


def lost(text: str) -> list[str]:
    """References that lead nowhere."""
    found = [name for name in re.findall(r"(?<![\w/])docs/[\w-]+\.md", text) if name not in PAGES]
    for name, title in re.findall(r"(docs/[\w-]+\.md),\s+\"([^\"\n]+)\"", text):
        wanted = title.strip(" .").lower()
        if name in PAGES and not any(wanted in section for section in sections(PAGES[name])):
            found.append(f'{name}, "{title}"')
    for number in re.findall(r"decisions\.md,? \(?(\d+)", text):
        if not re.search(rf"^{number}\. ", PAGES["docs/decisions.md"], re.M):
            found.append(f"decision {number}")
    found += [name for name in re.findall(r"\b(?:bench|tests)/[\w/]+\.py\b", text) if not (ROOT / name).exists()]

    return found + re.findall(r"(?<!circuitpython )(?<!InfiniTime )\bissue #?\d+\b", text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_reference_leads_somewhere(path):
    assert not lost(path.read_text(encoding="utf-8"))


def test_a_reference_that_leads_nowhere_is_found():
    assert lost('from  docs/decisions.md, "Four feelings"') == ['docs/decisions.md, "Four feelings"']
    assert lost("from  issue 5, items 2 and 3") and lost("docs/nowhere.md") and lost("docs/decisions.md 999")
    assert lost("bench/nothing.py") == ["bench/nothing.py"]
    assert lost('from  docs/plan.md, "What is felt"; circuitpython issue 4921') == []
