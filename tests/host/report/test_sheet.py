# SPDX-License-Identifier: MIT
"""One sheet says who is behind, who stumbled, who gets steadier, and nothing that was not measured."""

import random
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date, datetime, timedelta

import people_walks
import pytest
from retrostep_host import language
from retrostep_host.outcomes import Way, ways
from retrostep_host.report import page, series, sheet, standing, trends
from retrostep_host.store import weeks
from retrostep_host.store.rows import Profile, Step

TODAY = date(2026, 11, 28)  # a Saturday, in the eighth week
MADE = datetime(2026, 11, 28, 12, 0)


def of(mine, profile=None, today=TODAY):
    return sheet.of(mine, profile, today)


# the three answers ---------------------------------------------------------------------------------------------
def test_who_is_behind_is_behind_by_what_is_missing():
    assert of(people_walks.person(weeks=4), today=date(2026, 11, 1))["plan"]["word"] == "On plan"
    late = of(people_walks.person(weeks=4, misses=2), today=date(2026, 11, 2))["plan"]
    assert late["word"] == "2 sessions behind" and late["state"] == "bad"
    assert "10 sessions of 18 counted" in late["text"] and "12 were due" in late["text"]


def test_the_week_that_is_not_over_is_never_behind():
    assert "behind" not in of(people_walks.person(weeks=4, misses=3), today=date(2026, 10, 30))["plan"]["word"]
    assert "behind" in of(people_walks.person(weeks=4, misses=3), today=date(2026, 11, 2))["plan"]["word"]


def test_a_plan_is_completed_and_never_behind_again():
    done = of(people_walks.person(weeks=6), today=date(2027, 6, 1))["plan"]
    assert done["word"] == "Plan completed" and done["state"] == "good"


def test_a_plan_that_began_on_a_friday_is_due_from_monday():
    friday = people_walks.MONDAY + timedelta(days=4)
    mine = people_walks.person(weeks=1, per_week=1, first=friday)
    found = standing.of(weeks.weeks(mine, None, date(2026, 10, 13)), date(2026, 10, 13))
    assert found.due == 0 and found.counted == 1
    wednesday = people_walks.person(weeks=1, per_week=1, first=people_walks.MONDAY + timedelta(days=2))
    assert standing.of(weeks.weeks(wednesday, None, date(2026, 10, 13)), date(2026, 10, 13)).due == 3


def test_without_a_plan_nobody_is_behind():
    mine = [replace(walk, summary=replace(walk.summary, training=None)) for walk in people_walks.person(weeks=2)]
    assert of(mine)["plan"] == {"state": "none", "word": "No plan", "text": "No training plan was on the board."}


def test_a_stumble_is_recent_for_four_weeks_and_never_forgotten():
    recent = of(people_walks.person(stumbles=(20, 22)))["alarms"]
    assert recent["word"] == "2 stumbles" and recent["state"] == "bad"
    old = of(people_walks.person(stumbles=(1,)))["alarms"]
    assert old["word"] == "None of late" and old["earlier"] == 1 and "1 in all" in old["text"]
    assert of(people_walks.person())["alarms"]["text"] == "No fall and no stumble in these walks."


def test_steadier_is_said_of_who_is():
    assert of(people_walks.person(steadier=True))["steady"]["word"] == "Steadier"


def test_chance_makes_few_steadier_or_shakier():
    said = [of(people_walks.person(seed=seed))["steady"]["way"] for seed in range(60)]
    assert 0 in said and sum(way != 0 for way in said) <= 1, "who does not change is as before, in 999 of 1000 people"


def test_too_few_sessions_are_said_to_be():
    assert of(people_walks.person(weeks=1))["steady"]["word"] == "Cannot tell yet"


# numbers ---------------------------------------------------------------------------------------------------------
def test_a_slope_is_found_again_with_its_range():
    rng = random.Random(2)
    held = 0
    for _again in range(200):
        points = [(day, 3 + 0.02 * day + rng.gauss(0, 0.3)) for day in range(0, 56, 3)]
        found = trends.line(points)
        held += abs(found.week - 0.14) <= found.range
    assert 180 <= held <= 198, "the range holds the truth in 95 of 100"


