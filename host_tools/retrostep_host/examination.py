# SPDX-License-Identifier: MIT
"""Examination: what stands between this computer and a board, and what to do about it.

in    the system: Python, store, serial ports, drives; a port to look at closer
out   findings, each with what to do next
keeps nothing and changes nothing, on either side, but a store that it was told to mend
but   it greets only ports that look like a board's data channel, or the one that was named
"""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrostep.journal import block

from retrostep_host import errors, home, install
from retrostep_host.reasons import WORDS
from retrostep_host.version import LINE

if TYPE_CHECKING:
    from retrostep_host.sync.answers import Hello, Status
    from retrostep_host.sync.client import Client

ASKED_S = 20.0  # for all that a board is asked


@dataclass(frozen=True)
class Finding:
    """`state`: "ok", "note" or "trouble"; `advice`: what to do next, or empty."""

    state: str
    about: str
    words: str
    advice: str = ""


def examine(
    store: str | None = None,
    port: str | None = None,
    mend: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Everything that was looked at, in the order of the way from this computer to the board. `mend`: check each row
    of the store against the board's bytes, make again what differs, and look at a board only at `port`."""
    path = home.store_path(store)
    if mend and path.exists():
        return [*_computer(), *_mended(path, progress), *(_ports(port) if port else ())]
    return [*_computer(), *_store(path), *_ports(port), *_drives()]


def _computer() -> Iterator[Finding]:
    yield Finding("ok", "computer", f"{LINE}, Python {platform.python_version()} on {platform.platform(terse=True)}")
    if os.name == "nt":
        advice = "`walk` and `demo` need Linux, macOS or WSL."
        yield Finding("note", "computer", "Windows has no pseudo-terminals.", advice)


def _store(path: Path) -> Iterator[Finding]:
    from retrostep_host.store import Store

    try:
        with Store(path, write=False) as store:
            store.check()
            walks = store.walks()
            yield Finding("ok", "store", f"walks in {path}: {len(walks)}")
            if store.on_network:
                advice = "Let only one computer write at a time, or name a local file with `--store`."
                yield Finding("note", "store", "It lies on a network share.", advice)
    except errors.EmptyLog:
        yield Finding("note", "store", f"No walk yet in {path}.", "`retrostep sync` fetches them.")
    except errors.RetrostepError as error:
        yield Finding("trouble", "store", str(error))


def _mended(path: Path, progress: Callable[[int, int], None] | None) -> Iterator[Finding]:
    from retrostep_host.store import repair

    try:
        verdict = repair.check(path, progress)
    except errors.RetrostepError as error:
        yield Finding("trouble", "store", str(error))
        return
    words = f"walks in {path}: {verdict.walks}, each checked against the board's bytes"
    yield Finding("ok" if verdict.aside is None else "note", "store", words)
    for made in verdict.made:
        yield Finding("note", "store", made)
    for lost in verdict.lost:
        yield Finding("trouble", "store", lost)
    for path in verdict.earlier:
        words = f"A damaged file of an earlier check is kept as {path}."
        yield Finding("note", "store", words, f"`retrostep doctor --store {path}` says what is in it.")
    if verdict.aside is not None:
        words = f"The file was damaged; a whole one took its place, and the damaged one is kept as {verdict.aside}."
        advice = "When `retrostep list` shows every walk you know of, that file may go. If it repeats, change the disk."
        yield Finding("note", "store", words, advice)


def _ports(named: str | None) -> Iterator[Finding]:
    from retrostep_host.sync import console, find
    from retrostep_host.sync.port import may_open, modem_manager

    seen = find.all_ports()
    likely = [named] if named else [*find.virtual_ports(), *find.data_ports()]
    if not likely:
        for path in console.consoles():
            words = f"The board on {path} has a console but no data channel: older boot.py, safe mode, or no Retrostep."
            advice = "`retrostep sync --console` saves its walks; then `retrostep install`, and unplug it once."
            yield Finding("trouble", "board", words, advice)
            return
        words = f"No data channel of a CircuitPython board among {len(seen)} serial ports" + (
            f" ({', '.join(seen)})." if seen else "."
        )
        advice = "Use a cable that carries data; press reset; without a board, `retrostep demo`."
        yield Finding("trouble", "board", words, advice)
    greeted: set[str] = set()
    for path in likely:
        if not os.access(path, os.R_OK | os.W_OK) and os.path.exists(path):
            yield Finding("trouble", "board", f"{path} may not be opened by you.", may_open(path))
            continue
        try:
            client, hello = find.connect(path)
        except errors.RetrostepError as error:
            yield Finding("trouble", "board", str(error), "" if (held := modem_manager()) in str(error) else held)
            continue
        with contextlib.closing(client.port):
            clock = "clock set" if hello.utc_us else "clock not set; `retrostep sync` sets it"
            more, refused = ([], None) if hello.locked else _asked(client, hello)
            who = f"{hello.board} {hello.device} on {path}: firmware {hello.firmware}, {clock}"
            yield Finding("trouble" if refused else "ok", "board", who)
            if refused:
                advice = "Unplug it and plug it in again; if it repeats, `retrostep install`."
                yield Finding("trouble", "board", f"It says who it is, and not the rest. {refused}", advice)
            if hello.device in greeted:
                advice = "Fetch each into a store of its own, `--store`; then empty the drive that was copied."
                yield Finding("trouble", "board", "Two boards call themselves the same.", advice)
            greeted.add(hello.device)
            if hello.locked:
                advice = "`retrostep sync` asks for its PIN; the button held while plugging in removes the lock."
                yield Finding("note", "board", "It is locked: console, drive and log are hidden.", advice)
            yield from more
            if not hello.locked and (warning := _code(client)):
                yield Finding("note", "board", warning)


def _asked(client: Client, hello: Hello) -> tuple[list[Finding], errors.RetrostepError | None]:
    """What the board says when it is asked, and what kept it from saying more."""
    found: list[Finding] = []
    try:
        with client.patience.within(ASKED_S, "the doctor's questions"):
            status = client.status()
            found += _status(status)
            found += _start(client, hello, status.blocks * block.SIZE)
            found += _sensor(client)
    except errors.RetrostepError as error:
        return found, error
    return found, None


def _code(client: Client) -> str:
    """A warning about the participant code on the board."""
    from retrostep_host import codes

    with contextlib.suppress(errors.RetrostepError):
        return codes.warning(str(client.settings().get("code", "")))
    return ""


def _status(status: Status) -> Iterator[Finding]:
    used = 100 * (1 - status.free_blocks / max(1, status.blocks))
    advice = "`retrostep sync` copies the walks and frees it." if used > 80 else ""
    yield Finding("trouble" if used > 95 else "ok", "log", f"The board's log is {used:.0f} % full.", advice)
    if status.flash_errors:
        words = f"The drive refused {status.flash_errors} writes."
        yield Finding("trouble", "log", words, "Sync now, then try another board.")
    if status.damaged_mirrors:
        words = "One copy of the log was damaged when the board started, and is made again from the other."
        yield Finding("note", "log", words, "Nothing is lost; if it repeats, send a bundle: --bundle.")
    if status.vanished:
        words = "There was a log on this board and it is gone."
        yield Finding("trouble", "log", words, "CircuitPython may have made the drive anew; synced walks are safe.")


def _sensor(client: Client) -> Iterator[Finding]:
    """A board that does not count, told from one that is not worn."""
    from retrostep import units

    from retrostep_host import sensing

    try:
        placement = client.settings().get("placement", "ankle")
        seen = sensing.look(client, placement if placement in units.RANGES else "ankle")
    except errors.BoardRefused:
        yield Finding("note", "sensor", "This firmware does not let it be looked at.")
        return
    state, words, advice = _SENSOR[seen.state]
    yield Finding(state, "sensor", words.format(seen=seen), advice)


_WIRES = "Check its four wires or its plug, then press reset; a sensor that stays so is broken."
_SENSOR = {
    "counts": ("ok", "It runs and feels movement.", ""),
    "rests": ("ok", "It runs and lies still; worn and walked, it counts.", ""),
    "silent": ("trouble", "It says nothing, so the board counts nothing, worn or not.", _WIRES),
    "late": ("trouble", "Only {seen.samples} samples came in two seconds, so steps are missed.", _WIRES),
    "stuck": ("trouble", "It repeats one value, so the board counts nothing, worn or not.", _WIRES),
    "half": ("trouble", "Its {seen.dead} repeats one value, so no step can be counted rightly.", _WIRES),
    "wrong": ("trouble", "At rest it feels {seen.gravity_g:.2f} g instead of 1.00.", "Another sensor is needed."),
}
_STARTS = {  # why the board started (retrostep.journal.block.STOPS): state, words, what to do
    "brownout": ("trouble", "The power had dropped too low before it started.", "Charge the battery, check its plug."),
    "watchdog": ("note", "It hung and its watchdog started it again.", "If it repeats, send a bundle: --bundle."),
    "crash": ("note", "Its firmware had stopped with an error.", "If it repeats, send a bundle: --bundle."),
    "safe_mode": ("note", "CircuitPython had been in safe mode.", "If it repeats, send a bundle: --bundle."),
}


_SAID = ("logs_vanished", "mirror_rebuilt", "brownout", "watchdog", "safe_mode")  # said otherwise


def _start(client: Client, hello: Hello, room: int) -> Iterator[Finding]:
    """What the board noticed since it started, why it started, and how full its battery was on the last walk: tells a
    clock that was lost because the power was off from one that went with an empty battery."""
    from retrostep import battery
    from retrostep.journal import block

    from retrostep_host import journal, quarantine, tracebacks

    walk = bytearray()
    for entry in client.list(room)[-1:]:
        client.read(entry.session, max(0, entry.size - block.SIZE), entry.size, walk.extend)
    found = [*journal.blocks(bytes(walk)), *reversed(journal.blocks(client.house(room)))]
    if not found:
        return
    noticed = {
        (log.reason, log.text): None
        for head, piece in reversed(found)
        if head.boot == hello.boot
        for log in quarantine.read(piece, head.device.hex(), head.session).logs
        if log.reason not in _SAID
    }
    for reason, text in noticed:
        words = WORDS.get(reason, reason)
        detail = f" ({' '.join(tracebacks.restored(text).split())})" if text else ""
        yield Finding("note", "board", f"It noticed: {words}{detail}.")
    newest = [head for head, _ in found]
    last = newest[0]  # of a walk when there is one: housekeeping is written at the cable, where the battery charges
    if 0 < last.battery_mv < battery.LOW_MV:
        words = f"The battery was nearly empty when the board last wrote: {last.battery_mv / 1000:.1f} V."
        yield Finding("trouble", "power", words, "Charge it; an empty battery ends a walk and takes the clock with it.")
    this = [head for head in newest if head.boot == hello.boot]
    why = block.STOPS[this[0].stop] if this and this[0].stop < len(block.STOPS) else "unknown"
    if why in _STARTS:
        state, words, advice = _STARTS[why]
        yield Finding(state, "power", words, advice)
    elif why == "power" and not hello.utc_us:
        charged = last.battery_mv >= battery.LOW_MV
        held = f"; its battery was not empty ({last.battery_mv / 1000:.1f} V)" if charged else ""
        words = f"The clock is not set because the power was off before this start{held}."
        yield Finding("ok", "power", words, "`retrostep sync` sets it and dates the walks since then.")


def _drives() -> Iterator[Finding]:
    for found in install.drives():
        words = f"{found.path}: {found.board_id}, CircuitPython {found.version}, UID {found.uid or 'unknown'}"
        if not os.access(found.path, os.W_OK):
            advice = "Read-only is right while it logs; hold the button while plugging in to change files."
            yield Finding("note", "drive", words, advice)
        else:
            yield Finding("ok", "drive", words)
        yield from _strange(found.path / "settings.toml")


def _strange(path: Path) -> Iterator[Finding]:
    """Lines of a settings.toml that somebody meant and that set nothing."""
    import difflib

    from retrostep import misspelt, settings

    from retrostep_host import files

    try:
        names = misspelt.strange(line.encode() for line in files.text(path, 65536).splitlines())
    except (OSError, ValueError):
        return
    known = [settings.PREFIX + row[1].upper() for row in settings.TABLE]
    for name in names:
        near = difflib.get_close_matches(name.upper(), known, n=1)
        words = f"{path}: the line with {name} sets nothing."
        if near and near[0] == name:
            advice = "It stands there twice, or below a [table]: only the first line before any table holds."
        else:
            advice = "`retrostep settings --table` has the names."
            advice = f"Did you mean {near[0]}? Capitals count." if near else advice
        yield Finding("note", "drive", words, advice)
