# SPDX-License-Identifier: MIT
"""Over the console: an install onto a board whose code keeps the drive to itself, without a button held.

in    a raw REPL on the board (sync/repl.py); what `switched` says
out   the new version in the folder of modules that is not in use, each file read back by its SHA-1, then one sector
      that names it (libs.CHOSEN)
keeps walks, settings, foreign files; the version that runs, until the other is chosen, and afterwards
from  CircuitPython's raw REPL; hashlib's SHA-1; FatFS, which writes FAT where a file begins, grows or goes and a folder
      where one is closed: files are made long enough all at once, then written in place and not closed (board_side.py)
but   1. it stops the firmware, which a walk that runs forbids: cli/install.py asks the board first
      2. a watchdog brings the firmware back when nobody goes on: a pulled cable leaves no board that waits
      3. power that goes while the flash sector of FAT and root folder is rewritten takes the drive with it. That is
         where files begin, grow or go: most of all the first time (docs/reliability.md, "An update over the console").
         So cli/install.py wants the walks on a computer first
      4. boot.py, code.py, safemode.py and settings.toml are written where they lie, when they differ: a cut in one of
         these sectors leaves a board that a computer has to mend. They fit the version before and the next
not   a board whose drive the computer owns (new, safe mode, button held): that is install.py's
"""

from __future__ import annotations

import binascii
import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from retrostep_host import drive, libs
from retrostep_host.board_side import FOLDERS, LOOK, MOST, OPEN, READ
from retrostep_host.errors import BadAnswer, BadDrive, BoardRefused, LinkBroken, RetrostepError, WrongPort
from retrostep_host.sync import console, find
from retrostep_host.sync.answers import Hello
from retrostep_host.sync.client import Client
from retrostep_host.sync.console import DOG_S, RESTART, Transport

Progress = Callable[[int, int], None] | None

PIECE = 1536  # bytes at once: 2 kB of text, a third of what the longest line may take (20 kB do not fit a heap)
SECTOR, BLOCK = 4096, 512  # bytes: what flash erases, what FAT reads; a whole block is written past FatFS's own buffer
SPARE = 16384  # bytes for folders and what the log does meanwhile
TOO_LONG = 8192  # bytes of padding; a longer file of somebody's own is removed instead
AT_ONCE = 8  # files a command, within the watchdog's time
LONGEST_NAME = 100  # what a board may call a file; longer is no file of a drive
# a sector each: before the folders, behind them, behind CHOSEN, behind the modules
GUARDS = ("lib2.guard", "lib2/guard", "lib2/guard2", "lib2/tail")

BEFORE = (
    "The board was cut off before the new version was chosen; it starts with what it had. Plug it in again, wait 10 s "
    "and run the same command: it goes on where it stopped."
)
AFTER = "The new version is on the board, whole, and it starts with it."
LOOKING = (
    "The board's console did not answer as CircuitPython does; nothing on the board was changed. Press reset, wait "
    "10 s and try again."
)


def switched(place: libs.Place, files: dict[str, bytes], settings: dict | None = None) -> list[drive.Change]:
    """As `drive.changes`, for a place where the modules go into the folder that is not in use; the last change takes it
    into use. Somebody's own file that stands where one of ours would belong in the folder in use is kept as there."""
    used = libs.chosen(place)
    todo = drive.changes(place, libs.fitted(place, files, used), settings)
    if not any(one.where.startswith(used + "/") for one in todo):
        return todo
    kept = [one for one in todo if one.kept and one.where.startswith(used + "/")]
    todo = drive.changes(place, libs.fitted(place, files, libs.other(used)), settings)
    return [*kept, *todo, drive.Change("write", libs.CHOSEN, libs.choice(libs.other(used)))]


