# SPDX-License-Identifier: MIT
"""No unit gives wrong steps: it is refused before, and what the refusal says to type gives the right ones."""

import re
import shlex

import numpy as np
import pytest
from retrostep import units
from retrostep_host import quantity, recordings
from retrostep_host.cli import main
from retrostep_host.errors import BadRecording, WrongUnit

# what one m/s^2, rad/s, s is in the file; whole numbers or not
MADE = {
    "g": (1 / units.G, 1 / units.DEG, 1, False),
    "mg_mdps": (1000 / units.G, 1000 / units.DEG, 1, False),
    "only_dps": (1, 1 / units.DEG, 1, False),
    "only_mdps": (1, 1000 / units.DEG, 1, False),
    "lsm_2g": (1 / units.acc_scale(2), 1 / units.gyro_scale(500), 1, True),
    "lsm_4g": (1 / units.acc_scale(4), 1 / units.gyro_scale(2000), 1, True),
    "lsm_8g": (1 / units.acc_scale(8), 1 / units.gyro_scale(1000), 1, True),
    "lsm_16g": (1 / units.acc_scale(16), 1 / units.gyro_scale(2000), 1, True),
    "ms": (1, 1, 1e3, False),
    "us": (1, 1, 1e6, False),
    "ns": (1, 1, 1e9, False),
    "mg_ms": (1000 / units.G, 1 / units.DEG, 1e3, False),
}


def make(walk, path, case):
    a, g, t, whole = MADE[case]
    table = np.column_stack([walk.t * t, walk.acc * a, walk.gyr * g])
    table[:, 1:] = np.rint(table[:, 1:]) if whole else table[:, 1:]
    return walk.write(path, table, form="%.6g" if t == 1 else "%.9g")


@pytest.mark.parametrize("case", MADE)
def test_obeying_every_hint_leads_to_the_right_steps_i12(walk, tmp_path, case, capsys):
    """The old hints led to 0 steps and exit 0 on raw counts, and to two unknown ones on mdps."""
    path, typed = make(walk, tmp_path / "a.csv", case), []
    for _ in range(4):
        code = main._run(["replay", str(path), "--placement", "ankle", *typed])
        said = capsys.readouterr()
        if not code:
            break
        assert code in (1, 11) and "  0" not in said.out.partition("\n")[2]
        hint = re.findall(r"`(--[^`]*)`", said.err)
        hint = [h for h in hint if not h.startswith("--raw")] if "--raw" not in hint[0] else hint[:1]
        typed += [word for one in hint for word in shlex.split(one)]
    unit = quantity.parse_units(
        typed[1::2] if "--raw" not in typed else [], dict(zip(typed, typed[1:], strict=False)).get("--raw")
    )
    got, plain = walk.counts(path, unit=unit), walk.plain
    assert all(abs(got[way] - plain[way]) <= 1 for way in plain), (typed, got)


def wrong(case):
    said = ("m/s2", "g", "mg", "lsm6dsox:2g", "lsm6dsox:4g", "lsm6dsox:8g", "64/g", "2048/g")
    return [f"acc={u}" for u in said if abs(quantity.factor("acc", u) * MADE[case][0] - 1) > 0.05]


@pytest.mark.parametrize("case", ["g", "mg_mdps", "lsm_4g", "lsm_16g"])
def test_a_wrong_unit_of_acceleration_is_refused_even_if_it_is_said_i12(walk, tmp_path, case):
    path = make(walk, tmp_path / "a.csv", case)
    for unit in wrong(case):
        with pytest.raises(WrongUnit, match="at rest"):
            recordings.load(path, quantity.parse_units([unit]))


@pytest.mark.parametrize(
    ("case", "said", "words"),
    [
        ("only_dps", "gyr=mdps", "too slow"),
        ("only_mdps", "gyr=dps", "mdps"),
        ("ms", "gyr=dps", "--unit t=ms"),
        ("us", "t=ms", "--unit t=us"),
        ("mg_mdps", "acc=mg", "--unit gyr=mdps"),
    ],
)
def test_a_wrong_unit_of_rotation_or_time_is_refused_even_if_it_is_said_i12(walk, tmp_path, case, said, words):
    with pytest.raises(WrongUnit, match=words):
        recordings.load(make(walk, tmp_path / "a.csv", case), quantity.parse_units([said]))


def test_raw_counts_are_one_flag_i12(walk, tmp_path):
    path = make(walk, tmp_path / "a.csv", "lsm_8g")
    read = recordings.load(path, quantity.parse_units([], "lsm6dsox:±8g:±1000dps"))
    assert np.abs(read.acc - walk.acc).max() < units.acc_scale(8) and walk.counts(path, unit={
        "acc": "lsm6dsox:8g", "gyr": "lsm6dsox:1000dps"}) == walk.plain  # fmt: skip


@pytest.mark.parametrize("raw", ["lsm6dsox", "lsm6dsox:8", "lsm6dsox:7g:1000dps", "bmi270:8g", "lsm6dsox:8g:8g"])
def test_a_chip_or_range_that_is_not_known_is_named(raw):
    with pytest.raises(BadRecording, match="--raw"):
        quantity.parse_units([], raw)


def test_raw_and_a_unit_that_differ_are_asked_about():
    with pytest.raises(BadRecording, match="twice"):
        quantity.parse_units(["acc=mg"], "lsm6dsox:8g")


def test_coarse_counts_without_a_gyroscope_are_noticed_i12(walk, tmp_path):
    table = np.column_stack([walk.t, np.rint(walk.acc * 64 / units.G)])
    path = walk.write(tmp_path / "a.csv", table, "t,acc_x,acc_y,acc_z", "%.6g")
    with pytest.raises(WrongUnit, match="--unit acc=64/g"):
        recordings.load(path)
    assert recordings.load(path, {"acc": "64/g"}).gyr is None


def test_acceleration_without_gravity_is_no_acceleration_i12(walk, tmp_path):
    free = walk.table.copy()
    free[:, 1:4] -= free[:200, 1:4].mean(axis=0)
    with pytest.raises(WrongUnit, match="gravity taken out"):
        recordings.load(walk.write(tmp_path / "a.csv", free))


def test_a_slow_walk_in_degrees_is_no_fast_one_in_radians_i12(walk, tmp_path):
    """At most 38 deg/s: as rad/s no chip's limit is passed, but gravity would have to turn with it."""
    slow = walk.table.copy()
    slow[:, 0] *= 12
    slow[:, 4:] = np.degrees(slow[:, 4:]) / 12
    assert 5 < np.abs(slow[:, 4:]).max() < 40
    with pytest.raises(WrongUnit, match="--unit gyr=dps"):
        recordings.load(walk.write(tmp_path / "a.csv", slow))


def test_the_range_of_a_gyroscope_is_guessed_from_how_gravity_turns_i12(walk, tmp_path):
    for case, full in (("lsm_2g", 500), ("lsm_4g", 2000), ("lsm_8g", 1000)):
        with pytest.raises(WrongUnit) as caught:
            recordings.load(make(walk, tmp_path / "a.csv", case))
        named = [int(r) for r in re.findall(r":(\d+)dps", str(caught.value))]
        assert full in named and max(named) <= 4 * min(named)
