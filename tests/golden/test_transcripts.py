# SPDX-License-Identifier: MIT
"""Every console block of README, docs and stories says what really happens. `pytest --regold` rewrites them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import transcripts

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "tests" / "golden").glob("*.md"))]
PAGES = [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals for the virtual board")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_page_says_what_happens(page, tmp_path, request):
    with transcripts.Stage(tmp_path) as stage:
        wrong = transcripts.replay(page, stage, request.config.getoption("--regold"))
    assert not wrong, "\n\n".join(wrong) + "\n\npytest tests/golden --regold rewrites it"


def test_a_wrong_page_is_caught(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```console\n$ retrostep --version\nretrostep 99\n```\n")
    with transcripts.Stage(tmp_path) as stage:
        assert "retrostep 99" in transcripts.replay(page, stage, False)[0]
        transcripts.replay(page, stage, True)
        assert transcripts.replay(page, stage, False) == []


def test_dots_stand_for_any_lines():
    assert transcripts.matches(["a", "…", "d"], ["a", "b", "c", "d"])
    assert not transcripts.matches(["a", "…", "d"], ["a", "b"])
    assert not transcripts.matches(["a"], ["a", "b"])
