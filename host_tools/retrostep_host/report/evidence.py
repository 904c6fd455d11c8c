# SPDX-License-Identifier: MIT
"""Evidence: the raw samples that the board kept around an alert, as two small curves.

in    a Walk with events and traces
out   positions: x 0-100 is 3 s before to 3 s after the alert; y 0-100 is the curve's own top to its bottom
keeps nothing
but   one point for four samples: the one farthest from rest, so that no blow is lost (25 a second are drawn)
not   a diagnosis: it shows what was measured, to eyes that have seen such curves before
"""

from __future__ import annotations

from retrostep import units
from retrostep.balance.wobble import MDC

from retrostep_host.language import _, number
from retrostep_host.report import measures, scales
from retrostep_host.store.rows import ALERTS, Trace, Walk

AROUND_S = 3.0
EVERY = 4  # samples a point


def around(walk: Walk) -> list[dict]:
    """One entry for each alert of the body whose samples were kept, in the order of time."""
    found = []
    for event in walk.events:
        if event.kind not in ALERTS:
            continue
        acc = _line(walk.traces, event.t_s, "acc", units.G)
        gyr = _line(walk.traces, event.t_s, "gyr", 0.0)
        if not acc:
            continue
        title = _("%(what)s at %(time)s", what=_(measures.ALERT[event.kind]), time=scales.clock(event.t_s))
        if event.score:
            title += ", " + _("score %(score)s", score=number(event.score, 2))
        found.append(
            {
                "kind": event.kind,
                "title": title,
                "curves": [_curve(_("acceleration"), "m/s²", acc), _curve(_("turning rate"), "rad/s", gyr)],
            }
        )
    return found


def uncertainty(walk: Walk) -> str:
    """What a difference between two wobble scores has to exceed; empty without one."""
    if not any(event.kind == "wobble" for event in walk.events):
        return ""
    return _(
        "Two wobble scores that differ by less than %(mdc)s may differ by chance (minimum detectable change, from "
        "15 usual walkers; no recording of real instability was at hand).",
        mdc=number(MDC, 2),
    )


def _line(traces: tuple[Trace, ...], at: float, name: str, rest: float) -> list[list[tuple[float, float]]]:
    """Unbroken runs of (s from the alert, value)."""
    runs: list[list[tuple[float, float]]] = []
    end = None
    for trace in traces:
        values = getattr(trace, name)
        step = 1.0 / trace.rate_hz
        run: list[tuple[float, float]] = []
        for first in range(0, len(values), EVERY):
            t = trace.t_s + first * step - at
            if -AROUND_S <= t <= AROUND_S:
                run.append((t, max(values[first : first + EVERY], key=lambda v: abs(v - rest))))
        if run and runs and end is not None and run[0][0] - end < 2 * EVERY * step:
            runs[-1] += run  # the next record of the same stretch
        elif run:
            runs.append(run)
        end = run[-1][0] if run else end
    return runs


def _curve(what: str, unit: str, runs: list[list[tuple[float, float]]]) -> dict:
    top = max(value for run in runs for _t, value in run)
    _low, high, _ticks = scales.around(0.0, top, 4, 1.0)
    lines = []
    for run in runs:
        points = (
            f"{scales.place(t, -AROUND_S, AROUND_S):.1f},{100 - scales.place(value, 0.0, high):.0f}" for t, value in run
        )
        lines.append(" ".join(points))
    return {"what": what, "unit": unit, "high": scales.number(high), "lines": lines, "top": number(top, 1)}
