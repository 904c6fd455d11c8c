# SPDX-License-Identifier: MIT
"""Text: what somebody else wrote, made harmless to look at: the one place where it becomes ours to show.

in    text from a board, a file, a file's name, the system
out   `plain`: one line without anything that a terminal or a page obeys; `lines`: several; `short`: one, cut
keeps letters, signs, blanks and emoji of every language as they are
but   what is replaced stays visible, as \\x1b, \\r or \\u202e: who is attacked should see by what
not   quoting: of HTML (report/page.py, by jinja2), of cells (export/cells.py), of JSON (cli/_terminal.py)
"""

from __future__ import annotations

import os
import re
import shlex

_COMMAND = re.compile(r"(?<![\w./-])retrostep(?= (?:[a-z]+\b|--)(?!:))")
_OF_A_STORE = re.compile(
    r"`(retrostep (?:backup|delete|edit|export|import|list|merge|people|person|publish|report|restore|sync)\b"
    r"(?![^`]*--(?:store|help)\b)[^`]*)`"
)
_HARMLESS = "\u200c\u200d"  # joiners: Persian, Hindi and emoji need them


def plain(text: object) -> str:
    """`text` as one line: control characters, line ends, marks that turn the reading direction or hide, and halves of
    characters (from the names of files) become their escapes."""
    text = str(text)
    if text.isprintable():
        return text
    return "".join(one if _is_seen(one) else one.encode("unicode_escape").decode() for one in text)


def _is_seen(one: str) -> bool:
    return one.isprintable() or one in _HARMLESS or (one.isspace() and one >= "\xa0" and one not in "\u2028\u2029")


def lines(text: str) -> str:
    """`text` with its line ends, each line as `plain` makes it: for what a board prints on its console."""
    return "\n".join(plain(line) for line in text.replace("\r\n", "\n").split("\n"))


def typed(text: object) -> str:
    """`text` with its commands as the reader types them: in a checkout `retrostep sync` is `python3 go.py sync`, which
    go.py says in RETROSTEP_AS."""
    called = os.environ.get("RETROSTEP_AS", "")
    return _COMMAND.sub(called, str(text)) if called else str(text)


def of_store(text: object, store: str | None) -> str:
    """`text`, its commands in backticks with the `--store` that the reader gave: without it they mean another store."""
    if not store:
        return str(text)
    named = f" --store {shlex.quote(store)}"
    return _OF_A_STORE.sub(lambda found: f"`{found[1]}{named}`", str(text))


def short(text: object, most: int = 40) -> str:
    """`plain`, at most `most` characters long, for a value that is quoted in a sentence."""
    said = str(text)
    return plain(said if len(said) <= most else said[: most - 1] + "…")
