# SPDX-License-Identifier: MIT
"""Export: write walks as tables for a spreadsheet, for R or for a database.

in    a store
out   session, day, bout, stride and event as CSV, XLSX or Parquet; data points of IEEE 1752.1; pages that explain them
"""

from __future__ import annotations

import click

from retrostep_host.cli import _whose
from retrostep_host.cli._terminal import bar, progress, say, say_json

FORMATS = ("csv", "xlsx", "parquet", "json")


@click.command("export")
@click.option("--store", metavar="FILE", help="The store to read; your own by default.")
@click.option("--out", metavar="DIR", default="retrostep-export", show_default=True, help="Folder for the tables.")
@click.option("--format", "formats", type=click.Choice(FORMATS), multiple=True, help="May be repeated; csv by default.")
@click.option("--bom/--no-bom", "mark", default=True, help="Begin CSV with a byte-order mark, as Excel needs.")
@_whose.options
@click.option("--from", "since", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="Only from this day on.")
@click.option("--to", "until", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="Only up to this day.")
@click.option("--jobs", metavar="N", type=click.IntRange(1, 64), help="Processes; one a core by default, at most 3.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(
    store: str | None,
    out: str,
    formats: tuple[str, ...],
    mark: bool,
    numbers: tuple[str, ...],
    session: int | None,
    device: str | None,
    codes: tuple[str, ...],
    since,
    until,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Write your walks as tables: sessions, days, bouts, strides, events.

    `session` has one row for each walk with what came of it: times, minutes and steps by direction, cadence, speed,
    stumbles, the plan. `day` adds up each person's days, `bout` has the names that mobgap aggregates (Mobilise-D).
    columns.txt explains every column, datapackage.json tells it to programs. Of a walk that several boards saw, each
    step stands there once; what the other boards saw of it is in tables of their own (other_session, …), to be laid
    beside and not added.

    \b
    retrostep export --code P-07 --code P-08 --from 2026-11-01 --to 2026-11-30
    retrostep export --format xlsx             one workbook; needs XlsxWriter
    retrostep export --format parquet          for DuckDB, Polars, R; needs pyarrow
    retrostep export --format json             data points of IEEE 1752.1 (Open mHealth), a line each
    """
    from pathlib import Path

    from retrostep_host import home
    from retrostep_host.export import tables
    from retrostep_host.store import Store, choose, together

    formats = tuple(dict.fromkeys(formats)) or FORMATS[:1]
    first, last = (day.date().isoformat() if day else None for day in (since, until))
    with Store(home.store_path(store), write=False) as opened:
        found = _whose.meant(opened, numbers, session, device, codes, True, first, last)
        walks = choose.spelled(found)
        said = [*choose.left_out(choose.excluded(opened, walks)), *choose.corrected(walks)]
        written = tables.write(walks, Path(out), opened, formats, mark, bar("Writing the tables"), jobs)
    progress("")
    undated = sum(walk.start is None for walk in walks) if "json" in formats else 0
    if undated:
        said.append(
            f"{undated} walk{'s' * (undated != 1)} without a clock {'is' if undated == 1 else 'are'} not in "
            f"{tables.POINTS}: a data point needs a time."
        )
    if as_json:
        say_json({"folder": str(Path(out).absolute()), "files": [path.name for path in written], "walks": len(walks)})
        return
    words = "1 walk" if len(walks) == 1 else f"{len(walks)} walks"
    say(f"{words} in {', '.join(path.name for path in written)}, in the folder {Path(out).absolute()}")
    for sentence in [*together.doubtful(walks), *said]:
        say(sentence, err=True)
