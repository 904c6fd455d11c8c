# SPDX-License-Identifier: MIT
"""The command `retrostep`: finds the verbs, and is the only place that prints an error or exits.

in    argv
out   an exit code: 0 fine, 2 wrong usage, 130 Ctrl-C, else the code of the error (retrostep_host.errors); 0 as well
      when the reader of our output has seen enough (head, less)
keeps nothing
not   a list of verbs: each file of this folder is one, and its help line is the first line of its docstring,
      read as text, so that `retrostep --help` imports none of them (<= 0.3 s)
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import traceback
from pathlib import Path

import click

from retrostep_host import errors, extras
from retrostep_host.cli import _safe, _terminal
from retrostep_host.cli._terminal import say
from retrostep_host.text import typed

HERE = Path(__file__).parent
FIRST = (
    *("demo", "sync", "people", "list", "report", "person", "edit", "live", "export", "publish"),
    *("settings", "plan", "install", "doctor"),
)
EXAMPLES = """\b
First time, with no hardware:   retrostep demo
Every day, board plugged in:    retrostep sync, then retrostep report
What went wrong:                retrostep doctor
"""


def verbs() -> list[str]:
    """All verbs, the everyday ones first; a verb is a file of this folder."""
    found = {file.stem for file in HERE.glob("*.py") if not file.stem.startswith("_")} - {"main"}
    return [verb for verb in FIRST if verb in found] + sorted(found - set(FIRST))


def help_line(verb: str) -> str:
    """The first line of the verb's docstring, without its "Name: ", read as text."""
    try:
        text = (HERE / f"{verb}.py").read_text(encoding="utf-8")
    except OSError:
        return ""
    start = text.find('"""')
    line = text[start + 3 :].split('"""')[0].split("\n")[0].strip() if start >= 0 else ""
    head, colon, rest = line.partition(": ")
    line = rest if colon and " " not in head else line
    return line[:1].upper() + line[1:]


class _Formatter(click.HelpFormatter):
    """Help as the reader types it."""

    def getvalue(self) -> str:
        return typed(super().getvalue())


class _Context(click.Context):
    formatter_class = _Formatter


class Verbs(click.Group):
    """A click group whose verbs are imported when they are called."""

    context_class = _Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        return verbs()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in verbs():
            return None
        command = importlib.import_module(f"retrostep_host.cli.{cmd_name}").command
        for one in (command, *getattr(command, "commands", {}).values()):
            one.context_class = _Context
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple:
        word = args[0] if args else ""
        if word and not word.startswith("-") and word not in verbs():
            import difflib

            near = difflib.get_close_matches(word.lower(), verbs(), n=1, cutoff=0.5)
            hint = f" Did you mean '{near[0]}'?" if near else " `retrostep --help` lists them all."
            raise click.UsageError(f"There is no verb '{word}'.{hint}", ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            _once(command, rest, ctx)
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, help_line(verb)) for verb in verbs()])


def _once(command: click.Command, args: list[str], ctx: click.Context) -> None:
    """Of an option that takes one value, click uses the last of several: `delete --code A --code B` deleted B. Raises
    UsageError."""
    words = [arg.partition("=")[0] for arg in (args[: args.index("--")] if "--" in args else args)]
    for option in command.params:
        takes_one = isinstance(option, click.Option) and not (option.multiple or option.is_flag or option.count)
        if takes_one and sum(word in option.opts for word in words) > 1:
            raise click.UsageError(f"`{option.opts[0]}` is given twice, and takes one value. Nothing was done.", ctx)


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from retrostep_host.version import LINE

        say(LINE)
        ctx.exit()


@click.command(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXAMPLES,
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print it.")
def cli() -> None:
    """Retrostep: a wearable for people who walk backwards, and the computer's side of it."""


def _say(*sentences: str) -> None:
    say(*sentences, err=True)


def _run(args: list[str] | None) -> int:
    _terminal.reset()
    _safe.reset()
    code = _do(args)
    failure = _terminal.failure()
    if failure is None or isinstance(failure, BrokenPipeError):  # the reader of our output (head, less) has seen enough
        return code
    _say(f"Not everything could be said: standard output takes no more ({failure.strerror or failure}).")
    return code or errors.CannotWrite.exit_code


def _do(args: list[str] | None) -> int:
    try:
        result = cli.main(args=args, prog_name=os.environ.get("RETROSTEP_AS", "retrostep"), standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.UsageError as error:
        asked = error.ctx.command_path if error.ctx else "retrostep"
        _say(error.format_message(), f"Try `{asked} --help`.")
        return error.exit_code
    except click.ClickException as error:
        _say(error.format_message())
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say(f"Stopped. {_safe.words()}")
        return errors.INTERRUPTED
    except (BrokenPipeError, SystemExit):  # a show whose reader went away; SystemExit is click's word for it
        return 0
    except errors.RetrostepError as error:
        _say(str(error))
        return error.exit_code
    except OSError as error:
        if error is _terminal.failure():
            return errors.CannotWrite.exit_code
        if os.environ.get("RETROSTEP_DEBUG"):
            raise
        sentence = errors.from_os(error, "the work", _safe.words())
        _say(str(sentence))
        return sentence.exit_code
    except MemoryError:
        _say(f"The computer ran out of memory. {_safe.words()} Close programs and try again.")
        return errors.INTERNAL
    except Exception as error:
        if os.environ.get("RETROSTEP_DEBUG"):
            raise
        if isinstance(error, ImportError) and (lacking := extras.missing(error)):
            _say(f"{lacking} {_safe.words()}")
            return lacking.exit_code
        _say(
            f"Retrostep made a mistake of its own ({type(error).__name__}: {error}). {_safe.words()} "
            "Run it again with RETROSTEP_DEBUG=1 to see where, and please report it."
        )
        return errors.INTERNAL


def main(args: list[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    gc.set_threshold(200_000, 20, 20)  # thousands of rows are read at once, and looked through for cycles in vain
    try:
        sys.exit(_run(args))
    except Exception:  # RETROSTEP_DEBUG lets them through; what they quote is shown and not obeyed either
        _say(*traceback.format_exc().splitlines())
        sys.exit(errors.INTERNAL)


if __name__ == "__main__":
    main()
