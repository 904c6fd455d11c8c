# SPDX-License-Identifier: MIT
"""Recover: Save walks from a drive or an image of the flash, when sync cannot.

in    a mounted CIRCUITPY drive, a log.bin, or a raw image (of the drive or of the whole chip)
out   the sessions in the store, like after a sync; the files looked into are never changed
"""

from __future__ import annotations

from pathlib import Path

import click

from retrostep_host.cli._terminal import bar, progress, say, say_json


@click.command("recover", short_help="Save walks from a drive or an image, when sync cannot.")
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option("--store", metavar="FILE", help="The store file; default: in your data folder.")
@click.option("--dry-run", is_flag=True, help="Say what is there; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(files: tuple[str, ...], store: str | None, dry_run: bool, as_json: bool) -> int:
    """Save walks from what is left of a board's flash.

    FILE is a mounted CIRCUITPY drive, a `log.bin` from it, or a raw image, with or without a file system. Nothing in
    it is changed. Sessions that a computer fetched before are found as well, as long as nothing was written over them;
    what is in the store already stays as it is, unless the new copy is more complete.

    \b
    retrostep recover /media/me/CIRCUITPY
    retrostep recover flash.img --dry-run
    """
    from retrostep_host import home, quarantine
    from retrostep_host.errors import EmptyLog
    from retrostep_host.sync import carve

    found = carve.carve(
        [path for name in files for path in carve.sources(Path(name))],
        lambda sentence: say(sentence, err=True),
        bar("Looking for walks"),
    )
    progress("")
    if not found:
        raise EmptyLog("No walk was found in it. Nothing was changed; an image of the whole flash may hold more.")
    decoded = [(one, quarantine.read(one.data, one.device, one.session)) for one in found]
    deleted: set[str] = set()
    if dry_run:
        stored = [None] * len(decoded)
    else:
        from retrostep_host.store.sessions import Store
        from retrostep_host.sync.session import keeper

        with Store(home.store_path(store)) as kept:
            keep = keeper(kept)
            stored = [keep(session, one.data) for one, session in decoded]
            deleted = {session.sha1 for _, session in decoded if kept.was_deleted(session.sha1)}
    rows = [_row(session, new) for (_, session), new in zip(decoded, stored, strict=True)]
    if as_json:
        say_json({"sessions": rows})
        return 0
    for row, (_, session) in zip(rows, decoded, strict=True):
        whole = "whole" if row["complete"] else "parts are missing"
        whole = f"cannot be read ({session.trouble}), its bytes" if session.trouble else whole
        fate = {None: "not stored", True: "stored", False: "in the store already"}[row["stored"]]
        if session.sha1 in deleted:
            fate = "deleted here before and not stored again (another `--store` takes it)"
        say(
            f"Session {row['session']} of board {row['device']}: {row['steps']} steps, {row['duration_s']:.0f} s, "
            f"{whole}; {fate}."
        )
    return 0


def _row(session, stored: bool | None) -> dict:
    return {
        "device": session.device,
        "session": session.session,
        "boot": session.boot,
        "start": None if session.start_utc is None else session.start_utc.isoformat(timespec="seconds"),
        "duration_s": round(session.duration_s, 3),
        "steps": len(session.steps),
        "steps_by_direction": session.steps_by_direction(),
        "alerts": session.alerts_by_kind(),
        "complete": session.complete,
        "missing_blocks": sum(gap.blocks for gap in session.gaps),
        "stored": stored,
    }
