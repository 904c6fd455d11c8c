# SPDX-License-Identifier: MIT
"""Whose: which walks a verb is about, said in options and, where somebody sits, asked for.

in    a store; --walk, --session, --device, --code; an answer
out   walks as people walked them (store.choose.joined), of one person unless several were named
not   a mix that nobody asked for: without an answer it is refused, with the options that would do
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from retrostep_host.cli._terminal import ask, asks

if TYPE_CHECKING:
    from retrostep_host.store import Store, Walk


_WALK = "Only this walk, as `retrostep list` names it; may be repeated."


def options(command: Callable) -> Callable:
    """--walk, --session, --device and --code, the same for each verb that shows walks."""
    for option in (
        click.option("--code", "codes", multiple=True, help="Only walks with this participant code; may be repeated."),
        click.option("--device", metavar="UID", help="Only this board; the first digits of its UID are enough."),
        click.option("--session", metavar="N", type=int, help="Only this session of a board; see --walk."),
        click.option("--walk", "numbers", metavar="ID", multiple=True, help=_WALK),
    ):
        command = option(command)
    return command


def chosen(
    store: Store,
    numbers: tuple[str, ...] = (),
    session: int | None = None,
    device: str | None = None,
    codes: tuple[str, ...] = (),
    mixed: bool = False,
    whole: bool = True,
    since: str | None = None,
    until: str | None = None,
) -> list[Walk]:
    """The walks, `whole` (with steps and events). `mixed`: several people are meant, or kept apart by the verb. `since`
    and `until`: first and last day.

    Raises SeveralWalks and SeveralPeople where nobody can be asked, NoSuchSession, EmptyLog.
    """
    from retrostep_host import errors
    from retrostep_host.store import choose

    if "" in numbers or device == "":
        raise click.UsageError("An empty --walk or --device would choose every walk.")
    try:
        walks = choose.joined(store, session, device, codes, numbers, since, until)
        if not (mixed or len(codes) > 1 or numbers):
            choose.of_one(walks)
    except errors.SeveralWalks as error:
        if not asks():
            raise
        answer = ask(f"{error} Which walk?")
        return chosen(store, (answer.strip(),), None, device, codes, mixed, whole, since, until)
    except errors.SeveralPeople as error:
        if not asks():
            raise
        answer = ask(f"Walks of several people are here ({', '.join(map(_name, error.codes))}). Whose? (or: all)")
        if answer.strip().lower() == "all":
            return chosen(store, numbers, session, device, codes, True, whole, since, until)
        codes = ("" if answer.strip() == _name("") else answer,)
        return chosen(store, numbers, session, device, codes, mixed, whole, since, until)
    if not whole:
        return walks
    return [walk if walk.views else store.full(walk) for walk in walks]


def _name(code: str) -> str:
    return code or "no code"
