# SPDX-License-Identifier: MIT
"""Replay: Run the device's own gait engine over recordings on this computer.

in    recordings (.npz with a .json beside, or .csv)
out   a short table, or with --json one object a line (docs/contracts.md); the code of the error if the only file
      could not be read, 1 if one of several could not
"""

from __future__ import annotations

import click

from retrostep_host.cli import _recording
from retrostep_host.cli._terminal import say, say_json, stop_if_unread

_HEAD = f"{'recording':<40} {'s':>7} {'steps':>6} {'forward':>8} {'backward':>9} {'sideways':>9} {'unknown':>8}  alerts"


@click.command("replay", short_help="Run the device's own gait engine over recordings.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="One JSON object per recording, one per line, nothing else.")
@click.option("--placement", type=click.Choice(["ankle", "foot", "wrist"]), help="Where it was worn, for every FILE.")
@click.option("--side", type=click.Choice(["left", "right", "unknown"]), help="Leg or arm, for every FILE.")
@click.option(
    "--alerts",
    type=click.Choice(["few", "usual", "many"]),
    default="usual",
    show_default=True,
    help="What the board's setting of that name would have said.",
)
@click.option("--rotate", type=int, metavar="SEED", help="Turn each file's sensor frame at random, the same per SEED.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Files at a time.")
@_recording.options
def command(
    files: tuple[str, ...],
    as_json: bool,
    placement: str | None,
    side: str | None,
    alerts: str,
    rotate: int | None,
    jobs: int,
    unit: tuple[str, ...],
    raw: str | None,
    columns: str | None,
    rate: float | None,
) -> int:
    """Run the device's own gait engine over recordings and print every step it finds.

    Each FILE is an .npz with its .json beside it, or a .csv (.txt, .tsv, .gz) with the columns t, acc_x … gyr_z in s,
    m/s² and rad/s; other names and units have options. What cannot be a person's motion in the unit that was said is
    refused. A quarter of a second or more without samples is a gap: it is named and the engine told, as on the board.

    \b
    retrostep replay walk.npz
    retrostep replay phone.csv --columns phyphox --placement ankle
    retrostep replay counts.csv --raw lsm6dsox:8g:1000dps
    retrostep replay --json *.npz --jobs 2 > steps.jsonl
    """
    from .. import extras
    from ..reasons import WORDS
    from ..replay import replay_all

    extras.need("replay")
    how = _recording.how(unit, raw, columns, rate)
    codes: set[int] = set()
    if not as_json:
        say(_HEAD)
    for result in replay_all(list(files), placement, side, rotate, jobs=jobs, alerts=alerts, **how):
        stop_if_unread()
        if "error" in result:
            codes.add(result.pop("exit_code"))
        if as_json:
            say_json(result)
        elif "error" in result:
            say(result["error"], err=True)
        else:
            say(_row(result))
            for gap in result["gaps"]:
                took = _length(gap["duration_s"])
                say(f"  (no samples for {took} from {gap['t']:.1f} s on: steps there are not known)", err=True)
            for note in result.get("notes", ()):
                say(f"  ({note})", err=True)
            for name in result.get("doubts", ()):
                say(f"  ({WORDS[name]})", err=True)
            if result.get("placement_assumed"):
                say("  (the file does not say where it was worn: ankle assumed; `--placement` tells)", err=True)
    return codes.pop() if len(files) == 1 and codes else min(1, len(codes))


def _row(result: dict) -> str:
    by = result["steps_by_direction"]
    kinds = [event["kind"] for event in result["events"] if event["kind"] != "step"]
    alerts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("stumble", "fall", "wobble") if kind in kinds)
    gaps = [gap["duration_s"] for gap in result["gaps"]]
    if gaps:
        alerts = f"{alerts or '-'}; {len(gaps)} gap{'s' * (len(gaps) > 1)}, {_length(sum(gaps))}"
    name = result["recording"]
    name = name if len(name) <= 40 else "…" + name[-39:]
    return (
        f"{name:<40} {result['duration_s']:>7.1f} {result['steps']:>6} {by['forward']:>8} {by['backward']:>9} "
        f"{by['sideways']:>9} {by['unknown']:>8}  {alerts or '-'}"
    )


def _length(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
