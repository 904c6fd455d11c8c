# SPDX-License-Identifier: MIT
"""A script of events becomes a list of (time, buzz): what is felt, what is held back, what interrupts what."""

import pytest
from retrostep import events, settings, units
from retrostep.coach import patterns
from retrostep.coach.policy import Coach
from retrostep_host.reasons import NUMBER

S = 104
NAMES = [row[0] for row in patterns.PATTERNS]


class Walker:
    """Drives a coach: events at seconds, a tick every 125 ms in between."""

    def __init__(self, **changes):
        self.felt, self.notes, self.lights = [], [], []
        values = dict(settings.defaults(), **changes)
        self.coach = Coach(values, self._play, lambda kind, values: self.notes.append((kind, values)), self._light)
        self.at = 0

    def _play(self, pattern, cause):
        self.felt.append((round(self.coach.now / S, 1), NAMES[pattern], cause))

    def _light(self, kind):
        self.lights.append(self.coach.now)

    def until(self, seconds):
        while self.at + 13 <= seconds * S:
            self.at += 13
            self.coach.tick(self.at)

    def send(self, seconds, kind, direction=events.UNKNOWN, inferred=False):
        self.until(seconds)
        index = int(seconds * S)
        event = events.Event(kind, index - 30, 0.0, index)
        event.direction, event.inferred = direction, inferred
        self.coach.on_event(event)

    def walk(self, start, count, direction, every=0.6):
        for k in range(count):
            self.send(start + k * every, events.STEP, direction, k % 2 == 1)
        return start + count * every

    def names(self):
        return [name for _, name, _ in self.felt]


def test_first_backward_walk_of_a_session_is_felt_once():
    walker = Walker()
    end = walker.walk(3, 20, events.FORWARD)
    end = walker.walk(end, 20, events.BACKWARD)
    walker.walk(walker.walk(end, 20, events.FORWARD), 20, events.BACKWARD)
    assert walker.names() == ["turn"]
    assert walker.felt[0][0] == pytest.approx(15.0, abs=0.7)


def test_every_hundred_backward_steps_is_a_goal():
    walker = Walker()
    walker.walk(3, 250, events.BACKWARD)
    assert walker.names() == ["turn", "goal", "goal"]
    assert walker.coach.steps_backward == 250


def test_a_new_session_begins_at_nothing():
    walker = Walker()
    end = walker.walk(3, 60, events.BACKWARD)
    walker.coach.start(int(end * S))
    walker.walk(end + 3, 60, events.BACKWARD)
    assert walker.names() == ["turn", "turn"]


def test_one_provisional_turn_alone_is_not_believed():
    walker = Walker()
    walker.send(5, events.TURN, events.BACKWARD)
    walker.until(20)
    assert walker.felt == []


def test_two_provisional_turns_are():
    walker = Walker()
    walker.send(5, events.TURN, events.BACKWARD)
    walker.send(6.2, events.TURN, events.BACKWARD)
    assert walker.felt == [(6.2, "turn", events.STEP)]


def test_a_stumble_is_felt_at_once_and_differs():
    walker = Walker()
    walker.walk(3, 20, events.FORWARD)
    walker.send(16, events.STUMBLE)
    assert walker.felt == [(16.0, "stop", events.STUMBLE)]


def test_one_stumble_shakes_twice_and_is_felt_once():
    walker = Walker()
    for at in (5, 5.4, 6.1):
        walker.send(at, events.STUMBLE)
    walker.send(9, events.STUMBLE)
    assert [at for at, _, _ in walker.felt] == [5.0, 9.0]


def test_stumble_interrupts_goal_and_goal_never_interrupts_stumble():
    walker = Walker()
    walker.coach.ask(patterns.GOAL, events.STEP)
    walker.send(0.2, events.STUMBLE)
    assert walker.names() == ["goal", "stop"]
    walker.coach.ask(patterns.GOAL, events.STEP)
    assert walker.names() == ["goal", "stop"], "held, not played over it"


def test_a_held_pattern_follows_when_the_leg_is_quiet_again():
    walker = Walker()
    walker.send(5, events.STUMBLE)
    walker.send(5.1, events.STUMBLE)
    walker.coach.ask(patterns.GOAL, events.STEP)
    walker.until(12)
    assert walker.names() == ["stop", "goal"]
    length = patterns.duration_ms(patterns.STOP) / 1000
    assert walker.felt[1][0] >= 5 + length + 2.0


def test_a_fall_rings_faster_until_the_button():
    walker = Walker()
    walker.send(10, events.FALL)
    walker.until(20)
    times = [at for at, name, cause in walker.felt if (name, cause) == ("stop", events.FALL)]
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    assert len(times) >= 5 and gaps[0] > gaps[-1] and walker.coach.is_alarming()
    assert walker.coach.on_button(events.PRESS_SHORT, 20 * S) is True
    before = len(walker.felt)
    walker.until(40)
    assert len(walker.felt) == before
    assert walker.coach.on_button(events.PRESS_SHORT, 40 * S) is False, "the next press is the wearer's own"


