# SPDX-License-Identifier: MIT
"""Capturing: raw motion from a board into a labelled recording, while the wearer is led by buzzes.

in    a Client whose board is plugged in, the pieces of a script
out   a Recording with segments; what was lost
keeps the samples in memory: a minute is 75 kB
from  docs/contracts.md, "Recording file"; docs/capture.md
but   a label begins with its buzz, the wearer a little later; the buzzes are kept, in `cues`
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from retrostep import events, units
from retrostep.coach import patterns
from retrostep.journal import records
from retrostep.link import messages

from . import claps, ranges, recordings
from .errors import BadScript, LinkBroken, RetrostepError
from .text import short
from .virtual.walking import script as scripts

TURN_S = 6.0  # s given for a turn on the spot
MARGIN_S = 3.0  # s the board goes on after the last piece, should a reply be late
LABELS = {"side": "sidestep"}
SAYS = {
    "stand": "stand still",
    "sit": "sit down",
    "forward": "walk forward",
    "backward": "walk backward",
    "turn": "turn round",
    "side": "step to the {side}",
    "pedal": "ride the bicycle",
    "dangle": "sit and let the leg swing",
}


@dataclass(frozen=True)
class Piece:
    """One instruction: what is said, the label it gets, seconds."""

    says: str
    label: str
    seconds: float


# the first and last piece of several boards' captures
CLAPS = Piece("slap the leg beside its sensor three times, with both hands at once, a second apart", claps.LABEL, 8.0)


def pieces(text: str) -> list[Piece]:
    """The instructions of a walk script. Raises BadScript for what cannot be asked of a person by the clock."""
    made = []
    for line in scripts.parse(text):
        if line.verb == "wear":
            continue
        if line.verb in ("stumble", "fall"):
            raise BadScript(f"Line {line.number}: nobody is asked to {line.verb}; take the line out.")
        if line.verb != "turn" and line.unit != "s":
            raise BadScript(f"Line {line.number}: a capture goes by the clock; write `{line.verb} 10 s`.")
        seconds = TURN_S if line.verb == "turn" else line.amount
        made.append(Piece(SAYS[line.verb].format(side=line.side), LABELS.get(line.verb, line.verb), seconds))
    return made


@dataclass
class Catcher:
    """RAW records as they come; `newest` is the sample index after the last one."""

    most: int = 1 << 31  # samples that can come; what lies outside is not of this walk
    parts: dict[int, bytes] = field(default_factory=dict)
    first: int | None = None
    newest: int = 0
    frames_lost: int = 0

    def __call__(self, payload: bytes) -> None:
        head = struct.calcsize(messages.STREAM_HEAD)
        if len(payload) < 1 + head:
            return
        base, lost = struct.unpack_from(messages.STREAM_HEAD, payload, 1)
        self.frames_lost += lost
        for kind, at, size in records.walk(payload, 1 + head, len(payload)):
            if kind != events.RAW:
                continue
            when, _, samples = records.unpack(kind, bytes(payload[at : at + size]))
            index = base + when
            if len(samples) < 12 or not 0 <= index <= ranges.INDEX_MOST:
                continue
            self.first = index if self.first is None else self.first
            if self.first <= index < self.first + self.most:
                self.parts[index] = samples
                self.newest = max(self.newest, index + len(samples) // 12)


def capture(client: Any, script: list[Piece], say: Callable[[Piece, int], None]) -> recordings.Recording:
    """Lead through the pieces and return what the sensor saw. `say(piece, number)` is called when each begins.

    What a board says of itself is asked before and doubted: a walk is not thrown away for it. When the board goes away
    on the way, what came is returned, and `meta["stopped"]` says why. Raises LinkBroken when no sample came.
    """
    placement, side, rate, doubts = _worn(client)
    seconds = sum(piece.seconds for piece in script) + MARGIN_S * (1 + len(script))
    catcher = Catcher(most=int(2 * seconds * rate))
    client.on_stream = catcher
    client.stream(True)
    client.capture(int(seconds))
    cues: list[int] = []
    stopped = ""
    try:
        client.listen(1.0)
        if catcher.parts:
            for number, piece in enumerate(script, 1):
                cue = catcher.newest
                client.identify(patterns.TURN)
                cues.append(cue)
                say(piece, number)
                client.listen(piece.seconds)
            client.identify(patterns.GOAL)
            client.listen(0.3)
    except RetrostepError as error:
        if not catcher.parts:
            raise
        stopped = str(error)
    finally:
        client.on_stream = None
        with contextlib.suppress(RetrostepError):  # it stops by itself in a moment; the walk is here
            client.capture(0)
            client.stream(False)
    if not catcher.parts:
        raise LinkBroken("The board sent no samples for a second; nothing was saved. `retrostep doctor` looks closer.")
    recording = _recording(catcher, script[: len(cues)], cues, rate, placement, side)
    if stopped:
        segments = recording.meta["segments"]
        segments[-1:] = [[a, min(b, round(recording.duration_s, 3)), label] for a, b, label in segments[-1:]]
    recording.meta.update({"stopped": stopped} if stopped else {}, **({"doubts": doubts} if doubts else {}))
    return recording


def capture_all(
    clients: list[Any], script: list[Piece], say: Callable[[Piece, int], None]
) -> list[recordings.Recording | RetrostepError]:
    """The same course on several boards at once, three slaps before and after it; one result a board, in their order.

    Each board is led by its own thread and its own buzzes, so no cable waits for another. `meta["clock"]` says how its
    time lies against that of `to`, the board that felt most slaps, and is missing where they were not found. A board
    that fails on the way leaves the others alone.
    """
    from concurrent.futures import ThreadPoolExecutor

    course = [CLAPS, *script, CLAPS]

    def lead(number: int) -> recordings.Recording | RetrostepError:
        try:
            return capture(clients[number], course, say if number == 0 else lambda piece, at: None)
        except RetrostepError as error:
            return error

    with ThreadPoolExecutor(len(clients)) as pool:
        made = list(pool.map(lead, range(len(clients))))
    whole = [one for one in made if isinstance(one, recordings.Recording)]
    for recording, clock in zip(whole, claps.align(whole), strict=True):
        if clock is not None:
            to = whole[clock.to]
            recording.meta["clock"] = clock.meta() | {"to": f"{to.placement}-{to.side}"}
    return made


def _worn(client: Any) -> tuple[str, str, float, list[str]]:
    """(placement, side, Hz, what could not be and was replaced)."""
    held, doubts = client.settings(), []
    placement, side, rate = held.get("placement", "ankle"), held.get("side", "unknown"), client.hello().rate_mhz / 1000
    if placement not in units.RANGES:
        doubts.append(f"worn at {short(placement)}, the board said; ankle is assumed")
        placement = "ankle"
    if ranges.rate(rate) is None:
        doubts.append(f"{rate:g} samples a second, the board said; {units.RATE_HZ:g} are assumed")
        rate = units.RATE_HZ
    return placement, side if side in recordings.SIDES else "unknown", rate, doubts


def _recording(
    catcher: Catcher, script: list[Piece], cues: list[int], rate: float, placement: str, side: str
) -> recordings.Recording:
    import numpy as np

    index, words = _join(catcher.parts)
    first = int(index[0])
    t = (index - first) / rate
    acc_g, gyro_dps = units.RANGES[placement]
    acc, gyr = words[:, 3:] * units.acc_scale(acc_g), words[:, :3] * units.gyro_scale(gyro_dps)
    starts = [(cue - first) / rate for cue in cues]
    ends = [*starts[1:], *(start + piece.seconds for start, piece in zip(starts[-1:], script[-1:], strict=True))]
    meta = {
        "real": True,
        "segments": [[round(a, 3), round(b, 3), p.label] for a, b, p in zip(starts, ends, script, strict=True)],
        "cues": [round(start, 3) for start in starts],
        "samples_lost": int(index[-1]) - first + 1 - len(index),
        "clipped": int((np.abs(words.astype(int)) >= 32767).any(axis=1).sum()),
        "notes": "A label begins with its buzz, which shakes the sensor for 0.3 s; the wearer follows a little later.",
    }
    return recordings.Recording(t, acc, gyr, rate, placement, side, meta)


def _join(parts: dict[int, bytes]) -> tuple[Any, Any]:
    """(sample indexes, words (n,6) int16), each sample once, rising."""
    import numpy as np

    index = np.concatenate([start + np.arange(len(data) // 12) for start, data in parts.items()])
    words = np.concatenate(
        [np.frombuffer(data[: len(data) // 12 * 12], "<i2").reshape(-1, 6) for data in parts.values()]
    )
    index, once = np.unique(index, return_index=True)
    return index, words[once]
