# SPDX-License-Identifier: MIT
"""Marks: the few bytes that must outlive the drive, in microcontroller.nvm.

in    bytes 0-3 "RSW1" once this board has had a log | 8 safe modes in a row (firmware/safemode.py)
      9 crashes in a row | 10 empty.py | 12-23, 128-187 numbers.py | 32-79 padlock.py, which is not loaded while walking
out   the same, or None where there is no nvm
keeps nothing
but   an assignment erases and writes a flash sector (45 ms): write only what changed, never while walking; a cut in
      it leaves ones: no mark, no lock, and numbers that are believed only with their CRC. Bytes that are all 255 are
      written without erasing (raspberrypi/common-hal/nvm/ByteArray.c): so is a wrong PIN, and a cut there harms nothing
"""
import microcontroller

MAGIC = b"RSW1"
SAFE = 8
CRASHES = 9


def memory():
    """microcontroller.nvm, or None."""
    return microcontroller.nvm


def marked():
    """True once a log was made on this board: an empty drive then means that logs vanished."""
    nvm = memory()
    return nvm is not None and bytes(nvm[0:4]) == MAGIC


def mark():
    """Say that the log is there."""
    nvm = memory()
    if nvm is not None and not marked():
        nvm[0:64] = MAGIC + bytes(60)


def running_well():
    """The loop runs: forget the safe modes and crashes that led here."""
    nvm = memory()
    if nvm is not None:
        for at in (SAFE, CRASHES):
            if nvm[at] not in (0, 255):
                nvm[at] = 0


def safe_modes():
    """Safe modes in a row before this start."""
    return _count(SAFE)


def crashes():
    """Crashes in a row before this start."""
    return _count(CRASHES)


def _count(at):
    nvm = memory()
    return 0 if nvm is None or nvm[at] == 255 else nvm[at]


def crashed():
    """One more crash; returns how many in a row."""
    nvm = memory()
    count = min(200, _count(CRASHES) + 1)
    if nvm is not None:
        nvm[CRASHES] = count
    return count
