# SPDX-License-Identifier: MIT
"""Delete: Delete walks, or a person, from this computer and from the board.

in    which walks: a participant code, a board, days, session numbers, or all; a yes
out   a board without any walk, when one that walked them is plugged in; then a store without them; then words
but   the board comes first: stopped anywhere, the store still knows what is to go, and the same command finishes
keeps the SHA-1 of what was deleted, so that a board that was not told to let go does not bring it back
not   pages, tables and copies that were made earlier: nobody knows where they are
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable

import click

from retrostep_host.cli import _safe
from retrostep_host.cli._terminal import asks as somebody
from retrostep_host.cli._terminal import bar, confirm, looks, progress, say, say_json

NAMED = 6  # walks that are named one by one
Known = Callable[[str], bool]  # whether bytes with this SHA-1 are in the store, or were and were deleted


@click.command("delete")
@click.option("--code", "codes", multiple=True, help="Only walks with this participant code; may be repeated.")
@click.option("--walk", "numbers", metavar="ID", multiple=True, help="Only this walk, as `retrostep list` names it.")
@click.option("--session", "sessions", metavar="N", type=int, multiple=True, help="Only this session; may be repeated.")
@click.option("--device", metavar="UID", help="Only walks of this board; the first digits of its UID are enough.")
@click.option("--from", "since", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="Only from this day on.")
@click.option("--to", "until", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="Only up to this day.")
@click.option("--all", "everything", is_flag=True, help="Every walk in the store.")
@click.option("--board/--no-board", "erase", default=None, help="Erase the board too, or leave it; default: ask.")
@click.option("--unsynced-too", is_flag=True, help="Erase the board even with walks that are on no computer.")
@click.option("--port", metavar="PATH", help="The board's data port; default: find it.")
@click.option("--pin", help="The PIN of a locked board; asked for when it is needed.")
@click.option("--store", metavar="FILE", help="The store; your own by default.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(
    codes: tuple[str, ...],
    numbers: tuple[str, ...],
    sessions: tuple[int, ...],
    device: str | None,
    since,
    until,
    everything: bool,
    erase: bool | None,
    unsynced_too: bool,
    port: str | None,
    pin: str | None,
    store: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Delete walks from this computer and, if you want, from the board.

    Shows what would go, and asks. Everything about these walks goes: steps, alerts, raw samples, the board's own bytes,
    half-made copies. It offers to erase the board first, which can only be erased as a whole. Stopped half-way, the
    same command finishes. Pages and tables that were made earlier are yours to delete.

    \b
    retrostep delete --code P-07                        everything about one person
    retrostep delete --device e66138 --to 2026-10-31
    retrostep delete --all --board --yes                for a script
    """
    from retrostep_host import home
    from retrostep_host.cohort import places
    from retrostep_host.store import Store, choose

    days = [day.date().isoformat() if day else None for day in (since, until)]
    filters = (device, *codes, *days, *sessions, *numbers)
    if everything == any(one is not None for one in filters):
        raise click.UsageError("Say which walks: --all, or --code, --device, --session, --from, --to. Nothing is gone.")
    if "" in codes or device == "" or "" in numbers:
        raise click.UsageError("An empty --code or --device would choose every walk; --all says so. Nothing is gone.")
    asks = somebody() and not yes
    with contextlib.ExitStack() as opened:
        Store(home.store_path(store), write=False).close()  # an EmptyLog is not the time to make a file
        kept = opened.enter_context(Store(home.store_path(store)))
        walks = choose.walks(kept, sessions, device, codes, *days, numbers, excluded=True)
        _only_one_board(walks, sessions, device)
        known = lambda sha1: kept.holds(sha1) or kept.was_deleted(sha1)  # noqa: E731 - these bytes, not this number
        boards = _plugged_in(walks, port, opened) if erase else []
        ready = [_ready(client, hello, pin, known, unsynced_too, asks) for client, hello in boards]
        _agree(walks, [hello for _, hello in boards], yes)
        if erase is None and asks:
            ready = _offered(_plugged_in(walks, port, opened, must=False), pin, known)
        erased, stays = _erase(ready, looks() and not as_json)
        with _safe.meanwhile(
            f"{_erased(erased)}Whether the walks here are deleted is not certain: run the same command again.",
            f"{_erased(erased)}The walks here are deleted.",
        ):
            left = _delete(kept, walks, erased)
        published = places.known(kept.path)
    holds = sorted({walk.device_uid for walk in walks} - set(erased))
    if as_json:
        deleted = [choose.summary(walk) for walk in walks]
        boards = [{"device": uid, "unsynced_erased": count} for uid, count in erased.items()]
        cohorts = [{"folder": folder, "site": site} for folder, site in published]
        say_json({"deleted": deleted, "boards_erased": boards, "boards_not_erased": holds, "published": cohorts})
    else:
        say(f"Deleted {_described(walks)}. Pages, tables and copies made of them earlier are not touched.")
        if holds:
            say(_may_hold(holds))
        for folder, site in published:
            again = f"`retrostep publish {shlex.quote(folder)} --site {site}`"
            say(f"What was published in {folder} is still there: {again} takes it out, for every reader.")
    say(*stays, *([left] if left else []), err=True)
    return 0


