# SPDX-License-Identifier: MIT
"""Training: the intervals of a plan and the 3 m backward walk tests of a session, as rows.

in    a Walk with events
out   rows of text; what others published about the test, with whom they measured
keeps nothing
from  docs/plan.md, which prints the same table (a test holds them together)
not   a verdict: a cut-off belongs to the people it was found in
"""

from __future__ import annotations

from retrostep.events import DIRECTIONS

from retrostep_host.language import N_, _, number
from retrostep_host.report import scales
from retrostep_host.store.rows import Walk
from retrostep_host.store.summing import fields

# what, who was measured, source
PUBLISHED = (
    (N_("3.0 s or less: unlikely to fall; 4.5 s or more: likely"), N_("older adults living at home"), "Carter 2019"),
    (N_("5.5 s"), N_("483 older adults; AUC only 0.655"), "Polo-Ferrero 2025"),
    (N_("4.2 s"), N_("175 people with Parkinson disease; AUC only 0.699"), "Carter 2020"),
    (N_("8.15 s"), N_("nursing home"), "Kapan 2025"),
    (N_("a change below 4.33 s may be chance"), N_("after hip replacement"), "Özden"),
)
KINDS = {"forward": N_("forward"), "backward": N_("backward"), "rest": N_("rest")}


def published() -> list[tuple[str, str, str]]:
    """PUBLISHED in the language that is spoken."""
    return [(_(what), _(who), source) for what, who, source in PUBLISHED]


def intervals(walk: Walk) -> list[tuple[str, ...]]:
    """(ended at, number, what, planned, walked, steps) of each interval of the plan; a plan in steps has no time."""
    rows = []
    for event in walk.events:
        if event.kind != "interval":
            continue
        one = fields(event)
        kind = one.get("direction", 0)
        what = "rest" if kind == 0 else DIRECTIONS[kind] if kind < len(DIRECTIONS) else str(kind)
        planned = f"{one['planned_s']} s" if one.get("planned_s") else _("in steps")
        rows.append(
            (
                scales.clock(event.t_s),
                str(one.get("number", "?")),
                _(KINDS[what]) if what in KINDS else what,
                planned,
                "–" if what == "rest" else f"{one.get('done_s', 0)} s",
                "–" if what == "rest" else str(one.get("steps", 0)),
            )
        )
    return rows


def tests(walk: Walk) -> list[tuple[str, ...]]:
    """(number, time to 0.05 s, steps, distance that the board measured) of each repetition."""
    rows = []
    for event in walk.events:
        if event.kind == "walktest":
            one = fields(event)
            distance = one.get("distance_cm", 0)
            rows.append(
                (
                    str(one.get("number", "?")),
                    f"{number(one.get('time_ms_div10', 0) / 100, 2)} s",
                    str(one.get("steps", 0)),
                    f"{number(distance / 100, 2)} m" if distance else _("unknown"),
                )
            )
    return rows
