# SPDX-License-Identifier: MIT
"""Sensing: does a board count nothing because its sensor says nothing, or because nobody wears it?

in    a Client whose board is plugged in: two seconds of raw samples over the live stream
out   Sensor: what they show; nothing on the board is changed
keeps nothing
from  DS12814 table 2: noise 0.7 mg and 0.03 deg/s rms at 104 Hz is two counts and one, so a live sensor never repeats
      itself for two seconds; resting acceleration is 1 g within the zero-g offset and 1 % of sensitivity, here 15 %
but   two seconds show whether something moves now, not whether it was worn
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import pstdev
from typing import TYPE_CHECKING

from retrostep import units

from retrostep_host.errors import RetrostepError

if TYPE_CHECKING:
    from retrostep_host.sync.client import Client

LOOK_S = 2.0
FEWEST = 0.6  # share of the samples that should have come; the stream itself drops some on a busy board
STILL_G, STILL_DPS = 0.03, 3.0  # standard deviation of a board on a table, ten times its noise
GRAVITY = (0.85, 1.15)  # g of a sensor at rest


@dataclass(frozen=True)
class Sensor:
    """`state`: counts (it runs and moves), rests (it runs and lies still), silent, late, stuck, half (one of its two
    sensors repeats itself), wrong (at rest, and not 1 g)."""

    state: str
    samples: int = 0
    gravity_g: float = 0.0
    dead: str = ""  # of half: "gyroscope" or "accelerometer"


def look(client: Client, placement: str = "ankle", seconds: float = LOOK_S) -> Sensor:
    """Two seconds of what the board's sensor says. Raises LinkBroken, BoardRefused."""
    from retrostep_host.capturing import Catcher

    catcher = Catcher()
    before, client.on_stream = client.on_stream, catcher
    try:
        client.stream(True)
        client.capture(int(seconds) + 1)
        client.listen(seconds)
    finally:
        client.on_stream = before
        with contextlib.suppress(RetrostepError):  # it ends by itself in a moment
            client.capture(0)
            client.stream(False)
    data = b"".join(piece[: len(piece) // 12 * 12] for piece in catcher.parts.values())
    return judge(list(struct.iter_unpack("<6h", data)), placement, seconds)


def judge(words: Sequence[Sequence[float]], placement: str, seconds: float) -> Sensor:
    """What n samples of six words in counts show that came in so many seconds."""
    count = len(words)
    if not count:
        return Sensor("silent")
    if count < 26 or count < FEWEST * seconds * units.RATE_HZ:
        return Sensor("late", count)
    acc_g, gyro_dps = units.RANGES[placement]
    axes = list(zip(*words, strict=True))
    gyro = _scaled(axes[:3], units.GYRO_MDPS_PER_LSB[gyro_dps])  # deg/s
    acc = _scaled(axes[3:], units.ACC_MG_PER_LSB[acc_g])  # g
    repeats = [all(min(axis) == max(axis) for axis in half) for half in (gyro, acc)]
    if all(repeats):
        return Sensor("stuck", count)
    if any(repeats):
        return Sensor("half", count, dead="gyroscope" if repeats[0] else "accelerometer")
    gravity = (sum(value * value for axis in acc for value in axis) / count) ** 0.5
    if max(map(pstdev, acc)) > STILL_G or max(map(pstdev, gyro)) > STILL_DPS:
        return Sensor("counts", count, gravity)
    return Sensor("rests" if GRAVITY[0] <= gravity <= GRAVITY[1] else "wrong", count, gravity)


def _scaled(axes: list[tuple[float, ...]], thousandths: float) -> list[list[float]]:
    """Counts in g or deg/s; a count is so many thousandths."""
    return [[float(value) * thousandths / 1000 for value in axis] for axis in axes]
