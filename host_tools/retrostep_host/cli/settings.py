# SPDX-License-Identifier: MIT
"""Settings: Show and change what may be adjusted on the board.

in    NAME=VALUE pairs, the code of a new wearer; a plugged-in board
out   the settings in force, with what is allowed; changed ones are kept on the board over reboots
"""

from __future__ import annotations

import click

from retrostep_host.cli import _safe
from retrostep_host.cli._terminal import ask, asks, bar, confirm, progress, say, say_json


@click.command("settings", short_help="Show and change the board's settings.")
@click.argument("changes", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--port", metavar="PATH", help="The board's data port; default: find it.")
@click.option("--pin", help="The PIN of a locked board; asked for when it is needed.")
@click.option("--lock", is_flag=True, help="Lock the board with a PIN: no console, no drive, no sync without it.")
@click.option("--unlock", "open_it", is_flag=True, help="Remove the lock for good.")
@click.option("--new-wearer", metavar="CODE", help="Hand the board over: nothing of the last wearer's is inherited.")
@click.option("--identify", is_flag=True, help="Make the board buzz, to see which one it is.")
@click.option("--erase", is_flag=True, help="Delete every walk on the board, synced or not; asks first.")
@click.option("--yes", is_flag=True, help="Do not ask before --erase.")
@click.option("--table", is_flag=True, help="What can be set, without a board.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(
    changes: tuple[str, ...],
    port: str | None,
    pin: str | None,
    lock: bool,
    open_it: bool,
    new_wearer: str | None,
    identify: bool,
    erase: bool,
    yes: bool,
    table: bool,
    as_json: bool,
) -> int:
    """Show and change the board's settings.

    A setting given here is kept on the board, survives reboots, and wins over `settings.toml` on its drive.

    A changed code is another person: the plan on the board begins anew and asks its safety question again, what the
    board learnt about how it sits and walks is forgotten, and side, aid and ground go back to their defaults, unless
    they are given as well. --new-wearer does the same even when the code stays, or nobody has one ("").

    \b
    retrostep settings                          what is in force
    retrostep settings steps_goal=600 side=left
    retrostep settings --new-wearer P-02 side=left      the board goes to somebody else
    retrostep settings --table                  what can be set
    """
    wanted = [parse(change) for change in changes]
    if new_wearer is not None:
        wanted = [("code", parse(f"code={new_wearer}")[1]), *(one for one in wanted if one[0] != "code")]
    wanted.sort(key=lambda one: one[0] != "code")  # a new code resets others, which may be given as well
    if table:
        from retrostep import settings

        _show(settings.defaults(), as_json)
        return 0
    from retrostep_host import codes
    from retrostep_host.cli.sync import unlock
    from retrostep_host.errors import BadAnswer
    from retrostep_host.store.rows import folded
    from retrostep_host.sync import find

    client, hello = find.connect(port)
    try:
        hello = unlock(client, hello, pin)
        if identify:
            client.identify()
        if open_it:
            client.set_pin(None)
        if lock:
            client.set_pin(_new_pin())
        if erase:
            _erase(client, hello, yes)
        before = client.settings().get("code", "")
        if new_wearer is None:  # p-10 is P-10, as in the store: not somebody else
            same = [name == "code" and folded(value) == folded(before) for name, value in wanted]
            wanted = [(name, before if is_same else value) for (name, value), is_same in zip(wanted, same, strict=True)]
        begins: bool | None = False
        if new_wearer is not None and before == wanted[0][1]:
            begins = client.set("code", "-" if before != "-" else "")
        for name, value in wanted:
            begins = client.set(name, value) or begins
        in_force = client.settings()
        plan = client.plan() if begins else b""
    finally:
        client.port.close()
    if not (in_force or client.doubtful):
        raise BadAnswer.of("The board names not one setting")
    after = in_force.get("code", "")
    handed = before != after or new_wearer is not None
    _show(in_force, as_json, client.doubtful, {"new_wearer": {"from": before, "to": after}} if begins else {})
    if begins:
        _handed_over(before, after, plan)
    elif handed and wanted:
        say(
            "This board's firmware does not know of new wearers: its plan still counts as confirmed, and side, aid and "
            "ground are those of the last one. `retrostep install`, then this again.",
            err=True,
        )
    if warning := codes.warning(after) if wanted else "":
        say(warning, err=True)
    if lock or open_it:
        where = "at its next start" if lock else "from now on; console and drive come back at its next start"
        say(f"The board is {'locked' if lock else 'open'} {where}.", err=True)
    return 0


def _handed_over(before: str, after: str, plan: bytes) -> None:
    """What a new wearer begins with."""
    from retrostep_host import plans

    who = f"{after or 'Somebody without a code'}{f', after {before},' if before and before != after else ''}"
    say(
        f"A new wearer begins: {who} walks with this board from now on. What it had learnt about how it sits and how "
        "the last one walks is forgotten; side, aid and ground are at their defaults unless you gave them; the other "
        "settings and the walks on it stay, each walk with the code it was walked under.",
        err=True,
    )
    if plan:
        title = plans.name_of(plans.unpack(plan))
        say(f"The plan on it, {title}, is at its first session and asks its safety question again.", err=True)


def _erase(client, hello, yes: bool) -> None:
    """Write zeros over every walk on the board, after a question that names what is lost."""
    from retrostep_host import home
    from retrostep_host.errors import NotConfirmed
    from retrostep_host.sync import forget

    count = len(client.list())
    if not yes:
        if not asks():
            raise NotConfirmed("Erasing is asked for at a terminal, or confirmed with --yes. Nothing was erased.")
        question = f"Erase board {hello.device}? {count} walks on it are not on any computer yet and would be lost."
        confirm(question, abort=True)
    say("Erasing; leave the board plugged in, for a minute at most.", err=True)
    with _safe.meanwhile(f"Walks may still be on board {hello.device}: run `retrostep settings --erase` again."):
        count = forget.board(client, hello, home.folder() / "partial", bar("Erasing the board"))
    progress("")
    say(f"Erased, {count} unsynced walks among it.", err=True)


def parse(change: str) -> tuple[str, object]:
    """A checked (name, value) of NAME=VALUE. Raises BadSetting with what is allowed."""
    from retrostep import settings

    from retrostep_host.errors import BadSetting

    name, equals, value = change.partition("=")
    name = name.strip().lower().removeprefix("retrostep_")
    if not equals:
        raise BadSetting(f"{change} is no setting; write NAME=VALUE, such as steps_goal=600. Nothing was changed.")
    try:
        row = settings.row(name)
    except KeyError:
        import difflib

        near = difflib.get_close_matches(name, [one[1] for one in settings.TABLE], n=1)
        hint = f"did you mean {near[0]}?" if near else "`retrostep settings --table` lists them."
        raise BadSetting(f"There is no setting {name}; nothing was changed; {hint}") from None
    try:
        return name, settings.check(name, value.strip())
    except (ValueError, TypeError):
        raise BadSetting(f"{name} cannot be {value.strip()}; it may be {allowed(row)}. Nothing was changed.") from None


def allowed(row: tuple) -> str:
    """What a setting may be, in words."""
    from retrostep.settings import WORDS

    kind, limits, unit = row[2], row[4], WORDS[row[1]][0]
    if kind == "int":
        return f"{limits[0]} to {limits[1]}{' ' + unit if unit else ''}"
    return ", ".join(limits) if kind == "choice" else f"text of up to {limits} bytes"


def _show(
    values: dict[str, object], as_json: bool, doubtful: list[str] | tuple[()] = (), more: dict | None = None
) -> None:
    """What a board said, or the defaults; `doubtful`: names whose value cannot be."""
    from retrostep import settings

    if as_json:
        say_json({"settings": values, **({"not_allowed": doubtful} if doubtful else {}), **(more or {})})
        return
    for row in settings.TABLE:
        unit, words = settings.WORDS[row[1]]
        unit = f" {unit}" if unit and row[2] == "int" else ""
        if row[1] in values:
            shown = f"{values[row[1]]}{unit}" if values[row[1]] != "" else "(none)"
        else:
            shown = "set to what is not allowed" if row[1] in doubtful else "not known to this firmware"
        say(f"{row[1]:20} {shown:16} {words} ({allowed(row)})")


def _new_pin() -> str:
    from retrostep_host.errors import BadSetting
    from retrostep_host.sync import pins

    if not asks():
        raise BadSetting("A PIN is only taken at a terminal, so that it stays out of files. The board stays open.")
    while True:
        pin = ask(f"New PIN, at least {pins.DIGITS} digits or a phrase", hidden=True, twice=True)
        if not (why := pins.weakness(pin)):
            return pin
        say(f"Please another one: {why}.", err=True)
