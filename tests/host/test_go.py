# SPDX-License-Identifier: MIT
"""`go.py` sets up once, again only when something changed, and never takes a half-made environment for a whole one."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def go(tmp_path, monkeypatch):
    """A copy of go.py in a folder of its own; `go.calls` are the commands it would have run."""
    for name in ("go.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return loaded(tmp_path, monkeypatch)


def loaded(folder, monkeypatch):
    spec = importlib.util.spec_from_file_location("go", folder / "go.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.calls, module.codes = [], []

    def call(command, **_):
        module.calls.append(command[1:])
        if "venv" in command:
            shutil.rmtree(command[-1], ignore_errors=True)
            Path(command[-1]).mkdir()
        return module.codes.pop(0) if module.codes else 0

    monkeypatch.setattr(module.subprocess, "call", call)
    return module


def kinds(go):
    found = ["venv" if "venv" in call else "pip" if "pip" in call else call[1] for call in go.calls]
    go.calls.clear()
    return found


def test_the_first_run_sets_up_and_the_second_only_runs(go):
    assert go.main(["demo"]) == 0
    assert kinds(go) == ["venv", "pip", "retrostep_host.cli.main"]
    assert go.main(["demo"]) == 0
    assert kinds(go) == ["retrostep_host.cli.main"]


def test_tests_after_a_demo_only_add_what_they_need(go):
    go.main(["demo"])
    kinds(go)
    go.main(["test"])
    assert kinds(go) == ["pip", "venv", "pip", "pytest"]
    go.main(["demo"])
    assert kinds(go) == ["retrostep_host.cli.main"]


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_change_of_packages_sets_up_again(go, tmp_path, name):
    go.main(["demo"])
    kinds(go)
    with (tmp_path / name).open("a") as file:
        file.write("# changed\n")
    go.main(["demo"])
    assert kinds(go)[:2] == ["venv", "pip"]


def test_a_moved_folder_sets_up_again(go, tmp_path, monkeypatch):
    go.main(["demo"])
    moved = tmp_path.with_name(tmp_path.name + " moved")
    shutil.copytree(tmp_path, moved)
    there = loaded(moved, monkeypatch)
    there.main(["demo"])
    assert kinds(there)[:2] == ["venv", "pip"]


def test_a_failed_set_up_is_not_remembered(go):
    go.codes[:] = [0, 1]
    with pytest.raises(SystemExit, match="run the same command again"):
        go.main(["demo"])
    kinds(go)
    go.main(["demo"])
    assert kinds(go) == ["venv", "pip", "retrostep_host.cli.main"]


def test_without_micropython_the_other_tests_run(go, capsys):
    go.codes[:] = [0, 0, 0, 1]
    go.main(["test"])
    assert kinds(go)[-1] == "pytest" and "some tests are skipped" in capsys.readouterr().err


def test_a_missing_venv_module_names_the_package(go):
    go.codes[:] = [1]
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        go.main(["demo"])


def test_an_old_python_gets_one_sentence(go, monkeypatch):
    monkeypatch.setattr(go.sys, "version_info", (3, 10, 1))
    with pytest.raises(SystemExit, match="needs Python 3.11 or later"):
        go.main(["demo"])


def test_the_exit_code_of_the_verb_is_the_exit_code(go):
    go.codes[:] = [0, 0, 21]
    assert go.main(["report"]) == 21


def test_it_reads_no_newer_python_than_it_needs():
    """An old interpreter must get as far as the sentence: no f-strings with quotes, no walrus, no match."""
    import ast

    ast.parse((ROOT / "go.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_it_is_not_shadowing_the_package():
    done = subprocess.run(
        [sys.executable, "-c", "import retrostep; print(retrostep.__file__)"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert "lib/retrostep/__init__.py" in done.stdout.replace("\\", "/")


def test_messages_and_help_name_the_command_as_the_reader_types_it(go, monkeypatch, capsys, tmp_path):
    from retrostep_host.cli import main

    said = {}
    monkeypatch.setattr(go.sys, "argv", ["go.py", "list"])
    monkeypatch.setattr(go, "ready", lambda *_, **__: None)
    monkeypatch.setattr(go.subprocess, "call", lambda command, **how: said.update(how.get("env") or {}) or 0)
    go.main(["list"])
    assert said["RETROSTEP_AS"].endswith(" go.py")
    monkeypatch.setenv("RETROSTEP_AS", said["RETROSTEP_AS"])
    assert main._run(["list", "--store", str(tmp_path / "none")]) == 21
    assert main._run(["lst"]) == 2
    assert main._run(["--help"]) == 0
    assert main._run(["report", "--help"]) == 0
    shown = "".join(capsys.readouterr())
    assert f"`{said['RETROSTEP_AS']} sync --store " in shown and f"Usage: {said['RETROSTEP_AS']} report" in shown
    assert "`retrostep " not in shown and "   retrostep " not in shown
