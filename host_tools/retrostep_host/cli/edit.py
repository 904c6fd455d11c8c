# SPDX-License-Identifier: MIT
"""Edit: Correct a stored walk: whose it is, which leg, or take it out of every sum.

in    a store; walks as `list` names them, or all of a code; what is right instead
out   what changed and how to take it back; without a correction what the board said, and the log
keeps the board's bytes and rows as they are; each change in the store's log, with its time
not   counts: nobody corrects a count; `delete` lets go of a walk for good
"""

from __future__ import annotations

import click

from retrostep_host.cli import _recording
from retrostep_host.cli._terminal import say, say_json


@click.command("edit")
@click.argument("walks", nargs=-1, metavar="[WALK]...")
@click.option("--of", "whose", metavar="CODE", help="All walks with this code, instead of naming them.")
@click.option("--code", help="The walk is this person's.")
@click.option("--side", help="left, right, unknown.")
@click.option("--aid", help="none, cane, crutches, walker, rail.")
@click.option("--at", "start", metavar="DAY", type=_recording.Moment(),
              help='When it began, such as "2026-11-24 09:00": a board\'s clock was wrong or not set.')
@click.option("--exclude", "excluded", metavar="REASON", help="Leave it out of every list, page, table and sum.")
@click.option("--include", is_flag=True, help="It counts again.")
@click.option("--notes", metavar="TEXT", help='For you; "" clears them.')
@click.option("--undo", is_flag=True, help="Take the last change of these walks back; again for the one before.")
@click.option("--store", metavar="FILE", help="The store; your own by default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(
    walks: tuple[str, ...], whose: str | None, include: bool, undo: bool, store: str | None, as_json: bool, **said
) -> None:
    """Correct stored walks. The board's bytes stay as they are, each change is logged, and `--undo` takes it back.

    \b
    retrostep edit 24b0                                    what the board said, and what was changed
    retrostep edit 24b0 --code P-07                        give a walk back to its person
    retrostep edit 24b0 --exclude "a visitor tried it on"
    retrostep edit --of P-7 --code P-07                    two codes, one person
    retrostep edit 24b0 --at "2026-11-24 09:00"            its board's clock was not set
    """
    from retrostep_host import home
    from retrostep_host.cli import _codes
    from retrostep_host.store import Store, choose

    if not walks and whose is None or walks and whose is not None:
        raise click.UsageError("Name walks as `retrostep list` does, or all of a person with `--of CODE`.")
    if "" in walks or whose == "":
        raise click.UsageError("An empty name would fit every walk.")
    changes = {name: value for name, value in said.items() if value is not None}
    if include and "excluded" in changes:
        raise click.UsageError("Either --exclude or --include.")
    if changes.get("excluded", "reason").strip() == "":
        raise click.UsageError('Excluding a walk needs a reason, such as --exclude "a visitor".')
    if include:
        changes["excluded"] = None
    if "start" in changes:
        if whose is not None or len(walks) > 1:
            raise click.UsageError("One --at fits one walk.")
        changes["start"] = changes["start"].astimezone().isoformat()
    if changes.get("notes") == "":
        changes["notes"] = None
    path = home.store_path(store)
    Store(path, write=False).close()
    with Store(path, write=bool(changes or undo)) as opened:
        found = [one for name in walks for one in _called(opened, name)]
        if whose is not None:
            found = choose.walks(opened, code=whose, excluded=True)
        done = []
        if changes or undo:
            together = _views(opened, found)
            side = {"side": changes.pop("side")} if "side" in changes else {}
            if side:  # of this board alone: the other one sits on the other leg
                done += _codes.change(opened, "walk", [walk.sha1 for walk in found], side, False)
            begun = {"start": changes.pop("start")} if "start" in changes else {}
            if begun:  # of this board's clock alone
                done += _codes.change(opened, "walk", [walk.sha1 for walk in found], begun, False)
            if changes or undo:
                done += _codes.change(opened, "walk", [walk.sha1 for walk in together], changes, undo)
            ids = {walk.id for walk in together}
            found = [walk for walk in opened.walks() if walk.id in ids]
        log = [change for change in opened.log() if change.about == "walk"]
    if as_json:
        say_json({"done": done, "walks": [_as_json(walk, log) for walk in found]})
        return
    for sentence in done:
        say(sentence)
    if done and not undo:
        again = " ".join(walks) if walks else f"--of {said.get('code') or whose}"
        say(f"The board's bytes are as they were. Taken back by: `retrostep edit {again} --undo`")
    for walk in found if not done else ():
        _show(walk, log)


def _called(opened, name: str) -> list:
    """The walk of that name; of several that begin so, the question as this verb is typed."""
    from retrostep_host import errors
    from retrostep_host.store import choose

    try:
        return choose.walks(opened, number=(name,), excluded=True)
    except errors.SeveralWalks as error:
        error.args = (str(error).replace("`--walk ", "`retrostep edit "),)
        raise


def _views(opened, found: list) -> list:
    """The walks, and what other boards saw of the same: a code goes for all of it, unless two people walked."""
    from retrostep_host.store import together

    ids, views = {walk.id for walk in found}, []
    for walk in together.joined(opened, opened.walks(), light=True):
        mine = walk.views or (walk,)
        named = [view for view in mine if view.id in ids]
        views += named if named and together.unlike(walk) else mine if named else ()
    return views


def _show(walk, log: list) -> None:
    from retrostep_host.cli import _codes
    from retrostep_host.report import measures
    from retrostep_host.store import choose

    say(
        f"Walk {walk.name} ({choose.day(walk)}, board {walk.device_uid}, session {walk.session}): "
        f"{measures.spoken(walk)}; code {walk.code or 'none'}, {choose.worn(walk)}, "
        f"aid {walk.settings.get('aid', 'none')}."
    )
    for name, before in walk.was.items():
        say(f"  The board said {_codes.NAMES.get(name, name)} {before or 'none'}.")
    if walk.excluded:
        say(f"  Excluded: {walk.excluded}.")
    if walk.notes:
        say(f"  Notes: {walk.notes}")
    for change in (change for change in log if change.which == walk.sha1):
        say(f"  {_codes.told(change)}")


def _as_json(walk, log: list) -> dict:
    from retrostep_host.store import choose

    changes = [{k: v for k, v in vars(one).items() if k != "which"} for one in log if one.which == walk.sha1]
    more = {"excluded": walk.excluded, "notes": walk.notes, "board_said": walk.was, "changes": changes}
    return {**choose.listed(walk), **more}
