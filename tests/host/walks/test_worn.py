# SPDX-License-Identifier: MIT
"""Wherever the sensor sits: one motion, one truth; what it measures is that of a rigid body (docs/walks.md)."""

import json

import numpy as np
import pytest
from retrostep import units
from retrostep_host.errors import BadScript
from retrostep_host.virtual import walks
from retrostep_host.virtual.walking import sensing
from scipy.signal import butter, sosfiltfilt

from bench import walks as bench

SCRIPT = "stand 2 s\nforward 6 strides\nstand 1 s\nbackward 6 strides\nstand 2 s"
PLACES = [
    "ankle left front",
    "ankle left back up=30",
    "ankle right inner",
    "ankle left ahead=15 outward=-4 up=-5",
    "thigh left",
    "thigh right front up=30",
]


@pytest.fixture
def quiet(monkeypatch):
    """No noise, no bias, no skin: what is left is geometry."""
    for name in ("NOISE_ACC", "NOISE_GYR", "BIAS_ACC", "BIAS_GYR"):
        monkeypatch.setattr(sensing, name, 0.0)
    monkeypatch.setattr(sensing, "_skin", lambda force, rate, rng: (force, rate))


def strapdown(walk, start, end):
    """Displacement in m over [start, end) s by integrating twice, standing still at both ends."""
    i, j = round(start * units.RATE_HZ), round(end * units.RATE_HZ)
    turn, velocity = np.eye(3), np.zeros(3)
    up = walk.acc[i]
    track = []
    for k in range(i, j):
        rate = 0.5 * (walk.gyr[k] + walk.gyr[k + 1]) / units.RATE_HZ
        angle = np.linalg.norm(rate)
        axis = rate / (angle + 1e-15)
        cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
        turn = turn @ (np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)
        velocity = velocity + (turn @ walk.acc[k + 1] - up) / units.RATE_HZ
        track.append(velocity)
    track = np.array(track)
    track -= np.linspace(0, 1, len(track))[:, None] * track[-1]
    return track.sum(axis=0) / units.RATE_HZ


@pytest.mark.parametrize("wear", PLACES)
def test_the_truth_is_the_same_wherever_the_sensor_sits(wear):
    side = wear.split()[1]
    usual, elsewhere = walks.generate(SCRIPT, 2, side=side), walks.generate(SCRIPT, 2, wear=wear)
    assert elsewhere.truth == usual.truth and elsewhere.duration_s == usual.duration_s
    assert elsewhere.placement == "ankle" and elsewhere.side == side, "the board knows no other place"


@pytest.mark.parametrize("verb", ["forward", "backward"])
@pytest.mark.parametrize("wear", ["ankle left", *PLACES, "ankle left loose"])
def test_integrating_the_sensor_twice_gives_the_true_way_back(verb, wear, quiet):
    """The whole promise of the model: gravity, lever arm and swing are one motion, not painted on."""
    walk = walks.generate(f"stand 2 s\n{verb} 4 strides\nstand 2 s", 3, mount=None, wear=wear)
    moved = strapdown(walk, 1.0, walk.duration_s - 0.5)
    true = sum(step.length_m for step in walk.truth.steps if step.own)
    assert abs(moved[0] - true) < 0.06 * abs(true), f"{moved[0]:.3f} m instead of {true:.3f} m"
    assert abs(moved[1]) < (0.25 if "loose" in wear else 0.12), "rattling at 8 Hz is sampled at 104"


@pytest.mark.parametrize("wear", ["ankle left front", "ankle left ahead=15 outward=-5 up=35", "ankle left back up=-5"])
def test_moving_the_sensor_is_moving_it_on_a_rigid_body(wear, quiet):
    usual, elsewhere = (walks.generate(SCRIPT, 5, mount=None, wear=w) for w in ("ankle left", wear))
    assert (elsewhere.gyr == usual.gyr).all(), "one segment turns at one rate"
    place = elsewhere.meta["worn"]
    r = np.array([place["ahead_cm"] - 2, place["outward_cm"] - 2, place["up_cm"] - 10]) / 100
    w = usual.gyr
    shift = np.cross(np.gradient(w, axis=0) * units.RATE_HZ, r) + np.cross(w, np.cross(w, r))
    slow = butter(2, 12 / (units.RATE_HZ / 2), output="sos")
    off = sosfiltfilt(slow, elsewhere.acc - usual.acc - shift, axis=0)
    assert off.std() < 0.03 * sosfiltfilt(slow, shift, axis=0).std()


