# SPDX-License-Identifier: MIT
"""A plan leads through its intervals, counts what was really walked, and asks before the first step backward."""

import pytest
from retrostep import events, settings
from retrostep.coach import patterns, plan
from retrostep.coach.policy import Coach

S = 104
NAMES = [row[0] for row in patterns.PATTERNS]
# one week: twice (forward 20 s, backward 20 s, rest 10 s); then a week with 20 backward steps
SHORT = bytes([1, 1, 0, 0, 2, 2, 2, 0, 3, 1, 4, 2, 4, 0, 2, 1, 0, 1, 2 + 16, 4])


class Trainee:
    def __init__(self, data=SHORT, **changes):
        self.felt, self.notes = [], []
        self.coach = Coach(dict(settings.defaults(), **changes), self._play, self._note)
        self.coach.plan(data)
        self.at = 0

    def _play(self, pattern, cause):
        self.felt.append((round(self.coach.now / S, 1), NAMES[pattern], cause))

    def _note(self, kind, values, tail=b""):
        self.notes.append((kind, values, tail))

    def until(self, seconds):
        while self.at + 13 <= seconds * S:
            self.at += 13
            self.coach.tick(self.at)

    def walk(self, start, end, direction, every=0.6, length=0.0, both=False):
        """Steps of the own leg; with `both`, every second one is the other leg's, without a length."""
        at = start
        while at < end:
            self.until(at)
            event = events.Event(events.STEP, int(at * S) - 40, 0.0, int(at * S))
            event.direction, event.length_m = direction, length
            if both and round((at - start) / every) % 2:
                event.inferred, event.length_m = True, 0.0
            self.coach.on_event(event)
            at += every
        self.until(end)

    def cues(self):
        return [(at, name) for at, name, cause in self.felt if cause in (events.INTERVAL, events.PLAN, events.WALKTEST)]

    def intervals(self):
        return [values for kind, values, _ in self.notes if kind == events.INTERVAL]


def _good_session(trainee, start=2.0):
    trainee.walk(start, start + 20, events.FORWARD)
    trainee.walk(start + 20, start + 40, events.BACKWARD)
    trainee.until(start + 50)
    trainee.walk(start + 50, start + 70, events.FORWARD)
    trainee.walk(start + 70, start + 90, events.BACKWARD)
    trainee.until(start + 112)


def test_each_interval_begins_with_a_cue_and_the_last_ends_with_a_goal():
    trainee = Trainee()
    _good_session(trainee)
    cues = trainee.cues()
    assert [name for _, name in cues] == ["turn"] * 6 + ["goal"]
    for (at, _), expected in zip(cues, (2, 22, 42, 52, 72, 92, 102), strict=True):
        assert at == pytest.approx(expected, abs=0.5)


def test_intervals_are_logged_with_what_was_walked():
    trainee = Trainee()
    _good_session(trainee)
    rows = trainee.intervals()
    assert [row[:3] for row in rows] == [(1, 1, 20), (2, 2, 20), (3, 0, 10), (4, 1, 20), (5, 2, 20), (6, 0, 10)]
    assert all(row[3] >= 17 and 28 <= row[4] <= 34 for row in rows if row[1])


def test_a_walked_session_counts_and_a_stood_one_does_not():
    trainee = Trainee()
    _good_session(trainee)
    assert trainee.coach.training.done() == 1
    lazy = Trainee()
    lazy.walk(2, 22, events.FORWARD)
    lazy.until(120)
    assert lazy.coach.training.phase == plan.OVER and lazy.coach.training.done() == 0
    wrong_way = Trainee()
    wrong_way.walk(2, 110, events.FORWARD)
    assert wrong_way.coach.training.done() == 0


def test_half_the_rounds_are_not_a_session():
    trainee = Trainee()
    trainee.walk(2, 22, events.FORWARD)
    trainee.walk(22, 42, events.BACKWARD)
    trainee.coach.training.halt(trainee.at)
    assert trainee.coach.training.phase == plan.OVER and trainee.coach.training.done() == 0


@pytest.mark.parametrize(("until", "counts"), [(88, 1), (50, 0)])
def test_a_session_that_the_cable_ends_is_judged_by_what_was_walked(until, counts):
    trainee = Trainee()
    trainee.walk(2, 22, events.FORWARD)
    trainee.walk(22, 42, events.BACKWARD)
    trainee.until(50)
    if until > 50:
        trainee.walk(52, 72, events.FORWARD)
        trainee.walk(72, until, events.BACKWARD)
    felt = len(trainee.felt)
    trainee.coach.training.halt(trainee.at, -1)
    assert trainee.coach.training.done() == counts and len(trainee.felt) == felt, "nothing is felt of it"
    assert trainee.intervals()[-1][0] == (5 if counts else 3)
    trainee.coach.training.halt(trainee.at, -1)
    assert trainee.coach.training.done() == counts


