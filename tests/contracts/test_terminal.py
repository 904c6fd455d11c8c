# SPDX-License-Identifier: MIT
"""One door to the terminal, one writer of CSV (export/cells.py): what a board or a file says passes through `plain`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HOST = Path(__file__).parents[2] / "host_tools" / "retrostep_host"
DOORS = {HOST / "cli" / "_terminal.py"}
OWN_PROGRAMS = {HOST / "virtual" / "process.py", HOST / "cli" / "_reference.py"}  # the board itself; a page of ours
FORBIDDEN = {"print", "click.echo", "click.secho", "click.confirm", "click.prompt", "json.dump", "csv.writer"} | {
    "Console", "sys.stdout.write", "sys.stderr.write", "csv.DictWriter", "click.echo_via_pager", "input"
}


def calls(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.parametrize("path", sorted(HOST.rglob("*.py")), ids=lambda path: str(path.relative_to(HOST)))
def test_nothing_reaches_a_terminal_but_through_the_door(path):
    if path in DOORS | OWN_PROGRAMS or "shims" in path.parts:
        return
    assert not calls(path) & FORBIDDEN, "say it through cli/_terminal.py, write it with cells"


def test_the_board_in_software_says_nothing_raw():
    text = (HOST / "virtual" / "process.py").read_text(encoding="utf-8")
    assert text.count("sys.stderr.write(") == 1 and "sys.stderr.write(lines(text))" in text
    assert text.count("print(") == 2 and "print(json.dumps(line)" in text and "lines((self.machine." in text
