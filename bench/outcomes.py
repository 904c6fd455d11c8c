# SPDX-License-Identifier: MIT
"""How far can a person's sheet trust its strides: range of the shank, stride-time CV at the ankle, toe or heel first?

question  1. `sagittal_rad` of each stride against the range of the same stride, reckoned offline from every sample
          2. what the error of two contacts adds to a stride time at the ankle: the floor of its CV
data      ankles: marpino (young, old; 2. has switches under the sole), sfu_imu_fall, erciyes (forward and backward)
split     nothing is fitted; by person
but       1. the reference is integrated from the same gyroscope (main axis of the walk, no filter, drift taken out
             contact to contact): it judges the board's method, not the sensor, and no camera saw these legs
          2. switches are late or missing one time in ten: strides that differ by more than 0.15 s are left out, so the
             floor holds the switches' own error as well
run       python bench/outcomes.py [--quick]
"""

from __future__ import annotations

import sys
from collections import defaultdict

import numpy as np
from accuracy_play import Played, play, rows, time, units

SOURCES = ("marpino", "sfu_imu_fall", "erciyes")
WAYS = ("forward", "backward")


def reference(one: Played) -> list[tuple[str, float, float]]:
    """(direction, range on the board, range offline) in degrees, of own strides with a next contact."""
    from retrostep import events

    scale = units.gyro_scale(units.RANGES[one.placement][1])
    gyro = one.words[:, :3].astype(float) * scale
    found = []
    own = sorted(one.own, key=time)
    if len(own) < 4:
        return []
    first, last = own[0].index, own[-1].index
    axis = np.linalg.svd(gyro[first:last], full_matrices=False)[2][0]
    rate = gyro @ axis
    for step, following in zip(own, own[1:], strict=False):
        a, b = step.index, following.index
        if not 0.6 < (b - a) / units.RATE_HZ < 2.5 or not following.sagittal_rad:
            continue
        angle = np.cumsum(rate[a:b] - rate[a:b].mean()) / units.RATE_HZ
        name = events.DIRECTIONS[following.direction]
        found.append((name, float(np.degrees(following.sagittal_rad)), float(np.degrees(np.ptp(angle)))))
    return found


def floor(one: Played) -> list[tuple[float, float]]:
    """(stride time of the board - of the switches, stride time of the switches) in s, of strides that both have."""
    marks = one.meta.get("step_times") or []
    mine = sorted(time(step) for step in one.own)
    found = []
    for a, b in zip(marks, marks[1:], strict=False):
        near = [min(mine, key=lambda t, at=at: abs(t - at), default=None) for at in (a, b)]
        if None in near or near[0] == near[1] or not 0.6 < b - a < 2.5:
            continue
        off = (near[1] - near[0]) - (b - a)
        if abs(near[0] - a) < 0.15 and abs(near[1] - b) < 0.15 and abs(off) < 0.15:
            found.append((off, b - a))
    return found


def main() -> None:
    ranges: dict[tuple[str, str], dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    floors: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    toes: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for position, row in rows(SOURCES, 8 if "--quick" in sys.argv else 1):
        if row["placement"] != "ankle":
            continue
        one = play(position, row)
        group = f"{one.source} {one.meta.get('group', '')}".strip()
        if group.endswith("disability") or one.label not in ("forward", "backward", "NW"):
            continue
        for way, board, true in reference(one):
            if way in WAYS:
                ranges[group, way][one.person].append((board, true))
        floors[group][one.person] += floor(one)
        for step in one.own:
            if step.direction in (1, 2):
                toes[group, WAYS[step.direction - 1]][step.contact] += 1
    print("| shank range, degrees | people | strides | offline, median | board less offline: bias | SD, one stride |"
          " worst person's bias |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for (group, way), people in sorted(ranges.items()):
        every = [pair for pairs in people.values() for pair in pairs]
        off = [board - true for board, true in every]
        worst = max((float(np.median([b - t for b, t in pairs])) for pairs in people.values()), key=abs)
        middle = np.median([true for _, true in every])
        print(f"| {group}, {way} | {len(people)} | {len(every)} | {middle:.0f} | {np.median(off):+.1f} | {np.std(off):.1f} "
              f"| {worst:+.1f} |")  # fmt: skip
    print("\n| stride time at the ankle | people | strides | SD of the error of one stride, ms | of them, by MAD | floor of the "
          "CV, % | by MAD |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for group, people in sorted(floors.items()):
        every = [pair for pairs in people.values() for pair in pairs]
        if len(every) < 10:
            continue
        off = np.array([pair[0] for pair in every])
        mean = np.mean([pair[1] for pair in every])
        sd, mad = float(np.std(off)), 1.4826 * float(np.median(np.abs(off - np.median(off))))
        print(f"| {group} | {sum(map(bool, people.values()))} | {len(every)} | {1000 * sd:.0f} | {1000 * mad:.0f} "
              f"| {100 * sd / mean:.1f} | {100 * mad / mean:.1f} |")  # fmt: skip
    print("\n| first contact at the ankle | unknown | toe | heel |\n|---|---|---|---|")
    for (group, way), (unknown, toe, heel) in sorted(toes.items()):
        print(f"| {group}, {way} | {unknown} | {toe} | {heel} |")


if __name__ == "__main__":
    main()
