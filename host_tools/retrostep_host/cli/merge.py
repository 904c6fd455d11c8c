# SPDX-License-Identifier: MIT
"""Merge: Bring the walks of another store into this one.

in    another computer's store, or a backup
out   one store with everything of both; what differs, in sentences
not   a choice between two that differ: both stand beside each other
"""

from __future__ import annotations

import click

from retrostep_host.cli import _safe
from retrostep_host.cli._terminal import bar, progress, say, say_json


@click.command("merge")
@click.argument("other", metavar="FILE")
@click.option("--store", metavar="FILE", help="The store that takes them; your own by default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(other: str, store: str | None, as_json: bool) -> None:
    """Bring everything of another store (another computer's, a backup) into this one; FILE is only read.

    A walk that both have is there once. Walks under one number that differ stand beside each other. Corrections and
    notes of both are kept; where both say something, the later holds and both are named. All of it or nothing.
    """
    from pathlib import Path

    from retrostep_host import home
    from retrostep_host.store import moving

    path = home.store_path(store)
    with _safe.meanwhile(f"{path} is as it was, and {other} was only read.", f"{path} has everything of {other}."):
        found = moving.merge(path, Path(other), None if as_json else bar("Merging"))
    progress("")
    if as_json:
        say_json(vars(found))
        return
    more = f", {found.more} were longer there" if found.more else ""
    came = f"{found.corrections} corrections and notes came in"
    new, had = f"{found.new} new walk{'s' * (found.new != 1)}", f"{found.had} {'was' if found.had == 1 else 'were'}"
    say(f"{new}, {had} here already{more}; {came}.")
    for sentence in found.said:
        say(sentence)
