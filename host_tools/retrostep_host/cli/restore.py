# SPDX-License-Identifier: MIT
"""Restore: Put a backup in the place of the store.

in    a backup; a yes, when the store has walks that the backup lacks
out   the store as it was then; where the one it replaced is kept
not   a mixture: `merge` makes one of two
"""

from __future__ import annotations

import click

from retrostep_host.cli import _safe
from retrostep_host.cli._terminal import asks, bar, confirm, progress, say, say_json


@click.command("restore")
@click.argument("backup", metavar="FILE")
@click.option("--store", metavar="FILE", help="The store; your own by default.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(backup: str, store: str | None, yes: bool, as_json: bool) -> None:
    """Put a backup in the place of the store. The store that was there is kept beside it, under another name, and what
    it has and the backup lacks is named first. `retrostep merge FILE` brings two together instead.
    """
    from pathlib import Path

    from retrostep_host import errors, home
    from retrostep_host.store import moving

    path, source = home.store_path(store), Path(backup)
    moving._apart(path, source)
    try:
        lost = moving.missing(path, source)
    except (errors.DamagedStore, errors.NotAStore):
        if _is_readable(source):
            lost = 0  # the store itself is harmed: that is what backups are for; it is kept beside
        else:
            raise
    if lost and not yes:
        words = f"{lost} walk{'s' * (lost > 1)} in {path} {'are' if lost > 1 else 'is'} not in the backup"
        if not asks():
            raise errors.NotConfirmed(
                f"{words}; `retrostep merge {backup}` keeps both, `--yes` puts the backup in its place. "
                "Nothing was done."
            )
        confirm(f"{words}. They stay in a file beside it. Put the backup in its place?", abort=True)
    with _safe.meanwhile(f"{path} is as it was."):
        kept = moving.restore(path, source, None if as_json else bar("Copying"))
    progress("")
    if as_json:
        say_json({"store": str(path), "kept": str(kept) if kept else None})
        return
    say(f"{path} is the backup now.")
    if kept:
        say(f"The store before is kept as {kept}.")


def _is_readable(source) -> bool:
    from retrostep_host.store import Store

    with Store(source, write=False) as store:
        store.check()
    return True