def _erased(erased: dict[str, int]) -> str:
    return f"Board {', '.join(erased)} is erased. " if erased else ""


# what goes, and the yes -------------------------------------------------------------------------------------
def _only_one_board(walks: list, sessions: tuple[int, ...], device: str | None) -> None:
    """A number or a few digits that fit two boards may mean another person's walk."""
    boards = sorted({walk.device_uid for walk in walks})
    if len(boards) > 1 and (sessions or device):
        asked = f"Session {', '.join(map(str, sessions))}" if sessions else f"`--device {device}`"
        raise click.UsageError(
            f"{asked} fits walks of {len(boards)} boards: {', '.join(boards)}; name one with `--device`. "
            "Nothing was deleted."
        )


def _agree(walks: list, erased: list, yes: bool) -> None:
    """Raises NotConfirmed at no terminal, Abort after a no."""
    from retrostep_host.errors import NotConfirmed

    if yes:
        return
    also = "".join(f", and every walk on board {hello.device}" for hello in erased)
    if not somebody():
        raise NotConfirmed(
            f"This would delete {_described(walks)}{also}; add `--yes`, or run it at a terminal. Nothing was deleted."
        )
    say(f"This deletes {_described(walks)}{also}.", err=True)
    confirm("Delete for good?", abort=True)


def _described(walks: list) -> str:
    """ "3 walks, 412 steps (board e66138935f2c8a27: sessions 1-3, 2 Oct 2026 to 24 Nov 2026; code P-07)"."""
    parts = []
    for uid in sorted({walk.device_uid for walk in walks}):
        mine = [walk for walk in walks if walk.device_uid == uid]
        days = sorted({walk.day for walk in mine if walk.start})
        words = [_numbers([walk.session for walk in mine])]
        words += [_day(days[0]) if days[0] == days[-1] else f"{_day(days[0])} to {_day(days[-1])}"] if days else []
        undated = sum(walk.start is None for walk in mine)
        words += [f"{undated} without a date"] if undated else []
        parts.append(f"board {uid}: {', '.join(words)}")
    codes = sorted({walk.code for walk in walks if walk.code})
    if codes:
        parts.append(f"code {', '.join(codes)}")
    steps = sum(walk.total for walk in walks)
    return f"{len(walks)} walk{'s' * (len(walks) != 1)}, {steps} steps ({'; '.join(parts)})"


