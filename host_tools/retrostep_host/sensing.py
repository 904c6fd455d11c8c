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
from dataclasses import dataclass
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
    import numpy as np

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
    words = np.frombuffer(data, "<i2").reshape(-1, 6).astype(float)
    return judge(words, placement, seconds)


def judge(words, placement: str, seconds: float) -> Sensor:
    """What n x 6 words in counts show that came in so many seconds."""
    import numpy as np

    count = len(words)
    if not count:
        return Sensor("silent")
    if count < 26 or count < FEWEST * seconds * units.RATE_HZ:
        return Sensor("late", count)
    acc_g, gyro_dps = units.RANGES[placement]
    gyro = words[:, :3] * units.GYRO_MDPS_PER_LSB[gyro_dps] / 1000  # deg/s
    acc = words[:, 3:] * units.ACC_MG_PER_LSB[acc_g] / 1000  # g
    repeats = [not np.ptp(half, axis=0).any() for half in (gyro, acc)]
    if all(repeats):
        return Sensor("stuck", count)
    if any(repeats):
        return Sensor("half", count, dead="gyroscope" if repeats[0] else "accelerometer")
    gravity = float((acc**2).sum(axis=1).mean() ** 0.5)
    if acc.std(axis=0).max() > STILL_G or gyro.std(axis=0).max() > STILL_DPS:
        return Sensor("counts", count, gravity)
    return Sensor("rests" if GRAVITY[0] <= gravity <= GRAVITY[1] else "wrong", count, gravity)
