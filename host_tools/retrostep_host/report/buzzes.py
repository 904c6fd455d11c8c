# SPDX-License-Identifier: MIT
"""Buzzes: what a buzz told the wearer, from its pattern and from what led to it; both are in the log.

in    a Walk with events
out   a sentence for each buzz
keeps nothing
from  the calls of `ask` in lib/retrostep/coach and lib/retrostep/device (a test finds each of them and looks here)
but   the plan says "well done" twice: to a press of the button, and at its end; the press stands in the log before it
not   a guess: of a pattern or a cause that this version does not know, only their names are said
"""

from __future__ import annotations

from retrostep_host.store.rows import Event, Walk

PRESSED_S = 1.0  # a buzz so soon after a press answers it

# (pattern, the kind of event that led to it) -> what it said
SAYS = {
    ("stop", "stumble"): "stand still: that was a stumble",
    ("stop", "fall"): "was that a fall? Any press of the button, or walking on, ends the alarm",
    ("stop", "wobble"): "stand still: the walk stayed unsteady",
    ("stop", "plan"): "enough: the walk stayed unsteady, and the plan's session ends",
    ("stop", "end"): "enough for today: the time that was set for a walk is over",
    ("stop", "log"): "the log takes no more of the walk",
    ("slow", "wobble"): "slow down: the walk has become unsteady",
    ("slow", "plan"): "the plan asks whether all is safe; a press of the button answers",
    ("turn", "step"): "the way has turned backward",
    ("turn", "interval"): "the plan's next interval begins",
    ("turn", "walktest"): "the walk test: go",
    ("turn", "setting"): "a setting of the buzzer was changed, and played",
    ("goal", "step"): "well done: a hundred steps back, or the goal that was set",
    ("goal", "plan"): "well done: the plan's session is over",
    ("tick", "setting"): "a beat of the metronome",
}
ANSWERED = "the plan heard the answer: all is safe"


def sentence(walk: Walk, buzz: Event) -> str:
    """"Buzz “stop”: stand still: that was a stumble"."""
    pattern, cause = buzz.value or "?", buzz.cause or ""
    said = SAYS.get((pattern, cause)) or (f"because of: {cause}" if cause else "")
    if (pattern, cause) == ("goal", "plan") and _was_pressed(walk, buzz):
        said = ANSWERED
    if (pattern, cause) == ("goal", "step") and not walk.settings.get("steps_goal"):
        said = "well done: a hundred steps back"
    return f"Buzz “{pattern}”: {said}" if said else f"Buzz “{pattern}”"


def _was_pressed(walk: Walk, buzz: Event) -> bool:
    return any(event.kind == "button" and 0 <= buzz.t_s - event.t_s <= PRESSED_S for event in walk.events)