@pytest.mark.parametrize(("df", "value"), [(3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042), (1000, 1.962)])
def test_students_t(df, value):
    assert trends.t95(df) == pytest.approx(value, rel=0.012)


@pytest.mark.parametrize(("df", "value"), [(3, 12.92), (6, 5.959), (10, 4.587), (22, 3.792), (1000, 3.300)])
def test_students_t_of_a_word_about_a_person(df, value):
    assert trends.t999(df) == pytest.approx(value, rel=0.12 if df < 6 else 0.02)


def test_a_small_range_gets_two_more_decimals_and_no_row_of_noughts():
    assert series.to_its_range(trends.Line(1, 2e-7, 1e-7, 0, 50, 20, 2e-7), 1) == ("+0.000", "0.000")


def test_the_floor_is_taken_out_as_variances_are():
    assert series.less_floor(0.05, "ankle", "backward") == pytest.approx((0.05**2 - 0.016**2) ** 0.5)
    assert series.less_floor(0.01, "ankle", "forward") == 0.0
    assert series.less_floor(0.05, "wrist", "forward") is None


def test_what_strides_amount_to():
    rng = random.Random(3)
    steps, at, ranges = [], 0.0, {}
    for n in range(120):
        direction = "forward" if n < 60 else "backward"
        stride = rng.gauss(1.2, 0.06)
        at += stride
        contact = "toe" if direction == "backward" and n % 10 else "heel"
        steps.append(Step(2 * n, round(at, 3), direction, 1.0, False, stride, 0.9, 0.1, contact))
        steps.append(Step(2 * n + 1, round(at + 0.6, 3), direction, 1.0, True))
        ranges[round(at, 3)] = 0.8
    found = ways(steps, ranges)
    for way in found.values():
        assert way.strides == 60 and way.cadence_spm == pytest.approx(100, rel=0.02) and way.sagittal_rad == 0.8
        assert way.cv == pytest.approx(0.05, rel=0.25) and way.speed_mps == pytest.approx(0.75, rel=0.02)
    assert found["backward"].toe == 54 and found["backward"].heel == 6
    quick = [step for step in steps if step.direction == "forward"]
    slow = [replace(step, t_s=step.t_s + 900, stride_s=step.stride_s and 1.5 * step.stride_s) for step in quick]
    both = ways(quick + slow)
    assert both["forward"].cv < 0.08, "a slow and a quick stretch are no variation"


def test_few_strides_say_nothing():
    few = ways([Step(n, 1.2 * n, "backward", 1.0, False, 1.2, 0.7, 0.1, "toe") for n in range(5)])
    assert few["backward"] == Way(5, toe=5)


# the sheet -------------------------------------------------------------------------------------------------------
def test_what_was_not_measured_is_named_with_its_reason():
    wrist = people_walks.person(placement="wrist")
    keys = {line["key"] for line in of(wrist)["trends"]}
    assert "shank" not in keys and "cv" not in keys
    missing = " ".join(of(wrist)["missing"])
    assert "only a sensor at the ankle" in missing and "knee" in missing
    assert {"shank", "toe", "cv", "speed", "length", "cadence", "share"} == {
        line["key"] for line in of(people_walks.person())["trends"]
    }


def test_energy_needs_a_mass_and_is_an_estimate_where_the_tables_end():
    mine = people_walks.person()
    assert of(mine)["energy"] is None and of(mine, Profile("p-01"))["energy"] is None
    found = of(mine, Profile("p-01", mass_kg=70.0))["energy"]
    assert found["is_estimate"] and "kcal in 12 walks" in found["text"] and found["mass"] == "70"
    twice = of(mine, Profile("p-01", mass_kg=140.0))["energy"]
    both = [int(one["editions"][0][1].replace(",", "")) for one in (found, twice)]
    assert both[1] == pytest.approx(2 * both[0], rel=0.01)


