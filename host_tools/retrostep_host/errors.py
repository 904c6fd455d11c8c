# SPDX-License-Identifier: MIT
"""Errors: one family, each kind with its own exit code and a sentence a physiotherapist can act on.

in    what went wrong, as values
out   `str(error)`: what happened, what is safe, what to do next; `error.exit_code` for the shell
keeps nothing
not   printing and exiting: only cli/main.py does that

Each docstring says what was *kept*. docs/cli.md lists the codes from here.
"""

from __future__ import annotations

import errno


class RetrostepError(Exception):
    """Something went wrong that has no kind of its own. Kept: everything already stored."""

    exit_code = 1

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence)
        for name, value in values.items():
            setattr(self, name, value)


# finding and talking to the board -------------------------------------------------------------------------
class NoBoardFound(RetrostepError):
    """No Retrostep answered. Kept: everything, on the board and on the computer."""

    exit_code = 3

    @classmethod
    def among(cls, ports: list[str]) -> NoBoardFound:
        """The sentence for the serial ports that were looked at."""
        if not ports:
            seen = "No serial port was seen at all"
        elif len(ports) == 1:
            seen = f"No Retrostep on the only serial port seen ({ports[0]})"
        else:
            seen = f"No Retrostep on the {len(ports)} serial ports seen ({', '.join(ports)})"
        return cls(
            f"{seen}; use a cable that carries data, press reset, or name the port with `--port`. "
            "`retrostep doctor` looks closer.",
            ports=ports,
        )


class SeveralBoards(NoBoardFound):
    """More than one Retrostep is plugged in and none was named. Kept: everything."""

    exit_code = 3


class WrongPort(RetrostepError):
    """The port answers, but not as a Retrostep. Kept: everything; nothing was sent but a hello."""

    exit_code = 4


class HashMismatch(RetrostepError):
    """The copy differs from the board's bytes. Kept: the session on the board; nothing was released."""

    exit_code = 5

    @classmethod
    def of(cls, session: int) -> HashMismatch:
        return cls(
            f"Session {session} arrived damaged twice, so it stays on the board; run `retrostep sync` again, "
            "or `retrostep doctor` if it repeats.",
            session=session,
        )


class BusyPort(RetrostepError):
    """Another program holds the port, or we may not open it. Kept: everything."""

    exit_code = 6


class LinkBroken(RetrostepError):
    """The cable or the board went away in the middle. Kept: all sessions; what arrived is resumed next time."""

    exit_code = 7


class BoardRefused(RetrostepError):
    """The board answered with a reason number (retrostep.errors). Kept: everything on the board."""

    exit_code = 8

    @classmethod
    def reason(cls, number: int, doing: str = "that", data: bytes = b"") -> BoardRefused:
        from retrostep_host.reasons import REASONS

        text = REASONS.get(number, ("?", f"reason {number}, which this computer does not know"))[1]
        return cls(f"The board did not do {doing}: {text}. Nothing on it was changed.", number=number, data=data)


class BadAnswer(RetrostepError):
    """The board said what no board can say. Kept: everything on it and here; nothing was released for it."""

    exit_code = 9

    @classmethod
    def of(cls, what: str) -> BadAnswer:
        """`what` it said, as the beginning of a sentence."""
        return cls(
            f"{what}, which no Retrostep does; nothing was changed for it, and every walk is still on the board or "
            "stored. Install its firmware again (`retrostep install`), or ask where this board comes from."
        )


# files that come in ---------------------------------------------------------------------------------------
class BadRecording(RetrostepError):
    """The recording cannot be read as one. Kept: the file, untouched."""

    exit_code = 10


class MissingColumns(BadRecording):
    """The recording lacks columns. Kept: the file, untouched."""

    exit_code = 10

    @classmethod
    def of(cls, path: object, missing: list[str], seen: list[str]) -> MissingColumns:
        lacks = ", ".join(missing)
        has = ", ".join(seen[:8]) + (", …" if len(seen) > 8 else "")
        return cls(
            f"{path} has no column {lacks} (it has {has or 'none'}); rename them to t, acc_x … gyr_z and try again.",
            missing=missing,
        )


class WrongUnit(BadRecording):
    """The numbers look like another unit. Kept: the file, untouched; nothing was computed from it."""

    exit_code = 11

    @classmethod
    def looks_like_g(cls, standing: float) -> WrongUnit:
        """For a mean acceleration of `standing` while nothing moves."""
        return cls(
            f"The acceleration averages {standing:.2f} while standing, which looks like g and not m/s²; "
            "add `--unit acc=g`.",
            standing=standing,
        )

    @classmethod
    def looks_like_degrees(cls, largest: float) -> WrongUnit:
        """For an angular rate whose largest value no leg reaches in rad/s."""
        return cls(
            f"The angular rate reaches {largest:.0f}, which looks like °/s and not rad/s; add `--unit gyr=dps`.",
            largest=largest,
        )


