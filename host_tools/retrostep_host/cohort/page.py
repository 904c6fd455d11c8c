# SPDX-License-Identifier: MIT
"""Page: a cohort on one page: sites, then people side by side, and what was not read.

in    an open reading.Cohort
out   one HTML file that loads nothing; the same as an object for --json
but   people are compared, never added up: nothing on the page is a sum over two of them
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from retrostep_host import errors, language
from retrostep_host.cohort import questions
from retrostep_host.cohort.reading import Cohort
from retrostep_host.language import _, n_, number
from retrostep_host.store import choose
from retrostep_host.store.rows import folded
from retrostep_host.text import plain

HERE = Path(__file__).parent


def answer(cohort: Cohort) -> dict:
    """Everything that the page shows."""
    people = _rounded(cohort.ask(questions.PEOPLE))
    people.sort(key=lambda one: (one["site"], choose.in_order(folded(one["code"]))))
    for one in people:
        one["backward_share"] = round(one["steps_backward"] / one["steps"], 4) if one["steps"] else None
    weeks = [{**one, "monday": str(one["monday"])} for one in _rounded(cohort.ask(questions.WEEKS))]
    return {
        "cohort": str(cohort.folder.absolute()),
        "sites": _rounded(cohort.ask(questions.SITES)),
        "people": people,
        "weeks": weeks,
        "ignored": cohort.ignored,
        "left_out": cohort.left_out,
        "twice": cohort.twice,
    }


def _rounded(rows: list[dict]) -> list[dict]:
    return [{name: round(v, 4) if isinstance(v, float) else v for name, v in row.items()} for row in rows]


def notes(found: dict) -> list[str]:
    """Sentences on what is not in the answer."""
    said = [
        _("Site %(site)s is left out: %(why)s.", site=site, why=why.rstrip("."))
        for site, why in found["left_out"].items()
    ]
    if found["ignored"]:
        names = ", ".join(found["ignored"][:5])
        more = len(found["ignored"]) - 5
        names += _(", and %(n)s more", n=number(more)) if more > 0 else ""
        said.append(_("Not read, because no publication lists them: %(names)s.", names=names))
    if found["twice"]:
        said.append(
            n_(
                "%(n)s walk is published by several sites; each counts once, for the first site by name.",
                "%(n)s walks are published by several sites; each counts once, for the first site by name.",
                found["twice"],
            )
        )
    return said


def write(found: dict, out: Path, today: date) -> Path:
    """The page. Raises CannotWrite, FullDisk."""
    from retrostep_host.report import templates

    environment = templates.environment()
    environment.filters |= {"plain": plain, "n": _number, "percent": language.percent}
    template = environment.from_string((HERE / "page.html.j2").read_text(encoding="utf-8"))
    most = max((one["minutes_backward"] or 0 for one in found["people"]), default=0) or 1
    people, sites = len(found["people"]), len(found["sites"])
    headline = _(
        "%(people)s at %(sites)s",
        people=n_("%(n)s person", "%(n)s people", people),
        sites=n_("%(n)s site", "%(n)s sites", sites),
    )
    more = {"lang": language.current(), "headline": headline, "today": language.long_day(today)}
    text = template.render(found, notes=notes(found), most=most, by_site=_by_site(found["people"]), **more)
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(out)
    except OSError as error:
        raise errors.from_os(error, "writing the page") from error
    finally:
        part.unlink(missing_ok=True)
    return out


def _by_site(people: list[dict]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for one in people:
        found.setdefault(one["site"], []).append(one)
    return found


def _number(value: float | None, places: int = 0) -> str:
    return "–" if value is None else number(value, places)
