# SPDX-License-Identifier: MIT
"""Changes: what people said about walks and persons afterwards; the board's bytes and rows stay as they are.

in    the log of changes (rows.Change), in any order
out   walks as corrected; a Profile for each person; what may be said (`checked`), in its own type
keeps nothing here: the log is `changes` in the store, which is only ever added to; taking back is one more entry
but   1. the newest of several entries on one field holds; which of two stores it came from is not asked, so a merge
         is the union of two logs
      2. a walk is named by the SHA-1 of its bytes; when more of it comes, `Store.add` renames the entries
      3. a time is said of a walk whose board's clock was wrong or not set; its steps keep their own time within it
      4. a person's side goes for walks of which the board says none; the aid of a walk is said with the walk
not   the numbers of a walk: nobody corrects a count
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from retrostep import settings as hall

from retrostep_host import ranges
from retrostep_host.errors import BadCorrection
from retrostep_host.store.rows import AHEAD_US, Change, Profile, Walk, folded

WALK = ("code", "side", "aid", "start", "excluded", "notes")
PERSON = ("code", "side", "aid", "mass_kg", "height_m", "notes", "plan")
MASS_KG = 20.0, 300.0  # a child of six to the heaviest that scales of a clinic weigh
HEIGHT_M = 0.9, 2.3
LONGEST = 2000  # letters of a note


def uid() -> str:
    """Of a new entry."""
    return os.urandom(8).hex()


def checked(about: str, field: str, value: object) -> object:
    """The value in its own type. Raises BadCorrection with one sentence; None (not said) is always allowed."""
    if field not in (WALK if about == "walk" else PERSON):
        known = ", ".join(WALK if about == "walk" else PERSON)
        raise BadCorrection(f"{field} cannot be said of a {about}; these can: {known}.")
    if value is None:
        return None
    if field in ("mass_kg", "height_m"):
        low, high = MASS_KG if field == "mass_kg" else HEIGHT_M
        what, unit = field.rsplit("_", 1)
        try:
            number = float(str(value).replace(",", "."))
        except ValueError:
            raise BadCorrection(f"{value} is no {what} in {unit}; nothing was changed.") from None
        if not (math.isfinite(number) and low <= number <= high):
            hint = " (in metres, so 1.72 and not 172)" if field == "height_m" and 90 <= number <= 230 else ""
            raise BadCorrection(
                f"A {what} of {number:g} {unit} cannot be a person's who walks: {low:g} to {high:g} {unit} can{hint}; "
                "nothing was changed."
            )
        return number
    text = str(value).strip()
    if field == "start":
        return _moment(text).isoformat()
    if field in ("side", "aid"):
        if text not in hall.row(field)[4]:
            raise BadCorrection(f"{field} is one of {', '.join(hall.row(field)[4])}, not {text}; nothing was changed.")
    elif field == "code":
        if len(text.encode()) > hall.row("code")[4]:
            most = hall.row("code")[4]
            raise BadCorrection(f"A code has at most {most} letters; {text} is longer; nothing was changed.")
    elif len(text) > LONGEST:
        raise BadCorrection(f"At most {LONGEST} letters fit into {field}; nothing was changed.")
    return text


def _moment(text: str) -> datetime:
    """When a walk began, "2026-11-24T09:00:00+01:00"."""
    try:
        moment = datetime.fromisoformat(text)
        when = microseconds(moment)
    except ValueError:
        raise BadCorrection(f"{text} is no time of a day in a zone; nothing was changed.") from None
    if not ranges.is_moment(when) or when > time.time_ns() // 1000 + AHEAD_US:
        raise BadCorrection(f"Nobody walked on {moment:%Y-%m-%d}; nothing was changed.")
    return moment


def microseconds(moment: datetime) -> int:
    """Since 1970, UTC. Raises ValueError for a time without a zone."""
    if moment.utcoffset() is None:
        raise ValueError(moment)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def standing(log: Iterable[Change]) -> dict[tuple[str, str], dict[str, Change]]:
    """(about, which) -> field -> the entry that holds, of those that were not taken back."""
    log = list(log)
    gone = {change.undoes for change in log}
    found: dict[tuple[str, str], dict[str, Change]] = {}
    for change in sorted(log, key=lambda one: (one.at_utc_us, one.uid)):
        if not change.undoes and change.uid not in gone:
            found.setdefault((change.about, change.which), {})[change.field] = change
    return found


def profiles(held: dict[tuple[str, str], dict[str, Change]]) -> dict[str, Profile]:
    """person -> what was said of them."""
    found = {}
    for (about, which), said in held.items():
        values = {name: change.value for name, change in said.items() if change.value is not None and name in PERSON}
        if about == "person" and values:
            found[which] = Profile(which, **values)
    return found


def applied(walks: Iterable[Walk], log: Iterable[Change]) -> list[Walk]:
    """The walks as corrected. `was` holds what the board had said instead."""
    held = standing(log)
    people = profiles(held)
    found = []
    for walk in walks:
        said = {k: c.value for k, c in held.get(("walk", walk.sha1), {}).items() if c.value is not None}
        person = people.get(folded(str(said.get("code", walk.code))))
        if person and person.code and person.code != walk.code and "code" not in said:
            said["code"] = person.code
        if person and person.side and walk.side == "unknown" and "side" not in said:
            said["side"] = person.side
        found.append(_corrected(walk, said) if said else walk)
    return found


def _corrected(walk: Walk, said: dict) -> Walk:
    settings = dict(walk.settings)
    was = {}
    for name in ("code", "side", "aid"):
        before = walk.side if name == "side" else settings.get(name, "")
        if name in said and said[name] != before:
            was[name] = before
            settings[name] = said[name]
    begun: dict[str, int | None] = {}
    if "start" in said:
        moment = datetime.fromisoformat(str(said["start"]))
        was["start"] = None if walk.start is None else walk.start.isoformat(timespec="seconds")
        offset = moment.utcoffset() or timedelta()
        begun = {"start_utc_us": microseconds(moment), "utc_offset_min": int(offset.total_seconds() // 60)}
    return replace(
        walk,
        **begun,
        settings=settings,
        side=str(said.get("side", walk.side)),
        excluded=str(said.get("excluded", "")),
        notes=str(said.get("notes", "")),
        was=was,
    )


def packed(change: Change) -> tuple:
    """As a row of the store."""
    return (
        change.uid, change.at_utc_us, change.about, change.which, change.field,
        json.dumps(change.value, ensure_ascii=False), change.why, change.undoes,
    )  # fmt: skip


def unpacked(row: tuple) -> Change:
    """A row of the store."""
    return Change(*row[:5], json.loads(row[5]), *row[6:])
