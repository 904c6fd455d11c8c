# SPDX-License-Identifier: MIT
"""Sync: Copy the walks from the board, check them, and let the board forget them.

in    a plugged-in board (or a virtual one), found or named
out   the sessions in the store; one line each, or one JSON object; progress on stderr
"""

from __future__ import annotations

import click

from retrostep_host.cli import _safe, _syncing
from retrostep_host.cli._terminal import ask, asks, confirm, say, say_json, transfers
from retrostep_host.errors import RetrostepError


@click.command("sync", short_help="Copy the walks from the board, check and store them.")
@click.option("--port", help="The board's data port; default: find it.")
@click.option("--all", "every", is_flag=True, help="Every board that is plugged in, all at once.")
@click.option("--watch", is_flag=True, help="Wait, and sync each board that is plugged in, until Ctrl-C.")
@click.option("--store", type=click.Path(), help="The store file; default: in your data folder.")
@click.option("--close", is_flag=True, help="End a session that is under way first.")
@click.option("--session", type=int, help="Only this one.")
@click.option("--pin", help="The PIN of a locked board; asked for when it is needed.")
@click.option("--console", is_flag=True, help="Read over the console instead; this stops a walk, and frees nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, with --watch one a sync.")
def command(
    port: str | None,
    every: bool,
    watch: bool,
    store: str | None,
    close: bool,
    session: int | None,
    pin: str | None,
    console: bool,
    as_json: bool,
) -> int:
    """Copy every ended session from the board to this computer.

    Each session is copied, its hash compared with the board's, stored, and only then released on the board. Pull the
    cable whenever you like: the next sync goes on where this one stopped. The board's clock is set on the way.

    \b
    retrostep sync
    retrostep sync --all                   the charging shelf
    retrostep sync --watch                 plug in one after the other
    retrostep sync --port /dev/ttyACM1 --json
    """
    from retrostep_host import home
    from retrostep_host.errors import NoBoardFound
    from retrostep_host.sync import find

    if (every or watch) and (port or session or console):
        raise click.UsageError("`--all` and `--watch` take every board and every session.")
    path = home.store_path(store)
    if console:
        if asks():
            confirm(_STOPS, abort=True)
        return _over_console(port, path, as_json)
    if watch:
        return _watch(path, close, pin, as_json)
    if every:
        boards, troubles = find.connect_all()
        return _several(boards, troubles, path, close, pin, as_json)
    try:
        client, hello = find.connect(port)
    except NoBoardFound as error:
        if _prefers_console(error):
            return _over_console(None, path, as_json)
        raise
    try:
        hello = unlock(client, hello, pin)
    except BaseException:
        client.port.close()
        raise
    with _safe.meanwhile(_HALF), transfers(not as_json) as show:
        outcome = _syncing.one(client, hello, path, session, close, show)
    if outcome.result is None:
        raise outcome.stopped
    if as_json:
        say_json(summary(outcome.result))
    _report(outcome, as_json)
    if outcome.errors:
        raise outcome.stopped or outcome.errors[0]
    return 0


def _report(outcome, as_json: bool) -> None:
    """What came, in lines; what went wrong and is not raised, on stderr."""
    result, stopped = outcome.result, outcome.stopped
    if not as_json:
        _tell(result.fetched, outcome.errors, outcome.deleted)
    _warn(result)
    for error in result.errors[not stopped :]:
        say(str(error), err=True)
    if stopped and result.fetched:
        done = len(result.fetched)
        say(f"{done} walk{'s' * (done > 1)} came home before it stopped; the others wait on the board.", err=True)


