# SPDX-License-Identifier: MIT
"""Patterns: the few things a leg can be told, as pulses of a motor.

in    a pattern's row number, the strength and length settings
out   pulses (on ms, off ms); how strong in %
keeps nothing
from  docs/plan.md, "What is felt"; pulses of 35 ms are missed while walking (InfiniTime issues 210, 1929),
      so none is shorter than 100 ms
not   a motor: device.haptics plays the rows
"""

# Row numbers are stored in the journal (alert, docs/formats.md) and never reused.
STOP = 0
SLOW = 1
TURN = 2
GOAL = 3
TICK = 4

# Counted: one turn, two slow down, three well done, four stop; the three are short and quick, the four long.
PULSES = (  # (on ms, off ms)
    ((200, 80), (200, 80), (200, 80), (200, 0)),
    ((200, 300), (200, 0)),
    ((200, 0),),
    ((100, 80), (100, 80), (100, 0)),
    ((100, 0),),
)
LOUDNESS = bytes((4, 3, 2, 1, 0))  # louder interrupts quieter, never the other way
# name, loudness, what it says, pulses: for the computer, a packed board holds no words
PATTERNS = (
    ("stop", LOUDNESS[STOP], "stand still: danger, or enough for today", PULSES[STOP]),
    ("slow", LOUDNESS[SLOW], "slow down: the walk has become unsteady", PULSES[SLOW]),
    ("turn", LOUDNESS[TURN], "change: the other direction begins, or the next interval", PULSES[TURN]),
    ("goal", LOUDNESS[GOAL], "well done: a hundred steps back, or a goal", PULSES[GOAL]),
    ("tick", LOUDNESS[TICK], "a beat of the metronome", PULSES[TICK]),
)

_WALKING_BOOST = 125  # %; a moving leg feels less (InfiniTime issues 890, 2235), so a walker gets more


def pulses(pattern, length_percent=100):
    """The (on ms, off ms) pairs of a row; both grow with the length setting (100-300 %), no pulse over 400 ms."""
    return [
        (min(400, on * length_percent // 100), min(400, off * length_percent // 100))
        for on, off in PULSES[pattern]
    ]


def duration_ms(pattern, length_percent=100):
    """How long a pattern plays, the last pause included."""
    total = 0
    for on, off in pulses(pattern, length_percent):
        total += on + off
    return total


def strength(percent, is_walking):
    """The motor's drive in % (10-100) for a strength setting."""
    if is_walking:
        percent = percent * _WALKING_BOOST // 100
    return max(10, min(100, percent))
