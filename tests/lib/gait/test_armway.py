# SPDX-License-Identifier: MIT
"""A wrist says which way from physics alone: on generated walks, any way round on the arm, and never when it runs."""

from array import array

import numpy as np
import pytest
from retrostep import events
from retrostep.engine import Engine
from retrostep.gait import armway, setout
from retrostep_host import recordings
from retrostep_host.virtual import walks

THERE_AND_BACK = "stand 5 s\nforward 14 strides\nturn 180\nbackward 14 strides\nstand 3 s\n"


def played(words, side="right", gap=()):
    heard = []
    engine = Engine("wrist", heard.append, side=side)
    flat = array("h", np.ascontiguousarray(words).reshape(-1).tolist())
    at = 0
    for first, lost in gap:
        engine.feed(flat, first - at, at)
        engine.gap(lost)
        at = first
    engine.feed(flat, len(words) - at, at)
    engine.finish()
    return heard


def steps(heard):
    return [event for event in heard if event.kind == events.STEP]


def said(heard):
    return "".join("UFB"[event.direction] for event in steps(heard))


@pytest.fixture(scope="module")
def walk():
    return walks.generate(THERE_AND_BACK, 1, "wrist", "right")


@pytest.fixture(scope="module")
def words(walk):
    return recordings.stream(walk).words


def rotated(words, turn):
    return np.rint(np.hstack([words[:, :3] @ turn.T, words[:, 3:] @ turn.T])).clip(-32768, 32767).astype(np.int16)


def axis_along_arm(words):
    return int(np.argmax(np.abs(np.median(words[:, 3:], axis=0))))