# several boards ---------------------------------------------------------------------------------------------
def _several(boards: list, troubles: list, path, close: bool, pin: str | None, as_json: bool) -> int:
    """Sync what is plugged in, at once; the exit code is that of the first thing that went wrong."""
    ready = []
    for client, hello in boards:
        try:
            ready.append((client, unlock(client, hello, pin)))
        except RetrostepError as error:
            client.port.close()
            troubles.append(type(error)(f"Board {hello.device}: {error}", **vars(error)))
        except BaseException:
            for other, _ in boards:
                other.port.close()
            raise
    with _safe.meanwhile(_HALF), transfers(not as_json) as show:
        outcomes = _syncing.several(ready, path, close, show) if ready else []
    if as_json:
        said = [
            {"device": one.device, **(summary(one.result) if one.result else {"sessions": []}),
             "errors": [str(error) for error in one.errors]}
            for one in outcomes
        ]  # fmt: skip
        say_json({"boards": said, "not_reached": [str(error) for error in troubles]})
    wrong = list(troubles)
    for one in outcomes:
        if not as_json:
            say(f"Board {one.device}:")
        if one.result is not None:
            _report(one, as_json)
        if one.errors:
            say(str(one.stopped or one.errors[0]), err=True)
        wrong += one.errors
    for error in troubles:
        say(str(error), err=True)
    if not as_json and len(outcomes) > 1:
        walks = sum(len(one.new) for one in outcomes)
        say(f"{len(outcomes)} boards, {walks} new walk{'s' * (walks != 1)}.")
    return wrong[0].exit_code if wrong else 0


def _watch(path, close: bool, pin: str | None, as_json: bool) -> int:
    """Until Ctrl-C; what went wrong with one board ends nothing."""
    from retrostep_host import notice
    from retrostep_host.store.sessions import Store

    Store(path).close()  # a store that cannot be written is said now, not when somebody has plugged in and left
    if not as_json:
        say("Waiting for boards; plug one in. Ctrl-C ends it.")
    boards = walks = 0
    try:
        for found, troubles in _syncing.watched():
            before = _count(path)
            if found:
                _several(found, troubles, path, close, pin, as_json)
            else:
                for error in troubles:
                    say(str(error), err=True)
            new = _count(path) - before
            boards, walks = boards + len(found), walks + new
            if found:
                names = ", ".join(hello.device[:4] for _, hello in found)
                notice.show(f"Board {names}: {new} new walk{'s' * (new != 1)}. It may be unplugged.")
                if not as_json:
                    say("It may be unplugged. Waiting for the next.")
    except KeyboardInterrupt:
        if not as_json:
            say("", f"Ended: {boards} sync{'s' * (boards != 1)}, {walks} new walk{'s' * (walks != 1)}.")
        return 0
    return 0


def _count(path) -> int:
    from retrostep_host.store.sessions import Store

    with Store(path, write=False) as store:
        return len(store.walks(corrected=False))


def _prefers_console(error) -> bool:
    """Without a data channel but with a console: ask, because reading over it stops a walk."""
    from retrostep_host.errors import NoBoardFound, SeveralBoards
    from retrostep_host.sync import console

    found = [] if isinstance(error, SeveralBoards) else console.consoles()
    if not found:
        return False
    if not asks():
        raise NoBoardFound(
            f"The board on {', '.join(found)} has a console but no data channel (older boot.py, or safe mode); "
            "`retrostep sync --console` reads its log over the console, which stops a walk."
        )
    say("The board has no data channel (older boot.py, or safe mode); its console can be read.", err=True)
    return confirm(_STOPS, abort=True)


_HALF = (
    "A walk that came whole is stored, and nothing else was released; what was half copied waits on the board: "
    "run `retrostep sync` again, it goes on where it stopped."
)
_STOPS = "Reading over the console stops a walk under way and restarts the board; nothing on it is freed. Go on?"


def _over_console(port: str | None, path, as_json: bool) -> int:
    """Fetch over the REPL; nothing is released."""
    from retrostep_host import quarantine
    from retrostep_host.errors import NoBoardFound
    from retrostep_host.store.sessions import Store
    from retrostep_host.sync import carve, console, find
    from retrostep_host.sync.session import Fetched, keeper

    found = [port] if port else console.consoles()
    if not found and (data := find.virtual_ports() + find.data_ports()):
        raise NoBoardFound(
            f"No console was seen (a locked board hides it), but a data channel on {', '.join(data)}; "
            "run `retrostep sync` without `--console`. Nothing was changed."
        )
    if len(found) != 1:
        raise NoBoardFound.among(found)
    with transfers(not as_json) as show:
        read = console.blocks(console.connect(found[0]), lambda at, size: show("log", "Log", at, size))
    fetched = []
    with Store(path) as kept, _safe.meanwhile(_HALF):
        keep = keeper(kept)
        for one in carve.gather(read):
            session = quarantine.read(one.data, one.device, one.session)
            fetched.append((Fetched(session, keep(session, one.data), False), one.released))
    left = sum(not was_released for _, was_released in fetched)
    new = [one for one, _ in fetched if one.is_new]
    if as_json:
        say_json({"sessions": rows(new), "left_on_board": left})
    else:
        _tell(new, [])
    return 0


