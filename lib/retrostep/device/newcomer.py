# SPDX-License-Identifier: MIT
"""Newcomer: somebody else wears the board from now on, since its participant code was changed.

in    the journal, the coach, the settings in force; what the settings of a person are for the new one
out   the plan at its beginning with its safety question open; no mount memory; side, aid and ground as given
from  docs/plan.md, "Safety first"
but   the first record of a boot begins a block with the code; what is set over the link comes before its code: a cut
      in between, and it begins again
not   who it is: a code tells nobody
"""
from retrostep import events
from retrostep import settings


def begin(journal, coach, values, given):
    """`values`: in force, changed in place; `given`: name -> value of settings.PERSONAL."""
    journal.mount(b"")
    if journal.training:
        from retrostep.coach import plan  # there already, on a board that trains

        state = plan.fresh(journal.training)
        journal.note(events.PLAN, journal.now, (state[0],), state[1:])
        coach.remember(state)
    for name in settings.PERSONAL:
        if values[name] != given[name]:
            values[name] = given[name]
            journal.setting(name, given[name])