def turn_about(axis, degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.eye(3)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    turn[i, i] = turn[j, j] = c
    turn[i, j], turn[j, i] = -s, s
    return turn


def test_forward_turn_backward_is_said_right(walk, words):
    heard = steps(played(words))
    turned = next(a for a, _, label in walk.truth.segments if label == "turn")
    back = next(a for a, _, label in walk.truth.segments if label == "backward")
    for event in heard:
        t = event.index / 104
        if event.direction:
            assert event.direction == (events.FORWARD if t < back else events.BACKWARD) or abs(t - back) < 2.0
    there = [event for event in heard if event.index / 104 < turned]
    again = [event for event in heard if event.index / 104 > back + 2.0]
    assert np.mean([event.direction == events.FORWARD for event in there]) > 0.8
    assert np.mean([event.direction == events.BACKWARD for event in again]) > 0.8
    assert all(event.confidence <= 0.9 for event in heard), "few people stand behind it"


def test_the_coach_hears_of_every_step_at_once_and_of_its_way_later(words):
    heard = played(words)
    seen = [event for event in heard if event.kind == events.SEEN]
    assert [event.index for event in seen] == [event.index for event in steps(heard)]
    assert max(b.decided - a.decided for a, b in zip(seen, steps(heard), strict=True)) > 104
    assert not [event for event in heard if event.kind == events.TURN], "nothing is said before it is final"


@pytest.mark.parametrize("degrees", [15, -15, 90, 180])
def test_a_strap_turned_round_the_arm_changes_nothing(words, degrees):
    plain = said(played(words))
    turned = said(played(rotated(words, turn_about(axis_along_arm(words), degrees))))
    assert sum(a == b for a, b in zip(plain, turned, strict=True)) >= len(plain) - 3


def test_upside_down_changes_nothing(words):
    across = (axis_along_arm(words) + 1) % 3
    assert said(played(rotated(words, turn_about(across, 180)))) == said(played(words))


@pytest.mark.parametrize("side", ["left", "unknown"])
def test_a_wrist_that_nobody_proved_says_backward_only_after_standing(words, side):
    assert "B" not in said(played(words, side)), "it set out from a turn, not from standing"
    alone = recordings.stream(walks.generate("stand 5 s\nbackward 14 strides\nstand 3 s\n", 2, "wrist", "left"))
    assert said(played(alone.words, side)).count("B") > 10


def test_a_board_that_sits_anyhow_is_silent_rather_than_wrong(walk, words):
    """No edge along the arm: the hand is not where it seems, and how forces go together objects."""
    back = next(a for a, _, label in walk.truth.segments if label == "turn")
    spoke = 0
    for k in range(12):
        for event in steps(played(rotated(words, recordings.random_rotation(5, k)))):
            spoke += event.direction != 0
            if event.index / 104 < back - 1.0:
                assert event.direction != events.BACKWARD
    assert spoke > 20, "and it is not silent always"


def test_what_swings_as_a_leg_does_has_no_direction():
    """A board at an ankle whose setting says wrist."""
    walk = walks.generate("stand 3 s\nforward 14 strides\nstand 2 s\n", 5, "wrist", "right")
    assert "F" in said(played(recordings.stream(walk).words))
    walk.gyr = 2.0 * walk.gyr
    assert set(said(played(recordings.stream(walk).words))) == {"U"}


class Arm:
    def __init__(self, *speeds):
        self.x, self.y = 0.3, 0.0
        self.speeds = speeds

    def walks(self, out):
        out.begin()
        for k in range(setout.TICKS):
            t = k / 13.0
            v, drift = self.speeds
            self.speed_x, self.speed_y = v * min(1.0, max(0.0, t - 1.0)) + drift * t, 0.0
            out.tick(self)
        while not out.work():
            pass
        return out.way


def test_a_start_that_drifts_is_no_start():
    assert Arm(1.0, 0.0).walks(setout.SetOut()) == pytest.approx(1.0)
    assert Arm(-1.0, 0.1).walks(setout.SetOut()) == pytest.approx(-1.0)
    assert Arm(0.7, -0.7).walks(setout.SetOut()) == 0.0


@pytest.mark.parametrize("because", ["it set out the other way", "a window spoke against it", "somebody turned round"])
def test_a_label_does_not_reach_back_over(because):
    heard = []
    way = armway.ArmWay(heard.append, "right", 0.002, 0.0006)
    for k in range(20):
        step = events.Event(events.STEP, 500 + 60 * k, 0.0, 520 + 60 * k)
        step.stride_s = 1.15
        way.step(step)
    way._now, way._since = 1700, 1200
    if because == "it set out the other way":
        way._set = -2.0
    elif because == "a window spoke against it":
        way._is_opposed = True
    else:
        way._set, way._turned_at = 2.5, 1300
    way._say(4.0)
    way.finish()
    labels = {event.index: event.direction for event in steps(heard)}
    assert len(labels) == 20
    assert all(labels[index] == events.UNKNOWN for index in labels if index < 1300)
    assert all(labels[index] == events.FORWARD for index in labels if index > 1400)


def test_without_its_phase_the_trunk_says_nothing():
    """The same walk in reversed time is the other way: the sign comes from the order of things, not from their size."""
    forward = recordings.stream(walks.generate("forward 20 strides", 3, "wrist", "right"))
    there = forward.words[: forward.recorded]
    back = there[::-1] * np.array([-1, -1, -1, 1, 1, 1], dtype=np.int16)
    assert "F" in said(played(there)) and "B" not in said(played(there))
    assert "B" in said(played(back)) and "F" not in said(played(back))


def test_a_forearm_that_does_not_hang_has_no_direction(words):
    across = (axis_along_arm(words) + 1) % 3
    for held in (45, -45):
        assert set(said(played(rotated(words, turn_about(across, held))))) <= {"U"}


def test_an_arm_that_is_held_has_no_direction():
    """A telephone, a pocket, a rail: no axis hangs and swings, whichever the sensor takes for the forearm."""
    walk = walks.generate("stand 3 s\nforward 14 strides\nstand 2 s\n", 4, "wrist", "right")
    walk.gyr = 0.2 * walk.gyr
    assert set(said(played(recordings.stream(walk).words))) == {"U"}


def test_a_gap_ends_what_was_known(words):
    heard = played(words, gap=[(1300, 500)])
    assert steps(heard) and all(a.index < b.index for a, b in zip(steps(heard), steps(heard)[1:], strict=False))


def test_nonsense_is_survived():
    rng = np.random.default_rng(1)
    for words in (rng.integers(-32768, 32767, (3000, 6)), np.zeros((2000, 6))):
        assert "B" not in said(played(words.astype(np.int16)))