class Board:
    """A drive behind a console; a `libs.Place`. `open`, `install`, `close`, which starts the board again."""

    def __init__(self, transport: Transport, root: str = "") -> None:
        self._transport, self._root = transport, root
        self._files: dict[str, tuple[int, str]] = {}
        self.free, self._cluster = 0, BLOCK  # bytes
        self.readonly = False  # for the code: the computer owns the drive
        self.state = LOOKING  # what holds when the cable goes now

    # as a place -------------------------------------------------------------------------------------------
    def digest(self, where: str) -> str | None:
        found = self._files.get(where)
        return found and found[1]

    def read(self, where: str) -> bytes | None:
        if where not in self._files:
            return None
        said = self._exec(READ % f"/{where}").split()
        try:
            return b"".join(binascii.a2b_base64(line) for line in said)
        except binascii.Error as error:
            raise LinkBroken(self.state) from error

    def names(self, under: str) -> list[str]:
        return [where for where in self._files if where.startswith(under + "/")]

    def fit(self, where: str, data: bytes) -> bytes:
        size, digest = self._files.get(where, (0, ""))
        as_it_is = libs.padded(where, data, size)
        if drive.sha1(as_it_is) == digest:
            return as_it_is
        if size > len(data) + TOO_LONG:
            size = 0
        return libs.padded(where, data, _up(max(size, len(data)), BLOCK))

    # the session ------------------------------------------------------------------------------------------
    def open(self) -> None:
        """Stop the firmware and look at what is on the drive. Raises LinkBroken."""
        try:
            self._transport.enter_raw_repl()
        except ValueError as error:
            raise LinkBroken(self.state) from error
        names = f"ROOT, DOG_S, MOST, FOLDERS = {(self._root, DOG_S, MOST, FOLDERS)!r}\n"
        said = self._exec(names + OPEN).split()
        try:
            readonly, self.free, self._cluster = (int(word) for word in said[-3:])
        except ValueError as error:
            raise LinkBroken(self.state) from error
        self.readonly = bool(readonly)
        self._look()

    def _look(self) -> None:
        self._files = dict(self._told(self._exec(LOOK)))

    def _told(self, said: bytes) -> Iterable[tuple[str, tuple[int, str]]]:
        """(path, (size, SHA-1)) of each line that `tell` printed."""
        for line in said.decode("utf-8", "replace").splitlines():
            size, _, rest = line.strip().partition(" ")
            digest, _, path = rest.partition(" ")
            if len(digest) == 40 and size.isdecimal() and path.startswith("/") and len(path) <= LONGEST_NAME:
                yield path[1:], (int(size), digest)

    def _exec(self, text: str) -> bytes:
        try:
            return self._transport.exec(text)
        except (ValueError, LinkBroken) as error:
            raise LinkBroken(self.state) from error

    def close(self) -> None:
        """Start the board again and let go of the console."""
        with contextlib.suppress(ValueError, RetrostepError):
            self._transport.exec_raw_no_follow(RESTART)
        with contextlib.suppress(RetrostepError):
            self._transport.close()

    # the work ---------------------------------------------------------------------------------------------
    def needs(self, todo: list[drive.Change]) -> int:
        """Bytes that have to be free."""
        out = SPARE + sum(_up(self._files[one.where][0], self._cluster) for one in todo if one.kept)
        for one in self._writes(todo):
            size = self._files.get(one.where, (0, ""))[0]
            out += max(0, _up(len(self.fit(one.where, one.data)), self._cluster) - _up(size, self._cluster))
        return out

    def _writes(self, todo: list[drive.Change]) -> list[drive.Change]:
        """Modules before the drive's root, what chooses last; not what is only kept of the folder in use."""
        is_switch = bool(todo) and todo[-1].where == libs.CHOSEN
        used = libs.chosen(self) + "/" if is_switch else "//"
        writes = [one for one in todo if one.what != "remove" and not (one.where.startswith(used) and one.kept)]
        return sorted(writes, key=lambda one: (one.where == libs.CHOSEN, "/" not in one.where))

    def install(self, todo: list[drive.Change], files: dict[str, bytes], progress: Progress = None) -> None:
        """Make the drive boot `files`, of which `switched` said `todo`. Raises LinkBroken, BadDrive; `state`
        says what holds then."""
        self.state = BEFORE
        writes, used = self._writes(todo), libs.chosen(self)
        new = libs.fitted(self, files, libs.other(used) if todo[-1].where == libs.CHOSEN else used)
        where = libs.manifest_path(new)
        last = [writes.pop()] if writes and writes[-1].where == libs.CHOSEN else []
        writes = [*writes, drive.Change("write", where, drive.manifest(new)), *last]
        data = {one.where: self.fit(one.where, one.data) for one in writes}
        of, done = sum(len(one) + SECTOR for one in data.values()), 0

        def on(size: int) -> None:
            nonlocal done
            done += size
            if progress:
                progress(min(done, of), of)

        for one in todo:
            if one.kept:
                self._copy(one.where, one.kept)
        self._remove([one.where for one in todo if one.what == "remove"], data)
        self._make_room({where: len(one) for where, one in data.items()}, on)
        choice = {where: data.pop(where) for where in list(data) if where == libs.CHOSEN}
        for some in (data, choice):
            self._put({where: one for where, one in some.items() if self.digest(where) != drive.sha1(one)}, on)
        self.state = AFTER
        if progress:
            progress(of, of)

    def _remove(self, gone: list[str], data: dict[str, bytes]) -> None:
        too_long = [where for where, one in data.items() if self._files.get(where, (0, ""))[0] > len(one)]
        for where in [*gone, *too_long]:
            self._exec(f"remove({'/' + where!r})")
            self._files.pop(where, None)
        if any(where.startswith(drive.STAGED) for where in gone):
            self._exec(f"try:\n    os.rmdir(ROOT + {'/' + drive.STAGED!r})\nexcept OSError:\n    pass")

    def _make_room(self, sizes: dict[str, int], on: Callable[[int], None] = lambda size: None) -> None:
        """Make files long enough for what is to be written; the first time in a folder that shares no flash sector
        with anything else."""
        short = {where: size for where, size in sizes.items() if self._files.get(where, (-1, ""))[0] < size}
        if any(where.startswith(libs.LIBS[1] + "/") for where in short) and self.digest(GUARDS[-1]) is None:
            self._grow({GUARDS[0]: SECTOR})
            choice = {where: size for where, size in short.items() if where == libs.CHOSEN}
            modules = {where: size for where, size in short.items() if where.startswith(libs.LIBS[1] + "/")}
            short = {GUARDS[1]: SECTOR, **choice, GUARDS[2]: SECTOR, **modules, GUARDS[3]: SECTOR, **short}
        self._grow(short)
        on(SECTOR * len(sizes))

    def _grow(self, sizes: dict[str, int]) -> None:
        self._each([f"folder({'/' + one!r})" for one in _folders(sizes)])
        self._each([f"keep({'/' + where!r})" for where in sizes])
        lines = [f"grow({'/' + where!r}, {size}, {_is_read_at_once(where)})" for where, size in sizes.items()]
        self._each(lines)
        self._each([f"close({'/' + where!r})" for where in sizes])

    def _each(self, lines: list[str]) -> list[bytes]:
        return [self._exec("\n".join(lines[at : at + AT_ONCE])) for at in range(0, len(lines), AT_ONCE)]

    def _put(self, files: dict[str, bytes], on: Callable[[int], None]) -> None:
        """Write files in their places and hear their hashes, which are taken from flash; tried twice. Raises
        LinkBroken, BadDrive."""
        for _ in range(2):
            lines, size = [], 0
            for where, data in files.items():
                for at in range(0, len(data) or 1, PIECE):
                    part = data[at : at + PIECE]
                    if size + len(part) > PIECE:
                        self._exec("\n".join(lines))
                        lines, size = [], 0
                    lines.append(f"put({'/' + where!r}, {binascii.b2a_base64(part, newline=False)!r}, {at})")
                    size += len(part)
                on(len(data))
            self._exec("\n".join([*lines, "os.sync()"]))
            for said in self._each([f"tell({'/' + where!r})" for where in files]):
                self._files.update(self._told(said))
            files = {where: data for where, data in files.items() if self.digest(where) != drive.sha1(data)}
            if not files:
                return
        where = next(iter(files))
        raise BadDrive(f"{where} on the board does not hold what was written; its flash may be worn. {self.state}")

    def _copy(self, where: str, to: str) -> None:
        """A copy of somebody's own file, on the board. Raises LinkBroken, BadDrive."""
        if self.digest(to) == self.digest(where):
            return
        self._each([f"folder({'/' + one!r})" for one in _folders([to])])
        self._files.update(self._told(self._exec(f"copy({'/' + where!r}, {'/' + to!r})")))
        if self.digest(to) != self.digest(where):
            raise BadDrive(f"{to} on the board does not hold what was copied; its flash may be worn. {self.state}")


