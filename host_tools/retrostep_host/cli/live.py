# SPDX-License-Identifier: MIT
"""Live: Begin a walk with the cable in and watch it: steps, direction, alerts.

in    a plugged-in board (or a virtual one), found or named; with --blinka a sensor on this computer's own I2C bus
out   a few lines that stand and what happens above them; with --json a line a happening
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from retrostep_host.cli._terminal import say, say_json, standing


@click.command("live", short_help="Begin a walk with the cable in and watch it.")
@click.option("--port", metavar="PATH", help="The board's data port; default: find it.")
@click.option("--pin", help="The PIN of a locked board; asked for when it is needed.")
@click.option(
    "--blinka", is_flag=True, help="No board: a sensor on this computer's I2C bus (pip install 'retrostep[blinka]')."
)
@click.option(
    "--adapter",
    type=click.Choice(["mcp2221", "ft232h"]),
    help="With --blinka: the USB adapter; default: the bus of this Raspberry Pi.",
)
@click.option(
    "--sensor",
    type=click.Choice(["LSM6DSOX", "ISM330DHCX", "LSM6DSO32", "LSM6DS3TRC", "LSM6DS33", "LSM6DS3"]),
    default="LSM6DSOX",
    show_default=True,
    help="With --blinka: the chip.",
)
@click.option(
    "--placement",
    type=click.Choice(["ankle", "foot", "wrist"]),
    help="With --blinka: where it is worn.  [default: ankle]",
)
@click.option("--store", type=click.Path(), help="With --blinka: the store; default: in your data folder.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for everything that happens.")
def command(
    port: str | None,
    pin: str | None,
    blinka: bool,
    adapter: str | None,
    sensor: str,
    placement: str | None,
    store: str | None,
    as_json: bool,
) -> int:
    """Begin a walk on a board that is on its cable, and watch it as it happens.

    The board buzzes once: walk. It counts, buzzes and logs as it does on battery; `retrostep sync` copies the walk
    like any other. When the cable comes out the walk goes on, and so does this when it is back (after more than a
    minute: with a new walk). Ctrl-C, or the board's button held for two seconds, ends the walk. A walk that the
    button began is watched and left alone.

    With --blinka this computer is the wearable: an LSM6DSOX (and a DRV2605L, if there is one) on a USB-I2C adapter or
    on a Raspberry Pi's own bus. The walk goes into your store at the end. Tried with models of the chips only, not on
    hardware yet.

    \b
    retrostep live
    retrostep live --json | tee walk.jsonl
    retrostep live --blinka --adapter mcp2221
    """
    from retrostep_host.live.watch import Watch

    own = None
    if blinka:
        from retrostep_host.live import blinka as blinkas

        if port or pin:
            raise click.UsageError("--blinka needs no board: leave --port and --pin out.")
        own = blinkas.Own(adapter, sensor, placement or "ankle")
        connect = own.connect
    else:
        if adapter or placement or store:
            raise click.UsageError("--adapter, --placement and --store go with --blinka.")
        connect = _connect(port, pin)
    watch = Watch(connect)
    last: dict[str, Any] = {}
    with standing() as draw:
        show = say_json if as_json else _Show(draw)
        try:
            for last in watch.happenings():
                show(last)
                sys.stdout.flush()
        except KeyboardInterrupt:
            last = watch.finish()
            if as_json:
                show(last)
        finally:
            kept = own.keep(store) if own is not None else None
            watch.close()
    if not as_json:
        say(_ending(last) if own is None else _stored(last, kept))
    return 0


def _connect(port: str | None, pin: str | None) -> Callable[[], tuple[Any, Any]]:
    """The board, unlocked; the PIN is asked for once."""
    from retrostep_host.cli._terminal import ask
    from retrostep_host.cli.sync import unlock
    from retrostep_host.sync import find

    known = [pin]

    def connect() -> tuple[Any, Any]:
        client, hello = find.connect(port)
        try:
            if hello.locked and known[0] is None and sys.stdin.isatty():
                known[0] = ask("PIN of the board", hidden=True)
            return client, unlock(client, hello, known[0])
        except BaseException:
            client.port.close()
            raise

    return connect


class _Show:
    """Happenings as sentences, and the lines that stand below them."""

    def __init__(self, draw: Callable[[list[str]], object]) -> None:
        self._draw = draw
        self._direction = ""
        self._buzz = ""
        self._said_s = 0.0

    def __call__(self, row: dict[str, Any]) -> None:
        kind = row["kind"]
        if kind == "status":
            self._status(row)
        elif kind == "step":
            if row["direction"] != self._direction:
                self._direction = row["direction"]
                say(f"{_clock(row['t'])}  {_WAYS[self._direction]}")
        elif kind == "buzz":
            self._buzz = f"buzz “{row['pattern']}” ({row['cause']})"
            say(f"{_clock(row['t'])}  {self._buzz[0].upper()}{self._buzz[1:]}" + ("" if row["felt"] else ", not felt"))
        elif kind in ("stumble", "fall", "wobble"):
            say(f"{_clock(row['t'])}  {kind.capitalize()}")
        elif kind == "button":
            say(f"{_clock(row['t'])}  Button, {row['press']}")
        elif kind == "noticed":
            from retrostep_host.reasons import WORDS

            say(f"{_clock(row['t'])}  The board noticed: {WORDS.get(row['reason'], row['reason'])}")
        elif kind == "board":
            battery = f", battery {row['battery_v']:.1f} V" if row["battery_v"] else ""
            say(f"{row['board']} {row['device']} on {row['port']}{battery}. Ctrl-C ends the walk.")
        elif kind == "press":
            say("This board's firmware waits for its button: hold it for two seconds, then walk.")
        elif kind == "begin":
            say("A walk is under way; it is watched." if row["joined"] else "The walk begins. Go.")
        elif kind == "lost":
            say("The board cannot be heard (is the cable out?); it walks on if it has a battery. Waiting for it.")
        elif kind == "back":
            say("The board is back.")
        elif kind == "ended":
            say(f"The walk before is on the board: {_counted(row)}.")

    def _status(self, row: dict[str, Any]) -> None:
        by = row["steps_by_direction"]
        cadence = f"{row['cadence_spm']} steps/min" if row["cadence_spm"] else "– steps/min"
        alerts = ", ".join(f"{count} {kind}" for kind, count in row["alerts"].items()) or "no alert"
        facts = [_clock(row["t"])]
        facts += [f"battery {row['battery_v']:.1f} V"] if row["battery_v"] else []
        facts += [f"{row['rate_hz']:.1f} samples/s"] if row["rate_hz"] else []
        facts += [f"{row['missed']} frames came late, the log has them"] if row["missed"] else []
        self._draw(
            [
                f"{row['direction']}   {cadence}",
                f"{row['steps']} steps: " + ", ".join(f"{by[way]} {way}" for way in by),
                alerts + (f"; last {self._buzz}" if self._buzz else ""),
                " · ".join(facts),
            ]
        )
        if not sys.stdout.isatty() and row["t"] - self._said_s >= _EVERY_S:
            self._said_s = row["t"]
            say(f"{_clock(row['t'])}  {_counted(row)}; {row['direction']}, {cadence}")


_EVERY_S = 10.0  # into a file or a pipe, a line so often
_WAYS = {
    "forward": "Forward",
    "backward": "Backward",
    "sideways": "Sideways",
    "unknown": "Direction unknown",
}


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(max(seconds, 0)), 60)
    return f"{minutes}:{rest:02}"


def _counted(row: dict[str, Any]) -> str:
    alerts = "".join(f", {count} {kind}" for kind, count in row["alerts"].items())
    return f"{row['steps']} steps, {row['steps_by_direction']['backward']} of them backward{alerts}"


def _ending(row: dict[str, Any]) -> str:
    """What is true now."""
    if row.get("kind") != "end" or not row["session"]:
        return "Stopped before a walk began; nothing was changed on the board."
    if row["kept"] is None:
        seen = f" Watched until then: {_counted(row)}." if "steps" in row else ""
        return (
            "The board cannot be asked any more: its walk ends when it is plugged in again, or by its button, and "
            f"`retrostep sync` copies it.{seen}"
        )
    if not row["kept"]:
        return "Nobody made a step, so the board kept nothing."
    if row["ended_by"] == "open":
        return f"The walk goes on, as it was not begun here: {_counted(row)} so far. Its button, held, ends it."
    return f"Session {row['session']} is on the board: {_counted(row)}. `retrostep sync` copies it."


def _stored(row: dict[str, Any], kept: str | None) -> str:
    """The same for a walk of this computer."""
    if not kept:
        return "Nobody made a step, so nothing was stored."
    return f"The walk is stored in {kept}: {_counted(row)}. `retrostep report` shows it."
