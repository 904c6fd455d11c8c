# SPDX-License-Identifier: MIT
"""Terminal: the one door through which anything reaches a terminal, a pipe or a person's answer.

in    lines, each of them one line whatever stands in it; values for JSON; rows for a table; questions
out   the same on stdout or stderr; what a terminal would obey is shown and not obeyed (retrostep_host.text)
keeps nothing
but   colours and lines of tables are ours, so rich may draw them; cells pass through `plain` first
not   help pages: click writes these, from our own docstrings (tests/contracts/test_terminal.py)
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click

from retrostep_host.text import plain

_above: list[Callable[[str], object]] = []  # while lines stand at the foot of the terminal, `say` writes above them


def say(*lines: object, err: bool = False) -> None:
    """One line each. A terminal that cannot show a letter gets its escape."""
    for line in lines:
        text = plain(line)
        if _above and not err:
            _above[-1](text)
            continue
        encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=err)


def say_json(value: Any) -> None:
    """One JSON object on a line of stdout: plain ASCII, so that no pipe and no terminal can misread it."""
    click.echo(json.dumps(value).replace("\x7f", "\\u007f"))


def progress(line: str) -> None:
    """Write over the last line of stderr, where somebody looks; "" wipes it."""
    if sys.stderr.isatty():
        click.echo(f"\r{plain(line)} " if line else "\r" + " " * 60 + "\r", nl=False, err=True)


def bar(what: str) -> Callable[[int, int], None] | None:
    """A function (done, of) that shows how far `what` is, each percent once; None where nobody looks."""
    if not sys.stderr.isatty():
        return None
    shown = [-1]

    def show(done: int, of: int) -> None:
        percent = min(100, 100 * done // max(of, 1))
        if percent != shown[0]:
            shown[0] = percent
            progress(f"{what}: {percent} %")

    return show


def asks() -> bool:
    """Somebody sits there to answer."""
    return sys.stdin.isatty()


def confirm(question: str, abort: bool = False) -> bool:
    """Yes or no, on stderr. Raises click.Abort after a no when `abort`."""
    return click.confirm(plain(question), abort=abort, err=True)


def ask(question: str, hidden: bool = False, twice: bool = False, default: str | None = None) -> str:
    """A line of text, asked for on stderr; `hidden` while it is typed; `twice` to be sure."""
    return click.prompt(
        plain(question),
        hide_input=hidden,
        confirmation_prompt=twice,
        default=default,
        show_default=False,
        err=True,
    )


def table(columns: Iterable[tuple[str, str]], rows: Iterable[Iterable[object]], **look: Any) -> None:
    """Columns (name, "left" or "right") and rows, drawn to the width of the terminal. `look` goes to rich's Table."""
    import rich.box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=rich.box.SIMPLE_HEAD, pad_edge=False, **look)
    for name, side in columns:
        drawn.add_column(name, justify=side, no_wrap=True)
    for row in rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    Console(highlight=False).print(drawn)


@contextlib.contextmanager
def waiting(words: str) -> Iterator[Callable[[str], object]]:
    """A sign that something is under way, where somebody looks; a function that changes its words."""
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True, highlight=False).status(Text(plain(words))) as status:
        yield lambda new: status.update(Text(plain(new)))


def loud(line: str) -> None:
    """One line in bold, where there are colours."""
    click.secho(plain(line), bold=True)


@contextlib.contextmanager
def standing() -> Iterator[Callable[[list[str]], object]]:
    """A few lines at the foot of the terminal that a function writes anew; `say` goes on above them. Where nobody
    looks, nothing is drawn."""
    from rich.console import Console, Group
    from rich.live import Live
    from rich.panel import Panel
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        yield lambda lines: None
        return

    def drawn(lines: list[str]) -> Panel:
        first, *rest = lines or [""]
        return Panel(Group(Text(plain(first), style="bold"), *(Text(plain(line)) for line in rest)), width=72)

    with Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False) as live:
        _above.append(lambda text: console.print(Text(text)))
        try:
            yield lambda lines: live.update(drawn(lines), refresh=True)
        finally:
            _above.pop()
