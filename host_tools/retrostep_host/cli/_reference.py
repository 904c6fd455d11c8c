# SPDX-License-Identifier: MIT
"""Reference: docs/cli.md, made from the program itself: `python -m retrostep_host.cli._reference > docs/cli.md`.

in    the verbs' own help, the settings table, the error family
out   Markdown on stdout
keeps nothing; tests/contracts/test_verbs.py fails while the page is stale
"""

from __future__ import annotations

import inspect


def page() -> str:
    """The whole page."""
    import click

    from retrostep_host.cli import main

    parts = [
        "# The command\n",
        "For everybody who types it. Made by `python -m retrostep_host.cli._reference > docs/cli.md`; do not edit.\n",
        "```text",
        _help(main.cli, "retrostep"),
        "```\n",
    ]
    context = click.Context(main.cli, info_name="retrostep")
    for verb in main.verbs():
        command = main.cli.get_command(context, verb)
        parts += [f"## retrostep {verb}\n", f"{main.help_line(verb)}\n", "```text"]
        parts += [_help(command, f"retrostep {verb}"), "```\n"]
        for name, inner in sorted(getattr(command, "commands", {}).items()):
            parts += [f"### retrostep {verb} {name}\n", "```text", _help(inner, f"retrostep {verb} {name}"), "```\n"]
    return "\n".join([*parts, *_settings(), *_reasons(), *_store(), *_codes()])


def _help(command: object, name: str) -> str:
    import click

    settings = {**command.context_settings, "terminal_width": 100, "help_option_names": ["-h", "--help"]}
    with click.Context(command, info_name=name, **settings) as context:
        return command.get_help(context).rstrip()


def _settings() -> list[str]:
    from retrostep.settings import PREFIX, TABLE, WORDS

    rows = [
        "## Settings\n",
        f"In `settings.toml` on the drive, as `{PREFIX}` and the name in capitals.\n",
        "| setting | values | default | what it does |",
        "|---|---|---|---|",
    ]
    for _, name, kind, default, limits in TABLE:
        unit, words = WORDS[name]
        if kind == "int":
            values = f"{limits[0]}–{limits[1]} {unit}".rstrip()
        elif kind == "choice":
            values = ", ".join(limits)
        else:
            values = f"text, at most {limits} bytes"
        rows.append(f"| `{name}` | {values} | {default if default != '' else '–'} | {words} |")
    return [*rows, ""]


def _reasons() -> list[str]:
    from retrostep_host.reasons import REASONS

    rows = [
        "## What the board reports\n",
        "Numbers on the wire and in the log ([formats.md](formats.md)); `retrostep export` names them.\n",
        "| number | name | what happened |",
        "|---|---|---|",
    ]
    return [*rows, *(f"| {number} | {name} | {words} |" for number, (name, words) in sorted(REASONS.items())), ""]


def _store() -> list[str]:
    import sqlite3

    from retrostep_host.store import migrations

    with sqlite3.connect(":memory:", isolation_level=None) as made:
        migrations.migrate(made)
        said = made.execute("SELECT sql FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").fetchall()
    tables = [text.replace('"', "").replace("\n            ", "\n    ") for (text,) in said]
    words = (
        f"One SQLite file (version {migrations.LATEST}, in `PRAGMA user_version`) in your data folder; "
        "`RETROSTEP_HOME` moves it. Open it with any SQLite tool; to change it, work on a copy.\n"
    )
    return ["## The store\n", words, "```sql", ";\n".join(tables) + ";", "```", ""]


def _codes() -> list[str]:
    from retrostep_host import errors

    rows = [
        "## Exit codes\n",
        "0 is fine, 2 is a wrong option, 130 is Ctrl-C, 70 is a mistake of ours. Each error says what was kept.\n",
        "| code | error | when, and what was kept |",
        "|---|---|---|",
    ]
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.RetrostepError)]
    for kind in sorted(kinds, key=lambda kind: (kind.exit_code, kind.__name__)):
        rows.append(f"| {kind.exit_code} | {kind.__name__} | {' '.join((kind.__doc__ or '').split())} |")
    return [*rows, ""]


if __name__ == "__main__":
    print(page(), end="")