def _numbers(numbers: list[int]) -> str:
    """ "session 4", "sessions 1-3, 7"."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    words = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
    return f"session{'s' * (len(numbers) != 1)} {words}"


def _day(iso: str) -> str:
    from datetime import date

    day = date.fromisoformat(iso)
    return f"{day.day} {day:%b %Y}"


def _delete(store, walks: list, erased: dict[str, int]) -> str:
    """Rows, bytes and half-made copies; what could not be tidied, in a sentence."""
    from retrostep_host import home
    from retrostep_host.errors import RetrostepError
    from retrostep_host.sync import partials

    progress("Deleting, and writing zeros where it stood …")
    try:
        left = store.delete(walks)
    except RetrostepError as error:
        again = " Here nothing was deleted yet; the same command does it." if erased else ""
        error.args = (f"{_erased(erased)}{error}{again}",)
        raise
    finally:
        progress("")
    try:
        for walk in walks:
            partials.remove(home.folder() / "partial", f"{walk.device_uid}-{walk.session}-*.part")
    except RetrostepError as error:
        left = f"{left} {error}".strip()
    return left


# the board --------------------------------------------------------------------------------------------------
def _plugged_in(walks: list, port: str | None, opened: contextlib.ExitStack, must: bool = True) -> list:
    """(Client, Hello) of each board in reach that walked one of the walks. Raises NoBoardFound when there `must` be."""
    from retrostep_host.errors import NoBoardFound, RetrostepError
    from retrostep_host.sync import find

    wanted = {walk.device_uid for walk in walks}
    found = []
    for path in [port] if port else find.virtual_ports() + find.data_ports():
        try:
            client, hello = find.connect(path)
        except RetrostepError:
            if port and must:
                raise
            continue
        opened.callback(client.port.close)
        if hello.device in wanted:
            found.append((client, hello))
    if must and not found:
        raise NoBoardFound(
            f"No board that walked them ({', '.join(sorted(wanted))}) is plugged in, so nothing was deleted, here or "
            "there; plug it in, or delete with `--no-board` and erase the board later."
        )
    return found


def _ready(client, hello, pin: str | None, known: Known, unsynced_too: bool, asks: bool) -> tuple:
    """(Client, Hello) of a board that may be erased. Raises before anything was deleted."""
    from retrostep_host.cli.sync import unlock
    from retrostep_host.errors import BoardRefused, NotConfirmed

    hello = unlock(client, hello, pin)
    if hello.running:
        raise BoardRefused(
            f"A walk is under way on board {hello.device}, so nothing was deleted, here or there; end it with "
            "`retrostep sync --close` and run this again.",
            number=4,
        )
    lost = _unsynced(client, hello, known)
    if lost and not unsynced_too:
        if not asks:
            raise NotConfirmed(
                f"Nothing was deleted: erasing board {hello.device} would lose {_walks(len(lost))} on it that this "
                f"computer does not have ({_few(lost)}); `retrostep sync` first, or add `--unsynced-too`."
            )
        _sure(hello, lost, abort=True)
    return client, hello


def _offered(boards: list, pin: str | None, known: Known) -> list[tuple]:
    """Those of the plugged-in boards that the person wants erased. Raises Abort when the questions are ended."""
    from retrostep_host.cli.sync import unlock
    from retrostep_host.errors import RetrostepError

    chosen = []
    for client, hello in boards:
        question = (
            f"Board {hello.device} is plugged in and may still hold them. It can only be erased as a whole, with other "
            "people's walks on it. Erase it too? (With a no it stays as it is, and the walks are deleted here alone; "
            "Ctrl-C keeps everything.)"
        )
        try:
            if not confirm(question):
                continue
            hello = unlock(client, hello, pin)
            lost = _unsynced(client, hello, known)
            if not lost or _sure(hello, lost):
                chosen.append((client, hello))
        except RetrostepError as error:
            say(str(error), err=True)
    return chosen


def _sure(hello, lost: list[str], abort: bool = False) -> bool:
    be = "is" if len(lost) == 1 else "are"
    words = f"{_walks(len(lost))} on board {hello.device} {be} not on this computer ({_few(lost)})"
    return confirm(f"{words} and would be lost, whoever walked. Erase all the same?", abort=abort)


def _unsynced(client, hello, known: Known) -> list[str]:
    """The walks on the board that this store never had, by the bytes: a board that was erased uses numbers again. Each
    in words: "session 4 of P-09, 27 Nov 2026"."""
    running = client.hello().running
    lost = [one for one in client.list() if one.session == running or not known(client.hash(one.session)[1].hex())]
    return [_called(client, one) if at < NAMED else f"session {one.session}" for at, one in enumerate(lost)]


def _called(client, entry) -> str:
    """Whose it is and from when, as its first block says; its number alone where that cannot be read."""
    from retrostep_host import journal
    from retrostep_host.errors import RetrostepError

    words = f"session {entry.session}"
    with contextlib.suppress(RetrostepError):
        head = bytearray()
        client.read(entry.session, 0, min(entry.size, 512), head.extend)
        session = journal.decode(bytes(head))
        words += f" of {session.settings['code']}" if session.settings.get("code") else ""
        words += f", {session.start_utc.day} {session.start_utc:%b %Y}" if session.start_utc else ", no date"
    return words


def _few(lost: list[str]) -> str:
    return "; ".join(lost[:NAMED]) + (f"; and {len(lost) - NAMED} more" if len(lost) > NAMED else "")


def _walks(count: int) -> str:
    return f"{count} walk{'s' * (count != 1)}"


def _erase(boards: list, shows: bool) -> tuple[dict[str, int], list[str]]:
    """Erase each; device -> unfetched walks that went, and what stays on them, in sentences. The first that fails ends
    the deletion: what is here goes last."""
    from retrostep_host import home
    from retrostep_host.errors import RetrostepError
    from retrostep_host.sync import forget

    done: dict[str, int] = {}
    stays = []
    show = bar("Erasing the board") if shows else None
    for client, hello in boards:
        safe = f"{_erased(done)}Here nothing was deleted yet; the same `retrostep delete` finishes both."
        with _safe.meanwhile(f"Walks may still be on board {hello.device}. {safe}"):
            try:
                done[hello.device] = forget.board(client, hello, home.folder() / "partial", show)
            except RetrostepError as error:
                error.args = (f"{error} {safe}",)
                raise
        progress("")
        code = None
        with contextlib.suppress(RetrostepError):  # the cable may go now
            code = client.settings().get("code")
        words = f"; it still carries the code {code}" if code else ""
        next_one = ": `retrostep settings --new-wearer CODE` makes it the next person's" if code else ""
        stays.append(f"Board {hello.device} is erased; its settings stayed{words}{next_one}.")
    return done, stays


def _may_hold(boards: list[str]) -> str:
    which = f"Board {boards[0]}" if len(boards) == 1 else f"Boards {', '.join(boards)}"
    return (
        f"{which} may still hold walks of theirs until newer ones take their place, and walks that were never synced "
        "come with the next `retrostep sync`; to erase a board, plug it in and run `retrostep settings --erase`."
    )
