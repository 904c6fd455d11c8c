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


def chosen(store: Store, *which: object, **more: object) -> list[Walk]:
    """The walks that are `meant`, whole (with steps and events)."""
    return [store.full(walk) for walk in meant(store, *which, **more)]  # type: ignore[arg-type]


def meant(
    store: Store,
    numbers: tuple[str, ...] = (),
    session: int | None = None,
    device: str | None = None,
    codes: tuple[str, ...] = (),
    mixed: bool = False,
    since: str | None = None,
    until: str | None = None,
) -> list[Walk]:
    """The walks with their counts and summaries. `mixed`: several people are meant, or kept apart by the verb. `since`
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
        return meant(store, (answer.strip(),), None, device, codes, mixed, since, until)
    except errors.SeveralPeople as error:
        if not asks():
            raise
        answer = ask(f"Walks of several people are here ({', '.join(map(_name, error.codes))}). Whose? (or: all)")
        if answer.strip().lower() == "all":
            return meant(store, numbers, session, device, codes, True, since, until)
        codes = ("" if answer.strip() == _name("") else answer,)
        return meant(store, numbers, session, device, codes, mixed, since, until)
    return walks


def _name(code: str) -> str:
    return code or "no code"
