# SPDX-License-Identifier: MIT
"""Plan: Show, check and load a training plan.

in    a plan file (TOML or JSON), or the name of a built-in plan; the board over the link
out   the plan in words, or with --json as an object; the board's plan is replaced only by `load` and `remove`
"""

from __future__ import annotations

import click

from retrostep_host.cli._terminal import say, say_json

_PORT = click.option("--port", metavar="PATH", help="Serial port of the board's data channel.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")


@click.group("plan", short_help="Show, check and load a training plan.")
def command() -> None:
    """Show, check and load a training plan.

    \b
    retrostep plan show six_weeks               a built-in plan (first_steps, six_weeks, walk_test)
    retrostep plan show six_weeks --toml > my.toml      a copy to change
    retrostep plan check my.toml
    retrostep plan load my.toml                 onto the board that is plugged in
    retrostep plan show                         what the board holds, and how far it is
    """


@command.command("show", short_help="A plan in words: built-in, a file, or the board's.")
@click.argument("plan", required=False)
@click.option("--toml", "as_toml", is_flag=True, help="The file of a built-in plan itself, to copy and change.")
@_PORT
@_JSON
def show(plan: str | None, as_toml: bool, port: str | None, as_json: bool) -> int:
    """A plan in words: a built-in one by name, a file, or without PLAN the one on the board."""
    from retrostep_host import plans
    from retrostep_host.errors import BadSetting

    if as_toml:
        if plan not in plans.names():
            raise BadSetting(f"Only built-in plans are shown as a file; name one of {', '.join(plans.names())}.")
        say(*(plans.HERE / f"{plan}.toml").read_text(encoding="utf-8").splitlines())
        return 0
    if plan is not None:
        found = plans.read(plan)
    else:
        data = _ask(port, b"")
        if not data:
            say("{}" if as_json else "The board holds no plan; `retrostep plan load six_weeks` loads one.")
            return 0
        found = plans.unpack(data)
    _print(found, as_json)
    return 0


@command.command("check", short_help="Say whether a plan file is right.")
@click.argument("plan")
@_JSON
def check(plan: str, as_json: bool) -> int:
    """Read a plan and say what it asks for, or what is wrong with it. No board is needed."""
    from retrostep_host import plans

    _print(plans.read(plan), as_json)
    return 0


@command.command("load", short_help="Put a plan onto the board.")
@click.argument("plan")
@click.option("--restart", is_flag=True, help="Begin at the first session, even if the board is in the middle of it.")
@_PORT
@_JSON
def load(plan: str, restart: bool, port: str | None, as_json: bool) -> int:
    """Put a plan onto the board that is plugged in. The same plan keeps its progress, unless --restart is given.

    The board asks once, with two buzzes, before the first interval backward: a short press of its button says that
    the ground is flat, the way is free and somebody is near.
    """
    from dataclasses import replace

    from retrostep_host import plans

    wanted = plans.read(plan)
    held = _ask(port, b"")
    if held and not restart:
        before = plans.unpack(held)
        if plans.same(before, wanted):
            wanted = replace(wanted, done=before.done, confirmed=before.confirmed)
    _ask(port, wanted.pack())
    _print(wanted, as_json)
    if not as_json:
        for sentence in plans.SAFETY:
            say(sentence)
    return 0


@command.command("remove", short_help="Take the plan off the board.")
@_PORT
@_JSON
def remove(port: str | None, as_json: bool) -> int:
    """Take the plan off the board; its log stays."""
    held = _ask(port, b"")
    _ask(port, b"\0")
    if as_json:
        from retrostep_host import plans

        say_json({"removed": plans.name_of(plans.unpack(held)) if held else None})
        return 0
    say("The board holds no plan now.")
    return 0


def _ask(port: str | None, data: bytes) -> bytes:
    from retrostep_host.cli.sync import unlock
    from retrostep_host.sync import find

    client, hello = find.connect(port)
    try:
        unlock(client, hello, None)
        return client.plan(data)
    finally:
        client.port.close()


def _print(plan, as_json: bool) -> None:
    from retrostep_host import plans

    if not as_json:
        say(*plans.describe(plan))
        return
    from dataclasses import asdict

    row = asdict(plan)
    for week, made in zip(row["weeks"], plan.weeks, strict=True):
        week["intervals"] = [str(interval) for interval in made.intervals]
        week["backward_s"] = made.seconds("backward")
    say_json(dict(row, title=plans.name_of(plan), bytes=len(plan.pack())))
