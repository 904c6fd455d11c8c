# SPDX-License-Identifier: MIT
"""Codes: what `person` and `edit` share: changes of the store's log, said in sentences.

in    an open store; what is changed, of what
out   sentences; the changes in the store
keeps nothing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrostep_host.store import Store
    from retrostep_host.store.rows import Change

NAMES = {"mass_kg": "mass", "height_m": "height", "excluded": "exclusion", "start": "time"}
UNITS = {"mass_kg": " kg", "height_m": " m"}


def must_be_known(store: Store, code: str, may_be_new: bool) -> None:
    """Raises NoSuchSession for a person of whom nothing is here. `may_be_new`: somebody notes something of them."""
    from retrostep_host import errors
    from retrostep_host.store import choose
    from retrostep_host.store.rows import folded

    walks = store.walks()
    known = {walk.person for walk in walks} | set(store.profiles())
    if folded(code) in known or may_be_new:
        return
    there = [choose.called(mine) for person, mine in choose.people(walks).items() if person]
    raise errors.NoSuchSession(f"Nobody here has the code {code}. The codes here: {', '.join(there) or 'none'}.")


def change(store: Store, about: str, which: list[str], fields: dict, undo: bool) -> list[str]:
    """Say each of these of each, all or none; or take the last change back. Sentences on what is so now.

    Raises BadCorrection for what cannot be, and when there is nothing to take back."""
    from retrostep_host import errors
    from retrostep_host.store.rows import folded

    names = [folded(one) if about == "person" else one for one in which]
    if undo:
        log = store.log()
        gone = {one.undoes for one in log}
        mine = [one for one in log if one.about == about and one.which in names and not one.undoes]
        mine = [one for one in mine if one.uid not in gone]
        if not mine:
            raise errors.BadCorrection("There is no change to take back; nothing was changed.")
        batch = [one for one in mine if one.at_utc_us == max(one.at_utc_us for one in mine)]
        store.take_back(*(one.uid for one in batch))
        fields = list({one.field: one for one in batch}.values())
        many = f" of {len(batch)} walks" if len(batch) > len(fields) else ""
        return [f"Taken back{many}: {told(one)}" for one in fields]
    done = store.say_all(about, names, fields)
    said = []
    for field, value in fields.items():
        name = NAMES.get(field, field)
        count = sum(one.field == field for one in done)
        many = f" of {count} walks" if count > 1 else ""
        if not count:
            said.append(f"The {name} was so already.")
        elif value is None:
            said.append(f"The {name}{many} is forgotten{': what the board said holds' if about == 'walk' else ''}.")
        else:
            held = next(one.value for one in done if one.field == field)
            said.append(f"The {name}{many} is {shown(field, held)} now.")
    return said


def shown(field: str, value: object) -> str:
    """A value in words."""
    if field == "plan":
        from retrostep_host import plans

        return plans.name_of(plans.unpack(bytes.fromhex(str(value))))
    if field == "start":
        from datetime import datetime

        return f"{datetime.fromisoformat(str(value)):%Y-%m-%d %H:%M}"
    return f"{value:g}{UNITS[field]}" if isinstance(value, float) else f"“{value}”"


def told(one: Change) -> str:
    """ "27 Nov 2026, 10:12: code “P-07”"."""
    from retrostep_host import ranges, zone

    moment = ranges.moment(one.at_utc_us, zone.local(one.at_utc_us))
    when = f"{moment.day} {moment:%b %Y, %H:%M}" if moment else "at no known time"
    name = NAMES.get(one.field, one.field)
    if one.undoes:
        return f"{when}: a change of the {name} was taken back"
    return f"{when}: {name} {'forgotten' if one.value is None else shown(one.field, one.value)}"
