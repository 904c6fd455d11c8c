# SPDX-License-Identifier: MIT
"""Engine: the same events whatever the batches, no nonsense from nonsense, gaps named, the mount kept."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from retrostep import events, units
from retrostep.engine import Engine
from retrostep_host import recordings
from retrostep_host.virtual import walks

MIXED = "stand 2 s\nforward 10 strides\nbackward 10 strides\nforward 6 strides\nstand 2 s"


def words_of(script: str = MIXED, placement: str = "ankle", seed: int = 1) -> np.ndarray:
    return np.array(recordings.stream(walks.generate(script, seed=seed, placement=placement)).words)


def flat(words: np.ndarray) -> array:
    out = array("h")
    out.frombytes(np.clip(words, -32768, 32767).astype("<i2").tobytes())
    return out


def run(words: np.ndarray, placement: str = "ankle", batch: int = 1300, **options):
    found = []
    engine = Engine(placement, found.append, **options)
    data = flat(words)
    for start in range(0, len(words), batch):
        engine.feed(data, min(batch, len(words) - start), start)
    engine.finish()
    return found, engine


def seen(found):
    return [(e.kind, e.index, round(e.frac, 6), e.direction, e.inferred, e.decided, e.provisional) for e in found]


def own(found):
    return [e for e in found if e.kind == events.STEP and not e.inferred]


@pytest.mark.parametrize("placement", ["ankle", "foot", "wrist"])
@pytest.mark.parametrize("batch", [1, 7, 26, 4000])
def test_the_size_of_a_batch_changes_nothing(placement, batch):
    words = words_of(placement=placement)
    assert seen(run(words, placement, batch)[0]) == seen(run(words, placement)[0])


@pytest.mark.parametrize("placement", ["ankle", "foot"])
@pytest.mark.parametrize("seed", range(1, 5))
def test_every_stride_of_a_generated_walk_has_its_own_direction(placement, seed):
    walk = walks.generate(MIXED, seed=seed, placement=placement)
    found, _ = run(np.array(recordings.stream(walk).words), placement)
    truth = [step for step in walk.truth.steps if step.own]
    mine = own(found)
    assert abs(len(mine) - len(truth)) <= 1
    for step in mine:
        t = (step.index + step.frac) / units.RATE_HZ
        near = min(truth, key=lambda s, t=t: abs(s.t - t))
        assert abs(near.t - t) < 0.15 or step is mine[0]
        assert events.DIRECTIONS[step.direction] in (near.direction, "unknown")
    assert sum(step.direction == events.UNKNOWN for step in mine) <= 1


@pytest.mark.parametrize("seed", range(5, 11))
def test_turning_the_sensor_changes_no_label(seed):
    walk = walks.generate(MIXED, seed=1, mount=None)
    plain = own(run(np.array(recordings.stream(walk).words))[0])
    turned = own(run(np.array(recordings.stream(walk, rotate=(seed, 0)).words))[0])
    assert [e.direction for e in turned] == [e.direction for e in plain]
    assert max(abs(a.index - b.index) for a, b in zip(plain, turned, strict=True)) <= 1


@pytest.mark.parametrize("placement", ["ankle", "foot"])
def test_final_labels_come_late_enough_and_in_order(placement):
    found, engine = run(words_of(placement=placement), placement)
    steps = [e for e in found if e.kind == events.STEP]
    assert all(e.decided >= e.index for e in steps)
    assert all(e.decided <= engine.index for e in steps)
    assert [e.decided for e in steps] == sorted(e.decided for e in steps)
    assert all(0.0 <= e.frac < 1.0 for e in steps)
    assert all(0.0 <= e.confidence <= 1.0 for e in steps)


def test_the_coach_hears_of_a_turn_before_the_next_stride():
    found, _ = run(words_of())
    turns = [e for e in found if e.kind == events.TURN]
    assert [e.direction for e in turns] == [events.FORWARD, events.BACKWARD, events.FORWARD]
    first_back = next(e for e in own(found) if e.direction == events.BACKWARD)
    assert turns[1].index - first_back.index < 0.25 * units.RATE_HZ


@pytest.mark.parametrize("placement", ["ankle", "foot", "wrist"])
@pytest.mark.parametrize("kind", ["zeros", "constant", "noise", "quiet noise", "full scale", "flipping"])
def test_nonsense_makes_no_steps(placement, kind):
    n = 104 * 60
    rng = np.random.default_rng(1)
    words = {
        "zeros": np.zeros((n, 6)),
        "constant": np.tile([100, -50, 30, 3000, 2000, 1000], (n, 1)),
        "noise": rng.normal(size=(n, 6)) * 8000,
        "quiet noise": rng.normal(size=(n, 6)) * 300 + [0, 0, 0, 0, 0, 4096],
        "full scale": np.tile([32767, -32768] * 3, (n, 1)),
        "flipping": np.where(rng.random((n, 6)) < 0.5, -32768, 32767),
    }[kind]
    found, engine = run(words, placement)
    assert engine.index == n
    assert [e for e in found if e.kind == events.STEP] == []


@pytest.mark.parametrize("placement", ["ankle", "foot"])
def test_a_short_gap_costs_at_most_its_own_stride_and_is_named(placement):
    words = words_of("stand 2 s\nforward 14 strides\nstand 2 s", placement)
    whole = own(run(words, placement)[0])
    cut = whole[6].index + 20
    found = []
    engine = Engine(placement, found.append)
    data = flat(words)
    engine.feed(data, cut)
    engine.gap(39)
    engine.feed(data, len(words) - cut - 39, cut + 39)
    engine.finish()
    assert engine.index == len(words)
    mine = own(found)
    assert abs(len(mine) - len(whole)) <= 2
    assert any(e.quality & events.Q_GAP for e in mine)
    assert not mine[2].quality & events.Q_GAP
    assert abs(mine[-1].index - whole[-1].index) <= 2


def test_after_a_long_gap_the_index_has_moved_on_and_no_stride_spans_it():
    words = words_of()
    found = []
    engine = Engine("ankle", found.append)
    data = flat(words)
    half = len(words) // 2
    engine.feed(data, half)
    engine.gap(100000)
    engine.feed(data, len(words) - half, half)
    engine.finish()
    assert engine.index == len(words) + 100000
    assert all(e.stride_s < 4.0 for e in own(found))
    assert all(e.index < half + 208 or e.index >= half + 100000 for e in own(found))


def test_saturation_and_the_drivers_flags_reach_the_steps():
    words = words_of("stand 2 s\nforward 10 strides\nstand 2 s").astype(int)
    words[:, :3] *= 6
    found, _ = run(words)
    assert own(found)
    assert any(e.quality & events.Q_GYRO_CLIPPED for e in own(found))
    engine = Engine("ankle", found.append)
    found.clear()
    engine.feed(flat(words_of()), 500, 0, events.Q_RESTARTED)
    engine.feed(flat(words_of()), len(words_of()) - 500, 500)
    engine.finish()
    assert not own(found)[-1].quality & events.Q_RESTARTED


def test_without_a_gyro_there_are_steps_and_no_direction():
    words = words_of("stand 2 s\nforward 16 strides\nstand 2 s").copy()
    words[:, :3] = 0
    found, _ = run(words, has_gyro=False)
    steps = [e for e in found if e.kind == events.STEP]
    assert len(steps) > 20
    assert {e.direction for e in steps} == {events.UNKNOWN}


def test_the_mount_survives_a_reboot_and_is_given_up_when_the_strap_was_turned():
    words = words_of()
    _, engine = run(words)
    kept = engine.mount_memory()
    assert 0 < len(kept) <= 32
    again, _ = run(words, mount=kept)
    assert [e.direction for e in own(again)] == [e.direction for e in own(run(words)[0])]
    turned = words.copy()
    turned[:, [0, 1, 3, 4]] *= -1  # half a turn about the sensor's z
    late = own(run(turned, mount=kept)[0])
    fresh = own(run(turned)[0])
    assert [e.direction for e in late[4:]] == [e.direction for e in fresh[len(fresh) - len(late) + 4 :]]


@pytest.mark.parametrize("kept", [b"", b"\x00", b"\xff" * 12, bytes(32), b"\x01\x00" + bytes(10)])
def test_a_damaged_mount_memory_is_ignored(kept):
    words = words_of()
    assert seen(run(words, mount=kept)[0]) == seen(run(words)[0])


def test_the_motor_changes_no_step():
    words = words_of()
    data = flat(words)
    found = []
    engine = Engine("ankle", found.append)
    for start in range(0, len(words), 26):
        engine.feed(data, min(26, len(words) - start), start)
        engine.buzzing(20)
    engine.finish()
    assert seen(own(found)) == seen(own(run(words)[0]))


@pytest.mark.parametrize("placement", ["ankle", "foot", "wrist"])
def test_no_step_is_put_where_the_sensor_repeats_itself(placement):
    """A walk cut off in mid stride, then the closing stillness: replay drops what is past the end, the board cannot."""
    words = words_of("stand 2 s\nforward 12 strides\nstand 2 s", placement)
    tail = int(units.TAIL_S * units.RATE_HZ)
    for end in range(700, 1000, 17):
        still = np.repeat(words[end - 1 : end], tail, axis=0)
        still[:, :3] = 0
        found, _ = run(np.concatenate([words[:end], still]), placement)
        steps = [event.index for event in found if event.kind == events.STEP]
        assert steps
        assert max(steps) < end
