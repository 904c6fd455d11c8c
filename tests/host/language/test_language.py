# SPDX-License-Identifier: MIT
"""Every reader meets their own language, whole; numbers and days are written as that language writes them."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import walks
from click.testing import CliRunner
from retrostep.coach.patterns import PATTERNS
from retrostep_host import language
from retrostep_host.cli import main
from retrostep_host.report import card, page
from retrostep_host.store import Store

ROOT = Path(__file__).resolve().parents[3]
NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FOUR = {("es", 1234), ("es", 9999)}  # CLDR groups Spanish from five digits on; Babel 2.19 does not look at that
OTHERS = [code for code in language.NAMES if code != "en"]


@pytest.fixture
def catalogue(monkeypatch):
    pytest.importorskip("babel")
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import catalogue

    return catalogue


@pytest.mark.filterwarnings("ignore")
def test_no_message_is_missing_and_placeholders_match(catalogue):
    every = catalogue.extracted()
    assert sum(bool(one.id) for one in every) > 300
    for code in OTHERS:
        assert catalogue.problems(code, every) == [], "python bench/catalogue.py --write lists what to translate"


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_read_was_made_of_what_is_edited(catalogue, code):
    made = catalogue.compiled(catalogue.read(code))
    assert catalogue.path_of(code, "mo").read_bytes() == made, "python bench/catalogue.py --write"


@pytest.mark.parametrize("code", OTHERS)
def test_html_and_signs_of_a_message_stay(catalogue, code):
    for one in catalogue.read(code):
        ids = one.id if isinstance(one.id, (list, tuple)) else (one.id,)
        strings = one.string if isinstance(one.string, (list, tuple)) else (one.string,)
        for text in strings:
            assert sorted(re.findall(r"</?\w+>", text)) == sorted(re.findall(r"</?\w+>", ids[-1])), one.id
            assert text.count("%%") == ids[-1].count("%%"), one.id


@pytest.mark.parametrize("code", language.NAMES)
def test_numbers_and_days_are_those_of_unicode(code):
    dates, numbers = pytest.importorskip("babel.dates"), pytest.importorskip("babel.numbers")
    with language.spoken(code):
        for value in (0, 7, 999, 1234, 9999, 10000, 1234567, 0.5, 12.25):
            if (code, value) not in FOUR:
                assert language.number(value) == numbers.format_decimal(value, format="#,##0.##", locale=code)
        assert language.number(-0.04, 1) == numbers.format_decimal(0, format="0.0", locale=code)
        for month in range(1, 13):
            day = date(2026, month, 9)
            assert dates.format_date(day, "MMMM", locale=code) in language.long_day(day)
            assert language.short_day(day).endswith(dates.format_date(day, "MMM", locale=code))
        if code != "en":  # in English the day goes first, as in Britain
            assert language.long_day(date(2026, 11, 24)) == dates.format_date(date(2026, 11, 24), "long", locale=code)


@pytest.mark.parametrize(
    ("said", "code"),
    [("de_AT.UTF-8", "de"), ("es", "es"), ("es_MX.UTF-8", "es"), ("en_GB.UTF-8", "en"), ("C.UTF-8", "en"),
     ("fr_FR.UTF-8", "en"), ("", "en")],
)  # fmt: skip
def test_the_language_is_this_computers_and_else_english(monkeypatch, said, code):
    for name in ("RETROSTEP_LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", said)
    assert language.default() == code
    monkeypatch.setenv("RETROSTEP_LANG", "de")
    assert language.default() == "de"


def test_a_page_leaves_no_english_behind_and_is_marked_as_what_it_is():
    found = [walks.walk(n, session=n, id=n, start=NINE + timedelta(days=3 * n)) for n in range(1, 8)]
    english = page.render(found)
    for code in OTHERS:
        with language.spoken(code):
            text = page.render(found)
        assert f'<html lang="{code}">' in text and '<html lang="en">' in english
        body = re.sub(r"<style.*?</style>|<code>.*?</code>", "", text, flags=re.S)
        words = re.sub(r"<[^>]*?(aria-label=\"([^\"]*)\")?[^>]*>", r" \2 ", body)
        left = set(re.findall(r"(?i)\b(the|steps|backward|forward|walks?|stumbles?|weeks?|of|and)\b", words))
        assert not left, f"{code}: {left}"
    assert page.render(found)[:2000] == english[:2000], "the language is given back"


def test_plurals_are_right():
    with language.spoken("de"):
        assert language.n_("%(n)s walk", "%(n)s walks", 1) == "1 Gang"
        assert language.n_("%(n)s walk", "%(n)s walks", 1200) == "1.200 Gänge"
    with language.spoken("es"):
        assert language.n_("%(n)s fall", "%(n)s falls", 1) == "1 caída"
        assert language.n_("%(n)s fall", "%(n)s falls", 2) == "2 caídas"


@pytest.mark.parametrize("code", language.NAMES)
def test_the_card_draws_each_buzz_as_often_as_the_motor_plays_it(code):
    with language.spoken(code):
        text = card.render()
    counts = [part.count("<rect x=") for part in text.split("<section>")[1:]]
    assert counts == sorted(len(PATTERNS[number][3]) for number in card.WORDS)
    assert "http:" not in text and "https:" not in text and "<script" not in text


def test_lang_changes_what_is_read_and_not_what_a_program_reads(tmp_path):
    with Store(tmp_path / "s") as store:
        store.add(walks.walk(start=NINE), b"x")
    said = {}
    for code in language.NAMES:
        words = ["report", "--store", tmp_path / "s", "--out", tmp_path / "page.html", "--lang", code, "--json"]
        ran = CliRunner().invoke(main.cli, list(map(str, words)))
        assert ran.exit_code == 0
        said[code] = (json.loads(ran.stdout), (tmp_path / "page.html").read_text(encoding="utf-8"))
    assert said["en"][0] == said["de"][0] == said["es"][0]
    assert "Schritte" in said["de"][1] and "pasos" in said["es"][1] and "steps" in said["en"][1]
    ran = CliRunner().invoke(main.cli, ["card", "--lang", "es", "--out", str(tmp_path / "card.html")])
    assert ran.exit_code == 0 and "¡Muy bien!" in (tmp_path / "card.html").read_text(encoding="utf-8")
    assert CliRunner().invoke(main.cli, ["card", "--lang", "xx"]).exit_code == 2


@pytest.mark.parametrize("code", language.NAMES)
def test_the_clinics_card_is_the_one_that_is_made(code):
    with language.spoken(code):
        made = card.render()
    kept = (ROOT / "docs" / "clinic" / f"card.{code}.html").read_text(encoding="utf-8")
    assert kept == made, f"retrostep card --lang {code} --out docs/clinic/card.{code}.html"
