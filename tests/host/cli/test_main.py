# SPDX-License-Identifier: MIT
"""The door: mistyped verbs, Ctrl-C, closed pipes and errors each end in one sentence and a code."""

import errno
import io
import subprocess
import sys

import pytest
from retrostep_host import errors
from retrostep_host.cli import _safe, _terminal, main


def run(*args):
    code = f"import sys; sys.path[:0] = {sys.path!r}\nfrom retrostep_host.cli.main import main\nmain({list(args)!r})"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def failing(monkeypatch, error):
    def command(**_):
        raise error

    import click

    monkeypatch.setattr(main.Verbs, "get_command", lambda *_: click.Command("list", callback=command))
    monkeypatch.delenv("RETROSTEP_DEBUG", raising=False)
    return main._run(["list"])


def test_a_mistyped_verb_is_answered_with_the_right_one():
    done = run("snyc")
    assert done.returncode == 2 and "Did you mean 'sync'?" in done.stderr and "Traceback" not in done.stderr


def test_a_wrong_option_says_where_help_is():
    done = run("list", "--colour")
    assert done.returncode == 2 and "retrostep list --help" in done.stderr


def test_version_names_the_three_that_age_apart():
    done = run("--version")
    assert done.returncode == 0
    for word in ("retrostep 0.", "journal 2", "link 1"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (errors.NoBoardFound.among(["ttyACM0", "ttyUSB1"]), 3, "2 serial ports seen (ttyACM0, ttyUSB1)"),
        (errors.HashMismatch.of(12), 5, "Session 12 arrived damaged twice, so it stays on the board"),
        (errors.WrongUnit.looks_like_g(0.99), 11, "--unit acc=g"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), 27, "disk filled up"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 26, "refuses access"),
        (KeyboardInterrupt(), 130, "Stopped."),
        (ZeroDivisionError("division by zero"), 70, "RETROSTEP_DEBUG=1"),
        (MemoryError(), 70, "ran out of memory"),
    ],
)
def test_an_error_is_a_sentence_and_a_code(monkeypatch, capsys, error, code, words):
    assert failing(monkeypatch, error) == code
    said = capsys.readouterr().err
    assert words in said and "Traceback" not in said and said.endswith("\n")


def test_debug_shows_where_it_happened(monkeypatch):
    with pytest.raises(ZeroDivisionError):
        monkeypatch.setenv("RETROSTEP_DEBUG", "1")
        monkeypatch.setattr(main.cli, "main", lambda **_: 1 / 0)
        main._run(["list"])


def test_a_reader_that_has_seen_enough_gets_no_complaint():
    code = f"import sys; sys.path[:0] = {sys.path!r}\nfrom retrostep_host.cli.main import main\nmain(['--help'])"
    head = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    head.stdout.close()
    assert head.stderr.read() == "" and head.wait() == 0
    head.stderr.close()


def test_what_is_stopped_says_what_holds(monkeypatch, capsys):
    def stops(**_):
        with _safe.meanwhile("The drive may be half written."):
            raise KeyboardInterrupt

    assert failing(monkeypatch, KeyboardInterrupt()) == 130 and "stored before is untouched" in capsys.readouterr().err
    monkeypatch.setattr(main.cli, "main", stops)
    assert main._run([]) == 130 and capsys.readouterr().err == "Stopped. The drive may be half written.\n"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437"])
@pytest.mark.parametrize("verb", main.verbs())
def test_no_letter_of_a_help_page_is_a_mistake(monkeypatch, verb, encoding):
    out = io.TextIOWrapper(io.BytesIO(), encoding, "strict")
    monkeypatch.setattr(sys, "stdout", out)
    assert main._run([verb, "--help"]) == 0
    out.flush()
    assert out.buffer.getvalue().startswith(b"Usage: ")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_a_column_is_never_cut(monkeypatch, capsys, width):
    monkeypatch.setenv("COLUMNS", str(width))
    rows = [("1", "27 Nov 2026, 23:44", "1 min 36 s", "1234567", "50"), ("12", "clock not set", "9 s", "7", "1000003")]
    names = ("session", "when", "length", "steps", "forward")
    _terminal.table([(name, "right") for name in names], rows)
    said = capsys.readouterr().out
    assert "…" not in said and all(cell in said for row in rows for cell in row)
    longest = max(len(f"{name} {cell}") for row in rows for name, cell in zip(names, row, strict=True))
    assert all(len(line.rstrip()) <= max(width, longest) for line in said.splitlines())


def test_a_sentence_on_stderr_takes_the_place_of_the_line_that_said_how_far_it_was(monkeypatch, capsys):
    monkeypatch.setattr(_terminal, "looks", lambda: True)
    _terminal.bar("Writing the tables")(2, 100)
    _terminal.say("The disk filled up.", err=True)
    _terminal.say("That was all.", err=True)
    shown = capsys.readouterr().err
    assert shown.endswith("\rThe disk filled up.\nThat was all.\n") and shown.count("\r") == 3
