# SPDX-License-Identifier: MIT
"""Settings: the one table of everything a person may adjust, for both ends.

Read on the board from settings.toml (`RETROSTEP_<NAME>`, os.getenv), overridden by values set over the link,
which live in the journal. Both ends validate with `check`; help, docs and CLI are derived from the rows and WORDS.
A board has it loaded at a start and while a computer talks, not while somebody walks.
"""

# id, name, kind ("int", "choice", "text"), default, limits (lo, hi | choices | max length)
# Ids count on without a hole: the journal knows names by their place.
TABLE = (
    (1, "placement", "choice", "ankle", ("ankle", "foot", "wrist")),
    (2, "side", "choice", "unknown", ("unknown", "left", "right")),
    (3, "haptic_strength", "int", 80, (10, 100)),
    (4, "haptic_length", "int", 100, (100, 300)),
    (5, "idle_minutes", "int", 10, (1, 60)),
    (6, "steps_goal", "int", 0, (0, 50000)),
    (7, "locked", "int", 0, (0, 1)),
    (8, "code", "text", "", 12),
    (9, "ground", "choice", "level", ("level", "treadmill", "incline")),
    (10, "aid", "choice", "none", ("none", "cane", "crutches", "walker", "rail")),
    (11, "coach", "int", 1, (0, 1)),
    (12, "metronome", "int", 0, (0, 160)),
    (13, "session_cap_minutes", "int", 30, (5, 120)),
    (14, "alerts", "choice", "usual", ("few", "usual", "many")),
)
# name -> (unit, help): for the computer, a packed board holds none of it
WORDS = {
    "placement": ("", "where the board is worn; ankle is best"),
    "side": ("", "leg or arm it is worn on"),
    "haptic_strength": ("%", "how strongly it buzzes"),
    "haptic_length": ("%", "how long it buzzes; 100 is the shortest a walker can feel"),
    "idle_minutes": ("min", "a session ends after so long without a step"),
    "steps_goal": ("steps", "backward steps a day to celebrate; 0 is none"),
    "locked": ("", "1 hides console and drive and asks for the PIN on the link"),
    "code": ("", "participant code printed on reports instead of a name"),
    "ground": ("", "what is being walked on"),
    "aid": ("", "walking aid used"),
    "coach": ("", "0 keeps the buzzer silent"),
    "metronome": ("steps/min", "cadence to tick; 0 is off"),
    "session_cap_minutes": ("min", "asks the wearer to stop after so long"),
    "alerts": ("", "how readily it alerts, from the next walk on"),
}

PERSONAL = ("side", "aid", "ground")  # of the wearer, as the code is: a new code begins with their defaults
CODE = 8

PREFIX = "RETROSTEP_"


def row(name_or_id):
    """The row of a setting by name or id. Raises KeyError."""
    for entry in TABLE:
        if name_or_id in entry[:2]:
            return entry
    raise KeyError(name_or_id)


def defaults():
    """A new dict name -> default."""
    return {entry[1]: entry[3] for entry in TABLE}


def check(name, value):
    """The value in its own type. Raises KeyError (no such setting) or ValueError (not allowed; nothing changed)."""
    _, _, kind, _, limits = row(name)
    if kind == "int":
        if isinstance(value, bool) or (isinstance(value, float) and value != int(value)):
            raise ValueError(name)
        value = int(value)
        if not limits[0] <= value <= limits[1]:
            raise ValueError(name)
        return value
    if not isinstance(value, str):
        raise ValueError(name)
    if kind == "choice":
        if value not in limits:
            raise ValueError(name)
    elif len(value.encode()) > limits:
        raise ValueError(name)
    return value


def load(getenv, ignored=None):
    """Settings from `getenv(key)` (os.getenv on the board: ValueError where a line is no TOML). A bad value keeps its
    default and its name is appended to the list `ignored`."""
    values = defaults()
    for entry in TABLE:
        try:
            raw = getenv(PREFIX + entry[1].upper())
            if raw is not None:
                values[entry[1]] = check(entry[1], raw)
        except (ValueError, TypeError):
            if ignored is not None:
                ignored.append(entry[1])
    return values
