# SPDX-License-Identifier: MIT
"""A generated walk is exact, repeatable, and near enough to people to try things on (docs/walks.md)."""

import json

import numpy as np
import pytest
from retrostep import units
from retrostep_host import recordings
from retrostep_host.errors import BadScript
from retrostep_host.virtual import walks
from retrostep_host.virtual.walking import script as walkscript

MIXED = "stand 2 s\nforward 8 strides\nturn 90\nbackward 8 strides\nside left 4 strides\nsit 3 s\nstand 2 s"


def test_same_seed_same_bytes_other_seed_other_bytes():
    one, two, other = (walks.generate(MIXED, seed) for seed in (5, 5, 6))
    assert (one.acc == two.acc).all() and (one.gyr == two.gyr).all() and one.truth == two.truth
    assert one.truth.steps != other.truth.steps


def test_truth_is_the_same_wherever_the_sensor_sits():
    ankle, foot, wrist = (walks.generate(MIXED, 2, placement=p) for p in ("ankle", "foot", "wrist"))
    assert ankle.truth == foot.truth == wrist.truth
    assert ankle.duration_s == wrist.duration_s


def test_strides_are_counted_for_each_leg():
    truth = walks.generate("forward 7 strides\nbackward 9 strides").truth
    assert (truth.count("forward"), truth.count("backward")) == (14, 18)
    assert len(truth.times(own=True, direction="backward")) == 9
    assert truth.times() == sorted(truth.times())


@pytest.mark.parametrize("first", ["own", "other"])
def test_first_step_and_closing_step_are_half_strides(first):
    truth = walks.generate(f"forward 10 strides first={first}").truth
    sizes = [step.length_m for step in truth.steps]
    middle = np.mean(sizes[1:-1])
    assert sizes[0] == pytest.approx(middle / 2, rel=0.15) and sizes[-1] == pytest.approx(middle / 2, rel=0.15)
    assert truth.steps[0].own == (first == "own")


def test_gravity_is_all_that_a_standing_leg_feels():
    walk = walks.generate("stand 4 s", 8)
    assert np.linalg.norm(walk.acc, axis=1).mean() == pytest.approx(units.G, abs=0.3)
    assert np.abs(walk.gyr).max() < 0.1


def test_shank_swings_as_fast_as_people_do():
    """FACTS: real ankles 5 to 7 rad/s forward; 2.4 to 6 backward, the other way round (mount=None: y is the axis)."""
    forward, backward = (walks.generate(f"stand 1 s\n{v} 20 strides", 1, mount=None) for v in ("forward", "backward"))

    def peaks(walk, sign):
        own = walk.truth.times(own=True)[3:-2]
        rate = -sign * walk.gyr[:, 1]  # pitch is positive forward; the swing turns the other way
        return np.median([rate[int((t - 0.7) * 104) : int((t + 0.1) * 104)].max() for t in own])

    assert 5.0 < peaks(forward, 1) < 7.5
    assert 2.4 < peaks(backward, -1) < 6.0


def test_backward_is_slower_and_less_even():
    cv, speed = {}, {}
    for verb in ("forward", "backward"):
        walk = walks.generate(f"{verb} 200 strides", 4)
        own = np.diff(walk.truth.times(own=True))[2:-2]
        cv[verb] = own.std() / own.mean()
        speed[verb] = np.mean([abs(s.length_m) for s in walk.truth.steps[5:-5]]) / own.mean()
    assert 0.012 < cv["forward"] < 0.028 and 0.026 < cv["backward"] < 0.045
    assert speed["backward"] < 0.75 * speed["forward"]


@pytest.mark.parametrize(
    "options,speed,cadence", [("speed=0.6 cadence=80", 0.6, 80), ("length=1.2 cadence=100", 1.0, 100)]
)
def test_options_are_kept(options, speed, cadence):
    truth = walks.generate(f"forward 60 strides {options}", 2).truth
    took = (truth.times()[-2] - truth.times()[1]) / (len(truth.steps) - 3)
    length = np.mean([s.length_m for s in truth.steps[1:-1]])
    assert 60 / took == pytest.approx(cadence, rel=0.05)
    assert length / (2 * took) == pytest.approx(speed, rel=0.07)


def test_stumble_and_fall_shake_harder_than_walking():
    calm = walks.generate("stand 1 s\nforward 12 strides", 3)
    wild = walks.generate("stand 1 s\nforward 8 strides\nstumble\nforward 4 strides\nfall", 3)
    (stumble, _), (fall, _) = sorted(wild.truth.events)

    def worst(walk, start, end):
        part = slice(int(start * 104), int(end * 104))
        off = np.linalg.norm(walk.acc[part], axis=1) - units.G
        return max(np.sqrt(np.mean(off[k : k + 26] ** 2)) for k in range(len(off) - 26))

    usual = np.median([worst(calm, at, at + 1) for at in range(2, int(calm.duration_s) - 1)])
    assert worst(wild, stumble, stumble + 1) > 2 * usual and worst(wild, fall, fall + 2) > 1.2 * usual
    lying = wild.acc[int((fall + 3) * 104) : int((fall + 6) * 104)].mean(axis=0)
    standing = wild.acc[:90].mean(axis=0)
    tilt = np.degrees(np.arccos(lying @ standing / np.linalg.norm(lying) / np.linalg.norm(standing)))
    assert tilt > 60


