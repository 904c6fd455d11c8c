# SPDX-License-Identifier: MIT
"""Recording: the options that say how to read somebody's file, the same for every verb that takes one.

in    --unit, --raw, --columns, --rate
out   the keyword arguments of recordings.load
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


class Moment(click.DateTime):
    """A day and a time of it, by the clock on the wall; "2026-11-24 09:00", or the day alone."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"])

    def convert(self, value, param, ctx):
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value} is no time; write it as 2026-11-24 09:00, or the day alone.", param, ctx)


_OPTIONS = (
    click.option(
        "--unit",
        multiple=True,
        metavar="WHAT=UNIT",
        help="acc=g, mg or N/g (N counts a g); gyr=dps, mdps or N/dps; t=ms, us or ns.",
    ),
    click.option(
        "--raw",
        metavar="CHIP:RANGES",
        help="Raw counts of an LSM6DS and the ranges it was set to, such as lsm6dsox:8g:1000dps.",
    ),
    click.option(
        "--columns",
        metavar="WHICH",
        help='A CSV\'s own names: phyphox, movella-dot, shimmer, metawear, or "t=Time,acc_x=Ax,…" (name or number).',
    ),
    click.option(
        "--rate",
        type=click.FloatRange(8.0, 8000.0),
        metavar="HZ",
        help="Samples a second, when time stamps are rounded: they are spread evenly.",
    ),
)


def options(command: Callable) -> Callable:
    """The four options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def how(unit: tuple[str, ...], raw: str | None, columns: str | None, rate: float | None) -> dict[str, Any]:
    """What they say. Raises BadRecording."""
    from retrostep_host import columns as columns_
    from retrostep_host import quantity

    return {
        "unit": quantity.parse_units(unit, raw),
        "columns": columns_.parse(columns) if columns else None,
        "rate": rate or 0.0,
    }
