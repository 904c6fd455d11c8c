# SPDX-License-Identifier: MIT
"""Capture: Record labelled raw motion while the board leads by buzzes.

in    a plugged-in board, a script in seconds (or the built-in one)
out   NAME.npz and NAME.json, which `replay` and the benches take; an existing file is never overwritten
"""

from __future__ import annotations

from pathlib import Path

import click

from retrostep_host.cli import _safe
from retrostep_host.cli._terminal import ask, asks, say, say_json


@click.command("capture", short_help="Record labelled raw motion while the board leads by buzzes.")
@click.argument("name", type=click.Path())
@click.option("--script", default="capture", metavar="FILE", help="What to ask for (retrostep docs capture).")
@click.option("--subject", default="", help="A code for the wearer, never a name.")
@click.option("--note", "remark", default="", help="Shoes, ground, aid, anything that helps later.")
@click.option("--all", "every", is_flag=True, help="Every board on this computer at once: both wrists and an ankle.")
@click.option("--port", metavar="PATH", help="The board's data port; default: find it.")
@click.option("--pin", help="The PIN of a locked board.")
@click.option("--yes", is_flag=True, help="Begin at once instead of waiting for Enter.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(
    name: str,
    script: str,
    subject: str,
    remark: str,
    every: bool,
    port: str | None,
    pin: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Record raw motion, labelled, into NAME.npz and NAME.json.

    The board stays on its cable: somebody walks along with the computer and reads out what comes next. One buzz marks
    each change, three short ones the end.

    With --all every board on the computer records the same course, each into its own files (NAME-wrist-left.npz); three
    slaps on the leg at both ends, which all of them feel, lay their clocks on each other.

    \b
    retrostep capture walks/anna-1 --subject A1 --note "own shoes, corridor"
    retrostep capture walks/anna-1 --all --script wrists --subject A1
    """
    from retrostep_host import capturing, extras, plans, replay
    from retrostep_host.cli.sync import unlock
    from retrostep_host.errors import CannotWrite, LinkBroken
    from retrostep_host.sync import find
    from retrostep_host.virtual.walking import script as scripts

    extras.need("replay")
    if every:
        from retrostep_host.cli import _capture_all

        return _capture_all.run(name, script, subject, remark, pin, yes, as_json)
    target = Path(name if name.endswith(".npz") else name + ".npz")
    if target.exists() or target.with_suffix(".json").exists():
        raise CannotWrite(f"{target} is there already and stays as it is; choose another name.")
    _may_write(target)
    todo = capturing.pieces(scripts.read(script))
    client, hello = find.connect(port)
    try:
        unlock(client, hello, pin)
        say(plans.SAFETY[0], err=True)
        say(f"{len(todo)} pieces, {sum(piece.seconds for piece in todo):.0f} s.", err=True)
        if not yes and asks():
            ask("Press Enter when everybody is ready", default="")

        def tell(piece: capturing.Piece, number: int) -> None:
            say(f"{number:>3}/{len(todo)}  {piece.says}, {piece.seconds:.0f} s", err=True)

        with _safe.meanwhile("Nothing of this recording was saved; run the same command again."):
            recording = capturing.capture(client, todo, tell)
    finally:
        client.port.close()
    recording.meta.update(subject=subject, remark=remark, script=[f"{p.says} {p.seconds:g} s" for p in todo])
    target = _saved(recording, target)
    share = 100 * recording.meta["samples_lost"] / (recording.duration_s * recording.fs + 1)
    if not as_json:
        say(f"Saved {target} ({recording.duration_s:.0f} s) and {target.with_suffix('.json').name}.")
        if share:
            say(f"{share:.1f} % of the samples were lost on the way; replay names the holes that matter.")
    for doubt in recording.meta.get("doubts", ()):
        say(f"Please check the .json: {doubt}.", err=True)
    stopped = recording.meta.get("stopped")
    by = {} if stopped else replay.replay(str(target))["steps_by_direction"]
    if as_json:
        say_json(
            {
                "recording": str(target.absolute()),
                "duration_s": round(recording.duration_s, 3),
                "samples_lost": recording.meta["samples_lost"],
                "complete": not stopped,
                "steps_by_direction": by,
            }
        )
    if stopped:
        raise LinkBroken(f"What came until then is saved. {stopped}")
    if as_json:
        return 0
    say("The engine sees " + ", ".join(f"{count} {direction}" for direction, count in by.items()) + " steps.")
    return 0


def _may_write(target: Path) -> None:
    """A folder that takes no file is said before anybody walks, not after."""
    from retrostep_host.errors import from_os

    probe = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise from_os(error, "making a place for the recording") from error


def _saved(recording, target: Path) -> Path:
    """Where the recording is: at `target`, or where there is room."""
    import tempfile

    from retrostep_host import recordings
    from retrostep_host.errors import from_os

    try:
        return recordings.save(recording, target)
    except OSError as error:
        say(str(from_os(error, "saving the recording")), err=True)
        return recordings.save(recording, Path(tempfile.mkdtemp(prefix="retrostep-")) / target.name)
