# SPDX-License-Identifier: MIT
"""Card: what is felt on the leg, in large type, for one sheet of paper on the fridge.

in    retrostep.coach.patterns.PATTERNS, so that card and motor never differ
out   one HTML file in the language that is spoken, without a network; each buzz as bars as long as it is
keeps nothing
not   settings of one board: longer or stronger pulses keep their number, and the number is what is counted
"""

from __future__ import annotations

from retrostep.coach import patterns

from retrostep_host import language
from retrostep_host.language import N_, _, n_
from retrostep_host.report import templates

WORDS = {  # pattern -> (how it feels, what to do, why)
    patterns.STOP: (
        N_("Four long ones"),
        N_("Stop. Stand still and hold on to something."),
        N_("You stumbled or fell, or it is enough for today."),
    ),
    patterns.SLOW: (
        N_("Two long ones, slow"),
        N_("Slow down."),
        N_(
            "You walk less steadily than you usually do. While you stand: is everything safe? Press the button to say "
            "yes."
        ),
    ),
    patterns.TURN: (
        N_("One long one"),
        N_("A change: walk the other way, or the next part begins."),
        N_("You now walk backward, or the plan goes on."),
    ),
    patterns.GOAL: (
        N_("Three short ones, quick"),
        N_("Well done."),
        N_("A hundred steps backward, your goal, or the end of the session."),
    ),
}
LONGEST_MS = 1100.0  # of a drawn pattern: 100 %


def rows() -> list[dict]:
    """The patterns in the order of their number of pulses, drawn in percent."""
    found = []
    for number in sorted(WORDS, key=lambda one: len(patterns.PATTERNS[one][3])):
        pulses, at, bars = patterns.PATTERNS[number][3], 0, []
        for on, off in pulses:
            bars.append({"x": round(100 * at / LONGEST_MS, 2), "width": round(100 * on / LONGEST_MS, 2)})
            at += on + off
        how, what, why = WORDS[number]
        alt = n_("%(n)s buzz", "%(n)s buzzes", len(pulses))
        found.append({"bars": bars, "how": _(how), "what": _(what), "why": _(why), "alt": alt})
    return found


def render() -> str:
    """The card."""
    return templates.environment().get_template("card.html.j2").render(rows=rows(), lang=language.current())
