# SPDX-License-Identifier: MIT
"""A fall is seen without opening anything, on a screen and on paper; what is drawn can be told apart and read."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import walks
from retrostep_host.report import charts, measures, page, scales
from retrostep_host.store.rows import Event

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CSS = (Path(page.__file__).parent / "page.css").read_text(encoding="utf-8")


def many(count, apart=1, **changes):
    days = [(n, NINE + timedelta(days=apart * n)) for n in range(1, count + 1)]
    return [walks.walk(n, session=n, id=n, start=day, **changes) for n, day in days]


def fallen(walk):
    events = sorted((*walk.events, Event(900, 100.0, "fall")), key=lambda event: event.t_s)
    return replace(walk, events=tuple(events), alerts={**walk.alerts, "fall": 1})


def shown(text):
    """The page without what is inside a closed walk: headings of walks stay."""
    return re.sub(r"(<details>\n?<summary>.*?</summary>).*?</details>\n?</article>", r"\1</article>", text, flags=re.S)


# falls and stumbles -------------------------------------------------------------------------------------------
def test_a_fall_in_a_closed_walk_stands_at_the_top_and_in_its_row():
    found = many(4)
    found[0] = fallen(found[0])
    text = shown(page.render(found))
    top, rows = text.split("Each walk", 1)
    assert "1 fall, 4 stumbles" in top and "<b>Fall</b> at 1:40" in top and "25 November 2026" in top
    assert top.index("<b>Fall</b>") < top.index("<b>Stumble</b>")
    heads = re.findall(r"<summary><h3.*?</summary>", rows, re.S)
    assert len(heads) == 4 and "1 fall, 1 stumble, 1 wobble" in heads[-1]


def test_no_fall_is_left_out_however_many_stumbles_there_are():
    found = [fallen(walk) if n % 7 == 0 else walk for n, walk in enumerate(many(60))]
    top = page.render(found).split("Each walk", 1)[0]
    assert top.count("<b>Fall</b>") == 9 and top.count("<b>Stumble</b>") == page.TOLD_AT_MOST
    assert f"{60 - page.TOLD_AT_MOST} earlier stumbles" in top


def test_one_walk_says_its_falls_at_the_top_too_and_a_calm_one_says_nothing():
    text = page.render([fallen(walks.walk(start=NINE))])
    assert text.index("1 fall, 1 stumble") < text.index("The walk, from left to right")
    calm = walks.walk(plan=(("forward", 30),), start=NINE)
    assert "told" not in page.render([calm]) and "lying down" not in page.render([calm])


def test_what_is_worst_is_told_first():
    assert measures.kinds({"wobble": 2, "stumble": 1, "fall": 1}) == "1 fall, 1 stumble, 2 wobbles"
    assert measures.kinds({}) == ""


# paper ----------------------------------------------------------------------------------------------------------
def _pages(tmp_path, found):
    browser = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if not browser:
        pytest.skip("no Chromium; apt install chromium, to print the page")
    file, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    file.write_text(page.render(found), encoding="utf-8")
    how = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={tmp_path / 'u'}"]
    words = [browser, *how, f"--print-to-pdf={pdf}", file.as_uri()]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    return len(re.findall(rb"/Type\s*/Page[^s]", pdf.read_bytes()))


def test_two_years_are_no_book_on_paper(tmp_path):
    small = [replace(walk, events=()) for walk in many(600, plan=(("forward", 4), ("backward", 3)))]
    assert _pages(tmp_path, small) <= 25


def test_a_few_walks_are_printed_whole_though_they_are_closed(tmp_path):
    few = _pages(tmp_path, many(4))
    assert few >= 8, "closed walks are printed too"
    assert _pages(tmp_path, many(page.PRINT_AT_MOST + 1)) < 12


# phone ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("count", "apart"), [(6, 1), (30, 1), (40, 3), (40, 9), (24, 31)])
def test_at_most_four_dates_stand_below_the_days_on_a_phone(count, apart):
    chart = charts.days(measures.days(many(count, apart, plan=(("forward", 4),))))
    labels = [column for column in chart["columns"] if column["label"]]
    phone = [column["middle"] for column in labels if not column["thin"]]
    assert 1 <= len(phone) <= 4 and len(labels) <= 7
    gaps = [b - a for a, b in zip(phone, phone[1:], strict=False)]
    assert all(gap >= 20 for gap in gaps), "a month and a year take 58 px, a fifth of a phone's chart"
    units = {re.sub(r"\d+", "", column["label"]).strip() for column in labels}
    assert chart["unit"] != "month" or all(len(unit) == 3 for unit in units), "the last month is a month too"


def test_a_quantity_never_breaks_between_number_and_unit():
    text = page.render([walks.walk(start=NINE, duration_s=298.0)])
    assert scales.duration(298.0) == "4 min 58 s" and "4 min 58 s".replace(" ", "\N{NO-BREAK SPACE}") in text
    assert not re.search(r"\d (min|s|h)\b", re.search(r"<dl.*?</dl>", text, re.S)[0])


def test_the_table_of_weeks_shows_letters_where_words_have_no_room_and_says_that_it_scrolls():
    text = page.render(many(12))
    for name, letter in measures.LETTER.items():
        assert f'<abbr title="{name}" class="narrow">{letter}</abbr><span class="broad">{name}</span>' in text
    assert re.search(r"\.wide \{[^}]*scroll", CSS), "a shadow where a table goes on"


# headings and colours ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_headings_are_steps_of_one_stair(count):
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", page.render(many(count)))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False)), levels
    assert len(set(levels)) >= 3


def _light(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _full(colour):
    """#fff -> #ffffff"""
    return colour if len(colour) == 7 else "#" + "".join(c * 2 for c in colour[1:])


def _palettes():
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.S)
    found = {}
    for name, block in zip(("light", "dark", "print"), blocks, strict=True):
        values = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))
        found[name] = {key: _full(value) for key, value in values.items()}
    return found


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_each_band_and_line_stands_out_from_what_is_behind_it(scheme):
    """3:1, WCAG 2.2, 1.4.11: for parts of a graphic that have to be told apart; text 4.5:1, 1.4.3."""
    colours = _palettes()[scheme]
    for direction in measures.ORDER:
        for back in ("paper", "card", "empty"):
            ground, ink = colours[direction], colours[f"{direction}-ink"]
            assert _contrast(ground, colours[back]) >= 3, f"{direction} on {back}"
            assert _contrast(ink, colours[back]) >= 3, f"{direction}-ink on {back}"
    for ink in ("ink", "soft", "alert"):
        assert _contrast(colours[ink], colours["paper"]) >= 4.5 and _contrast(colours[ink], colours["card"]) >= 4.5, ink