def test_legs_and_tests_stand_on_it_where_there_are_some():
    found = of(people_walks.person(legs=True, tests=True))
    assert found["legs"]["rows"][0] == ("stride time, F", *found["legs"]["rows"][0][1:3], "+3 %")
    assert found["tests"]["count"] == 24 and found["tests"]["rows"][0][3] == 2
    plain = of(people_walks.person())
    assert plain["legs"] is None and plain["tests"] is None


def test_an_excluded_walk_is_in_nothing():
    mine = people_walks.person(stumbles=(20,))
    mine[20] = replace(mine[20], excluded="somebody else's leg")
    assert of(mine)["alarms"]["count"] == 0 and sum(int(row[4]) for row in of(mine)["weeks"]["rows"]) == 23


def test_no_diagnosis_is_made():
    text = page.render(people_walks.person(tests=True, stumbles=(3,)), made=MADE)
    said = text[text.index("<body>") :]
    assert not re.search(r"(?i)\b(normal|abnormal|(high|low|at) risk|pathological|impaired|passed|failed)\b", said)
    assert "none a verdict on this person" in said


def test_a_year_stays_readable_and_small():
    mine = people_walks.person(weeks=52, stumbles=(3, 150))
    text = page.render(mine, made=datetime(2027, 9, 30, 12, 0))
    assert len(text) < 900_000 and text.count("<article") == 156
    found = of(mine, today=date(2027, 9, 30))["weeks"]
    assert len(found["columns"]) == 52 and len(found["rows"]) == sheet.ROWS_AT_MOST
    assert len(found["more"]) == 52 - sheet.ROWS_AT_MOST and sum(bool(c["label"]) for c in found["columns"]) <= 8
    heads = re.findall(r"<summary><h3.*?</summary>", text, re.S)
    assert sum("1 stumble" in head for head in heads) == 2, "closed rows say their alerts"


# people side by side ---------------------------------------------------------------------------------------------
def test_people_stand_side_by_side_and_mondays_questions_are_answered_by_code():
    every = [
        *people_walks.person("P-01", seed=11),
        *people_walks.person("P-02", seed=12, misses=10),
        *people_walks.person("P-03", seed=13, stumbles=(22,)),
        *people_walks.person("P-04", seed=14, steadier=True),
    ]
    every = [replace(walk, id=n) for n, walk in enumerate(every)]
    text = page.render(every, made=MADE)
    answers = re.search(r'<dl class="monday">(.*?)</dl>', text, re.S)[1]
    behind, fell, steadier = re.findall(r"<dd>(.*?)</dd>", answers)[:3]
    assert "P-02 (4 sessions behind)" in behind and "P-01" not in behind
    assert "P-03 (1 stumble)" in fell and "P-04" in steadier and "P-02" not in steadier
    assert text.count('class="person sheet') == 4 and "All walks together" not in text
    assert str(sum(walk.total for walk in every)) not in text.replace(",", ""), "nobody is added up"


@pytest.mark.parametrize("more", [{"tests": True, "legs": True, "stumbles": (2, 9, 15, 16, 20, 22)}, {}])
def test_a_sheet_is_one_sheet_of_paper(tmp_path, more):
    browser = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if not browser:
        pytest.skip("no Chromium; apt install chromium, to print the page")
    mine = people_walks.person(misses=4, **more)
    with language.spoken("de"):  # it has the longest words
        text = page.render(mine, made=MADE, profiles={"p-01": Profile("p-01", mass_kg=70.0)})
    assert ("roomy" in text.partition("<main")[2]) == (not more)
    text = text[: text.index('<section aria-labelledby="all">')] + "</main></body></html>"
    file, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    file.write_text(text, encoding="utf-8")
    how = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={tmp_path / 'u'}"]
    words = [browser, *how, f"--print-to-pdf={pdf}", file.as_uri()]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf.read_bytes())) == 1
