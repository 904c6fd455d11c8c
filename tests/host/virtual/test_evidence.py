# SPDX-License-Identifier: MIT
"""Raw samples around an alert are in the journal, and they are the ones the sensor gave."""

import numpy as np
from retrostep_host import recordings
from retrostep_host.virtual import walks

from tests.host.virtual import wearable

SCRIPT = "stand 2 s\nforward 14 strides\nstumble\nforward 8 strides\nstand 2 s\n"


def raws(session):
    """sample index -> six counts."""
    found = {}
    for raw in session.raws:
        first = round(raw.t * 104.0)
        for at, sample in enumerate(np.frombuffer(raw.data, "<i2").reshape(-1, 6)):
            found[first + at] = tuple(int(value) for value in sample)
    return found


def test_three_seconds_around_a_stumble_are_kept_as_they_were(tmp_path):
    stream = recordings.stream(walks.generate(SCRIPT, 3))
    (session,) = wearable.walk(tmp_path, stream)
    alerts = [alert for alert in session.alerts if alert.kind in ("stumble", "fall", "wobble")]
    assert alerts
    kept = raws(session)
    at = round(alerts[0].t * 104.0)
    assert set(range(at - 280, at + 300)) <= set(kept)
    assert all(kept[index] == tuple(stream.words[index]) for index in kept if index < len(stream.words))
    assert wearable.same(wearable.walked(session), wearable.replayed(stream))


def test_a_falls_samples_are_kept_while_its_alarm_rings(tmp_path):
    stream = recordings.stream(walks.generate("stand 2 s\nforward 14 strides\nfall\nstand 6 s\n", 3))
    (session,) = wearable.walk(tmp_path, stream)
    (fall,) = [alert for alert in session.alerts if alert.kind == "fall"]
    kept = sorted(raws(session))
    at = round(fall.t * 104.0)
    assert kept[0] < at - 234 and kept[-1] > at + 290  # the memory's four seconds before the decision, but a moment
    assert kept == list(range(kept[0], kept[-1] + 1))


def test_evidence_is_budgeted(tmp_path):
    script = "stand 2 s\n" + "forward 8 strides\nstumble\n" * 14 + "forward 4 strides\nstand 2 s\n"
    stream = recordings.stream(walks.generate(script, 3))
    (session,) = wearable.walk(tmp_path, stream)
    assert session.complete and not session.gaps
    assert len(raws(session)) <= 8 * 630
    assert wearable.same(wearable.walked(session), wearable.replayed(stream))


def test_a_walk_without_alerts_keeps_no_raw_samples(tmp_path):
    stream = recordings.stream(walks.generate("stand 2 s\nforward 8 strides\nstand 2 s\n", 3))
    (session,) = wearable.walk(tmp_path, stream)
    assert not session.alerts and not session.raws