def test_a_walk_test_that_is_broken_off_does_not_count():
    trainee = Trainee(bytes([1, 1, 0, 0, 1, 1, 1, 0, 1, 3, 1]))
    trainee.walk(2, 6, events.FORWARD)
    trainee.coach.training.halt(trainee.at, -1)
    assert trainee.coach.training.done() == 0


def test_progress_moves_on_to_the_next_week():
    trainee = Trainee(SHORT[:2] + bytes([2, 0]) + SHORT[4:])
    trainee.walk(2, 20, events.BACKWARD)
    assert [name for _, name in trainee.cues()] == ["turn", "goal"], "second week: one interval of 20 steps"
    assert trainee.intervals()[0][:3] == (1, 2, 0) and trainee.intervals()[0][4] == 20
    assert trainee.coach.training.done() == 3


def test_after_the_last_week_the_last_week_goes_on():
    trainee = Trainee(SHORT[:2] + bytes([99, 0]) + SHORT[4:])
    trainee.walk(2, 20, events.BACKWARD)
    assert trainee.coach.training.done() == 100


def test_safety_is_asked_before_the_first_backward_interval_and_only_once():
    trainee = Trainee(SHORT[:1] + b"\0" + SHORT[2:])
    trainee.until(20)
    asked = len(trainee.felt)
    trainee.walk(20, 50, events.FORWARD)
    assert len(trainee.felt) <= asked + 1, "who walks is not asked: two slow buzzes would say slow down"
    trainee.until(70)
    assert {name for _, name in trainee.cues()} == {"slow"} and asked >= 2, "no interval begins unanswered"
    assert trainee.coach.on_button(events.PRESS_SHORT, trainee.at) is True
    assert trainee.coach.on_button(events.PRESS_SHORT, trainee.at) is False
    trainee.walk(71, 80, events.FORWARD)
    assert trainee.cues()[-1][1] == "turn"
    kept = [tail for kind, _, tail in trainee.notes if kind == events.PLAN][-1]
    assert kept[0] == 1, "the answer is kept in the journal"
    again = Trainee(trainee.coach.training.state())
    again.walk(1, 3, events.FORWARD)
    assert again.cues()[0][1] == "turn"


def test_the_question_is_not_asked_for_ever():
    trainee = Trainee(SHORT[:1] + b"\0" + SHORT[2:])
    trainee.until(600)
    assert 6 <= len(trainee.felt) <= 12 and trainee.felt[-1][0] < 120


def test_persisting_wobble_ends_the_intervals():
    trainee = Trainee()
    trainee.walk(2, 30, events.FORWARD)
    for at in (30, 45):
        trainee.until(at)
        trainee.coach.on_event(events.Event(events.WOBBLE, at * S, 0.0, at * S))
    assert trainee.coach.training.phase == plan.OVER
    assert [(name, cause) for _, name, cause in trainee.felt if cause == events.WOBBLE] == [
        ("slow", events.WOBBLE),
        ("stop", events.WOBBLE),
    ]
    felt = len(trainee.felt)
    trainee.walk(50, 100, events.FORWARD)
    assert len(trainee.felt) == felt, "no cue calls the wearer back today"


def test_an_expected_turn_backward_is_cued_by_the_plan_alone():
    trainee = Trainee()
    trainee.walk(2, 22.5, events.FORWARD)
    trainee.walk(22.5, 30, events.BACKWARD)
    assert [cause for _, _, cause in trainee.felt] == [events.INTERVAL, events.INTERVAL]


def test_walk_test_three_times_with_times_to_a_twentieth():
    trainee = Trainee(bytes([1, 1, 0, 0, 1, 1, 1, 0, 1, 3, 1]))
    trainee.walk(1, 2, events.FORWARD)
    for _ in range(3):
        before = len(trainee.cues())
        while len(trainee.cues()) == before:
            trainee.until(trainee.at / S + 0.2)
        go = trainee.at / S
        trainee.walk(go + 1.0, go + 4.0, events.BACKWARD, every=0.5, length=-0.8, both=True)
        trainee.until(go + 9)
    rows = [values for kind, values, _ in trainee.notes if kind == events.WALKTEST]
    assert [row[0] for row in rows] == [1, 2, 3]
    for _, hundredths, steps, centimetres in rows:
        assert hundredths % 5 == 0 and 270 <= hundredths <= 360
        assert steps == 6 and centimetres == pytest.approx(240, abs=2)
    assert trainee.felt[-1][1] == "goal" and trainee.coach.training.phase == plan.OVER


def test_walk_test_gives_up_when_nobody_walks():
    trainee = Trainee(bytes([1, 1, 0, 0, 1, 1, 1, 0, 1, 3, 1]))
    trainee.walk(1, 2, events.FORWARD)
    trainee.until(200)
    assert not [values for kind, values, _ in trainee.notes if kind == events.WALKTEST]
    assert trainee.coach.training.phase == plan.OVER


