# SPDX-License-Identifier: MIT
"""Symmetry: left beside right, of a walk that a board on each leg saw.

in    a Walk with `views`, whole ones
out   a row for each measure that both legs have enough strides for: left, right, and their difference in percent
keeps nothing
from  symmetry index, 100 (L − R) / ((L + R) / 2): Robinson, Herzog, Nigg, J. Manipulative Physiol. Ther. 1987;10:172
but   each leg is measured by its own sensor: only its own strides count, none is inferred
not   the time from a left to a right contact: two boards' clocks agree to a second at best
not   a verdict: no limit above which a walk is uneven
"""

from __future__ import annotations

from retrostep_host.language import N_, _, number, signed
from retrostep_host.report import measures
from retrostep_host.store.rows import Walk

MEASURES = (("stride_s", N_("stride time"), "s"), ("length_m", N_("stride length"), "m"))
WAYS = {"forward": N_("forward"), "backward": N_("backward"), "sideways": N_("sideways")}


Cell = tuple[str, str]  # median and middle half; "" where there is none


def rows(walk: Walk) -> list[tuple[str, Cell, Cell, str]]:
    """(measure, left, right, difference); [] unless a left and a right view of one placement are there."""
    legs = {}
    for side in ("left", "right"):
        views = [view for view in walk.views if view.side == side and view.placement == walk.placement]
        if not views:
            return []
        legs[side] = tuple(step for view in views for step in view.steps)
    own = {side: sum(not step.inferred for step in steps) for side, steps in legs.items()}
    strides = [(number(own[side]), "") for side in ("left", "right")]
    found = [(_("strides of this leg"), *strides, _percent(own["left"], own["right"]))]
    for field, name, unit in MEASURES:
        left, right = (measures.strides(legs[side], field) for side in ("left", "right"))
        for direction in measures.ORDER:
            if direction in left and direction in right:
                a, b = left[direction], right[direction]
                cells = [
                    (f"{number(s.median, 2)} {unit}", f"{number(s.low, 2)}–{number(s.high, 2)}") for s in (a, b)
                ]
                title = _("%(measure)s, %(direction)s", measure=_(name), direction=_(WAYS[direction]))
                found.append((title, *cells, _percent(a.median, b.median)))
    return found


def _percent(left: float, right: float) -> str:
    """"+3 %": left is so much more than right, of their mean."""
    middle = (left + right) / 2
    share = round(100 * (left - right) / middle) if middle else 0
    return f"{signed(share, 0)} %" if share else "0 %" if middle else "–"
