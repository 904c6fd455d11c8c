# SPDX-License-Identifier: MIT
"""Export: write your walks as tables for a spreadsheet or for R.

in    a store
out   session.csv, stride.csv, event.csv and columns.txt, which explains them
"""

from __future__ import annotations

import click

from retrostep_host.cli import _whose
from retrostep_host.cli._terminal import say, say_json


@click.command("export")
@click.option("--store", metavar="FILE", help="The store to read; your own by default.")
@click.option("--out", metavar="DIR", default="retrostep-export", show_default=True, help="Folder for the tables.")
@_whose.options
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(
    store: str | None,
    out: str,
    numbers: tuple[str, ...],
    session: int | None,
    device: str | None,
    codes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write your walks as three tables: sessions, strides, events.

    Times are given in UTC together with the zone where you walked; columns.txt explains every column. The sessions say
    whose they are, the others name the walk. Of a walk that several boards saw, each step stands there once; what the
    other boards saw of it is in tables of their own (other_session.csv, …), to be laid beside and not added.
    """
    from pathlib import Path

    from retrostep_host import home
    from retrostep_host.export import tables
    from retrostep_host.store import Store, choose, together

    with Store(home.store_path(store), write=False) as opened:
        walks = choose.spelled(_whose.chosen(opened, numbers, session, device, codes, mixed=True))
        said = [*choose.left_out(choose.excluded(opened, walks)), *choose.corrected(walks)]
    written = tables.write(walks, Path(out))
    if as_json:
        say_json({"folder": str(Path(out).absolute()), "files": [path.name for path in written], "walks": len(walks)})
        return
    words = "1 walk" if len(walks) == 1 else f"{len(walks)} walks"
    say(f"{words} in {', '.join(path.name for path in written)}, in the folder {Path(out).absolute()}")
    for sentence in [*together.doubtful(walks), *said]:
        say(sentence, err=True)