class BadScript(RetrostepError):
    """A walk script cannot be read. Kept: the file, untouched."""

    exit_code = 12


class BadUF2(RetrostepError):
    """The UF2 file is not one for this chip. Kept: the drive and its flash image."""

    exit_code = 13


class BadDrive(RetrostepError):
    """The folder is no CIRCUITPY drive, or one of another board. Kept: every file on it."""

    exit_code = 14


class BadSetting(RetrostepError):
    """A setting or a plan is not allowed. Kept: the value that was in force."""

    exit_code = 15


class DamagedJournal(RetrostepError):
    """Bytes from the board cannot be decoded at all. Kept: the bytes, on the board and in the store."""

    exit_code = 16


# the store ------------------------------------------------------------------------------------------------
class StoreError(RetrostepError):
    """The store cannot be used. Kept: its file as it was, and every session on the board."""

    exit_code = 20


class EmptyLog(StoreError):
    """There is nothing to show yet. Kept: everything."""

    exit_code = 21


class NewerStore(StoreError):
    """The store was made by a newer Retrostep. Kept: its file, not even opened for writing."""

    exit_code = 22


class StoreBusy(StoreError):
    """Another program is writing to the store. Kept: the store, and the sessions on the board."""

    exit_code = 23


class NotAStore(StoreError):
    """The file is no Retrostep store. Kept: the file, untouched."""

    exit_code = 24


class NoSuchSession(StoreError):
    """The session asked for is not in the store. Kept: everything."""

    exit_code = 25


class SeveralWalks(NoSuchSession):
    """What was asked for fits several walks, and one was meant. Kept: everything."""

    exit_code = 25


class SeveralPeople(NoSuchSession):
    """The walks are of several people, who are not added up. Kept: everything."""

    exit_code = 25


class BadCorrection(StoreError):
    """What was to be said of a walk or a person cannot be. Kept: what was said before."""

    exit_code = 18


class DamagedStore(StoreError):
    """The store does not say what was written into it. Kept: its file as it is, and every session on the board."""

    exit_code = 28

    @classmethod
    def of(cls, path: object, why: str) -> DamagedStore:
        return cls(
            f"{path} is damaged: {why}. Nothing was changed here or on a board. Keep the file: walks may be nowhere "
            f"else. `retrostep doctor --store {path}` makes a whole store of all that can be read in it.",
            path=path,
        )


class CannotWrite(RetrostepError):
    """A file or folder may not be written. Kept: what was there before."""

    exit_code = 26


class NotOurs(CannotWrite):
    """Something else stands where a file of ours belongs. Kept: it, untouched, and what we would have written."""

    exit_code = 26

    @classmethod
    def of(cls, path: object, what: str) -> NotOurs:
        return cls(
            f"{path} should be {what} and is something else: a link, a pipe, a folder, or another person's. Nothing "
            "was written there and every walk is still on the board. Remove it and run the same command again.",
            path=path,
        )


class FullDisk(RetrostepError):
    """No room left on a disk. Kept: what was there before, and every session on the board."""

    exit_code = 27


class NotConfirmed(RetrostepError):
    """Deleting, erasing and replacing your files need a yes, and there was none. Kept: everything, here and there."""

    exit_code = 29


# the computer ---------------------------------------------------------------------------------------------
class MissingTool(RetrostepError):
    """A program or package is not installed. Kept: everything."""

    exit_code = 30


class UnsupportedPlatform(RetrostepError):
    """This operating system cannot do it. Kept: everything."""

    exit_code = 31

    @classmethod
    def no_terminals(cls, verb: str) -> UnsupportedPlatform:
        return cls(
            f"`retrostep {verb}` needs pseudo-terminals, which Windows does not have; use Linux, macOS or WSL. "
            "`replay`, `sync` and `report` work here.",
            verb=verb,
        )


class VirtualBoardFailed(RetrostepError):
    """The virtual wearable stopped before its walk was over. Kept: its drive folder and its output."""

    exit_code = 32


INTERNAL = 70  # a mistake of ours (EX_SOFTWARE)
INTERRUPTED = 130  # Ctrl-C, as shells count it

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC, errno.EFBIG)


def from_os(error: OSError, doing: str, safe: str = "What was stored before is untouched.") -> RetrostepError:
    """The sentence for an operating system's error while `doing` ("writing the report"); `safe`: what holds now."""
    where = f" {error.filename}" if error.filename else ""
    if error.errno in _NO_ROOM:
        return FullDisk(f"The disk filled up while {doing}{where}; free some room and run the same command again.")
    if isinstance(error, FileNotFoundError):
        return RetrostepError(f"There is no file or folder{where} for {doing}; check the name and try again.")
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return CannotWrite(f"The system refuses access to{where or ' a file'} while {doing}; choose another place.")
    reason = (error.strerror or str(error)).lower()
    return RetrostepError(f"The system stopped {doing}{where}: {reason}. {safe}")
