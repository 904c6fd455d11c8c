# SPDX-License-Identifier: MIT
"""Over the console: an install onto a board whose code keeps the drive to itself, without a button held.

in    a raw REPL on the board (sync/repl.py); what `drive.changes` says
out   the same drive as a copy would make; each file read back by its SHA-1
keeps walks, settings, foreign files. Until every new file lies verified in /retrostep_new the board starts as before;
      from then on it starts as the new version, because boot.py ends what was cut off (firmware/boot.py)
from  CircuitPython's raw REPL; hashlib's SHA-1
but   1. it stops the firmware, which a walk that runs forbids: cli/install.py asks the board first
      2. a watchdog brings the firmware back when nobody goes on: a pulled cable leaves no board that waits
      3. files are copied into place, not renamed: a cut rename leaves one file under two names, and no copy of either
      4. power that goes while the FAT's own sector is erased takes the drive with it; so cli/install.py wants the
         walks on a computer first
      5. a board without today's boot.py gets it before all else: cut in these 0.2 s, it starts the old version without
         it, so its drive is the computer's, and `install` mends it there
not   a board whose drive the computer owns (new, safe mode, button held): that is install.py's
"""

from __future__ import annotations

import binascii
import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from retrostep_host import drive
from retrostep_host.board_side import FINISH, FOLDERS, LOOK, MOST, OPEN, READ
from retrostep_host.errors import BadAnswer, BadDrive, BoardRefused, LinkBroken, RetrostepError, WrongPort
from retrostep_host.sync import console, find
from retrostep_host.sync.answers import Hello
from retrostep_host.sync.client import Client
from retrostep_host.sync.console import DOG_S, RESTART, Transport

Progress = Callable[[int, int], None] | None

PIECE = 1536  # bytes at once: 2 kB of text, a third of what the longest line may take (20 kB do not fit a heap)
CLUSTER, SPARE = 512, 16384  # bytes: CircuitPython's smallest; for folders and what the log does meanwhile
LONGEST_NAME = 100  # what a board may call a file; longer is no file of a drive

BEFORE = (
    "The board was cut off before the new version lay on it whole; it starts with what it had, and nothing of that was "
    "changed. Plug it in again, wait 10 s and run the same command: it goes on where it stopped."
)
AFTER = (
    "The board was cut off while the new version was put in place; all of it lies on the board, which ends this by "
    "itself when it starts, within a minute. Plug it in again, wait and run the same command to see that it did. If "
    "its drive came up empty, run `retrostep install` all the same: it fills an empty drive."
)
LOOKING = (
    "The board's console did not answer as CircuitPython does; nothing on the board was changed. Press reset, wait "
    "10 s and try again."
)


