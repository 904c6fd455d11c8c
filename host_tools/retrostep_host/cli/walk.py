# SPDX-License-Identifier: MIT
"""Walk: Let a virtual wearable walk a recording or a generated walk.

in    a recording, a walk script, or nothing; a drive folder
out   the board's serial channels in PORTS; with --json a line per state; what was felt, and a generated walk's
      truth, beside the drive
"""

from __future__ import annotations

import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import click

from retrostep_host.cli import _recording
from retrostep_host.cli._terminal import say, say_json, stop_if_unread


@click.command("walk", short_help="Let a virtual wearable walk.")
@click.argument("recording", required=False, type=click.Path())
@click.option(
    "--drive", required=True, type=click.Path(), help="Folder that is the board's drive; kept between runs."
)
@click.option(
    "--ports", required=True, type=click.Path(), help="Folder for the serial ports console, data, control."
)
@click.option(
    "--board", help="A board of `boards/`, by file name or CircuitPython id, or ./mine.py.  [default: pico_lsm6dsox]"
)
@click.option("--script", type=click.Path(), help="Walk this script instead of a recording (retrostep docs walks).")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of a generated walk.")
@click.option(
    "--speed", type=click.Choice(["1", "max"]), default="max", show_default=True, help="1 is real time."
)
@click.option(
    "--placement",
    type=click.Choice(["ankle", "foot", "wrist"]),
    help="Where it is worn; default: the sidecar.",
)
@click.option(
    "--side", type=click.Choice(["left", "right", "unknown"]), help="Leg or arm; else the sidecar's."
)
@_recording.options
@click.option(
    "--set", "values", multiple=True, metavar="NAME=VALUE", help="A setting for the drive's settings.toml."
)
@click.option("--felt", type=click.Path(), help="File for what the wearer felt.  [default: DRIVE.felt.json]")
@click.option(
    "--truth", type=click.Path(), help="File for a generated walk's truth.  [default: DRIVE.walk.json]"
)
@click.option("--cable", is_flag=True, help="The cable is in from the start, and `retrostep live` begins the walk.")
@click.option("--console", is_flag=True, help="Show what the board prints.")
@click.option("--exit", "leave", is_flag=True, help="End when the session is closed; else stay plugged in for a sync.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per state, nothing else.")
def command(
    recording: str | None,
    drive: str,
    ports: str,
    board: str | None,
    script: str | None,
    seed: int,
    speed: str,
    placement: str | None,
    side: str | None,
    unit: tuple[str, ...],
    raw: str | None,
    columns: str | None,
    rate: float | None,
    values: tuple[str, ...],
    felt: str | None,
    truth: str | None,
    cable: bool,
    console: bool,
    leave: bool,
    as_json: bool,
) -> int:
    """Boot the real firmware on a virtual board, walk RECORDING (or a generated walk), plug in, close the session.

    The board starts on battery, as on a leg. At the end of the walk the cable goes in: PORTS/console and PORTS/data
    appear, and `retrostep sync --port PORTS/data` fetches the session. PORTS/control takes button, unplug, plug,
    power_cut, status and quit, one JSON object a line, such as {"cmd": "status"}.

    With --cable the wearer stands plugged in until the board buzzes, which it does when `retrostep live` asks for a
    walk, and ends it with the button.

    \b
    retrostep walk --drive drive --ports ports
    retrostep walk walk.npz --drive drive --ports ports --speed 1
    retrostep walk --drive drive --ports ports --speed 1 --cable
    """
    from retrostep_host import extras
    from retrostep_host.errors import UnsupportedPlatform, from_os
    from retrostep_host.virtual.board import VirtualBoard

    if sys.platform == "win32":
        raise UnsupportedPlatform.no_terminals("walk")
    extras.need("replay")
    beside = Path(drive).absolute()
    try:
        how = _recording.how(unit, raw, columns, rate)
        stream = _stream(recording, script, seed, placement, side, how, beside, truth)
        running = VirtualBoard(
            drive,
            ports,
            stream,
            board=board,
            settings=_settings(values),
            realtime=speed == "1",
            leave=leave,
            felt=str(Path(felt).absolute() if felt else beside.with_name(beside.name + ".felt.json")),
            console=console,
            cable=cable,
        )
    except OSError as error:
        raise from_os(error, "making the virtual board") from error
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell starts its background jobs without it
        signal.signal(number, _interrupt)
    with running:
        over = False
        try:
            for state in running.states():
                over = over or state["state"] == "ended"
                _tell(state, as_json, ports, drive, leave)
        except KeyboardInterrupt:
            over = True
            running.process.send_signal(signal.SIGINT)
            for state in running.states():
                _tell(state, as_json, ports, drive, leave)
        code = running.process.wait()
        if code > 0 or (code < 0 and not over):
            raise running.failure()
    return 0


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _tell(state: dict[str, Any], as_json: bool, ports: str, drive: str, leaves: bool) -> None:
    which = "left" if leaves and state["state"] == "ended" else state["state"]
    if as_json:
        say_json(state)
    elif which in _SENTENCES:
        say(f"{_SENTENCES[which].format(ports=ports, drive=drive)} ({state['t_s']:.1f} s)")
    stop_if_unread()


_SENTENCES = {
    "waiting": "The board is on its cable and waits; `retrostep live --port {ports}/data` begins the walk",
    "ready": "The board walks",
    "ended": "The walk is over and the session closed; `retrostep sync --port {ports}/data` fetches it, Ctrl-C ends",
    "left": "The walk is over and the session closed; `retrostep recover {drive}` reads it from the drive",
    "exit": "The board is off",
}


def _stream(
    recording: str | None,
    script: str | None,
    seed: int,
    placement: str | None,
    side: str | None,
    how: dict[str, Any],
    beside: Path,
    truth: str | None,
) -> Any:
    from retrostep_host import recordings

    if recording is not None:
        if script is not None:
            raise click.UsageError("Give a RECORDING or a --script, not both.")
        return recordings.stream(recordings.load(recording, **how), placement=placement, side=side)
    from retrostep_host.virtual import walks

    made = walks.generate(Path(script) if script else None, seed, placement, side)
    beside.parent.mkdir(parents=True, exist_ok=True)
    saved = walks.save(made, beside.with_name(beside.name + ".walk.npz"))
    if truth:
        shutil.copyfile(Path(saved).with_suffix(".json"), truth)
    return recordings.stream(made)


def _settings(values: tuple[str, ...]) -> dict[str, Any]:
    from retrostep import settings

    from retrostep_host.errors import BadSetting

    out = {}
    for text in values:
        name, _, value = text.partition("=")
        try:
            kind = settings.row(name)[2]
            out[name] = settings.check(name, int(value) if kind == "int" else value)
        except KeyError:
            raise BadSetting(f"There is no setting {name}; `retrostep settings` lists them.") from None
        except ValueError:
            raise BadSetting(
                f"{value} is not allowed for {name}: {settings.WORDS[name][1]}; nothing was changed."
            ) from None
    return out
