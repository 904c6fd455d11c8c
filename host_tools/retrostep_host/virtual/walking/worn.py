# SPDX-License-Identifier: MIT
"""Worn: where the sensor sits: on which segment, how far from its axis and its joint, and how tightly.

in    the words of a script's `wear` line
out   Worn: placement (what the board is told), segment, lever arm
keeps nothing
from  the shin's surface with a case on it is 5 to 7 cm in front of the leg's axis (docs/walks.md)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

# part -> placement, segment, joint from which `up` counts, usual lever arm in cm: ahead, outward, up
PARTS: dict[str, tuple[str, str, str, tuple[float, float, float]]] = {
    "ankle": ("ankle", "shank", "ankle", (2.0, 2.0, 10.0)),
    "thigh": ("ankle", "thigh", "knee", (0.0, 8.0, 15.0)),
    "foot": ("foot", "foot", "ankle", (7.0, 0.0, -3.0)),
    "wrist": ("wrist", "forearm", "elbow", (0.0, 0.0, -27.0)),
}
LEGS = ("ankle", "thigh")  # where the sensor can be placed
# side of the leg -> cm ahead and outward, on the shank and on the thicker thigh
SIDES = {
    "front": ((6.0, 0.0), (9.0, 0.0)),
    "back": ((-6.0, 0.0), (-6.0, 0.0)),
    "outer": ((0.0, 5.0), (0.0, 8.0)),
    "inner": ((0.0, -5.0), (0.0, -7.0)),
}
# option -> (lowest, highest) cm, of what
OPTIONS = {
    "ahead": (-6.0, 15.0, "cm in front of the leg's axis"),
    "outward": (-10.0, 10.0, "cm to the outer side of the leg's axis"),
    "up": (-5.0, 35.0, "cm above the joint"),
}


@dataclass(frozen=True)
class Worn:
    """ahead, outward and up in cm, from the axis of the segment and from its lower joint (the wrist hangs down)."""

    part: str = "ankle"
    side: str = ""
    ahead_cm: float = 2.0
    outward_cm: float = 2.0
    up_cm: float = 10.0
    loose: bool = False

    @classmethod
    def at(cls, part: str, side: str = "") -> Worn:
        """The usual place on ankle, thigh, foot or wrist."""
        return cls(part, side, *PARTS[part][3])

    @property
    def placement(self) -> str:
        """What the board's settings say: it knows no thigh."""
        return PARTS[self.part][0]

    @property
    def segment(self) -> str:
        return PARTS[self.part][1]

    @property
    def lever_m(self) -> tuple[float, float, float]:
        return self.ahead_cm / 100, self.outward_cm / 100, self.up_cm / 100

    @property
    def spoken(self) -> str:
        """ "on the front of the left shin", for people."""
        leg = {"shank": "lower leg", "thigh": "thigh", "foot": "foot", "forearm": "wrist"}[self.segment]
        if self.part not in LEGS or max(abs(self.ahead_cm), abs(self.outward_cm)) < 4:
            return f"on the {self.side} {leg if self.part == 'thigh' else self.part}".replace("  ", " ")
        if abs(self.outward_cm) > abs(self.ahead_cm):
            where = "outer side" if self.outward_cm > 0 else "inner side"
        else:
            where = "front" if self.ahead_cm > 0 else "back"
            leg = "shin" if where == "front" and self.segment == "shank" else leg
        return f"on the {where} of the {self.side} {leg}".replace("  ", " ")

    def meta(self) -> dict[str, Any]:
        """For the file beside the walk."""
        return {
            "spoken": self.spoken,
            "segment": self.segment,
            "ahead_cm": self.ahead_cm,
            "outward_cm": self.outward_cm,
            "up_cm": self.up_cm,
            "up_from": PARTS[self.part][2],
            "loose": self.loose,
        }


def parse(words: list[str], wrong: Callable[[str], Exception]) -> Worn:
    """The words after `wear`. Raises what `wrong` makes of a sentence."""
    if not words or words[0] not in PARTS:
        raise wrong(f"write `wear ankle left`: {', '.join(PARTS)}, then left or right.")
    part, found = words[0], Worn.at(words[0])
    known = ("left", "right", *SIDES, "loose") if part in LEGS else ("left", "right")
    given: set[str] = set()
    for word in sorted(words[1:], key=lambda word: "=" in word):  # `up=25 front` is `front up=25`
        name, _, value = word.partition("=")
        kind = "side" if name in ("left", "right") else "place" if name in SIDES else name
        if kind in given:
            raise wrong(f"`{word}` is one too many; say it once.")
        given.add(kind)
        if part not in LEGS and (name in (*SIDES, *OPTIONS, "loose")):
            raise wrong(f"`{name}` goes with ankle or thigh; `wear {part}` takes left or right.")
        if "=" in word and name in OPTIONS:
            number = _number(name, value, wrong)
            found = replace(found, **{f"{name}_cm": number})
        elif word in ("left", "right"):
            found = replace(found, side=word)
        elif word in SIDES:
            ahead, outward = SIDES[word][part == "thigh"]
            found = replace(found, ahead_cm=ahead, outward_cm=outward)
        elif word == "loose":
            found = replace(found, loose=True)
        else:
            more = [f"{option}=" for option in OPTIONS] if part in LEGS else []
            raise wrong(f"`{word}` is not understood; `wear {part}` takes {', '.join([*known, *more])}.")
    return found


def _number(name: str, value: str, wrong: Callable[[str], Exception]) -> float:
    low, high, what = OPTIONS[name]
    try:
        number = float(value.removesuffix("cm"))
    except ValueError:
        raise wrong(f"`{name}={value}` is not a number.") from None
    if not low <= number <= high:
        raise wrong(f"`{name}` goes from {low:g} to {high:g} {what}.")
    return number
