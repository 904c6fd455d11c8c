# SPDX-License-Identifier: MIT
"""Publish: Bring a folder that several sites share up to date with your walks.

in    a store; a folder that other computers publish into as well; the name of this site
out   Parquet files by site and month; a sentence on what came and went
not   names, notes, raw samples: codes only
"""

from __future__ import annotations

import click

from retrostep_host.cli._terminal import bar, progress, say, say_json


@click.command("publish")
@click.argument("folder", metavar="DIR")
@click.option("--site", envvar="RETROSTEP_SITE", required=True, help="This site: small letters, digits, hyphens.")
@click.option("--store", metavar="FILE", help="The store to read; your own by default.")
@click.option("--codes-checked", is_flag=True, help="Codes that look like names are codes all the same.")
@click.option("--jobs", metavar="N", type=click.IntRange(1, 64), help="Processes; one a core by default, at most 3.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(folder: str, site: str, store: str | None, codes_checked: bool, jobs: int | None, as_json: bool) -> None:
    """Bring a folder that several sites share up to date with your walks.

    Writes them into DIR as Parquet, where several sites make one cohort.

    Run it as often as you like: what is there already is not written again, what was corrected takes the place of what
    was there, what was deleted or excluded here leaves the folder. Stopped at any moment, what was there before holds.
    DIR may be a shared or synchronised folder. Codes only: no name, no note. `retrostep report --cohort DIR` reads all
    sites as one; `retrostep docs cohort` shows how DuckDB, Polars and Spark do.

    \b
    retrostep publish /mnt/study --site berlin
    """
    from pathlib import Path

    from retrostep_host import home
    from retrostep_host.cohort import places, publishing
    from retrostep_host.store import Store

    with Store(home.store_path(store), write=False) as opened:
        done = publishing.publish(opened, Path(folder), site, codes_checked, bar("Publishing"), jobs)
        places.remember(opened.path, Path(folder), site)
    progress("")
    if as_json:
        say_json({"folder": str(Path(folder).absolute()), **vars(done)})
        return
    parts = [f"{done.added} walk{'s' * (done.added != 1)} added"]
    parts += [f"{done.changed} changed"] if done.changed else []
    parts += [f"{done.gone} taken out"] if done.gone else []
    parts += [f"{done.kept} there already"] if done.kept else []
    parts += [f"{done.newer} left as another computer has them"] if done.newer else []
    say(f"{site}: {', '.join(parts)}, in {Path(folder).absolute()}")
    if done.newer:
        say(
            f"Of {done.newer} walk{'s' * (done.newer != 1)} another computer of {site} published more, or a later "
            "correction; that stays. `retrostep merge` brings its store into this one.",
            err=True,
        )
    if done.undated:
        say(f"{done.undated} of them without a clock, filed under the day they were copied.", err=True)