def test_asking_loading_and_removing():
    trainee = Trainee()
    coach = trainee.coach
    assert coach.plan(b"") == SHORT
    assert coach.plan(b"nonsense") is None and coach.plan(b"") == SHORT, "a bad plan changes nothing"
    assert coach.plan(b"\0") == b"" and coach.training is None and coach.plan(b"") == b""


@pytest.mark.parametrize("cut", range(len(SHORT)))
def test_a_cut_plan_is_refused(cut):
    assert not plan.is_valid(SHORT[:cut])


@pytest.mark.parametrize(
    "at,value",
    [
        (0, 2),
        (1, 9),
        (4, 0),
        (4, 99),
        (5, 0),
        (5, 13),
        (6, 0),
        (6, 31),
        (7, 10),
        (7, 200),
        (8, 0),
        (8, 7),
        (9, 5),
        (10, 0),
        (9, 16),
        (9, 19),
    ],
)
def test_a_plan_that_cannot_be_walked_is_refused(at, value):
    assert plan.is_valid(SHORT)
    assert not plan.is_valid(SHORT[:at] + bytes([value]) + SHORT[at + 1 :])


def test_random_bytes_are_no_plan_or_one_that_can_be_walked():
    import random

    rng = random.Random(5)
    for _ in range(3000):
        data = bytes([1, rng.randrange(2), 0, 0, rng.randrange(1, 15), rng.randrange(1, 4)])
        data += bytes(rng.randrange(20) for _ in range(rng.randrange(4, 30)))
        trainee = Trainee(data)
        assert (trainee.coach.training is not None) == plan.is_valid(data)
        if trainee.coach.training is not None:
            trainee.walk(1, 4, events.BACKWARD)


def test_metronome_beats_at_its_cadence_while_walking_and_is_quiet_otherwise():
    trainee = Trainee(b"\0", metronome=100)
    trainee.walk(1, 31, events.FORWARD, every=0.5)
    beats = [at for at, name, _ in trainee.felt if name == "tick"]
    per_minute = (len(beats) - 1) / (beats[-1] - beats[0]) * 60
    assert per_minute == pytest.approx(100, abs=2)
    trainee.until(60)
    late = [at for at, name, _ in trainee.felt if name == "tick" and at > 34]
    assert late == []


def test_a_stumble_silences_the_metronome():
    trainee = Trainee(b"\0", metronome=120)
    trainee.walk(1, 10, events.FORWARD)
    trainee.coach.on_event(events.Event(events.STUMBLE, 10 * S, 0.0, 10 * S))
    trainee.walk(10, 14, events.FORWARD)
    names = [name for _, name, _ in trainee.felt]
    stop = names.index("stop")
    assert trainee.felt[stop + 1][0] - trainee.felt[stop][0] > 2.9


def test_steps_that_are_labelled_late_count_for_the_interval_they_were_made_in():
    """A wrist says a step's way seconds later: of twenty seconds eight would be lost."""
    trainee = Trainee()
    held = []
    for k in range(216):  # a step every 0.5 s, seen at once, its way said 8 s later
        at = 2 + 0.5 * k
        begun = trainee.cues()[0][0] if trainee.cues() else 1e9
        event = events.Event(events.STEP, int(at * S), 0.0, 0)
        way = int((at - begun) % 50 // 20)
        event.direction = (events.FORWARD, events.BACKWARD, events.UNKNOWN)[way] if at >= begun else events.FORWARD
        held.append(event)
        trainee.until(at)
        trainee.coach.on_event(events.Event(events.SEEN, int(at * S), 0.0, trainee.at))
        assert trainee.cues()[0][0] < 3, "the plan begins with the first step, not with the first label"
        while held and held[0].index < trainee.at - 8 * S:
            held[0].decided = trainee.at
            trainee.coach.on_event(held.pop(0))
    trainee.until(130)
    for event in held:
        event.decided = trainee.at
        trainee.coach.on_event(event)
    rows = [row for row in trainee.intervals() if row[1]]
    assert [row[:3] for row in rows] == [(1, 1, 20), (2, 2, 20), (4, 1, 20), (5, 2, 20)]
    assert all(row[3] >= 17 and row[4] >= 36 for row in rows), rows
    assert trainee.coach.training.done() == 1


def test_a_plan_that_ends_backward_waits_for_the_last_labels():
    trainee = Trainee(bytes([1, 1, 0, 0, 1, 1, 1, 0, 1, 2, 4]))
    trainee.walk(2, 3, events.FORWARD)
    begun = trainee.coach.training._since
    trainee.until(23)
    assert trainee.coach.training.phase == plan.OVER and trainee.cues()[-1][1] == "goal", "it is felt at once"
    assert not trainee.intervals()
    for k in range(39):
        event = events.Event(events.STEP, begun + k * S // 2, 0.0, trainee.at)
        event.direction = events.BACKWARD
        trainee.coach.on_event(event)
    trainee.until(40)
    assert trainee.intervals() == [(1, 2, 20, 19, 39)] and trainee.coach.training.done() == 1
