# SPDX-License-Identifier: MIT
"""Emulate: Run the wearable on real CircuitPython in software, from a UF2 file.

in    a UF2 of an official build, a recording or a walk script, a drive folder
out   the board's serial channels in PORTS; with --json a line per state; DRIVE.flash and DRIVE.out
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from retrostep_host.cli import _recording
from retrostep_host.cli._terminal import progress, say, say_json


@click.command("emulate", short_help="Run the wearable on real CircuitPython in software.")
@click.argument("recording", required=False, type=click.Path())
@click.option("--uf2", required=True, type=click.Path(), help="An official CircuitPython build for an RP2040.")
@click.option("--drive", required=True, type=click.Path(), help="Folder that becomes the CIRCUITPY drive.")
@click.option("--ports", required=True, type=click.Path(), help="Folder for the serial ports console, data, control.")
@click.option("--board", default="pico_lsm6dsox", show_default=True, help="A board of `boards/`.")
@click.option("--script", type=click.Path(), help="Walk this script instead of a recording (retrostep docs walks).")
@click.option(
    "--placement", type=click.Choice(["ankle", "foot", "wrist"]), help="Where it is worn; default: the sidecar."
)
@click.option("--side", type=click.Choice(["left", "right", "unknown"]), help="Leg or arm; else the sidecar's.")
@_recording.options
@click.option("--rate-error", type=float, default=0.0, help="Share by which the sensor's clock is off, e.g. 0.03.")
@click.option("--fresh", is_flag=True, help="Make DRIVE.flash anew from DRIVE.")
@click.option("--exit", "leave", is_flag=True, help="End when the session is closed; else stay plugged in.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per state, nothing else.")
def command(
    recording: str | None,
    uf2: str,
    drive: str,
    ports: str,
    board: str,
    script: str | None,
    placement: str | None,
    side: str | None,
    unit: tuple[str, ...],
    raw: str | None,
    columns: str | None,
    rate: float | None,
    rate_error: float,
    fresh: bool,
    leave: bool,
    as_json: bool,
) -> int:
    """Boot real CircuitPython on an emulated RP2040, walk RECORDING, plug in and close the session.

    The board starts on battery, as on a leg. At the end of the walk the cable goes in: PORTS/console and PORTS/data
    appear, and `retrostep sync --port PORTS/data` fetches the session. Flash and nvm persist in DRIVE.flash, made from
    DRIVE once; the files are copied out to DRIVE.out. A busy board runs about ten times slower than real time.

    \b
    retrostep emulate --uf2 circuitpython.uf2 walk.npz --drive drive --ports ports
    """
    from retrostep_host import extras

    extras.need("emulate")
    from retrostep_host.virtual.rp2040 import start

    show = None
    if not as_json and sys.stderr.isatty():

        def show(share: float, t_s: float) -> None:
            progress(f"walked {100 * share:3.0f} %, board time {t_s:6.1f} s")

    def tell(state: str, t_s: float) -> None:
        if as_json:
            say_json({"state": state, "t_s": round(t_s, 3)})
        else:
            which = "left" if leave and state == "ended" else state
            say(f"{_SENTENCES[which].format(ports=ports, out=Path(drive).name + '.out')} ({t_s:.1f} s)")
        sys.stdout.flush()

    start.run(
        uf2=Path(uf2),
        recording=recording,
        script=script,
        drive=Path(drive),
        ports=Path(ports),
        board=board,
        placement=placement,
        side=side,
        rate_error=rate_error,
        fresh=fresh,
        stay=not leave,
        tell=tell,
        progress=show,
        warn=lambda sentence: say(sentence, err=True),
        how=_recording.how(unit, raw, columns, rate),
    )
    return 0


_SENTENCES = {
    "ready": "The board walks",
    "ended": "The walk is over and the session closed; `retrostep sync --port {ports}/data` fetches it",
    "left": "The walk is over and the session closed; `retrostep recover {out}` reads it from the files",
    "exit": "The board is off; its files are in {out}",
}
