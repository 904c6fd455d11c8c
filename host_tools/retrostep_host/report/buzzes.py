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

from retrostep_host.language import N_, _
from retrostep_host.store.rows import Event, Walk

PRESSED_S = 1.0  # a buzz so soon after a press answers it

# (pattern, the kind of event that led to it) -> what it said
SAYS = {
    ("stop", "stumble"): N_("stand still: that was a stumble"),
    ("stop", "fall"): N_("was that a fall? Any press of the button, or walking on, ends the alarm"),
    ("stop", "wobble"): N_("stand still: the walk stayed unsteady"),
    ("stop", "plan"): N_("enough: the walk stayed unsteady, and the plan's session ends"),
    ("stop", "end"): N_("enough for today: the time that was set for a walk is over"),
    ("stop", "log"): N_("the log takes no more of the walk"),
    ("slow", "wobble"): N_("slow down: the walk has become unsteady"),
    ("slow", "log"): N_("the battery is nearly empty"),
    ("slow", "plan"): N_("the plan asks whether all is safe; a press of the button answers"),
    ("turn", "step"): N_("the way has turned backward"),
    ("turn", "interval"): N_("the plan's next interval begins"),
    ("turn", "walktest"): N_("the walk test: go"),
    ("turn", "setting"): N_("a setting of the buzzer was changed, and played"),
    ("goal", "step"): N_("well done: a hundred steps back, or the goal that was set"),
    ("goal", "plan"): N_("well done: the plan's session is over"),
    ("tick", "setting"): N_("a beat of the metronome"),
}
NAMES = {"stop": N_("stop"), "slow": N_("slow"), "turn": N_("turn"), "goal": N_("goal"), "tick": N_("tick")}
ANSWERED = N_("the plan heard the answer: all is safe")
HUNDRED = N_("well done: a hundred steps back")


def sentence(walk: Walk, buzz: Event) -> str:
    """"Buzz “stop”: stand still: that was a stumble"."""
    pattern, cause = buzz.value or "?", buzz.cause or ""
    said = SAYS.get((pattern, cause), "")
    if (pattern, cause) == ("goal", "plan") and _was_pressed(walk, buzz):
        said = ANSWERED
    if (pattern, cause) == ("goal", "step") and not walk.settings.get("steps_goal"):
        said = HUNDRED
    words = _(said) if said else _("because of: %(cause)s", cause=cause) if cause else ""
    name = _(NAMES[pattern]) if pattern in NAMES else pattern
    return _("Buzz “%(name)s”: %(words)s", name=name, words=words) if words else _("Buzz “%(name)s”", name=name)


def _was_pressed(walk: Walk, buzz: Event) -> bool:
    return any(event.kind == "button" and 0 <= buzz.t_s - event.t_s <= PRESSED_S for event in walk.events)
