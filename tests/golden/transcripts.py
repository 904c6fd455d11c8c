# SPDX-License-Identifier: MIT
"""Transcripts: Markdown whose ```console blocks are run and compared, so that documentation is tested by being a test.

in    a page; `$ retrostep …` and `$ python3 go.py …` are run in one temporary folder, in order, 80 columns, no colour
out   the same page with what the commands really said, or an error that names the line
keeps one virtual board that walked the demo walk, plugged in when the page first says `retrostep sync`
but   dates, UIDs, seconds and widths of columns may differ; /home/you is the folder; a line `…` stands for any lines
not   a shell: no pipes, no variables; other commands are only allowed when they are in NOT_RUN
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

NOT_RUN = ("git clone ", "cd ", "pip install ", "python3 go.py test", ".ci/run", "retrostep capture ")
# shown to people, tried elsewhere: capture needs a wearer, and minutes (tests/host/cli/test_capture.py)
HOME = "/home/you"  # what the page calls the temporary folder
TOKENS = (
    (re.compile(r"\b[0-9a-fA-F]{16}\b"), "{uid}"),
    (re.compile(r"^ *[0-9a-f]{4,6}(?= {2,}\d)|(?<=: walk )[0-9a-f]{4,6}\b"), "{id}"),  # a walk's own number, cut short
    (re.compile(r"\b\d{1,2} [A-Z][a-z]{2,8} \d{4}(, \d\d:\d\d)?\b"), "{date}"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?"), "{date}"),
    (re.compile(r"\bin \d+ s\b"), "in {n} s"),
    (re.compile(r"\(\d+\.\d s\)"), "({n} s)"),
    (re.compile(r"─+"), "─"),  # a rule is as wide as its table, and a table as wide as its dates
    (re.compile(r"(?<=\S) {2,}"), "  "),
    (re.compile(r"^ +", re.M), ""),
)
COMMAND_S = 120


@dataclass
class Command:
    """One `$ …` of a page: its line number, its text, what the page says came out, and the lines that this takes."""

    line: int
    text: str
    expected: list[str]


def commands(page: str) -> list[Command]:
    """All commands of the page's console blocks, in order."""
    found: list[Command] = []
    inside = False
    for number, line in enumerate(page.split("\n"), 1):
        if line.startswith("```"):
            inside = line.strip() == "```console"
        elif inside and line.startswith("$ "):
            found.append(Command(number, line[2:], []))
        elif inside and found:
            found[-1].expected.append(line)
    return found


def files(page: str) -> dict[str, str]:
    """Files that the page shows, from blocks that begin with ```text NAME; they lie in the folder when it is played."""
    return {name: text for name, text in re.findall(r"^```text (\S+)\n(.*?)^```$", page, re.M | re.S)}


def matches(expected: list[str], actual: list[str]) -> bool:
    """Whether the output is the expected one, tokens aside; a line `…` stands for any number of lines."""
    return _same([tokens(line) for line in expected], [tokens(line) for line in actual])


def tokens(line: str) -> str:
    """A line with what differs from run to run replaced."""
    for pattern, token in TOKENS:
        line = pattern.sub(token, line)
    return line.rstrip()


def _same(expected: list[str], actual: list[str]) -> bool:
    if not expected:
        return not actual
    if expected[0].strip() == "…":
        return any(_same(expected[1:], actual[skip:]) for skip in range(len(actual) + 1))
    return bool(actual) and expected[0] == actual[0] and _same(expected[1:], actual[1:])


class Stage:
    """The temporary folder in which a page is played, and its virtual board."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.board: subprocess.Popen | None = None
        self.environment = {
            **os.environ,
            "RETROSTEP_HOME": str(folder / "home"),
            "COLUMNS": "80",
            "NO_COLOR": "1",
            "TERM": "dumb",
            "TZ": "UTC",
            "PYTHONIOENCODING": "utf-8",
        }

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        if self.board and self.board.poll() is None:
            self.board.send_signal(signal.SIGINT)
            try:
                self.board.wait(10)
            except subprocess.TimeoutExpired:
                self.board.kill()
                self.board.wait()
        if self.board and self.board.stdout:
            self.board.stdout.close()

    def play(self, text: str) -> list[str] | None:
        """The lines that a command says; None for one that is only shown."""
        if text.startswith(NOT_RUN):
            return None
        words = shlex.split(text)
        environment = self.environment
        if words[:2] == ["python3", "go.py"]:
            words = ["retrostep", *words[2:]]
            environment = {**environment, "RETROSTEP_AS": "python3 go.py"}  # as go.py says (tests/host/test_go.py)
        assert words[0] == "retrostep", f"`{text}` is neither ours nor in NOT_RUN"
        if words[1] == "sync":
            self._plug_in()
        done = subprocess.run(
            [sys.executable, "-m", "retrostep_host.cli.main", *words[1:]],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=COMMAND_S,
            check=False,
        )
        return self._lines(done.stdout)

    def _lines(self, said: str) -> list[str]:
        """Lines without blank ones at the ends, in the folder that the page speaks of."""
        lines = [line.rstrip() for line in said.replace(str(self.folder), HOME).split("\n")]
        while lines and not lines[-1]:
            lines.pop()
        while lines and not lines[0]:
            lines.pop(0)
        return lines

    def _plug_in(self) -> None:
        if self.board is None:
            command = [sys.executable, "-m", "retrostep_host.cli.main", "walk", "--drive", "drive", "--ports", "ports"]
            self.board = subprocess.Popen(
                [*command, "--speed", "max", "--json"],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            said = []
            for line in self.board.stdout or ():
                said.append(line)
                if line.startswith("{") and json.loads(line).get("state") == "ended":
                    break
            else:
                raise AssertionError("the virtual board did not walk to the end:\n" + "".join(said[-5:]))


def replay(path: Path, stage: Stage, rewrite: bool) -> list[str]:
    """Play a page; the differences in words (empty: none). `rewrite` puts the real output into the page."""
    page = path.read_text(encoding="utf-8")
    lines = page.split("\n")
    for name, text in files(page).items():
        (stage.folder / Path(name).name).write_text(text, encoding="utf-8")
    wrong = []
    for command in reversed_pairs(commands(page), stage):
        found, actual = command
        if actual is None or matches(found.expected, actual):
            continue
        if rewrite:
            lines[found.line : found.line + len(found.expected)] = actual
        else:
            wrong.append(f"{path.name}:{found.line}: $ {found.text}\n" + _difference(found.expected, actual))
    if rewrite:
        path.write_text("\n".join(lines), encoding="utf-8")
    return wrong


def reversed_pairs(found: list[Command], stage: Stage) -> list[tuple[Command, list[str] | None]]:
    """Played in order, handed back from the last to the first, so that rewriting moves no line still to come."""
    return [(command, stage.play(command.text)) for command in found][::-1]


def _difference(expected: list[str], actual: list[str]) -> str:
    import difflib

    before, after = ([tokens(line) for line in lines] for lines in (expected, actual))
    return "\n".join(difflib.unified_diff(before, after, "the page", "the command", lineterm=""))
