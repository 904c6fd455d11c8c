# SPDX-License-Identifier: MIT
"""What would hours recorded at 40 Hz have alerted at 104? Part of bench/alerts.py.

in    level walking and stairs at 104 Hz (sfu_imu_fall), hours outdoors at 40 Hz (terrain), as played
out   a table's head and rows
but   an estimate: the same recordings are thinned to 40 Hz; nobody walked outdoors at 104
"""

from __future__ import annotations

import numpy as np
from alerts_play import CORPUS, Played, play, trace
from heldout import highest
from retrostep.balance import legscore

LEVELS = ("few", "usual", "many")


def quicker(sfu: list[Played], outdoors: list[Played]) -> tuple[list[str], list[list[str]]]:
    """Alerts outdoors, were the blows there as much harder as 104 Hz sees them than 40 Hz does in level strides and on
    stairs: highest scores times the median ratio and times its upper quartile."""
    ratios = []
    for r in sfu:
        if r.kind == "ADLs" and r.code in ("NW", "AS", "DS") and r.score_top > 0:
            slow = play(trace(CORPUS / "sfu_imu_fall" / f"{r.name}.npz", 40.0)).score_top
            ratios += [r.score_top / slow] if slow > 0 else []
    hours = sum(r.hours for r in outdoors)
    scores = [x for r in outdoors for x in highest(r, np.array(legscore._WEIGHTS), 60)]
    body = []
    for name, ratio in (("median", np.median(ratios)), ("upper quartile", np.percentile(ratios, 75))):
        counts = [sum(x * ratio >= legscore.LEVELS[level] for x in scores) for level in LEVELS]
        body.append([f"{name}, × {ratio:.2f}", *(f"{n} ({n / hours:.1f}/h)" for n in counts)])
    what = f"stumble alerts outdoors, {hours:.2f} h, as a 104 Hz sensor may see them"
    return [what, *(f"`{level}`" for level in LEVELS)], body
