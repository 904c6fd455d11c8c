# SPDX-License-Identifier: MIT
"""Walk scripts: a walk written down in a few lines a person can read (docs/walks.md).

in    text: one thing after another, one a line, `#` begins a comment
out   a list of Line; errors name the line
keeps nothing
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path

from ... import files
from ...errors import BadScript
from . import worn
from .worn import Worn

SCRIPTS = Path(__file__).parents[1] / "scripts"
MAX_S = 4 * 3600.0  # longest walk that is generated
MOST_BYTES = 65536  # of a script: a thousand lines

# verb -> (takes an amount, unit when none is given, other units, options)
_WALK = ("strides", ("steps", "s", "m"), ("speed", "cadence", "length", "knee", "first", "pause"))
VERBS: dict[str, tuple[str | None, tuple[str, ...], tuple[str, ...]]] = {
    "wear": (None, (), ()),
    "stand": ("s", (), ()),
    "sit": ("s", (), ()),
    "forward": _WALK,
    "backward": _WALK,
    "side": ("strides", ("steps", "s"), ("cadence", "length", "pause")),
    "turn": ("degrees", (), ("cadence",)),
    "pedal": ("s", (), ("cadence",)),
    "dangle": ("s", (), ("rate",)),
    "stumble": (None, (), ("size",)),
    "fall": (None, (), ("lie",)),
}
# option -> (lowest, highest, unit); slow rehabilitation walking to brisk walking
OPTIONS = {
    "speed": (0.1, 2.2, "m/s"),
    "cadence": (30.0, 150.0, "steps/min"),
    "length": (0.1, 1.9, "m, of a stride"),
    "pause": (0.0, 60.0, "s"),
    "lie": (2.0, 600.0, "s"),
    "knee": (5.0, 85.0, "degrees that the knee bends in the swing, or is `stiff` or `small`"),
    "rate": (0.3, 1.5, "swings a second"),
    "size": (0.5, 2.0, "of the usual stumble"),
}
WORDS = {"knee": {"stiff": 5.0, "small": 55.0}}


@dataclass
class Line:
    """One line of a script: verb, amount in unit, side for side steps, options, where it stood; worn of `wear`."""

    verb: str
    amount: float = 0.0
    unit: str = ""
    side: str = ""
    options: dict[str, float | str] = field(default_factory=dict)
    number: int = 0
    worn: Worn | None = None


def _close(word: str, known: tuple[str, ...] | list[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}."


def parse(text: str, complete: bool = True) -> list[Line]:
    """The lines of a script; a complete one says something to do. Raises BadScript, with the first wrong line."""
    lines = []
    walked = False
    for number, raw in enumerate(text.splitlines(), 1):
        words = raw.split("#")[0].lower().split()
        if not words:
            continue
        line = _parse_line(words, number)
        if line.verb == "stumble" and not walked:
            raise BadScript(
                f"Line {number}: a stumble needs `forward` or `backward` right before it; nothing was made."
            )
        if line.verb != "wear":
            walked = line.verb in ("forward", "backward") or (line.verb == "stumble" and walked)
        lines.append(line)
    if complete and not any(line.verb != "wear" for line in lines):
        raise BadScript("The script says nothing to do; write for instance `stand 3 s`, then `forward 20 strides`.")
    return lines


def _parse_line(words: list[str], number: int) -> Line:
    def wrong(what: str) -> BadScript:
        return BadScript(f"Line {number}: {what}", line=number)

    verb, rest = words[0], words[1:]
    if verb not in VERBS:
        raise wrong(f"`{verb}` is not known; {_close(verb, list(VERBS))}")
    unit, others, allowed = VERBS[verb]
    line = Line(verb, unit=unit or "", number=number)
    if verb == "wear":
        line.worn = worn.parse(rest, wrong)
        return line
    plain = [word for word in rest if "=" not in word]
    for word in (word for word in rest if "=" in word):
        name, _, value = word.partition("=")
        if name not in allowed:
            raise wrong(f"`{verb}` has no option `{name}`; {_close(name, allowed) if allowed else 'it takes none.'}")
        line.options[name] = _option(name, value, wrong)
    if verb == "side":
        if not plain or plain[0] not in ("left", "right"):
            raise wrong("say which way: `side left 4 strides`.")
        line.side = plain.pop(0)
    if unit is None:
        if plain:
            raise wrong(f"`{verb}` stands alone; `{' '.join(plain)}` is not understood.")
        return line
    if not plain:
        raise wrong(f"say how much: `{verb} {'180' if verb == 'turn' else f'10 {unit}'}`.")
    match = re.fullmatch(r"([-+]?\d+(?:\.\d+)?)\s*([a-z°]*)", " ".join(plain))
    if not match:
        raise wrong(f"`{' '.join(plain)}` is not an amount; write `{verb} 10 {unit}`.")
    line.amount = float(match[1])
    given = {"stride": "strides", "step": "steps", "sec": "s", "seconds": "s", "second": "s", "°": "degrees",
             "deg": "degrees", "metres": "m", "meters": "m"}.get(match[2], match[2])  # fmt: skip
    if given and given != unit and given not in others:
        raise wrong(f"`{verb}` is counted in {' or '.join((unit, *others))}, not `{match[2]}`.")
    line.unit = given or unit
    if verb == "turn":
        if not 10 <= abs(line.amount) <= 720:
            raise wrong("a turn is 10 to 720 degrees; negative turns to the right.")
    elif line.amount <= 0:
        raise wrong(f"`{verb}` needs more than nothing.")
    elif line.amount > (MAX_S if line.unit == "s" else 10000):
        raise wrong("that is longer than four hours; nothing was made.")
    if line.unit in ("strides", "steps") and line.amount != int(line.amount):
        raise wrong(f"count {line.unit} in whole numbers.")
    return line


def _option(name: str, value: str, wrong) -> float | str:
    if name == "first":
        if value not in ("own", "other"):
            raise wrong("`first` is own or other: the leg that starts.")
        return value
    if value in WORDS.get(name, ()):
        return WORDS[name][value]
    low, high, unit = OPTIONS[name]
    try:
        number = float(value)
    except ValueError:
        raise wrong(f"`{name}={value}` is not a number.") from None
    if not low <= number <= high:
        raise wrong(f"`{name}` goes from {low:g} to {high:g} {unit}.")
    return number


def read(source: str | Path) -> str:
    """The text of a script: the name of a built-in one, or a file. Raises BadScript."""
    built_in = SCRIPTS / f"{source}.walk"
    path = built_in if re.fullmatch(r"[a-z0-9_]+", str(source)) and built_in.is_file() else Path(source)
    try:
        return files.text(path, MOST_BYTES)
    except files.TooMuch as problem:
        raise BadScript(f"{source} {problem}; a walk script is a few lines of text.") from None
    except FileNotFoundError:
        names = ", ".join(sorted(p.stem for p in SCRIPTS.glob("*.walk")))
        raise BadScript(f"There is no script {source}; name a file, or one of the built-in walks: {names}.") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadScript(f"{source} cannot be read as text ({type(problem).__name__}).") from None
