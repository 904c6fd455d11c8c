# SPDX-License-Identifier: MIT
"""Demo: watch a walk become a report; no hardware needed.

in    nothing, or a recording
out   DIR with the page, the store, and the generated walk with its truth; a summary on stdout
keeps with `--keep` also the virtual board's drive, in DIR
not   a simulation of its own: it runs `walk` and `sync` as you would, and reads what they stored
"""

from __future__ import annotations

import click


@click.command("demo")
@click.option("--recording", metavar="FILE", help="Walk this recording (.npz or .csv) instead of a generated walk.")
@click.option("--out", metavar="DIR", default="retrostep-demo", show_default=True, help="Where the page goes.")
@click.option("--keep", is_flag=True, help="Keep the virtual board's drive in DIR, to look at.")
@click.option("--open/--no-open", "show", default=False, help="Open the page in the browser at the end.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of the summary.")
def command(recording: str | None, out: str, keep: bool, show: bool, as_json: bool) -> None:
    """Watch a walk become a report; no hardware needed.

    A virtual wearable boots the same firmware as a real one, walks forward and backward, buzzes and logs; then it is
    plugged in, its session is copied over the (virtual) USB cable, verified, and drawn.
    """
    import json
    from pathlib import Path

    from rich.console import Console

    from retrostep_host import demonstration

    console = Console(stderr=True, highlight=False)
    with console.status("Getting a board ready …") as status:
        shown = demonstration.run(
            Path(recording) if recording else None, Path(out), keep, lambda words: status.update(f"{words} …")
        )
    if as_json:
        click.echo(json.dumps(demonstration.as_json(shown)))
    else:
        _print(shown, demonstration)
    if show:
        click.launch(shown.page.as_uri())


def _print(shown: object, demonstration: object) -> None:
    import rich.box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print()
    console.print(f"[bold]{demonstration.headline(shown)}[/bold]")
    console.print(demonstration.story(shown))
    console.print()
    table = Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("direction")
    if shown.truth is not None:
        table.add_column("walked", justify="right")
    table.add_column("counted", justify="right")
    for name, walked, counted in demonstration.table(shown):
        table.add_row(name, *([] if shown.truth is None else [str(walked)]), str(counted))
    console.print(table)
    for line in demonstration.felt(shown):
        console.print(line)
    console.print()
    console.print("The page:", style="bold", end=" ")
    console.print(str(shown.page), soft_wrap=True)
    console.print("The same walks again: ", end="")
    console.print(f"retrostep list --store {shown.store}", soft_wrap=True)
