# SPDX-License-Identifier: MIT
"""On recordings of people the alerts find most acted near falls and falls, and leave walking and daily life alone.

Every fall and near fall here is acted by volunteers; docs/alerts.md has the numbers, these tests a floor under them.
"""

import pytest
from retrostep import events, units

pytestmark = pytest.mark.corpus
STILL = ("AS", "DS", "DSS", "RSS", "POG", "SQ", "NW")


def having(play, recordings, kind, rotate=None, alerts="usual"):
    return sum(any(e.kind == kind for e in play(r, rotate, alerts)) for r in recordings)


@pytest.mark.parametrize("code", ["slip", "trip"])
def test_near_falls_out_of_walking_are_found_at_the_ankle(code, people, play):
    rows = people(f"sfu_imu_fall/*_Near_Falls_*_{code}_*.npz", every=2)
    assert having(play, rows, events.STUMBLE) >= 0.8 * len(rows)


@pytest.mark.parametrize("code", STILL)
def test_walking_stairs_and_daily_life_alert_next_to_nothing_at_the_ankle(code, people, play):
    alerts = [
        e
        for recording in people(f"sfu_imu_fall/*_ADLs_*_{code}_*.npz", every=3)
        for e in play(recording)
        if e.kind in (events.STUMBLE, events.FALL, events.WOBBLE)
    ]
    assert len(alerts) <= (1 if code in ("AS", "DS") else 0)


def test_a_walk_outdoors_with_grass_and_stairs_alerts_nothing(people, play):
    for recording in people("terrain/terrain_00[36]_0[31].npz"):
        assert [e for e in play(recording) if e.kind in (events.STUMBLE, events.FALL, events.WOBBLE)] == []


def test_lying_down_on_purpose_alarms_in_less_than_half(people, play):
    rows = people("sfu_imu_fall/*_DSL_*.npz")
    assert having(play, rows, events.FALL) <= 0.5 * len(rows)


def test_walking_limping_and_walking_backward_alert_nothing(people, play):
    for walk in ("forward", "backward", "limp"):
        for recording in people(f"erciyes/*_{walk}_*ankle*.npz"):
            assert having(play, [recording], events.STUMBLE) == 0, recording.name


def test_acted_falls_are_found_at_the_ankle(people, play):
    rows = people("sfu_imu_fall/sfu_sub?_Falls_*.npz", every=8)
    assert having(play, rows, events.FALL) >= 0.9 * len(rows)


def test_acted_falls_are_found_at_the_wrist(people, play):
    rows = people("weda_fall/weda_F0*.npz", every=5)
    assert having(play, rows, events.FALL) >= 0.8 * len(rows)


def test_claps_table_hits_and_doors_are_no_stumble_and_hardly_a_fall_at_the_wrist(people, play):
    rows = [r for code in ("D09", "D10", "D11") for r in people(f"weda_fall/weda_{code}_*.npz")]
    heard = [{e.kind for e in play(r)} for r in rows]
    assert sum(events.STUMBLE in kinds for kinds in heard) == 0
    assert sum(events.FALL in kinds for kinds in heard) <= 0.02 * len(rows)
    assert having(play, rows, events.STUMBLE, alerts="many") <= 0.02 * len(rows)


def test_acted_stumbles_are_found_at_the_wrist_when_asked_for(people, play):
    rows = people("weda_fall/weda_D07_*.npz")
    assert having(play, rows, events.STUMBLE, alerts="many") >= 0.4 * len(rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_turning_the_sensor_changes_no_alert(seed, people, play):
    for recording in people("sfu_imu_fall/*_Near_Falls_*_slip_*.npz", every=6):
        plain, turned = (
            [(e.kind, round(e.index / units.CHUNK)) for e in play(recording, rotate) if e.kind != events.STEP]
            for rotate in (None, (seed, 0))
        )
        plain = [e for e in plain if e[0] in (events.STUMBLE, events.FALL)]
        turned = [e for e in turned if e[0] in (events.STUMBLE, events.FALL)]
        assert [k for k, _ in plain] == [k for k, _ in turned], recording.name


def test_a_stumble_is_decided_within_its_chunk(people, play):
    for recording in people("sfu_imu_fall/*_Near_Falls_*_trip_*.npz", every=4):
        for event in play(recording):
            if event.kind == events.STUMBLE:
                assert 0 <= event.decided - event.index <= units.CHUNK