def unlock(client, hello, pin: str | None):
    """Say the PIN when the board asks for one; the Hello afterwards."""
    from retrostep_host.sync import pins

    if not hello.locked:
        return hello
    client.may_be_told(hello)
    if pin is None:
        if not asks():
            from retrostep_host.errors import BoardRefused

            raise BoardRefused("The board is locked; nothing was read. Give its PIN with `--pin`.", number=7)
        pin = ask("PIN of the board", hidden=True)
    client.unlock(pin, hello)
    if why := pins.weakness(pin):
        say(f"This PIN is easy to guess: {why}. `retrostep settings --lock` sets another.", err=True)
    elif hello.rounds < pins.ROUNDS:
        say("An older Retrostep locked the board; `retrostep settings --lock` makes it harder to guess.", err=True)
    return client.hello()


def summary(result) -> dict:
    """What `--json` prints."""
    return {"sessions": rows(result.fetched), "left_on_board": result.left_on_board}


def rows(fetched: list) -> list[dict]:
    """The newly stored ones, as `--json` prints them."""
    from retrostep_host.store.intake import noticed

    found = []
    for one in fetched:
        if not one.is_new:
            continue
        s = one.session
        found.append(
            {
                "device": s.device,
                "session": s.session,
                "walk": s.number or s.sha1[:16],
                "start": None if s.start_utc is None else s.start_utc.isoformat(timespec="seconds"),
                "duration_s": round(s.duration_s, 3),
                "steps": len(s.steps),
                "steps_by_direction": s.steps_by_direction(),
                "alerts": s.alerts_by_kind(),
                "complete": s.complete,
                **({"unreadable": s.trouble} if s.trouble else {}),
                **({"left_out": s.doubts} if s.doubts else {}),
                "noticed": noticed(s),
                "released": one.released,
                "end": s.end,
                "boot": s.boot,
            }
        )
    return found


def _tell(fetched: list, errors: list, deleted: set[str] | frozenset[str] = frozenset()) -> None:
    from retrostep_host.store.intake import noticed

    for one in fetched:
        s = one.session
        minutes, seconds = divmod(round(s.duration_s), 60)
        long = f"{minutes} min" if minutes >= 10 else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        fate = "verified, released" if one.released else "verified; it stays on the board"
        kept = "Copied" if one.is_new else "Deleted here before, not stored" if s.sha1 in deleted else "Stored before"
        if s.trouble:
            which = f"--session {s.session} --device {s.device}"
            say(
                f"Session {s.session} cannot be read: {s.trouble}. Its bytes: {kept.lower()}, {fate}; "
                f"`retrostep delete {which}` lets go of them."
            )
            continue
        gap = "" if s.complete else " Parts of it are missing and named in the report."
        gap += "".join(f" The board's log holds {words}; it is left out." for words in s.doubts)
        gap += " The board noticed trouble with itself; the report says what." if noticed(s) else ""
        backward = s.steps_by_direction()["backward"]
        walked = f"{long}, {len(s.steps)} steps, {backward} of them backward"
        say(f"Session {s.session}: {walked}. {kept}, {fate}.{gap}")
    if not fetched and not errors:
        say("Nothing new on the board.")


def _warn(result) -> None:
    from retrostep.link import messages

    if result.running:
        say(
            f"Session {result.running} is still running and stays on the board; "
            "`retrostep sync --close` ends it first.",
            err=True,
        )
    if result.hello.flags & messages.F_VANISHED:
        say(
            "The board's log was there before and is gone: its drive was reformatted or emptied. Walks that were not "
            "synced are lost; `retrostep doctor` says more.",
            err=True,
        )
