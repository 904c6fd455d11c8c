# SPDX-License-Identifier: MIT
"""Which words does a reader meet, and are they there in German and Spanish?

question  messages of the page, the sheet and the card that a catalogue lacks, or whose placeholders differ
data      the marks `_`, `n_`, `N_`, `gettext`, `ngettext` in host_tools/retrostep_host, its templates too
run       python bench/catalogue.py [--write]      (--write adds new messages to the .po files, drops those that nobody
          says any more, and makes the .mo files; then translate what it lists, and run it again)
but       Babel does the work, and only here and in the tests: pip install babel
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, checkers, extract, mofile, pofile

ROOT = Path(__file__).resolve().parents[1]
HOST = ROOT / "host_tools" / "retrostep_host"
FOLDER = HOST / "language"
LANGUAGES = ("de", "es")
KEYWORDS = {"_": None, "N_": None, "n_": (1, 2), "gettext": None, "ngettext": (1, 2)}
TEMPLATE_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}


def extracted() -> Catalog:
    """Every message, with where it is said."""
    found = Catalog(project="retrostep", charset="utf-8")
    files = sorted([*HOST.rglob("*.py"), *HOST.rglob("*.j2")])
    for path in files:
        text = path.read_bytes()
        if path.suffix == ".py" and b"language import" not in text:
            continue
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = {} if path.suffix == ".py" else TEMPLATE_OPTIONS
        for _line, message, _comments, _context in extract.extract(method, io.BytesIO(text), KEYWORDS, (), options):
            found.add(message, locations=[(path.relative_to(HOST).as_posix(), 0)])
    return found


def path_of(language: str, suffix: str = "po") -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"retrostep.{suffix}"


def read(language: str) -> Catalog:
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, project="retrostep", charset="utf-8")
    with path.open("rb") as file:
        return pofile.read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """As a .mo file; the same whenever it is made."""
    out = io.BytesIO()
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    mofile.write_mo(out, catalog)
    return out.getvalue()


def problems(language: str, every: Catalog) -> list[str]:
    """Sentences; [] when the language is complete."""
    catalog = read(language)
    found = []
    for message in every:
        if not message.id:
            continue
        mine = catalog.get(message.id)
        strings = mine.string if mine and isinstance(mine.string, tuple) else (mine.string if mine else "",)
        if not all(strings):
            found.append(f"{language}: not translated: {message.id!r}")
            continue
        if mine.fuzzy:
            found.append(f"{language}: not sure: {message.id!r}")
        for error in mine.check(catalog) if checkers else ():
            found.append(f"{language}: {error}: {message.id!r}")
    said = {message.id for message in every}
    found += [f"{language}: nobody says {one.id!r} any more" for one in catalog if one.id and one.id not in said]
    return found


def write(language: str, every: Catalog) -> None:
    catalog = read(language)
    catalog.update(every, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    name = catalog.locale.english_name
    catalog.header_comment = f"# Retrostep's words in {name}; `python bench/catalogue.py --write` keeps the list."
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = "Retrostep"
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    pofile.write_po(out, catalog, width=110, omit_header=False, sort_output=True, include_lineno=False)
    dated = ('"POT-Creation-Date', '"PO-Revision-Date')
    kept = [line for line in out.getvalue().decode().splitlines(True) if not line.startswith(dated)]
    path.write_text("".join(kept), encoding="utf-8")
    path_of(language, "mo").write_bytes(compiled(read(language)))


def main() -> int:
    every = extracted()
    bad = 0
    for language in LANGUAGES:
        if "--write" in sys.argv:
            write(language, every)
        wrong = problems(language, every)
        bad += len(wrong)
        print(f"{language}: {sum(bool(one.id) for one in every)} messages, {len(wrong)} problems")
        for sentence in wrong:
            print("  " + sentence)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