def test_what_no_lever_arm_reaches_stays_and_what_it_reaches_turns_round():
    """s2 is the gyro's alone; E falls with every centimetre in front of the leg (GAIT: it is the lever arm)."""
    found = {}
    for ahead in (-6, 2, 15):
        walk = walks.generate("stand 1 s\nforward 12 strides", 1, wear=f"ankle left ahead={ahead} up=25")
        acc, gyr = bench.signals(walk)
        s, ln, *_ = bench.axes(acc, gyr)
        s = s * (1 if np.percentile(s, 99.5) > -np.percentile(s, 0.5) else -1)
        found[ahead] = (np.corrcoef(s[1:], np.diff(ln))[0, 1], bench.witnesses(walk, 1))
    assert found[-6][0] > found[2][0] > 0 > found[15][0]
    assert np.ptp([w[0] for _, w in found.values()]) < 0.02
    assert all(w[2] < -0.15 and w[3] < -0.3 for _, w in found.values()), "ca and l2 go on saying forward"


def test_thigh_and_shank_belong_to_one_leg(quiet):
    """Thigh 20 degrees in front at contact, 10 or more behind in late stance; the knee bends one way only."""
    script = "stand 1 s\nforward 12 strides"
    thigh, shank = (walks.generate(script, 1, mount=None, wear=f"{w} left") for w in ("thigh", "ankle"))
    angle = {}
    for name, walk, sign in (("thigh", thigh, -1), ("shank", shank, 1)):
        angle[name] = np.degrees(np.cumsum(sign * walk.gyr[:, 1]) / units.RATE_HZ)
    own = [round(t * units.RATE_HZ) for t in thigh.truth.times(own=True)[2:-2]]
    contact = np.median([angle["thigh"][k] for k in own])
    late = np.median([angle["thigh"][k : k + 90].min() for k in own])
    knee = angle["thigh"] + angle["shank"]
    assert 15 < contact < 32 and -30 < late < -8
    assert knee.min() > -8 and 55 < np.median([knee[k : k + 110].max() for k in own]) < 85
    assert 2.0 < np.percentile(np.abs(thigh.gyr[:, 1]), 99) < 3.6 < np.percentile(np.abs(shank.gyr[:, 1]), 99)


def test_a_loose_strap_slides_and_rattles_and_the_walk_stays_the_same():
    script = "stand 1 s\nforward 25 strides"
    tight, loose = (walks.generate(script, 3, mount=None, wear=w) for w in ("ankle left", "ankle left loose"))
    assert loose.truth == tight.truth and loose.meta["worn"]["loose"] and not tight.meta["worn"]["loose"]

    def axis(walk, part):
        rate = walk.gyr[part]
        return np.linalg.eigh(rate.T @ rate)[1][:, -1]

    def slid(walk):
        first, last = axis(walk, slice(104, 500)), axis(walk, slice(-600, -200))
        return np.degrees(np.arccos(min(1.0, abs(first @ last))))

    assert slid(tight) < 5 < 20 < slid(loose)
    fast = butter(2, 6 / (units.RATE_HZ / 2), "high", output="sos")
    shaken = [np.std(sosfiltfilt(fast, walk.gyr, axis=0)) for walk in (tight, loose)]
    assert shaken[1] > 1.5 * shaken[0]


def test_the_file_says_where_it_sat(tmp_path):
    walks.save(walks.generate("wear thigh right front up=20\nforward 5 strides"), tmp_path / "walk")
    meta = json.loads((tmp_path / "walk.json").read_text())
    assert (meta["placement"], meta["side"]) == ("ankle", "right")
    assert meta["worn"] == {
        "spoken": "on the front of the right thigh",
        "segment": "thigh", "ahead_cm": 9.0, "outward_cm": 0.0, "up_cm": 20.0, "up_from": "knee", "loose": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wear", "spoken"),
    [
        ("ankle left", "on the left ankle"),
        ("ankle right front", "on the front of the right shin"),
        ("ankle left back", "on the back of the left lower leg"),
        ("thigh left", "on the outer side of the left thigh"),
        ("foot left", "on the left foot"),
    ],
)
def test_people_are_told_where_it_sat(wear, spoken):
    assert walks.generate("stand 2 s", wear=wear).meta["worn"]["spoken"] == spoken


def test_script_wear_placement_and_side_win_in_this_order():
    script = "wear ankle right front\nforward 5 strides"
    assert walks.generate(script).meta["worn"]["ahead_cm"] == 6
    assert walks.generate(script, placement="ankle").meta["worn"]["ahead_cm"] == 6
    assert walks.generate(script, placement="foot").meta["worn"]["segment"] == "foot"
    other = walks.generate(script, side="left", wear="thigh right up=20cm ahead=3")
    assert other.side == "left" and other.meta["worn"]["up_cm"] == 20 and other.meta["worn"]["outward_cm"] == 8
    with pytest.raises(BadScript, match="one too many"):
        walks.generate(script, wear="ankle up=3 up=4")
