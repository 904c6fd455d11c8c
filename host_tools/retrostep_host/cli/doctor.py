# SPDX-License-Identifier: MIT
"""Doctor: find out why something does not work, and say what to do.

in    this computer, and the board on its cable if there is one
out   one line for each thing that was looked at; exit code 1 when something is in the way
"""

from __future__ import annotations

import click

from retrostep_host.cli._terminal import say, say_json

SIGNS = {"ok": "ok ", "note": "-- ", "trouble": "!! "}


@click.command("doctor")
@click.option("--port", metavar="PATH", help="Look closer at this port.")
@click.option("--store", metavar="FILE", help="The store to look at; your own by default.")
@click.option("--bundle", metavar="FILE", help="Also write one file to send to a helper; names and dates left out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def command(port: str | None, store: str | None, bundle: str | None, as_json: bool) -> int:
    """Look at everything between this computer and the board, and change nothing.

    Lines that begin with !! stand in the way; the words after the arrow say what to do.
    """
    from dataclasses import asdict

    from retrostep_host import examination

    found = examination.examine(store, port)
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
