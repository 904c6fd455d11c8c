# SPDX-License-Identifier: MIT
"""Doctor: find out why something does not work, and say what to do.

in    this computer, and the board on its cable if there is one
out   one line for each thing that was looked at; exit code 1 when something is in the way, or lost
"""

from __future__ import annotations

import click

from retrostep_host.cli._terminal import bar, progress, say, say_json

SIGNS = {"ok": "ok ", "note": "-- ", "trouble": "!! "}


@click.command("doctor")
@click.option("--port", metavar="PATH", help="Look closer at this port.")
@click.option(
    "--store", metavar="[FILE]", is_flag=False, flag_value="", help="Check and mend this store; without FILE your own."
)
@click.option("--bundle", metavar="FILE", help="Also write one file to send to a helper; names and dates left out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def command(port: str | None, store: str | None, bundle: str | None, as_json: bool) -> int:
    """Look at everything between this computer and the board, and change nothing there.

    Lines that begin with !! stand in the way; the words after the arrow say what to do.

    With --store, only the store is looked at (--port adds a board): each row is checked against the board's own bytes,
    which are kept beside the rows. Where they differ, or the file is damaged, a whole store is made of all that can be
    read and takes its place; the damaged file is kept beside it. Exit code 1 then means that something could not be
    saved; its line says what.

    \b
    retrostep doctor
    retrostep doctor --store
    retrostep doctor --store /media/backup/retrostep.sqlite3 --json
    """
    from dataclasses import asdict

    from retrostep_host import examination

    found = examination.examine(store or None, port, store is not None, None if as_json else bar("Checking the store"))
    progress("")
    if as_json:
        say_json({"findings": [asdict(one) for one in found]})
    else:
        for one in found:
            say(f"{SIGNS[one.state]}{one.about:9}{one.words}")
            if one.advice:
                say(f"            → {one.advice}")
    if bundle:
        from pathlib import Path

        from retrostep_host import bundle as bundles

        bundles.write(Path(bundle), found, port)
        say(f"Wrote {bundle}: what is above and the board's own counters and troubles; look into it.", err=True)
    return 1 if any(one.state == "trouble" for one in found) else 0
