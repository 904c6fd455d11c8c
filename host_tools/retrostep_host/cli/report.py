# SPDX-License-Identifier: MIT
"""Report: make the page that shows your walks.

in    a store
out   one HTML file that holds everything it shows; the path of it on stdout
not   anything sent anywhere: the page loads nothing and runs no script
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from retrostep_host.cli import _lang, _whose
from retrostep_host.cli._terminal import say, say_json

if TYPE_CHECKING:
    from pathlib import Path

    from retrostep_host.store import Store, Walk


@click.command("report")
@click.option("--store", metavar="FILE", help="The store to read; your own by default.")
@click.option("--out", metavar="FILE", default="retrostep-report.html", show_default=True, help="The page to write.")
@_whose.options
@click.option("--all", "everybody", is_flag=True, help="Everybody, each person apart.")
@_lang.option
@click.option("--cohort", metavar="DIR", help="All sites of a folder that `retrostep publish` fills.")
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(
    store: str | None,
    out: str,
    numbers: tuple[str, ...],
    session: int | None,
    device: str | None,
    codes: tuple[str, ...],
    everybody: bool,
    lang: str | None,
    cohort: str | None,
    show: bool,
    as_json: bool,
) -> None:
    """Make the page that shows your walks: one sheet of paper for a person, then each walk.

    The page is one file that a phone, a printer and a mail can carry. It shows one person: the plan, falls and
    stumbles, weeks, trends, walk tests, energy. With several codes, or with `--all`, it puts people side by side, adds
    nobody up, and prints a sheet for each. With `--cohort` it compares the people of several sites; then `--json`
    prints what the page shows.
    """
    from pathlib import Path

    if cohort is not None:
        if store or numbers or session is not None or device or codes or everybody:
            raise click.UsageError("--cohort shows all in the folder; it takes --out, --open, --lang and --json only.")
        _cohort(Path(cohort), Path(out), lang, show, as_json)
        return

    from retrostep_host import home, language
    from retrostep_host.report import page

    def pick(opened: Store) -> list[Walk]:
        return _whose.meant(opened, numbers, session, device, codes, everybody)

    with language.spoken(lang or language.default()):
        target = page.write(home.store_path(store), Path(out), pick)
    if as_json:
        say_json({"report": str(target.absolute())})
    else:
        say(f"The report is {target.absolute()}")
    if show:
        click.launch(target.absolute().as_uri())


def _cohort(folder: Path, out: Path, lang: str | None, show: bool, as_json: bool) -> None:
    from datetime import date

    from retrostep_host import language
    from retrostep_host.cohort import page, reading

    with reading.open_cohort(folder) as cohort:
        found = page.answer(cohort)
    if as_json:
        say_json(found)
        return
    with language.spoken(lang or language.default()):
        target = page.write(found, out, date.today()).absolute()
    people, sites = len(found["people"]), len(found["sites"])
    say(f"{people} {'person' if people == 1 else 'people'} at {sites} site{'s' * (sites != 1)}. The page is {target}")
    say(*page.notes(found), err=True)
    if show:
        click.launch(target.as_uri())