def test_saved_walk_is_a_recording_with_its_truth(tmp_path):
    walk = walks.generate(MIXED, 2)
    read = recordings.load(walks.save(walk, tmp_path / "walk"))
    assert read.placement == "ankle" and np.allclose(read.acc, walk.acc)
    meta = json.loads((tmp_path / "walk.json").read_text())
    assert meta["step_count"] == len(walk.truth.steps) and len(meta["step_times"]) == len(walk.truth.times(own=True))
    assert {label for _, _, label in meta["segments"]} >= {"stand", "forward", "turn", "backward", "sidestep", "sit"}
    assert meta["script"] == MIXED, "whoever has the file can make it again"


def test_a_resampled_walk_is_the_walk_itself():
    walk = walks.generate("stand 1 s\nforward 4 strides", 1)
    stream = recordings.stream(walk)
    off = stream.words[: stream.recorded, 3:] * units.acc_scale(8) - walk.acc
    assert np.abs(off).max() <= 0.51 * units.acc_scale(8) or np.abs(walk.acc).max() > 78


@pytest.mark.parametrize("script", sorted(p.stem for p in walkscript.SCRIPTS.glob("*.walk")))
def test_every_built_in_script_can_be_walked(script):
    walk = walks.generate(script)
    assert walk.truth.steps and np.isfinite(walk.acc).all()


def test_the_demo_shows_what_it_should():
    walk = walks.generate()
    assert 60 <= walk.duration_s <= 95
    assert walk.truth.count("backward") > 100 and walk.truth.count("forward") >= 40
    assert [kind for _, kind in walk.truth.events] == ["stumble"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("stand 3 s\nforwards 5 strides", "Line 2: `forwards`.*did you mean `forward`"),
        ("forward", "Line 1: say how much"),
        ("forward ten strides", "Line 1: `ten strides` is not an amount"),
        ("forward 10 parsecs", "Line 1: .*strides or steps or s or m"),
        ("forward 2.5 strides", "Line 1: count strides in whole"),
        ("forward 10 strides sped=1", "Line 1: .*no option `sped`.*`speed`"),
        ("forward 10 strides speed=9", "Line 1: `speed` goes from"),
        ("forward 10 strides speed=fast", "Line 1: .*not a number"),
        ("forward 10 strides speed=1 length=1 cadence=100", "Line 1: give two"),
        ("forward 10 strides length=1.9 speed=0.2", "Line 1: .*nobody walks"),
        ("stand 2 s\n\nstumble", "Line 3: a stumble needs"),
        ("side 4 strides", "Line 1: say which way"),
        ("turn 5", "Line 1: a turn is"),
        ("stand 999999 s", "Line 1: .*four hours"),
        ("forward 0 strides", "Line 1: .*more than nothing"),
        ("forward 10 strides knee=90", "Line 1: `knee` goes from 5 to 85 degrees.*`stiff`"),
        ("pedal 10 s rate=1", "Line 1: `pedal` has no option `rate`; .*`cadence`|cadence"),
        ("dangle 5 s rate=9", "Line 1: `rate` goes from"),
        ("dangle 5 strides", "Line 1: `dangle` is counted in s"),
        ("wear head", "Line 1: write `wear ankle left`"),
        ("wear ankle frnt", "Line 1: `frnt` is not understood.*front"),
        ("wear ankle left right", "Line 1: `right` is one too many"),
        ("wear ankle front back", "Line 1: `back` is one too many"),
        ("wear ankle ahead=20", "Line 1: `ahead` goes from -6 to 15 cm in front"),
        ("wear thigh up=high", "Line 1: `up=high` is not a number"),
        ("wear ankle up=nan", "Line 1: `up` goes from"),
        ("wear foot front", "Line 1: `front` goes with ankle or thigh"),
        ("wear wrist left loose", "Line 1: `loose` goes with ankle or thigh"),
        ("# nothing\n", "nothing to do"),
        ("stand 0.2 s\nstand 0.1 s", "shorter than one second"),
    ],
)
def test_a_wrong_line_is_named(script, words):
    with pytest.raises(BadScript, match="(?s)" + words):
        walks.generate(script + "\n")


def test_a_script_that_is_not_there_lists_the_built_in_ones():
    with pytest.raises(BadScript, match="demo"):
        walks.generate("nowhere")
