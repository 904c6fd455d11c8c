# SPDX-License-Identifier: MIT
"""Every command that a page, a message or a help text shows can be typed as it stands: its verb, its options, its form.

What it then does, console blocks prove (tests/golden); here each `retrostep …` in backticks or in an example is parsed.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from retrostep_host.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = sorted((ROOT / "host_tools").rglob("*.py")) + sorted((ROOT / "firmware").glob("*"))
LEFT_OUT = re.compile(r"\[.*?\]|FILE\.\.\.|…|\.\.\.|1\|max")  # how contracts.md writes what may be left out


def shown(text: str) -> list[str]:
    """The commands in backticks, on one line or two, and those of console blocks and help examples."""
    found = re.findall(r"`((?:retrostep|python3 go\.py) [^`]+)`", text)
    found += re.findall(r"^(?:\$| {4,}) ?((?:retrostep|python3 go\.py) [^\n`]+)$", text, re.M)
    return [" ".join(LEFT_OUT.sub(" ", one).split("   ")[0].split()) for one in found]


CASES = sorted({(path.relative_to(ROOT).as_posix(), one) for path in (*PAGES, *SOURCES) if path.is_file()
                for one in shown(path.read_text(encoding="utf-8", errors="replace"))})  # fmt: skip


def refused(text: str) -> str:
    """Why a command cannot be typed like this; "" when it can."""
    words = shlex.split(re.sub(r"\{[^{}]*\}", "X", re.split(r" [>|] ", text)[0]), comments=True)
    words = words[2:] if words[0] == "python3" else words[1:]
    if words[0] in ("X", "VERB", "test", "--help", "--version"):
        return ""
    if words[0] not in main.verbs():
        return f"no verb {words[0]}"
    command: click.Command = main.cli.get_command(click.Context(main.cli), words[0])
    words, context = words[1:], click.Context(main.cli, **main.cli.context_settings)
    while isinstance(command, click.Group):
        if not words:
            return ""
        if words[0] not in command.commands:
            return f"no {words[0]} of {command.name}"
        command, words = command.commands[words[0]], words[1:]
    if words and words[-1] in {name for option in command.params for name in option.opts if not _is_flag(option)}:
        words.append("X")  # a page that speaks of an option names it alone
    try:
        given, rest, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return error.format_message()
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    if set(rest) - {"X"} and not arguments:  # X: options that the message fills in
        return f"takes no {rest}"
    if command.name == "settings" and any("=" not in word for word in _list(given.get("changes"))):
        return "a setting is NAME=VALUE"
    return ""


def _list(value: object) -> list:
    return list(value) if isinstance(value, list | tuple) else []  # click: a mark of its own where nothing was given


def _is_flag(option: click.Parameter) -> bool:
    return isinstance(option, click.Argument) or getattr(option, "is_flag", False)


@pytest.mark.parametrize(("where", "command"), CASES, ids=lambda value: str(value)[:60])
def test_it_can_be_typed_as_it_stands(where, command):
    assert not refused(command), f"{where}: {command}: {refused(command)}"


def test_what_cannot_be_typed_is_found():
    assert len(CASES) > 60
    assert refused("retrostep settings set haptic_strength 100")
    assert refused("retrostep fetch") and refused("retrostep sync --now") and refused("retrostep plan put x")
    assert refused("retrostep list 3") and not refused("retrostep plan show six_weeks --toml > my.toml")


def test_whoever_stands_in_a_checkout_is_shown_what_works_there():
    said = (ROOT / "README.md").read_text(encoding="utf-8").replace("`retrostep VERB`: that is the command once", "")
    assert not re.findall(r"^\$ retrostep .*|`retrostep [^`]+`", said, re.M)