def test_walking_on_ends_a_fall_alarm():
    walker = Walker()
    walker.send(10, events.FALL)
    walker.until(14)
    walker.walk(14, 4, events.FORWARD)
    before = len(walker.felt)
    walker.until(40)
    assert len(walker.felt) == before and not walker.coach.is_alarming()


def test_a_step_from_before_the_fall_does_not_end_its_alarm():
    walker = Walker()
    walker.send(10, events.FALL)
    late = events.Event(events.STEP, 8 * S, 0.0, 11 * S)
    walker.coach.on_event(late)
    assert walker.coach.is_alarming()


def test_a_fall_alarm_does_not_ring_for_ever():
    walker = Walker()
    walker.send(10, events.FALL)
    walker.until(120)
    assert not walker.coach.is_alarming() and walker.felt[-1][0] < 72


def test_wobble_says_slow_and_persisting_wobble_says_stop():
    walker = Walker()
    walker.send(10, events.WOBBLE)
    walker.send(30, events.WOBBLE)
    walker.send(200, events.WOBBLE)
    assert walker.names() == ["slow", "stop", "slow"]


def test_an_alert_storm_is_cut_and_logged_once():
    walker = Walker()
    for k in range(60):
        walker.send(5 + 3.5 * (k % 20) / 2 + 40 * (k // 20) * 0 + k * 0.9, events.STUMBLE)
    assert len([at for at, _, _ in walker.felt if at < 60]) <= 9
    storms = [values for kind, values in walker.notes if kind == events.LOG]
    assert storms == [(NUMBER["alert_storm"], 0)]


def test_silence_is_a_setting():
    walker = Walker(coach=0)
    walker.walk(3, 120, events.BACKWARD)
    walker.send(90, events.STUMBLE)
    assert walker.felt == []


def test_steps_goal_is_felt_when_reached():
    walker = Walker(steps_goal=30)
    walker.walk(3, 60, events.BACKWARD)
    assert walker.names() == ["turn", "goal"]
    assert walker.felt[1][0] == pytest.approx(3 + 29 * 0.6, abs=0.7)


def test_session_cap_asks_to_stop_and_asks_again():
    walker = Walker(session_cap_minutes=5)
    walker.walk(3, 720, events.FORWARD)
    assert [cause for _, _, cause in walker.felt] == [events.END, events.END, events.END]
    assert walker.felt[0][0] == pytest.approx(303, abs=1) and walker.felt[1][0] == pytest.approx(363, abs=1)


def test_first_twenty_strides_are_shown_one_by_one():
    walker = Walker()
    walker.until(5)
    for k in range(3):  # three strides credited at once, as a bout does
        walker.send(5, events.STEP, events.FORWARD)
        walker.send(5, events.STEP, events.FORWARD, inferred=True)
        assert len(walker.lights) <= k + 1
    walker.walk(6, 80, events.FORWARD)
    walker.until(70)
    gaps = [b - a for a, b in zip(walker.lights, walker.lights[1:], strict=False)]
    assert len(walker.lights) == 20 and min(gaps) >= 0.3 * S


def test_walkers_get_it_stronger():
    walker = Walker(haptic_strength=60)
    assert walker.coach.strength() == 60
    walker.walk(3, 4, events.FORWARD)
    assert walker.coach.strength() == 75


def test_a_changed_strength_is_played():
    walker = Walker()
    walker.coach.on_setting("haptic_strength")
    walker.coach.on_setting("aid")
    assert walker.names() == ["turn"]


@pytest.mark.parametrize("row", patterns.PATTERNS, ids=lambda row: row[0])
def test_every_pulse_can_be_felt_and_every_pattern_ends(row):
    pattern = patterns.PATTERNS.index(row)
    for length in (100, 170, 300):
        assert all(100 <= on <= 400 for on, _ in patterns.pulses(pattern, length))
        assert patterns.duration_ms(pattern, length) <= 3300
    assert all(on <= 200 for on, _ in patterns.pulses(pattern))


def test_patterns_are_told_apart_by_counting():
    assert {row[0]: len(row[3]) for row in patterns.PATTERNS[:4]} == {"turn": 1, "slow": 2, "goal": 3, "stop": 4}
    loudness = [row[1] for row in patterns.PATTERNS]
    assert len(set(loudness)) == len(loudness), "who may interrupt whom is never a draw"


def test_time_is_the_sample_rate():
    assert int(units.RATE_HZ) == S


def test_whoever_is_seen_walking_walks_and_is_lit_once():
    walker = Walker()
    for k in range(8):
        walker.send(2 + 0.6 * k, events.SEEN)
    assert walker.coach.is_walking() and walker.coach.steps_backward == 0 and not walker.felt
    lit = walker.coach._lit
    late = events.Event(events.STEP, int(2 * S) - 30, 0.0, int(9 * S))
    late.direction = events.BACKWARD
    walker.coach.on_event(late)
    assert walker.coach.steps_backward == 1 and walker.coach._lit == lit == 8
    assert walker.names() == ["turn"], "said when it is final"


def test_walking_on_ends_a_fall_alarm_before_its_way_is_known():
    walker = Walker()
    walker.send(10, events.FALL)
    assert walker.coach.is_alarming()
    walker.send(13, events.SEEN)
    assert not walker.coach.is_alarming()
