# SPDX-License-Identifier: MIT
"""Report: make the page that shows your walks.

in    a store
out   one HTML file that holds everything it shows; the path of it on stdout
not   anything sent anywhere: the page loads nothing and runs no script
"""

from __future__ import annotations

import click

from retrostep_host.cli._terminal import say, say_json


@click.command("report")
@click.option("--store", metavar="FILE", help="The store to read; your own by default.")
@click.option("--out", metavar="FILE", default="retrostep-report.html", show_default=True, help="The page to write.")
@click.option("--session", metavar="N", type=int, help="Only this session, as `retrostep list` numbers them.")
@click.option("--device", metavar="UID", help="Only this board; the first digits of its UID are enough.")
@click.option("--code", help="Only walks with this participant code.")
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(
    store: str | None,
    out: str,
    session: int | None,
    device: str | None,
    code: str | None,
    show: bool,
    as_json: bool,
) -> None:
    """Make the page that shows your walks: steps by direction, cadence, alerts, days.

    The page is one file that a phone, a printer and a mail can carry.
    """
    from pathlib import Path

    from retrostep_host import home
    from retrostep_host.report import page

    target = page.write(home.store_path(store), Path(out), session=session, device=device, code=code)
    if as_json:
        say_json({"report": str(target.absolute())})
    else:
        say(f"The report is {target.absolute()}")
    if show:
        click.launch(target.absolute().as_uri())