def _folders(names: Iterable[str]) -> list[str]:
    """All folders above these files, outer ones first."""
    found = [str(one) for where in names for one in reversed(PurePosixPath(where).parents) if str(one) != "."]
    return list(dict.fromkeys(found))


def _is_read_at_once(where: str) -> bool:
    """The board reads it when it starts next: it grows by empty lines, not by what flash held before."""
    return where == libs.CHOSEN or ("/" not in where and where not in GUARDS)


def _up(size: int, step: int) -> int:
    return -(-size // step) * step


# before and after -----------------------------------------------------------------------------------------
EITHER = (
    "If the board kept its power, walks, settings and own files are whole, and it starts with the old version or with "
    "the new one. Run the same command again: it goes on where it stopped, and fills a drive that came up empty."
)
SETTLED_S, SETTLING_S = 1.0, 15.0  # without a flush; at most
COMES_BACK_S = 30.0  # a board starts within 10 s of a reset


def ask_the_firmware(port: str) -> tuple[str, list[str]]:
    """The device id of the Retrostep whose console this is and the SHA-1 of each walk on it; "" and [] when none
    answers: a board that needs mending. A locked board tells no walks. Waits until its log is on flash. Raises
    BoardRefused when a walk runs, BusyPort when another program talks to it."""
    data = _data_port(port)
    if not data:
        return "", []
    try:
        client, hello = find.connect(data)
    except (LinkBroken, WrongPort, BadAnswer):
        return "", []
    try:
        if hello.running:
            raise BoardRefused(
                f"Walk {hello.running} runs on the board, and an update would stop it; nothing was changed. End it "
                "(hold the button for two seconds, or close `retrostep live`), and run the same command again.",
                number=0,
            )
        if hello.locked:
            return hello.device, []
        _settle(client)
        return hello.device, [client.hash(entry.session)[1].hex() for entry in client.list()]
    finally:
        client.port.close()


def _data_port(port: str) -> str:
    """The other channel of the board whose console this is; "" when it has none."""
    same = (board for board in console.boards() if os.path.realpath(board.console) == os.path.realpath(port))
    return next((board.data for board in same), "")


def _settle(client: Client) -> None:
    """Wait until the log has been flushed."""
    begun = since = client.port.now()
    flushes = client.status().flushes
    while client.port.now() - since < SETTLED_S and client.port.now() - begun < SETTLING_S:
        client.listen(0.1)
        if (now := client.status().flushes) != flushes:
            flushes, since = now, client.port.now()


def wait(port: str) -> None:
    """Until a board that was started again has its console."""
    end = time.monotonic() + COMES_BACK_S
    time.sleep(1.0)  # it goes before it comes
    while not Path(port).exists() and time.monotonic() < end:
        time.sleep(0.2)


def greet(port: str, device: str) -> Hello | None:
    """What the firmware says once it runs again; None when it does not within COMES_BACK_S."""
    end = time.monotonic() + COMES_BACK_S
    while time.monotonic() < end:
        time.sleep(0.5)
        known = {_data_port(port)} | {board.data for board in console.boards() if device}  # a port may change its name
        for data in sorted(known - {""}):
            with contextlib.suppress(RetrostepError):
                client, hello = find.connect(data)
                client.port.close()
                if device in ("", hello.device):
                    return hello
    return None
