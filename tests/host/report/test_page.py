# SPDX-License-Identifier: MIT
"""The page says what the store says, needs nothing but itself, and can be read by everybody."""

import re
import shutil
import xml.dom.minidom
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import people_walks
import pytest
import walks
from retrostep_host import errors, language
from retrostep_host.report import page
from retrostep_host.store import Store, rows

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def many(count=5):
    return [walks.walk(n, session=n, start=NINE + timedelta(days=n)) for n in range(1, count + 1)]


def test_the_numbers_on_the_page_are_those_of_the_walk():
    walk = walks.walk(start=NINE)
    text = page.render([walk])
    for direction, count in walk.counts.items():
        assert f'<data class="steps-{direction}" value="{count}">' in text
    assert f'<data class="steps-all" value="{walk.total}">' in text
    assert f"<h1>{walk.total} steps, {walk.counts['backward']} of them backward.</h1>" in text


def test_the_page_loads_nothing_and_runs_nothing():
    text = page.render(many())
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    for word in ("<script", "<link", "<img", "@import", "http:", "https:", "src="):
        assert word not in text.lower(), word
    assert set(re.findall(r"url\(([^)]*)\)", text)) == {"#p-forward", "#p-backward", "#p-sideways", "#p-unknown"}


def test_every_picture_has_words_and_every_direction_a_letter():
    text = page.render([walks.walk(start=NINE)])
    for tag in re.findall(r"<svg[^>]*>", text):
        assert "aria-label=" in tag or "aria-hidden=" in tag or 'class="free"' in tag, tag
    for letter in "FBS?":
        assert f'<b class="letter-inline">{letter}</b>' in text


def test_the_page_is_well_formed():
    text = page.render(many())
    body = text[text.index("<body>") : text.index("</body>") + 7].replace("<details open>", "<details>")
    xml.dom.minidom.parseString(body)


def test_a_walk_without_steps_is_a_page_too():
    assert "No steps yet." in page.render([walks.walk(plan=())])


@pytest.mark.parametrize("plan", [(("unknown", 1),), (("backward", 1),), (("forward", 400),)])
def test_short_and_dull_walks_are_drawn(plan):
    assert "<h1>" in page.render([walks.walk(plan=plan)])


def test_what_the_board_said_cannot_become_markup():
    nasty = walks.walk(settings={"code": "<script>alert(1)</script>"}, device_uid="<b>")
    text = page.render([nasty])
    assert "<script" not in text and "&lt;b&gt;" in text


def test_it_says_how_full_each_battery_was_and_nothing_where_nobody_knows():
    walk = replace(walks.walk(), summary=rows.Summary({"forward": 1.0}, battery_mv=3940))
    assert "battery at the end 3.94 V" in page.render([walk])
    assert "battery at the end" not in page.render([walks.walk()])


def test_it_says_that_it_is_no_medical_device():
    assert "not a medical device" in page.render([walks.walk()])


def test_a_year_stays_small_enough_to_mail():
    text = page.render(many(150))
    assert len(text) < 2_000_000
    assert text.count("<article") == 150 and text.count("<h4>Cadence") == page.WHOLE_AT_MOST


def test_a_failed_write_leaves_the_old_page(tmp_path):
    with Store(tmp_path / "s") as store:
        store.add(walks.walk(), b"x")
    out = tmp_path / "page.html"
    page.write(tmp_path / "s", out)
    before = out.read_text()
    (tmp_path / "page.html.part").mkdir()
    with pytest.raises(errors.RetrostepError):
        page.write(tmp_path / "s", out)
    assert out.read_text() == before


def _chromium():
    pytest.importorskip("playwright", reason="pip install playwright, to look at the page in a browser")
    path = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("no Chromium; apt install chromium, to look at the page in a browser")
    return path


def test_a_browser_fits_it_to_phone_and_desk_in_light_dark_and_print(tmp_path):
    path = _chromium()
    from playwright.sync_api import sync_playwright

    file = tmp_path / "page.html"
    file.write_text(page.render(many(12)), encoding="utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for width in (390, 1200):
            for scheme in ("light", "dark"):
                context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
                tab = context.new_page()
                said: list[str] = []
                tab.on("console", lambda message, said=said: said.append(message.text))
                tab.on("request", lambda request, said=said: said.append(request.url))
                tab.goto(file.as_uri())
                fits = tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert fits, f"at {width} px it scrolls sideways"
                assert said == [file.as_uri()]
                ink, paper = tab.evaluate(
                    "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
                )
                assert _contrast(ink, paper) > 7, f"{scheme}: {ink} on {paper}"
                tab.emulate_media(media="print")
                ink = tab.evaluate("getComputedStyle(document.body).color")
                assert ink == "rgb(0, 0, 0)", f"{scheme} prints {ink}"
                context.close()
        browser.close()


@pytest.mark.parametrize("code", ["de", "es"])
def test_long_words_fit_a_phone(tmp_path, code):
    """"Einzelner Doppelschritt" in a table's head pushed the page sideways; English never did."""
    path = _chromium()
    from playwright.sync_api import sync_playwright

    file, several = tmp_path / "page.html", people_walks.person(tests=True, legs=True, stumbles=(20,), misses=4)
    with language.spoken(code):
        text = page.render([*several, *(replace(one, settings={"code": "P-01"}) for one in many(2))])
        file.write_text(text.replace("<details", "<details open"), encoding="utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 390, "height": 844})
        tab.goto(file.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()


def _contrast(ink: str, paper: str) -> float:
    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(ink), light(paper)), reverse=True)
    return (high + 0.05) / (low + 0.05)
