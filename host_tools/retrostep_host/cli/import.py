# SPDX-License-Identifier: MIT
"""Import: Store a recording of another sensor as a walk.

in    recordings (.npz, .csv), whose they are, when they began
out   walks in the store, beside those of boards
but   the same recording twice is one walk
not   the file: it stays where it is
"""

from __future__ import annotations

import click

from retrostep_host.cli import _recording
from retrostep_host.cli._terminal import looks, progress, say, say_json


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@click.option("--code", help="Whose walk it is.")
@click.option(
    "--at", "moment", metavar="DAY", type=_recording.Moment(), help='When it began, such as "2026-11-24 09:00".'
)
@click.option("--placement", type=click.Choice(["ankle", "foot", "wrist"]), help="Where it was worn.")
@click.option("--side", type=click.Choice(["left", "right", "unknown"]), help="Leg or arm.")
@click.option("--aid", help="none, cane, crutches, walker, rail.")
@click.option("--store", metavar="FILE", help="The store; your own by default.")
@_recording.options
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(
    files: tuple[str, ...],
    code: str | None,
    moment,
    placement: str | None,
    side: str | None,
    aid: str | None,
    store: str | None,
    unit: tuple[str, ...],
    raw: str | None,
    columns: str | None,
    rate: float | None,
    as_json: bool,
) -> int:
    """Store recordings as walks: the board's own engine finds the steps, as `retrostep replay` does.

    \b
    retrostep import phone.csv --columns phyphox --code P-07 --at "2026-11-24 09:00"
    """
    from retrostep_host import home, importing, journal, recordings
    from retrostep_host.store import Store, changes
    from retrostep_host.sync.session import keeper

    said = {name: changes.checked("walk", name, value) for name, value in (("code", code), ("aid", aid)) if value}
    if moment is not None and len(files) > 1:
        raise click.UsageError("One --at fits one FILE.")
    start = None if moment is None else round(moment.astimezone().timestamp() * 1e6)
    how = _recording.how(unit, raw, columns, rate)
    made = []
    for file in files:
        recording = recordings.load(file, **how)
        stream = recordings.stream(recording, placement, None, side)
        with Store(home.store_path(store)) as kept:
            name = importing.number(stream).hex()
            walks = kept.walks(corrected=False)
            if any(walk.number == name for walk in walks):
                made.append((file, name, None))
                continue
            count = max((w.session for w in walks if w.device_uid == importing.DEVICE.hex()), default=0) + 1
            show = progress if looks() and not as_json else lambda _: None
            data = importing.session(stream, said, start, count, show)
            progress("")
            session = journal.decode(data) if data else None
            if session is not None:
                keeper(kept)(session, data)
            made.append((file, name if data else "", session))
    if as_json:
        say_json({"imported": [_as_json(*one) for one in made]})
        return 0
    for file, name, session in made:
        if session is not None:
            back = session.steps_by_direction()["backward"]
            say(f"{file}: {len(session.steps)} steps, {back} of them backward; walk {name[:6]}.")
        elif name:
            say(f"{file} is here already, as walk {name[:6]}; `retrostep edit {name[:6]}` corrects it.")
        else:
            say(f"{file}: not one step; nothing was stored.")
        if session is not None and start is None:
            say("  Its day is not known: it is filed under today. `--at` says when it began.")
    return 0


def _as_json(file: str, name: str, session) -> dict:
    steps = {} if session is None else {"steps": len(session.steps), "steps_by_direction": session.steps_by_direction()}
    return {"recording": file, "walk": name or None, "new": session is not None, **steps}
