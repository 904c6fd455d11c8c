# SPDX-License-Identifier: MIT
"""The picture of bench/felt.py: what was scripted, measured, noticed and felt, on one time line.

question  does each buzz stand where it should?
data      a felt.Felt
page      docs/felt.svg
but       drawn by hand: no library is needed to look at it
"""

from __future__ import annotations

from typing import Any

import numpy as np
from retrostep import units

COLOURS = {"forward": "#0b6e4f", "backward": "#c05621", "fall": "#7b2d8b", "stand": "#b9c0c8", "other": "#b9c0c8"}
LOUD = {"turn": "#2c5f9e", "stop": "#b3261e", "goal": "#0b6e4f", "slow": "#8a6d00", "tick": "#555"}


def picture(felt: Any) -> str:
    """An SVG: |w|, what was scripted, what the board noticed, what the wearer felt, on one time line."""
    width, left, right = 1000, 110, 985
    span = len(felt.stream.words) / units.RATE_HZ
    words = np.asarray(felt.stream.words, float).reshape(-1, 6)[:, :3]
    w = np.linalg.norm(words, axis=1) * units.gyro_scale(units.RANGES["ankle"][1])
    top = 12.0

    def x(t: float) -> float:
        return left + (right - left) * t / span

    def label(y: float, first: str, second: str = "") -> None:
        parts.append(f'<text x="8" y="{y}" font-weight="bold">{first}</text>')
        if second:
            parts.append(f'<text x="8" y="{y + 15}" fill="#666" font-size="11">{second}</text>')

    def text(t: float, y: float, what: str, colour: str = "#222", anchor: str = "start") -> None:
        parts.append(f'<text x="{x(t):.1f}" y="{y}" fill="{colour}" text-anchor="{anchor}">{what}</text>')

    parts = [f'<rect width="{width}" height="400" fill="#fff"/>']
    for t in range(0, int(span) + 1, 5):
        parts.append(f'<line x1="{x(t):.1f}" x2="{x(t):.1f}" y1="18" y2="368" stroke="#e3e6ea"/>')
        text(t, 386, f"{t} s", "#666", "middle")
    label(40, "scripted")
    for begin, end, name in felt.truth["segments"]:
        if name in COLOURS:
            parts.append(
                f'<rect x="{x(begin):.1f}" y="24" width="{x(end) - x(begin):.1f}" height="26" rx="3" '
                f'fill="{COLOURS[name]}"/>'
            )
            shown = {"other": "up again", "fall": "falls, lies"}.get(name, name)
            if x(end) - x(begin) > 7 * len(shown):
                dark = name in ("stand", "other")
                text((begin + end) / 2, 42, shown, "#222" if dark else "#fff", "middle")
    for at, name in ((event[0], event[1]) for event in felt.truth["events"] if event[1] == "stumble"):
        parts.append(f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="20" y2="54" stroke="#000" stroke-width="3"/>')
        text(at, 68, f"{name}s", "#000", "middle")
    if felt.pressed_s:
        parts.append(f'<circle cx="{x(felt.pressed_s):.1f}" cy="37" r="6" fill="#fff" stroke="#000" stroke-width="2"/>')
        text(felt.pressed_s, 68, "presses the button", "#000", "middle")
    label(118, "turning rate", "rad/s")
    columns = (right - left) * 1
    points = []
    for column in range(columns):
        piece = w[int(column * len(w) / columns) : int((column + 1) * len(w) / columns) + 1]
        for value in (piece.max(), piece.min()) if column & 1 else (piece.min(), piece.max()):
            points.append(f"{left + column},{200 - 118 * min(value, top) / top:.1f}")
    for level in (0, 4, 8, 12):
        y = 200 - 118 * level / top
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end" fill="#666">{level}</text>')
    parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="#48515c" stroke-width="0.8"/>')
    label(236, "noticed", "by the board")
    for step in felt.session.steps:
        if not step.inferred:
            colour = COLOURS.get(step.direction, "#b9c0c8")
            parts.append(f'<line x1="{x(step.t):.1f}" x2="{x(step.t):.1f}" y1="222" y2="236" stroke="{colour}" '
                         'stroke-width="2"/>')  # fmt: skip
    for alert in felt.session.alerts:
        at = x(alert.t)
        parts.append(f'<path d="M{at:.1f} 222 l6 14 h-12 z" fill="#000"/>')
        text(alert.t, 252, f"{alert.kind}", "#000", "middle")
    label(296, "felt", "the motor turns")
    last = ""
    for buzz in felt.buzzes:
        colour = LOUD[buzz.pattern]
        for begin, length in buzz.pulses:
            parts.append(f'<rect x="{x(begin):.1f}" y="276" width="{max(1.6, x(length) - left):.1f}" height="30" '
                         f'fill="{colour}"/>')  # fmt: skip
        again = f"{buzz.pattern} {buzz.cause}" == last
        last = f"{buzz.pattern} {buzz.cause}"
        if again and buzz.cause == "fall":
            text(buzz.motor_t, 322, "again", colour)
            continue
        meant = {"interval": "next interval", "plan": "plan done", "fall": "fall alarm", "stumble": "stumble"}
        text(buzz.motor_t, 322, buzz.pattern, colour)
        text(buzz.motor_t, 337, meant.get(buzz.cause, buzz.cause), "#444")
    for alert in felt.session.alerts:
        answer = next((b for b in felt.buzzes if b.cause == alert.kind and b.motor_t >= alert.t), None)
        if answer is not None:
            late = 1000 * (answer.motor_t - alert.t)
            text(answer.motor_t, 352, f"after {late:.0f} ms" if late < 1000 else f"after {late / 1000:.1f} s", "#444")
    parts.append('<text x="8" y="357" fill="#666" font-size="11">one line: a stride,</text>')
    parts.append('<text x="8" y="370" fill="#0b6e4f" font-size="11">forward</text>')
    parts.append('<text x="55" y="370" fill="#c05621" font-size="11">backward</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 400" font-family="sans-serif" font-size="12" '
        'role="img" aria-label="A scripted walk, what the board noticed, and what the wearer felt">'
        + "".join(parts)
        + "</svg>\n"
    )
