# SPDX-License-Identifier: MIT
"""`capture --all`: one course, every board on the computer, a file each, clocks laid on each other by slaps.

in    the words of the command
out   NAME-PLACEMENT-SIDE.npz and .json of each board; none that is there is overwritten
but   what one board lost is said, and the others are saved
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from retrostep_host.cli import _safe
from retrostep_host.cli._terminal import ask, asks, say, say_json


def _heard(clock: dict[str, Any] | None) -> str:
    if not clock:
        return "no slaps found: clock not laid; say in the remark when they were"
    if clock["claps"] < 6:
        return f"slaps at one end only, {clock['offset_s']:+.2f} s: far from them the clocks may be a second apart"
    return f"{clock['claps']} slaps, {clock['offset_s']:+.2f} s, to {1000 * clock['spread_s']:.0f} ms"


def run(name: str, script: str, subject: str, remark: str, pin: str | None, yes: bool, as_json: bool) -> int:
    """The exit code."""
    from retrostep_host import capturing, plans, replay
    from retrostep_host.cli.capture import _may_write, _saved
    from retrostep_host.cli.sync import unlock
    from retrostep_host.errors import CannotWrite, LinkBroken, RetrostepError, SeveralBoards
    from retrostep_host.sync import find
    from retrostep_host.virtual.walking import script as scripts

    stem = Path(name.removesuffix(".npz"))
    todo = capturing.pieces(scripts.read(script))
    _may_write(stem.with_name(stem.name + ".npz"))
    boards, troubles = find.connect_all()
    if not boards:
        raise troubles[0]
    for trouble in troubles:
        say(str(trouble), err=True)
    try:
        for client, hello in boards:
            unlock(client, hello, pin)
        worn = [capturing._worn(client)[:2] for client, _ in boards]
        twice = [where for where, count in Counter(worn).items() if count > 1]
        if twice:
            raise SeveralBoards(
                f"Two boards say that they are worn at the same place ({' '.join(twice[0])}); tell each where it is, "
                "`retrostep settings --port PORT placement=wrist side=left`, and run this again."
            )
        targets = [stem.with_name(f"{stem.name}-{place}-{side}.npz") for place, side in worn]
        for target in targets:
            if target.exists() or target.with_suffix(".json").exists():
                raise CannotWrite(f"{target} is there already and stays as it is; choose another name.")
        say(plans.SAFETY[0], err=True)
        seconds = sum(piece.seconds for piece in todo) + 2 * capturing.CLAPS.seconds
        say(f"{len(boards)} boards: {', '.join(' '.join(where) for where in worn)}. {seconds:.0f} s.", err=True)
        if len(boards) == 1 or all(place == "wrist" for place, _ in worn):
            say("No board at an ankle is on this computer: nothing will tell what a wrist should have said.", err=True)
        if not yes and asks():
            ask("Press Enter when everybody is ready", default="")

        def tell(piece: capturing.Piece, number: int) -> None:
            say(f"{number:>3}/{len(todo) + 2}  {piece.says}, {piece.seconds:.0f} s", err=True)

        with _safe.meanwhile("Nothing of this recording was saved; run the same command again."):
            made = capturing.capture_all([client for client, _ in boards], todo, tell)
    finally:
        for client, _ in boards:
            client.port.close()
    rows, lost = [], []
    for recording, target in zip(made, targets, strict=True):
        if isinstance(recording, RetrostepError):
            lost.append(f"{target.stem}: {recording}")
            continue
        course = [capturing.CLAPS, *todo, capturing.CLAPS]
        recording.meta.update(subject=subject, remark=remark, script=[f"{p.says} {p.seconds:g} s" for p in course])
        recording.meta["together"] = [other.stem for other in targets]
        target = _saved(recording, target)
        clock = recording.meta.get("clock")
        if recording.meta.get("stopped"):
            lost.append(f"{target.stem}: {recording.meta['stopped']} What came until then is saved.")
        by = replay.replay(str(target))["steps_by_direction"]
        rows.append({"recording": str(target.absolute()), "clock": clock, "steps_by_direction": by})
        if not as_json:
            heard = _heard(clock)
            counts = ", ".join(f"{count} {direction}" for direction, count in by.items())
            say(f"Saved {target} ({recording.duration_s:.0f} s; {heard}). The engine sees {counts} steps.")
    if as_json:
        say_json({"recordings": rows, "lost": lost})
    if lost:
        raise LinkBroken("; ".join(lost))
    return 0
