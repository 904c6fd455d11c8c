# SPDX-License-Identifier: MIT
"""The picture of docs/alerts.md: near falls found against alerts an hour outdoors, for every threshold.

question  none of its own: bench/alerts.py calls it
data      what alerts_play.py played
out       an SVG; lines are the shipped weights, rings each person held out
"""

from __future__ import annotations

import numpy as np
from alerts_play import Played
from heldout import highest, leg
from retrostep.balance import legscore


def curve(quiet: list[Played], near: dict[str, list[Played]]) -> str:
    """An SVG: near falls found against alerts an hour of quiet life, for every threshold; and each person held out."""
    outdoors = [r for r in quiet if r.source == "terrain"]
    hours = sum(r.hours for r in outdoors)
    weights = np.array(legscore._WEIGHTS)
    alerts = np.sort([x for r in outdoors for x in highest(r, weights, 60)])[::-1]
    width, height, left, foot, last = 640, 380, 60, 320, 10.0

    def x(value: float) -> float:
        return left + 560 * np.log1p(4 * min(value, last)) / np.log1p(4 * last)

    def y(percent: float) -> float:
        return foot - (percent - 50) * 5.6

    parts = [f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for v in (0, 0.3, 1, 2, 5, 10):
        parts.append(f'<line x1="{x(v):.0f}" x2="{x(v):.0f}" y1="40" y2="{foot}" stroke="#ddd"/>')
        parts.append(f'<text x="{x(v):.0f}" y="{foot + 18}" text-anchor="middle">{v}</text>')
    for v in (50, 60, 70, 80, 90, 100):
        parts.append(f'<line x1="{left}" x2="620" y1="{y(v):.0f}" y2="{y(v):.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y(v) + 4:.0f}" text-anchor="end">{v} %</text>')
    rows = leg(quiet, near, (0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0))
    for n, (name, colour) in enumerate(zip(near, ("#0b6e4f", "#1f5fa8", "#c05621"), strict=True)):
        own = near[name]
        best = np.array([max(highest(r, weights, 1), default=0.0) for r in own])
        points = {
            f"{x((alerts >= t).sum() / hours):.1f},{y(100 * (best >= t).mean()):.1f}": None
            for t in np.arange(1.25, 0.7, -0.005)
            if 100 * (best >= t).mean() >= 50 and (alerts >= t).sum() / hours <= last
        }
        parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        at = x((alerts >= 1).sum() / hours), y(100 * (best >= 1).mean())
        parts.append(f'<circle cx="{at[0]:.0f}" cy="{at[1]:.0f}" r="5" fill="{colour}"/>')
        for row in rows:
            held = x(row["alerts terrain"] / row["hours terrain"]), y(100 * row[name] / len(own))
            parts.append(f'<circle cx="{held[0]:.0f}" cy="{held[1]:.0f}" r="4" fill="none" stroke="{colour}"/>')
        parts.append(f'<text x="330" y="{foot - 60 + 18 * n}" fill="{colour}">{name}</text>')
    parts.append(
        '<text x="62" y="20">line: shipped weights; dot: shipped threshold; ring: each person held out</text>'
        '<text x="340" y="356" text-anchor="middle">stumble alerts per hour of walking outdoors</text>'
        f'<text x="340" y="374" text-anchor="middle" fill="#555">{len(near["as recorded"])} near falls acted by 5 '
        f"volunteers; {hours:.1f} h of 6 others outdoors</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="13" role="img" aria-label="Near falls found against alerts per hour outdoors">'
        + "".join(parts)
        + "</svg>\n"
    )
