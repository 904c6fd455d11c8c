# SPDX-License-Identifier: MIT
"""The picture of docs/accuracy.md: what each witness of direction says, and how far contacts are off."""

from __future__ import annotations

from pathlib import Path


def picture(path: Path, points: dict[str, list[tuple[float, bool]]], errors: list[float]) -> None:
    """Write the picture of bench/accuracy.py: each witness by direction, the contact errors (s) on shoes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams["svg.hashsalt"] = "retrostep"
    matplotlib.rcParams["svg.fonttype"] = "none"
    names = sorted(points)
    figure, axes = plt.subplots(1, len(names) + 1, figsize=(3 * (len(names) + 1), 2.6))
    for axis, name in zip(axes, names, strict=False):
        for back, colour in ((False, "#3b6ea5"), (True, "#c05a2a")):
            values = [value for value, is_back in points[name] if is_back == back]
            axis.hist(values, bins=30, density=True, color=colour, alpha=0.7, label="backward" if back else "forward")
        axis.set_title(name, fontsize=9)
        axis.set_yticks([])
    axes[0].legend(fontsize=7)
    axes[-1].hist([1000 * e for e in errors], bins=30, color="#666")
    axes[-1].set_title("contact error on shoes, ms", fontsize=9)
    axes[-1].set_yticks([])
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
