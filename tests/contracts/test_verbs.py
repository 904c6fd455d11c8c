# SPDX-License-Identifier: MIT
"""Every verb is found, teaches itself, is documented and is tested; every error has a code and says what was kept."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from retrostep_host import errors
from retrostep_host.cli import _reference, main

ROOT = Path(__file__).parents[2]
VERBS = main.verbs()


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_teaches_itself(verb):
    line = main.help_line(verb)
    assert 15 <= len(line) <= 78 and line.endswith("."), f"{verb}: first line of its docstring: {line!r}"
    for option in ("--help", "-h"):
        done = CliRunner().invoke(main.cli, [verb, option], prog_name="retrostep")
        assert done.exit_code == 0 and f"Usage: retrostep {verb}" in done.output, done.output
    command = main.cli.get_command(click.Context(main.cli), verb)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{verb} {parameter.opts[0]} has no help"


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_tested(verb):
    tests = [path for path in (ROOT / "tests").rglob("*") if path.suffix in (".py", ".md") and path != Path(__file__)]
    words = (f'"{verb}"', f"'{verb}'", f"retrostep {verb}", f"cli.{verb}", f"cli import {verb}")
    texts = (path.read_text(encoding="utf-8") for path in tests)
    assert any(word in text for text in texts for word in words), f"no test runs {verb}"


def test_the_page_of_commands_is_fresh():
    here = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert here == _reference.page(), "stale: .venv/bin/python -m retrostep_host.cli._reference > docs/cli.md"


def test_help_imports_no_verb_and_nothing_heavy():
    code = (
        "import sys\n"
        "from retrostep_host.cli import main\n"
        "assert main._run(['--help']) == 0\n"
        "heavy = {'numpy', 'scipy', 'jinja2', 'rich', 'serial', 'sqlite3'} & set(sys.modules)\n"
        "names = {n.rpartition('.')[2] for n in sys.modules if n.startswith('retrostep_host.cli.')}\n"
        "verbs = {name for name in names if not name.startswith('_')} - {'main'}\n"
        "assert not heavy and not verbs, (heavy, verbs)\n"
    )
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n" + code], check=False)
    assert done.returncode == 0


def test_every_error_says_what_was_kept_and_has_a_code():
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.RetrostepError)]
    owners: dict[int, type] = {}
    for kind in sorted(kinds, key=lambda kind: len(kind.__mro__)):
        assert "Kept:" in (kind.__doc__ or ""), f"{kind.__name__} does not say what was kept"
        assert "exit_code" in vars(kind), f"{kind.__name__} has no code of its own"
        owner = owners.setdefault(kind.exit_code, kind)
        assert issubclass(kind, owner), f"{kind.__name__} and {owner.__name__} share code {kind.exit_code}"
        assert kind.exit_code not in (0, 2, errors.INTERNAL, errors.INTERRUPTED)
