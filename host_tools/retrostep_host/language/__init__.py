# SPDX-License-Identifier: MIT
"""Language: the words, numbers and dates of what a wearer or a helper reads: the page, the sheet, the card of buzzes.

in    an English message with %(names)s; a language: "en", "de", "es"
out   the same in the language that is spoken now (`spoken`), English where the catalogue has none; numbers and days
keeps the language of the running task; the catalogues of this folder, `bench/catalogue.py` makes them
from  Unicode CLDR for numbers, months and plurals; tests/host/language holds them against Babel's copy of it
but   Babel (36 MB) is only for tests and for making catalogues: here the standard library reads the .mo files
not   what a program reads (--json, tables): that stays English, and so does the terminal
"""

from __future__ import annotations

import gettext as standard
import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
DOMAIN = "retrostep"
NAMES = {"en": "English", "de": "Deutsch", "es": "español"}
_spoken: ContextVar[str] = ContextVar("language", default="en")
_SIGNS = {"en": (".", ",", 4), "de": (",", ".", 4), "es": (",", ".", 5)}  # decimal, thousands, digits that are grouped
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
_SHORT = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    "es": "ene feb mar abr may jun jul ago sept oct nov dic",
}
_LONG_DAY = {"en": "{d} {month} {y}", "de": "{d}. {month} {y}", "es": "{d} de {month} de {y}"}
_SHORT_DAY = {"en": "{d} {month}", "de": "{d}. {month}", "es": "{d} {month}"}


@lru_cache
def _catalogue(code: str) -> standard.NullTranslations:
    return standard.translation(DOMAIN, HERE, [code], fallback=True)


@contextmanager
def spoken(code: str) -> Iterator[None]:
    """Inside, everything is said in this language. Raises KeyError for one that is not in NAMES."""
    NAMES[code]
    token = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(token)


def current() -> str:
    """The language that is spoken now."""
    return _spoken.get()


def default() -> str:
    """RETROSTEP_LANG, else the language of this computer's session, else English."""
    found = [os.environ.get(name, "") for name in ("RETROSTEP_LANG", "LC_ALL", "LC_MESSAGES", "LANG")]
    said = next((one for one in found if one), "")
    if not said and os.name == "nt":
        said = locale.getlocale()[0] or ""  # "German_Germany": Windows names languages in English
    code = said.partition(".")[0].partition("_")[0].lower()
    code = {"german": "de", "spanish": "es"}.get(code, code)
    return code if code in NAMES else "en"


def _(message: str, /, **values: object) -> str:
    """The message in the language that is spoken, its %(names)s filled in. A percent sign stands in it as %%."""
    return _catalogue(current()).gettext(message) % values


def n_(one: str, many: str, n: int, /, **values: object) -> str:
    """The form of the message for `n` things; %(n)s is the number as people write it."""
    return _catalogue(current()).ngettext(one, many, n) % {"n": number(n), **values}


def gettext(message: str) -> str:
    """For templates, which fill names in themselves."""
    return _catalogue(current()).gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    """For templates."""
    return _catalogue(current()).ngettext(one, many, n)


def N_(message: str) -> str:
    """Marks a message that is looked up later, where it is shown."""
    return message


def number(value: float, places: int | None = None) -> str:
    """1,234; 0.95; with `places` decimals, else as many as it needs, two at most; a minus sign and not a hyphen."""
    decimal, thousands, least = _SIGNS[current()]
    if places is None:
        text = f"{value:.2f}".rstrip("0").rstrip(".") if value != int(value) else f"{int(value)}"
    else:
        text = f"{value:.{places}f}"
    sign, text = ("\N{MINUS SIGN}", text[1:]) if text.startswith("-") else ("", text)
    whole, _dot, rest = text.partition(".")
    if len(whole) >= least:
        whole = f"{int(whole):,}".replace(",", thousands)
    if sign and not (whole + rest).strip("0"):
        sign = ""
    return sign + whole + (decimal + rest if rest else "")


def signed(value: float, places: int) -> str:
    """+0.3, −1.2."""
    text = number(value, places)
    return text if text.startswith("\N{MINUS SIGN}") else f"+{text}"


def percent(share: float | None, places: int = 0) -> str:
    """"12 %" of a share 0-1; a dash for None."""
    return "–" if share is None else f"{number(100 * share, places)}\N{NO-BREAK SPACE}%"


def long_day(day: date) -> str:
    """24 November 2026."""
    month = _MONTHS[current()].split()[day.month - 1]
    return _LONG_DAY[current()].format(d=day.day, month=month, y=day.year)


def short_day(day: date) -> str:
    """24 Nov."""
    return _SHORT_DAY[current()].format(d=day.day, month=_SHORT[current()].split()[day.month - 1])


def short_month(day: date) -> str:
    """Nov 2026."""
    return f"{_SHORT[current()].split()[day.month - 1]} {day.year}"


def moment(at: datetime) -> str:
    """24 November 2026, 09:00."""
    return f"{long_day(at)}, {at:%H:%M}"
