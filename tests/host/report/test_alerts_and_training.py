# SPDX-License-Identifier: MIT
"""Training, walk tests and the samples around an alert are on the page as the board logged them, without a verdict."""

import re
import struct
import xml.dom.minidom
from dataclasses import replace
from pathlib import Path

import walks
from retrostep_host import journal
from retrostep_host.report import evidence, page, training
from retrostep_host.store import intake
from retrostep_host.store.rows import Event, Trace

ROOT = Path(__file__).resolve().parents[3]
TEST = Event(900, 20.0, "walktest", "number=2, time_ms_div10=335, steps=7, distance_cm=287")
UNMEASURED = Event(901, 40.0, "walktest", "number=3, time_ms_div10=400, steps=7, distance_cm=0")
INTERVAL = Event(902, 60.0, "interval", "number=1, direction=2, planned_s=10, done_s=8, steps=14")
REST = Event(903, 65.0, "interval", "number=2, direction=0, planned_s=5, done_s=0, steps=0")


def with_events(*events, **changes):
    walk = walks.walk()
    return replace(walk, events=walk.events + events, **changes)


def around(at, peak=60.0, hole=False):
    """Six seconds of rest around `at`, in records of 17 samples as a board keeps them, with a blow at `at`."""
    traces = []
    for first in range(-312, 312, 17):
        acc = [peak if index == 0 else 9.8 for index in range(first, first + 17)]
        if not hole or not 40 < first < 120:
            traces.append(Trace(at + first / 104, 104.0, tuple(acc), (0.5,) * 17))
    return tuple(traces)


def test_a_walk_test_is_shown_to_a_twentieth_of_a_second():
    walk = with_events(TEST, UNMEASURED)
    assert training.tests(walk) == [("2", "3.35 s", "7", "2.87 m"), ("3", "4.00 s", "7", "unknown")]
    text = page.render([walk])
    assert "3.35 s" in text and "2.87 m" in text


def test_cut_offs_stand_with_their_people_and_without_a_verdict():
    text = page.render([with_events(TEST)])
    manual = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    for what, who, source in training.PUBLISHED:
        assert who in text and source in text
        assert f"| {what} | {who} | {source} |" in manual
    assert "none is a verdict on this walk" in text
    said = text[text.index("<body>") :]
    assert not re.search(r"(?i)\b(normal|abnormal|high risk|low risk|at risk|passed|failed)\b", said)
    assert "Carter" not in page.render([walks.walk()]), "nobody is compared who was not tested"


def test_an_interval_shows_what_was_planned_and_what_was_walked():
    rows = training.intervals(with_events(INTERVAL, REST))
    assert rows == [("1:00", "1", "backward", "10 s", "8 s", "14"), ("1:05", "2", "rest", "5 s", "–", "–")]


def test_a_blow_of_one_sample_is_seen_where_the_alert_is():
    walk = walks.walk()
    at = next(event.t_s for event in walk.events if event.kind == "stumble")
    (alert,) = [one for one in evidence.around(replace(walk, traces=around(at))) if one["kind"] == "stumble"]
    curve = alert["curves"][0]
    assert curve["top"] == "60.0" and len(curve["lines"]) == 1
    points = [tuple(map(float, point.split(","))) for point in curve["lines"][0].split()]
    highest = min(points, key=lambda point: point[1])
    assert abs(highest[0] - 50) < 1 and points[0][0] < 1 and points[-1][0] > 98


def test_what_was_not_kept_is_a_gap():
    walk = walks.walk()
    at = next(event.t_s for event in walk.events if event.kind == "stumble")
    (alert,) = evidence.around(replace(walk, traces=around(at, hole=True)))
    assert len(alert["curves"][0]["lines"]) == 2


def test_a_wobble_stands_beside_its_minimum_detectable_change():
    from retrostep.balance.wobble import MDC

    text = page.render([walks.walk()])
    assert "Wobble, score 1.20" in text and f"less than {MDC:.2f}" in text
    calm = tuple(event for event in walks.walk().events if event.kind != "wobble")
    assert "detectable" not in page.render([replace(walks.walk(), events=calm)])


def test_raw_counts_become_si_units():
    counts = struct.pack("<6h", 0, 3, 4, 0, 0, 2048) * 2
    session = journal.Session("00" * 8, 1, 1, placement="ankle", ranges=(16, 2000))
    session.raws.append(journal.Raw(2.5, 260, "stumble", counts))
    (trace,) = intake.traces(session)
    assert trace.t_s == 2.5 and len(trace.acc) == len(trace.gyr) == 2
    assert abs(trace.acc[0] - 2048 * 0.488e-3 * 9.80665) < 0.01  # 0.488 mg a count at 16 g (DS12814 table 3)
    assert abs(trace.gyr[0] - 5 * 70e-3 * 3.14159265 / 180) < 1e-4  # 70 mdps a count at 2000 dps


def test_a_page_with_everything_is_well_formed():
    at = next(event.t_s for event in walks.walk().events if event.kind == "stumble")
    setting = Event(910, 30.0, "setting", "name=aid, value=cane")
    walk = with_events(TEST, INTERVAL, setting, traces=around(at), settings={"aid": "walker", "ground": "treadmill"})
    text = page.render([walk])
    xml.dom.minidom.parseString(text[text.index("<body>") : text.index("</body>") + 7])
    assert "with a walker, on a treadmill" in text and "aid is now cane" in text