class Board:
    """A drive behind a console; a `drive.Place`. `open`, `install`, `close`, which starts the board again."""

    def __init__(self, transport: Transport, root: str = "") -> None:
        self._transport, self._root = transport, root
        self._files: dict[str, tuple[int, str]] = {}
        self.free = 0  # bytes
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
        if under == drive.STAGED:
            return []  # what was staged before is gone on with, or replaced
        return [where for where in self._files if where.startswith(under + "/")]

    # the session ------------------------------------------------------------------------------------------
    def open(self) -> None:
        """Stop the firmware and look at what is on the drive. Raises LinkBroken."""
        try:
            self._transport.enter_raw_repl()
        except ValueError as error:
            raise LinkBroken(self.state) from error
        names = f"ROOT, HERE, DOG_S, MOST, FOLDERS = {(self._root, f'/{drive.STAGED}/', DOG_S, MOST, FOLDERS)!r}\n"
        said = self._exec(names + OPEN).split()
        try:
            readonly, self.free = (int(word) for word in said[-2:])
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
        """Bytes that have to be free: the new files wait beside the old ones."""
        staged = sum(_room(change.size) for change in todo if not self._is_staged(change.data))
        grown = sum(max(0, _room(one.size) - _room(self._files.get(one.where, (0, ""))[0])) for one in todo)
        kept = sum(_room(self._files[change.where][0]) for change in todo if change.kept)
        return staged + grown + kept + SPARE

    def install(self, todo: list[drive.Change], new: dict[str, bytes], progress: Progress = None) -> None:
        """Make the drive boot `new`. Raises LinkBroken, BadDrive; `state` says what holds then."""
        self.state = BEFORE
        todo = [*todo, drive.Change("write", drive.MANIFEST, drive.manifest(new))]
        writes = [change for change in todo if change.what != "remove"]
        of = sum(change.size for change in writes) + 2 * len(todo) * CLUSTER  # staged, then put in place
        done = 0

        def on(size: int) -> None:
            nonlocal done
            done += size
            if progress:
                progress(done, of)

        self._clear({self._name(change.data) for change in writes})
        for change in todo:
            if change.kept:
                self._copy(change.where, change.kept)
        for change in writes:
            if not self._is_staged(change.data):
                self._put(self._staged(change.data), change.data)
            on(change.size + CLUSTER)
        lines = [f"- /{one.where}" if one.what == "remove" else f"{self._name(one.data)} /{one.where}" for one in todo]
        self._put(f"{drive.STAGED}/list", "\n".join(lines).encode())
        boot = new.get("boot.py", b"")
        if self.digest("boot.py") != drive.sha1(boot):  # the one that ends an update has to be there before it begins
            self._put("boot.py", boot)
        self._put(drive.FINISH, FINISH.encode(), len(FINISH))
        self.state = AFTER
        for line in lines:
            self._exec(f"feed()\nstep({line!r})")
            on(CLUSTER)
        self._look()
        wanted = {one.where: drive.sha1(one.data) for one in writes} | {where: drive.sha1(new[where]) for where in new}
        wrong = [where for where, digest in wanted.items() if self.digest(where) != digest]
        if wrong:
            raise BadDrive(f"{wrong[0]} on the board does not hold what was written. {AFTER}")
        self.tidy()
        self.state = "The new version is on the board, whole."
        if progress:
            progress(of, of)

    def tidy(self) -> None:
        """Drop what lies in the folder of new files, and the folder; nothing else is changed."""
        self._clear(set())
        self._exec(f"try:\n    os.rmdir(ROOT + {'/' + drive.STAGED!r})\nexcept OSError:\n    pass\nos.sync()")

    def _clear(self, stay: set[str]) -> None:
        """Drop what an earlier version left in the folder of new files; `finish.py` first: it would end that one."""
        names = sorted(where for where in self._files if where.startswith(drive.STAGED + "/"))
        for where in sorted(names, key=lambda where: where != drive.FINISH):
            if where.rpartition("/")[2] not in stay:
                self._exec(f"feed()\nremove({'/' + where!r})")
                del self._files[where]

    @staticmethod
    def _name(data: bytes) -> str:
        """Where its bytes wait: short, one entry of a folder, and the same again when an install is gone on with."""
        return drive.sha1(data)[:8]

    def _staged(self, data: bytes) -> str:
        return f"{drive.STAGED}/{self._name(data)}"

    def _is_staged(self, data: bytes) -> bool:
        return self.digest(self._staged(data)) == drive.sha1(data)

    def _put(self, where: str, data: bytes, piece: int = PIECE) -> None:
        """Write a file and hear its hash; tried twice. Raises LinkBroken, BadDrive."""
        for _ in range(2):
            for at in range(0, len(data) or 1, piece):
                text = binascii.b2a_base64(data[at : at + piece], newline=False)
                tell = f"\ntell({'/' + where!r})" if at + piece >= len(data) else ""
                said = self._exec(f"put({'/' + where!r}, {text!r}, {at > 0}){tell}")
            self._files.update(self._told(said))
            if self.digest(where) == drive.sha1(data):
                return
        raise BadDrive(f"{where} on the board does not hold what was written; its flash may be worn. {self.state}")

    def _copy(self, where: str, to: str) -> None:
        """A copy of somebody's own file, on the board."""
        if self.digest(to) != self.digest(where):
            data = self.read(where)
            assert data is not None
            self._put(to, data)


def _room(size: int) -> int:
    return -(-size // CLUSTER) * CLUSTER


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
