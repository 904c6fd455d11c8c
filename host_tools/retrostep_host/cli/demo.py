# SPDX-License-Identifier: MIT
"""Demo: watch a walk become a report; no hardware needed.

in    nothing, or a recording
out   DIR with the page, the store, and the generated walk with its truth; a summary on stdout
keeps with `--keep` also the virtual board's drive, in DIR
not   a simulation of its own: it runs `walk` and `sync` as you would, and reads what they stored
"""

from __future__ import annotations

import click

from retrostep_host.cli._terminal import loud, say, say_json, table, waiting


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
    from pathlib import Path

    from retrostep_host import demonstration, extras

    extras.need("replay")
    with waiting("Getting a board ready …") as status:
        shown = demonstration.run(
            Path(recording) if recording else None, Path(out), keep, lambda words: status(f"{words} …")
        )
    if as_json:
        say_json(demonstration.as_json(shown))
    else:
        _print(shown, demonstration)
    if show:
        click.launch(shown.page.as_uri())


def _print(shown: object, demonstration: object) -> None:
    import shutil
    import textwrap

    say("")
    loud(demonstration.headline(shown))
    say(*textwrap.wrap(demonstration.story(shown), shutil.get_terminal_size().columns), "")
    names = ["direction", *([] if shown.truth is None else ["walked"]), "counted"]
    rows = [
        (name, *([] if shown.truth is None else [walked]), counted)
        for name, walked, counted in demonstration.table(shown)
    ]
    table([(name, "left" if name == "direction" else "right") for name in names], rows)
    say(*demonstration.felt(shown), "", f"The page: {shown.page}")
    say(f"The same walks again: retrostep list --store {shown.store}")
