# SPDX-License-Identifier: MIT
"""Demo: watch a walk become a report; no hardware needed.

in    nothing, or a recording
out   DIR with the page, the store, and the generated walk with its truth; a summary on stdout
keeps with `--keep` also the virtual board's drive, in DIR
      with `--practice`, a made-up practice instead: twelve people, eight weeks
not   a simulation of its own: it runs `walk` and `sync` as you would, and reads what they stored
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from retrostep_host.cli._terminal import loud, say, say_json, table, waiting


@click.command("demo")
@click.option("--recording", metavar="FILE", help="Walk this recording (.npz or .csv) instead of a generated walk.")
@click.option("--practice", metavar="DIR", help="A practice of twelve people and eight weeks in DIR instead.")
@click.option("--plug-in", is_flag=True, help="Plug in the practice's boards, the last visit on them.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another practice.")
@click.option("--out", metavar="DIR", default="retrostep-demo", show_default=True, help="Where the page goes.")
@click.option("--keep", is_flag=True, help="Keep the virtual board's drive in DIR, to look at.")
@click.option("--open/--no-open", "show", default=False, help="Open the page in the browser at the end.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of the summary.")
def command(
    recording: str | None,
    practice: str | None,
    plug_in: bool,
    seed: int,
    out: str,
    keep: bool,
    show: bool,
    as_json: bool,
) -> None:
    """Watch a walk become a report; no hardware needed.

    A virtual wearable boots the same firmware as a real one, walks forward and backward, buzzes and logs; then it is
    plugged in, its session is copied over the (virtual) USB cable, verified, and drawn.

    With `--practice DIR` nobody walks: the day's work of a helper with twelve people on four boards is made up, with
    plans, stumbles, clocks that were not set, and somebody who is behind. practice.json says who is who.
    With `--plug-in` the walks of the last visit are still on the boards, which stay plugged in until Ctrl-C, for
    `sync --all` in another terminal.
    """
    if practice is not None:
        _practice(Path(practice), seed, plug_in, as_json)
        return
    if plug_in:
        raise click.UsageError("--plug-in is for the boards of a --practice.")

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


def _practice(folder: Path, seed: int, plug_in: bool, as_json: bool) -> None:
    from retrostep_host import practice
    from retrostep_host.cli._terminal import bar, progress

    if plug_in:
        from retrostep_host import extras

        extras.need("replay")
        if boards := practice.boards(folder):  # made before: they hold what they hold
            _plugged_in(boards, folder / "store.sqlite3", as_json)
            return
    made = practice.make(folder, seed, progress=None if as_json else bar("Walking"), boards_hold_last=plug_in)
    progress("")
    if as_json:
        say_json({"store": str(made.store), "walks": made.walks, "people": made.people, "boards": made.boards})
    if plug_in:
        if not as_json:
            say(f"{len(made.people)} people, {made.walks} walks in {made.store}; the last visit's are on the boards.")
        _plugged_in(made.boards, made.store, as_json)
        return
    if as_json:
        return
    say(f"{len(made.people)} people, {made.walks} walks up to {made.until}, in {made.store}")
    say(f"Who is behind, who stumbled? retrostep people --store {made.store}")
    say(f"Answers: {made.store.parent / 'practice.json'}")


def _plugged_in(boards: Sequence[str | Path], store: Path, as_json: bool) -> None:
    import signal
    import threading

    from retrostep_host import practice
    from retrostep_host.cli._terminal import waiting

    def pulled(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell starts its background jobs without it
        signal.signal(number, pulled)
    try:
        with waiting("The boards start …") as status, practice.plug_in(boards):
            if as_json:
                say_json({"plugged_in": [str(one) for one in boards]})
            else:
                say(f"{len(boards)} boards are plugged in, until Ctrl-C. In another terminal:")
                say(f"  retrostep sync --all --store {store}", f"  retrostep people --store {store}",
                    f"  retrostep report --all --open --store {store}")  # fmt: skip
            status("The boards are plugged in")
            threading.Event().wait()
    except KeyboardInterrupt:
        if not as_json:
            say("The boards are unplugged.")


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
