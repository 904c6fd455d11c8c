# SPDX-License-Identifier: MIT
"""Balance inside the engine: words in, alerts out; the motor blanks alerts, never a step; noise stays calm."""

import random
from array import array

import pytest
from retrostep import events
from retrostep.engine import Engine
from retrostep_host import recordings
from retrostep_host.virtual import walks

ALERTS = (events.STUMBLE, events.FALL, events.WOBBLE)


def words_of(script, seed=2):
    return array("h", recordings.stream(walks.generate(script, seed, "ankle")).words.reshape(-1).tolist())


def run(words, placement="ankle", motor=False, batch=13):
    heard = []
    engine = Engine(placement, heard.append)
    scores = []
    for start in range(0, len(words) // 6, batch):
        if motor:
            engine.buzzing(batch)
        engine.feed(words, min(batch, len(words) // 6 - start), start)
        scores.append(engine.stumble_score)
    engine.finish()
    return heard, scores


STUMBLE = "stand 2 s\nforward 15 strides\nstumble\nforward 10 strides\nstand 3 s"


def test_the_motor_blanks_the_alert_and_no_step():
    words = words_of(STUMBLE)
    quiet, scores = run(words)
    buzzing, _ = run(words, motor=True)
    assert [e.kind for e in quiet if e.kind in ALERTS] == [events.STUMBLE]
    assert [e for e in buzzing if e.kind in ALERTS] == []
    assert [e.index for e in quiet if e.kind == events.STEP] == [e.index for e in buzzing if e.kind == events.STEP]
    assert max(scores) >= 1.0
    assert max(scores[:100]) < 1.0


def test_the_engine_asks_for_free_hands_from_a_rising_score_until_half_a_second_later():
    words = words_of(STUMBLE)
    heard, tense, scores = [], [], []
    engine = Engine("ankle", heard.append)
    for start in range(0, len(words) // 6 - 13, 13):
        engine.feed(words, 13, start)
        tense.append(engine.is_tense)
        scores.append(engine.stumble_score)
    rising = [at for at, score in enumerate(scores) if score >= 0.6]
    assert tense == [any(at - 4 < high <= at for high in rising) for at in range(len(tense))]
    (stumble,) = [event for event in heard if event.kind == events.STUMBLE]
    assert tense[(stumble.decided - 1) // 13]
    assert not any(tense[: 8 * 2]), "not while standing"
    assert sum(tense) < len(tense) / 4, "and a walk has time enough to write"


def test_an_onset_waits_for_half_a_chunk_and_no_longer():
    waited = []
    for seed in range(1, 5):
        heard, _ = run(words_of("stand 2 s\n" + 3 * "forward 6 strides\nstumble\n" + "forward 4 strides\n", seed))
        found = [event for event in heard if event.kind == events.STUMBLE]
        assert {event.decided % 13 for event in found} <= {7, 0}
        waited += [event.decided - event.index for event in found]
    assert len(waited) >= 10 and min(waited) >= 1
    assert sorted(waited)[-2] <= 8 and max(waited) < 13, "which of its samples turned off the axis is not known"


@pytest.mark.parametrize("batch", [1, 40, 208])
def test_the_size_of_a_batch_changes_no_alert(batch):
    words = words_of(STUMBLE)
    one, other = ([(e.index, e.decided) for e in run(words, batch=b)[0] if e.kind in ALERTS] for b in (13, batch))
    assert one == other


@pytest.mark.parametrize("placement", ["ankle", "foot", "wrist"])
def test_random_words_do_not_run_away(placement):
    noise = random.Random(5)
    words = array("h", [noise.randint(-32768, 32767) for _ in range(6 * 104 * 60)])
    assert sum(e.kind in ALERTS for e in run(words, placement)[0]) <= 3


@pytest.mark.parametrize("placement", ["ankle", "foot", "wrist"])
@pytest.mark.parametrize("value", [0, 32767, -32768])
def test_a_stuck_sensor_alerts_nothing(placement, value):
    words = array("h", [value] * (6 * 104 * 30))
    assert [e for e in run(words, placement)[0] if e.kind in ALERTS] == []
