# SPDX-License-Identifier: MIT
"""Terminal: the one door through which anything reaches a terminal, a pipe or a person's answer.

in    lines, each of them one line whatever stands in it; values for JSON; rows for a table; questions
out   the same on stdout or stderr; what a terminal would obey is shown and not obeyed (retrostep_host.text)
keeps whether somebody still reads stdout, and what went wrong with it
but   no output stops what a command does: a reader that went away (head, less) or a full disk behind stdout is noted,
      the work goes on, and main.py says so at the end; a command that only shows things asks `stop_if_unread`
      colours and lines of tables are ours; cells pass through `plain` first
not   help pages: click writes these, from our own docstrings (tests/contracts/test_terminal.py)
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unicodedata import combining, east_asian_width

import click

from retrostep_host.text import of_store, plain, typed

MANY_ROWS = 200  # of a table; more are not folded
_failed: list[OSError] = []  # the first thing that went wrong with stdout
_standing = [False]  # a line of `progress` stands on stderr


def _put(text: str, err: bool = False, nl: bool = True) -> None:
    """The only way out. A letter that the terminal cannot show becomes its escape; nothing is raised."""
    stream = sys.stderr if err else sys.stdout
    if _failed and not err:
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=err, nl=nl)
    except OSError as error:  # with stderr gone, the exit code still speaks
        if not err:
            _failed.append(error)
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115 — what is left in the old one's buffer has no reader


def reset() -> None:
    """A command begins: letters that stdout and stderr cannot show become escapes, also in what click writes."""
    _failed.clear()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.reconfigure(errors="backslashreplace")


def failure() -> OSError | None:
    """What went wrong with stdout, if anything did; what is still in its buffer is tried first."""
    if not _failed and sys.stdout is not None:
        try:
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            _failed.append(error if isinstance(error, OSError) else OSError(0, str(error)))
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    return _failed[0] if _failed else None


def stop_if_unread() -> None:
    """For a long show that changes nothing: end it when nobody reads it any more."""
    if _failed:
        raise _failed[0]

_above: list[Callable[[str], object]] = []  # while lines stand at the foot of the terminal, `say` writes above them


def say(*lines: object, err: bool = False) -> None:
    """One line each. A terminal that cannot show a letter gets its escape. Commands in backticks are named as the
    reader types them, with the store that was asked for."""
    if err and _standing[0]:
        progress("")
    context = click.get_current_context(silent=True)
    store = context.params.get("store") if context else None
    for line in lines:
        text = plain(typed(of_store(line, store if isinstance(store, str) else None)))
        if _above and not err:
            _above[-1](text)
        else:
            _put(text, err)


def read(text: str) -> None:
    """A long text: page by page where somebody looks, else all of it."""
    shown = "\n".join(plain(line) for line in text.splitlines())
    if asks() and sys.stdout is not None and sys.stdout.isatty():
        click.echo_via_pager(shown)
    else:
        _put(shown)


def say_json(value: Any) -> None:
    """One JSON object on a line of stdout: plain ASCII, so that no pipe and no terminal can misread it."""
    _put(json.dumps(value).replace("\x7f", "\\u007f"))


def progress(line: str) -> None:
    """Write over the last line of stderr, where somebody looks; "" wipes it, and so does the next sentence there."""
    if looks():
        _standing[0] = bool(line)
        _put(f"\r{plain(line)} " if line else "\r" + " " * 60 + "\r", err=True, nl=False)


def looks() -> bool:
    """Somebody sits there and sees stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


def bar(what: str) -> Callable[[int, int], None] | None:
    """A function (done, of) that shows how far `what` is, each percent once; None where nobody looks."""
    if not looks():
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
    return sys.stdin is not None and sys.stdin.isatty()


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


def table(
    columns: Iterable[tuple[str, str]],
    rows: Iterable[Iterable[object]],
    padding: tuple[int, int, int, int] = (0, 1, 0, 1),
) -> None:
    """Columns (name, "left" or "right") and rows; `padding`: blanks above, right of, below and left of a cell. On a
    terminal too narrow for it each row becomes a few lines of `name value`, broken between two of them: half a number
    would be a wrong one. (rich would take half a second for hundreds of rows.)"""
    columns, rows = list(columns), [[plain(cell) for cell in row] for row in rows]
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    every = [[name for name, _ in columns], *rows]
    cells, length = [], 0
    for side, column in zip((side for _, side in columns), zip(*every, strict=True), strict=True):
        widths = list(map(_wide, column))
        blanks = [" " * (max(widths) - one) for one in widths]
        pairs = zip(column, blanks, strict=True)
        cells.append([blank + one if side == "right" else one + blank for one, blank in pairs])
        length += max(widths)
    apart = " " * (1 + padding[1] + padding[3])
    length += len(apart) * (len(columns) - 1)
    if len(rows) <= MANY_ROWS and (is_terminal or "COLUMNS" in os.environ):
        width = shutil.get_terminal_size().columns
        if length + 2 > width:  # nobody folds a pipe
            for row in rows:
                say(*_folded([f"{name} {cell}" for (name, _), cell in zip(columns, row, strict=True)], width), "")
            return
    head, *lines = [" " + apart.join(row).rstrip() for row in zip(*cells, strict=True)]
    head = click.style(head, bold=True) if is_terminal else head
    _put("\n".join(["", head, " " + "─" * length, *lines, ""]))


def _wide(text: str) -> int:
    """Places that it takes on a terminal: letters of East Asia two, marks over letters none."""
    if text.isascii():
        return len(text)
    return sum((east_asian_width(one) in "WF") + 1 for one in text if not combining(one))


def _folded(pieces: list[str], width: int) -> Iterator[str]:
    """Pieces two spaces apart, in lines of at most `width` where a piece is not longer itself."""
    line = ""
    for piece in pieces:
        if line and len(line) + 2 + len(piece) > width:
            yield line
            line = ""
        line = f"{line}  {piece}" if line else piece
    yield line


@contextlib.contextmanager
def waiting(words: str) -> Iterator[Callable[[str], object]]:
    """A sign that something is under way, where somebody looks; a function that changes its words."""
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True, highlight=False).status(Text(plain(words))) as status:
        yield lambda new: status.update(Text(plain(new)))


@contextlib.contextmanager
def transfers(wanted: bool = True) -> Iterator[Callable[[str, str, int, int], object]]:
    """A line for each thing that is copied, with its rate and the time left: show(key, words, bytes so far, bytes in
    all), from any thread. Nothing is drawn where nobody looks, and nothing is left of it."""
    if not (wanted and looks()):
        yield lambda key, words, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(20), DownloadColumn(), TransferSpeedColumn())
    tasks: dict[str, Any] = {}
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, redirect_stdout=False) as bars:

        def show(key: str, words: str, done: int, of: int) -> None:
            if key not in tasks:
                tasks[key] = bars.add_task(plain(words), total=of)
            bars.update(tasks[key], description=plain(words), completed=done, total=max(of, 1))

        yield show


def loud(line: str) -> None:
    """One line in bold, where there are colours."""
    _put(click.style(plain(line), bold=True))


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
