# SPDX-License-Identifier: MIT
"""Every file says its licence and its subject, and is short enough to read standing up."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIP = {"drivers", ".venv", ".venv-mp", "__pycache__", "retrostep-demo", "dist", "build"}

# first folder that matches -> most lines a file may have. The board compiles what is in lib/: 70 bytes of heap a line.
LIMITS = (
    ("lib", 350),
    ("firmware", 40),
    ("boards", 60),
    ("host_tools", 420),
    ("bench", 400),
    ("tests", 500),
    ("", 400),
)


def sources() -> list[Path]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).parts
        if not SKIP & set(parts) and not any(part.startswith(".") for part in parts):
            found.append(path)
    return found


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_head_and_size(path):
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT).as_posix()
    assert text.startswith("# SPDX-License-Identifier: MIT\n"), f"{name} does not begin with its licence"
    tree = ast.parse(text)
    if tree.body:
        words = ast.get_docstring(tree)
        assert words, f"{name} does not say what it is"
        assert len(words.split("\n")[0]) <= 120
    limit = next(lines for folder, lines in LIMITS if name.startswith(folder))
    assert text.count("\n") <= limit, f"{name} has {text.count(chr(10))} lines; over {limit} it is two subjects"


def test_scripts_and_pages_are_licensed_too():
    for name in (".ci/run", "LICENSE"):
        assert "MIT" in (ROOT / name).read_text(encoding="utf-8"), name


def test_ruff_finds_nothing():
    pytest.importorskip("ruff", reason="pip install ruff")
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "concise", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
